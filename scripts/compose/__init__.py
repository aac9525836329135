"""`make compose-check`: the compose stack for real, from a bare clone to an alert, a kill, and back to nothing."""
