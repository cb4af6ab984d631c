"""What poll-api answers with: the poll as people see it, and its history. No hash ever.

The organiser sees more of a poll than everyone: who owns it and whom it invites; and a regret,
being a result, is shown to those who may see results.
"""

from dataclasses import asdict
from datetime import datetime, time
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, PlainSerializer

from chassis.access import Caller, Role, may_see_results
from chassis.bodies import Duration
from contracts.fact import Span
from contracts.polls import Access, Basis, Rules, Visibility, Weekday
from eventstore.recorded import Recorded
from poll_api import examples
from poll_api.decider import Poll, PollState
from poll_api.ownership import Which

TimeOfDay = Annotated[time, PlainSerializer(lambda at: f"{at:%H:%M}", return_type=str)]
_HASHES = {"organiser_hash", "answer_hash", "token_hash"}
_ORGANISER = Caller(Role.ORGANISER)


class DailyHours(BaseModel):
    start: TimeOfDay
    end: TimeOfDay
    days: tuple[Weekday, ...]


class Decision(BaseModel):
    """When the meeting is; `basis` holds the sequences of the recommendations it was chosen from.

    `automatic`: the poll's `auto_finalise` rule chose it.
    """

    start: datetime
    end: datetime
    basis: Basis
    automatic: bool


class Regret(BaseModel):
    """The poll is decided for `start`, and `people` more could come at `better`."""

    start: datetime
    better: Span
    people: int


class PollAnswer(BaseModel):
    """`slots` is the window cut to the daily hours, in UTC. `event_id` stays after reopening.

    `invited` and `owner` are shown to the organiser, and null for everybody else; `regret` to
    those who may see results.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [examples.POLL]})

    id: UUID
    state: Literal["open", "closed", "finalised", "cancelled"]
    version: int
    created_at: datetime
    title: str
    description: str | None
    timezone: str
    window: Span
    duration: Duration
    step: Duration
    daily_hours: DailyHours | None
    deadline: datetime | None
    access: Access
    invited: tuple[UUID, ...] | None
    visibility: Visibility
    rules: Rules
    slots: tuple[Span, ...]
    owner: UUID | None
    event_id: UUID | None
    decision: Decision | None
    regret: Regret | None


class PollSecrets(BaseModel):
    """For the organiser alone, and for everybody who is to answer."""

    organiser: str
    answer: str


class OpenedPollAnswer(PollAnswer):
    """`capabilities` and `links` are shown this once: only their hashes are kept."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.OPENED_POLL]})

    capabilities: PollSecrets
    links: PollSecrets


class RotatedLink(BaseModel):
    """The new link, shown this once; what it replaces opens nothing any more."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.ROTATED]})

    which: Which
    capability: str
    link: str


class PollSummary(BaseModel):
    """`owned` by the account that asks; else the poll invites it."""

    id: UUID
    title: str
    state: Literal["open", "closed", "finalised", "cancelled"]
    created_at: datetime
    timezone: str
    window: Span
    duration: Duration
    deadline: datetime | None
    decision: Decision | None
    event_id: UUID | None
    owned: bool


class PollPage(BaseModel):
    """`next` goes into `?after=`; null on the last page."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.POLLS]})

    items: list[PollSummary]
    next: UUID | None


class HistoryItem(BaseModel):
    """One fact of the poll; `data` is what the Kafka topic carries, without the hashes.

    `actor` is what led to it: the `organiser` link, the account that is the `owner`, `anyone` who
    opens a poll; a deadline's `timer`, something `automatic` that recommendations called for.
    """

    sequence: int
    type: str
    time: datetime
    actor: str
    data: dict[str, Any]


class HistoryPage(BaseModel):
    """`next` goes into `?after=`; null on the last page."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.HISTORY]})

    items: list[HistoryItem]
    next: str | None


def poll_answer(poll: Poll, caller: Caller = _ORGANISER) -> PollAnswer:
    return PollAnswer.model_validate(_members(poll, caller))


def opened_poll_answer(poll: Poll, capabilities: PollSecrets, links: PollSecrets) -> PollAnswer:
    secrets = {"capabilities": capabilities, "links": links}
    return OpenedPollAnswer.model_validate({**_members(poll, _ORGANISER), **secrets})


def poll_page(polls: list[tuple[Poll, bool]], limit: int) -> PollPage:
    """`polls`, each with whether it is owned, are one more than `limit` if there is a next page."""
    items = [
        PollSummary.model_validate({**_members(poll, _ORGANISER), "owned": owned})
        for poll, owned in polls[:limit]
    ]
    return PollPage(items=items, next=items[-1].id if len(polls) > limit else None)


def history_page(recorded: list[Recorded], limit: int) -> HistoryPage:
    """`recorded` holds one more than `limit` where there is a next page."""
    shown = recorded[:limit]
    return HistoryPage(
        items=[_history_item(one) for one in shown],
        next=str(shown[-1].sequence) if len(recorded) > limit else None,
    )


def _members(poll: Poll, caller: Caller) -> dict[str, Any]:
    organising = caller.role is Role.ORGANISER
    return {
        **poll.details.model_dump(),
        "id": poll.poll_id,
        "state": poll.state.value,
        "version": poll.version,
        "created_at": poll.opened_at,
        "invited": poll.details.invited if organising else None,
        "owner": poll.owner if organising else None,
        "event_id": poll.event_id,
        "decision": poll.decision and asdict(poll.decision),
        "regret": _regret(poll, caller),
    }


def _regret(poll: Poll, caller: Caller) -> dict[str, Any] | None:
    if poll.regret is None or poll.decision is None or poll.state is not PollState.FINALISED:
        return None
    if not may_see_results(caller, poll.details.visibility.results, poll.state.value):
        return None
    return {"start": poll.decision.start, **asdict(poll.regret)}


def _history_item(one: Recorded) -> HistoryItem:
    return HistoryItem(
        sequence=one.sequence,
        type=one.fact.TYPE,
        time=one.recorded_at,
        actor=one.metadata["actor"],
        data=one.fact.model_dump(mode="json", exclude=_HASHES),
    )
