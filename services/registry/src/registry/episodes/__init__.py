"""Monitoring episodes (识别认定到常态监测): a state machine whose history is never overwritten."""
