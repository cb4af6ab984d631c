"""Examples for the description of accounts; a test sends them and compares."""

from typing import Any

_EMAIL = "ann@example.org"
_PASSWORD = "correct horse battery staple"  # noqa: S105  # of nobody
_CREATED = "2030-11-24T10:00:00Z"

REGISTRATION: dict[str, Any] = {"email": _EMAIL, "password": _PASSWORD}
ACCOUNT: dict[str, Any] = {
    "id": "019a6f2c-8d1e-7c3a-9b4f-2f6d1a5e7c91",
    "email": _EMAIL,
    "created_at": _CREATED,
    "version": 1,
}
ACCOUNT_PATCH: dict[str, Any] = {
    "password": "a longer way to say the same",
    "current_password": _PASSWORD,
}
DELETION: dict[str, Any] = {"current_password": _PASSWORD}
SIGN_IN: dict[str, Any] = {"email": _EMAIL, "password": _PASSWORD}
SIGNED_IN: dict[str, Any] = {
    "access_token": "eyJhbGciOiJFUzI1NiIsImtpZCI6Ii4uLiIsInR5cCI6ImF0K2p3dCJ9.eyJ9.c2ln",
    "token_type": "Bearer",
    "expires_in": 900,
}
NEW_TOKEN: dict[str, Any] = {"name": "the backup script", "expires_at": "2031-11-24T10:00:00Z"}
TOKEN: dict[str, Any] = {
    **NEW_TOKEN,
    "id": "019a6f2c-8d1e-7c3a-9b4f-2f6d1a5e7c92",
    "created_at": _CREATED,
    "last_used_at": None,
}
MADE_TOKEN: dict[str, Any] = {
    **TOKEN,
    "token": "ct_pat_pKzvX2mWq0o9Yb7cR4tLhE1sNdUgJf6aViP3xA5kTMo",
}
TOKENS: dict[str, Any] = {"items": [TOKEN], "next": None}
RESET: dict[str, Any] = {"email": _EMAIL}
REDEMPTION: dict[str, Any] = {
    "token": "ct_rst_pKzvX2mWq0o9Yb7cR4tLhE1sNdUgJf6aViP3xA5kTMo",
    "password": _PASSWORD,
}
JWKS: dict[str, Any] = {
    "keys": [
        {
            "kty": "EC",
            "crv": "P-256",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
            "kid": "aRVyGFWiCmgl0kxB2eRZ_8TTiuNyX0oCtbTkpUdj3ZM",
            "use": "sig",
            "alg": "ES256",
        }
    ]
}
