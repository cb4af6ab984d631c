"""Turn every error an application can meet into a problem document."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from inspect import getdoc
from typing import Any

import psycopg
import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from psycopg_pool import PoolTimeout, TooManyRequests
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from chassis.problem_catalogue import CODE_OF_STATUS
from chassis.problems import FieldError, Problem, invalid

Rejections = Mapping[type[Exception], str]
"""Exception class → code. The detail is the exception's message, else the class's docstring."""

Handler = Callable[[Request, Any], Awaitable[Response]]

_log: structlog.stdlib.BoundLogger = structlog.get_logger()
_DATABASE_AWAY = (psycopg.OperationalError, psycopg.errors.ReadOnlySqlTransaction, PoolTimeout)


def install_problem_handlers(app: FastAPI, rejections: Rejections) -> None:
    """Register a handler for each kind of error; `rejections` are the service's own."""
    handlers: dict[type[Exception], Handler] = {
        Problem: _problem,
        HTTPException: _http_exception,
        RequestValidationError: _validation_error,
        TooManyRequests: _overloaded,
        **dict.fromkeys(_DATABASE_AWAY, _database_away),
        **{error: _rejection(code) for error, code in rejections.items()},
    }
    for error, handler in handlers.items():
        app.add_exception_handler(error, handler)


async def _problem(request: Request, problem: Problem) -> Response:
    return problem.response(request.url.path)


async def _http_exception(request: Request, error: HTTPException) -> Response:
    code = CODE_OF_STATUS.get(error.status_code, "internal")
    return Problem(code, headers=error.headers).response(request.url.path)


async def _validation_error(request: Request, error: RequestValidationError) -> Response:
    return _of_validation(error.errors()).response(request.url.path)


async def _overloaded(request: Request, _error: TooManyRequests) -> Response:
    return Problem("overloaded").response(request.url.path)


async def _database_away(request: Request, error: Exception) -> Response:
    _log.warning("database unavailable", reason=type(error).__name__)
    return Problem("database_unavailable").response(request.url.path)


def _rejection(code: str) -> Handler:
    async def handler(request: Request, error: Exception) -> Response:
        detail = str(error) or (getdoc(type(error)) or "").split("\n\n")[0].replace("\n", " ")
        return Problem(code, detail or None).response(request.url.path)

    return handler


def _of_validation(errors: Sequence[Mapping[str, Any]]) -> Problem:
    for error in errors:
        where, *path = error["loc"]
        if error["type"] == "json_invalid":
            reason = error.get("ctx", {}).get("error", "")
            return Problem("not_json", f"At character {path[0] if path else 0}: {reason}")
        if where == "path":
            return Problem("not_found")
        if where in ("header", "cookie"):
            return Problem("bad_header", f"{path[0]}: {error['msg']}")
    return invalid(*_field_errors(errors))


def _field_errors(errors: Sequence[Mapping[str, Any]]) -> Iterator[FieldError]:
    for error in errors:
        where, *path = error["loc"]
        pointer = f"?{path[0]}" if where == "query" else "".join(map(_step, path))
        yield FieldError(pointer, error["type"], error["msg"])


def _step(part: object) -> str:
    return "/" + str(part).replace("~", "~0").replace("/", "~1")
