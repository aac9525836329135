"""The rules as people read them and decide about them."""
