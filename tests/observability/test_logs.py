"""Every line that belongs to somebody's work says of which trace it is, and is JSON."""

from typing import Any

import pytest

from .conftest import Recorded


def of(recorded: Recorded, event: str) -> list[dict[str, Any]]:
    return [line for line in recorded.lines if line["event"] == event]


def test_a_line_of_a_request_carries_the_trace_of_its_answer(recorded: Recorded) -> None:
    submitted = [
        line
        for line in of(recorded, "request")
        if line["route"].endswith("/{participant_id}/schedule")
    ]
    assert [line["trace_id"] for line in submitted] == [recorded.trace_of("PUT schedule")]


def test_every_request_has_its_trace(recorded: Recorded) -> None:
    assert len(of(recorded, "request")) >= 8
    assert all(len(line["trace_id"]) == 32 for line in of(recorded, "request"))


def test_every_line_has_a_time_a_level_and_says_what_happened(recorded: Recorded) -> None:
    for line in recorded.lines:
        assert line["event"]
        assert line["level"] in {"info", "warning", "error"}
        assert line["timestamp"].endswith("Z")


@pytest.mark.parametrize("canary", ["canary", "ct_org_", "ct_ans_", "ct_edt_", "earer "])
def test_no_line_holds_what_people_wrote_or_show(recorded: Recorded, canary: str) -> None:
    assert not [line for line in recorded.lines if canary in str(line).lower()]
    assert not [
        line for line in recorded.lines if any(one in str(line) for one in recorded.secrets)
    ]


def test_an_ordinary_day_logs_nothing_but_requests(recorded: Recorded) -> None:
    others = [
        line
        for line in recorded.lines
        if line["event"] != "request" and not line.get("logger", "").startswith("aiokafka")
    ]
    assert [line for line in others if line["level"] != "info"] == []
