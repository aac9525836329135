"""The roster (人员与任职): units, staff, accounts, terms in roles."""
