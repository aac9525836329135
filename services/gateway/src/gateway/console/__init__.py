"""Pages for people: they ask the API as whoever signed in, through the gateway's own decision; no other way."""
