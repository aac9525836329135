"""Disasters and accidents: whom they hit, what was given at once, and what of the procedure is still owed."""
