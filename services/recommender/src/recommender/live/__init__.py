"""Polls that people watch: what changes is computed once and told to all who look at it."""
