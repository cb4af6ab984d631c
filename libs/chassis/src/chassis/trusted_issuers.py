"""Whose access tokens a service takes: the system's own accounts', and those the settings name."""

from chassis.access_tokens import AccessTokens, Issuer, Keys
from chassis.jwks import discovered_from, published_at
from chassis.oidc_issuers import OidcIssuer
from chassis.settings import ServiceSettings

JWKS_PATH = "/.well-known/jwks.json"


def trusted(settings: ServiceSettings, keys: Keys | None) -> AccessTokens:
    """The verifier for these settings; `keys` are our own accounts', None where there are none."""
    own = [] if keys is None else [Issuer(settings.public_url, keys)]
    return AccessTokens([*map(_external, settings.oidc_issuers), *own])


def keys_of(poll_api_url: str) -> Keys:
    """The keys of our own accounts, for the services that do not sign."""
    return published_at(poll_api_url + JWKS_PATH)


def _external(issuer: OidcIssuer) -> Issuer:
    where = issuer.jwks_uri
    return Issuer(
        issuer.issuer,
        published_at(where) if where else discovered_from(issuer.issuer),
        audience=issuer.audience,
        algorithms=issuer.algorithms,
        internal=False,
    )
