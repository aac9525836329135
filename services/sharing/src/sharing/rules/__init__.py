"""Policy parameters, and the facts of the comparison."""
