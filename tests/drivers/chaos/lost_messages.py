"""Facts that are stored and never sent, as if Kafka had lost them; and which those were."""

import psycopg

from chaos.deployment import ChaosDeployment

_HOLD_BACK = """
create table if not exists lost_messages (position bigint primary key);
create or replace function hold_back() returns trigger language plpgsql security definer
set search_path = public as $$
begin
    insert into lost_messages values (new.position) on conflict do nothing;
    return null;
end
$$;
create or replace trigger hold_back before insert on outbox for each row
execute function hold_back();
"""
_LET_GO = "drop trigger if exists hold_back on outbox"


def hold_back(deployment: ChaosDeployment, service: str) -> None:
    """From now on nothing that the service stores reaches its topic."""
    _execute(deployment, service, _HOLD_BACK)


def let_go(deployment: ChaosDeployment, service: str) -> None:
    _execute(deployment, service, _LET_GO)


def _execute(deployment: ChaosDeployment, service: str, statements: str) -> None:
    url = deployment.postgres.url(service.replace("-", "_"))
    with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
        connection.execute("set lock_timeout = '3s'")
        connection.execute(statements.encode())


def lost(deployment: ChaosDeployment) -> set[tuple[str, int]]:
    """(service, position) of all that was held back; forgets them."""
    found: set[tuple[str, int]] = set()
    for service in deployment.services:
        with psycopg.connect(deployment.postgres.url(service.database)) as connection:
            if connection.execute("select to_regclass('lost_messages')").fetchone() == (None,):
                continue
            rows = connection.execute("select position from lost_messages").fetchall()
            found |= {(service.name, position) for (position,) in rows}
            connection.execute("drop table lost_messages")
    return found
