"""Renovation of dangerous houses (危房改造、农房抗震改造): the list, progress of each household, target of the year."""
