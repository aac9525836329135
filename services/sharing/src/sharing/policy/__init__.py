"""Policy profiles as the registry announced them."""
