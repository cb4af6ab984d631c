"""Puts the nulls back that FastAPI takes out of examples, and fields into their order."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

Schema = Mapping[str, Any]


def put_back_nulls(schemas: Mapping[str, Any]) -> None:
    """Change the examples of `schemas`, the description's components, in place."""
    for schema in schemas.values():
        for example in schema.get("examples", ()):
            _put_back(schema, example, schemas)


def _put_back(schema: Schema, example: Any, schemas: Mapping[str, Any]) -> None:
    for one in _alternatives(schema, schemas):
        if isinstance(example, list):
            for item in cast(list[Any], example):
                _put_back(one.get("items", {}), item, schemas)
        elif isinstance(example, dict):
            _put_back_fields(one, cast(dict[str, Any], example), schemas)


def _put_back_fields(schema: Schema, example: dict[str, Any], schemas: Mapping[str, Any]) -> None:
    given = dict(example)
    example.clear()
    for name, field in schema.get("properties", {}).items():
        if name in given:
            _put_back(field, given[name], schemas)
            example[name] = given[name]
        elif name in schema.get("required", ()) and {"type": "null"} in field.get("anyOf", ()):
            example[name] = None
    example.update(given)


def _alternatives(schema: Schema, schemas: Mapping[str, Any]) -> Iterable[Schema]:
    if "$ref" in schema:
        yield schemas[schema["$ref"].removeprefix("#/components/schemas/")]
    elif "anyOf" in schema:
        for one in schema["anyOf"]:
            yield from _alternatives(one, schemas)
    else:
        yield schema
