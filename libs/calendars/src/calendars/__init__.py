"""Meetings written as iCalendar, the same from every service."""
