"""Free text in a calendar: it says what was written, and can be nothing else."""

import re

from icalendar import vText

# Programs that read line by line take these for ends of lines, and would see properties after them.
_LINE_ENDS = re.compile("\r\n|[\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029]")
# Not allowed in a calendar at all (RFC 5545 §3.1), or no character of UTF-8.
_IMPOSSIBLE = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f-\x9f\ud800-\udfff]")
_ESCAPED = str.maketrans({"\\": r"\\", ";": r"\;", ",": r"\,", "\n": r"\n"})


class Text(vText):
    """A TEXT value. The library's own takes the two characters `\\N` for the end of a line."""

    def to_ical(self) -> bytes:
        return self.translate(_ESCAPED).encode()


def text(written: str) -> Text:
    return Text(_IMPOSSIBLE.sub("", _LINE_ENDS.sub("\n", written)))
