"""The usual worker: one delivery after the other, posted with httpx, recorded, committed.

As small as it can honestly be: the same rows, the same signature, the same partners.
"""

import asyncio
import sys
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

import httpx
import psycopg

from event_lifecycle.webhooks.sealing import Seal
from event_lifecycle.webhooks.signing import signature
from standalone.lone_service import LoneService

_DUE = """
select d.id, e.url, m.n, m.body, e.id, e.secret_sealed
from webhook_deliveries d
join webhook_messages m on (m.n, m.created_at) = (d.message, d.created_at)
join webhook_endpoints e on e.id = d.endpoint
where d.state = 'pending'
order by d.id
"""
_DONE = """
with logged as (
    insert into webhook_attempts (delivery, n, at, status, ms, response_excerpt)
    values (%(id)s, 1, %(at)s, %(status)s, %(ms)s, '')
)
update webhook_deliveries set state = 'delivered', done_at = now() where id = %(id)s
"""


async def rate(service: LoneService) -> float:
    """Deliveries per second of what is pending, in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", __name__, service.database, service.encryption_key),
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    return float(out)


def main(database: str, encryption_key: str) -> float:
    seal = Seal(encryption_key)
    with psycopg.connect(database, autocommit=True) as connection, httpx.Client() as client:
        due: list[Any] = connection.execute(_DUE).fetchall()
        begun = perf_counter()
        for id_, url, n, body, endpoint, sealed in due:
            at = datetime.now(UTC)
            answer = client.post(
                url, content=body, headers=_headers(n, at, body, seal.open(sealed, endpoint))
            )
            answer.raise_for_status()
            ms = (datetime.now(UTC) - at).microseconds // 1_000
            row = {"id": id_, "at": at, "status": answer.status_code, "ms": ms}
            connection.execute(_DONE, row)
        return len(due) / (perf_counter() - begun)


def _headers(n: int, at: datetime, body: bytes, secret: bytes) -> dict[str, str]:
    timestamp = int(at.timestamp())
    return {
        "content-type": "application/json",
        "webhook-id": f"msg_{n}",
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(secret, f"msg_{n}", timestamp, body),
    }


if __name__ == "__main__":
    print(main(*sys.argv[1:]))
