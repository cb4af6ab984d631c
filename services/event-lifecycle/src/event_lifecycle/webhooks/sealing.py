"""Endpoint secrets at rest: AES-GCM under a key derived from the instance's encryption key."""

import os
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12
_PURPOSE = b"commontime webhook endpoint secrets v1"


class Seal:
    """Seals a secret for one endpoint; a sealed secret moved to another row does not open."""

    def __init__(self, encryption_key: str) -> None:
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE)
        self._cipher = AESGCM(derived.derive(encryption_key.encode()))

    def close(self, secret: bytes, endpoint_id: UUID) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret, endpoint_id.bytes)

    def open(self, sealed: bytes, endpoint_id: UUID) -> bytes:
        """Raises `cryptography.exceptions.InvalidTag` under another key or for another endpoint."""
        nonce, ciphertext = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        return self._cipher.decrypt(nonce, ciphertext, endpoint_id.bytes)
