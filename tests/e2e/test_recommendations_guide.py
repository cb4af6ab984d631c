"""The commands of docs/recommendations-api.md, pasted as they stand, answer what is shown there."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "recommendations-api.md"
BETWEEN = "\x1e"
ANYTHING = "…"


@dataclass
class Example:
    """Commands, and the blocks under them that show what is answered, with their language."""

    heading: str
    commands: str
    shown: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])


def examples() -> list[Example]:
    found: list[Example] = []
    heading = ""
    blocks = r"^## (?P<heading>[^\n]*)$|^```(?P<language>\w+)\n(?P<block>.*?)^```$"
    for each in re.finditer(blocks, GUIDE.read_text(), re.MULTILINE | re.DOTALL):
        if each["heading"]:
            heading = each["heading"]
        elif each["language"] == "bash":
            found.append(Example(heading, each["block"]))
        else:
            found[-1].shown.append((each["language"], each["block"]))
    return found


EXAMPLES = examples()


@pytest.fixture(scope="module")
def answered(
    one_process: tuple[str, str], folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> list[str]:
    """What each of the examples prints, all pasted into one shell."""
    url, _ = one_process
    place = tmp_path_factory.mktemp("guide")
    home = folder / "one" / "home"
    (place / ".commontime").symlink_to(home if home.exists() else _named_home())
    (place / ".venv").symlink_to(ROOT / ".venv")
    commands = f"printf '{BETWEEN}'\n".join(example.commands for example in EXAMPLES)
    assert "http://localhost:8000" in commands
    ran = subprocess.run(
        ["bash", "-u", "-c", commands.replace("http://localhost:8000", url)],
        cwd=place,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.stderr == ""
    return ran.stdout.split(BETWEEN)


def _named_home() -> Path:
    return Path(os.environ.get("COMMONTIME_HOME", ROOT / ".commontime")).absolute()


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(number, id=f"{number} {example.heading}")
        for number, example in enumerate(EXAMPLES)
    ],
)
def test_the_answer_is_as_shown(answered: list[str], number: int) -> None:
    rest = answered[number].strip()
    for language, shown in EXAMPLES[number].shown:
        if language == "json":
            answer, end = json.JSONDecoder().raw_decode(rest)
            wrong = list(differences(json.loads(shown), answer, ""))
            assert not wrong, rest
            rest = rest[end:].lstrip()
        else:
            found = re.match(pattern_of(shown), rest)
            assert found, rest
            rest = rest[found.end() :].lstrip()
    assert rest == ""


def differences(shown: Any, answer: Any, where: str) -> Iterator[str]:
    """Where the answer is not as shown. Fields that are not shown may be there."""
    if shown == ANYTHING or (shown == answer and type(shown) is type(answer)):
        return
    if isinstance(shown, dict) and isinstance(answer, dict):
        fields = cast(dict[str, Any], answer)
        for name, value in cast(dict[str, Any], shown).items():
            if name not in fields:
                yield f"{where}/{name} is missing"
            else:
                yield from differences(value, fields[name], f"{where}/{name}")
    elif isinstance(shown, list) and isinstance(answer, list):
        wanted, items = cast(list[Any], shown), cast(list[Any], answer)
        if len(wanted) != len(items):
            yield f"{where} has {len(items)} items"
            return
        for number, (value, item) in enumerate(zip(wanted, items, strict=True)):
            yield from differences(value, item, f"{where}/{number}")
    else:
        yield f"{where} is {answer!r}"


def pattern_of(shown: str) -> str:
    return re.escape(shown.strip()).replace(ANYTHING, ".*")


def test_every_example_but_the_first_shows_an_answer() -> None:
    assert len(EXAMPLES) > 5
    assert all(example.shown for example in EXAMPLES[1:])
