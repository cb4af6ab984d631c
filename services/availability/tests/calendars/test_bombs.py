"""Calendars that ask for more than anybody can reckon: nothing of the service waits or burns."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from time import monotonic

import pytest
import pytest_asyncio

from availability.calendars.testing import calendar, event, wish
from availability.calendars.worker import MOST_MEMORY
from availability.calendars.workers import MOST_WAITING, TooSlow, Workers
from chassis.problems import Problem

pytestmark = pytest.mark.asyncio(loop_scope="module")

YEAR = wish(("2026-01-01T00:00Z", "2027-01-02T00:00Z"))
START = "DTSTART:20260101T000000Z"
HOUR = "DURATION:PT1H"
EVERY = ",".join(map(str, range(60)))
# An unlucky rule: dateutil looks for the 30th of February until the year 9999, second by second.
NEVER = "RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30"
BOMBS = {
    "each second without end": calendar(event(START, HOUR, "RRULE:FREQ=SECONDLY")),
    "until the year 9999": calendar(
        event(START, HOUR, "RRULE:FREQ=MINUTELY;UNTIL=99991231T235959Z")
    ),
    "each second since the year 1": calendar(
        event("DTSTART:00010101T000000Z", HOUR, "RRULE:FREQ=SECONDLY")
    ),
    "so many seconds since the year 1": calendar(
        event(
            "DTSTART:00010101T000000Z",
            HOUR,
            f"RRULE:FREQ=SECONDLY;COUNT=999999999;BYSECOND={EVERY}",
        )
    ),
    "lists of lists": calendar(
        event(START, HOUR, f"RRULE:FREQ=DAILY;BYHOUR=0,1,2,3;BYMINUTE={EVERY};BYSECOND={EVERY}")
    ),
    "never": calendar(event(START, HOUR, NEVER)),
    "never, in a time zone": calendar(
        "BEGIN:VTIMEZONE",
        "TZID:Mine",
        *("BEGIN:STANDARD", START[:-1], "TZOFFSETFROM:+0100", "TZOFFSETTO:+0100"),
        *(NEVER, "END:STANDARD", "END:VTIMEZONE"),
        event("DTSTART;TZID=Mine:20260101T000000", HOUR),
    ),
    "excluded one by one": calendar(event(START, HOUR, NEVER.replace("RRULE", "EXRULE"))),
    "dates without end": calendar(event(START, HOUR, "RDATE:" + "20260101T000000Z," * 60_000)),
    "events without end": calendar(*["BEGIN:VEVENT\r\nEND:VEVENT"] * 40_000),
    "series without end": calendar(
        *(event(START, HOUR, "RRULE:FREQ=DAILY", uid=str(n)) for n in range(9_000))
    ),
    "folds without end": b"BEGIN:VCALENDAR\r\nX:" + b"\r\n a" * 250_000,
    "a time zone without end": calendar(
        "BEGIN:VTIMEZONE\r\nTZID:Mine",
        *(
            ["BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200"]
            + [f"RRULE:FREQ=SECONDLY;INTERVAL={n + 1}" for n in range(9_000)]
            + ["END:STANDARD\r\nEND:VTIMEZONE"]
        ),
        event("DTSTART;TZID=Mine:20260101T000000", HOUR),
    ),
    "boxes in boxes": b"BEGIN:VCALENDAR\r\n" + b"BEGIN:X-BOX\r\n" * 70_000,
    "parameters without end": calendar(event("DTSTART" + ";X=" * 300_000 + ":20260101")),
    "quotes without end": calendar(event("DTSTART;X=" + '",' * 400_000 + ":20260101")),
    "changes upon changes": calendar(
        event(START, HOUR, "RRULE:FREQ=DAILY"),
        *(
            event(
                "RECURRENCE-ID;RANGE=THISANDFUTURE:"
                f"2026{1 + n % 12:02}{1 + n % 28:02}T{n % 24:02}0000Z",
                START,
                HOUR,
            )
            for n in range(8_000)
        ),
    ),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def workers() -> AsyncGenerator[Workers]:
    some = Workers(most=2, timeout_s=1)
    yield some
    await some.close()


async def eventually(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while True:
            if condition():
                return
            await asyncio.sleep(0.001)


async def longest_pause(until: "asyncio.Task[object]") -> float:
    """How long the event loop did nothing else meanwhile."""
    longest, before = 0.0, monotonic()
    while not until.done():
        await asyncio.sleep(0)
        longest, before = max(longest, monotonic() - before), monotonic()
    return longest


@pytest.mark.parametrize("bomb", BOMBS)
async def test_a_bomb_costs_its_process_at_most(workers: Workers, bomb: str) -> None:
    before = workers.pids
    asking = asyncio.create_task(workers.ask(BOMBS[bomb], None, YEAR))
    assert await longest_pause(asking) < 0.5
    try:
        answer = await asking
    except TooSlow:
        assert not any(map(exists, before))
        assert workers.pids == []
    else:
        assert answer.get("error") != "fault", answer
    fine = calendar(event(START, HOUR))
    assert (await workers.ask(fine, None, YEAR))["instances"] == 1


async def test_a_form_of_parts_without_end_is_refused(workers: Workers) -> None:
    part = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n'
    form = "multipart/form-data; boundary=b"
    for body in (
        part * 20_000 + b"--b--",
        b"--b\r\n" + b"X: y\r\n" * 100_000,
        b"--b\r\nX:" * 9,
        b"",
    ):
        answer = await workers.ask(body, form, YEAR)
        assert answer["error"] == "no_file"


async def test_what_is_killed_is_gone_and_so_is_whoever_waited_in_vain(workers: Workers) -> None:
    for _ in range(2):
        with pytest.raises(TooSlow):
            await workers.ask(BOMBS["never"], None, YEAR)
        assert workers.pids == []
    asking = asyncio.create_task(workers.ask(BOMBS["never"], None, YEAR))
    await eventually(lambda: bool(workers.pids))
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert workers.pids == []


async def test_two_are_read_at_a_time_some_wait_and_no_more_are_let_in() -> None:
    few = Workers(most=2, timeout_s=1)
    bombs = [
        asyncio.create_task(few.ask(BOMBS["never"], None, YEAR)) for _ in range(2 + MOST_WAITING)
    ]
    await asyncio.sleep(0)
    with pytest.raises(Problem) as refused:
        await few.ask(b"", None, YEAR)
    assert (refused.value.code, "Retry-After" in refused.value.headers) == ("overloaded", True)
    await eventually(lambda: len(few.pids) >= 2)
    assert len(few.pids) == 2
    for bomb in bombs:
        bomb.cancel()
    await asyncio.gather(*bombs, return_exceptions=True)
    assert few.pids == []
    await few.close()


async def test_there_is_no_process_before_the_first_calendar_nor_long_after_the_last() -> None:
    lazy = Workers(most=1, timeout_s=30, idle_s=0.01)
    assert lazy.pids == []
    await lazy.ask(calendar(), None, YEAR)
    await eventually(lambda: not lazy.pids)
    await lazy.ask(calendar(), None, YEAR)
    await lazy.close()
    assert lazy.pids == []


async def test_a_warm_process_is_used_again_and_a_dead_one_is_replaced() -> None:
    one = Workers(most=1, timeout_s=30)
    await one.ask(calendar(), None, YEAR)
    (warm,) = one.pids
    await one.ask(calendar(), None, YEAR)
    assert one.pids == [warm]
    os.kill(warm, signal.SIGKILL)
    await eventually(lambda: not one.pids)
    assert (await one.ask(calendar(), None, YEAR))["events"] == 0
    await one.close()


async def test_a_process_without_its_service_ends_by_itself() -> None:
    idle = await worker_alone()
    assert await idle.communicate(b"") == (b".", None)
    assert idle.returncode == 0
    burning = await worker_alone()
    head = (
        b'{"bytes": %d, "form": null, "seconds": 0.1, "wish": {"start": 1767225600, '
        b'"end": 1798761600, "zone": "UTC", "hours": null}}' % len(BOMBS["never"])
    )
    question = len(head).to_bytes(4) + head + BOMBS["never"]
    assert await burning.communicate(question) == (b".", None)
    assert burning.returncode == -signal.SIGALRM


async def test_a_process_has_little_memory_and_none_of_the_services_secrets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COMMONTIME_SERVICE_TOKEN", "a-secret")
    fresh = Workers(most=1, timeout_s=30)
    await fresh.ask(calendar(), None, YEAR)
    (pid,) = fresh.pids
    limits, environment = of_process(pid)
    assert re.search(rf"Max address space +{MOST_MEMORY} +{MOST_MEMORY}", limits)
    assert "a-secret" not in environment
    await fresh.close()


def of_process(pid: int) -> tuple[str, str]:
    folder = Path(f"/proc/{pid}")
    return (folder / "limits").read_text(), (folder / "environ").read_text()


async def worker_alone() -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-I", "-m", "availability.calendars.worker"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )


def exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
