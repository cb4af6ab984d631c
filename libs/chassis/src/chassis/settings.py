"""Settings come from the environment, are checked once at the start, and never change.

A service subclasses `ServiceSettings`; `chassis.environment` says how the variables are named.
"""

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, Field, HttpUrl, SecretStr, TypeAdapter, ValidationError
from pydantic_core import PydanticUndefined, to_jsonable_python
from pydantic_settings import BaseSettings

from chassis.environment import EnvironmentSettings, variable_of
from chassis.kafka_settings import KafkaSettings
from chassis.limit_settings import LimitSettings
from chassis.oidc_issuers import OidcIssuer

__all__ = [
    "EnvironmentSettings",
    "ServiceSettings",
    "Url",
    "Variable",
    "load",
    "placeholder",
    "variables",
]

_HTTP_URL: TypeAdapter[HttpUrl] = TypeAdapter(HttpUrl)


def _origin(url: str) -> str:
    _HTTP_URL.validate_python(url)
    return url.rstrip("/")


Url = Annotated[str, AfterValidator(_origin)]
"""An http(s) address without a slash at its end."""


class ServiceSettings(KafkaSettings, LimitSettings):
    """What every service needs to know."""

    database_url: SecretStr = Field(description="The service's own PostgreSQL database")
    migration_database_url: SecretStr | None = Field(
        default=None,
        description="The same database for `migrate`, as a member of its owner's role",
    )
    instance_id: str = Field(
        default_factory=socket.gethostname,
        validation_alias="COMMONTIME_INSTANCE_ID",
        description="This replica's name; by default the host's",
    )
    service_token: SecretStr = Field(
        min_length=16,
        validation_alias="COMMONTIME_SERVICE_TOKEN",
        description="What services show each other at `/internal/v1`; the same for all of them",
    )
    public_url: Url = Field(
        validation_alias="COMMONTIME_PUBLIC_URL",
        description="Where people reach the system; links begin with it",
    )
    log_format: Literal["auto", "json", "console"] = Field(
        default="auto",
        validation_alias="COMMONTIME_LOG_FORMAT",
        description="`auto`: for people on a terminal, else JSON",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO",
        validation_alias="COMMONTIME_LOG_LEVEL",
        description="The least that is logged",
    )
    database_pool_size: int = Field(
        default=8,
        # Sending all states again reads them on one connection while another holds their rows.
        ge=2,
        validation_alias="COMMONTIME_DATABASE_POOL_SIZE",
        description="Connections to PostgreSQL, at most; two at least",
    )
    oidc_issuers: tuple[OidcIssuer, ...] = Field(
        default=(),
        validation_alias="OIDC_ISSUERS",
        description="OpenID providers whose access tokens are taken too, as a JSON list of "
        '`{"issuer", "audience"}`, with `"jwks_uri"` where it is not to be asked for and '
        '`"algorithms"` where they are not RS256 or ES256; the same for every service',
    )


Settings = TypeVar("Settings", bound=BaseSettings)


def load(settings_class: type[Settings]) -> Settings:
    """Read the settings; what is missing or wrong ends the process with one sentence."""
    try:
        return settings_class()
    except ValidationError as error:
        # The message never repeats the value: it may be a secret.
        wrong = [
            _complaint(settings_class, problem["loc"], problem["msg"]) for problem in error.errors()
        ]
        raise SystemExit("Wrong settings: " + "; ".join(wrong) + ".") from None
    except OSError as error:
        raise SystemExit(f"Wrong settings: {error.filename}: {error.strerror}.") from None


def placeholder(settings_class: type[Settings]) -> Settings:
    """Settings good enough to build an application that is described but never run."""
    required = (name for name, field in settings_class.model_fields.items() if field.is_required())
    return settings_class.model_validate(
        dict.fromkeys(required, "http://placeholder-of-a-setting.invalid")
    )


@dataclass(frozen=True, slots=True)
class Variable:
    """One line of the documentation; `default` is None where the variable is required."""

    name: str
    default: str | None
    description: str


def variables(settings_class: type[BaseSettings]) -> Iterator[Variable]:
    """Every setting of the class, in order."""
    for name, field in settings_class.model_fields.items():
        default = None if field.is_required() else _as_written(field.get_default())
        yield Variable(variable_of(name, field), default, field.description or "")


def _as_written(default: Any) -> str:
    """The default as one would write it into the variable; "" where it is made at the start."""
    if default is None or default is PydanticUndefined:
        return ""
    plain = to_jsonable_python(default)
    return plain if isinstance(plain, str) else json.dumps(plain)


def _complaint(
    settings_class: type[BaseSettings], location: tuple[int | str, ...], message: str
) -> str:
    if not location:
        # Of several settings together: the message names them.
        return message.removeprefix("Value error, ")
    name = str(location[0])
    field = settings_class.model_fields.get(name)
    return f"{variable_of(name, field) if field else name}: {message[:1].lower()}{message[1:]}"
