"""Settings come from the environment, are checked once at the start, and never change.

A service subclasses `ServiceSettings`. Each setting is a variable named by its
`validation_alias`, or like the field in capitals; `<VARIABLE>_FILE` names a file that holds the
value instead. Lists are written as JSON. Where a program or a test builds the class itself it
uses the fields' names.
"""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, Field, HttpUrl, SecretStr, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined, to_jsonable_python
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from chassis.oidc_issuers import OidcIssuer

_HTTP_URL: TypeAdapter[HttpUrl] = TypeAdapter(HttpUrl)


def _origin(url: str) -> str:
    _HTTP_URL.validate_python(url)
    return url.rstrip("/")


Url = Annotated[str, AfterValidator(_origin)]
"""An http(s) address without a slash at its end."""


class EnvironmentSettings(BaseSettings):
    """Settings that variables give by the one rule of this module, and programs by field name."""

    model_config = SettingsConfigDict(frozen=True, populate_by_name=True, extra="ignore")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, _Environment(settings_cls)


class ServiceSettings(EnvironmentSettings):
    """What every service needs to know."""

    database_url: SecretStr = Field(description="The service's own PostgreSQL database")
    kafka_bootstrap_servers: str = Field(description="`host:port`, more than one with commas")
    kafka_topic_prefix: str = Field(
        default="", description="Stands before every topic's and every group's name"
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
    database_pool_size: int = Field(
        default=8,
        gt=0,
        validation_alias="COMMONTIME_DATABASE_POOL_SIZE",
        description="Connections to PostgreSQL, at most",
    )
    oidc_issuers: tuple[OidcIssuer, ...] = Field(
        default=(),
        validation_alias="OIDC_ISSUERS",
        description="OpenID providers whose access tokens are taken too, as a JSON list of "
        '`{"issuer", "audience"}`, with `"jwks_uri"` where it is not to be asked for and '
        '`"algorithms"` where they are not RS256 or ES256; the same for every service',
    )


class _Environment(PydanticBaseSettingsSource):
    """Reads each variable, or the file its `_FILE` names. An empty variable counts as unset."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        variable = _variable(field_name, field)
        value = os.environ.get(variable) or None
        path = os.environ.get(f"{variable}_FILE")
        if value is None and path:
            value = Path(path).read_text(encoding="utf-8").strip()
        # What is no JSON is left as it is: the validation then says what it should be.
        with suppress(json.JSONDecodeError):
            value = self.prepare_field_value(field_name, field, value, value_is_complex=False)
        return value, field_name, False

    def __call__(self) -> dict[str, Any]:
        fields = self.settings_cls.model_fields.items()
        found = ((name, self.get_field_value(field, name)[0]) for name, field in fields)
        return {name: value for name, value in found if value is not None}


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
        yield Variable(_variable(name, field), default, field.description or "")


def _as_written(default: Any) -> str:
    """The default as one would write it into the variable; "" where it is made at the start."""
    if default is None or default is PydanticUndefined:
        return ""
    plain = to_jsonable_python(default)
    return plain if isinstance(plain, str) else json.dumps(plain)


def _variable(name: str, field: FieldInfo) -> str:
    alias = field.validation_alias
    return alias if isinstance(alias, str) else name.upper()


def _complaint(
    settings_class: type[BaseSettings], location: tuple[int | str, ...], message: str
) -> str:
    if not location:
        # Of several settings together: the message names them.
        return message.removeprefix("Value error, ")
    name = str(location[0])
    field = settings_class.model_fields.get(name)
    return f"{_variable(name, field) if field else name}: {message[:1].lower()}{message[1:]}"
