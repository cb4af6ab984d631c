"""Who tries too often is held up; who waits for a password does not hold up others."""

import asyncio
from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio

from chassis.problems import Problem
from poll_api.accounts.passwords import MOST_WAITING, Passwords
from poll_api.accounts.testing import ACCOUNTS, PASSWORD, People
from poll_api.settings import Settings
from poll_api.testing import PollApi, running

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def poll_api(settings: Settings) -> AsyncGenerator[PollApi]:
    limits = {
        "sign_in_limit_per_address": "1/h burst 12",
        "sign_in_limit_per_account": "1/h burst 3",
        "registration_limit_per_address": "1/h burst 3",
    }
    async with running(settings.model_copy(update=limits)) as api:
        yield api


async def test_an_account_is_tried_so_often_and_no_more(people: People) -> None:
    victim, other = await people.registers(), await people.registers()
    for _ in range(3):
        assert (await people.tries(victim.email, "not the password")).status_code == 401
    for email in (victim.email, victim.email.upper()):
        refused = await people.tries(email, PASSWORD)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
        assert int(refused.headers["retry-after"]) > 3000
    assert (await people.tries(other.email, PASSWORD)).status_code == 200
    # Nobody learns from it which addresses have an account.
    for _ in range(3):
        assert (await people.tries("nobody@example.org", PASSWORD)).status_code == 401
    assert (await people.tries("nobody@example.org", PASSWORD)).status_code == 429
    # Twelve from one address, whoever's accounts they were.
    statuses = [(await people.tries(f"{n}@example.org", PASSWORD)).status_code for n in range(12)]
    assert 429 in statuses
    assert (await people.tries(other.email, PASSWORD)).status_code == 429


async def test_an_address_registers_so_many_accounts_and_no_more(people: People) -> None:
    body = {"email": "one-more@example.org", "password": PASSWORD}
    statuses = [(await people.asks("POST", ACCOUNTS, json=body)).status_code for _ in range(4)]
    assert statuses[-1] == 429


async def test_so_many_passwords_wait_and_no_more() -> None:
    passwords = Passwords(10, threads=1)
    waiting = [asyncio.create_task(passwords.hash(PASSWORD)) for _ in range(MOST_WAITING + 1)]
    done = await asyncio.gather(*waiting, return_exceptions=True)
    refused = [one for one in done if isinstance(one, Problem)]
    assert [problem.code for problem in refused] == ["overloaded"]
    # There is room again.
    right, _ = await passwords.verify(PASSWORD, await passwords.hash(PASSWORD))
    assert right
    passwords.close()


async def test_whoever_no_longer_waits_leaves_room() -> None:
    passwords = Passwords(10, threads=1)
    for _ in range(3):
        waiting = [asyncio.create_task(passwords.hash(PASSWORD)) for _ in range(MOST_WAITING)]
        await asyncio.sleep(0)
        for one in waiting:
            one.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    passwords.close()
