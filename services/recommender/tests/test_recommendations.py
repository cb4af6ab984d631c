"""What callers see: the answer, each status, each problem."""


import pytest

from recommender.bodies import Recommendations
from recommender.testing import Others, Recommender, free, hour

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_people_free_for_a_part_do_not_make_a_meeting(
    recommender: Recommender, they: Others
) -> None:
    poll = await they.opened()
    ann = await they.answered(poll, "Ann", free(0, 0.5))
    ben = await they.answered(poll, "Ben", free(0.5, 1))
    cleo = await they.answered(poll, "Cleo", free(0, 1, "preferred"))
    dan = await they.joined(poll, "Dan")
    answer = await recommender.asked(poll)
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    Recommendations.model_validate(shown)
    (best,) = shown["recommendations"]
    assert best["available"] == best["preferred"] == [str(cleo.id)]
    assert (best["start"], best["end"], best["latest_start"]) == (hour(0), hour(1), hour(0))
    assert best["unavailable"] == sorted(
        (
            {
                "participant": str(ann.id),
                "reason": "partly_free",
                "missing": [{"start": hour(0.5), "end": hour(1)}],
            },
            {
                "participant": str(ben.id),
                "reason": "partly_free",
                "missing": [{"start": hour(0), "end": hour(0.5)}],
            },
        ),
        key=lambda entry: str(entry["participant"]),
    )
    assert best["unanswered"] == [str(dan.id)]
    assert (best["guaranteed"], best["possible"]) == (1, 2)
    assert shown["participants"] == {"total": 4, "answered": 3}
    assert shown["as_of"] == {"polls": 1, "schedules": 7}
    assert shown["duration"] == "PT1H"
