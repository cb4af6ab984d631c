"""The bodies of webhooks are a contract: described, shown, and never changed under a receiver."""

import json
from pathlib import Path
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator

from contracts.schemas import breaking_changes, current
from contracts.webhooks import MESSAGES, EventType

FOLDER = Path(__file__).parents[1] / "schemas" / "webhooks"


def committed(type_: str) -> Any:
    return json.loads((FOLDER / f"{type_}.json").read_text())


def faults(type_: str, body: Any) -> list[str]:
    judge: Any = Draft202012Validator(
        committed(type_), format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    return [error.message for error in judge.iter_errors(body)]


def test_every_type_that_can_be_named_has_a_body_and_a_committed_schema() -> None:
    assert set(get_args(EventType)) == MESSAGES.keys()
    assert {file.stem for file in FOLDER.glob("*.json")} == MESSAGES.keys()


@pytest.mark.parametrize("type_", MESSAGES)
def test_the_committed_schema_is_what_the_model_says(type_: EventType) -> None:
    assert committed(type_) == current()[f"webhooks/{type_}"], "run `make contracts`"


@pytest.mark.parametrize("type_", MESSAGES)
def test_the_example_is_read_and_written_again_unchanged(type_: EventType) -> None:
    message = MESSAGES[type_]
    read = message.body.model_validate_json(json.dumps(message.example))
    assert json.loads(read.model_dump_json()) == message.example
    assert read.type == type_


@pytest.mark.parametrize("type_", MESSAGES)
def test_the_example_fits_the_schema_and_no_field_of_it_may_be_missing(type_: EventType) -> None:
    example = MESSAGES[type_].example
    assert faults(type_, example) == []
    for name in example:
        assert faults(type_, {key: example[key] for key in example if key != name})
    for name in example["data"]:
        data = {key: value for key, value in example["data"].items() if key != name}
        assert faults(type_, {**example, "data": data})


def test_a_field_that_a_receiver_reads_cannot_go() -> None:
    now = current()["webhooks/poll.finalised"]
    before = json.loads(json.dumps(now))
    data = before["$defs"]["FinalisedPollData"]
    data["properties"]["room"] = {"type": "string"}
    assert breaking_changes(before, now) == ["/data/room was removed"]


def test_nothing_that_opens_a_poll_is_told() -> None:
    for type_ in MESSAGES:
        text = json.dumps(committed(type_))
        assert "hash" not in text
        assert "capabilit" not in text
