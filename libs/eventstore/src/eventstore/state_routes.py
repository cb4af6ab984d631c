"""What the owner of states, and of nothing else, tells other services: `/internal/v1`."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, TypeAlias

import orjson
from fastapi import APIRouter, Body, Depends, Query, Request, Response

from chassis.problems import Problem
from eventstore.outgoing_states import CurrentState, StateReader

Guard: TypeAlias = Callable[[Request], Awaitable[None]]
Republish: TypeAlias = Callable[[str | None], Awaitable[int]]
Limit = Annotated[int, Query(ge=1, le=1000)]


def state_router(
    guard: Guard, states: Mapping[str, StateReader], republish: Republish | None = None
) -> APIRouter:
    """The routes by which consumers refill; `guard` lets other services in and nobody else.

    `states` reads the state topics this service owns, by name. `republish` has what a key stands
    for sent again, or everything.
    """
    router = APIRouter(
        prefix="/internal/v1", dependencies=[Depends(guard)], include_in_schema=False
    )
    _add_states(router, states)
    if republish:
        _add_republish(router, republish)
    return router


def page_of(items: list[dict[str, Any]], limit: int) -> Response:
    """Items that have a `key`, and the key after which to go on."""
    return as_json({"items": items, "next": items[-1]["key"] if len(items) == limit else None})


def as_json(document: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(document), status, media_type="application/json")


def _add_states(router: APIRouter, states: Mapping[str, StateReader]) -> None:
    @router.get("/states/{topic}")
    async def current(topic: str, after_key: str = "", limit: Limit = 1000) -> Response:
        """Current states of a topic by key; `value` is null where it was erased."""
        if topic not in states:
            raise Problem("not_found")
        page = await states[topic](after_key, limit)
        return page_of([{"key": one.key, "value": _value(one)} for one in page], limit)


def _add_republish(router: APIRouter, republish: Republish) -> None:
    @router.post("/republish", status_code=202)
    async def again(key: Annotated[str | None, Body(embed=True)] = None) -> Response:
        """Send what belongs to a key, or everything, to Kafka once more."""
        return as_json({"facts": await republish(key)}, status=202)


def _value(current: CurrentState) -> Any:
    return None if current.state is None else orjson.Fragment(current.state.model_dump_json())
