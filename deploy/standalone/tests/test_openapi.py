"""One document out of several."""

from typing import Any

from openapi_spec_validator import validate

from chassis.settings import placeholder
from standalone.openapi import merge
from standalone.routes import service_of
from standalone.services import SERVICES


def test_paths_are_joined_and_grouped_by_service() -> None:
    merged = merge(
        {"a": _document("/a", {"Thing": TEXT}), "b": _document("/b", {"Thing": TEXT})}, "T", "1"
    )
    validate(merged)
    assert {path: item["get"]["tags"] for path, item in merged["paths"].items()} == {
        "/a": ["a"],
        "/b": ["b"],
    }
    assert merged["components"]["schemas"] == {"Thing": TEXT}


def test_two_things_of_one_name_stay_two_things() -> None:
    merged = merge(
        {"a": _document("/a", {"Thing": TEXT}), "b": _document("/b", {"Thing": NUMBER})}, "T", "1"
    )
    validate(merged)
    assert merged["components"]["schemas"] == {"Thing": TEXT, "b.Thing": NUMBER}
    assert _schema(merged, "/a") == {"$ref": "#/components/schemas/Thing"}
    assert _schema(merged, "/b") == {"$ref": "#/components/schemas/b.Thing"}


def test_every_operation_of_a_service_is_routed_to_it() -> None:
    documents = {
        service.name: service.create_app(placeholder(service.settings_class())).openapi()
        for service in SERVICES
    }
    validate(merge(documents, "Commontime", "1"))
    declared = [(path, name) for name, document in documents.items() for path in document["paths"]]
    assert [(path, service_of(path)) for path, _ in declared] == declared


TEXT = {"type": "string"}
NUMBER = {"type": "number"}


def _document(path: str, schemas: dict[str, Any]) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}
    operation = {"responses": {"200": {"description": "ok", "content": content}}}
    return {"paths": {path: {"get": operation}}, "components": {"schemas": schemas}}


def _schema(document: dict[str, Any], path: str) -> Any:
    response = document["paths"][path]["get"]["responses"]["200"]
    return response["content"]["application/json"]["schema"]
