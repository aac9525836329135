"""Progress of funds against the milestones of the year, and what of them goes to industry."""
