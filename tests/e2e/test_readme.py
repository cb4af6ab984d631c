"""The lines of README.md under "The main job" do what they say, pasted as they stand."""

import json
import re
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

README = Path(__file__).parents[2] / "README.md"
# The lines wait eleven seconds for an event that completes in ten; the delay of the instance under
# test is shorter, so that they need not wait longer than it takes.
SLEEP = """
sleep() {
  until curl -s "$API/events/$(read_json '["id"]' < event.json)" | grep -q '"completed"'
  do command sleep 0.05; done
}
"""


def test_the_lines_of_the_readme_work_as_pasted(
    one_process: tuple[str, str], tmp_path: Path
) -> None:
    url, _ = one_process
    lines = pasted()
    assert "http://localhost:8000" in lines
    shown = answers(SLEEP + lines.replace("http://localhost:8000", url), tmp_path)
    ann, ben, recommended, finalised, events, completed = shown

    assert [person["intervals"][0]["preference"] for person in (ann, ben)] == [
        "available",
        "preferred",
    ]
    best = recommended["recommendations"][0]
    assert best["score"] == {"available": 2, "weight": 2, "if_needed": 0, "preferred": 1}
    assert best["window"] == {"start": "2030-01-07T10:30:00Z", "end": "2030-01-07T12:00:00Z"}
    assert datetime.fromisoformat(best["start"]) == datetime.fromisoformat(
        "2030-01-07T11:30:00+01:00"
    )
    assert finalised["state"] == "finalised"
    assert [event["id"] for event in events["items"]] == [finalised["event_id"]]
    assert completed["status"] == "completed"


def pasted() -> str:
    """The first block of commands after the heading."""
    found = re.search(r"^## The main job$.*?^```bash$\n(.*?)^```$", README.read_text(), re.M | re.S)
    assert found, "README.md has no commands under 'The main job'"
    return found[1]


def answers(commands: str, folder: Path) -> list[dict[str, Any]]:
    """Run the commands as a shell does; parse the JSON documents they print one after another."""
    ran = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", commands],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    documents: list[dict[str, Any]] = []
    text, decoder = ran.stdout.strip(), json.JSONDecoder()
    while text:
        document, end = decoder.raw_decode(text)
        documents.append(document)
        text = text[end:].lstrip()
    return documents
