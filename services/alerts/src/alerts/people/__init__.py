"""Who works where, as the registry says: looked up whenever somebody is named in a visit or given a duty."""
