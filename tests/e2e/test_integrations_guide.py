"""The commands of docs/integrations.md, pasted as they stand, answer what is shown there."""

import re
import shutil
from pathlib import Path

import pytest
from guide import ROOT, examples, paste

from contracts.webhooks import MESSAGES
from standalone.ports import free_port

GUIDE = ROOT / "docs" / "integrations.md"
EXAMPLES = examples(GUIDE)


def missing(commands: str) -> bool:
    return "kcat" in commands and shutil.which("kcat") is None


@pytest.fixture(scope="module")
def answered(
    one_process: tuple[str, str], home: Path, tmp_path_factory: pytest.TempPathFactory
) -> list[str]:
    """What each of the examples prints, all pasted into one shell."""
    url, _ = one_process
    place = tmp_path_factory.mktemp("guide")
    commands = ["" if missing(example.commands) else example.commands for example in EXAMPLES]
    port = free_port()
    replaced = {
        "http://localhost:8000": url,
        "http://localhost:9000": f"http://localhost:{port}",
        "receiver.py 9000": f"receiver.py {port}",
    }
    return paste(commands, place, home, replaced)


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(number, id=f"{number} {example.heading}")
        for number, example in enumerate(EXAMPLES)
    ],
)
def test_the_answer_is_as_shown(answered: list[str], number: int) -> None:
    if missing(EXAMPLES[number].commands):
        pytest.skip("kcat is not installed (Debian: apt-get install kcat)")
    assert EXAMPLES[number].shown
    assert EXAMPLES[number].differences(answered[number]) == []


def test_code_that_is_shown_is_that_of_the_examples() -> None:
    code = [path.read_text() for path in (GUIDE.parent / "examples").glob("*.py")]
    shown = re.findall(r"^```python\n(.*?)^```$", GUIDE.read_text(), re.M | re.S)
    assert shown
    for block in shown:
        assert any(block in whole for whole in code), block


def test_every_type_of_message_is_listed_with_what_it_means() -> None:
    listed = dict(re.findall(r"^\| `([a-z]+\.[a-z]+)` \| ([^|]*) \|$", GUIDE.read_text(), re.M))
    assert listed == {type_: message.description for type_, message in MESSAGES.items()}
