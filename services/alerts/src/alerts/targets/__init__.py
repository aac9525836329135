"""Targets (目标): what a figure should reach by when, set by one and approved by another, and how far it is."""
