"""Access tokens are signed here and nowhere else; everybody else has the public keys.

The keys are made from the secrets of `COMMONTIME_SIGNING_KEY`, so that every replica has the same
and nothing but a text needs to be kept. To change them without signing anybody out: add the new
secret behind the old one, wait until every service has fetched its key (ten minutes), put it in
front, wait until the last token signed with the old one is over (a quarter of an hour), take the
old one away.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from chassis.access_tokens import ALGORITHM, AUDIENCE, TYPE, KnownKeys
from poll_api.settings import Settings

LIFETIME = timedelta(minutes=15)
# OpenID Connect Front-Channel Logout 1.0 names it so.
GRANT = "sid"
_CURVE = ec.SECP256R1()
_PURPOSE = b"commontime access tokens, ES256"


@dataclass(frozen=True)
class Signer:
    """The first key signs, all of them are published."""

    issuer: str
    pairs: Sequence[ECKey]

    @property
    def keys(self) -> KnownKeys:
        return KnownKeys(KeySet([*self.pairs]))

    def published(self) -> bytes:
        """The JWK set, without what is private (RFC 7517)."""
        use = {"use": "sig", "alg": ALGORITHM}
        public = [{**pair.as_dict(private=False), **use} for pair in self.pairs]
        return orjson.dumps({"keys": public})

    def sign(self, account_id: UUID, grant: UUID, now: datetime) -> str:
        """Return an access token of the account, good for `LIFETIME`.

        `grant` is the session or the personal token that it is given for.
        """
        first = self.pairs[0]
        issued = int(now.timestamp())
        claims = {
            "iss": self.issuer,
            "aud": AUDIENCE,
            "sub": str(account_id),
            "iat": issued,
            "exp": issued + int(LIFETIME.total_seconds()),
            "jti": str(uuid4()),
            GRANT: str(grant),
        }
        return jwt.encode({"alg": ALGORITHM, "kid": first.kid, "typ": TYPE}, claims, first)


def signer_of(settings: Settings) -> Signer:
    secrets = settings.signing_key.get_secret_value().split()
    return Signer(settings.public_url, [_pair_of(secret) for secret in secrets])


def _pair_of(secret: str) -> ECKey:
    # Twice as long as the curve's order, so that no remainder is noticeably likelier.
    seed = HKDF(hashes.SHA256(), length=64, salt=None, info=_PURPOSE).derive(secret.encode())
    # FIPS 186-5 A.2.1: 1 … order - 1.
    private = int.from_bytes(seed, "big") % (_CURVE.group_order - 1) + 1
    key = ECKey.import_key(ec.derive_private_key(private, _CURVE))
    key.ensure_kid()
    return key
