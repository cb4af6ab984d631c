"""The process that reads calendars: a question on stdin, an answer on stdout, one at a time.

A question is the length of its head in four bytes, the head as JSON, and as many bytes of a body
as the head says; an answer is a length and JSON. It ends with its stdin. Whatever a calendar
makes of it: its memory is limited, and an alarm ends it even where nobody is left to do so.
"""

import json
import resource
import signal
import sys
from dataclasses import asdict
from typing import Any, BinaryIO

from availability.calendars.faults import BadCalendar, TooMuch
from availability.calendars.importing import Wish, find
from availability.calendars.uploads import NoFile, file_in
from chassis.zones import use_locked_rules

MOST_MEMORY = 384 * 1024 * 1024
READY = b"."


def main() -> None:
    """Answer until there are no more questions."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    use_locked_rules()
    questions, answers = sys.stdin.buffer, sys.stdout.buffer
    answers.write(READY)
    answers.flush()
    while head := questions.read(4):
        asked: dict[str, Any] = json.loads(questions.read(int.from_bytes(head)))
        signal.setitimer(signal.ITIMER_REAL, asked["seconds"])
        _say(answers, _answer(asked, questions.read(asked["bytes"])))
        signal.setitimer(signal.ITIMER_REAL, 0)


def _answer(asked: dict[str, Any], body: bytes) -> dict[str, Any]:
    """What was found, or what is wrong with it; of any other fault no more than its kind."""
    try:
        form = asked["form"]
        return asdict(find(file_in(body, form) if form else body, _wish(asked["wish"])))
    except BadCalendar as bad:
        return {"error": "bad_calendar", "detail": str(bad)}
    except NoFile:
        return {"error": "no_file", "detail": "must be a form with exactly one file"}
    except TooMuch as much:
        return {"error": "too_much", "detail": str(much)}
    except MemoryError:
        return {"error": "too_much", "detail": "takes more memory than there is for it"}
    except Exception as fault:  # its message might repeat what the calendar says
        return {"error": "fault", "detail": type(fault).__name__}


def _wish(given: dict[str, Any]) -> Wish:
    hours = given.pop("hours")
    return Wish(hours=hours and (hours[0], hours[1], tuple(hours[2])), **given)


def _say(answers: BinaryIO, answer: dict[str, Any]) -> None:
    written = json.dumps(answer).encode()
    answers.write(len(written).to_bytes(4))
    answers.write(written)
    answers.flush()


if __name__ == "__main__":
    main()
