"""Rows of deliveries that a comparison could not use: lists for people to decide, whose decisions hold."""
