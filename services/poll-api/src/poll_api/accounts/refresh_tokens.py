"""Refresh tokens: one after the other for a session, each worth one new access token.

A token is the session, its generation and a MAC over both, so the one that follows can be given
again to somebody whose answer was lost, and nothing of it is stored. Only the newest is good. One
that is older was used before: somebody has a copy, and nobody can tell who, so the session ends
for both. Only for `GRACE` after a renewal the one before it gets the same answer again: two tabs
renew at the same time, and answers are lost.
"""

import hmac
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

GRACE = timedelta(seconds=30)
PREFIX = "ct_ref_"
_PURPOSE = b"commontime refresh tokens, HMAC-SHA-256"
_SAID = struct.Struct("!16sI")
_LENGTH = _SAID.size + sha256().digest_size


@dataclass(frozen=True, slots=True)
class Refresh:
    """What a genuine token says."""

    session_id: UUID
    generation: int


class RefreshTokens:
    """Made with the first of the secrets, good with any of them."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._keys = [
            HKDF(hashes.SHA256(), length=32, salt=None, info=_PURPOSE).derive(secret.encode())
            for secret in secrets
        ]

    def make(self, session_id: UUID, generation: int) -> str:
        said = _SAID.pack(session_id.bytes, generation)
        made = urlsafe_b64encode(said + _mac(self._keys[0], said)).rstrip(b"=").decode()
        return PREFIX + made

    def read(self, token: str) -> Refresh | None:
        """Return what the token says, None unless it was made here."""
        encoded = token.removeprefix(PREFIX)
        if encoded == token or len(encoded) > 2 * _LENGTH:
            return None
        try:
            raw = urlsafe_b64decode(encoded.encode("ascii") + b"=" * (-len(encoded) % 4))
        except (NotBase64, ValueError):
            return None
        said, mac = raw[: _SAID.size], raw[_SAID.size :]
        # All of them, so that the time tells nothing about which.
        genuine = [hmac.compare_digest(mac, _mac(key, said)) for key in self._keys]
        if len(raw) != _LENGTH or not any(genuine):
            return None
        session, generation = _SAID.unpack(said)
        return Refresh(UUID(bytes=session), generation)


def _mac(key: bytes, said: bytes) -> bytes:
    return hmac.digest(key, said, "sha256")
