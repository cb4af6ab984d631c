import sys
from pathlib import Path

import pytest

from chassis.named_sql import load


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "some_queries"
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.delitem(sys.modules, "some_queries", raising=False)
    return folder


def test_statements_are_found_by_their_name(package: Path) -> None:
    (package / "queries.sql").write_text(
        "-- Preface.\n\n-- name: one\nselect 1;\n\n-- name: two\n-- why\nselect\n  2;\n"
    )
    assert load("some_queries") == {"one": b"select 1;", "two": b"-- why\nselect\n  2;"}


def test_two_statements_of_one_name_are_refused(package: Path) -> None:
    (package / "queries.sql").write_text("-- name: one\nselect 1\n-- name: one\nselect 2\n")
    with pytest.raises(KeyError, match="two statements named one"):
        load("some_queries")
