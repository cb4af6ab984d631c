"""Who is in and who is missing, everybody's free time in cells, and what each audience is shown."""

from datetime import timedelta

import pytest

from availability.testing import WINDOW, Availability, assert_problem, bearer, free
from availability.testing_crowd import fill
from contracts.fact import Span
from contracts.polls import Visibility

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_who_is_missing_is_counted_and_listed(availability: Availability) -> None:
    poll = availability.has_poll()
    ann, ben = await availability.joins(poll, "Ann"), await availability.joins(poll, "Ben")
    await availability.submits(ann, free(0, 4))
    for query, names in (
        ("", ["Ann", "Ben"]),
        ("?answered=true", ["Ann"]),
        ("?answered=false", ["Ben"]),
    ):
        page = await availability.client.get(
            f"{poll.path}/participants{query}", headers=ben.headers
        )
        assert [person["name"] for person in page.json()["items"]] == names
        assert page.json()["totals"] == {"total": 2, "answered": 1, "unanswered": 1}
    wrong = await availability.client.get(
        f"{poll.path}/participants?answered=maybe", headers=ben.headers
    )
    assert_problem(wrong, 422, "invalid")


async def test_those_missing_among_ten_thousand_come_in_pages(availability: Availability) -> None:
    poll = availability.has_poll()
    await availability.client.get(f"{poll.path}/participants", headers=bearer(poll.answer))
    fill(availability.database, poll.id, 10_000, start=WINDOW.start)
    found: list[str] = []
    query = "?answered=false&limit=300"
    while True:
        page = (
            await availability.client.get(
                f"{poll.path}/participants{query}", headers=bearer(poll.answer)
            )
        ).json()
        assert page["totals"] == {"total": 10_000, "answered": 9_000, "unanswered": 1_000}
        found += [person["id"] for person in page["items"]]
        if page["next"] is None:
            break
        query = f"?answered=false&limit=300&after={page['next']}"
    assert len(found) == len(set(found)) == 1_000


async def test_what_one_may_not_see_does_not_move_what_one_is_shown(
    availability: Availability,
) -> None:
    poll = availability.has_poll(visibility=Visibility(names="organiser"))
    ann, ben = await availability.joins(poll, "Ann"), await availability.joins(poll, "Ben")
    paths = (ann.path, f"{poll.path}/participants", f"{poll.path}/participants?answered=false")

    async def tags(token: str) -> list[str]:
        answers = [await availability.client.get(p, headers=bearer(token)) for p in paths]
        return [answer.headers["etag"] for answer in answers]

    before = {token: await tags(token) for token in (poll.answer, ben.token, poll.organiser)}
    await availability.client.patch(
        ann.path, json={"name": "Anna", "note": "x"}, headers=ann.headers
    )
    assert await tags(poll.answer) == before[poll.answer]
    assert await tags(ben.token) == before[ben.token]
    after = await tags(poll.organiser)
    assert all(new != old for new, old in zip(after, before[poll.organiser], strict=True))


async def test_schedules_come_in_cells_for_those_who_may_see_them(
    availability: Availability,
) -> None:
    slots = (Span(start=WINDOW.start, end=WINDOW.start + timedelta(hours=5)),)
    poll = availability.has_poll(slots=slots, step=timedelta(minutes=30))
    ann, ben = await availability.joins(poll, "Ann"), await availability.joins(poll, "Ben")
    half_an_hour = free(3, 4, "if_needed")
    half_an_hour["end"] = (WINDOW.start + timedelta(hours=3.5)).isoformat()
    await availability.submits(ann, free(0, 3, "preferred"), half_an_hour)
    path = f"{poll.path}/schedules?format=bitset"
    page = (await availability.client.get(path, headers=ben.headers)).json()
    assert (page["cell"], page["cells"], page["next"]) == ("PT30M", 10, None)
    assert page["items"] == [
        {
            "participant_id": ann.id,
            "answered": True,
            "free": "fwA",
            "preferred": "PwA",
            "if_needed": "QAA",
        },
        {
            "participant_id": ben.id,
            "answered": False,
            "free": None,
            "preferred": None,
            "if_needed": None,
        },
    ]
    for query in ("&cell=PT20M", "&cell=0", "&format=rows"):
        wrong = await availability.client.get(path + query, headers=ben.headers)
        assert_problem(wrong, 422, "invalid")
    hidden = availability.has_poll(visibility=Visibility(results="organiser"))
    cem = await availability.joins(hidden)
    refused = await availability.client.get(
        f"{hidden.path}/schedules?format=bitset", headers=cem.headers
    )
    assert_problem(refused, 403, "forbidden")


async def test_pages_of_long_schedules_are_bounded_and_join_up(availability: Availability) -> None:
    poll = availability.has_poll(step=timedelta(minutes=15))
    await availability.client.get(f"{poll.path}/participants", headers=bearer(poll.answer))
    fill(availability.database, poll.id, 200, start=WINDOW.start, intervals=1_000)
    for form in ("intervals", "bitset"):
        seen: list[str] = []
        after, pages = "", 0
        while True:
            path = f"{poll.path}/schedules?format={form}&limit=1000{after}"
            answer = await availability.client.get(path, headers=bearer(poll.answer))
            assert len(answer.content) < 5 * 1024 * 1024
            page = answer.json()
            seen += [item["participant_id"] for item in page["items"]]
            pages += 1
            if page["next"] is None:
                break
            after = f"&after={page['next']}"
        assert len(seen) == len(set(seen)) == 200
        assert pages > 1


async def test_too_many_cells_are_refused_with_a_way_out(availability: Availability) -> None:
    window = Span(start=WINDOW.start, end=WINDOW.start + timedelta(days=30))
    poll = availability.has_poll(window=window, slots=(window,), step=timedelta(minutes=1))
    path = f"{poll.path}/schedules?format=bitset"
    refused = await availability.client.get(path, headers=bearer(poll.answer))
    assert "PT1H" in assert_problem(refused, 422, "invalid")["detail"]
    hours = await availability.client.get(f"{path}&cell=PT1H", headers=bearer(poll.answer))
    assert hours.json()["cells"] == 720
