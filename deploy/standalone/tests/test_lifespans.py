"""Several applications start and stop together."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from fastapi import FastAPI

from standalone.lifespans import together


def _app(log: list[str], name: str, *, fails: bool = False) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None, None]:
        log.append(f"{name} starts")
        if fails:
            raise ValueError(name)
        try:
            yield
        finally:
            log.append(f"{name} stops")

    return FastAPI(lifespan=lifespan)


async def test_all_are_entered_and_all_are_left() -> None:
    log: list[str] = []
    async with together([_app(log, "a"), _app(log, "b")]):
        assert log == ["a starts", "b starts"]
    assert log[2:] == ["a stops", "b stops"]


async def test_one_that_cannot_start_stops_the_others_and_says_why() -> None:
    log: list[str] = []
    with pytest.raises(ValueError, match=r"^b$"):
        async with together([_app(log, "a"), _app(log, "b", fails=True)]):
            log.append("never")
    assert log == ["a starts", "b starts", "a stops"]


async def test_an_error_inside_leaves_all_and_comes_out_as_it_is() -> None:
    log: list[str] = []
    with pytest.raises(KeyError):
        async with together([_app(log, "a")]):
            raise KeyError
    assert log == ["a starts", "a stops"]
