"""The consumer's three outcomes: done, try again, never. Here is who belongs to which.

*Done* is the absence of an exception. Everything that is not known to pass by itself is *never*:
a fact that makes `apply` fail must not stop the facts of others.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import psycopg
from aiokafka.errors import KafkaError
from psycopg.errors import ProgramLimitExceeded
from pydantic import ValidationError

T = TypeVar("T")


class NeverApplies(Exception):
    """The fact can never be applied by this version of the program; the message says why."""


class OwnerAway(Exception):
    """The service that owns these facts does not answer."""


class Behind(Exception):
    """The facts asked for have not arrived yet."""


class NotYet(Behind):
    """Their owner does not have them either."""


_ABOUT_THE_FACT = (psycopg.DataError, psycopg.IntegrityError, ProgramLimitExceeded)
_PASSES = (psycopg.Error, OwnerAway, KafkaError, OSError)


def is_worth_retrying(error: Exception) -> bool:
    """Whether the same facts may well be applied a little later.

    A missing table or right is: it means a deployment in progress, not a bad fact.
    """
    return isinstance(error, _PASSES) and not isinstance(error, _ABOUT_THE_FACT)


def reason_of(error: Exception) -> str:
    """Why, in words that hold no value of the fact: it may be about a person."""
    if isinstance(error, NeverApplies | OwnerAway):
        return str(error)
    if isinstance(error, ValidationError):
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        place = ".".join(map(str, first["loc"])) or "the whole"
        return f"does not fit its type: {first['type']} at {place}"
    return f"failed with {type(error).__name__}"


async def isolate(
    items: Sequence[T],
    attempt: Callable[[Sequence[T]], Awaitable[None]],
    reject: Callable[[T, Exception], Awaitable[None]],
) -> None:
    """Attempt all at once; on a failure that will not pass, halve until the culprit is alone.

    Raises whatever is worth retrying.
    """
    try:
        await attempt(items)
    except Exception as error:  # the consumer's door: a bug in `apply` must not stop other keys
        if is_worth_retrying(error):
            raise
        if len(items) == 1:
            await reject(items[0], error)
            return
        middle = len(items) // 2
        await isolate(items[:middle], attempt, reject)
        await isolate(items[middle:], attempt, reject)
