"""Seals an answer so that only the client who gave the idempotency key can open it.

AES-256-GCM under a key derived with HKDF-SHA256 from the client's own, which is never stored.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_PURPOSE = b"commontime idempotent answer v1"
_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer as it was, or will be, given. `body` may hold capabilities and names."""

    status: int
    body: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


def seal(answer: Answer, client_key: str, scope: str) -> bytes:
    """Encrypt headers and body for the row of (`scope`, hash of `client_key`)."""
    nonce = os.urandom(_NONCE_BYTES)
    plain = orjson.dumps(dict(answer.headers)) + b"\n" + answer.body
    return nonce + _cipher(client_key).encrypt(nonce, plain, scope.encode())


def unseal(status: int, sealed: bytes, client_key: str, scope: str) -> Answer:
    """Decrypt what `seal` made with the same key and scope. Raises `ValueError` otherwise."""
    nonce, encrypted = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        plain = _cipher(client_key).decrypt(nonce, encrypted, scope.encode())
    except InvalidTag:
        raise ValueError("the answer was sealed for another request") from None
    headers, _, body = plain.partition(b"\n")
    return Answer(status, body, orjson.loads(headers))


def _cipher(client_key: str) -> AESGCM:
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE)
    return AESGCM(derivation.derive(client_key.encode()))
