"""A library that says the same again and again is heard seldom, everybody else always."""

import logging

import pytest

from chassis.repeated_lines import RepeatedLines


class Listening:
    def __init__(self) -> None:
        self.now = 0.0
        self._filter = RepeatedLines(lambda: self.now)

    def heard(self, logger: str, line: str, *filled: object) -> bool:
        record = logging.LogRecord(logger, logging.ERROR, "f.py", 1, line, filled, None)
        return self._filter.filter(record)


def test_a_line_is_heard_for_the_first_second_fourth_and_eighth_time() -> None:
    listening = Listening()
    heard = [listening.heard("aiokafka.conn", "no answer of %s", n) for n in range(10)]
    assert [n for n, passed in enumerate(heard, 1) if passed] == [1, 2, 4, 8]


def test_another_line_is_news() -> None:
    listening = Listening()
    for _ in range(3):
        listening.heard("aiokafka", "no answer")
    assert listening.heard("aiokafka", "refused")
    assert listening.heard("aiokafka.client", "no answer")


def test_after_a_silence_it_is_news_again() -> None:
    listening = Listening()
    for _ in range(3):
        listening.heard("aiokafka", "no answer")
    listening.now = 59
    assert listening.heard("aiokafka", "no answer")  # the fourth
    listening.now = 120
    assert listening.heard("aiokafka", "no answer")
    assert listening.heard("aiokafka", "no answer")
    assert not listening.heard("aiokafka", "no answer")


@pytest.mark.parametrize("logger", ["uvicorn.error", "asyncio", "root"])
def test_nobody_else_is_cut_short(logger: str) -> None:
    listening = Listening()
    assert all(listening.heard(logger, "Exception in ASGI application") for _ in range(5))
