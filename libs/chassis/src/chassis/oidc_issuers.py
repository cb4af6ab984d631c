"""Issuers of access tokens that live elsewhere, as the setting `OIDC_ISSUERS` names them."""

from ipaddress import ip_address
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, HttpUrl, TypeAdapter

_HTTP_URL: TypeAdapter[HttpUrl] = TypeAdapter(HttpUrl)

# Signatures by a private key only: with a shared secret everybody who checks could sign.
Algorithm = Literal[
    "ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "EdDSA"
]


def safe_url(url: str) -> str:
    """Return the address where nobody between can put in keys. Raises `ValueError`."""
    _HTTP_URL.validate_python(url)
    parts = urlsplit(url)
    if parts.scheme != "https" and not is_this_machine(parts.hostname or ""):
        raise ValueError("must begin with https:// unless it is on this machine")
    return url


def is_this_machine(host: str) -> bool:
    """Whether nobody can be between us and the host."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


SafeUrl = Annotated[str, AfterValidator(safe_url)]


class OidcIssuer(BaseModel):
    """`issuer` as it writes itself into `iss`, to the last slash."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: SafeUrl
    audience: str = Field(min_length=1, max_length=255)
    jwks_uri: SafeUrl | None = None
    algorithms: tuple[Algorithm, ...] = Field(default=("RS256", "ES256"), min_length=1)
