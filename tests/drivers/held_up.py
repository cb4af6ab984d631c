"""Makes what a service does in its database take long, and sees that it is in the midst of it."""

from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager

import psutil
import psycopg

from commontime_driver import Poll, eventually
from rolling import GRACE_S
from separate_processes import Replica, SeparateProcesses

SLOW_FACTS = """
create function take_long() returns trigger language plpgsql as
    'begin perform pg_sleep(1.5); return new; end';
create trigger take_long before insert on events for each row execute function take_long();
"""
QUICK_FACTS = "drop trigger take_long on events; drop function take_long()"


def asked(
    deployment: SeparateProcesses, name: str, query: str, *parameters: str
) -> list[tuple[int | str, ...]]:
    service = deployment.of(name)[0].service
    with psycopg.connect(deployment.administered(service), autocommit=True) as connection:
        return connection.execute(query.encode(), parameters or None).fetchall()


@contextmanager
def locked(
    deployment: SeparateProcesses, name: str, poll: Poll, table: str = "keys"
) -> Generator[Callable[[], None]]:
    """Whoever writes about the poll waits, until what is given is called or at the end."""
    service = deployment.of(name)[0].service
    with psycopg.connect(deployment.administered(service)) as holder:
        holder.execute(f"select from {table} where key = %s for update".encode(), (poll.id,))
        yield holder.rollback


async def waits_for_a_lock(deployment: SeparateProcesses, name: str) -> None:
    query = (
        "select count(*) from pg_stat_activity"
        " where datname = current_database() and wait_event_type = 'Lock'"
    )

    async def look() -> bool:
        return asked(deployment, name, query) != [(0,)]

    await eventually(look, lambda waits: waits)


def whoever_waits(deployment: SeparateProcesses, name: str) -> Replica:
    """The replica with a statement that waits for a lock."""
    query = (
        "select client_port from pg_stat_activity"
        " where datname = current_database() and wait_event_type = 'Lock'"
    )
    ports = {port for (port,) in asked(deployment, name, query)}
    return next(each for each in deployment.of(name) if ports & ports_of(each))


def ports_of(replica: Replica) -> set[int]:
    assert replica.child
    return {made.laddr.port for made in psutil.Process(replica.child.pid).net_connections()}


async def is_storing(deployment: SeparateProcesses, name: str, work: str) -> None:
    """The background work is in the midst of a statement that takes long."""
    query = (
        "select count(*) from pg_stat_activity"
        " where datname = current_database() and application_name = %s and wait_event = 'PgSleep'"
    )

    async def look() -> bool:
        return asked(deployment, name, query, work) != [(0,)]

    await eventually(look, lambda stores: stores)


async def is_gone(deployment: SeparateProcesses, name: str, work: str) -> None:
    """No replica has a connection for this work any more."""
    query = (
        "select count(*) from pg_stat_activity"
        " where datname = current_database() and application_name = %s"
    )

    async def look() -> bool:
        return asked(deployment, name, query, work) == [(0,)]

    await eventually(look, lambda gone: gone, GRACE_S)


def stops(deployment: SeparateProcesses, replica: Replica) -> int:
    """How often it has answered its last request, and begun to end what else it does."""
    log = deployment.folder / f"{replica.name}.log"
    return log.read_text().count("Waiting for application shutdown.")


async def ends_its_work(deployment: SeparateProcesses, replica: Replica, stopped: int) -> None:
    """It stops once more than the `stopped` times before."""

    async def look() -> int:
        return stops(deployment, replica)

    await eventually(look, lambda count: count > stopped, GRACE_S)


@asynccontextmanager
async def facts_take_long(deployment: SeparateProcesses, name: str) -> AsyncGenerator[None]:
    asked_nothing(deployment, name, SLOW_FACTS)
    try:
        yield
    finally:
        asked_nothing(deployment, name, QUICK_FACTS)


def asked_nothing(deployment: SeparateProcesses, name: str, statements: str) -> None:
    service = deployment.of(name)[0].service
    with psycopg.connect(deployment.administered(service), autocommit=True) as connection:
        connection.execute(statements.encode())
