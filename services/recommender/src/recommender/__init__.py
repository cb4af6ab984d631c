"""Ranks the times of a poll by who can come, and says why."""
