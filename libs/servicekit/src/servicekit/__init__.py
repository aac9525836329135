"""What every Bangfu service needs and none should write again: database, messaging, HTTP edges, settings, telemetry."""
