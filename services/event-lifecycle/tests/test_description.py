"""The API describes itself as OpenAPI 3.1, judged by somebody else's validator."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from chassis.settings import placeholder
from event_lifecycle.main import create_app
from event_lifecycle.settings import Settings

DOCUMENT: dict[str, Any] = create_app(placeholder(Settings)).openapi()
JSON = "application/json"
METHODS = ("get", "post", "put", "patch", "delete")


def operations() -> dict[str, dict[str, Any]]:
    return {
        item[method]["operationId"]: item[method]
        for item in DOCUMENT["paths"].values()
        for method in METHODS
        if method in item
    }


OPERATIONS = operations()


def test_the_description_is_valid_and_every_operation_is_named() -> None:
    validate(DOCUMENT)
    assert all(operation["summary"] for operation in OPERATIONS.values())
    assert OPERATIONS.keys() >= {"create_event", "complete_event", "create_endpoint"}


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_every_operation_shows_an_answer_that_is_like_its_schema(name: str) -> None:
    for content in answers(OPERATIONS[name]):
        shown = examples(content)
        assert shown, "no example of what is answered"
        for example in shown:
            assert faults(content["schema"], example) == []


@pytest.mark.parametrize(
    "name", sorted(name for name, operation in OPERATIONS.items() if "requestBody" in operation)
)
def test_every_body_to_send_is_shown_and_is_like_its_schema(name: str) -> None:
    content = OPERATIONS[name]["requestBody"]["content"][JSON]
    shown = examples(content)
    assert shown, "no example of what to send"
    for example in shown:
        assert faults(content["schema"], example) == []


def test_an_example_with_a_field_too_many_or_too_few_would_be_noticed() -> None:
    content = next(answers(OPERATIONS["get_event"]))
    [example] = examples(content)
    too_few = {name: value for name, value in example.items() if name != "due_at"}
    assert faults(content["schema"], {**example, "colour": "red"})
    assert faults(content["schema"], too_few)
    assert faults(content["schema"], {**example, "starts_at": "tomorrow"})


def answers(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What may come back when all went well, for each status that has a body."""
    for status, response in operation["responses"].items():
        if status < "300":
            yield from response.get("content", {}).values()


def examples(content: dict[str, Any]) -> list[Any]:
    """Beside the schema, or in it."""
    if "example" in content:
        return [content["example"]]
    named = content.get("examples", {})
    if named:
        return [one["value"] for one in named.values()]
    schema = content["schema"]
    if "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema.get("examples", [])


def faults(schema: dict[str, Any], example: Any) -> list[str]:
    components = copy.deepcopy(DOCUMENT["components"])
    for one in components["schemas"].values():
        if "properties" in one:
            one.setdefault("additionalProperties", False)
    validator: Any = Draft202012Validator(
        {**schema, "components": components}, format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    return [error.message for error in validator.iter_errors(example)]
