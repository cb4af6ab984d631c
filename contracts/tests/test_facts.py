import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker, ValidationError

from contracts.fact import Value
from contracts.registry import FACTS, STATES, UnknownFact, parse
from contracts.schemas import breaking_changes, current, write

ROOT = Path(__file__).parents[1]
MODELS: dict[str, type[Value]] = {**FACTS, **STATES}


def example(type_: str) -> Any:
    return json.loads((ROOT / "examples" / f"{type_}.json").read_text())


def schema(type_: str) -> Any:
    return json.loads((ROOT / "schemas" / f"{type_}.json").read_text())


def test_every_type_has_an_example_and_a_schema_and_none_is_left_over() -> None:
    for folder in ("examples", "schemas"):
        assert {file.stem for file in (ROOT / folder).glob("*.json")} == MODELS.keys()


@pytest.mark.parametrize("type_", MODELS)
def test_a_committed_example_is_read_and_written_again_unchanged(type_: str) -> None:
    read = MODELS[type_].model_validate_json(json.dumps(example(type_)))
    assert json.loads(read.model_dump_json()) == example(type_)


@pytest.mark.parametrize("type_", MODELS)
def test_a_committed_example_fits_the_committed_schema(type_: str) -> None:
    judge = Draft202012Validator(schema(type_), format_checker=FormatChecker())
    judge.validate(example(type_))  # pyright: ignore[reportUnknownMemberType] - untyped upstream
    with pytest.raises(ValidationError):
        judge.validate({})  # pyright: ignore[reportUnknownMemberType] - untyped upstream


@pytest.mark.parametrize("type_", MODELS)
def test_the_committed_schema_is_what_the_model_says(type_: str) -> None:
    assert schema(type_) == current()[type_], "run `make contracts`"


@pytest.mark.parametrize("type_", FACTS)
def test_a_fact_is_found_by_its_type(type_: str) -> None:
    assert type(parse(type_, json.dumps(example(type_)))) is FACTS[type_]


def test_a_type_of_the_future_is_named_unknown() -> None:
    with pytest.raises(UnknownFact, match=r"commontime\.poll\.opened\.v9"):
        parse("commontime.poll.opened.v9", "{}")


def test_a_reader_ignores_a_field_that_a_newer_writer_added() -> None:
    type_ = "commontime.poll.closed.v1"
    assert parse(type_, json.dumps({**example(type_), "novelty": 1})) == parse(
        type_, json.dumps(example(type_))
    )


def test_no_fact_has_room_for_a_name_or_an_address() -> None:
    for type_ in FACTS:
        fields = json.dumps(schema(type_).get("properties"))
        assert "email" not in fields
        assert "capability" not in fields
    participant = {t for t in FACTS if ".participant." in t or ".schedule." in t}
    assert not any("name" in schema(type_)["properties"] for type_ in participant)


CLOSED: dict[str, Any] = {
    "properties": {"at": {"type": "string"}, "why": {"$ref": "#/$defs/Why"}},
    "required": ["at"],
    "$defs": {"Why": {"properties": {"text": {"type": "string"}}, "required": []}},
}


def changed(**properties: Any) -> dict[str, Any]:
    return {**CLOSED, "properties": {**CLOSED["properties"], **properties}}


def test_adding_an_optional_field_breaks_nobody() -> None:
    assert breaking_changes(CLOSED, changed(more={"type": "integer"})) == []


@pytest.mark.parametrize(
    ("new", "sentence"),
    [
        ({**CLOSED, "properties": {"at": {"type": "string"}}}, "/why was removed"),
        ({**CLOSED, "required": ["at", "why"]}, "/why became required"),
        (
            {**changed(more={"type": "integer"}), "required": ["at", "more"]},
            "/more is new and required",
        ),
        (changed(at={"type": "integer"}), "/at changed from"),
        ({**CLOSED, "$defs": {"Why": {"properties": {}}}}, "/why/text was removed"),
    ],
)
def test_a_change_that_breaks_a_reader_is_named(new: dict[str, Any], sentence: str) -> None:
    assert any(found.startswith(sentence) for found in breaking_changes(CLOSED, new))


def test_a_breaking_change_is_not_written_over_the_committed_schema(tmp_path: Path) -> None:
    type_ = "commontime.poll.closed.v1"
    older: dict[str, Any] = {
        **schema(type_),
        "properties": {**schema(type_)["properties"], "by": {}},
    }
    (tmp_path / f"{type_}.json").write_text(json.dumps(older))
    assert write(tmp_path) == [f"{type_}: /by was removed"]
    assert json.loads((tmp_path / f"{type_}.json").read_text()) == older
