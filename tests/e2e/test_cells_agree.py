"""Schedules in cells and the heatmap come from two services: of one poll they count the same."""

from base64 import urlsafe_b64decode

import pytest

from commontime_driver import Commontime, free

# Two slots: the first ends within a cell of an hour, the second is cut by the window.
MORNINGS = {"start": "09:00", "end": "11:15"}
HOURS = 26


def people_in_cells(bitsets: list[str], cells: int) -> list[int]:
    raw = [urlsafe_b64decode(bits + "=" * (-len(bits) % 4)) for bits in bitsets]
    return [sum(one[n // 8] >> n % 8 & 1 for one in raw) for n in range(cells)]


@pytest.mark.parametrize("cell", ["PT15M", "PT1H"])
async def test_bits_of_schedules_add_up_to_the_heatmap(commontime: Commontime, cell: str) -> None:
    poll = await commontime.opens_a_poll(HOURS, daily_hours=MORNINGS)
    ann, ben, cem = [await commontime.joins(poll, name) for name in ("Ann", "Ben", "Cem")]
    await commontime.joins(poll, "Dan, who has not answered")
    await commontime.submits(ann, free(0, HOURS, "preferred"))
    unwilling = (free(0.25, 1, "if_needed"), free(25, 26, "if_needed"))
    await commontime.submits(ben, *unwilling, free(1, 24.6))
    await commontime.submits(cem, free(2, 2.25, "preferred"), free(24.5, 25.5))
    # Availability answers for its own answers itself.
    least = {"Commontime-Min-Sequence": f"polls={poll.sequences['polls']}"}
    query = f"format=bitset&cell={cell}"
    path = f"{poll.path}/schedules?{query}"
    bits = (await commontime.asks("GET", path, None, poll.organiser, least)).json()
    path = f"{poll.path}/heatmap?cell={cell}"
    heatmap = (await commontime.asks("GET", path, None, poll.organiser, poll.least)).json()
    assert len(bits["slots"]) == 2
    answered = [item for item in bits["items"] if item["answered"]]
    assert (len(bits["items"]), len(answered)) == (4, 3)
    bounds = [(slot["start"], slot["end"], slot["cells"]) for slot in bits["slots"]]
    assert bounds == [(s["start"], s["end"], len(s["free"])) for s in heatmap["slots"]]
    for kind in ("free", "preferred", "if_needed"):
        counted = people_in_cells([item[kind] for item in answered], bits["cells"])
        assert counted == [n for slot in heatmap["slots"] for n in slot[kind]], kind
        assert any(counted), kind
