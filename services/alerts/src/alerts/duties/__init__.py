"""Duties: what somebody must do by a day, in one list, with the clock that warns and escalates."""
