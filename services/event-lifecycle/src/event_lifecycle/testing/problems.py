"""What a refused request is answered with."""

from typing import Any

import httpx


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert (document["status"], document["code"]) == (status, code)
    return document


def refused(answer: httpx.Response, pointer: str, code: str) -> str:
    """Returns the sentence that says why."""
    errors = problem(answer, 422, "invalid")["errors"]
    found = {(error["pointer"], error["code"]): error["detail"] for error in errors}
    assert (pointer, code) in found, found
    return found[pointer, code]
