"""What is wrong with a calendar, by line: never by what it says there."""

from dataclasses import dataclass


class BadCalendar(Exception):
    """It cannot be read; `line` is where, counted from 1 in the file as it came."""

    def __init__(self, line: int, detail: str) -> None:
        super().__init__(f"line {line}: {detail}")
        self.line = line


class TooMuch(Exception):
    """It can be read, and says more than is taken."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that was taken otherwise than its writer may have meant."""

    code: str
    line: int
    detail: str
