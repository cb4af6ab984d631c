"""The one rule by which settings are read from the environment.

Each setting is a variable named by its `validation_alias`, or like the field in capitals;
`<VARIABLE>_FILE` names a file that holds the value instead. Lists are written as JSON. Where a
program or a test builds the class itself it uses the fields' names.
"""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict


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


def variable_of(name: str, field: FieldInfo) -> str:
    """The variable that gives the field."""
    alias = field.validation_alias
    return alias if isinstance(alias, str) else name.upper()


class _Environment(PydanticBaseSettingsSource):
    """Reads each variable, or the file its `_FILE` names. An empty variable counts as unset."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        variable = variable_of(field_name, field)
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
