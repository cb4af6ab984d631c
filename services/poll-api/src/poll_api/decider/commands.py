"""What may be asked of a poll. Times, ids and hashes come in with the command."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from contracts.fact import Span
from contracts.polls import Basis, PollDetails


@dataclass(frozen=True)
class OpenPoll:
    """`owner` is the account that opens it, if one does."""

    poll_id: UUID
    details: PollDetails
    organiser_hash: str
    answer_hash: str
    now: datetime
    owner: UUID | None = None


@dataclass(frozen=True)
class RevisePoll:
    """`details` in full, as they are to be."""

    details: PollDetails
    now: datetime


@dataclass(frozen=True)
class ClosePoll:
    now: datetime


@dataclass(frozen=True)
class ReopenPoll:
    now: datetime


@dataclass(frozen=True)
class FinalisePoll:
    """`event_id` is used when this poll is finalised for the first time.

    `as_of` is what the organiser was looking at; without it, or where it does not tell, the poll
    as it is and `schedules`, the sequence of the facts about schedules that have arrived.
    """

    start: datetime
    event_id: UUID
    as_of: Basis | None
    schedules: int
    now: datetime


@dataclass(frozen=True)
class FinaliseByRule:
    """The recommendations as of `as_of` fulfil the poll's rule with a meeting at `start`.

    `schedules` is the sequence of the facts about schedules that have arrived.
    """

    start: datetime
    event_id: UUID
    as_of: Basis
    schedules: int
    now: datetime


@dataclass(frozen=True)
class RaiseRegret:
    """As of `as_of`, `people` more than at the decided `start` could come at `better`.

    `schedules` as in `FinaliseByRule`.
    """

    start: datetime
    better: Span
    people: int
    as_of: Basis
    schedules: int
    now: datetime


@dataclass(frozen=True)
class CancelPoll:
    now: datetime


@dataclass(frozen=True)
class RotateLink:
    """`replaces` is the hash of the link that is to go, `token_hash` that of the new one."""

    which: Literal["organiser", "answer"]
    replaces: str
    token_hash: str
    now: datetime


@dataclass(frozen=True)
class ClaimPoll:
    """`account_id` holds the organiser's link and wants to own the poll."""

    account_id: UUID
    now: datetime


@dataclass(frozen=True)
class TransferPoll:
    """Its owner hands the poll over."""

    owner: UUID
    to: UUID
    now: datetime


@dataclass(frozen=True)
class DisownPoll:
    """The account is going; what it owns it owns no more."""

    owner: UUID
    now: datetime


@dataclass(frozen=True)
class ErasePoll:
    now: datetime


@dataclass(frozen=True)
class RetirePoll:
    """Erase the poll if its window ended at `latest_end` or before."""

    latest_end: datetime
    now: datetime


Command = (
    OpenPoll
    | RevisePoll
    | ClosePoll
    | ReopenPoll
    | FinalisePoll
    | FinaliseByRule
    | RaiseRegret
    | CancelPoll
    | RotateLink
    | ClaimPoll
    | TransferPoll
    | DisownPoll
    | ErasePoll
    | RetirePoll
)
