"""From a password, a personal token or a refresh token to an access token."""

from uuid import UUID

from fastapi import Request

from chassis.access_tokens import bad_token, unauthenticated
from eventstore.once import Work
from eventstore.sealing import Answer
from poll_api.accounts import personal_tokens, records, sessions
from poll_api.accounts.bodies import SignedIn, SignIn
from poll_api.accounts.records import SQL, AccountRow, Connection
from poll_api.accounts.repeating import subject_of
from poll_api.accounts.service import Accounts
from poll_api.accounts.sessions import Session
from poll_api.accounts.signing import LIFETIME


async def with_password(accounts: Accounts, request: Request, body: SignIn) -> Work:
    """A session begins. Raises `unauthenticated`, alike for whom nobody knows."""
    accounts.attempts.password(request, body.email)
    async with accounts.passwords.turn:
        async with accounts.pool.connection() as connection:
            row = await records.find_by_email(connection, body.email)
        known = row.password_hash if row else None
        # Nobody's connection is held while this takes its time.
        right, anew = await accounts.passwords.verify(body.password.get_secret_value(), known)
    if row is None or not right:
        raise unauthenticated("The e-mail address or the password is wrong.")

    async def work(connection: Connection) -> tuple[Answer, str]:
        if anew is not None:
            values = (anew, row.account_id, known)
            await connection.execute(SQL["strengthen_hash"], values)
        session = await _begin(accounts, connection, row)
        return signed_in(accounts, session), subject_of(row.account_id)

    return work


async def with_personal_token(accounts: Accounts, token: str) -> Work:
    """No session: a script comes again with its token. Raises `unauthenticated`."""

    async def work(connection: Connection) -> tuple[Answer, str]:
        found = await personal_tokens.used(connection, token)
        if found is None:
            raise bad_token()
        token_id, account_id = found
        return _answer(accounts, account_id, token_id, {}), subject_of(account_id)

    return work


async def renewed(accounts: Accounts, token: str | None) -> Answer:
    """The session's next refresh token with a new access token. Raises `unauthenticated`."""
    shown = accounts.refresh.read(token) if token else None
    session = None
    if shown is not None:
        async with accounts.pool.connection() as connection, connection.transaction():
            session = await sessions.renew(connection, shown, accounts.lasts)
    if session is None:
        # The cookie is of no use any more, so it goes.
        problem = unauthenticated("The session is over: sign in.")
        problem.headers.update(accounts.cookie.clear())
        raise problem
    return signed_in(accounts, session)


async def ended(accounts: Accounts, token: str | None) -> None:
    """Nothing where there is no session."""
    shown = accounts.refresh.read(token) if token else None
    if shown is not None:
        async with accounts.pool.connection() as connection:
            await sessions.end(connection, shown)


def signed_in(accounts: Accounts, session: Session) -> Answer:
    token = accounts.refresh.make(session.session_id, session.generation)
    headers = accounts.cookie.set(token)
    return _answer(accounts, session.account_id, session.session_id, headers)


async def _begin(accounts: Accounts, connection: Connection, row: AccountRow) -> Session:
    # The password may have been changed while it was compared.
    now = await records.locked(connection, row.account_id)
    if now is None or now.version != row.version:
        raise unauthenticated("The e-mail address or the password is wrong.")
    return await sessions.begin(connection, row.account_id, accounts.lasts)


def _answer(accounts: Accounts, account_id: UUID, grant: UUID, headers: dict[str, str]) -> Answer:
    token = accounts.signer.sign(account_id, grant, accounts.clock())
    body = SignedIn(access_token=token, expires_in=int(LIFETIME.total_seconds()))
    return Answer(200, body.model_dump_json().encode(), headers)
