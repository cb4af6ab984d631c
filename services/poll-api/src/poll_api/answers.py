"""What poll-api answers with: the poll as people see it, and its history. No hash ever."""

from dataclasses import asdict
from datetime import datetime, time, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, PlainSerializer

from contracts.fact import Span
from contracts.polls import Access, Basis, Rules, Visibility, Weekday
from eventstore.recorded import Recorded
from poll_api import examples
from poll_api.decider import Poll

TimeOfDay = Annotated[time, PlainSerializer(lambda at: f"{at:%H:%M}", return_type=str)]
_HASHES = {"organiser_hash", "answer_hash"}


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


class PollAnswer(BaseModel):
    """`slots` is the window cut to the daily hours, in UTC. `event_id` stays after reopening."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.POLL]})

    id: UUID
    state: Literal["open", "closed", "finalised", "cancelled"]
    version: int
    created_at: datetime
    title: str
    description: str | None
    timezone: str
    window: Span
    duration: timedelta
    step: timedelta
    daily_hours: DailyHours | None
    deadline: datetime | None
    access: Access
    visibility: Visibility
    rules: Rules
    slots: tuple[Span, ...]
    event_id: UUID | None
    decision: Decision | None


class PollSecrets(BaseModel):
    """For the organiser alone, and for everybody who is to answer."""

    organiser: str
    answer: str


class OpenedPollAnswer(PollAnswer):
    """`capabilities` and `links` are shown this once: only their hashes are kept."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.OPENED_POLL]})

    capabilities: PollSecrets
    links: PollSecrets


class HistoryItem(BaseModel):
    """One fact of the poll; `data` is what the Kafka topic carries, without the hashes.

    `actor` is whose capability led to it; `timer` where a deadline did, `automatic` where the
    poll's `auto_finalise` rule did.
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


def poll_answer(poll: Poll) -> PollAnswer:
    return PollAnswer.model_validate(_members(poll))


def opened_poll_answer(poll: Poll, capabilities: PollSecrets, links: PollSecrets) -> PollAnswer:
    secrets = {"capabilities": capabilities, "links": links}
    return OpenedPollAnswer.model_validate({**_members(poll), **secrets})


def history_page(recorded: list[Recorded], limit: int) -> HistoryPage:
    """`recorded` holds one more than `limit` where there is a next page."""
    shown = recorded[:limit]
    return HistoryPage(
        items=[_history_item(one) for one in shown],
        next=str(shown[-1].sequence) if len(recorded) > limit else None,
    )


def _members(poll: Poll) -> dict[str, Any]:
    return {
        **poll.details.model_dump(),
        "id": poll.poll_id,
        "state": poll.state.value,
        "version": poll.version,
        "created_at": poll.opened_at,
        "event_id": poll.event_id,
        "decision": poll.decision and asdict(poll.decision),
    }


def _history_item(one: Recorded) -> HistoryItem:
    return HistoryItem(
        sequence=one.sequence,
        type=one.fact.TYPE,
        time=one.recorded_at,
        actor=one.metadata["actor"],
        data=one.fact.model_dump(mode="json", exclude=_HASHES),
    )
