"""The dataset catalogue: what each department delivers, declared once as data."""
