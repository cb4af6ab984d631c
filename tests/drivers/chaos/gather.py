"""Reads what the checks need: stores, read models, what waits, what replicas answer."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import httpx
import psycopg

from chaos.checker.history import History, StoredFact
from chaos.checker.partners import Message, message_of
from chaos.checker.projections import READ_MODELS, Row
from chaos.crowd import Meeting
from chaos.deployment import ChaosDeployment

# consumer → what it follows, by the owner of each
FOLLOWED = {
    "poll-api": {"schedules": "availability"},
    "availability": {"polls": "poll-api"},
    "recommender": {"polls": "poll-api", "schedules": "availability"},
    "event-lifecycle": {"polls": "poll-api", "schedules": "availability"},
}
STORES = ("poll-api", "availability", "event-lifecycle")
_FACTS = """
select position, stream, version, key, sequence, id::text, type, data, recorded_at,
    hashtext(data::text)
from events order by position
"""
_WAITING: Mapping[str, str] = {
    "facts in the outbox": "select count(*) from outbox",
    "states on their way": "select count(*) from outgoing_states",
    # Also those that are about to fire: the checks read one thing after the other.
    "timers": "select count(*) from timers where due_at < now() + interval '30 seconds'",
    "deliveries": "select count(*) from webhook_deliveries where state = 'pending'",
    # Of a poll that nobody opened (a forged key made a row for it) there is nothing to tell.
    "recommendations": """select count(*) from emissions join known_polls using (poll_id)
        where due > emitted""",
}


class Gather:
    """As the server's administrator, who reads everything."""

    def __init__(self, deployment: ChaosDeployment) -> None:
        self._deployment = deployment

    def history(self) -> History:
        facts: list[StoredFact] = []
        for service in STORES:
            for (
                position,
                stream,
                version,
                key,
                sequence,
                id_,
                type_,
                data,
                at,
                digest,
            ) in self._rows(service, _FACTS):
                short = type_.removeprefix("commontime.").rpartition(".")[0]
                facts.append(
                    StoredFact(
                        *(service, position, stream, version, key, sequence, id_, short, data, at),
                        digest,
                    )
                )
        return History(facts)

    def now(self) -> datetime:
        return next(self._rows("poll-api", "select now()"))[0]

    def waiting(self) -> dict[str, int]:
        """What is not at rest yet."""
        found: dict[str, int] = {}
        for service in FOLLOWED:
            for what, statement in _WAITING.items():
                table = statement.partition(" from ")[2].partition(" ")[0]
                if self._has(service, table):
                    count = next(self._rows(service, statement))[0]
                    found[f"{what} of {service}"] = count
        heads = self.heads()
        for service in FOLLOWED:
            seen = self._seen(service)
            behind = [
                place
                for place, head in heads.items()
                if place[0] in FOLLOWED[service] and seen.get(place, 0) < head
            ]
            found[f"keys behind in {service}"] = len(behind)
        return {what: count for what, count in found.items() if count}

    def heads(self) -> dict[tuple[str, str], int]:
        """(source, key) to the sequence its owner has."""
        owners = {"polls": "poll-api", "schedules": "availability"}
        return {
            (label, key): sequence
            for label, owner in owners.items()
            for key, sequence in self._rows(
                owner, "select key, sequence from keys where sequence > 0"
            )
        }

    def parked(self) -> dict[tuple[str, str, str], int]:
        return {
            (service, source, key): sequence
            for service in FOLLOWED
            for source, key, sequence in self._rows(
                service, "select source, key, sequence from parked"
            )
        }

    def read_models(self) -> dict[tuple[str, str], list[Row]]:
        found: dict[tuple[str, str], list[Row]] = {}
        for service, tables in READ_MODELS.items():
            for table, columns in tables.items():
                statement = f"select {columns} from {table}"  # both are constants
                found[service, table] = list(self._rows(service, statement))
        return found

    def polls(self) -> dict[str, tuple[str, int]]:
        rows = self._rows("poll-api", "select poll_id::text, state, version from polls")
        return {id_: (state, version) for id_, state, version in rows}

    def answered(self) -> dict[str, bool]:
        return dict(
            self._rows("availability", "select participant_id::text, answered from participants")
        )

    def events(self) -> dict[str, tuple[str, int, str | None]]:
        statement = "select event_id::text, status, version, completed_by from scheduled_events"
        rows = self._rows("event-lifecycle", statement)
        return {id_: (status, version, by) for id_, status, version, by in rows}

    def told_of_polls(self) -> dict[tuple[str, int], str]:
        """What recommender keeps of each fact about a poll."""
        statement = "select poll_id::text, sequence, type from poll_history"
        return {
            (id_, sequence): type_ for id_, sequence, type_ in self._rows("recommender", statement)
        }

    def dead_deliveries(self) -> set[Message]:
        """What the API shows of messages that were given up."""
        client = httpx.Client(
            base_url=self._deployment.url,
            headers={"Authorization": f"Bearer {self._deployment.admin_token}"},
            timeout=10,
        )
        found: set[Message] = set()
        with client:
            after: dict[str, Any] = {}
            while True:
                query = {"state": "dead", "limit": 100, **after}
                page = client.get("/api/v1/webhooks/deliveries", params=query).json()
                for item in page["items"]:
                    shown = client.get(f"/api/v1/webhooks/messages/{item['message_id']}")
                    body = shown.json()["body"]
                    found.add(message_of(body.encode() if isinstance(body, str) else _json(body)))
                if page["next"] is None:
                    return found
                after = {"after": page["next"]}

    def recommendations(self, meetings: list[Meeting]) -> dict[str, list[tuple[int, bytes, Any]]]:
        """Of each living poll, from each replica itself and not through the gateway."""
        found: dict[str, list[tuple[int, bytes, Any]]] = {}
        with httpx.Client(timeout=10) as client:
            for meeting in meetings:
                for replica in self._deployment.of("recommender"):
                    answer = client.get(
                        f"{replica.url}{meeting.path}/recommendations",
                        headers={"Authorization": f"Bearer {meeting.organiser}"},
                    )
                    body = answer.json() if answer.status_code == 200 else None
                    one = (answer.status_code, answer.content, body)
                    found.setdefault(meeting.id, []).append(one)
        return found

    def _seen(self, service: str) -> dict[tuple[str, str], int]:
        rows = self._rows(service, "select source, key, sequence from seen")
        return {(source, key): sequence for source, key, sequence in rows}

    def _has(self, service: str, table: str) -> bool:
        (found,) = next(self._rows(service, "select to_regclass(%s)", table))
        return found is not None

    def _rows(self, service: str, statement: str, *values: str) -> Iterator[Any]:
        url = self._deployment.postgres.url(service.replace("-", "_"))
        with psycopg.connect(url, connect_timeout=10) as connection:
            yield from connection.execute(statement.encode(), values or None).fetchall()


def _json(body: Any) -> bytes:
    return json.dumps(body).encode()
