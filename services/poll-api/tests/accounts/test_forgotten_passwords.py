"""Forgotten passwords: by mail, to a real mail server on this machine, and by the administrator."""

import asyncio
import re
import subprocess
import sys
from collections.abc import AsyncGenerator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import psycopg
import pytest
import pytest_asyncio
from aiosmtpd.smtp import SMTP, Envelope, Session
from pydantic import SecretStr, ValidationError

from poll_api.accounts.testing import ACCOUNTS, PASSWORD, People
from poll_api.settings import Settings
from poll_api.testing import PollApi, eventually, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

ASK, REDEEM = f"{ACCOUNTS}/password-resets", f"{ACCOUNTS}/password-resets/redeem"
NEW = "a rather different one"


class Mailbox:
    """Takes every mail."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        mail = message_from_bytes(content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 OK"

    def to(self, email: str) -> list[str]:
        """The tokens that were sent to somebody."""
        texts = [mail.get_content() for mail in self.mails if mail["To"] == email]
        return [re.search(r"/reset-password#(\S+)", text)[1] for text in texts]  # type: ignore[index]


@pytest.fixture(scope="module")
def mailbox() -> Mailbox:
    return Mailbox()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def mail_server(mailbox: Mailbox) -> AsyncGenerator[int]:
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(mailbox, hostname="mail.test"), "127.0.0.1", 0
    )
    yield server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


@pytest.fixture(scope="module")
def with_mail(settings: Settings, mail_server: int) -> Settings:
    mail = {
        "smtp_url": SecretStr(f"smtp://127.0.0.1:{mail_server}"),
        "smtp_from": "commontime@example.org",
        "password_reset_limit_per_address": "off",
    }
    return settings.model_copy(update=mail)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def poll_api(with_mail: Settings) -> AsyncGenerator[PollApi]:
    async with running(with_mail) as api:
        yield api


async def sent(mailbox: Mailbox, email: str, count: int = 1) -> str:
    async def is_there() -> bool:
        return len(mailbox.to(email)) == count

    await eventually(is_there)
    return mailbox.to(email)[-1]


async def asks(people: People, email: str) -> int:
    return (await people.asks("POST", ASK, json={"email": email})).status_code


async def redeems(people: People, token: str, password: str = NEW) -> Any:
    return await people.asks("POST", REDEEM, json={"token": token, "password": password})


async def test_a_link_comes_by_mail_and_sets_the_password_once(
    people: People, mailbox: Mailbox, poll_api: PollApi
) -> None:
    person = await people.comes_in()
    made = await people.makes_a_token(person)
    assert await asks(people, person.email.upper()) == 202
    token = await sent(mailbox, person.email)
    (mail,) = [mail for mail in mailbox.mails if mail["To"] == person.email]
    assert mail["From"] == "commontime@example.org"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert f"http://commontime.test/reset-password#{token}" in mail.get_content()
    with psycopg.connect(poll_api.database) as connection:
        assert token not in str(connection.execute("select * from password_resets").fetchall())
    answer = await redeems(people, token)
    assert answer.status_code == 204
    # Whoever was in is out.
    assert (await people.reads(person)).status_code == 401
    assert (await people.renews(person.refresh)).status_code == 401
    assert (await people.exchanges(made.json()["token"])).status_code == 401
    assert (await people.tries(person.email, PASSWORD)).status_code == 401
    assert (await people.tries(person.email, NEW)).status_code == 200
    again = await redeems(people, token, "something else again")
    assert again.status_code == 422
    assert again.json()["errors"][0]["pointer"] == "/token"


async def test_whoever_asks_learns_nothing_about_addresses(
    people: People, mailbox: Mailbox
) -> None:
    person = await people.registers()
    known = await people.asks("POST", ASK, json={"email": person.email})
    unknown = await people.asks("POST", ASK, json={"email": "nobody@example.org"})
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    assert set(known.headers) == set(unknown.headers)
    await sent(mailbox, person.email)
    assert mailbox.to("nobody@example.org") == []


async def test_an_old_link_is_of_no_use(
    people: People, mailbox: Mailbox, poll_api: PollApi
) -> None:
    person = await people.registers()
    await asks(people, person.email)
    token = await sent(mailbox, person.email)
    with psycopg.connect(poll_api.database) as connection:
        connection.execute(
            "update password_resets set expires_at = now() where account_id = %s", (person.id,)
        )
    assert (await redeems(people, token)).status_code == 422
    assert (await people.tries(person.email, PASSWORD)).status_code == 200


async def test_one_of_two_links_that_is_used_spends_the_other(
    people: People, mailbox: Mailbox
) -> None:
    person = await people.registers()
    await asks(people, person.email)
    first = await sent(mailbox, person.email)
    await asks(people, person.email)
    second = await sent(mailbox, person.email, 2)
    assert (await redeems(people, second)).status_code == 204
    assert (await redeems(people, first)).status_code == 422


async def test_another_address_makes_links_sent_to_the_old_one_useless(
    people: People, mailbox: Mailbox
) -> None:
    person = await people.comes_in()
    await asks(people, person.email)
    token = await sent(mailbox, person.email)
    await people.changes(person, email=f"new-{person.email}", current_password=PASSWORD)
    assert (await redeems(people, token)).status_code == 422


async def test_a_bad_password_does_not_spend_the_link(people: People, mailbox: Mailbox) -> None:
    person = await people.registers()
    await asks(people, person.email)
    token = await sent(mailbox, person.email)
    refused = await redeems(people, token, "password123")
    assert refused.json()["errors"][0]["pointer"] == "/password"
    assert (await redeems(people, token)).status_code == 204


@pytest.mark.parametrize("token", ["x", "ct_rst_guess", "ct_rst_" + "A" * 43])
async def test_a_link_that_was_made_up_is_refused(people: People, token: str) -> None:
    assert (await redeems(people, token)).status_code == 422


async def test_an_account_gets_so_many_mails_and_no_more(people: People) -> None:
    for email in ((await people.registers()).email, "nobody-else@example.org"):
        assert [await asks(people, email) for _ in range(4)] == [202, 202, 202, 429]


async def test_with_the_mail_server_away_the_answer_is_the_same(with_mail: Settings) -> None:
    nowhere = {"smtp_url": SecretStr("smtp://127.0.0.1:1")}
    async with running(with_mail.model_copy(update=nowhere)) as api:
        people = People(api.client)
        person = await people.registers()
        assert await asks(people, person.email) == 202
        assert (await people.tries(person.email, PASSWORD)).status_code == 200


async def test_without_a_mail_server_it_says_so(settings: Settings) -> None:
    async with running(settings) as api:
        answer = await People(api.client).asks("POST", ASK, json={"email": "ann@example.org"})
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert "administrator" in answer.json()["detail"]


@pytest.mark.parametrize(
    "url", ["mail.example.org", "http://mail.example.org", "smtp://", "smtp://x:0", "smtp://x/path"]
)
async def test_a_mail_server_that_is_none_is_refused_at_the_start(
    settings: Settings, url: str
) -> None:
    values = settings.model_dump() | {"smtp_from": "a@example.org"}
    Settings.model_validate(values | {"smtp_url": "smtps://user:secret@mail.example.org:465"})
    with pytest.raises(ValidationError):
        Settings.model_validate(values | {"smtp_url": url})
    without = {"smtp_url": "smtp://mail.example.org", "smtp_from": None}
    with pytest.raises(ValidationError, match="SMTP_FROM"):
        Settings.model_validate(values | without)


async def test_the_administrator_gives_a_new_password(
    people: People, settings: Settings, poll_api: PollApi
) -> None:
    person = await people.comes_in()
    password = await _resets(settings, person.email.upper())
    assert (await people.reads(person)).status_code == 401
    assert (await people.tries(person.email, PASSWORD)).status_code == 401
    assert (await people.tries(person.email, password)).status_code == 200


async def test_there_is_no_password_for_an_address_without_an_account(settings: Settings) -> None:
    with pytest.raises(subprocess.CalledProcessError) as failed:
        await _resets(settings, "nobody@example.org")
    assert failed.value.stderr == "There is no account with this address.\n"


async def _resets(settings: Settings, email: str) -> str:
    command = [sys.executable, "-m", "poll_api", "account-reset", "--", email]
    environment = {
        "POLL_API_DATABASE_URL": settings.database_url.get_secret_value(),
        "KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers,
        "COMMONTIME_SERVICE_TOKEN": settings.service_token.get_secret_value(),
        "COMMONTIME_SIGNING_KEY": settings.signing_key.get_secret_value(),
        "COMMONTIME_PUBLIC_URL": settings.public_url,
        "AVAILABILITY_URL": settings.availability_url,
        "RECOMMENDER_URL": settings.recommender_url,
    }
    done = await asyncio.to_thread(
        subprocess.run, command, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()
