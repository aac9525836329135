"""What the registry has announced of duties."""
