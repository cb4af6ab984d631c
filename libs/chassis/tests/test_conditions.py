"""ETags, If-Match, If-None-Match and the sequences a caller has seen."""

import pytest
from starlette.requests import Request

from chassis.conditional import etag, if_match, not_modified, required_match
from chassis.problems import Problem
from chassis.sequences import format_sequences, min_sequence, parse_min_sequence


def request(query: str = "", **headers: str) -> Request:
    encoded = [(k.replace("_", "-").encode(), v.encode("latin-1")) for k, v in headers.items()]
    return Request({"type": "http", "headers": encoded, "query_string": query.encode()})


def code_of(error: pytest.ExceptionInfo[Problem]) -> str:
    return error.value.code


@pytest.mark.parametrize(
    ("header", "version"), [('"3"', 3), ('W/"3"', 3), (' "17" ', 17), ("*", "*")]
)
def test_if_match_names_a_version(header: str, version: int | str) -> None:
    assert if_match(request(if_match=header)) == version


def test_what_moves_without_the_version_is_another_tag_of_the_same_version() -> None:
    before, after = etag(3, b"healthy"), etag(3, b"failing")
    assert before != after == etag(3, b"failing")
    assert if_match(request(if_match=before)) == if_match(request(if_match=after)) == 3
    assert not_modified(request(if_none_match=before), after) is None
    assert not_modified(request(if_none_match=after), after) is not None


@pytest.mark.parametrize("header", ["3", '"3', '"3", "4"', "", "W/3", '""3"'])
def test_a_malformed_if_match_is_a_bad_header(header: str) -> None:
    with pytest.raises(Problem) as refused:
        if_match(request(if_match=header))
    assert code_of(refused) == "bad_header"


@pytest.mark.parametrize("header", ['"abc"', '"-1"', '"3-4"', '""', f'"{"9" * 30}"'])
def test_a_tag_that_is_none_of_ours_matches_nothing(header: str) -> None:
    with pytest.raises(Problem) as refused:
        if_match(request(if_match=header))
    assert code_of(refused) == "precondition_failed"


def test_if_match_may_be_left_out_unless_it_is_required() -> None:
    assert if_match(request()) is None
    with pytest.raises(Problem) as refused:
        required_match(request())
    assert code_of(refused) == "precondition_required"


@pytest.mark.parametrize("header", ['"3"', 'W/"3"', '"1", "3"', "*"])
def test_what_the_caller_has_is_not_sent_again(header: str) -> None:
    response = not_modified(request(if_none_match=header), etag(3))
    assert response is not None
    assert response.status_code == 304
    assert response.headers["etag"] == '"3"'
    assert response.body == b""


@pytest.mark.parametrize("header", ['"2"', '"33"', "3", ""])
def test_what_the_caller_lacks_is_sent(header: str) -> None:
    assert not_modified(request(if_none_match=header), etag(3)) is None
    assert not_modified(request(), etag(3)) is None


def test_a_weak_tag_of_a_view_is_compared_too() -> None:
    assert not_modified(request(if_none_match='W/"polls=2"'), 'W/"polls=2"') is not None


def test_sequences_survive_the_round_trip() -> None:
    sequences = {"polls": 2, "schedules": 17}
    assert format_sequences(sequences) == "polls=2, schedules=17"
    assert parse_min_sequence(format_sequences(sequences)) == sequences


@pytest.mark.parametrize("text", [None, ""])
def test_no_sequence_is_none(text: str | None) -> None:
    assert parse_min_sequence(text) == {}


@pytest.mark.parametrize(
    "text",
    ["polls", "polls=", "polls=-1", "polls=2;", "=2", "polls=2,,", "Polls=2", "a=1," * 9 + "b=1"],
)
def test_a_malformed_sequence_is_a_bad_header(text: str) -> None:
    with pytest.raises(Problem) as refused:
        parse_min_sequence(text)
    assert code_of(refused) == "bad_header"


async def test_header_and_parameter_count_together() -> None:
    asked = request("min_sequence=polls=3,schedules=1", commontime_min_sequence="polls=2")
    assert await min_sequence(asked) == {"polls": 3, "schedules": 1}
