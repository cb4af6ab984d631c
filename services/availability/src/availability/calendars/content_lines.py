"""Content lines of iCalendar (RFC 5545, 3.1): unfolded, split, and numbered as in the file."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from availability.calendars.faults import BadCalendar

_NAME = re.compile(r"[A-Za-z0-9-]+")
_PARAMETER = re.compile(r';([A-Za-z0-9-]+)=((?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)')


@dataclass(frozen=True, slots=True)
class ContentLine:
    """One property. Names are in capitals, and parameters without their quotation marks."""

    name: str
    parameters: Mapping[str, str]
    value: str
    line: int


def unfolded(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Each logical line and the number of its first; empty ones are left out.

    Line ends may be CRLF, LF or CR. Folds are undone before anything is decoded, since producers
    fold in the middle of a character.
    """
    lines = content.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    began, parts = 1, [b""]
    for number, line in enumerate(lines.split(b"\n"), start=1):
        if line[:1] in (b" ", b"\t"):
            parts.append(line[1:])
            continue
        if whole := b"".join(parts).strip():
            yield began, whole
        began, parts = number, [line]
    if whole := b"".join(parts).strip():
        yield began, whole


def name_of(line: bytes) -> bytes:
    """The property's name, in capitals; of what is no content line, whatever stands there."""
    return line.partition(b":")[0].partition(b";")[0].upper()


def parsed(number: int, line: bytes) -> ContentLine:
    """Raises `BadCalendar`. What is no UTF-8 is replaced: nothing of it is needed."""
    text = line.decode(errors="replace")
    name = _NAME.match(text)
    if name is None:
        raise BadCalendar(number, "does not begin with the name of a property")
    parameters: dict[str, str] = {}
    position = name.end()
    while found := _PARAMETER.match(text, position):
        parameters[found[1].upper()] = found[2].replace('"', "")
        position = found.end()
    if text.startswith("://", position) and "TZID" in parameters:
        # Exchange writes `tzone://Microsoft/Custom` without the quotation marks it needs.
        parameters["TZID"] += text[position : text.rindex(":")]
        position = text.rindex(":")
    if text[position : position + 1] != ":":
        raise BadCalendar(number, "has no colon between a property and its value")
    return ContentLine(name[0].upper(), parameters, text[position + 1 :], number)
