"""The heatmap as callers meet it: its counts, its parameters, its bounds and its size."""

import gzip
import random
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from httpx import Response

from contracts.fact import Span
from contracts.polls import Buffer, PollClosed, Rules, Visibility
from contracts.schedules import Preference
from recommender.heatmap_answer import HeatmapAnswer
from recommender.routes.heatmap import MOST_CELLS
from recommender.testing import AT, START, WINDOW, Others, Recommender, free, hour

pytestmark = pytest.mark.asyncio(loop_scope="module")

HALF_HOURS = {"step": timedelta(minutes=30)}
MORNING = (Span(start=START, end=START + timedelta(hours=1, minutes=45)),)


def shown(answer: Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    HeatmapAnswer.model_validate_json(answer.content)
    document: dict[str, Any] = answer.json()
    return document


def pointers(answer: Response) -> list[str]:
    assert answer.status_code == 422, answer.text
    return [error["pointer"] for error in answer.json()["errors"]]


async def test_cells_count_who_is_free_and_who_could_start(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened(**HALF_HOURS, slots=MORNING)
    await they.answered(poll, None, free(0, 1, "preferred"), free(1, 1.5))
    await they.answered(poll, None, free(0.5, 1.75, "if_needed"))
    await they.answered(poll, None, free(0, 0.5), free(1, 1.75))
    await they.joined(poll)
    document = shown(await recommender.heatmap(poll))
    assert document == {
        "poll_id": str(poll.id),
        "as_of": {"polls": 1, "schedules": 7},
        "duration": "PT1H",
        "cell": "PT30M",
        "participants": {"total": 4, "answered": 3},
        "slots": [
            {
                "start": hour(0),
                "end": hour(1.75),
                "free": [2, 2, 3, 2],
                "if_needed": [0, 1, 1, 1],
                "preferred": [1, 1, 0, 0],
                "starts": [1, 2, 0, 0],
            }
        ],
    }


async def test_each_slot_has_cells_from_its_own_start(
    recommender: Recommender, they: Others
) -> None:
    slots = (
        Span(start=START + timedelta(minutes=10), end=START + timedelta(minutes=80)),
        Span(start=START + timedelta(hours=4), end=START + timedelta(hours=5)),
    )
    poll = await they.opened(**HALF_HOURS, slots=slots)
    await they.answered(poll, None, free(0, 5))
    first, second = shown(await recommender.heatmap(poll))["slots"]
    assert (first["free"], first["starts"]) == ([1, 1, 1], [1, 0, 0])
    assert (second["start"], second["free"], second["starts"]) == (hour(4), [1, 1], [1, 0])


async def test_a_start_needs_the_buffers_as_well(recommender: Recommender, they: Others) -> None:
    rules = Rules(buffer=Buffer(before=timedelta(minutes=30)))
    poll = await they.opened(
        **HALF_HOURS, slots=MORNING, rules=rules, duration=timedelta(minutes=30)
    )
    await they.answered(poll, None, free(0.5, 1.75))
    (slot,) = shown(await recommender.heatmap(poll))["slots"]
    assert (slot["free"], slot["starts"]) == ([0, 1, 1, 1], [0, 0, 1, 0])


async def test_a_caller_chooses_whom_and_how_to_count(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened(**HALF_HOURS, slots=MORNING)
    ann, ben = [str((await they.answered(poll, None, free(0, 1))).id) for _ in range(2)]
    cleo = str((await they.joined(poll)).id)

    async def counted(**query: Any) -> tuple[int, list[int], list[int]]:
        document = shown(await recommender.heatmap(poll, **query))
        (slot,) = document["slots"]
        return document["participants"]["total"], slot["free"], slot["starts"]

    assert await counted() == (3, [2, 2, 0, 0], [2, 0, 0, 0])
    assert await counted(participants=ann) == (1, [1, 1, 0, 0], [1, 0, 0, 0])
    assert await counted(participants=[ann, cleo]) == (2, [1, 1, 0, 0], [1, 0, 0, 0])
    assert await counted(ignore=[ann, cleo]) == (1, [1, 1, 0, 0], [1, 0, 0, 0])
    assert await counted(participants=[ann, ben], ignore=ann) == (1, [1, 1, 0, 0], [1, 0, 0, 0])
    assert await counted(duration="PT30M") == (3, [2, 2, 0, 0], [2, 2, 0, 0])
    assert await counted(cell="60") == (3, [2, 0], [2, 0])


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"participants": "Ann"}, "?participants"),
        ({"participants": str(uuid4())}, "?participants"),
        ({"ignore": str(uuid4())}, "?ignore"),
        ({"duration": "PT0M"}, "?duration"),
        ({"duration": "PT9H1M"}, "?duration"),
        ({"cell": "PT0M"}, "?cell"),
        ({"cell": "PT45M"}, "?cell"),
        ({"cell": "soon"}, "?cell"),
    ],
)
async def test_a_wrong_parameter_is_named(
    recommender: Recommender, they: Others, query: dict[str, Any], pointer: str
) -> None:
    poll = await they.opened(**HALF_HOURS)
    assert pointers(await recommender.heatmap(poll, **query)) == [pointer]


async def test_so_many_people_can_be_named(recommender: Recommender, they: Others) -> None:
    poll = await they.opened()
    ann = str((await they.joined(poll)).id)
    for name, bound in (("participants", 150), ("ignore", 100)):
        most: dict[str, Any] = {name: [ann] * bound}
        assert (await recommender.heatmap(poll, **most)).status_code == 200
        most[name].append(ann)
        assert pointers(await recommender.heatmap(poll, **most)) == [f"?{name}"]


async def test_more_cells_than_an_answer_has_must_be_made_longer(
    recommender: Recommender, they: Others
) -> None:
    minute = timedelta(minutes=1)
    edge = Span(start=START, end=START + MOST_CELLS * minute)
    poll = await they.opened(window=edge, step=minute)
    (slot,) = shown(await recommender.heatmap(poll))["slots"]
    assert len(slot["free"]) == MOST_CELLS
    longer = Span(start=START, end=edge.end + minute)
    poll = await they.opened(window=longer, step=minute)
    answer = await recommender.heatmap(poll)
    assert pointers(answer) == ["?cell"]
    assert "40,001 cells" in answer.text
    assert shown(await recommender.heatmap(poll, cell="PT2M"))["cell"] == "PT2M"


async def test_a_year_in_quarters_of_an_hour_is_one_answer(
    recommender: Recommender, they: Others
) -> None:
    year = Span(start=START, end=START + timedelta(days=366))
    poll = await they.opened(window=year)
    (slot,) = shown(await recommender.heatmap(poll))["slots"]
    assert len(slot["free"]) == 366 * 24 * 4


async def test_an_unchanged_heatmap_is_not_sent_again(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened()
    ann = await they.answered(poll, None, free(0, 2))
    first = await recommender.heatmap(poll)
    assert first.headers["commontime-sequence"] == "polls=1, schedules=2"
    cached = (first.headers["cache-control"], first.headers["vary"])
    assert cached == ("private, no-cache", "Authorization, Accept-Encoding")
    known = {"If-None-Match": first.headers["etag"]}
    again = await recommender.heatmap(poll, headers=known)
    assert (again.status_code, again.content) == (304, b"")
    await they.submits(poll, ann, free(0, 3))
    changed = await recommender.heatmap(poll, headers=known)
    assert changed.status_code == 200
    assert changed.headers["etag"] != first.headers["etag"]


@pytest.mark.parametrize("results", ["organiser", "after_close"])
async def test_hidden_results_are_the_organisers(
    recommender: Recommender, they: Others, results: str
) -> None:
    poll = await they.opened(visibility=Visibility.model_validate({"results": results}))
    ann = await they.answered(poll, None, free(0, 1))
    assert (await recommender.heatmap(poll)).status_code == 200
    for token in (poll.answer, ann.token):
        assert (await recommender.heatmap(poll, token)).status_code == 403
    await they.decides(poll, PollClosed(poll_id=poll.id, reason="manual", closed_at=AT))
    expected = 200 if results == "after_close" else 403
    assert (await recommender.heatmap(poll, ann.token)).status_code == expected
    assert (await recommender.heatmap(poll, "nonsense")).status_code == 404


async def test_two_hundred_people_over_two_weeks_fit_into_fifteen_kilobytes(
    recommender: Recommender, they: Others
) -> None:
    rng = random.Random(1)
    window = Span(start=WINDOW.start, end=WINDOW.start + timedelta(days=14))
    poll = await they.opened(window=window)
    preferences: tuple[Preference, ...] = ("if_needed", "available", "preferred")
    for _ in range(200):
        edges = sorted(rng.sample(range(1_345), 60))
        intervals = [
            free(start / 4, end / 4, rng.choice(preferences))
            for start, end in zip(edges[::2], edges[1::2], strict=True)
        ]
        await they.answered(poll, None, *intervals)
    answer = await recommender.heatmap(poll)
    (slot,) = shown(answer)["slots"]
    assert len(slot["free"]) == 1_344
    assert max(slot["free"]) > 100
    assert len(gzip.compress(answer.content)) <= 15_000
