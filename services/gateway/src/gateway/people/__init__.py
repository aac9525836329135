"""People who sign in elsewhere: whose account it is, in which term they act, and what that gives them here."""
