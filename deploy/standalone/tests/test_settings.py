from pathlib import Path

import pytest

from standalone.settings import Settings


def test_the_users_home_and_host_are_not_taken_for_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"HOME": "/home/somebody", "HOST": "0.0.0.0", "PORT": "1"}.items():
        monkeypatch.setenv(name, value)
        monkeypatch.delenv(f"COMMONTIME_{name}", raising=False)
    settings = Settings()
    assert (settings.home, settings.host, settings.port) == (Path(".commontime"), "127.0.0.1", 8000)


def test_our_own_variables_count_and_empty_ones_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMMONTIME_HOME", "elsewhere")
    monkeypatch.setenv("COMMONTIME_PORT", "")
    settings = Settings()
    assert (settings.home, settings.port) == (Path("elsewhere"), 8000)
