"""How a command about one participant takes effect, whoever it comes from."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from availability import decider
from availability.decider import Command, State
from availability.service import Service
from availability.visits import Visit
from chassis.tracing import current_traceparent
from eventstore.batch import Within
from eventstore.idempotency import IdempotentRequest
from eventstore.sealing import Answer
from eventstore.transact import Outcome, transact

_NOTHING = Answer(status=204, body=b"", headers={})


async def carry_out(
    service: Service,
    visit: Visit,
    participant_id: UUID,
    command: Command,
    answer: Callable[[State, int], Answer],
    *,
    request: IdempotentRequest | None = None,
    within: Within | None = None,
) -> Outcome[State]:
    """Let the decider decide and store what it did, in the participant's stream."""
    return await transact(
        service.store,
        decider,
        stream_of(participant_id),
        command,
        key=str(visit.poll_id),
        answer=answer,
        request=request,
        metadata=_metadata(visit),
        within=within,
    )


def stream_of(participant_id: UUID) -> str:
    return f"schedule-{participant_id}"


def nothing(state: State, version: int) -> Answer:
    """The answer that has nothing to say."""
    return _NOTHING


def _metadata(visit: Visit) -> dict[str, Any]:
    return {"actor": visit.caller.role.value, "traceparent": current_traceparent()}
