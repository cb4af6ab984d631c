from datetime import UTC, datetime
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidTag
from standardwebhooks import Webhook, WebhookVerificationError

from event_lifecycle.webhooks.sealing import Seal
from event_lifecycle.webhooks.signing import new_secret, shown, signature

BODY = '{"type":"event.created","data":{"title":"Größe"}}'.encode()
ENDPOINT, OTHER = UUID(int=1), UUID(int=2)


def signed(secret: bytes, body: bytes = BODY) -> dict[str, str]:
    timestamp = int(datetime.now(UTC).timestamp())
    return {
        "webhook-id": "msg_7",
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(secret, "msg_7", timestamp, body),
    }


def test_the_published_library_verifies_our_signature() -> None:
    secret = new_secret()
    Webhook(shown(secret)).verify(BODY, signed(secret))


def test_another_body_or_secret_does_not_verify() -> None:
    secret = new_secret()
    with pytest.raises(WebhookVerificationError):
        Webhook(shown(secret)).verify(BODY + b" ", signed(secret))
    with pytest.raises(WebhookVerificationError):
        Webhook(shown(new_secret())).verify(BODY, signed(secret))


def test_a_sealed_secret_opens_with_the_same_key_for_the_same_endpoint_only() -> None:
    secret, seal = new_secret(), Seal("k" * 32)
    sealed = seal.close(secret, ENDPOINT)
    assert secret not in sealed
    assert seal.open(sealed, ENDPOINT) == secret
    with pytest.raises(InvalidTag):
        seal.open(sealed, OTHER)
    with pytest.raises(InvalidTag):
        Seal("x" * 32).open(sealed, ENDPOINT)
