"""Events complete by themselves and are told of as they change, on one process and on eight."""

import asyncio
from datetime import datetime, timedelta

from chassis.live.testing import Watching
from commontime_driver import JSON, Commontime, at, eventually

STREAM = "/api/v1/events/stream"
MANUAL = {"mode": "manual"}
TEN = 10
# On a busy machine. The usual worker, one after the other, would be ten delays late with the last.
LATE = timedelta(seconds=1)


async def is_told(watching: Watching, *, events: set[str], status: str) -> dict[str, JSON]:
    """What the stream tells of these events, once all of them are so."""
    told: dict[str, JSON] = {}
    while told.keys() != events:
        event = (await watching.event()).data
        if event.get("id") in events and event["status"] == status:
            told[event["id"]] = event
    return told


async def test_ten_events_created_together_complete_together(commontime: Commontime) -> None:
    async with commontime.watches(STREAM) as watching:
        assert (await watching.event()).name == "ready"
        made = await asyncio.gather(*(commontime.creates_an_event() for _ in range(TEN)))
        events = {event["id"]: event for event in made}
        assert {event["status"] for event in made} == {"pending"}
        told = await is_told(watching, events=set(events), status="completed")

    listed = {
        event["id"]: event
        for event in await commontime.sees_events(status="completed")
        if event["id"] in events
    }
    assert listed == told
    for id_, event in listed.items():
        due, done = (datetime.fromisoformat(event[at]) for at in ("due_at", "completed_at"))
        created = datetime.fromisoformat(events[id_]["created_at"])
        assert due - created == timedelta(seconds=1)  # the suite's EVENT_COMPLETION_DELAY
        assert due <= done < due + LATE
        assert event["completed_by"] == "timer"


async def test_whoever_decides_and_whoever_may_see_it_hears_of_the_event(
    commontime: Commontime,
) -> None:
    poll = await commontime.opens_a_poll()
    async with (
        commontime.watches(STREAM, poll.answer) as guests,
        commontime.watches(f"{STREAM}?poll_id={poll.id}", poll.organiser) as organisers,
    ):
        await guests.event()
        await organisers.event()
        decided = await commontime.finalises(poll, at(1))
        id_ = decided["event_id"]
        told = await is_told(guests, events={id_}, status="pending")
        assert (told[id_]["poll_id"], told[id_]["starts_at"]) == (poll.id, at(1))
        assert (await organisers.event()).data == told[id_]


async def test_whoever_was_cut_off_is_told_by_whichever_process_answers(
    commontime: Commontime,
) -> None:
    async with commontime.watches(STREAM) as watching:
        await watching.event()
    last = watching.last_id
    event = await commontime.creates_an_event(completion=MANUAL)
    for _ in range(4):  # the gateway takes turns
        async with commontime.watches(STREAM, last=last) as watching:
            told = await is_told(watching, events={event["id"]}, status="pending")
            assert told[event["id"]] == event


async def test_recommendations_are_told_of_as_they_change(commontime: Commontime) -> None:
    poll = await commontime.opens_a_poll()
    await commontime.joins(poll)
    await eventually(
        lambda: commontime.sees_recommended(poll),
        lambda seen: seen["participants"]["total"] == 1,
    )
    async with commontime.watches(f"{poll.path}/stream", poll.organiser) as watching:
        first = await watching.events(3)
        assert [event.name for event in first] == ["poll", "participants", "recommendations"]
        await commontime.closes(poll)
        assert (await watching.event()).data["state"] == "closed"
