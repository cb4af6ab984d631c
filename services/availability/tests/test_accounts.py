"""Whoever is signed in: the owner organises, a guest answers, and to others a poll is hidden."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from availability.testing import NOW, Availability, Poll, assert_problem, bearer, free
from chassis.testing import TokenIssuer
from contracts.polls import PollDetails, PollOwnerChanged, PollRevised

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_account_that_owns_a_poll_is_its_organiser(availability: Availability) -> None:
    owner = uuid4()
    poll = availability.has_poll(owner)
    headers = availability.signed_in(owner)
    ann = await availability.joins(poll, "Ann", email="ann@example.org")
    page = await availability.client.get(f"{poll.path}/participants", headers=headers)
    assert page.json()["items"][0]["email"] == "ann@example.org"
    weighed = await availability.client.patch(ann.path, json={"weight": 3}, headers=headers)
    assert weighed.json()["weight"] == 3
    joined = await availability.asks_to_join(poll, {"name": "Owner"}, headers)
    assert joined.status_code == 201
    erased = await availability.client.delete(ann.path, headers=headers)
    assert erased.status_code == 204


async def test_another_account_is_nobody_here(availability: Availability) -> None:
    poll = availability.has_poll(uuid4())
    ann = await availability.joins(poll)
    headers = availability.signed_in(uuid4())
    for path in (f"{poll.path}/participants", ann.path, f"{poll.path}/schedules"):
        assert_problem(await availability.client.get(path, headers=headers), 404, "not_found")
    refused = await availability.asks_to_join(poll, {"name": "Eve"}, headers)
    assert_problem(refused, 404, "not_found")


async def test_a_poll_that_was_handed_over_obeys_its_new_owner_only(
    availability: Availability,
) -> None:
    old, new = uuid4(), uuid4()
    poll = availability.has_poll(old)
    ann = await availability.joins(poll)
    poll.tell(PollOwnerChanged(poll_id=poll.id, owner=new, changed_at=NOW))
    body = {"weight": 2}
    headers = {**availability.signed_in(new), **poll.up_to_date}
    taken = await availability.client.patch(ann.path, json=body, headers=headers)
    assert taken.status_code == 200
    refused = await availability.client.patch(
        ann.path, json=body, headers=availability.signed_in(old)
    )
    assert_problem(refused, 404, "not_found")


def invited(availability: Availability, *guests: UUID) -> Poll:
    return availability.has_poll(access="invited", invited=guests)


async def test_an_invited_account_joins_and_answers_as_with_the_answer_link(
    availability: Availability,
) -> None:
    guest = uuid4()
    poll = invited(availability, guest)
    headers = availability.signed_in(guest)
    seen = await availability.client.get(f"{poll.path}/participants", headers=headers)
    assert seen.status_code == 200
    joined = await availability.asks_to_join(poll, {"name": "Guest"}, headers)
    assert joined.status_code == 201
    edit = bearer(joined.json()["capabilities"]["edit"])
    path = f"{poll.path}/participants/{joined.json()['id']}"
    answered = await availability.client.put(
        f"{path}/schedule", json={"intervals": [free(0, 2)]}, headers=edit
    )
    assert answered.status_code == 200
    weak = await availability.client.patch(path, json={"weight": 3}, headers=headers)
    assert_problem(weak, 403, "forbidden")


async def test_the_answer_link_of_an_invited_poll_opens_nothing_and_says_what_would(
    availability: Availability,
) -> None:
    poll = invited(availability, uuid4())
    joined = await availability.asks_to_join(poll, {"name": "Ann"})
    assert assert_problem(joined, 403, "forbidden")["needs"] == ["account"]
    for path in ("participants", "schedules", f"participants/{uuid4()}"):
        answer = await availability.client.get(f"{poll.path}/{path}", headers=bearer(poll.answer))
        assert assert_problem(answer, 403, "forbidden")["needs"] == ["account"]
    stranger = availability.signed_in(uuid4())
    hidden = await availability.client.get(f"{poll.path}/participants", headers=stranger)
    assert_problem(hidden, 404, "not_found")
    assert await availability.stored(poll) == 0


async def test_who_is_no_longer_invited_is_nobody(availability: Availability) -> None:
    guest = uuid4()
    poll = invited(availability, guest)
    headers = availability.signed_in(guest)
    path = f"{poll.path}/participants"
    assert (await availability.client.get(path, headers=headers)).status_code == 200
    details = PollDetails.model_validate(
        {**opened_with(poll), "access": "invited", "invited": [str(uuid4())]}
    )
    poll.tell(PollRevised(poll_id=poll.id, details=details, revised_at=NOW))
    refused = await availability.client.get(path, headers={**headers, **poll.up_to_date})
    assert_problem(refused, 404, "not_found")


def opened_with(poll: Poll) -> dict[str, Any]:
    [opened] = poll.owner.facts[str(poll.id)]
    details: dict[str, Any] = orjson.loads(opened.data)["details"]
    return details


async def test_a_token_that_is_not_good_is_refused_and_not_taken_for_nobodys(
    availability: Availability,
) -> None:
    owner = uuid4()
    poll = availability.has_poll(owner, access="public")
    issuer = availability.issuer
    for token in (
        issuer.token(owner, timedelta(seconds=-1)),
        issuer.token(owner, aud="somebody else"),
        TokenIssuer().token(owner),
        "a.b.c",
    ):
        answer = await availability.client.get(f"{poll.path}/participants", headers=bearer(token))
        assert_problem(answer, 401, "unauthenticated")
        assert answer.headers["www-authenticate"].startswith("Bearer")
