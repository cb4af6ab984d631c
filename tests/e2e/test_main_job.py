"""The main job, as its users do it, on one process and on eight."""

import secrets
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import orjson

from commontime_driver import Commontime, at, eventually, free
from crowd import Crowd
from partner import Partner


async def test_a_group_finds_its_time_and_the_meeting_takes_place_in_the_calendar(
    commontime: Commontime,
) -> None:
    poll = await commontime.opens_a_poll()
    ann = await commontime.joins(poll, "Ann")
    ben = await commontime.joins(poll, "Ben")
    cem = await commontime.joins(poll, "Cem")
    await commontime.submits(ann, free(0, 4))
    await commontime.submits(ben, free(2, 5, "preferred"))
    await commontime.submits(cem, free(2.5, 3, "if_needed"))

    seen = await commontime.sees_recommended(poll)
    best = seen["recommendations"][0]
    assert (best["start"], best["end"]) == (at(2), at(3))
    assert best["window"] == {"start": at(2), "end": at(4)}
    assert best["available"] == sorted([ann.id, ben.id])
    assert best["preferred"] == [ben.id]
    assert [u["participant"] for u in best["unavailable"]] == [cem.id]
    assert seen["participants"] == {"total": 3, "answered": 3}

    named = {ann.id: {"name": "Ann"}, ben.id: {"name": "Ben"}, cem.id: {"name": "Cem"}}
    await eventually(
        lambda: commontime.sees_recommended(poll), lambda again: again["people"] == named
    )

    decided = await commontime.finalises(poll, best["start"])
    event = await eventually(
        lambda: commontime.sees_event(decided["event_id"], poll.answer),
        lambda event: event is not None,
    )
    assert event is not None
    assert (event["starts_at"], event["ends_at"]) == (at(2), at(3))
    assert (event["title"], event["status"]) == ("Planning", "pending")


async def test_the_count_is_of_those_who_can_come_for_the_whole_meeting(
    commontime: Commontime,
) -> None:
    poll = await commontime.opens_a_poll(hours=1)
    for name, interval in (("A", free(0, 0.5)), ("B", free(0.5, 1)), ("C", free(0, 1))):
        await commontime.submits(await commontime.joins(poll, name), interval)
    best = (await commontime.sees_recommended(poll))["recommendations"][0]
    assert best["score"]["available"] == 1


async def test_recommendations_are_what_brute_force_finds(commontime: Commontime) -> None:
    crowd = Crowd(commontime, Random(7))
    await crowd.gathers(polls=4, people=6)
    await crowd.answers_once()
    await crowd.is_understood()
    await crowd.answers_once()
    await crowd.is_understood()


async def test_a_changed_mind_is_seen_at_once_by_whoever_asks_for_it(
    commontime: Commontime,
) -> None:
    poll = await commontime.opens_a_poll()
    ann = await commontime.joins(poll)
    for hour in range(5):
        await commontime.submits(ann, free(hour, hour + 1))
        best = (await commontime.sees_recommended(poll))["recommendations"][0]
        assert best["start"] == at(hour)
    await commontime.withdraws(ann)
    seen = await commontime.sees_recommended(poll)
    assert (seen["recommendations"], seen["empty_reason"]) == ([], "no_schedules")
    assert seen["participants"] == {"total": 1, "answered": 0}


async def test_an_event_completes_by_itself_and_the_partner_is_told(
    commontime: Commontime, partner: Partner
) -> None:
    types = ("event.created", "event.completed")
    endpoint = await commontime.registers_a_webhook(partner.url, *types)
    event = await commontime.creates_an_event(
        completion={"mode": "after_creation", "delay": "PT1S"}
    )
    assert event["status"] == "pending"
    done = await eventually(
        lambda: commontime.sees_event(event["id"]),
        lambda seen: seen is not None and seen["status"] == "completed",
    )
    assert done is not None
    took = datetime.fromisoformat(done["completed_at"]) - datetime.fromisoformat(
        event["created_at"]
    )
    assert timedelta(seconds=1) <= took < timedelta(seconds=3)

    async def told() -> list[dict[str, Any]]:
        messages = partner.verified(endpoint["secret"])
        return [message for message in messages if message["data"]["id"] == event["id"]]

    messages = await eventually(told, lambda found: len(found) >= 2)
    assert [message["type"] for message in messages] == list(types)


async def test_an_event_that_says_nothing_about_it_completes_after_the_usual_delay(
    commontime: Commontime,
) -> None:
    event = await commontime.creates_an_event()
    assert event["completion"]["mode"] == "after_creation"
    done = await eventually(
        lambda: commontime.sees_event(event["id"]),
        lambda seen: seen is not None and seen["status"] == "completed",
    )
    assert done is not None
    assert datetime.fromisoformat(done["completed_at"]) >= datetime.fromisoformat(event["due_at"])


async def test_the_partner_of_the_setting_gets_title_and_date_of_every_new_event(
    commontime: Commontime, notified: Partner
) -> None:
    title = f"Release {secrets.token_hex(4)}"
    await commontime.creates_an_event(title=title)

    async def told() -> list[bytes]:
        return [body for _, body in notified.received if title.encode() in body]

    (body,) = await eventually(told, lambda found: len(found) == 1)
    assert orjson.loads(body) == {"title": title, "date": at(0)}


async def test_a_partner_that_fails_twice_gets_the_same_message_again(
    commontime: Commontime, partner: Partner
) -> None:
    partner.statuses = [503, 500]
    endpoint = await commontime.registers_a_webhook(partner.url, "event.created")
    await commontime.creates_an_event(completion={"mode": "manual"})

    async def attempts() -> int:
        return len(partner.received)

    await eventually(attempts, lambda count: count == 3)
    ids = {headers["webhook-id"] for headers, _ in partner.received}
    assert len(ids) == 1
    assert partner.verified(endpoint["secret"])[0]["type"] == "event.created"


async def test_one_poll_keeps_one_event_through_reopening(commontime: Commontime) -> None:
    poll = await commontime.opens_a_poll()
    first = await commontime.finalises(poll, at(1))
    await commontime.reopens(poll)
    tentative = await eventually(
        lambda: commontime.sees_event(first["event_id"], poll.answer),
        lambda event: event is not None and event["tentative"],
    )
    assert tentative is not None
    second = await commontime.finalises(poll, at(2))
    assert second["event_id"] == first["event_id"]
    moved = await eventually(
        lambda: commontime.sees_event(first["event_id"], poll.answer),
        lambda event: event is not None and event["starts_at"] == at(2),
    )
    assert moved is not None
    assert moved["tentative"] is False


async def test_a_closed_poll_takes_no_answer_and_a_deadline_closes_it(
    commontime: Commontime,
) -> None:
    soon = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    poll = await commontime.opens_a_poll(deadline=soon)
    ann = await commontime.joins(poll)

    async def state() -> str:
        answer = await commontime.asks("GET", poll.path, None, poll.answer)
        return answer.json()["state"]

    await eventually(state, lambda seen: seen == "closed")
    late = await commontime.client.put(
        f"{ann.path}/schedule",
        json={"intervals": [free(0, 1)]},
        headers={"Authorization": f"Bearer {ann.edit}"},
    )
    assert (late.status_code, late.json()["code"]) == (409, "poll_closed")
