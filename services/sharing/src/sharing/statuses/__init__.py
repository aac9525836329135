"""What departments' data say of the four guarantees of households (三保障和饮水安全), announced as it changes."""
