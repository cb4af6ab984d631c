"""I7: what is recommended is what brute force says, the same bytes from every replica."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from brute_force import LEVELS, Choice, Free, recommend
from chaos.checker.history import History, PollThen, instant
from crowd import choices


def check_recommendations(
    history: History, answers: Mapping[str, Sequence[tuple[int, bytes, Any]]]
) -> Iterator[str]:
    """`answers`: of each living poll what each replica answered: status, bytes and JSON."""
    for poll_id, of_replicas in answers.items():
        statuses = {status for status, _, _ in of_replicas}
        if statuses != {200}:
            yield f"I7: recommendations of {poll_id} were answered {statuses}"
            continue
        if len({body for _, body, _ in of_replicas}) > 1:
            yield f"I7: replicas recommend different things for {poll_id}"
        expected = expected_choices(history, poll_id)
        if choices(of_replicas[0][2]) != expected:
            yield f"I7: {poll_id} gets {choices(of_replicas[0][2])[:1]}, not {expected[:1]}"


def expected_choices(history: History, poll_id: str) -> list[Choice]:
    poll = history.polls[poll_id][-1]
    people = {
        id_: [_free(poll, interval) for interval in person.schedule]
        for id_, person in history.people.items()
        if person.poll == poll_id and not person.gone and person.schedule is not None
    }
    return recommend(people, _quarter(poll, poll.window[1]), poll.quarters)


def _free(poll: PollThen, interval: Mapping[str, str]) -> Free:
    level = LEVELS[interval["preference"]]
    return _quarter(poll, interval["start"]), _quarter(poll, interval["end"]), level


def _quarter(poll: PollThen, at: str) -> int:
    start: datetime = instant(poll.window[0])
    return (instant(at) - start) // timedelta(minutes=15)
