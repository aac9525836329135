"""What must be done about data by a day, as it is announced."""
