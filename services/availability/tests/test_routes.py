"""What callers see: each status, each problem, and that a refusal stores nothing."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from availability.settings import Settings
from availability.testing import (
    NOW,
    WINDOW,
    Availability,
    assert_problem,
    bearer,
    free,
    opened,
)
from chassis.access import hash_of, mint
from contracts.polls import (
    Basis,
    PollCancelled,
    PollClosed,
    PollFinalised,
    PollLinkRotated,
    Visibility,
)
from inbox.testing.owner import Owner

pytestmark = pytest.mark.asyncio(loop_scope="module")

KEY = {"Idempotency-Key": "sixteen-characters-or-more"}


def pointers(document: dict[str, Any]) -> list[str]:
    return [error["pointer"] for error in document["errors"]]


async def test_whoever_joins_gets_an_edit_link_of_their_own(availability: Availability) -> None:
    poll = availability.has_poll()
    answer = await availability.asks_to_join(poll, {"name": "Ann", "email": "ann@example.org"})
    assert answer.status_code == 201
    joined = answer.json()
    assert (joined["name"], joined["answered"], joined["weight"]) == ("Ann", False, 1)
    edit = joined["capabilities"]["edit"]
    page = f"http://commontime.test/p/{poll.id}"
    assert joined["links"]["edit"] == f"{page}#{edit}&participant={joined['id']}"
    assert answer.headers["location"].endswith(joined["id"])
    assert answer.headers["commontime-sequence"] == "schedules=1"


async def test_two_people_of_one_name_are_two_people(availability: Availability) -> None:
    poll = availability.has_poll()
    first, second = await availability.joins(poll, "Ann"), await availability.joins(poll, "Ann")
    assert first.id != second.id
    await availability.submits(first, free(0, 2))
    page = await availability.client.get(f"{poll.path}/participants", headers=first.headers)
    assert [(p["name"], p["answered"]) for p in page.json()["items"]] == [
        ("Ann", True),
        ("Ann", False),
    ]


async def test_a_schedule_comes_back_in_its_one_form(availability: Availability) -> None:
    poll = availability.has_poll()
    ann = await availability.joins(poll)
    answer = await availability.submits(ann, free(2, 4, "preferred"), free(0, 3), free(4, 5))
    assert answer.status_code == 200
    assert [(i["start"], i["end"], i["preference"]) for i in answer.json()["intervals"]] == [
        (i["start"].replace("+00:00", "Z"), i["end"].replace("+00:00", "Z"), i["preference"])
        for i in (free(0, 2), free(2, 4, "preferred"), free(4, 5))
    ]
    read = await availability.client.get(f"{ann.path}/schedule", headers=ann.headers)
    assert read.json() == answer.json()
    assert read.headers["etag"] == answer.headers["etag"]


async def test_the_same_schedule_again_changes_nothing_and_says_so(
    availability: Availability,
) -> None:
    poll = availability.has_poll()
    ann = await availability.joins(poll)
    first = await availability.submits(ann, free(0, 4))
    stored = await availability.stored(poll)
    again = await availability.submits(ann, free(0, 2), free(2, 4))
    assert again.status_code == 200
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["commontime-sequence"] == first.headers["commontime-sequence"]
    assert await availability.stored(poll) == stored


async def test_withdrawing_leaves_the_participant_unanswered(availability: Availability) -> None:
    poll = availability.has_poll()
    ann = await availability.joins(poll)
    await availability.submits(ann, free(0, 4))
    withdrawn = await availability.client.delete(f"{ann.path}/schedule", headers=ann.headers)
    assert (withdrawn.status_code, withdrawn.content) == (204, b"")
    read = await availability.client.get(f"{ann.path}/schedule", headers=ann.headers)
    assert (read.json()["answered"], read.json()["intervals"]) == (False, [])


async def test_the_schedules_etag_stays_when_the_organiser_changes_a_weight(
    availability: Availability,
) -> None:
    poll = availability.has_poll()
    ann = await availability.joins(poll)
    submitted = await availability.submits(ann, free(0, 4))
    revised = await availability.client.patch(
        ann.path, json={"weight": 3, "groups": ["leads"]}, headers=bearer(poll.organiser)
    )
    assert (revised.json()["weight"], revised.json()["groups"]) == (3, ["leads"])
    read = await availability.client.get(f"{ann.path}/schedule", headers=ann.headers)
    assert read.headers["etag"] == submitted.headers["etag"]
    match = {"If-Match": submitted.headers["etag"]}
    assert (await availability.submits(ann, free(1, 2), headers=match)).status_code == 200


async def test_a_stale_if_match_is_refused_and_nothing_is_stored(
    availability: Availability,
) -> None:
    poll = availability.has_poll()
    ann = await availability.joins(poll)
    first = await availability.submits(ann, free(0, 4))
    await availability.submits(ann, free(0, 5))
    stored = await availability.stored(poll)
    match = {"If-Match": first.headers["etag"]}
    stale = await availability.submits(ann, free(0, 6), headers=match)
    assert_problem(stale, 412, "precondition_failed")
    assert await availability.stored(poll) == stored


async def test_an_unchanged_read_is_304(availability: Availability) -> None:
    poll = availability.has_poll()
    ann = await availability.joins(poll)
    for path in (ann.path, f"{ann.path}/schedule", ann.path.rsplit("/", 1)[0]):
        read = await availability.client.get(path, headers=ann.headers)
        assert read.status_code == 200
        known = {**ann.headers, "If-None-Match": read.headers["etag"]}
        again = await availability.client.get(path, headers=known)
        assert (again.status_code, again.content) == (304, b"")


async def test_a_repeated_join_with_its_key_gives_the_same_participant(
    availability: Availability,
) -> None:
    poll = availability.has_poll()
    first = await availability.asks_to_join(poll, {"name": "Ann"}, KEY)
    again = await availability.asks_to_join(poll, {"name": "Ann"}, KEY)
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["location"] == first.headers["location"]
    assert await availability.stored(poll) == 1


async def test_two_joins_at_once_with_one_key_make_one_participant(
    availability: Availability, settings: Settings, owner: Owner
) -> None:
    poll = availability.has_poll()
    other = settings.model_copy(update={"instance_id": "two"})
    async with opened(other, owner) as replica:
        answers = await asyncio.gather(
            *(
                one.asks_to_join(poll, {"name": "Ann"}, KEY)
                for one in (availability, replica, availability, replica)
            )
        )
    created = {answer.json()["id"] for answer in answers if answer.status_code == 201}
    assert len(created) == 1
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert await availability.stored(poll) == 1


async def test_one_key_for_two_requests_is_refused(availability: Availability) -> None:
    poll = availability.has_poll()
    await availability.asks_to_join(poll, {"name": "Ann"}, KEY)
    other = await availability.asks_to_join(poll, {"name": "Ben"}, KEY)
    assert_problem(other, 422, "idempotency_key_reused")
    short = await availability.asks_to_join(poll, {"name": "Ben"}, {"Idempotency-Key": "short"})
    assert_problem(short, 400, "bad_header")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/name"),
        ({"name": ""}, "/name"),
        ({"name": "x" * 101}, "/name"),
        ({"name": "a\x07b"}, "/name"),
        ({"name": "Ann", "email": "no address"}, "/email"),
        ({"name": "Ann", "timezone": "Europe/Atlantis"}, "/timezone"),
        ({"name": "Ann", "surname": "A"}, "/surname"),
    ],
)
async def test_a_wrong_profile_is_refused_with_a_pointer(
    availability: Availability, body: Any, pointer: str
) -> None:
    poll = availability.has_poll()
    answer = await availability.asks_to_join(poll, body)
    assert pointers(assert_problem(answer, 422, "invalid")) == [pointer]
    assert await availability.stored(poll) == 0


async def test_the_longest_name_and_the_largest_weight_are_taken(
    availability: Availability,
) -> None:
    poll = availability.has_poll()
    ann = await availability.joins(poll, "x" * 100)
    for weight, status in ((1, 200), (100, 200), (0, 422), (101, 422)):
        answer = await availability.client.patch(
            ann.path, json={"weight": weight}, headers=bearer(poll.organiser)
        )
        assert answer.status_code == status


@pytest.mark.parametrize(
    ("intervals", "found"),
    [
        ([free(3, 3)], ["/intervals/0/end"]),
        ([free(0, 1), free(3, 2)], ["/intervals/1/end"]),
        ([free(-1, 1), free(0, 1), free(40, 49)], ["/intervals/0", "/intervals/2"]),
        ([{**free(0, 1), "start": "yesterday"}], ["/intervals/0/start"]),
        ([{**free(0, 1), "start": "2026-12-01T09:00:00"}], ["/intervals/0/start"]),
        ([{**free(0, 1), "preference": "maybe"}], ["/intervals/0/preference"]),
    ],
)
async def test_a_wrong_schedule_is_refused_with_pointers_to_each_offender(
    availability: Availability, intervals: list[dict[str, str]], found: list[str]
) -> None:
    poll = availability.has_poll()
    ann = await availability.joins(poll)
    answer = await availability.submits(ann, *intervals)
    assert pointers(assert_problem(answer, 422, "invalid")) == found
    assert await availability.stored(poll) == 1


async def test_what_leaves_the_window_is_cut_when_asked(availability: Availability) -> None:
    poll = availability.has_poll()
    ann = await availability.joins(poll)
    answer = await availability.client.put(
        f"{ann.path}/schedule?clip=true",
        json={"intervals": [free(-5, 1), free(47, 60), free(70, 80)]},
        headers=ann.headers,
    )
    assert answer.status_code == 200
    cut = [(i["start"], i["end"]) for i in answer.json()["intervals"]]
    assert cut == [
        (i["start"].replace("+00:00", "Z"), i["end"].replace("+00:00", "Z"))
        for i in (free(0, 1), free(47, 48))
    ]


async def test_two_thousand_intervals_are_taken_and_one_more_is_not(
    availability: Availability,
) -> None:
    poll = availability.has_poll()
    ann = await availability.joins(poll)
    one = [
        {
            "start": (WINDOW.start + timedelta(seconds=60 * n)).isoformat(),
            "end": (WINDOW.start + timedelta(seconds=60 * n + 30)).isoformat(),
        }
        for n in range(2_001)
    ]
    refused = await availability.submits(ann, *one)
    assert pointers(assert_problem(refused, 422, "invalid")) == ["/intervals"]
    assert len((await availability.submits(ann, *one[:-1])).json()["intervals"]) == 2_000


async def test_an_unknown_poll_and_one_hidden_look_alike(availability: Availability) -> None:
    poll, other = availability.has_poll(), availability.has_poll()
    ann = await availability.joins(poll)
    asked: list[tuple[str, dict[str, str]]] = [
        (f"/api/v1/polls/{uuid4()}/participants", bearer(poll.answer)),
        (f"{other.path}/participants", bearer(poll.answer)),
        (f"{other.path}/participants", ann.headers),
        (f"{poll.path}/participants", {}),
        (f"{poll.path}/participants/{uuid4()}", ann.headers),
        (f"{other.path}/participants/{ann.id}", bearer(other.organiser)),
    ]
    for path, headers in asked:
        assert_problem(await availability.client.get(path, headers=headers), 404, "not_found")


@pytest.mark.parametrize("least", [{}, {"Commontime-Min-Sequence": "polls=1"}])
async def test_when_poll_api_is_away_an_unknown_poll_is_not_called_unknown(
    settings: Settings, owner: Owner, least: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/api/v1/polls/{uuid4()}/participants"
    monkeypatch.setattr(owner, "status", 500)
    # A replica of its own: it spares for a second whom it found away.
    async with opened(settings.model_copy(update={"instance_id": "two"}), owner) as replica:
        away = await replica.client.get(path, headers=least)
    assert_problem(away, 503, "owner_unavailable")
    assert int(away.headers["retry-after"]) >= 1


async def test_a_caller_who_has_seen_more_than_there_is_gets_behind(
    availability: Availability,
) -> None:
    poll = availability.has_poll()
    headers = {**bearer(poll.answer), "Commontime-Min-Sequence": "polls=9"}
    behind = await availability.client.get(f"{poll.path}/participants", headers=headers)
    assert_problem(behind, 503, "behind")
    assert behind.headers["retry-after"] == "1"


@pytest.mark.parametrize("ahead", ["polls=0", "polls=1", "polls=2", "polls=9"])
async def test_a_stranger_is_not_told_how_far_a_poll_has_come(
    availability: Availability,
    settings: Settings,
    owner: Owner,
    ahead: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    poll, other = availability.has_poll(), availability.has_poll()
    await availability.joins(poll)
    path, least = f"{poll.path}/participants", {"Commontime-Min-Sequence": ahead}
    for shown in ({"X": ""}, bearer(other.answer), bearer("x")):
        answer = await availability.client.get(path, headers={**shown, **least})
        assert_problem(answer, 404, "not_found")
    # Nobody can tell then whether it is a new link, and nothing hangs on the number.
    monkeypatch.setattr(owner, "status", 500)
    async with opened(settings.model_copy(update={"instance_id": "two"}), owner) as replica:
        answer = await replica.client.get(path, headers={**bearer(other.answer), **least})
    away = assert_problem(answer, 503, "behind")
    assert away["detail"] == "the facts asked for have not arrived yet"


async def test_a_link_renewed_a_moment_ago_works_with_the_sequence_that_renewed_it(
    availability: Availability,
) -> None:
    poll = availability.has_poll()
    await availability.joins(poll)
    new = mint("answer")
    poll.tell(
        PollLinkRotated(poll_id=poll.id, which="answer", token_hash=hash_of(new), rotated_at=NOW)
    )
    headers = {**bearer(new), **poll.up_to_date}
    answer = await availability.client.get(f"{poll.path}/participants", headers=headers)
    assert answer.status_code == 200


async def test_nobody_changes_what_is_anothers(availability: Availability) -> None:
    poll = availability.has_poll()
    ann, ben = await availability.joins(poll, "Ann"), await availability.joins(poll, "Ben")
    weaker = [bearer(poll.answer), ben.headers, bearer(poll.organiser)]
    for headers in weaker:
        put = await availability.client.put(
            f"{ann.path}/schedule", json={"intervals": []}, headers=headers
        )
        assert_problem(put, 403, "forbidden")
        named = await availability.client.patch(ann.path, json={"name": "X"}, headers=headers)
        assert_problem(named, 403, "forbidden")
    for headers in (bearer(poll.answer), ben.headers):
        erased = await availability.client.delete(ann.path, headers=headers)
        assert_problem(erased, 403, "forbidden")
    raised = await availability.client.patch(ann.path, json={"weight": 9}, headers=ann.headers)
    assert_problem(raised, 403, "forbidden")
    assert await availability.stored(poll) == 2


async def test_names_and_results_are_shown_to_those_the_poll_allows(
    availability: Availability,
) -> None:
    hidden = Visibility(names="organiser", results="organiser")
    poll = availability.has_poll(visibility=hidden)
    ann = await availability.joins(poll, "Ann", email="ann@example.org", note="secret")
    await availability.joins(poll, "Ben", email="ben@example.org")
    for headers, names, emails in (
        (bearer(poll.organiser), ["Ann", "Ben"], ["ann@example.org", "ben@example.org"]),
        (ann.headers, ["Ann", None], ["ann@example.org", None]),
        (bearer(poll.answer), [None, None], [None, None]),
    ):
        page = await availability.client.get(f"{poll.path}/participants", headers=headers)
        assert [p["name"] for p in page.json()["items"]] == names
        assert [p["email"] for p in page.json()["items"]] == emails
    results = await availability.client.get(f"{poll.path}/schedules", headers=ann.headers)
    assert_problem(results, 403, "forbidden")
    own = await availability.client.get(f"{ann.path}/schedule", headers=ann.headers)
    assert own.status_code == 200


async def test_lists_come_in_pages_that_join_up(availability: Availability) -> None:
    poll = availability.has_poll()
    for name in ("Ann", "Ben", "Cem"):
        await availability.joins(poll, name)
    names: list[str] = []
    query = ""
    while True:
        path = f"{poll.path}/participants?limit=2{query}"
        page = (await availability.client.get(path, headers=bearer(poll.answer))).json()
        names += [person["name"] for person in page["items"]]
        if page["next"] is None:
            break
        query = f"&after={page['next']}"
    assert names == ["Ann", "Ben", "Cem"]
    wrong = await availability.client.get(
        f"{poll.path}/participants?limit=0", headers=bearer(poll.answer)
    )
    assert pointers(assert_problem(wrong, 422, "invalid")) == ["?limit"]


async def test_a_full_poll_lets_nobody_in(availability: Availability) -> None:
    poll = availability.has_poll()
    for name in ("Ann", "Ben", "Cem"):
        await availability.joins(poll, name)
    fourth = await availability.asks_to_join(poll, {"name": "Dan"})
    assert_problem(fourth, 409, "poll_full")
    assert await availability.stored(poll) == 3


async def test_a_poll_that_takes_no_answers_says_why_and_stores_nothing(
    availability: Availability,
) -> None:
    start = WINDOW.start
    for closed, code in ((True, "poll_closed"), (False, "poll_cancelled")):
        poll = availability.has_poll()
        ann = await availability.joins(poll)
        if closed:
            poll.tell(PollClosed(poll_id=poll.id, reason="manual", closed_at=NOW))
        else:
            poll.tell(PollCancelled(poll_id=poll.id, cancelled_at=NOW))
        stored = await availability.stored(poll)
        late = await availability.submits(ann, free(0, 1), headers=poll.up_to_date)
        assert_problem(late, 409, code)
        assert_problem(await availability.asks_to_join(poll, {"name": "Ben"}), 409, code)
        assert await availability.stored(poll) == stored
    begun = availability.has_poll()
    ann = await availability.joins(begun)
    past = start - timedelta(days=30)
    begun.tell(
        PollFinalised(
            poll_id=begun.id,
            start=past,
            end=past + timedelta(hours=1),
            event_id=uuid4(),
            basis=Basis(polls=1),
            finalised_at=NOW,
        )
    )
    late = await availability.submits(ann, free(0, 1), headers=begun.up_to_date)
    assert_problem(late, 409, "event_started")


async def test_the_databases_clock_closes_a_poll_at_its_deadline(
    availability: Availability,
) -> None:
    passed = availability.has_poll(deadline=NOW - timedelta(seconds=1))
    late = await availability.asks_to_join(passed, {"name": "Ann"})
    assert_problem(late, 409, "poll_closed")
    ahead = availability.has_poll(deadline=NOW + timedelta(hours=1))
    assert (await availability.asks_to_join(ahead, {"name": "Ann"})).status_code == 201


async def test_what_is_no_json_is_refused(availability: Availability) -> None:
    poll = availability.has_poll()
    path, headers = f"{poll.path}/participants", bearer(poll.answer)
    json_type = {"Content-Type": "application/json"}
    for content, extra, status, code in (
        (b"{", json_type, 400, "not_json"),
        (b"name=Ann", {"Content-Type": "text/plain"}, 415, "unsupported_media_type"),
        (b'{"name": "' + b"x" * 2**21 + b'"}', json_type, 413, "too_large"),
    ):
        answer = await availability.client.post(path, content=content, headers={**headers, **extra})
        assert_problem(answer, status, code)
    missing = await availability.client.put(path, headers=headers)
    assert_problem(missing, 405, "method_not_allowed")


async def test_readiness_asks_the_database(availability: Availability) -> None:
    assert (await availability.client.get("/readyz")).status_code == 200
