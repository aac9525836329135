"""What departments gave households, as their rows say (部门帮扶): announced as measures, corrected as they are."""
