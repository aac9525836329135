"""How people of the roster were in touch with households (走访与联系记录): by a visit, a call or a message."""
