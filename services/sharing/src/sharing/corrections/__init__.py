"""Corrections: whoever verified a finding asks the department whose data led to it to correct them."""
