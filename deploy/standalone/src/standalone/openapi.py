"""One OpenAPI document out of those of the four services."""

import json
import re
from collections.abc import Mapping
from typing import Any

Document = dict[str, Any]

_REFERENCE = re.compile(r'"#/components/(\w+)/([^"/]+)"')


def merge(documents: Mapping[str, Document], title: str, version: str) -> Document:
    """Join documents by service name; each service becomes a group of operations.

    Components of one name and different content are kept apart by the service's name.
    """
    paths: Document = {}
    components: dict[str, Document] = {}
    for service, document in documents.items():
        renamed = _rename_clashes(document, components, service)
        for kind, entries in renamed.get("components", {}).items():
            components.setdefault(kind, {}).update(entries)
        for path, item in renamed.get("paths", {}).items():
            paths.setdefault(path, _grouped(item, service))
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version},
        "tags": [{"name": service} for service in documents],
        "security": next(iter(documents.values())).get("security", []),
        "paths": dict(sorted(paths.items())),
        "components": components,
    }


def _rename_clashes(document: Document, taken: Mapping[str, Document], service: str) -> Document:
    clashes = {
        (kind, name)
        for kind, entries in document.get("components", {}).items()
        for name, entry in entries.items()
        if taken.get(kind, {}).get(name, entry) != entry
    }
    if not clashes:
        return document

    def renamed(kind: str, name: str) -> str:
        return f"{service}.{name}" if (kind, name) in clashes else name

    text = _REFERENCE.sub(
        lambda found: f'"#/components/{found[1]}/{renamed(found[1], found[2])}"',
        json.dumps(document),
    )
    result: Document = json.loads(text)
    result["components"] = {
        kind: {renamed(kind, name): entry for name, entry in entries.items()}
        for kind, entries in result["components"].items()
    }
    return result


def _grouped(item: Document, service: str) -> Document:
    return {
        method: {**operation, "tags": [service]} if isinstance(operation, dict) else operation
        for method, operation in item.items()
    }
