"""Signatures of Standard Webhooks 1.0, so that a receiver can tell our messages from anyone's.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hashlib
import hmac
import secrets

PREFIX = "whsec_"
_SECRET_BYTES = 32


def new_secret() -> bytes:
    return secrets.token_bytes(_SECRET_BYTES)


def shown(secret: bytes) -> str:
    """The secret as its owner gets it and as receivers' libraries take it."""
    return PREFIX + base64.b64encode(secret).decode()


def message_id(number: int) -> str:
    return f"msg_{number}"


def steady_headers(message: str) -> dict[str, str]:
    """The headers that a message has whenever it is sent; `message` is its id."""
    return {
        "content-type": "application/json",
        "user-agent": "Commontime-Webhooks/1",
        "webhook-id": message,
    }


def signature(secret: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`; `timestamp` in seconds since 1970."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.new(secret, signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()
