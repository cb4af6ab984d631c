"""Sends what schemathesis makes up, with ids and credentials of a world that exists, and judges."""

import random
from collections import Counter
from typing import Any

import httpx
import requests
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi import checks as openapi

from fuzzed_world import World
from standalone.testing import Instance

# Its classes are generic in ways that nobody outside of it can name.
Case = Any
Response = Any

_CHECKS: Any = openapi
JUDGES = [
    _CHECKS.status_code_conformance,
    _CHECKS.content_type_conformance,
    _CHECKS.response_headers_conformance,
    _CHECKS.response_schema_conformance,
]
# Only while a service catches up, which a request may demand that it never can.
PASSING = {"behind"}


class Requests:
    """Sends cases, and keeps what was wrong with the answers."""

    def __init__(self, instance: Instance) -> None:
        self.url = f"http://127.0.0.1:{instance.port}"
        self._admin_token = instance.home.secret("admin-token")
        self._chance = random.Random(0)
        self._world = World(self.url, self._admin_token, self._chance)
        self._session = requests.Session()
        self.statuses: Counter[int] = Counter()
        self.wrong: Counter[str] = Counter()
        self.examples: dict[str, str] = {}

    def close(self) -> None:
        self._session.close()
        self._world.close()

    def document(self) -> dict[str, Any]:
        return httpx.get(f"{self.url}/openapi.json").json()

    def send(self, case: Case, chosen: int) -> None:
        self._chance.seed(chosen)
        self._put_in(case)
        self._session.cookies.clear()
        answer = case.call(base_url=self.url, session=self._session, timeout=60)
        self.statuses[answer.status_code] += 1
        self._judge(case, answer)
        self._world.lives_on()

    @property
    def many(self) -> int:
        return sum(self.statuses.values())

    def report(self) -> str:
        figures = f"{self.many} requests: {dict(sorted(self.statuses.items()))}"
        wrong = (f"{self.wrong[what]} × {text}" for what, text in self.examples.items())
        return "\n".join([figures, *wrong])

    def _put_in(self, case: Case) -> None:
        for place in (case.path_parameters, case.query):
            for name in place or ():
                known = self._world.an_id(name)
                if known and self._chance.random() < 0.8:
                    place[name] = known
        credential = self._world.a_credential()
        headers = case.headers
        headers.pop("Authorization", None)
        if credential:
            headers["Authorization"] = f"Bearer {credential}"
        if case.method in ("PUT", "PATCH", "DELETE") and self._chance.random() < 0.7:
            headers["If-Match"] = "*"
        for name, often in (("Commontime-Min-Sequence", 0.03), ("Idempotency-Key", 0.3)):
            if self._chance.random() > often:
                headers.pop(name, None)
        examples = _examples(case)
        if examples and self._chance.random() < 0.3:
            case.body = self._chance.choice(examples)

    def _judge(self, case: Case, answer: Response) -> None:
        where = f"{case.method} {case.operation.path} → {answer.status_code}"
        if answer.status_code >= 500 and _code(answer) not in PASSING:
            self._note(f"{where}: a server error", case, answer)
        for name in ("x-content-type-options", "content-security-policy", "cache-control"):
            if name not in answer.headers:
                self._note(f"{where}: without {name}", case, answer)
        try:
            case.validate_response(answer, checks=JUDGES)
        except FailureGroup as group:
            for failure in group.exceptions:
                self._note(f"{where}: {getattr(failure, 'title', failure)}", case, answer)
        except Failure as failure:
            self._note(f"{where}: {failure.title}", case, answer)

    def _note(self, what: str, case: Case, answer: Response) -> None:
        self.wrong[what] += 1
        asked = f"{case.formatted_path} {case.query} {case.body!r:.600}"
        self.examples.setdefault(what, f"{what}\n    {asked}\n    {answer.text:.600}")


def _examples(case: Case) -> list[Any]:
    body = case.operation.definition.raw.get("requestBody", {})
    content = body.get("content", {}).get("application/json", {})
    named = content.get("examples", {}).values()
    found = [example["value"] for example in named if "value" in example]
    return found + ([content["example"]] if "example" in content else [])


def _code(answer: Response) -> str:
    return (
        str(answer.json().get("code")) if "json" in str(answer.headers.get("content-type")) else ""
    )
