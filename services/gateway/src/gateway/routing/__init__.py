"""Finds the service that owns a path, decides who may use it, and streams the exchange."""
