"""Components of an iCalendar file: those that say when somebody is busy, with what says so."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from availability.calendars.content_lines import ContentLine, name_of, parsed, unfolded
from availability.calendars.faults import BadCalendar

_SCHEDULING = frozenset(
    b"DTSTART DTEND DURATION RRULE RDATE EXDATE EXRULE RECURRENCE-ID UID SEQUENCE STATUS TRANSP "
    b"ATTENDEE FREEBUSY X-MICROSOFT-CDO-BUSYSTATUS".split()
)
_ZONES = frozenset(
    b"TZID X-LIC-LOCATION DTSTART RRULE RDATE TZOFFSETFROM TZOFFSETTO".split(),
)
_WANTED = {
    "VCALENDAR": frozenset([b"METHOD", b"CALSCALE"]),
    "VEVENT": _SCHEDULING,
    "VFREEBUSY": _SCHEDULING,
    "VTIMEZONE": _ZONES,
    "STANDARD": _ZONES,
    "DAYLIGHT": _ZONES,
}
_NONE: frozenset[bytes] = frozenset()
_PLACES = {
    "VCALENDAR": None,
    "VEVENT": "VCALENDAR",
    "VFREEBUSY": "VCALENDAR",
    "VTIMEZONE": "VCALENDAR",
    "STANDARD": "VTIMEZONE",
    "DAYLIGHT": "VTIMEZONE",
}
DEEPEST = 8


@dataclass(slots=True)
class Component:
    """`line` is where it begins; `properties` are those that are of use, in order."""

    name: str
    line: int
    properties: dict[str, list[ContentLine]] = field(default_factory=dict[str, list[ContentLine]])
    parts: list["Component"] = field(default_factory=list["Component"])

    def one(self, name: str) -> ContentLine | None:
        found = self.properties.get(name)
        return found[0] if found else None

    def all(self, name: str) -> list[ContentLine]:
        return self.properties.get(name, [])

    def word(self, name: str) -> str:
        """The value in capitals, "" where there is none."""
        found = self.properties.get(name)
        return found[0].value.strip().upper() if found else ""

    def named(self, name: str) -> Iterator["Component"]:
        return (part for part in self.parts if part.name == name)


@dataclass(slots=True)
class _Reading:
    """Where the reader is: `open` components from the outside in, of no use those that are None."""

    email: bytes | None
    open: list[tuple[str, Component | None]] = field(
        default_factory=list[tuple[str, Component | None]]
    )
    calendars: list[Component] = field(default_factory=list[Component])
    ignored: Counter[str] = field(default_factory=Counter[str])

    def take(self, number: int, line: bytes) -> None:
        name = name_of(line)
        if name == b"BEGIN":
            self._begin(number, parsed(number, line).value.strip().upper())
        elif name == b"END":
            self._end(number, parsed(number, line).value.strip().upper())
        elif not self.open:
            raise BadCalendar(number, "is not inside BEGIN:VCALENDAR … END:VCALENDAR")
        elif b":" not in line:
            raise BadCalendar(number, "has no colon between a property and its value")
        else:
            component = self.open[-1][1]
            if component is not None and name in _WANTED[component.name]:
                self._keep(component, number, line, name)

    def _keep(self, component: Component, number: int, line: bytes, name: bytes) -> None:
        # Of those who come, only whoever imports is looked at.
        if name == b"ATTENDEE" and (self.email is None or self.email not in line.lower()):
            return
        prop = parsed(number, line)
        component.properties.setdefault(prop.name, []).append(prop)

    def _begin(self, number: int, name: str) -> None:
        if len(self.open) == DEEPEST:
            raise BadCalendar(number, f"is nested deeper than {DEEPEST}")
        if not self.open and name != "VCALENDAR":
            raise BadCalendar(number, "does not begin a VCALENDAR")
        parent = self.open[-1][1] if self.open else None
        component = None
        if name in _PLACES and _PLACES[name] == (parent.name if parent else None):
            component = Component(name, number)
            (parent.parts if parent else self.calendars).append(component)
        elif name in ("VTODO", "VJOURNAL"):
            self.ignored["tasks" if name == "VTODO" else "journals"] += 1
        self.open.append((name, component))

    def _end(self, number: int, name: str) -> None:
        if not self.open or self.open[-1][0] != name:
            raise BadCalendar(number, "ends what has not begun")
        self.open.pop()


def read(content: bytes, email: str | None) -> tuple[list[Component], Counter[str]]:
    """The calendars of a file, and how much of it was ignored by kind.

    `email` is whose answers to invitations are looked at. Raises `BadCalendar`.
    """
    reading = _Reading(email.lower().encode() if email else None)
    number = 1
    for number, line in unfolded(content):
        reading.take(number, line)
    if reading.open:
        raise BadCalendar(number, f"is the last, and {len(reading.open)} BEGIN lack their END")
    if not reading.calendars:
        raise BadCalendar(number, "BEGIN:VCALENDAR is missing: this is no iCalendar file")
    return reading.calendars, reading.ignored
