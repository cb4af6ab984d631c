"""The store at an HTTP edge: which problem its refusals are, and how outcomes are answered."""

import hmac
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from fastapi import Request, Response

from chassis.conditional import etag
from chassis.credentials import credential_of
from chassis.problems import Problem
from chassis.sequences import HEADER, format_sequences
from eventstore.idempotency import IdempotentRequest, InFlight, KeyReused, Replay
from eventstore.sealing import Answer
from eventstore.store import AlreadyAnswered, Conflict, Overloaded
from eventstore.transact import Outcome, VersionMismatch

REJECTIONS: Mapping[type[Exception], str] = {
    AlreadyAnswered: "conflict",
    Conflict: "conflict",
    InFlight: "idempotency_in_flight",
    KeyReused: "idempotency_key_reused",
    Overloaded: "overloaded",
    VersionMismatch: "precondition_failed",
}
"""For the `rejections` of `chassis.application.create_service`."""

_KEY = re.compile(r"[\x21-\x7e]{16,255}")


async def idempotent_request(
    request: Request, *, scope: str | None = None, secret: bytes = b""
) -> IdempotentRequest | None:
    """What the client may repeat, where it sent an `Idempotency-Key`.

    A repetition has the same query and body, byte for byte. Clients with other credentials,
    methods or paths do not share keys; `scope` stands in place of the credential where that is not
    to be looked at. With a `secret` nobody can guess bodies from the hash that is kept of them.
    Raises `Problem` bad_header, and unauthenticated.
    """
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise Problem("bad_header", "Idempotency-Key must be 16 to 255 visible ASCII characters")
    said = request.url.query.encode() + b"\n" + await request.body()
    whose = (await credential_of(request)).scope if scope is None else scope
    return IdempotentRequest(
        scope=f"{request.method} {request.url.path} {whose}",
        key=key,
        request_hash=hmac.digest(secret, said, "sha256") if secret else sha256(said).digest(),
    )


def respond(outcome: Outcome[Any], label: str) -> Response:
    """The outcome's answer with its version as ETag, and its sequence under `label`."""
    return _response(outcome.answer, outcome.version, outcome.sequence, label, outcome.replayed)


def respond_again(replay: Replay, label: str) -> Response:
    """The answer kept for a request that came before."""
    return _response(replay.answer, replay.version, replay.sequence, label, replayed=True)


def _response(answer: Answer, version: int, sequence: int, label: str, replayed: bool) -> Response:
    headers = {
        "ETag": etag(version),
        HEADER: format_sequences({label: sequence}),
        **({"Content-Type": "application/json"} if answer.body else {}),
        **answer.headers,
        **({"Idempotent-Replayed": "true"} if replayed else {}),
    }
    return Response(answer.body, answer.status, headers)
