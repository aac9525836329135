"""Rounds of grid workers (网格走访): each household of their grids, visited or telephoned every month."""
