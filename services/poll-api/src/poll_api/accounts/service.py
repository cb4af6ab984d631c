"""What the routes of accounts work with."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, cast

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from fastapi import Depends, FastAPI, Request

from chassis.clock import Clock
from chassis.database import Pool
from eventstore.store import EventStore
from poll_api.accounts.attempts import Attempts
from poll_api.accounts.cookies import RefreshCookie
from poll_api.accounts.mail import Mailer
from poll_api.accounts.passwords import Passwords
from poll_api.accounts.refresh_tokens import RefreshTokens
from poll_api.accounts.resetting import Resets
from poll_api.accounts.signing import Signer, signer_of
from poll_api.settings import Settings

_PURPOSE = b"commontime accounts, requests that are repeated"


@dataclass(frozen=True)
class Accounts:
    """Opened by `opened`, closed with it. `resets` is None where no mail can be sent."""

    pool: Pool
    store: EventStore
    clock: Clock
    signer: Signer
    refresh: RefreshTokens
    cookie: RefreshCookie
    passwords: Passwords
    attempts: Attempts
    lasts: timedelta
    resets: Resets | None
    secret: bytes = field(repr=False)


@asynccontextmanager
async def opened(
    settings: Settings, pool: Pool, store: EventStore, clock: Clock
) -> AsyncGenerator[Accounts]:
    secrets = settings.signing_key.get_secret_value().split()
    lasts = timedelta(days=settings.session_days)
    passwords = Passwords(settings.password_min_length)
    resets = Resets(pool, Mailer(settings), settings.public_url) if settings.smtp_url else None
    accounts = Accounts(
        pool,
        store,
        clock,
        signer_of(settings),
        RefreshTokens(secrets),
        RefreshCookie(settings.public_url, lasts),
        passwords,
        Attempts(settings),
        lasts,
        resets,
        HKDF(hashes.SHA256(), length=32, salt=None, info=_PURPOSE).derive(secrets[0].encode()),
    )
    try:
        yield accounts
    finally:
        passwords.close()
        if resets is not None:
            await resets.close()


def accounts_in(app: FastAPI) -> Accounts:
    return cast(Accounts, app.state.accounts)


async def _opened(request: Request) -> Accounts:
    # A coroutine: FastAPI would run a plain function in a thread.
    return accounts_in(request.app)


Opened = Annotated[Accounts, Depends(_opened)]
