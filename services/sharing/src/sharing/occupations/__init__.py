"""Who works, holds a public post, or has left school, as each month's comparison found it: what figures are made of."""
