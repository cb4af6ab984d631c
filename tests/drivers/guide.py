"""A guide under docs/: its commands, pasted as they stand, and what it shows to be answered."""

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

ROOT = Path(__file__).parents[2]
BETWEEN = "\x1e"
ANYTHING = "…"


@dataclass
class Example:
    """Commands, and the blocks under them that show what is answered, with their language."""

    heading: str
    commands: str
    shown: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def differences(self, answered: str) -> list[str]:
        """Where what is answered is not as shown; JSON may have fields that are not shown."""
        rest = answered.strip()
        for language, shown in self.shown:
            if language == "json":
                answer, end = json.JSONDecoder().raw_decode(rest)
                if wrong := list(_differences(json.loads(shown), answer, "")):
                    return wrong
            else:
                found = re.match(re.escape(shown.strip()).replace(ANYTHING, ".*"), rest)
                if found is None:
                    return [f"not as shown: {rest!r}"]
                end = found.end()
            rest = rest[end:].lstrip()
        return [f"not shown: {rest!r}"] if rest else []


def examples(guide: Path) -> list[Example]:
    """Its bash blocks in order, each with the blocks up to the next."""
    found: list[Example] = []
    heading = ""
    blocks = r"^##+ (?P<heading>[^\n]*)$|^```(?P<language>\w+)\n(?P<block>.*?)^```$"
    for each in re.finditer(blocks, guide.read_text(), re.MULTILINE | re.DOTALL):
        if each["heading"]:
            heading = each["heading"]
        elif each["language"] == "bash":
            found.append(Example(heading, each["block"]))
        elif found and each["language"] in {"json", "text"}:
            found[-1].shown.append((each["language"], each["block"]))
    return found


def paste(commands: list[str], place: Path, home: Path, replaced: Mapping[str, str]) -> list[str]:
    """What each prints, all pasted into one shell in a folder that looks like the checkout.

    `home` is the instance's; `replaced` are addresses of the guide by those under test, and are
    put back into what is printed.
    """
    (place / ".commontime").symlink_to(home)
    for name in (".venv", "docs"):
        (place / name).symlink_to(ROOT / name)
    # What the guide leaves running ends with the shell.
    pasted = "trap 'jobs -p | xargs -r kill' EXIT\n" + f"printf '{BETWEEN}'\n".join(commands)
    for shown, real in replaced.items():
        assert shown in pasted
        pasted = pasted.replace(shown, real)
    ran = subprocess.run(
        ["bash", "-u", "-c", pasted],
        cwd=place,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert ran.stderr == "", ran.stderr
    printed = ran.stdout
    for shown, real in replaced.items():
        printed = printed.replace(real, shown)
    return printed.split(BETWEEN)


def _differences(shown: Any, answer: Any, where: str) -> Iterator[str]:
    if shown == ANYTHING or (shown == answer and type(shown) is type(answer)):
        return
    if isinstance(shown, dict) and isinstance(answer, dict):
        fields = cast(dict[str, Any], answer)
        for name, value in cast(dict[str, Any], shown).items():
            if name not in fields:
                yield f"{where}/{name} is missing"
            else:
                yield from _differences(value, fields[name], f"{where}/{name}")
    elif isinstance(shown, list) and isinstance(answer, list):
        wanted, items = cast(list[Any], shown), cast(list[Any], answer)
        if len(wanted) != len(items):
            yield f"{where} has {len(items)} items"
            return
        for number, (value, item) in enumerate(zip(wanted, items, strict=True)):
            yield from _differences(value, item, f"{where}/{number}")
    else:
        yield f"{where} is {answer!r}"
