"""The statutory clock: what is past its due date goes to the next level."""
