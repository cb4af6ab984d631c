"""Carries out commands about events: gathers what the decider needs, stores what it decided."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from chassis.conditional import etag
from chassis.identifiers import uuid7
from chassis.tracing import current_traceparent
from contracts.lifecycle import EventDetails
from event_lifecycle import decider
from event_lifecycle.bodies import document
from event_lifecycle.decider import Cancel, Command, Complete, Revise, Schedule, State
from event_lifecycle.service import Service
from eventstore.idempotency import IdempotentRequest
from eventstore.sealing import Answer
from eventstore.transact import Outcome, transact

_NO_ZONE = "UTC"


def stream_of(event_id: UUID) -> str:
    return f"event-{event_id}"


async def schedule(
    service: Service, fields: Mapping[str, Any], request: IdempotentRequest | None
) -> Outcome[State]:
    """A new event of `fields` of `EventDetails`; what they leave out is as the settings say."""
    event_id = uuid7()
    given = {name: value for name, value in fields.items() if value is not None}
    details = EventDetails.model_validate(
        {
            "timezone": _NO_ZONE,
            "completion": service.settings.completion_of_others,
            "due_at": None,
            **given,
        }
    )
    command = Schedule(event_id, details, service.clock())
    created = {"Location": f"/api/v1/events/{event_id}"}
    return await _transact(
        service, event_id, command, status=201, headers=created, request=request, is_new=True
    )


async def revise(
    service: Service, event_id: UUID, changes: Mapping[str, Any], expected: int | None
) -> Outcome[State]:
    command = Revise(changes, service.clock())
    return await _transact(service, event_id, command, expected=expected)


async def complete(
    service: Service, event_id: UUID, expected: int | None, request: IdempotentRequest | None
) -> Outcome[State]:
    """Who loses the race with the timer finds the event completed, and nothing to do."""
    command = Complete(service.clock())
    return await _transact(service, event_id, command, expected=expected, request=request)


async def cancel(
    service: Service, event_id: UUID, expected: int | None, request: IdempotentRequest | None
) -> Outcome[State]:
    command = Cancel(service.clock())
    return await _transact(service, event_id, command, expected=expected, request=request)


async def _transact(
    service: Service,
    event_id: UUID,
    command: Command,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    expected: int | None = None,
    request: IdempotentRequest | None = None,
    is_new: bool = False,
) -> Outcome[State]:
    def answer(state: State, version: int) -> Answer:
        assert isinstance(state, decider.ScheduledEvent)
        body = document(state, version).model_dump_json().encode()
        return Answer(status, body, {"ETag": etag(version), **(headers or {})})

    return await transact(
        service.store,
        decider,
        stream_of(event_id),
        command,
        key=str(event_id),
        answer=answer,
        expected_version=expected,
        request=request,
        metadata={"traceparent": current_traceparent()},
        is_new=is_new,
    )
