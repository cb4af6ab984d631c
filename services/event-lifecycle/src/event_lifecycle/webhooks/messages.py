"""Makes a claimed delivery a message, signed with whatever its endpoint's owner has set."""

from uuid import UUID

from event_lifecycle.webhooks.claims import Claimed
from event_lifecycle.webhooks.sealing import Seal
from event_lifecycle.webhooks.sender import Message

_MOST_KEPT = 10_000


class Messages:
    """Remembers opened secrets: opening one takes longer than signing with it."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal
        self._opened: dict[tuple[UUID, bytes], bytes] = {}

    def message(self, delivery: Claimed) -> Message:
        """Raises `cryptography.exceptions.InvalidTag` where a secret is not to be opened."""
        sealed = (delivery.secret_sealed, delivery.previous_secret_sealed)
        secrets = tuple(self._open(delivery.endpoint, one) for one in sealed if one is not None)
        return Message(delivery.n, delivery.url, delivery.body, secrets)

    def _open(self, endpoint: UUID, sealed: bytes) -> bytes:
        key = (endpoint, sealed)
        if key not in self._opened:
            if len(self._opened) >= _MOST_KEPT:
                self._opened.clear()
            self._opened[key] = self._seal.open(sealed, endpoint)
        return self._opened[key]
