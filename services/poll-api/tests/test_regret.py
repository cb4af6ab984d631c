"""A decided poll is told of a better time: once for so many people, while it is decided."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from contracts.fact import Span
from contracts.polls import Basis, PollRegretRaised
from contracts.recommendations import PollRecommendations, Regret
from inbox.testing.owner import Owner
from poll_api.testing import HOUR, NOW, START, Poll, PollApi, iso

pytestmark = pytest.mark.asyncio(loop_scope="module")

BETTER = Span(start=START + 2 * HOUR, end=START + 3 * HOUR)
SHOWN = {"start": iso(START), "better": {"start": iso(BETTER.start), "end": iso(BETTER.end)}}


class Recommender:
    """Has something to say of a poll, which the service then asks for."""

    def __init__(self, api: PollApi, owner: Owner) -> None:
        self._api, self._owner, self._version = api, owner, 0

    async def says(
        self,
        poll: Poll,
        people: int | None = 1,
        *,
        polls: int = 2,
        start: datetime = START,
        better: Span = BETTER,
        finalise: datetime | None = None,
    ) -> None:
        self._version += 1
        self._owner.states[str(poll.id)] = PollRecommendations(
            version=self._version,
            poll_id=poll.id,
            as_of=Basis(polls=polls, schedules=0),
            total=3,
            answered=3,
            leading=(),
            finalise=finalise,
            regret=Regret(start=start, better=better, people=people) if people else None,
        )
        await self._api.service.inbox.rebuild()


@pytest.fixture
def recommends(poll_api: PollApi, recommender: Owner) -> Recommender:
    recommender.states.clear()
    return Recommender(poll_api, recommender)


async def decided(api: PollApi, **members: Any) -> Poll:
    poll = await api.opens(**members)
    assert (await api.finalises(poll)).status_code == 200
    return poll


async def regret_of(
    api: PollApi, poll: Poll, headers: dict[str, str] | None = None
) -> dict[str, Any] | None:
    return (await api.reads(poll, headers)).json()["regret"]


async def raised(api: PollApi, poll: Poll) -> list[int]:
    recorded = await api.service.store.read(f"poll-{poll.id}")
    return [one.fact.people for one in recorded if isinstance(one.fact, PollRegretRaised)]


async def test_a_better_time_is_told_of_once(poll_api: PollApi, recommends: Recommender) -> None:
    poll = await decided(poll_api)
    assert await regret_of(poll_api, poll) is None
    await recommends.says(poll, 2)
    assert await regret_of(poll_api, poll) == {**SHOWN, "people": 2}
    await recommends.says(poll, 2)
    await recommends.says(poll, 2, polls=3)
    await poll_api.service.inbox.rebuild()
    assert await raised(poll_api, poll) == [2]
    history = await poll_api.client.get(f"{poll.path}/history", headers=poll.organiser)
    last = history.json()["items"][-1]
    assert (last["type"], last["actor"]) == ("commontime.poll.regret-raised.v1", "automatic")
    assert last["data"]["basis"] == {"polls": 2, "schedules": 0}


async def test_only_more_people_are_news(poll_api: PollApi, recommends: Recommender) -> None:
    poll = await decided(poll_api)
    later = Span(start=BETTER.start + HOUR, end=BETTER.end + HOUR)
    await recommends.says(poll, 2)
    await recommends.says(poll, 1, polls=3)
    await recommends.says(poll, 2, polls=3, better=later)
    await recommends.says(poll, 3, polls=3, better=later)
    await recommends.says(poll, None, polls=4)
    assert await raised(poll_api, poll) == [2, 3]
    shown = await regret_of(poll_api, poll)
    assert shown is not None
    assert (shown["people"], shown["better"]["start"]) == (3, iso(later.start))


@pytest.mark.parametrize(
    "said",
    [
        {"polls": 1},
        {"polls": 3},
        {"start": START + HOUR},
        {"better": Span(start=NOW - 2 * HOUR, end=NOW - HOUR)},
    ],
)
async def test_what_was_said_of_another_state_of_the_poll_does_nothing(
    poll_api: PollApi, recommends: Recommender, said: dict[str, Any]
) -> None:
    poll = await decided(poll_api)
    await recommends.says(poll, 2, **said)
    assert await raised(poll_api, poll) == []
    assert await regret_of(poll_api, poll) is None


async def test_an_undecided_poll_regrets_nothing(
    poll_api: PollApi, recommends: Recommender
) -> None:
    poll = await poll_api.opens()
    await recommends.says(poll, polls=1)
    await poll_api.does(poll, "close")
    await recommends.says(poll, polls=2)
    assert await raised(poll_api, poll) == []


async def test_reopening_and_deciding_again_start_afresh(
    poll_api: PollApi, recommends: Recommender
) -> None:
    poll = await decided(poll_api)
    await recommends.says(poll, 5)
    assert (await poll_api.does(poll, "reopen")).json()["regret"] is None
    assert await regret_of(poll_api, poll) is None
    assert (await poll_api.finalises(poll)).json()["regret"] is None
    await recommends.says(poll, 1, polls=5)
    assert await raised(poll_api, poll) == [5, 1]
    assert (await poll_api.does(poll, "cancel")).json()["regret"] is None


@pytest.mark.parametrize(
    ("results", "seen"), [("everyone", True), ("after_close", True), ("organiser", False)]
)
async def test_a_regret_is_a_result_and_shown_to_those_who_may_see_results(
    poll_api: PollApi, recommends: Recommender, results: str, seen: bool
) -> None:
    poll = await decided(poll_api, visibility={"results": results})
    await recommends.says(poll, 2)
    expected = {**SHOWN, "people": 2}
    assert await regret_of(poll_api, poll, poll.organiser) == expected
    assert await regret_of(poll_api, poll, poll.answer) == (expected if seen else None)


async def test_a_rule_that_decides_and_a_regret_are_not_mixed_up(
    poll_api: PollApi, recommends: Recommender
) -> None:
    rules = {"min_available": 1, "auto_finalise": {"when": "rules_met"}}
    poll = await poll_api.opens(rules=rules)
    await recommends.says(poll, 2, polls=1, finalise=START)
    recorded = await poll_api.service.store.read(f"poll-{poll.id}")
    assert [type(one.fact).__name__ for one in recorded] == ["PollOpened", "PollFinalised"]
    await recommends.says(poll, 2, polls=2)
    assert await raised(poll_api, poll) == [2]


async def test_an_erased_poll_regrets_nothing(poll_api: PollApi, recommends: Recommender) -> None:
    poll = await decided(poll_api)
    await poll_api.erases(poll)
    for polls in (2, 3):
        await recommends.says(poll, 2, polls=polls)
    assert await raised(poll_api, poll) == []


async def test_a_regret_survives_what_a_deadline_or_a_title_changes(
    poll_api: PollApi, recommends: Recommender
) -> None:
    poll = await decided(poll_api, deadline=iso(START - timedelta(hours=1)))
    await recommends.says(poll, 2)
    assert (await poll_api.revises(poll, {"title": "Retro"})).json()["regret"] == {
        **SHOWN,
        "people": 2,
    }
