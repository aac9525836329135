"""Inspections (季度督查): households drawn at random in each township, each to be visited by somebody who is named."""
