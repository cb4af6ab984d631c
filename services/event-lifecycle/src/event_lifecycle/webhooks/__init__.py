"""Telling partners over HTTP what happened to events, at least once, each message signed."""
