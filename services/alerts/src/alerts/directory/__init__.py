"""What alerts knows of households, areas, policy and episodes: copies of the registry's events."""
