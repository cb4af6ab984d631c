"""What one can say to a running instance."""

import json
import signal
from collections.abc import Iterator

import psycopg
import pytest

from standalone.api import Api
from standalone.environment import database_url
from standalone.services import SERVICES
from standalone.testing import Instance, eventually


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    instance = Instance(tmp_path_factory.mktemp("running"))
    instance.ups()
    instance.is_up()
    yield instance
    instance.signals(signal.SIGTERM)
    instance.ends()


def test_the_demo_ends_with_an_event_and_the_links(running: Instance) -> None:
    played = running.says("demo")
    assert played.returncode == 0, played.stderr
    assert "  1. 20" in played.stdout
    assert "its event is pending: http://127.0.0.1" in played.stdout
    assert f"answer     {running.running.url}/" in played.stdout


def test_a_rebuild_leaves_the_read_models_as_they_were(running: Instance) -> None:
    running.says("demo")
    eventually(lambda: _every_poll_has_its_leading_time(running))
    before = _row_counts(running)
    rebuilt = running.says("rebuild")
    assert rebuilt.returncode == 0, rebuilt.stderr
    assert _row_counts(running) == before


def test_facts_are_published_again_on_request(running: Instance) -> None:
    done = running.says("republish")
    assert done.returncode == 0, done.stderr
    names = ("poll-api", "availability", "recommender", "event-lifecycle")
    assert done.stdout.splitlines() == [f"{name} publishes again." for name in names]


def test_the_status_says_where_it_runs_and_what_it_weighs(running: Instance) -> None:
    shown = running.says("status")
    assert shown.returncode == 0
    assert running.running.url in shown.stdout
    for name, pid in running.running.children.items():
        assert f"{name:24} process {pid}" in shown.stdout


def test_no_secret_is_shown_or_logged(running: Instance) -> None:
    running.says("demo")
    secrets = [file.read_text() for file in (running.home.folder / "secrets").iterdir()]
    logs = [log.read_text() for log in (running.home.folder / "logs").iterdir()]
    shown = [running.words(), running.says("status").stdout, running.says("doctor").stdout]
    assert len(secrets) >= 9
    assert not [text for text in (*logs, *shown) for secret in secrets if secret in text]


def test_somebody_who_cannot_sign_in_gets_a_new_password(running: Instance) -> None:
    api, email = Api(running.running.url), "ann@example.org"
    api.call("POST", "/api/v1/accounts", None, {"email": email, "password": "nine green bottles"})
    done = running.says("account", "reset", email)
    assert done.returncode == 0, done.stderr
    password = done.stdout.splitlines()[0].rpartition(" ")[2]
    body = {"email": email, "password": password}
    assert api.call("POST", "/api/v1/sessions", None, body).body["token_type"] == "Bearer"
    unknown = running.says("account", "reset", "nobody@example.org")
    assert unknown.returncode == 1
    assert unknown.stderr == "There is no account with this address.\n"


def test_an_operator_answers_somebody_who_has_no_link(running: Instance) -> None:
    api = Api(running.running.url)
    window = {"start": "2031-03-03T09:00:00Z", "end": "2031-03-03T17:00:00Z"}
    plan = {"title": "Planning", "timezone": "UTC", "window": window, "duration": "PT1H"}
    poll = api.call("POST", "/api/v1/polls", None, plan).body
    path, link = f"/api/v1/polls/{poll['id']}/participants", poll["capabilities"]["answer"]
    ann = api.call("POST", path, link, {"name": "Ann", "note": "vegan"}).body
    shown = running.says("export-participant", poll["id"], ann["id"])
    assert shown.returncode == 0, shown.stderr
    assert json.loads(shown.stdout)["profile"]["note"] == "vegan"
    erased = running.says("erase-participant", poll["id"], ann["id"])
    assert erased.returncode == 0, erased.stderr
    assert api.call("GET", path, link).body["items"] == []
    again = running.says("erase-participant", poll["id"], ann["id"])
    assert (again.returncode, "nothing changed" in again.stdout) == (0, True)
    refused = running.says("export-participant", poll["id"], "ann")
    assert refused.returncode == 1
    assert refused.stderr == "The ids of a poll and a participant are UUIDs; these are not.\n"


def test_commands_without_an_instance_say_how_to_start_one(instance: Instance) -> None:
    for command in ("demo", "rebuild", "republish"):
        refused = instance.says(command)
        assert refused.returncode == 1
        assert refused.stderr.endswith("start it with `commontime up`.\n")
        assert refused.stderr.count("\n") == 1


def _every_poll_has_its_leading_time(instance: Instance) -> bool:
    """Whether the longest way of a fact has been gone: availability, recommender, poll-api."""
    counts = _row_counts(instance)
    return counts["poll-api leading_times"] == counts["poll-api polls"]


def _row_counts(instance: Instance) -> dict[str, int]:
    """Count the rows of every table of every service, but those that time alone changes."""
    counts: dict[str, int] = {}
    for service in SERVICES:
        url = database_url(instance.home, instance.running.database, service)
        with psycopg.connect(url) as connection:
            tables = connection.execute(
                "select tablename from pg_tables where schemaname = 'public'"
            ).fetchall()
            for (table,) in tables:
                query = f'select count(*) from "{table}"'.encode()
                found = connection.execute(query).fetchone()
                assert found
                counts[f"{service.name} {table}"] = found[0]
    transient = (
        "events",
        "outbox",
        "outgoing_states",
        "timers",
        "deliveries",
        "attempts",
        "messages",
    )
    return {name: count for name, count in counts.items() if not name.endswith(transient)}
