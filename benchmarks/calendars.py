"""What importing a calendar of 2,000 events costs over HTTP, beside a library on the same file.

The service is a process of its own. The baseline reads the file and expands it with `icalendar`
and `recurring-ical-events`, in this process, without HTTP. They take turns.
"""

import asyncio
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from time import perf_counter

import aiohttp
import icalendar
import recurring_ical_events
import uvloop

from availability.migrations import FOLDERS
from availability.testing import NOW, Poll, opened_poll
from benchmarks.report import Row, p50, report
from benchmarks.servers import database, postgres
from chassis.migrations import migrate
from contracts.fact import Span
from inbox.testing.owner import TOKEN, Owner, serve_owner
from standalone.lone_service import LoneService

EVENTS = 2_000
ROUNDS = 7
WINDOW = Span(start=NOW + timedelta(days=10), end=NOW + timedelta(days=24))
# As many calendars have them: mostly of the past, recurring more often than not.
_RULES = (
    "RRULE:FREQ=WEEKLY;BYDAY=MO,WE",
    "RRULE:FREQ=WEEKLY;INTERVAL=2",
    "RRULE:FREQ=DAILY;COUNT=700",
    "RRULE:FREQ=MONTHLY;BYDAY=-1FR",
    "RRULE:FREQ=YEARLY",
    f"RRULE:FREQ=WEEKLY;UNTIL={NOW - timedelta(days=90):%Y%m%d}T235959Z",
    "TRANSP:OPAQUE",
    "TRANSP:TRANSPARENT",
)


def main() -> bool:
    with postgres() as server:
        return report("calendars", uvloop.run(_measured(server)))


def calendar() -> bytes:
    """Of about 700 KiB, with the texts and guests that are of no use here."""
    first, apart = NOW - timedelta(days=600), timedelta(hours=7)
    zone = ("Europe/Berlin", "America/New_York", "W. Europe Standard Time", "Asia/Kathmandu")
    events = (
        "\r\n".join(
            (
                "BEGIN:VEVENT",
                f"UID:{number}@calendar.example",
                f"DTSTAMP:{NOW:%Y%m%dT%H%M%SZ}",
                f"DTSTART;TZID={zone[number % 4]}:{first + number * apart:%Y%m%dT%H}0000",
                "DURATION:PT45M",
                _RULES[number % len(_RULES)],
                f"SUMMARY:Meeting {number}",
                "DESCRIPTION:What there is to be said about it beforehand\\, and where it is",
                "ATTENDEE;CN=Ann;PARTSTAT=ACCEPTED:mailto:ann@example.org",
                "STATUS:CONFIRMED",
                "END:VEVENT",
            )
        )
        for number in range(EVENTS)
    )
    head = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//Calendar//EN")
    return "\r\n".join((*head, *events, "END:VCALENDAR", "")).encode()


def by_the_library(content: bytes) -> int:
    whole = icalendar.Calendar.from_ical(content)
    return len(recurring_ical_events.of(whole).between(WINDOW.start, WINDOW.end))


async def _measured(server: str) -> list[Row]:
    content = calendar()
    async with serve_owner() as owner:
        with database(server) as url, tempfile.TemporaryDirectory() as folder:
            migrate(url, *FOLDERS)
            service = LoneService("availability", url, Path(folder), settings=_settings(owner))
            try:
                await asyncio.to_thread(service.starts)
                ours, theirs = await _turns(service, opened_poll(owner, window=WINDOW), content)
            finally:
                service.stops()
    case = f"importing {EVENTS:,} events ({len(content) / 1024:.0f} KiB)"
    return [
        Row(f"{case}, the first time", "s", ours[0], target=1, better="lower"),
        Row(case, "s", p50(ours[1:]), target=1, better="lower"),
        Row(f"{case}, beside recurring-ical-events", "s", p50(ours[1:]), p50(theirs), 1, "lower"),
    ]


async def _turns(
    service: LoneService, poll: Poll, content: bytes
) -> tuple[list[float], list[float]]:
    ours, theirs = list[float](), list[float]()
    async with aiohttp.ClientSession(service.url) as session:
        path, headers = await _joined(session, poll)
        for _ in range(ROUNDS + 1):
            began = perf_counter()
            async with session.post(path, data=content, headers=headers) as answer:
                found = await answer.json()
                assert answer.status == 200, found
            ours.append(perf_counter() - began)
            assert found["counts"]["instances"] > 1_000, found["counts"]
            began = perf_counter()
            by_the_library(content)
            theirs.append(perf_counter() - began)
    return ours, theirs


async def _joined(session: aiohttp.ClientSession, poll: Poll) -> tuple[str, dict[str, str]]:
    answers = {"Authorization": f"Bearer {poll.answer}"}
    people = f"{poll.path}/participants"
    async with session.post(people, json={"name": "Ann"}, headers=answers) as answer:
        assert answer.status == 201, await answer.text()
        ann = await answer.json()
    token = ann["capabilities"]["edit"]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "text/calendar"}
    return f"{people}/{ann['id']}/schedule/import", headers


def _settings(owner: Owner) -> dict[str, str]:
    return {
        "POLL_API_URL": owner.url,
        "COMMONTIME_SERVICE_TOKEN": TOKEN,
        "RATE_LIMIT_PER_ADDRESS": "off",
        "RATE_LIMIT_PER_CREDENTIAL": "off",
    }


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
