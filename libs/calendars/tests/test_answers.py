"""Files are named after meetings, and lead nobody astray."""

from urllib.parse import unquote

import pytest

from calendars.answers import disposition


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Planning", "Planning.ics"),
        ("Besprechung äöü 会议", "Besprechung äöü 会议.ics"),
        ("../../etc/passwd", "etc passwd.ics"),
        ("C:\\Windows\\a.exe", "C Windows a exe.ics"),
        (".hidden", "hidden.ics"),
        ('a"; filename="b.exe', "a ; filename= b exe.ics"),
        ("a\r\nSet-Cookie: b=c", "a Set-Cookie b=c.ics"),
        ("invoice\u202efdp", "invoice fdp.ics"),
        ("\ud800", "meeting.ics"),
        ("...", "meeting.ics"),
        ("x" * 200, "x" * 60 + ".ics"),
    ],
)
def test_a_file_is_named_after_its_meeting(title: str, name: str) -> None:
    header = disposition(title)
    assert header.isascii()
    assert header.isprintable()
    start, given = header.split("filename*=UTF-8''")
    assert start == 'attachment; filename="meeting.ics"; '
    assert not set(given) & set('";,/\\ ')
    assert unquote(given) == name
