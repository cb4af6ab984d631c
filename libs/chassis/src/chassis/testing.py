"""For tests of services: an issuer of access tokens whose keys need not be fetched."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from chassis.access_tokens import ALGORITHM, AUDIENCE, TYPE, AccessTokens, Issuer, KnownKeys


@dataclass(frozen=True)
class TokenIssuer:
    """Put `access_tokens` into an application's `app.state.access_tokens`."""

    name: str = "http://commontime.test"
    key: ECKey = field(
        default_factory=lambda: ECKey.generate_key("P-256", {"kid": "test"}, private=True)
    )

    @property
    def access_tokens(self) -> AccessTokens:
        return AccessTokens([Issuer(self.name, KnownKeys(KeySet([self.key])))])

    def token(
        self, account_id: UUID, lives: timedelta = timedelta(minutes=15), **claims: Any
    ) -> str:
        """An access token of the account; `claims` are added, or put in place of its own."""
        now = datetime.now(UTC)
        usual = {
            "iss": self.name,
            "aud": AUDIENCE,
            "sub": str(account_id),
            "iat": int(now.timestamp()),
            "exp": int((now + lives).timestamp()),
        }
        header = {"alg": ALGORITHM, "kid": self.key.kid, "typ": TYPE}
        return jwt.encode(header, {**usual, **claims}, self.key)
