"""What departments must do about their data by a day, as it is announced."""
