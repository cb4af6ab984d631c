"""Asks over HTTP as a careful program does: every command until it is answered, under one key."""

import asyncio
import json
import time
from random import Random
from typing import Any, cast

import aiohttp

from chaos.journal import Answer, Attempt, Command, Journal, Viewer

_TIMEOUT = aiohttp.ClientTimeout(total=4)
_PAUSES_S = (0.05, 0.4)
_REPEATED_ON_PURPOSE = 0.05
_AT_ONCE = 0.02


class GaveUp(Exception):
    """The run is over and the command has no answer yet."""


class Client:
    """One for the whole crowd: it keeps the journal."""

    def __init__(self, url: str, journal: Journal, random: Random) -> None:
        self._url = url
        self._journal = journal
        self._random = random
        self._session = aiohttp.ClientSession(
            timeout=_TIMEOUT, connector=aiohttp.TCPConnector(limit=100)
        )
        self.giving_up = False

    async def close(self) -> None:
        await self._session.close()

    async def command(
        self,
        command: Command,
        viewer: Viewer,
        headers: dict[str, str] | None = None,
    ) -> Command:
        """Send it until it is answered with anything but "try again". Raises `GaveUp`."""
        self._journal.commands.append(command)
        headers = dict(headers or {})
        if command.method == "POST":
            command.key = f"{self._random.getrandbits(128):032x}"
            headers["Idempotency-Key"] = command.key
        if command.key and self._random.random() < _AT_ONCE:
            await self._twice_at_once(command, viewer, headers)
        while not command.status:
            attempt, text, answer = await self._ask(command, viewer, headers)
            command.attempts.append(attempt)
            if is_final(attempt):
                command.after_doubt = command.in_doubt
                self._note(command, attempt.status, text, answer)
            elif self.giving_up:
                raise GaveUp
            else:
                await asyncio.sleep(self._random.uniform(*_PAUSES_S))
        if command.key and command.outcome == "acknowledged":
            command.answer["_headers"] = headers
            if self._random.random() < _REPEATED_ON_PURPOSE:
                await self.repeat(command, viewer)
        return command

    async def repeat(self, command: Command, viewer: Viewer) -> None:
        """The same again: what is answered must be what was answered (I2)."""
        headers = command.answer["_headers"]
        while True:
            attempt, text, answer = await self._ask(command, viewer, headers)
            self._journal.reads.append(attempt)
            if is_final(attempt):
                break
            if self.giving_up:
                return
            await asyncio.sleep(self._random.uniform(*_PAUSES_S))
        command.repeated += 1
        same = attempt.status == command.status and text == command.answer["_text"]
        if not same or answer.get("idempotent-replayed") != "true":
            what = f"{command.kind} {command.path} under {command.key}"
            self._journal.wrong.append(
                f"I2: {what} was answered {command.status}, and then {attempt.status}"
            )
        self._journal.replayed += 1

    async def _twice_at_once(
        self, command: Command, viewer: Viewer, headers: dict[str, str]
    ) -> None:
        """Two of the same at the same time: one effect, and 409 or the same answer (I2)."""
        both = await asyncio.gather(*(self._ask(command, viewer, headers) for _ in range(2)))
        command.attempts.extend(attempt for attempt, _, _ in both)
        final = [(a, text, answer) for a, text, answer in both if is_final(a) and a.status < 300]
        if len({text for _, text, _ in final}) > 1:
            self._journal.wrong.append(f"I2: {command.kind} {command.path}: two answers at once")
        if final:
            attempt, text, answer = final[0]
            self._note(command, attempt.status, text, answer)

    async def read(
        self, path: str, token: str, viewer: Viewer, headers: dict[str, str] | None = None
    ) -> tuple[int, Answer, dict[str, str]]:
        """Status, body and headers of one GET; nothing is tried again."""
        wanted = Command("read", "GET", path, {}, token)
        attempt, text, answer = await self._ask(wanted, viewer, headers or {})
        self._journal.reads.append(attempt)
        is_json = attempt.status == 200 and "json" in answer.get("content-type", "")
        body: Any = _parsed(text) if is_json else {"_text": text}
        return attempt.status, body, answer

    async def stream(self, path: str, token: str, viewer: Viewer, seconds: float) -> list[str]:
        """The ids of what is streamed there within so many seconds."""
        headers = {"Authorization": f"Bearer {token}"}
        lines: list[str] = []
        try:
            async with (
                asyncio.timeout(seconds),
                self._session.get(self._url + path, headers=headers) as response,
            ):
                if response.status == 200:
                    async for line in response.content:
                        lines.append(line.decode())
        except (TimeoutError, aiohttp.ClientError, OSError):
            pass
        self._journal.overhears(viewer, f"GET {path}", "".join(lines))
        return [line[3:].strip() for line in lines if line.startswith("id:")]

    async def _ask(
        self, command: Command, viewer: Viewer, headers: dict[str, str]
    ) -> tuple[Attempt, str, dict[str, str]]:
        sent = {**headers}
        if command.token:
            sent["Authorization"] = f"Bearer {command.token}"
        body = None if command.method in ("GET", "DELETE") else command.body
        began = time.monotonic()
        try:
            async with self._session.request(
                command.method, self._url + command.path, json=body, headers=sent
            ) as response:
                text = await response.text()
                answer = {name.lower(): value for name, value in response.headers.items()}
                status = response.status
        except (TimeoutError, aiohttp.ClientError, OSError):
            return Attempt(began, time.monotonic() - began, 0), "", {}
        code = str(_parsed(text).get("code", "")) if status >= 400 else ""
        seconds = time.monotonic() - began
        attempt = Attempt(began, seconds, status, code, "retry-after" in answer)
        where = f"{command.method} {command.path}"
        self._journal.answered(attempt, where)
        self._journal.overhears(viewer, where, text)
        return attempt, text, answer

    def _note(self, command: Command, status: int, text: str, answer: dict[str, str]) -> None:
        command.status = status
        command.answer = {**_parsed(text), "_text": text}
        version = answer.get("etag", "").strip('"')
        command.version = int(version) if version.isdigit() else 0
        for item in filter(None, answer.get("commontime-sequence", "").split(", ")):
            command.answer[f"_{item.partition('=')[0]}"] = int(item.partition("=")[2])


def is_final(attempt: Attempt) -> bool:
    return attempt.status not in (0, 429, 503) and attempt.code not in (
        "idempotency_in_flight",
        "behind",
    )


def _parsed(text: str) -> Answer:
    try:
        found: Any = json.loads(text) if text else {}
    except json.JSONDecodeError:
        return {}
    return cast(Answer, found) if isinstance(found, dict) else {"items": found}
