"""People who sign in: accounts, sessions, personal tokens, and the keys that others check with."""
