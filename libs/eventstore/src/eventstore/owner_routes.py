"""What the owner of facts and states tells other services: `/internal/v1`."""

from collections.abc import Mapping
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime

from contracts.envelope import Envelope
from eventstore.outgoing_states import StateReader
from eventstore.state_routes import Guard, Limit, Republish, as_json, page_of, state_router
from eventstore.store import EventStore

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
    router = state_router(guard, states or {}, republish)
    _add_facts(router, store)
    return router


def _add_facts(router: APIRouter, store: EventStore) -> None:
    @router.get("/keys/{key}/facts")
    async def facts(key: str, after: After = 0, limit: Limit = 1000) -> Response:
        """CloudEvents of a key in order; `head` is the key's last sequence, 0 if unknown."""
        # The head first: a fact stored meanwhile may be among the items, but none is missing.
        head = await store.head(key)
        envelopes = await store.envelopes(key, after, limit)
        return as_json({"items": [_event(one) for one in envelopes], "head": head})

    @router.get("/heads")
    async def heads(
        changed_since: AwareDatetime | None = None, after_key: str = "", limit: Limit = 1000
    ) -> Response:
        """Keys with their sequences, by key."""
        page = await store.heads(changed_since, after_key, limit)
        items = [{"key": key, "sequence": sequence} for key, sequence in page]
        return page_of(items, limit)


def _event(envelope: Envelope) -> dict[str, Any]:
    # The fact's JSON goes out as it is stored, without being read.
    return {**envelope.attributes(), "data": orjson.Fragment(envelope.data)}
