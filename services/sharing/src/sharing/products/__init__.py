"""What may be provided to others (产品), as data: one TOML file a product; an agreement grants one to a receiver."""
