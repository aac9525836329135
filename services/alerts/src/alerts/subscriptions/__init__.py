"""Subscriptions and their webhook deliveries."""
