"""Indicators that a service owns: computed by its SQL files, frozen with the rows behind them, and announced.

An indicator is a record of `contracts.indicators` and `<service>/indicators/<id>.sql`. The SQL tells the members of the
number for a period; the totals, the announcement and the list behind the number all come of that one statement.
"""
