"""Who may do what: the whole table."""

from dataclasses import dataclass
from uuid import UUID, uuid4

import httpx
import pytest

from chassis.access import (
    Access,
    Audience,
    Caller,
    Credential,
    Operation,
    Role,
    hash_of,
    may_see_names,
    may_see_results,
    mint,
    permit,
    permit_results,
    permit_transfer,
    recognise,
)
from chassis.problems import Problem

ANN, BOB = UUID(int=1), UUID(int=2)
ORGANISER, ANSWER, EDIT = mint("organiser"), mint("answer"), mint("edit")

ORGANISER_CALLER, ANSWER_CALLER = Caller(Role.ORGANISER), Caller(Role.ANSWER)
ANN_CALLER, ANYONE_CALLER = Caller(Role.EDIT, ANN), Caller(Role.ANYONE)

# identity: organiser, answer, edit (one's own), anyone with the id of a public poll
TABLE = {
    Operation.SEE_POLL: (True, True, True, True),
    Operation.SEE_RESULTS: (True, True, True, True),
    Operation.JOIN: (True, True, False, True),
    Operation.CHANGE_SCHEDULE: (False, False, True, False),
    Operation.CHANGE_PROFILE: (False, False, True, False),
    Operation.ERASE_PARTICIPANT: (True, False, True, False),
    Operation.ROTATE_EDIT_LINK: (True, False, True, False),
    Operation.SET_STANDING: (True, False, False, False),
    Operation.MANAGE_POLL: (True, False, False, False),
    Operation.SEE_HISTORY: (True, False, False, False),
    Operation.MANAGE_WEBHOOKS: (True, False, False, False),
}
OWN = {
    Operation.CHANGE_SCHEDULE,
    Operation.CHANGE_PROFILE,
    Operation.ERASE_PARTICIPANT,
    Operation.ROTATE_EDIT_LINK,
}
CALLERS = (ORGANISER_CALLER, ANSWER_CALLER, ANN_CALLER, ANYONE_CALLER)


def answer_of(caller: Caller | None, operation: Operation, participant: UUID | None) -> str:
    try:
        permit(caller, operation, participant_id=participant)
    except Problem as problem:
        return problem.code
    return "permitted"


@pytest.mark.parametrize("operation", list(Operation))
@pytest.mark.parametrize("column", range(4))
def test_the_table_decides(operation: Operation, column: int) -> None:
    expected = "permitted" if TABLE[operation][column] else "forbidden"
    assert answer_of(CALLERS[column], operation, ANN) == expected


@pytest.mark.parametrize("operation", sorted(OWN))
def test_an_edit_link_opens_nobody_elses_schedule(operation: Operation) -> None:
    assert answer_of(ANN_CALLER, operation, BOB) == "forbidden"


@pytest.mark.parametrize("operation", list(Operation))
def test_who_is_nobody_here_learns_nothing(operation: Operation) -> None:
    assert answer_of(None, operation, ANN) == "not_found"


def test_a_refusal_says_which_credential_is_needed_and_never_whose() -> None:
    with pytest.raises(Problem) as refused:
        permit(ANSWER_CALLER, Operation.ERASE_PARTICIPANT, participant_id=ANN)
    assert refused.value.extra == {"needs": ["edit", "organiser"]}
    assert refused.value.detail == (
        "This needs the participant's own edit link or the organiser link."
    )
    assert str(ANN) not in str(refused.value.document("/"))


OWNER, GUEST, STRANGER = UUID(int=11), UUID(int=12), UUID(int=13)


@dataclass(frozen=True)
class Details:
    access: Access
    invited: tuple[UUID, ...] = (GUEST,)


@dataclass(frozen=True)
class Poll:
    details: Details
    owner: UUID | None = OWNER
    organiser_hash: str = hash_of(ORGANISER)
    answer_hash: str = hash_of(ANSWER)


WHO = {
    "organiser": Credential(hash_of(ORGANISER), kind="organiser"),
    "answer": Credential(hash_of(ANSWER), kind="answer"),
    "edit": Credential(hash_of(EDIT), kind="edit"),
    "owner": Credential(hash_of("a.b.c"), account_id=OWNER),
    "guest": Credential(hash_of("d.e.f"), account_id=GUEST),
    "stranger": Credential(hash_of("g.h.i"), account_id=STRANGER),
    "unknown": Credential(hash_of(mint("answer")), kind="answer"),
    "none": Credential(),
}
MADE: dict[Access, dict[str, Role | None]] = {
    "link": {
        "organiser": Role.ORGANISER,
        "answer": Role.ANSWER,
        "edit": Role.EDIT,
        "owner": Role.ORGANISER,
        "guest": None,
        "stranger": None,
        "unknown": None,
        "none": None,
    },
    "public": {
        "organiser": Role.ORGANISER,
        "answer": Role.ANSWER,
        "edit": Role.EDIT,
        "owner": Role.ORGANISER,
        "guest": Role.ANYONE,
        "stranger": Role.ANYONE,
        "unknown": Role.ANYONE,
        "none": Role.ANYONE,
    },
    "invited": {
        "organiser": Role.ORGANISER,
        "answer": Role.UNINVITED,
        "edit": Role.EDIT,
        "owner": Role.ORGANISER,
        "guest": Role.ANSWER,
        "stranger": None,
        "unknown": None,
        "none": None,
    },
}


@pytest.mark.parametrize("access", sorted(MADE))
@pytest.mark.parametrize("who", sorted(WHO))
def test_a_credential_makes_its_holder_who_they_are(access: Access, who: str) -> None:
    participant = ANN if who == "edit" else None
    caller = recognise(WHO[who], Poll(Details(access)), participant)
    role = MADE[access][who]
    assert caller == (None if role is None else Caller(role, participant))


def test_nobody_owns_a_poll_without_an_owner() -> None:
    assert recognise(Credential(), Poll(Details("link"), owner=None), None) is None


@pytest.mark.parametrize("operation", list(Operation))
def test_the_answer_link_of_an_invited_poll_opens_nothing_and_says_what_would(
    operation: Operation,
) -> None:
    with pytest.raises(Problem) as refused:
        permit(Caller(Role.UNINVITED), operation, participant_id=ANN)
    assert (refused.value.code, refused.value.extra) == ("forbidden", {"needs": ["account"]})


@pytest.mark.parametrize("who", sorted(WHO))
def test_only_the_account_that_owns_a_poll_hands_it_over(who: str) -> None:
    if who == "owner":
        assert permit_transfer(WHO[who], Poll(Details("link"))) == OWNER
        return
    with pytest.raises(Problem) as refused:
        permit_transfer(WHO[who], Poll(Details("link")))
    assert (refused.value.code, refused.value.extra) == ("forbidden", {"needs": ["account"]})


def test_a_poll_without_an_owner_is_handed_over_by_nobody() -> None:
    for shown in WHO.values():
        with pytest.raises(Problem):
            permit_transfer(shown, Poll(Details("link"), owner=None))


def test_capabilities_tell_their_kind_and_are_never_the_same() -> None:
    assert (ORGANISER[:7], ANSWER[:7], EDIT[:7]) == ("ct_org_", "ct_ans_", "ct_edt_")
    assert len({mint("edit") for _ in range(1000)}) == 1000
    assert len(EDIT.removeprefix("ct_edt_")) == 43  # 256 bits in base64url


@pytest.mark.parametrize(
    ("results", "state", "shown"),
    [
        ("everyone", "open", True),
        ("after_close", "open", False),
        ("after_close", "closed", True),
        ("after_close", "finalised", True),
        ("organiser", "closed", False),
    ],
)
def test_results_are_shown_as_the_organiser_decided(
    results: Audience, state: str, shown: bool
) -> None:
    assert may_see_results(ANN_CALLER, results, state) is shown
    assert may_see_results(ORGANISER_CALLER, results, state)


def test_names_are_shown_as_the_organiser_decided() -> None:
    assert may_see_names(ANSWER_CALLER, "everyone")
    assert not may_see_names(ANSWER_CALLER, "organiser")
    assert may_see_names(ORGANISER_CALLER, "organiser")


async def test_the_token_of_a_request_is_what_follows_bearer(client: httpx.AsyncClient) -> None:
    path = f"/api/v1/polls/{uuid4()}"
    answer = await client.get(path, headers={"Authorization": f"bearer {EDIT}"})
    assert answer.json()["token"] == EDIT
    assert (await client.get(path)).json()["token"] is None


@pytest.mark.parametrize("header", [None, "Bearer wrong", f"Bearer {ORGANISER}"])
async def test_the_internal_door_is_hidden_without_the_service_token(
    client: httpx.AsyncClient, header: str | None
) -> None:
    headers = {"Authorization": header} if header else {}
    refused = await client.get("/internal/v1/heads", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")


async def test_the_internal_door_opens_to_the_service_token(client: httpx.AsyncClient) -> None:
    headers = {"Authorization": "Bearer service-token-of-the-tests"}
    assert (await client.get("/internal/v1/heads", headers=headers)).status_code == 200


def test_hidden_results_are_refused_with_the_reason() -> None:
    answering, organising = Caller(Role.ANSWER), Caller(Role.ORGANISER)
    cases: list[tuple[Audience, str, str]] = [
        ("after_close", "open", "when the poll is closed"),
        ("organiser", "closed", "to the organiser only"),
    ]
    for results, state, reason in cases:
        with pytest.raises(Problem, match=reason):
            permit_results(answering, results, state)
        permit_results(organising, results, state)
    permit_results(answering, "after_close", "closed")
