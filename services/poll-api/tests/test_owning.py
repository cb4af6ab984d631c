"""Accounts own polls, claim them, hand them over, are invited to them, and find them again."""

import asyncio
from typing import Any
from uuid import UUID, uuid4, uuid5

import psycopg
import pytest
import pytest_asyncio

from chassis.access import mint
from poll_api import examples, handlers
from poll_api.settings import Settings
from poll_api.testing import (
    HOUR,
    ISSUER,
    START,
    Poll,
    PollApi,
    bearer,
    iso,
    proposal,
    running,
    signed_in,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(settings: Settings) -> Any:
    async with running(settings, issuer=ISSUER) as running_api:
        yield running_api


def somebody() -> UUID:
    """An account that lives with a provider of identities: it needs no row."""
    return uuid5(UUID(int=0), str(uuid4()))


async def listed(api: PollApi, account_id: UUID, **query: Any) -> dict[str, Any]:
    answer = await api.client.get("/api/v1/polls", params=query, headers=signed_in(account_id))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def history(api: PollApi, poll: Poll) -> list[dict[str, Any]]:
    answer = await api.client.get(f"{poll.path}/history", headers=poll.organiser)
    return answer.json()["items"]


async def test_a_poll_opened_by_an_account_is_managed_by_it_without_any_link(
    api: PollApi,
) -> None:
    ann = somebody()
    poll = await api.opens(signed_in(ann))
    assert poll.known["owner"] == str(ann)
    owner = {"headers": signed_in(ann)}
    assert (await api.reads(poll, **owner)).json() == poll.known
    patch = {**signed_in(ann), "If-Match": '"1"'}
    revised = await api.client.patch(poll.path, json={"title": "Retro"}, headers=patch)
    assert revised.status_code == 200
    for verb, body in (
        ("close", None),
        ("reopen", None),
        ("finalise", {"start": iso(START)}),
        ("links/rotate", {"which": "answer"}),
        ("cancel", None),
    ):
        assert (await api.does(poll, verb, body, **owner)).status_code == 200, verb
    assert {item["actor"] for item in await history(api, poll)} == {"owner"}
    assert (await api.erases(poll, signed_in(ann))).status_code == 204


async def test_an_account_that_has_nothing_to_do_with_a_poll_learns_nothing(api: PollApi) -> None:
    poll, ben = await api.opens(signed_in(somebody())), signed_in(somebody())
    unknown = Poll({**poll.opened, "id": str(uuid4())})
    for asked in (poll, unknown):
        answers = [
            await api.reads(asked, ben),
            await api.does(asked, "close", None, ben),
            await api.rotates(asked, "answer", ben),
            await api.does(asked, "transfer", {"account_id": str(somebody())}, ben),
            await api.erases(asked, ben),
        ]
        assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {
            (404, "not_found")
        }
    assert (await api.reads(poll, poll.organiser)).json() == poll.known


async def test_a_poll_is_claimed_with_its_organisers_link(api: PollApi) -> None:
    poll, ann = await api.opens(), somebody()
    answer = await api.claims(poll, ann)
    assert answer.status_code == 200
    assert answer.json() == {**poll.known, "owner": str(ann), "version": 2}
    assert (await api.claims(poll, ann)).headers["ETag"] == '"2"'
    assert (await api.reads(poll, signed_in(ann))).json() == answer.json()
    assert (await api.reads(poll, poll.organiser)).json() == answer.json()
    last = (await history(api, poll))[-1]
    assert (last["type"], last["actor"]) == ("commontime.poll.owner-changed.v1", "organiser")


async def test_a_poll_that_another_account_owns_is_not_claimed(api: PollApi) -> None:
    poll = await api.opens(signed_in(somebody()))
    answer = await api.claims(poll, somebody())
    assert (answer.status_code, answer.json()["code"]) == (409, "poll_owned")
    assert poll.known["owner"] not in answer.text


async def test_of_two_accounts_that_claim_at_once_one_wins(
    api: PollApi, settings: Settings
) -> None:
    other = settings.model_copy(update={"instance_id": "two"})
    async with running(other, issuer=ISSUER) as replica:
        for _ in range(10):
            poll, accounts = await api.opens(), [somebody() for _ in range(6)]
            answers = await asyncio.gather(
                *((api, replica)[n % 2].claims(poll, who) for n, who in enumerate(accounts))
            )
            assert sorted(answer.status_code for answer in answers) == [200, *[409] * 5]
            [winner] = [answer.json()["owner"] for answer in answers if answer.status_code == 200]
            assert (await api.reads(poll, poll.organiser)).json()["owner"] == winner


@pytest.mark.parametrize("which", ["answer", "another poll's", "none", "rotated"])
async def test_no_other_link_claims_a_poll(api: PollApi, which: str) -> None:
    poll, other = await api.opens(), await api.opens()
    token = {
        "answer": poll.opened["capabilities"]["answer"],
        "another poll's": other.opened["capabilities"]["organiser"],
        "none": mint("organiser"),
        "rotated": poll.opened["capabilities"]["organiser"],
    }[which]
    if which == "rotated":
        await api.rotates(poll, "organiser")
    answer = await api.claims(poll, somebody(), token)
    assert answer.status_code == (403 if which == "answer" else 404)
    assert str(poll.id) not in str(await listed(api, somebody()))


@pytest.mark.parametrize("verb", ["claim", "transfer"])
@pytest.mark.parametrize(
    "body",
    [
        {},
        None,
        {"organiser": ""},
        {"organiser": "a\u0000b", "account_id": "a\u0000b"},
        {"organiser": "ct_org_ with space"},
        {"organiser": "x" * 201},
        {"organiser": 7, "account_id": 7},
        {"account_id": "not-an-id"},
        {"organiser": "x", "account_id": str(UUID(int=1))},
    ],
)
async def test_a_body_that_names_nothing_changes_nothing(
    api: PollApi, verb: str, body: Any
) -> None:
    ann = somebody()
    poll = await api.opens(signed_in(ann))
    answer = await api.does(poll, verb, body, signed_in(ann))
    assert answer.status_code == 422
    assert (await api.reads(poll, poll.organiser)).json() == poll.known


@pytest.mark.parametrize("headers", [{}, bearer("ct_org_x"), bearer("ct_edt_x")])
async def test_without_an_account_nothing_is_listed_or_claimed(
    api: PollApi, headers: dict[str, str]
) -> None:
    poll = await api.opens()
    token = poll.opened["capabilities"]["organiser"]
    answers = [
        await api.client.get("/api/v1/polls", headers=headers),
        await api.client.post(f"{poll.path}/claim", json={"organiser": token}, headers=headers),
    ]
    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_an_owner_hands_a_poll_over_to_somebody_who_is_known(api: PollApi) -> None:
    ann, ben = somebody(), somebody()
    poll = await api.opens(signed_in(ann))
    await api.opens(signed_in(ben))
    key = {**signed_in(ann), "Idempotency-Key": str(uuid4())}
    answer = await api.does(poll, "transfer", {"account_id": str(ben)}, key)
    assert answer.status_code == 200, answer.text
    assert answer.json()["owner"] == str(ben)
    assert (await api.reads(poll, signed_in(ben))).json() == answer.json()
    assert (await api.reads(poll, signed_in(ann))).status_code == 404
    again = await api.does(poll, "transfer", {"account_id": str(ben)}, key)
    assert (again.status_code, again.content) == (200, answer.content)
    assert (await history(api, poll))[-1]["actor"] == "owner"


async def test_a_poll_is_not_handed_to_nobody(api: PollApi) -> None:
    ann = somebody()
    poll = await api.opens(signed_in(ann))
    answer = await api.does(poll, "transfer", {"account_id": str(uuid4())}, signed_in(ann))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/account_id"
    assert answer.json()["errors"][0]["code"] == "unknown_account"
    assert (await api.reads(poll, signed_in(ann))).json() == poll.known


async def test_a_link_is_too_weak_to_give_a_poll_away(api: PollApi) -> None:
    for poll in (await api.opens(), await api.opens(signed_in(somebody()))):
        body = {"account_id": str(somebody())}
        answer = await api.does(poll, "transfer", body)
        assert (answer.status_code, answer.json()["needs"]) == (403, ["account"])
        answer = await api.does(poll, "transfer", body, poll.answer)
        assert (answer.status_code, answer.json()["needs"]) == (403, ["organiser"])


async def test_of_two_who_are_given_a_poll_at_once_one_gets_it(api: PollApi) -> None:
    ann, others = somebody(), [somebody() for _ in range(4)]
    poll = await api.opens(signed_in(ann))
    for other in others:
        await api.opens(signed_in(other))
    answers = await asyncio.gather(
        *(
            api.does(poll, "transfer", {"account_id": str(other)}, signed_in(ann))
            for other in others
        )
    )
    assert sorted(answer.status_code for answer in answers)[0] == 200
    assert {answer.status_code for answer in answers[1:]} <= {200, 404, 409}
    assert [answer.status_code for answer in answers].count(200) == 1


async def test_an_account_finds_its_polls_and_those_that_invite_it_newest_first(
    api: PollApi,
) -> None:
    ann, ben = somebody(), somebody()
    asked: dict[str, Any] = {"access": "invited", "invited": [str(ann), str(somebody())]}
    polls = [
        await api.opens(signed_in(ann), title="one"),
        await api.opens(title="two", **asked),
        await api.opens(signed_in(ann), title="three", **asked),
    ]
    await api.opens(signed_in(ben), title="of somebody else")
    await api.opens(title="not in force", access="link", invited=[str(ann)])
    page = await listed(api, ann)
    assert [(item["title"], item["owned"]) for item in page["items"]] == [
        ("three", True),
        ("two", False),
        ("one", True),
    ]
    assert page["next"] is None
    shown = page["items"][2]
    assert shown == {
        **{name: polls[0].known[name] for name in shown if name != "owned"},
        "owned": True,
    }
    assert set(shown) == set(examples.POLLS["items"][0])


async def test_a_list_comes_in_pages_that_neither_repeat_nor_leave_out(api: PollApi) -> None:
    ann = somebody()
    opened = [
        (await api.opens(signed_in(ann))).id
        if n % 3
        else (await api.opens(access="invited", invited=[str(ann)])).id
        for n in range(7)
    ]
    for limit in (1, 2, 3, 7, 8):
        found: list[str] = []
        after: str | None = None
        while True:
            page = await listed(api, ann, limit=limit, **({"after": after} if after else {}))
            assert len(page["items"]) <= limit
            found += [item["id"] for item in page["items"]]
            after = page["next"]
            if after is None:
                break
        assert found == [str(poll_id) for poll_id in reversed(opened)]


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 201}, {"after": "x"}, {"limit": "x"}])
async def test_a_list_has_bounds(api: PollApi, query: dict[str, Any]) -> None:
    answer = await api.client.get("/api/v1/polls", params=query, headers=signed_in(somebody()))
    assert answer.status_code == 422


async def test_who_has_the_list_is_sent_nothing_until_it_changes(api: PollApi) -> None:
    ann = somebody()
    poll = await api.opens(signed_in(ann))
    first = await api.client.get("/api/v1/polls", headers=signed_in(ann))
    known = {**signed_in(ann), "If-None-Match": first.headers["ETag"]}
    assert (await api.client.get("/api/v1/polls", headers=known)).status_code == 304
    await api.does(poll, "close")
    assert (await api.client.get("/api/v1/polls", headers=known)).status_code == 200


async def test_an_invited_poll_is_for_its_guests_and_its_organiser(api: PollApi) -> None:
    guest, stranger = somebody(), somebody()
    poll = await api.opens(access="invited", invited=[str(guest)])
    assert (await api.reads(poll, poll.organiser)).json() == poll.known
    assert (await api.reads(poll, signed_in(guest))).json() == poll.known_to_everyone
    assert (await api.reads(poll, signed_in(stranger))).status_code == 404
    refused = await api.reads(poll, poll.answer)
    assert (refused.status_code, refused.json()["needs"]) == (403, ["account"])
    assert poll.known["title"] not in refused.text
    assert (await api.does(poll, "close", None, signed_in(guest))).status_code == 403
    await api.revises(poll, {"invited": [str(stranger)]})
    assert (await api.reads(poll, signed_in(guest))).status_code == 404
    assert (await listed(api, guest))["items"] == []
    assert (await api.reads(poll, signed_in(stranger))).status_code == 200


async def test_whom_a_poll_invites_and_who_owns_it_is_the_organisers_matter(api: PollApi) -> None:
    ann, guest = somebody(), somebody()
    invited: dict[str, Any] = {"invited": [str(guest), str(somebody())]}
    for access in ("invited", "public", "link"):
        poll = await api.opens(signed_in(ann), access=access, **invited)
        seen = [(await api.reads(poll, signed_in(guest))).text, (await api.reads(poll)).text]
        seen.append(str(await listed(api, guest)))
        for secret in (*invited["invited"], str(ann)):
            assert not any(secret in text for text in seen)


async def test_what_the_organiser_sees_and_what_everyone_sees_have_no_tag_in_common(
    api: PollApi,
) -> None:
    poll = await api.opens()
    mine = (await api.reads(poll, poll.organiser)).headers["ETag"]
    everyones = (await api.reads(poll, poll.answer)).headers["ETag"]
    assert mine != everyones
    for headers, status in ((poll.organiser, 200), (poll.answer, 304)):
        asked = {**headers, "If-None-Match": everyones}
        assert (await api.reads(poll, asked)).status_code == status
    asked = {**poll.answer, "If-None-Match": mine}
    assert (await api.reads(poll, asked)).status_code == 200
    patched = await api.revises(poll, {"title": "Retro"}, match=everyones)
    assert patched.status_code == 200


async def test_a_thousand_accounts_are_invited_and_not_one_more(api: PollApi) -> None:
    ids = [str(uuid4()) for _ in range(1001)]
    poll = await api.opens(access="invited", invited=ids[:1000])
    assert sorted(poll.known["invited"]) == sorted(ids[:1000])
    for headers in ({**poll.organiser, "If-Match": "*"},):
        answer = await api.client.patch(poll.path, json={"invited": ids}, headers=headers)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/invited"


async def test_who_is_invited_is_a_set(api: PollApi) -> None:
    one, two = sorted([str(uuid4()), str(uuid4())])
    poll = await api.opens(access="invited", invited=[two, one, two])
    assert poll.known["invited"] == [one, two]
    assert (await api.revises(poll, {"invited": [two, one]})).headers["ETag"] == '"1"'
    assert (await api.revises(poll, {"invited": None})).json()["invited"] == []


async def test_inviting_does_not_tell_which_accounts_there_are(api: PollApi) -> None:
    known, unknown = somebody(), uuid4()
    await api.opens(signed_in(known))
    answers = [
        await api.opens(access="invited", invited=[str(account)]) for account in (known, unknown)
    ]
    assert [poll.known["invited"] for poll in answers] == [[str(known)], [str(unknown)]]


async def test_the_polls_of_an_account_that_goes_stay_without_an_owner(api: PollApi) -> None:
    ann, ben = somebody(), somebody()
    polls = [await api.opens(signed_in(ann)) for _ in range(3)]
    bens = await api.opens(signed_in(ben))
    assert await handlers.disown(api.service, ann) == 3
    assert await handlers.disown(api.service, ann) == 0
    for poll in polls:
        shown = (await api.reads(poll, poll.organiser)).json()
        assert shown == {**poll.known, "owner": None, "version": 2}
        assert (await api.reads(poll, signed_in(ann))).status_code == 404
    assert (await listed(api, ann))["items"] == []
    assert (await api.reads(bens, signed_in(ben))).json() == bens.known
    assert (await api.claims(polls[0], ben)).status_code == 200


async def test_more_polls_than_are_taken_at_once_all_lose_their_owner(api: PollApi) -> None:
    ann = somebody()
    await asyncio.gather(*(api.opens(signed_in(ann)) for _ in range(120)))
    assert await handlers.disown(api.service, ann) == 120
    with psycopg.connect(api.database) as connection:
        owned = connection.execute("select from polls where owner = %s", (ann,)).fetchall()
    assert owned == []


async def test_a_token_that_outlives_its_account_owns_nothing(api: PollApi) -> None:
    poll, gone = await api.opens(), signed_in(uuid4())
    token = poll.opened["capabilities"]["organiser"]
    answers = [
        await api.client.get("/api/v1/polls", headers=gone),
        await api.client.post("/api/v1/polls", json=proposal(), headers=gone),
        await api.client.post(f"{poll.path}/claim", json={"organiser": token}, headers=gone),
    ]
    assert [answer.status_code for answer in answers] == [401] * 3


async def test_an_owner_is_known_whatever_the_time_of_the_token(api: PollApi) -> None:
    ann = somebody()
    poll = await api.opens(signed_in(ann))
    late = bearer(ISSUER.token(ann, lives=-HOUR))
    answer = await api.reads(poll, late)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    other = bearer(ISSUER.token(ann, aud="somebody else"))
    assert (await api.reads(poll, other)).status_code == 401
