"""Staying the same: households and persons that are renumbered, corrected, merged or split keep one id and history."""
