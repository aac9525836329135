"""The bench: every budget of the design as a ratio to a bare tool doing the same work, in one run (`make bench`)."""
