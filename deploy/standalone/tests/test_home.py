"""The home folder: private, locked by one launcher, with secrets that stay."""

from pathlib import Path

import pytest

from standalone.home import LARGEST_LOG, AlreadyRunning, Home, Running

RUNNING = Running(1, "http://127.0.0.1:1", "127.0.0.1:2", "postgresql://", {"Kafka": 3})


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.create()
    return home


def test_only_the_owner_may_look_inside(home: Home) -> None:
    home.secret("key")
    home.write_running(RUNNING)
    modes = {path.name: path.stat().st_mode & 0o777 for path in home.folder.rglob("*")}
    assert home.folder.stat().st_mode & 0o777 == 0o700
    assert modes == {"logs": 0o700, "secrets": 0o700, "key": 0o600, "running.json": 0o600}


def test_a_secret_is_made_once_and_differs_from_every_other(home: Home) -> None:
    first = home.secret("one")
    assert home.secret("one") == first
    assert home.secret("two") != first
    assert len(first) >= 43


def test_a_second_launcher_is_refused_and_told_where_the_first_runs(home: Home) -> None:
    with home.lock():
        home.write_running(RUNNING)
        assert home.is_locked()
        with pytest.raises(AlreadyRunning, match=r"http://127.0.0.1:1 .* `commontime down`"):
            home.lock().__enter__()
    assert not home.is_locked()


def test_who_runs_can_be_read_back_until_it_is_cleared(home: Home) -> None:
    assert home.running() is None
    home.write_running(RUNNING)
    assert home.running() == RUNNING
    home.clear_running()
    assert home.running() is None


def test_a_spoilt_note_of_who_runs_counts_as_none(home: Home) -> None:
    (home.folder / "running.json").write_text('{"launcher": 1')
    assert home.running() is None


def test_a_large_log_makes_room_at_the_next_start(home: Home) -> None:
    with home.log("kafka").open("wb") as log:
        log.truncate(LARGEST_LOG + 1)
    home.create()
    assert [path.name for path in (home.folder / "logs").iterdir()] == ["kafka.log.1"]
