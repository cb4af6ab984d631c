"""Capabilities and accounts: what makes a caller somebody, and the one table of who may do what."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from secrets import token_urlsafe
from typing import Literal, Protocol
from uuid import UUID

from starlette.requests import Request

from chassis.problems import Problem

Kind = Literal["organiser", "answer", "edit"]
Access = Literal["link", "public", "invited"]
Audience = Literal["everyone", "after_close", "organiser"]

_PREFIX: Mapping[Kind, str] = {"organiser": "ct_org_", "answer": "ct_ans_", "edit": "ct_edt_"}
_LONGEST_TOKEN = 4096


class Role(StrEnum):
    """What the caller's credential makes them in one poll.

    ORGANISER: the organiser's link, or the account that owns the poll. ANSWER: the answer link, or
    an account on the list of an invited poll. ANYONE: a public poll's visitor. UNINVITED: the
    answer link of a poll that only invited accounts may see.
    """

    ORGANISER = "organiser"
    ANSWER = "answer"
    EDIT = "edit"
    ANYONE = "anyone"
    UNINVITED = "uninvited"


@dataclass(frozen=True, slots=True)
class Caller:
    """`participant_id` is whose schedule an edit capability opens."""

    role: Role
    participant_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Credential:
    """What a caller shows, without the token itself.

    `token_hash` is None without any; `account_id` is there for an access token that was verified,
    which is good until `expires_at`. `kind` is what a capability was made as, in whatever poll.
    """

    token_hash: str | None = None
    account_id: UUID | None = None
    expires_at: datetime | None = None
    kind: Kind | None = None

    @property
    def scope(self) -> str:
        """Tells callers apart, and one account's tokens not: a hash or an id, never a secret."""
        return str(self.account_id) if self.account_id else (self.token_hash or "")


NOBODY = Credential()
"""What is seen of a caller who shows nothing."""


class _Details(Protocol):
    @property
    def access(self) -> Access: ...
    @property
    def invited(self) -> Collection[UUID]: ...


class Guarded(Protocol):
    """What of a poll decides who may come in."""

    @property
    def organiser_hash(self) -> str: ...
    @property
    def answer_hash(self) -> str: ...
    @property
    def owner(self) -> UUID | None: ...
    @property
    def details(self) -> _Details: ...


class Operation(StrEnum):
    SEE_POLL = "see_poll"
    SEE_RESULTS = "see_results"
    JOIN = "join"
    CHANGE_SCHEDULE = "change_schedule"
    CHANGE_PROFILE = "change_profile"
    ERASE_PARTICIPANT = "erase_participant"
    ROTATE_EDIT_LINK = "rotate_edit_link"
    SET_STANDING = "set_standing"
    MANAGE_POLL = "manage_poll"
    SEE_HISTORY = "see_history"
    MANAGE_WEBHOOKS = "manage_webhooks"


_EVERYONE = frozenset(Role) - {Role.UNINVITED}
_PERMITTED: Mapping[Operation, frozenset[Role]] = {
    Operation.SEE_POLL: _EVERYONE,
    Operation.SEE_RESULTS: _EVERYONE,
    Operation.JOIN: frozenset({Role.ANYONE, Role.ANSWER, Role.ORGANISER}),
    Operation.CHANGE_SCHEDULE: frozenset({Role.EDIT}),
    Operation.CHANGE_PROFILE: frozenset({Role.EDIT}),
    Operation.ERASE_PARTICIPANT: frozenset({Role.EDIT, Role.ORGANISER}),
    Operation.ROTATE_EDIT_LINK: frozenset({Role.EDIT, Role.ORGANISER}),
    Operation.SET_STANDING: frozenset({Role.ORGANISER}),
    Operation.MANAGE_POLL: frozenset({Role.ORGANISER}),
    Operation.SEE_HISTORY: frozenset({Role.ORGANISER}),
    Operation.MANAGE_WEBHOOKS: frozenset({Role.ORGANISER}),
}


def mint(kind: Kind) -> str:
    """Return a new capability: a prefix that tells its kind, and 256 random bits."""
    return _PREFIX[kind] + token_urlsafe(32)


def hash_of(token: str) -> str:
    """Return the SHA-256 of a capability in hexadecimal: all that is ever stored of it."""
    return sha256(token.encode()).hexdigest()


def token_of(request: Request) -> str | None:
    """Return the token of `Authorization: Bearer …`, or None without the header."""
    header = request.headers.get("authorization")
    return None if header is None else token_in(header)


def token_in(header: str) -> str:
    """Return the token of an `Authorization` header. Raises the problem `bad_header`."""
    scheme, _, token = header.partition(" ")
    token = token.strip()
    well_formed = token.isascii() and token.isprintable() and " " not in token
    if scheme.lower() != "bearer" or not token or not well_formed or len(token) > _LONGEST_TOKEN:
        raise Problem("bad_header", "Authorization must be `Bearer <token>`")
    return token


def kind_of(token: str) -> Kind | None:
    """What a capability was made as; None for what is none."""
    return next((kind for kind, prefix in _PREFIX.items() if token.startswith(prefix)), None)


def recognise(shown: Credential, poll: Guarded, participant_id: UUID | None) -> Caller | None:
    """Return who the caller is in one poll; None for those who must not learn that it exists.

    `participant_id` is whose edit capability of this poll the credential is, if it is one. A
    rotated capability or another poll's is as good as none. Only hashes are compared, so the time
    it takes tells nothing about a token.
    """
    account, access = shown.account_id, poll.details.access
    if account is not None and account == poll.owner:
        return Caller(Role.ORGANISER)
    if shown.token_hash == poll.organiser_hash:
        return Caller(Role.ORGANISER)
    if participant_id is not None:
        return Caller(Role.EDIT, participant_id)
    if access == "invited":
        return _at_an_invited_poll(shown, poll)
    if shown.token_hash == poll.answer_hash:
        return Caller(Role.ANSWER)
    return Caller(Role.ANYONE) if access == "public" else None


def _at_an_invited_poll(shown: Credential, poll: Guarded) -> Caller | None:
    if shown.account_id is not None and shown.account_id in poll.details.invited:
        return Caller(Role.ANSWER)
    return Caller(Role.UNINVITED) if shown.token_hash == poll.answer_hash else None


def may_look(caller: Caller | None) -> bool:
    """Whether there is anything at all for the caller to see: how far a poll has come, for one."""
    return caller is not None and caller.role is not Role.UNINVITED


def permit(
    caller: Caller | None, operation: Operation, *, participant_id: UUID | None = None
) -> None:
    """Return if the caller may; an edit capability opens `participant_id` only if it is theirs.

    Raises:
        Problem: `not_found` for a caller who is nobody here, `forbidden` for one who is too weak.
    """
    if caller is None:
        raise Problem("not_found")
    permitted = _PERMITTED[operation]
    if caller.role is Role.UNINVITED:
        detail = "This poll is for invited accounts: sign in with one."
        raise Problem("forbidden", detail, needs=["account"])
    if caller.role not in permitted:
        raise _forbidden(permitted)
    if caller.role is Role.EDIT and participant_id not in (None, caller.participant_id):
        raise _forbidden(permitted)


def permit_transfer(shown: Credential, poll: Guarded) -> UUID:
    """Return the account that owns the poll if it is the caller's: a link gives no poll away.

    Raises the problem `forbidden`.
    """
    if shown.account_id is None or shown.account_id != poll.owner:
        raise Problem("forbidden", "This needs the account that owns the poll.", needs=["account"])
    return shown.account_id


def may_see_results(caller: Caller, results: Audience, poll_state: str) -> bool:
    """Whether schedules and recommendations are shown; `poll_state` as the poll's answer has it."""
    if caller.role is Role.ORGANISER or results == "everyone":
        return True
    return results == "after_close" and poll_state != "open"


def permit_results(caller: Caller, results: Audience, poll_state: str) -> None:
    """Return if schedules and recommendations are shown; else raise the problem `forbidden`."""
    permit(caller, Operation.SEE_RESULTS)
    if may_see_results(caller, results, poll_state):
        return
    if results == "after_close":
        raise Problem("forbidden", "Results are shown when the poll is closed.")
    raise Problem("forbidden", "Results are shown to the organiser only.")


def may_see_names(caller: Caller, names: Literal["everyone", "organiser"]) -> bool:
    """Whether other participants' names are shown."""
    return caller.role is Role.ORGANISER or names == "everyone"


def _forbidden(permitted: frozenset[Role]) -> Problem:
    needs = sorted(role.value for role in permitted - {Role.ANYONE})
    links = " or ".join(
        "the participant's own edit link" if role == Role.EDIT else f"the {role} link"
        for role in needs
    )
    return Problem("forbidden", f"This needs {links}.", needs=needs)
