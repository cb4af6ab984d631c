from functools import reduce
from pathlib import Path

import pytest

from contracts.fact import Fact
from contracts.known_poll import KnownPoll, evolve
from contracts.polls import AutoFinalise, PollDetails, PollOpened, PollRevised
from contracts.registry import parse

EXAMPLES = Path(__file__).parents[1] / "examples"


def fact(name: str) -> Fact:
    type_ = f"commontime.{name}.v1"
    return parse(type_, (EXAMPLES / f"{type_}.json").read_text())


def known(*names: str) -> KnownPoll | None:
    nothing: KnownPoll | None = None
    return reduce(evolve, (fact(name) for name in names), nothing)


def test_a_poll_is_unknown_until_it_was_opened() -> None:
    assert known("poll.closed") is None


def test_an_opened_poll_is_known_with_its_details_and_hashes() -> None:
    opened = fact("poll.opened")
    assert isinstance(opened, PollOpened)
    poll = known("poll.opened")
    assert poll is not None
    assert (poll.state, poll.details) == ("open", opened.details)
    assert poll.answer_hash == opened.answer_hash


@pytest.mark.parametrize(
    ("last", "state"),
    [
        ("poll.closed", "closed"),
        ("poll.finalised", "finalised"),
        ("poll.cancelled", "cancelled"),
        ("poll.reopened", "open"),
    ],
)
def test_the_last_fact_decides_the_state(last: str, state: str) -> None:
    poll = known("poll.opened", "poll.closed", last)
    assert poll is not None
    assert poll.state == state


def test_the_decision_is_known_while_it_holds_and_forgotten_when_it_does_not() -> None:
    finalised = known("poll.opened", "poll.finalised")
    assert finalised is not None
    assert finalised.finalised == fact("poll.finalised")
    for undone in ("poll.reopened", "poll.cancelled"):
        poll = known("poll.opened", "poll.finalised", undone)
        assert poll is not None
        assert poll.finalised is None


def test_reopening_puts_the_deadline_in_force_that_it_names() -> None:
    poll = known("poll.opened", "poll.closed", "poll.reopened")
    assert poll is not None
    assert poll.details.deadline is None


@pytest.mark.parametrize("before", ["poll.closed", "poll.finalised"])
def test_reopening_takes_the_rule_away_that_finalises(before: str) -> None:
    armed = armed_poll()
    assert armed.details.rules.auto_finalise is not None
    poll = evolve(evolve(armed, fact(before)), fact("poll.reopened"))
    assert poll is not None
    assert poll.details.rules == armed.details.rules.model_copy(update={"auto_finalise": None})
    armed_again = evolve(poll, revised(armed.details))
    assert armed_again is not None
    assert armed_again.details.rules == armed.details.rules


def armed_poll() -> KnownPoll:
    poll = known("poll.opened")
    assert poll is not None
    when = AutoFinalise(when="everyone_answered", expected=3)
    rules = poll.details.rules.model_copy(update={"auto_finalise": when})
    details = poll.details.model_copy(update={"rules": rules})
    return poll.model_copy(update={"details": details})


def revised(details: PollDetails) -> PollRevised:
    revision = fact("poll.revised")
    assert isinstance(revision, PollRevised)
    return revision.model_copy(update={"details": details})


def test_a_revision_replaces_the_details_whole() -> None:
    revised = fact("poll.revised")
    assert isinstance(revised, PollRevised)
    poll = known("poll.opened", "poll.revised")
    assert poll is not None
    assert poll.details == revised.details


def test_what_is_known_survives_a_round_trip_through_json() -> None:
    poll = known("poll.opened", "poll.finalised")
    assert poll is not None
    assert KnownPoll.model_validate_json(poll.model_dump_json()) == poll


def test_facts_of_others_change_nothing() -> None:
    assert known("poll.opened", "participant.joined") == known("poll.opened")
