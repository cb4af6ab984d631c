"""A decision that turns out worse than another is told, by the poll, its stream, its webhooks."""

from typing import Any

from commontime_driver import JSON, Commontime, Poll, at, eventually, free
from partner import Partner


async def regret_of(commontime: Commontime, poll: Poll) -> JSON | None:
    answer = await commontime.asks("GET", poll.path, None, poll.organiser)
    return answer.json()["regret"]


async def test_plans_change_after_the_decision_and_whoever_must_know_hears_of_it(
    commontime: Commontime, partner: Partner
) -> None:
    poll = await commontime.opens_a_poll()
    hook: Any = {"url": partner.url, "poll_id": poll.id, "types": ["poll.regret"]}
    path = "/api/v1/webhooks/endpoints"
    made = await commontime.asks("POST", path, hook, poll.organiser, poll.least)
    ann, ben = await commontime.joins(poll, "Ann"), await commontime.joins(poll, "Ben")
    await commontime.submits(ann, free(0, 4))
    await commontime.submits(ben, free(0, 2))
    await commontime.sees_recommended(poll)
    await commontime.finalises(poll, at(0))
    assert await regret_of(commontime, poll) is None

    async with commontime.watches(f"{poll.path}/stream", poll.answer) as watching:
        await commontime.submits(ben, free(3, 4))
        expected = {"start": at(3), "people": 1}

        async def told() -> JSON | None:
            return await regret_of(commontime, poll)

        regret = await eventually(told, lambda seen: seen is not None)
        assert regret is not None
        assert {"start": regret["better"]["start"], "people": regret["people"]} == expected
        assert regret["start"] == at(0)
        event = await watching.event()
        while event.name != "poll" or not event.data.get("regret"):
            event = await watching.event()
        assert event.data["regret"]["people"] == 1

    async def received() -> int:
        return len(partner.received)

    await eventually(received, lambda count: count == 1)
    [message] = partner.verified(made.json()["secret"])
    assert message["type"] == "poll.regret"
    assert message["data"]["better"]["start"] == at(3)
    facts = [fact["type"] for fact in await commontime.sees_history(poll)]
    assert facts.count("commontime.poll.regret-raised.v1") == 1

    await commontime.reopens(poll)
    assert await regret_of(commontime, poll) is None
