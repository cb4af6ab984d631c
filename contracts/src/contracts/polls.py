"""Facts about polls: what poll-api decides. Key: the poll's id."""

from datetime import datetime, time, timedelta
from typing import Annotated, ClassVar, Literal, Self
from uuid import UUID

from pydantic import WithJsonSchema

from contracts.fact import Fact, Instant, Span, TokenHash, Value

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Access = Literal["link", "public", "invited"]


# JSON Schema's own `time` has an offset, and these are times of any day.
LocalTime = Annotated[
    time, WithJsonSchema({"type": "string", "pattern": r"^\d\d:\d\d(:\d\d(\.\d+)?)?$"})
]


class DailyHours(Value):
    """The usable part of each local day. `end` at or before `start` means: past midnight."""

    start: LocalTime
    end: LocalTime
    days: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Visibility(Value):
    names: Literal["everyone", "organiser"] = "everyone"
    results: Literal["everyone", "after_close", "organiser"] = "everyone"


class GroupRule(Value):
    """At least so many of a group; a smaller group needs all of its members."""

    name: str
    at_least: int


class Buffer(Value):
    """Free time each person needs around the meeting."""

    before: timedelta = timedelta()
    after: timedelta = timedelta()


class AutoFinalise(Value):
    when: Literal["everyone_answered", "rules_met"]
    expected: int | None = None


class Rules(Value):
    min_available: int | None = None
    min_percentage: int | None = None
    groups: tuple[GroupRule, ...] = ()
    buffer: Buffer = Buffer()
    auto_finalise: AutoFinalise | None = None


class PollDetails(Value):
    """What an organiser asks for. `slots`: the window cut to the daily hours, in UTC.

    `invited` are accounts: those who may look where `access` is `invited`.
    """

    title: str
    description: str | None = None
    timezone: str
    window: Span
    duration: timedelta
    step: timedelta = timedelta(minutes=15)
    daily_hours: DailyHours | None = None
    slots: tuple[Span, ...]
    deadline: Instant | None = None
    access: Access = "link"
    invited: tuple[UUID, ...] = ()
    visibility: Visibility = Visibility()
    rules: Rules = Rules()

    def reopened(self, deadline: datetime | None) -> Self:
        """Return them as they are after reopening: this deadline, and no rule that finalises."""
        rules = self.rules.model_copy(update={"auto_finalise": None})
        return self.model_copy(update={"deadline": deadline, "rules": rules})


class Basis(Value):
    """The sequences of facts the organiser was looking at when deciding."""

    polls: int
    schedules: int | None = None


class PollFact(Fact):
    poll_id: UUID


class PollOpened(PollFact):
    """`owner` is the account that opened it; None for a poll opened without one."""

    TYPE: ClassVar[str] = "commontime.poll.opened.v1"

    details: PollDetails
    organiser_hash: TokenHash
    answer_hash: TokenHash
    opened_at: Instant
    owner: UUID | None = None


class PollRevised(PollFact):
    """Carries the whole of the details as they are from now on."""

    TYPE: ClassVar[str] = "commontime.poll.revised.v1"

    details: PollDetails
    revised_at: Instant


class PollClosed(PollFact):
    TYPE: ClassVar[str] = "commontime.poll.closed.v1"

    reason: Literal["manual", "deadline"]
    closed_at: Instant


class PollReopened(PollFact):
    """`deadline` is the one that holds from now on: a passed one is cleared.

    The poll's `auto_finalise` rule is gone with it, until a revision sets one again.
    """

    TYPE: ClassVar[str] = "commontime.poll.reopened.v1"

    deadline: Instant | None
    reopened_at: Instant


class PollFinalised(PollFact):
    """The same `event_id` every time one poll is finalised.

    `automatic`: the poll's `auto_finalise` rule decided, and nobody by hand.
    """

    TYPE: ClassVar[str] = "commontime.poll.finalised.v1"

    start: Instant
    end: Instant
    event_id: UUID
    basis: Basis
    finalised_at: Instant
    automatic: bool = False


class PollCancelled(PollFact):
    TYPE: ClassVar[str] = "commontime.poll.cancelled.v1"

    cancelled_at: Instant


class PollLinkRotated(PollFact):
    """The link whose capability has this hash is the one that works; the one before does not."""

    TYPE: ClassVar[str] = "commontime.poll.link-rotated.v1"

    which: Literal["organiser", "answer"]
    token_hash: TokenHash
    rotated_at: Instant


class PollOwnerChanged(PollFact):
    """`owner` is the account that has the poll from now on; None where it deleted itself."""

    TYPE: ClassVar[str] = "commontime.poll.owner-changed.v1"

    owner: UUID | None
    changed_at: Instant


class PollRegretRaised(PollFact):
    """The poll is decided for `start`, and now `people` more could come at `better`.

    `basis`: the sequences of the facts that this was seen from.
    """

    TYPE: ClassVar[str] = "commontime.poll.regret-raised.v1"

    start: Instant
    better: Span
    people: int
    basis: Basis
    raised_at: Instant


class PollErased(PollFact):
    """The poll is gone: nobody finds it any more, and nothing of it may be kept.

    The texts of the facts before it are redacted where they are stored.
    """

    TYPE: ClassVar[str] = "commontime.poll.erased.v1"

    erased_at: Instant
