"""Calendars in: what somebody's calendar says they are busy with, as free time in a poll's window.

`routes` takes a calendar and hands it to a process of `workers`; everything else runs in there,
since a calendar of a few lines can ask for more reckoning than a service can afford. Nothing of
what events are called, where they are or who else comes is read, kept, logged or answered.
"""
