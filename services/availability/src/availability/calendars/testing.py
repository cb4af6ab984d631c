"""For tests: calendars in few words, and what they come to in words one can read."""

from datetime import UTC, datetime

from availability.calendars.importing import Found, Wish, find

WINDOW = ("2026-11-30T00:00Z", "2026-12-12T00:00Z")


def event(*lines: str, uid: str = "1") -> str:
    return "\r\n".join(("BEGIN:VEVENT", f"UID:{uid}", *lines, "END:VEVENT"))


def calendar(*parts: str) -> bytes:
    """Of components, and of lines of the calendar itself."""
    head = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN")
    return "\r\n".join((*head, *parts, "END:VCALENDAR", "")).encode()


def seconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp())


def wish(
    window: tuple[str, str] = WINDOW,
    zone: str = "Europe/Berlin",
    *,
    email: str | None = None,
    buffer: int = 0,
    hours: tuple[int, int, tuple[int, ...]] | None = None,
) -> Wish:
    return Wish(*map(seconds, window), zone=zone, email=email, buffer=buffer, hours=hours)


def found(content: bytes, asked: Wish | None = None) -> Found:
    return find(content, asked or wish())


def spans(intervals: list[tuple[int, int]]) -> list[str]:
    """Each like `12-01 09:00/10:30`, in UTC; the end's day only where it is another."""
    return [_span(*map(_utc, one)) for one in intervals]


def busy(content: bytes, asked: Wish | None = None) -> list[str]:
    return spans(found(content, asked).busy)


def _utc(instant: int) -> datetime:
    return datetime.fromtimestamp(instant, UTC)


def _span(start: datetime, end: datetime) -> str:
    until = "%H:%M" if start.date() == end.date() else "%m-%d %H:%M"
    return f"{start:%m-%d %H:%M}/{end.strftime(until)}"
