"""`commontime up` as a process: it comes up, survives what happens to it, and leaves nothing."""

import signal
import socket
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from standalone.ports import free_port
from standalone.provisioning import owner_of
from standalone.services import SERVICES
from standalone.testing import Instance, eventually

CHILDREN = ("Kafka", "PostgreSQL", "The services' process")


def test_a_first_start_prints_the_urls_and_ctrl_c_leaves_only_the_data(instance: Instance) -> None:
    instance.ups()
    instance.is_up()
    assert f"http://127.0.0.1:{instance.port}/docs" in instance.words()
    assert instance.status("/readyz") == 200
    assert instance.status("/docs") == 200
    assert instance.status("/openapi.json") == 200
    assert "runs at" in instance.says("status").stdout
    assert instance.status("/-/poll-api/internal/v1/heads") == 404
    token = instance.home.secret("service-token")
    assert instance.status("/-/poll-api/internal/v1/heads", token) == 200
    for shown, status in ((None, 401), (token, 200), (instance.home.secret("admin-token"), 200)):
        for service in SERVICES:
            assert instance.status(f"/-/{service.name}/metrics", shown) == status
    _write(instance)
    instance.signals(signal.SIGINT)
    assert instance.ends() == 0
    assert instance.words().endswith("Everything has stopped.\n")
    instance.leaves_nothing()
    assert instance.says("status").returncode == 3

    instance.ups()
    instance.is_up()
    assert _read(instance) == [(1,)]
    assert instance.says("down").stdout == "Stopped.\n"
    assert instance.ends() == 0
    instance.leaves_nothing()


def test_after_kill_9_of_the_launcher_nothing_runs_and_it_starts_again(instance: Instance) -> None:
    instance.ups()
    instance.is_up()
    _write(instance)
    instance.signals(signal.SIGKILL)
    instance.ends()
    instance.leaves_nothing()
    assert (instance.home.postgres_data / "postmaster.pid").exists()

    instance.ups()
    instance.is_up()
    assert _read(instance) == [(1,)]


def test_whatever_is_killed_is_started_again(instance: Instance) -> None:
    instance.ups()
    instance.is_up()
    for name in CHILDREN:
        killed = instance.running.children[name]
        psutil.Process(killed).kill()
        eventually(lambda: instance.running.children[name] != killed)  # noqa: B023 - called at once
        eventually(lambda: instance.status("/readyz") == 200, 60)
        assert f"{name} ended (code -9); starting it again." in instance.words()
    instance.signals(signal.SIGTERM)
    assert instance.ends() == 0
    instance.leaves_nothing()


def test_a_second_ctrl_c_is_quick_and_leaves_nothing_either(instance: Instance) -> None:
    instance.ups()
    instance.is_up()
    instance.signals(signal.SIGHUP)
    eventually(lambda: "Stopping (SIGHUP)" in instance.words())
    instance.signals(signal.SIGINT)
    assert instance.ends() == 0
    instance.leaves_nothing()


def test_ctrl_c_during_the_start_leaves_nothing(instance: Instance) -> None:
    instance.ups()
    eventually(lambda: "Starting" in instance.words(), 60)
    instance.signals(signal.SIGINT)
    assert instance.ends() == 0
    instance.leaves_nothing()


def test_a_user_who_is_not_root_may_run_it_under_a_strict_umask(
    instance_of_a_user: Instance,
) -> None:
    instance_of_a_user.ups()
    instance_of_a_user.is_up()
    instance_of_a_user.signals(signal.SIGINT)
    assert instance_of_a_user.ends() == 0
    instance_of_a_user.leaves_nothing()


def test_servers_named_by_settings_are_used_instead_of_our_own(
    instance: Instance, postgres_server: str, kafka_bootstrap: str, topic_prefix: str
) -> None:
    named = {
        "COMMONTIME_DATABASE_URL": postgres_server,
        "KAFKA_BOOTSTRAP_SERVERS": kafka_bootstrap,
        "KAFKA_TOPIC_PREFIX": topic_prefix,
    }
    try:
        instance.ups(named)
        instance.is_up()
        assert list(instance.running.children) == ["The services' process"]
        assert instance.says("demo").returncode == 0
        instance.signals(signal.SIGINT)
        assert instance.ends() == 0
        assert not instance.home.postgres_data.exists()
        assert not instance.home.kafka_data.exists()
    finally:
        _remove_databases(postgres_server)


def test_a_second_launcher_on_the_home_is_refused_in_one_sentence(instance: Instance) -> None:
    instance.home.create()
    with instance.home.lock():
        instance.ups()
        assert instance.ends() == 1
    assert instance.words().startswith(f"Commontime already runs on {instance.home.folder}")
    assert instance.words().count("\n") == 1


def test_a_taken_port_is_refused_in_one_sentence(instance: Instance) -> None:
    with socket.create_server(("127.0.0.1", instance.port)):
        instance.ups()
        assert instance.ends() == 1
    assert instance.words().startswith(f"Port {instance.port} is taken")
    assert instance.words().count("\n") == 1
    instance.leaves_nothing()


def test_a_first_start_without_a_network_is_refused_in_one_sentence(
    instance: Instance, tmp_path: Path
) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    cache = str(tmp_path / "cache")
    instance.ups({"COMMONTIME_CACHE": cache, "MAVEN_REPOSITORY_URL": nowhere})
    assert instance.ends() == 1
    assert "could not be downloaded" in instance.words()
    assert "MAVEN_REPOSITORY_URL" in instance.words()
    assert instance.words().count("\n") == 1
    instance.leaves_nothing()


def test_a_wrong_setting_is_refused_in_one_sentence(instance: Instance) -> None:
    instance.ups({"COMMONTIME_PORT": "many"})
    assert instance.ends() == 1
    assert instance.words().startswith("Wrong settings: COMMONTIME_PORT")
    assert instance.words().count("\n") == 1


def test_the_doctor_finds_this_machine_healthy(instance: Instance) -> None:
    found = instance.says("doctor")
    assert found.returncode == 0, found.stdout
    assert "PostgreSQL 18" in found.stdout.replace("(PostgreSQL)", "PostgreSQL")
    assert "WRONG" not in found.stdout


def test_a_reset_deletes_everything_but_only_when_told_so(instance: Instance) -> None:
    instance.home.create()
    instance.home.secret("admin-token")
    assert instance.says("reset").returncode == 1
    assert instance.home.secret_file("admin-token").exists()
    assert instance.says("reset", "--yes").returncode == 0
    assert {path.name for path in instance.home.folder.iterdir()} <= {"lock"}


def _remove_databases(server: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        for service in SERVICES:
            name = sql.Identifier(service.database)
            connection.execute(sql.SQL("drop database if exists {} with (force)").format(name))
            for role in (service.database, owner_of(service.database)):
                drop = sql.SQL("drop role if exists {}").format(sql.Identifier(role))
                connection.execute(drop)


def _write(instance: Instance) -> None:
    with psycopg.connect(instance.running.database) as connection:
        connection.execute("create table kept (number int)")
        connection.execute("insert into kept values (1)")


def _read(instance: Instance) -> list[tuple[int]]:
    with psycopg.connect(instance.running.database) as connection:
        return connection.execute("select number from kept").fetchall()
