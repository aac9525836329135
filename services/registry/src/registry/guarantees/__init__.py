"""Three guarantees and drinking water (三保障和饮水安全): four statuses with history."""
