"""What stands below a village, or beside it: villagers' groups, grids, resettlement sites (村民小组、网格、安置点)."""
