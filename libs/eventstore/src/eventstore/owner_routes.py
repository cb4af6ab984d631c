"""What the owner of facts and states tells other services: `/internal/v1`."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, TypeAlias

import orjson
from fastapi import APIRouter, Body, Depends, Query, Request, Response
from pydantic import AwareDatetime

from chassis.problems import Problem
from contracts.envelope import Envelope
from eventstore.outgoing_states import CurrentState, StateReader
from eventstore.store import EventStore

Guard: TypeAlias = Callable[[Request], Awaitable[None]]
Republish: TypeAlias = Callable[[str | None], Awaitable[int]]
Limit = Annotated[int, Query(ge=1, le=1000)]
After = Annotated[int, Query(ge=0)]


def owner_router(
    store: EventStore,
    guard: Guard,
    *,
    states: Mapping[str, StateReader] | None = None,
    republish: Republish | None = None,
) -> APIRouter:
    """The routes by which consumers refill; `guard` lets other services in and nobody else.

    `states` reads the state topics this service owns, by name. `republish` is the relay's.
    """
    router = APIRouter(
        prefix="/internal/v1", dependencies=[Depends(guard)], include_in_schema=False
    )
    _add_facts(router, store)
    _add_states(router, states or {})
    if republish:
        _add_republish(router, republish)
    return router


def _add_facts(router: APIRouter, store: EventStore) -> None:
    @router.get("/keys/{key}/facts")
    async def facts(key: str, after: After = 0, limit: Limit = 1000) -> Response:
        """CloudEvents of a key in order; `head` is the key's last sequence, 0 if unknown."""
        # The head first: a fact stored meanwhile may be among the items, but none is missing.
        head = await store.head(key)
        envelopes = await store.envelopes(key, after, limit)
        return _json({"items": [_event(one) for one in envelopes], "head": head})

    @router.get("/heads")
    async def heads(
        changed_since: AwareDatetime | None = None, after_key: str = "", limit: Limit = 1000
    ) -> Response:
        """Keys with their sequences, by key."""
        page = await store.heads(changed_since, after_key, limit)
        items = [{"key": key, "sequence": sequence} for key, sequence in page]
        return _page(items, limit)


def _add_states(router: APIRouter, states: Mapping[str, StateReader]) -> None:
    @router.get("/states/{topic}")
    async def current(topic: str, after_key: str = "", limit: Limit = 1000) -> Response:
        """Current states of a topic by key; `value` is null where it was erased."""
        if topic not in states:
            raise Problem("not_found")
        page = await states[topic](after_key, limit)
        return _page([{"key": one.key, "value": _value(one)} for one in page], limit)


def _add_republish(router: APIRouter, republish: Republish) -> None:
    @router.post("/republish", status_code=202)
    async def again(key: Annotated[str | None, Body(embed=True)] = None) -> Response:
        """Send the facts of a key, or everything, to Kafka once more."""
        return _json({"facts": await republish(key)}, status=202)


def _event(envelope: Envelope) -> dict[str, Any]:
    # The fact's JSON goes out as it is stored, without being read.
    return {**envelope.attributes(), "data": orjson.Fragment(envelope.data)}


def _value(current: CurrentState) -> Any:
    return None if current.state is None else orjson.Fragment(current.state.model_dump_json())


def _page(items: list[dict[str, Any]], limit: int) -> Response:
    return _json({"items": items, "next": items[-1]["key"] if len(items) == limit else None})


def _json(document: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(document), status, media_type="application/json")
