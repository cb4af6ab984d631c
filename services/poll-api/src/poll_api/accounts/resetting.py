"""Forgotten passwords, by mail: a link that is good once and for an hour.

Whoever asks hears the same at once, whether the address has an account or not: the account is
looked for and the mail sent afterwards.
"""

import asyncio
from datetime import timedelta
from secrets import token_urlsafe
from uuid import UUID

import aiosmtplib
import psycopg
import structlog
from psycopg_pool import PoolTimeout, TooManyRequests

from chassis.access import hash_of
from chassis.database import Pool
from chassis.problems import Problem
from chassis.tasks import end
from poll_api.accounts import records
from poll_api.accounts.mail import Mailer
from poll_api.accounts.records import SQL, Connection

GOOD_FOR = timedelta(hours=1)
PREFIX = "ct_rst_"
_MOST_WAITING = 100
_AWAY = (
    *(aiosmtplib.SMTPException, OSError, TimeoutError),
    *(psycopg.OperationalError, PoolTimeout, TooManyRequests),
)
_TEXT = """Somebody, hopefully you, asked for a new password for your account at
{url}

To choose one, open this link within an hour:
{link}

If it was not you, do nothing: your password stays as it is.
"""

_log: structlog.stdlib.BoundLogger = structlog.get_logger()


class Resets:
    """One mail after the other; `close` gives up those that wait."""

    def __init__(self, pool: Pool, mailer: Mailer, public_url: str) -> None:
        self._pool = pool
        self._mailer = mailer
        self._url = public_url
        self._asked: asyncio.Queue[str] = asyncio.Queue(_MOST_WAITING)
        self._worker = asyncio.create_task(self._work())

    async def close(self) -> None:
        await end(self._worker)

    def ask(self, email: str) -> None:
        """Have a link sent, if the address has an account. Raises the problem `overloaded`."""
        try:
            self._asked.put_nowait(email)
        except asyncio.QueueFull:
            raise Problem("overloaded") from None

    async def _work(self) -> None:
        while True:
            email = await self._asked.get()
            try:
                await self._answer(email)
            except _AWAY as error:
                # Never whom: neither the address nor whether it has an account.
                _log.warning("mail_not_sent", reason=type(error).__name__)

    async def _answer(self, email: str) -> None:
        token = PREFIX + token_urlsafe(32)
        async with self._pool.connection() as connection:
            account = await records.find_by_email(connection, email)
            if account is None or account.email is None:
                return
            await connection.execute(SQL["purge_resets"])
            values = (hash_of(token), account.account_id, GOOD_FOR)
            await connection.execute(SQL["add_reset"], values)
        link = f"{self._url}/reset-password#{token}"
        await self._mailer.send(account.email, "A new password", _text(self._url, link))


async def redeem(connection: Connection, token: str, password_hash: str) -> UUID | None:
    """Set the password that the token was sent for; None where the token is not good."""
    cursor = await connection.execute(SQL["use_reset"], (hash_of(token),))
    row = await cursor.fetchone()
    if row is None or await records.reset_password(connection, row[0], password_hash) is None:
        return None
    return row[0]


def _text(url: str, link: str) -> str:
    return _TEXT.format(url=url, link=link)
