"""Which rules of time zones count: those that are locked with the code, the same everywhere."""

import os
import zoneinfo


def use_locked_rules() -> None:
    """Read zones from the package `tzdata`, unless the variable PYTHONTZPATH says where else.

    Python prefers the machine's own, which are as old as its last update: where a government has
    changed its mind since, the hours of a poll would depend on who reckons them.
    """
    if zoneinfo.TZPATH and "PYTHONTZPATH" not in os.environ:
        zoneinfo.reset_tzpath(())
        zoneinfo.ZoneInfo.clear_cache()
