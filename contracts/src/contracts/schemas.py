"""JSON Schemas of every fact, state and webhook, and what would break their readers.

`python -m contracts.schemas FOLDER` writes one file per type and refuses a breaking change: that
needs a new type with the next version number.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from contracts.fact import Value
from contracts.registry import FACTS, STATES
from contracts.webhooks import MESSAGES, MessageType

Schema = Mapping[str, Any]
_SHAPE = ("type", "format", "enum", "const", "pattern")


def current() -> dict[str, Schema]:
    """Type string to JSON Schema (draft 2020-12) of its JSON, as this version writes it.

    Types of webhooks begin with `webhooks/`.
    """
    models: dict[str, type[Value]] = {**FACTS, **STATES}
    schemas = {type_: _schema(type_, model) for type_, model in models.items()}
    return schemas | {
        f"webhooks/{type_}": of_webhook(type_, message) for type_, message in MESSAGES.items()
    }


def of_webhook(type_: str, message: MessageType) -> Schema:
    """The schema of a webhook's body, with its example."""
    described = {"description": message.description, "examples": [message.example]}
    return {**_schema(type_, message.body), **described}


def _schema(type_: str, model: type[Value]) -> Schema:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **model.model_json_schema(mode="validation"),
        "title": type_,
    }


def breaking_changes(old: Schema, new: Schema) -> list[str]:
    """Sentences about what in `new` breaks a reader of `old`, or makes `old` data unreadable."""
    before, after = dict(_fields(old)), dict(_fields(new))
    found = [f"{path} was removed" for path in before.keys() - after.keys()]
    for path, (shape, required) in after.items():
        if path not in before:
            # Within what is new itself, old data has nothing that it could lack.
            if required and (path.rpartition("/")[0] or "/") in {"/", *before}:
                found.append(f"{path} is new and required")
            continue
        old_shape, old_required = before[path]
        if shape != old_shape:
            found.append(f"{path} changed from {old_shape} to {shape}")
        if required and not old_required:
            found.append(f"{path} became required")
    return sorted(found)


Field = tuple[str, tuple[str, bool]]


def _fields(schema: Schema) -> Iterator[Field]:
    definitions: Mapping[str, Schema] = schema.get("$defs", {})
    return _walk("", schema, definitions)


def _walk(path: str, node: Schema, definitions: Mapping[str, Schema]) -> Iterator[Field]:
    node = _resolve(node, definitions)
    required: list[str] = node.get("required", [])
    properties: Mapping[str, Schema] = node.get("properties", {})
    for name, child in properties.items():
        here = f"{path}/{name}"
        yield here, (_shape(child, definitions), name in required)
        yield from _walk(here, child, definitions)
    if "items" in node:
        yield f"{path}/*", (_shape(node["items"], definitions), True)
        yield from _walk(f"{path}/*", node["items"], definitions)
    for option in node.get("anyOf", ()):
        yield from _walk(path, option, definitions)


def _resolve(node: Schema, definitions: Mapping[str, Schema]) -> Schema:
    reference: str | None = node.get("$ref")
    return node if reference is None else definitions[reference.rsplit("/", 1)[1]]


def _shape(node: Schema, definitions: Mapping[str, Schema]) -> str:
    node = _resolve(node, definitions)
    options = [_shape(option, definitions) for option in node.get("anyOf", ())]
    if options:
        return " or ".join(sorted(options))
    return json.dumps({key: node[key] for key in _SHAPE if key in node})


def write(folder: Path) -> list[str]:
    """Writes the current schemas; returns the breaking changes it refused, one sentence each."""
    (folder / "webhooks").mkdir(parents=True, exist_ok=True)
    refused: list[str] = []
    for type_, schema in current().items():
        file = folder / f"{type_}.json"
        broken = breaking_changes(json.loads(file.read_text()), schema) if file.exists() else []
        refused += [f"{type_}: {change}" for change in broken]
        if not broken:
            file.write_text(json.dumps(schema, indent=2, sort_keys=True) + "\n")
    return refused


def main() -> None:
    refused = write(Path(sys.argv[1]))
    if refused:
        sys.exit("\n".join([*refused, "Give a breaking change a new type, version + 1."]))


if __name__ == "__main__":
    main()
