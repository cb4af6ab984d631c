"""Asks the services that own facts and states for what is missing."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

import orjson
from aiohttp import ClientError, ClientSession, ClientTimeout
from structlog import get_logger

from chassis.tracing import outgoing_headers
from contracts.envelope import Envelope, NotAnEnvelope
from inbox.circuit import Circuit
from inbox.outcomes import OwnerAway

log = get_logger(__name__)

PAGE = 1000
_ATTEMPTS = 3
_PAUSE = 0.05
_TIMEOUT = ClientTimeout(total=3, connect=1)


@dataclass(frozen=True, slots=True)
class FactPage:
    """Facts of one key in order; `head` is the last sequence its owner has."""

    envelopes: Sequence[Envelope]
    head: int


@dataclass(frozen=True, slots=True)
class Head:
    key: str
    sequence: int


class Owners:
    """One HTTP client and a circuit per service. Every method raises `OwnerAway`."""

    def __init__(self, service_token: str) -> None:
        self._headers = {"Authorization": f"Bearer {service_token}"}
        self._circuits: dict[str, Circuit] = {}
        self._session: ClientSession | None = None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def facts(self, owner: str, key: str, *, after: int) -> FactPage:
        """At most `PAGE` facts of the key after that sequence."""
        path = f"/internal/v1/keys/{quote(key, safe='')}/facts"
        answer = await self._get(owner, path, {"after": str(after), "limit": str(PAGE)})
        try:
            envelopes = [Envelope.from_json(item) for item in answer["items"]]
        except NotAnEnvelope as error:
            raise OwnerAway(f"the service at {owner} answers nonsense") from error
        return FactPage(envelopes, answer["head"])

    async def heads(
        self, owner: str, changed_since: datetime, after_key: str | None
    ) -> tuple[list[Head], str | None]:
        """A page of the keys that changed, and where the next page begins."""
        query = {"changed_since": changed_since.isoformat(), "limit": str(PAGE)}
        answer = await self._get(owner, "/internal/v1/heads", _after(after_key, query))
        heads = [Head(item["key"], item["sequence"]) for item in answer["items"]]
        return heads, answer["next"]

    async def states(
        self, owner: str, topic: str, after_key: str | None
    ) -> tuple[list[dict[str, Any]], str | None]:
        """A page of `{"key", "value"}` (null: erased), and where the next page begins."""
        path = f"/internal/v1/states/{quote(topic, safe='')}"
        answer = await self._get(owner, path, _after(after_key, {"limit": str(PAGE)}))
        return answer["items"], answer["next"]

    async def _get(self, owner: str, path: str, query: dict[str, str]) -> Any:
        circuit = self._circuits.setdefault(owner, Circuit())
        for attempt in range(_ATTEMPTS):
            if await circuit.refuses():
                break
            if attempt:
                await asyncio.sleep(_PAUSE * 2**attempt * random.uniform(0.5, 1))  # noqa: S311
            status, body = await self._ask(owner + path, query)
            if status == 200:
                circuit.succeeded()
                return _parse(owner, body)
            circuit.failed()
            log.warning("owner_did_not_answer", owner=owner, status=status)
        raise OwnerAway(f"the service at {owner} does not answer")

    async def _ask(self, url: str, query: dict[str, str]) -> tuple[int | None, bytes]:
        if self._session is None:
            self._session = ClientSession(headers=self._headers, timeout=_TIMEOUT)
        try:
            told = outgoing_headers()
            async with self._session.get(url, params=query, headers=told) as response:
                return response.status, await response.read()
        except (ClientError, TimeoutError, OSError):
            return None, b""


def _parse(owner: str, body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise OwnerAway(f"the service at {owner} does not answer in JSON") from None


def _after(key: str | None, query: dict[str, str]) -> dict[str, str]:
    return query if key is None else {**query, "after_key": key}
