"""Bangfu (帮扶) for Python: `bangfu.sdk` is the client; `bangfu.cli` the command; `bangfu.embedded` runs it all here."""
