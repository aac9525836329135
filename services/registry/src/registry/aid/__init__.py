"""What departments gave households, as their own lists say (部门帮扶): measures beside those of a plan."""
