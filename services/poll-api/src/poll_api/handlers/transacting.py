"""What all commands to one poll have in common: its stream, and who acted."""

from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol
from uuid import UUID

from chassis.tracing import current_traceparent
from eventstore.batch import Within
from eventstore.idempotency import IdempotentRequest
from eventstore.sealing import Answer
from eventstore.store import EventStore
from eventstore.transact import Outcome, transact
from poll_api import decider
from poll_api.answers import poll_answer
from poll_api.decider import Command, Poll, State
from poll_api.visits import Actor

Match = int | Literal["*"] | None


class Storing(Protocol):
    """Whatever has the store at hand."""

    @property
    def store(self) -> EventStore: ...


def stream_of(poll_id: UUID) -> str:
    return f"poll-{poll_id}"


async def command(
    service: Storing,
    poll_id: UUID,
    command: Command,
    actor: Actor,
    *,
    answer: Callable[[State, int], Answer] | None = None,
    match: Match = None,
    request: IdempotentRequest | None = None,
    within: Within | None = None,
    is_new: bool = False,
) -> Outcome[State]:
    """Let the decider decide. Raises its rejections, and `VersionMismatch` against `match`.

    Without an `answer` it is the poll as its organiser sees it.
    """
    return await transact(
        service.store,
        decider,
        stream_of(poll_id),
        command,
        key=str(poll_id),
        answer=answer or _changed,
        expected_version=None if match == "*" else match,
        request=request,
        metadata=metadata(actor),
        within=within,
        is_new=is_new,
    )


def metadata(actor: Actor) -> Mapping[str, Any]:
    return {"actor": actor, "traceparent": current_traceparent()}


def nothing_to_say(_state: State, _version: int) -> Answer:
    return Answer(204, b"")


def _changed(state: State, _version: int) -> Answer:
    assert isinstance(state, Poll)
    return Answer(200, poll_answer(state).model_dump_json().encode())
