"""An event in somebody's calendar: it is found, follows every change, and tells nobody's name."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from calendars.testing import Component, read_calendar, the_event
from event_lifecycle.settings import Settings
from event_lifecycle.testing.polls import EVENTS, HOUR, START, Poll, bearer
from event_lifecycle.testing.running import AS_ADMIN, Running, run
from inbox.testing.owner import Owner

pytestmark = pytest.mark.asyncio(loop_scope="module")
MATCH_ANY = {"if-match": "*"}


@pytest.fixture
def poll(owner: Owner) -> Poll:
    return Poll(owner)


async def fetched(running: Running, path: str, **headers: str) -> httpx.Response:
    answer = await running.client.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    return answer


async def of_poll(running: Running, poll: Poll, token: str | None = None) -> httpx.Response:
    """What the poll's event is after everything that was decided."""
    return await fetched(
        running,
        f"/api/v1/polls/{poll.id}/event.ics",
        **bearer(token or poll.organiser),
        **{"commontime-min-sequence": f"polls={poll.sequence}"},
    )


def said(answer: httpx.Response) -> tuple[str, str, int]:
    event = the_event(answer.content)
    method = read_calendar(answer.content).text("METHOD")
    return method, event.text("STATUS"), int(event["SEQUENCE"].value)


def stamp(instant: Any) -> str:
    return f"{instant:%Y%m%dT%H%M%SZ}"


async def test_an_event_is_written_as_it_is(running: Running) -> None:
    made = await running.creates(
        title="Plän; \\n BEGIN:VEVENT", description="One,\ntwo", starts_at="2030-03-31T03:00",
        ends_at="2030-03-31T04:00", timezone="Europe/Berlin",
    )  # fmt: skip
    answer = await fetched(running, f"{EVENTS}/{made['id']}.ics")
    event = the_event(answer.content)
    assert event.text("UID") == f"{made['id']}@localhost"
    assert event["DTSTART"].value == "20300331T010000Z"
    assert event["DTEND"].value == "20300331T020000Z"
    assert event.text("SUMMARY") == "Plän; \\n BEGIN:VEVENT"
    assert event.text("DESCRIPTION") == "One,\ntwo"
    assert "URL" not in event
    assert said(answer) == ("PUBLISH", "CONFIRMED", 1)
    assert answer.headers["commontime-sequence"] == "events=1"


async def test_an_event_without_an_end_takes_no_time(running: Running) -> None:
    made = await running.creates(ends_at=None)
    event = the_event((await fetched(running, f"{EVENTS}/{made['id']}.ics")).content)
    assert ("DTSTART" in event, "DTEND" in event, "DURATION" in event) == (True, False, False)


async def test_its_sequence_grows_with_every_change_and_its_id_stays(running: Running) -> None:
    made = await running.creates(completion={"mode": "manual"})
    path = f"{EVENTS}/{made['id']}"
    seen: list[tuple[str, str, int]] = []
    events: list[Component] = []

    async def look() -> None:
        answer = await fetched(running, f"{path}.ics")
        seen.append(said(answer))
        events.append(the_event(answer.content))

    await look()
    later = {"starts_at": (START + HOUR).isoformat(), "ends_at": (START + 2 * HOUR).isoformat()}
    await running.client.patch(path, json={"title": "Retro"}, headers=MATCH_ANY)
    await look()
    await running.client.patch(path, json=later, headers=MATCH_ANY)
    await look()
    await running.client.post(f"{path}/cancel")
    await look()
    assert seen == [
        ("PUBLISH", "CONFIRMED", 1),
        ("PUBLISH", "CONFIRMED", 2),
        ("PUBLISH", "CONFIRMED", 3),
        ("CANCEL", "CANCELLED", 4),
    ]
    assert len({event.text("UID") for event in events}) == 1
    assert [event.text("SUMMARY") for event in events] == ["Planning", "Retro", "Retro", "Retro"]
    assert events[2]["DTSTART"].value == events[3]["DTSTART"].value == stamp(START + HOUR)
    stamps = [event["LAST-MODIFIED"].instant for event in events]
    assert stamps == sorted(stamps)


async def test_a_completed_event_stays_in_the_calendar(running: Running) -> None:
    made = await running.creates(completion={"mode": "manual"})
    await running.client.post(f"{EVENTS}/{made['id']}/complete")
    answer = await fetched(running, f"{EVENTS}/{made['id']}.ics")
    assert said(answer) == ("PUBLISH", "CONFIRMED", 2)


async def test_a_polls_event_follows_the_poll_through_all_states(
    running: Running, poll: Poll
) -> None:
    steps: list[Callable[[], object]] = [
        poll.finalised,
        poll.reopened,
        lambda: poll.finalised(START + HOUR),
        poll.cancelled,
    ]
    seen: list[tuple[str, str, int]] = []
    uids: set[str] = set()
    for step in steps:
        step()
        answer = await of_poll(running, poll)
        seen.append(said(answer))
        event = the_event(answer.content)
        uids.add(event.text("UID"))
        assert event.text("URL") == f"http://localhost:8000/p/{poll.id}"
    assert seen == [
        ("PUBLISH", "CONFIRMED", 1),
        ("PUBLISH", "TENTATIVE", 2),
        ("PUBLISH", "CONFIRMED", 3),
        ("CANCEL", "CANCELLED", 4),
    ]
    assert uids == {f"{poll.event_id}@localhost"}
    at_the_event = await fetched(running, f"{poll}.ics", **bearer(poll.answer))
    assert at_the_event.content == (await of_poll(running, poll)).content
    assert at_the_event.headers["commontime-sequence"] == "events=4, polls=5"


async def test_who_may_see_the_poll_may_have_its_event_and_nobody_else(
    running: Running, owner: Owner, poll: Poll
) -> None:
    poll.finalised()
    for headers in (bearer(poll.organiser), bearer(poll.answer), AS_ADMIN):
        promised = {**headers, "commontime-min-sequence": "polls=2"}
        await fetched(running, f"/api/v1/polls/{poll.id}/event.ics", **promised)
        await fetched(running, f"{poll}.ics", **headers)
    stranger = Poll(owner).organiser
    unknown = (f"{EVENTS}/{uuid4()}.ics", f"/api/v1/polls/{uuid4()}/event.ics")
    for headers in ({}, bearer(stranger), bearer("ct_org_guess")):
        refusals: set[str] = set()
        for path in (f"{poll}.ics", f"/api/v1/polls/{poll.id}/event.ics", *unknown):
            answer = await running.client.get(path, headers=headers)
            assert answer.status_code == 404
            assert answer.headers["content-type"] == "application/problem+json"
            refusals.add(answer.text.replace(path, ""))
        assert len(refusals) == 1, "the answers tell what exists"


async def test_the_event_of_a_public_poll_needs_no_credential(
    running: Running, owner: Owner
) -> None:
    poll = Poll(owner, access="public")
    poll.finalised()
    await fetched(
        running, f"/api/v1/polls/{poll.id}/event.ics", **{"commontime-min-sequence": "polls=2"}
    )


async def test_a_poll_that_was_never_decided_has_nothing_for_calendars(
    running: Running, poll: Poll
) -> None:
    poll.closed()
    headers = {**bearer(poll.organiser), "commontime-min-sequence": "polls=2"}
    answer = await running.client.get(f"/api/v1/polls/{poll.id}/event.ics", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_direct_events_are_for_those_who_may_work_with_them(
    settings_with: Callable[..., Settings],
) -> None:
    async with run(settings_with(event_access="accounts")) as running:
        answer = await running.client.post(
            EVENTS, json={"title": "Planning", "starts_at": START.isoformat()}, headers=AS_ADMIN
        )
        path = f"{EVENTS}/{answer.json()['id']}.ics"
        assert (await running.client.get(path)).status_code == 404
        await fetched(running, path, **AS_ADMIN)


async def test_who_has_it_already_is_told_so_until_it_changes(running: Running) -> None:
    made = await running.creates()
    path = f"{EVENTS}/{made['id']}.ics"
    first = await fetched(running, path)
    again = await fetched(running, path)
    assert (again.content, again.headers["etag"]) == (first.content, first.headers["etag"])
    known = {"if-none-match": first.headers["etag"]}
    unchanged = await running.client.get(path, headers=known)
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert unchanged.headers["etag"] == first.headers["etag"]
    as_json = await running.client.get(f"{EVENTS}/{made['id']}", headers=known)
    assert as_json.status_code == 200
    await running.client.patch(f"{EVENTS}/{made['id']}", json={"title": "Retro"}, headers=MATCH_ANY)
    changed = await running.client.get(path, headers=known)
    assert changed.status_code == 200
    assert changed.headers["etag"] != first.headers["etag"]


async def test_the_file_is_named_after_the_event(running: Running) -> None:
    made = await running.creates(title='a"/../\\b; filename="c.exe')
    answer = await fetched(running, f"{EVENTS}/{made['id']}.ics")
    assert answer.headers["content-disposition"].split("; ") == [
        "attachment",
        'filename="meeting.ics"',
        "filename*=UTF-8''a%20b%3B%20filename%3D%20c%20exe.ics",
    ]


@pytest.mark.parametrize("event_id", ["1", "stream", "%2e%2e", "a.ics", "x" * 300])
async def test_what_is_no_id_is_not_found(running: Running, event_id: str) -> None:
    answer = await running.client.get(f"{EVENTS}/{event_id}.ics")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
