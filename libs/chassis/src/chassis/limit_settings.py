"""Settings that say how much of a thing a caller may ask for, and who may call at all."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, IPvAnyNetwork

from chassis.client_address import ForwardedHeader
from chassis.environment import EnvironmentSettings
from chassis.rate_limits import RateLimit

_ORIGIN = re.compile(r"(https?)://(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::([1-9]\d{0,4}))?")
_USUAL_PORTS = (("http", "80"), ("https", "443"))


def _origin(origin: str) -> str:
    if origin == "*":
        raise ValueError(
            "every origin at once cannot be allowed, because browsers send the cookie of a "
            "session along: name each origin"
        )
    found = _ORIGIN.fullmatch(origin)
    if found is None or found.groups() in _USUAL_PORTS:
        raise ValueError(
            "an origin is written as browsers send it, like `https://page.example`: in lower "
            "case, without a path, a slash at its end or the scheme's usual port"
        )
    return origin


class LimitSettings(EnvironmentSettings):
    """What every service limits."""

    rate_limit_per_address: RateLimit = Field(
        default="300/s burst 3000",
        description="Requests from one address (of IPv6: one /64) to one replica of one service; "
        "a burst, then so many per `s`, `m`, `h` or `d`; `off` for no limit",
    )
    rate_limit_per_credential: RateLimit = Field(
        default="200/s burst 2000",
        description="The same per link or access token, however many addresses share it",
    )
    trusted_proxies: tuple[IPvAnyNetwork, ...] = Field(
        default=(),
        validation_alias="COMMONTIME_TRUSTED_PROXIES",
        description="Networks of gateways that are believed what address a request comes from, "
        'as a JSON list like `["10.0.0.0/8"]`',
    )
    forwarded_header: ForwardedHeader = Field(
        default="X-Forwarded-For",
        validation_alias="COMMONTIME_FORWARDED_HEADER",
        description="The header in which these gateways say it; the other may be the client's own",
    )
    cors_origins: tuple[Annotated[str, AfterValidator(_origin)], ...] = Field(
        default=(),
        validation_alias="COMMONTIME_CORS_ORIGINS",
        description="Other origins whose pages may use the API, as a JSON list like "
        '`["https://page.example"]`; `*` is not possible',
    )
    max_body_bytes: int = Field(
        default=1024 * 1024,
        gt=0,
        validation_alias="COMMONTIME_MAX_BODY_BYTES",
        description="A larger request body is refused with 413",
    )
    max_json_depth: int = Field(
        default=32,
        gt=0,
        validation_alias="COMMONTIME_MAX_JSON_DEPTH",
        description="A body nested deeper is refused",
    )
    body_timeout_s: float = Field(
        default=30,
        gt=0,
        validation_alias="COMMONTIME_BODY_TIMEOUT_S",
        description="Seconds within which a request's body must have come, else 408",
    )
