"""The committed descriptions of the HTTP API are those of the code, and say what one must know."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from standalone.services import SERVICES, Service

FOLDER = Path(__file__).parents[1] / "contracts" / "openapi"
METHODS = {"get", "put", "post", "patch", "delete"}
NAMES = [service.name for service in SERVICES]


@pytest.mark.parametrize("service", SERVICES, ids=NAMES)
def test_the_committed_description_is_what_the_code_gives(service: Service) -> None:
    written = subprocess.run(
        [sys.executable, "-m", service.package, "openapi"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert (FOLDER / f"{service.name}.json").read_text() == written, "run `make contracts`"


def test_there_is_a_description_for_each_service_and_no_other() -> None:
    assert sorted(path.stem for path in FOLDER.iterdir()) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_description_is_valid_openapi_3_1(name: str) -> None:
    document = described(name)
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()


def test_an_operation_has_one_name_in_the_whole_system() -> None:
    ids = [operation["operationId"] for name in NAMES for _, operation in operations(name)]
    assert len(ids) == len(set(ids))
    assert all(id_.isidentifier() and id_.islower() for id_ in ids)


@pytest.mark.parametrize("name", NAMES)
def test_every_operation_says_what_it_does_and_how_it_refuses(name: str) -> None:
    for where, operation in operations(name):
        assert operation["summary"], where
        responses = operation["responses"]
        problems = {status: r for status, r in responses.items() if status >= "400"}
        assert {"400", "500", "503"} <= set(problems), where
        if "{" in where:
            assert "404" in problems, where
        if "requestBody" in operation:
            assert {"413", "415", "422"} <= set(problems), where
        for status, response in problems.items():
            assert "application/problem+json" in response["content"], f"{where} {status}"
        assert [status for status in responses if status < "300"], where


@pytest.mark.parametrize("name", NAMES)
def test_every_body_to_send_comes_with_an_example(name: str) -> None:
    document = described(name)
    for where, operation in operations(name):
        for content in operation.get("requestBody", {}).get("content", {}).values():
            assert has_example(document, content), f"{where}: its body"


def described(name: str) -> dict[str, Any]:
    return json.loads((FOLDER / f"{name}.json").read_text())


def operations(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each with its method and path."""
    for path, item in described(name)["paths"].items():
        for method, operation in item.items():
            if method in METHODS:
                yield f"{method.upper()} {path}", operation


def has_example(document: dict[str, Any], content: dict[str, Any]) -> bool:
    """Beside the schema, or in it."""
    schema = content["schema"]
    named = schema.get("$ref", "").removeprefix("#/components/schemas/")
    schema = document["components"]["schemas"].get(named, schema)
    return any(key in {"example", "examples"} for key in (*content, *schema))
