"""What cannot be supposed is refused, with a pointer to each offender; bounds hold to the edge."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from httpx import Response

from contracts.polls import DailyHours
from recommender.testing import START, Others, Poll, Recommender, free, hour

pytestmark = pytest.mark.asyncio(loop_scope="module")

WHOLE_DAY = {"start": hour(0), "end": hour(9)}
NOBODY = "019a6f2c-8d1e-7c3a-9b4f-2f6d1a5e7c90"
ANN = "019a6f2c-8d1e-7c3a-9b4f-000000000001"


def pointers(answer: Response) -> list[str]:
    assert answer.status_code == 422, answer.text
    document: dict[str, Any] = answer.json()
    assert document["code"] == "invalid"
    return [error["pointer"] for error in document["errors"]]


def codes(answer: Response) -> list[str]:
    return [error["code"] for error in answer.json()["errors"]]


def someone(*intervals: dict[str, str], **more: Any) -> dict[str, Any]:
    return {"name": "Ben", "intervals": intervals, **more}


REFUSED: list[tuple[dict[str, Any], list[str]]] = [
    ({"durations": 60}, ["/durations"]),
    ({"duration": "soon"}, ["/duration"]),
    ({"duration": 0}, ["/duration"]),
    ({"duration": "PT9H1M"}, ["/duration"]),
    ({"ignore": [NOBODY]}, ["/ignore/0"]),
    ({"ignore": [ANN, "Ann"]}, ["/ignore/1"]),
    ({"schedules": {NOBODY: []}}, [f"/schedules/{NOBODY}"]),
    ({"schedules": {"a/b~c": []}}, ["/schedules/a~1b~0c"]),
    ({"schedules": {NOBODY: []}, "ignore": [NOBODY]}, ["/ignore/0", f"/schedules/{NOBODY}"]),
    (
        {"schedules": {ANN: [WHOLE_DAY, {"start": hour(2), "end": hour(2)}]}},
        [f"/schedules/{ANN}/1/end"],
    ),
    (
        {"schedules": {ANN: [{"start": "2027-03-01T09:00"}]}},
        [f"/schedules/{ANN}/0/start", f"/schedules/{ANN}/0/end"],
    ),
    (
        {"schedules": {ANN: [WHOLE_DAY, {"start": hour(8), "end": hour(9.5)}]}},
        [f"/schedules/{ANN}/1"],
    ),
    (
        {"schedules": {ANN: [{**WHOLE_DAY, "preference": "never"}]}},
        [f"/schedules/{ANN}/0/preference"],
    ),
    ({"add": [someone(), {"name": " ", "intervals": []}]}, ["/add/1/name"]),
    ({"add": [someone(), {"name": "Ben"}]}, ["/add/1/intervals"]),
    ({"add": [someone({"start": hour(3), "end": hour(2)})]}, ["/add/0/intervals/0/end"]),
    ({"add": [someone({"start": hour(-1), "end": hour(2)})]}, ["/add/0/intervals/0"]),
    ({"add": [someone(weight=0), someone(weight=101)]}, ["/add/0/weight", "/add/1/weight"]),
    ({"add": [someone(role="chair")]}, ["/add/0/role"]),
    ({"window": {"start": hour(1), "end": hour(1)}}, ["/window/end"]),
    ({"window": {"start": hour(0), "end": hour(0.5)}}, ["/window"]),
    ({"window": {"start": hour(0), "end": hour(0.5)}, "duration": 31}, ["/duration"]),
    ({"window": {"start": "2027-03-28T02:30", "end": "2027-03-29T02:30"}}, ["/window/start"]),
    ({"window": {"start": hour(0), "end": hour(366 * 24 + 1)}}, ["/window/end"]),
    ({"window": {"start": hour(4)}}, ["/window/end"]),
    ({"rules": {"min_available": 0}}, ["/rules/min_available"]),
    ({"rules": {"min_percentage": 101}}, ["/rules/min_percentage"]),
    ({"rules": {"buffer": {"before": "P1DT1S"}}}, ["/rules/buffer/before"]),
    ({"rules": {"groups": [{"name": "leads", "at_least": 1}] * 2}}, ["/rules/groups"]),
    ({"rules": {"auto_finalise": {"when": "rules_met"}}}, ["/rules/auto_finalise"]),
]


@pytest.mark.parametrize(("supposition", "expected"), REFUSED)
async def test_what_cannot_be_supposed_is_pointed_at(
    recommender: Recommender, berlin: Poll, supposition: dict[str, Any], expected: list[str]
) -> None:
    assert pointers(await recommender.supposing(berlin, supposition)) == expected


@pytest.mark.parametrize(
    ("query", "pointer"),
    [({"limit": 0}, "?limit"), ({"limit": 101}, "?limit"), ({"people": "names"}, "?people")],
)
async def test_a_wrong_parameter_is_named(
    recommender: Recommender, berlin: Poll, query: dict[str, Any], pointer: str
) -> None:
    assert pointers(await recommender.supposing(berlin, {}, **query)) == [pointer]


async def test_a_schedule_may_leave_the_window_of_the_poll_within_the_one_supposed(
    recommender: Recommender, berlin: Poll
) -> None:
    late = {"start": hour(9), "end": hour(11)}
    longer = {"start": hour(8), "end": hour(11)}
    supposition: dict[str, Any] = {"schedules": {ANN: [late]}, "add": [someone(WHOLE_DAY)]}
    assert pointers(await recommender.supposing(berlin, supposition)) == [f"/schedules/{ANN}/0"]
    answer = await recommender.supposing(berlin, {**supposition, "window": longer})
    assert pointers(answer) == ["/add/0/intervals/0"]
    answer = await recommender.supposing(berlin, {"schedules": {ANN: [late]}, "window": longer})
    assert answer.json()["recommendations"][0]["start"] == hour(9)


async def test_a_window_between_the_hours_of_the_poll_is_none(
    recommender: Recommender, they: Others
) -> None:
    hours = DailyHours(start=START.time(), end=START.replace(hour=11).time())
    poll = await they.opened(daily_hours=hours)
    answer = await recommender.supposing(poll, {"window": {"start": hour(3), "end": hour(9)}})
    assert (pointers(answer), codes(answer)) == (["/window"], ["no_slot"])


async def test_a_longer_duration_than_any_slot_is_answered_with_why_there_is_none(
    recommender: Recommender, they: Others
) -> None:
    hours = DailyHours(start=START.time(), end=START.replace(hour=11).time())
    poll = await they.opened(daily_hours=hours)
    window = {"start": hour(0), "end": hour(48)}
    answer = await recommender.supposing(poll, {"window": window, "duration": "PT3H"})
    assert answer.json()["empty_reason"] == "window_too_short"


@pytest.mark.parametrize(("added", "status"), [(100, 200), (101, 422)])
async def test_so_many_people_may_be_added(
    recommender: Recommender, berlin: Poll, added: int, status: int
) -> None:
    answer = await recommender.supposing(berlin, {"add": [someone(WHOLE_DAY)] * added})
    assert answer.status_code == status
    if status == 422:
        assert pointers(answer) == ["/add"]
    else:
        assert answer.json()["participants"]["total"] == added + 1


def short_intervals(count: int) -> list[dict[str, str]]:
    starts = [START + timedelta(seconds=2 * n) for n in range(count)]
    times = [(start, start + timedelta(seconds=1)) for start in starts]
    return [
        {"start": f"{start:%Y-%m-%dT%XZ}", "end": f"{end:%Y-%m-%dT%XZ}"} for start, end in times
    ]


@pytest.mark.parametrize(("count", "status"), [(2_000, 200), (2_001, 422)])
async def test_a_schedule_has_so_many_intervals(
    recommender: Recommender, berlin: Poll, count: int, status: int
) -> None:
    answer = await recommender.supposing(berlin, {"schedules": {ANN: short_intervals(count)}})
    assert answer.status_code == status
    if status == 422:
        assert pointers(answer) == [f"/schedules/{ANN}"]


@pytest.mark.parametrize(("more", "status"), [(0, 200), (1, 422)])
async def test_all_schedules_together_have_so_many_intervals(
    recommender: Recommender, berlin: Poll, more: int, status: int
) -> None:
    add = [someone(*short_intervals(2_000))] * 4 + [someone(*short_intervals(1_000 + more))]
    schedules = {ANN: short_intervals(1_000)}
    answer = await recommender.supposing(berlin, {"schedules": schedules, "add": add})
    assert answer.status_code == status, answer.text
    if status == 422:
        assert (pointers(answer), codes(answer)) == ([""], ["too_many_intervals"])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def berlin(they: Others) -> Poll:
    """Nobody but Ann has joined."""
    poll = await they.opened(timezone="Europe/Berlin")
    await they.submits(poll, await they.joined(poll, None, UUID(ANN)), free(0, 2))
    return poll
