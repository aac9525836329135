"""Labels of households (农户标签): what they count among, recomputed when facts or the policy profile change."""
