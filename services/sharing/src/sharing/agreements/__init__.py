"""Agreements (共享协议): who may get what about whom, for which purpose, until when; both sides approve."""
