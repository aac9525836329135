"""The directory: what rules need to know of households and persons, copied from the registry's snapshots."""
