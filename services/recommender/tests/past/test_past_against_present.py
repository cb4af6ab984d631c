"""What was answered at the time is what is answered about it later, and the timeline agrees."""

from typing import Any

import pytest
from random_history import RandomHistory

from recommender.settings import Settings
from recommender.testing import Others, Poll, Recommender, opened

pytestmark = pytest.mark.asyncio(loop_scope="module")

QUERIES: tuple[dict[str, Any], ...] = (
    {},
    {"limit": 4, "format": "slots", "include_unmet": "true"},
    {"duration": "PT45M", "people": "counts"},
)


async def body(recommender: Recommender, poll: Poll, **query: Any) -> bytes:
    answer = await recommender.asked(poll, **query)
    assert answer.status_code == 200, answer.text
    return answer.content


async def timeline(recommender: Recommender, poll: Poll, limit: int) -> list[dict[str, Any]]:
    """All items, page by page."""
    items: list[dict[str, Any]] = []
    page: dict[str, Any] = {"next": ""}
    while page["next"] is not None:
        after = {"after": page["next"]} if page["next"] else {}
        answer = await recommender.timeline(poll, limit=limit, **after)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        items += page["items"]
    return items


def leading(document: dict[str, Any]) -> dict[str, Any]:
    """What the timeline says of an answer's first recommendation."""
    shown: dict[str, Any] = {"leading": None, "empty_reason": document["empty_reason"]}
    if document["recommendations"]:
        best = document["recommendations"][0]
        names = ("start", "end", "latest_start", "meets_rules")
        shown["leading"] = {name: best[name] for name in names} | best["score"]
    return shown


@pytest.mark.parametrize("seed", range(4))
async def test_every_answer_of_the_time_is_answered_again(
    recommender: Recommender, settings: Settings, they: Others, seed: int
) -> None:
    history = await RandomHistory.begins(they, seed)
    recorded: list[tuple[str, str, list[bytes]]] = []
    for _ in range(30):
        bodies = [await body(recommender, history.poll, **query) for query in QUERIES]
        recorded.append((history.as_of, history.instant, bodies))
        await history.goes_on()
    last_at = {instant: bodies[0] for _, instant, bodies in recorded}
    forgetful = settings.model_copy(
        update={"instance_id": "forgetful", "index_cache_bytes": 0, "answer_cache_bytes": 0}
    )
    async with opened(forgetful) as anew:
        for then, instant, bodies in recorded:
            for query, expected in zip(QUERIES, bodies, strict=True):
                assert await body(anew, history.poll, as_of=then, **query) == expected
            if instant != history.instant:
                assert await body(anew, history.poll, as_of=instant) == last_at[instant]


@pytest.mark.parametrize("seed", range(20, 23))
async def test_the_timeline_tells_every_move_of_the_leading_recommendation(
    recommender: Recommender, they: Others, seed: int
) -> None:
    history = await RandomHistory.begins(they, seed)
    moves: list[dict[str, Any]] = []
    for _ in range(30):
        answer = (await recommender.asked(history.poll)).json()
        lead = leading(answer)
        if not moves or any(moves[-1][name] != value for name, value in lead.items()):
            moves.append({"as_of": answer["as_of"], **lead})
        await history.goes_on()
    await body(recommender, history.poll)
    told = await timeline(recommender, history.poll, limit=100)
    seen = [
        {name: item[name] for name in ("as_of", "leading", "empty_reason")}
        for item in told
        if item["as_of"] != {"polls": history.poll.polls, "schedules": history.poll.schedules}
    ]
    assert seen == moves
    assert await timeline(recommender, history.poll, limit=1) == told
    assert await timeline(recommender, history.poll, limit=7) == told


@pytest.mark.parametrize("seed", range(40, 43))
async def test_the_timeline_ends_at_the_present_also_without_those_who_were_erased(
    recommender: Recommender, they: Others, seed: int
) -> None:
    history = await RandomHistory.begins(they, seed)
    gone: list[str] = []
    for number in range(40):
        await history.goes_on()
        if number % 13 == 12:
            gone.append(str((await history.erases_somebody()).id))
    present = leading((await recommender.asked(history.poll)).json())
    told = await timeline(recommender, history.poll, limit=10)
    assert {name: told[-1][name] for name in present} == present
    assert not [item for item in told if item["fact"].get("participant") in gone]
    for item in told:
        then = f"polls:{item['as_of']['polls']},schedules:{item['as_of']['schedules']}"
        shown = leading((await recommender.asked(history.poll, as_of=then)).json())
        assert {name: item[name] for name in shown} == shown
