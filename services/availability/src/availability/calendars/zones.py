"""Which time zone a calendar means: by IANA's names, Windows', its own rules, or an offset."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from availability.calendars.faults import Remark

_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2}):?(\d\d)?", re.IGNORECASE)
_NONE = frozenset({"UTC", "GMT", "Z", "ETC/UTC"})


class Zones:
    """The zones of one calendar. `person` is theirs who imports it: for days and floating times.

    `rules` are the VTIMEZONEs by their names, each read when it is first asked for.
    """

    def __init__(self, person: tzinfo, rules: Mapping[str, Callable[[], tzinfo]]) -> None:
        self.person = person
        self.remarks: list[Remark] = []
        self._rules = rules
        self._known: dict[str, tzinfo] = {}

    def named(self, tzid: str, line: int) -> tzinfo:
        """The zone; of a name that says nothing to anybody the person's, with a remark."""
        zone = self._known.get(tzid)
        if zone is None:
            zone = self._found(tzid.strip())
            if zone is None:
                zone = self.person
                self.remarks.append(
                    Remark("unknown_zone", line, "names an unknown time zone; taken as yours")
                )
            self._known[tzid] = zone
        return zone

    def _found(self, tzid: str) -> tzinfo | None:
        """IANA's rules before the file's: those are kept up to date, these are as they were."""
        zone = by_name(tzid) or _by_windows_name(tzid)
        if zone is None and tzid in self._rules:
            zone = self._rules[tzid]()
        return zone or _by_offset(tzid)


@lru_cache(maxsize=1024)
def by_name(tzid: str) -> tzinfo | None:
    """IANA's zone; also where a producer put its own address in front (RFC 5545, 3.2.19)."""
    if tzid.upper() in _NONE:
        return UTC
    parts = tzid.strip("/").split("/")
    most = len(parts) if tzid.startswith("/") else 1
    for first in range(min(most, 8)):
        try:
            return ZoneInfo("/".join(parts[first:]))
        except (KeyError, ValueError, OSError):
            continue
    return None


@lru_cache(maxsize=1024)
def _by_windows_name(tzid: str) -> tzinfo | None:
    # Late: the package takes a while, and most calendars do without.
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

    name = WINDOWS_TO_OLSON.get(tzid)
    return None if name is None else by_name(name)


def _by_offset(tzid: str) -> tzinfo | None:
    found = _OFFSET.fullmatch(tzid.replace(" ", ""))
    if found is None or int(found[2]) > 14 or int(found[3] or 0) > 59:
        return None
    size = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    return timezone(-size if found[1] == "-" else size)
