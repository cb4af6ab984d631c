"""For tests: reads a calendar by the letter of RFC 5545, and forgives nothing.

It shares no code with the library that writes them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

_CONTENT_LINE = re.compile(r"([A-Z][A-Z0-9-]*)((?:;[A-Z-]+=[^\";:,]+)*):(.*)", re.DOTALL)
_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f]")
_ESCAPES = {"\\": "\\", ";": ";", ",": ",", "n": "\n"}


class Property(NamedTuple):
    name: str
    parameters: str
    value: str

    @property
    def text(self) -> str:
        return "".join(_unescaped(self.value))

    @property
    def instant(self) -> datetime:
        return datetime.strptime(self.value, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


@dataclass
class Component:
    """`properties` in the order they are written in."""

    name: str
    properties: list[Property] = field(default_factory=list[Property])
    components: list["Component"] = field(default_factory=list["Component"])

    def __getitem__(self, name: str) -> Property:
        """The only property of that name."""
        [found] = [one for one in self.properties if one.name == name]
        return found

    def __contains__(self, name: str) -> bool:
        return any(one.name == name for one in self.properties)

    def text(self, name: str) -> str:
        return self[name].text


def read_calendar(body: bytes) -> Component:
    """The one VCALENDAR in `body`."""
    root = Component("")
    open_: list[Component] = [root]
    for line in _content_lines(body):
        match = _CONTENT_LINE.fullmatch(line)
        assert match, f"no content line: {line!r}"
        name, parameters, value = match.groups()
        assert not _CONTROL.search(value), f"a control character: {line!r}"
        if name == "BEGIN":
            open_.append(Component(value))
            open_[-2].components.append(open_[-1])
        elif name == "END":
            assert open_.pop().name == value
        else:
            open_[-1].properties.append(Property(name, parameters, value))
    assert open_ == [root]
    [calendar] = root.components
    assert calendar.name == "VCALENDAR"
    return calendar


def the_event(body: bytes) -> Component:
    """The only VEVENT of the calendar."""
    [event] = read_calendar(body).components
    assert event.name == "VEVENT"
    return event


def _content_lines(body: bytes) -> Iterator[str]:
    assert body.endswith(b"\r\n"), "the last line has no end"
    lines = body[:-2].split(b"\r\n")
    unfolded: list[str] = []
    for line in lines:
        assert len(line) <= 75, f"{len(line)} octets: {line!r}"
        assert b"\r" not in line, f"half an end of a line: {line!r}"
        assert b"\n" not in line, f"half an end of a line: {line!r}"
        text = line.decode()  # Strict: a character that is folded apart is none.
        if text.startswith(" "):
            unfolded[-1] += text[1:]
        else:
            assert text, "an empty line"
            unfolded.append(text)
    yield from unfolded


def _unescaped(value: str) -> Iterator[str]:
    characters = iter(value)
    for character in characters:
        assert character not in ";,", f"must be escaped: {value!r}"
        yield _ESCAPES[next(characters)] if character == "\\" else character
