"""Personal feeds: an account's meetings, for the calendar program it gives the link to."""
