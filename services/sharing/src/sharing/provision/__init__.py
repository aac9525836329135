"""Provision (数据提供): what an agreement grants leaves, and nothing else; each answer has a receipt."""
