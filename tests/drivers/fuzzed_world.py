"""What a random request may be about: polls, people, events, accounts, and who may touch them."""

import random
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx

from commontime_driver import at, free

JSON = dict[str, Any]
NOBODY = "ct_org_" + "x" * 43
_LIVES_FOR = 150


class World:
    """One poll with all there is around it; now and then another, since requests destroy it."""

    def __init__(self, url: str, admin_token: str, chance: random.Random) -> None:
        self._client = httpx.Client(base_url=url, timeout=30)
        self._admin_token = admin_token
        self._chance = chance
        self._age = 0
        self.ids: dict[str, list[str]] = {}
        self.tokens: list[str] = []
        self.renew()

    def close(self) -> None:
        self._client.close()

    def lives_on(self) -> None:
        """Count one more request; after many everything is made anew."""
        self._age += 1
        if self._age % _LIVES_FOR == 0:
            self.renew()

    def an_id(self, name: str) -> str | None:
        """The value of a path's parameter, if there is one to be had."""
        known = self.ids.get(name)
        return quote(self._chance.choice(known), safe="") if known else None

    def a_credential(self) -> str | None:
        """Somebody's, mostly somebody's who may do much."""
        return self._chance.choice([*self.tokens, *self.tokens, None, NOBODY, "not.a.jwt"])

    def renew(self) -> None:
        account = self._account()
        poll = self._poll(account)
        path, organiser = f"/api/v1/polls/{poll['id']}", poll["capabilities"]["organiser"]
        people = [self._joins(path, poll["capabilities"]["answer"]) for _ in range(2)]
        end = self._chance.choice(["", "", "close", "finalise"])
        if end:
            self._asks(
                "POST", f"{path}/{end}", {"start": at(1)} if end == "finalise" else {}, organiser
            )
        event = self._asks(
            "POST", "/api/v1/events", {"title": "Release", "starts_at": at(0)}, self._admin_token
        )
        target = {"url": "https://partner.invalid/hook", "types": ["event.created"]}
        endpoint = self._asks("POST", "/api/v1/webhooks/endpoints", target, self._admin_token)
        feed = self._asks("POST", "/api/v1/accounts/me/feed", {"holds": True}, account)
        mine = self._asks("POST", "/api/v1/accounts/me/tokens", {"name": "script"}, account)
        self.ids = {
            "poll_id": [poll["id"]],
            "participant_id": [person["id"] for person in people],
            "event_id": [event["id"]],
            "endpoint_id": [endpoint["id"]],
            "token_id": [mine["id"]],
            "token": [_feed_token(feed)],
            "message_id": self._listed("messages"),
            "delivery_id": self._listed("deliveries"),
        }
        edits = [person["capabilities"]["edit"] for person in people]
        self.tokens = [organiser, organiser, *edits, account, poll["capabilities"]["answer"]]
        self.tokens.append(self._admin_token)

    def _account(self) -> str:
        who = {"email": f"{secrets.token_hex(6)}@example.org", "password": secrets.token_hex(12)}
        self._asks("POST", "/api/v1/accounts", who)
        token: str = self._asks("POST", "/api/v1/sessions", who)["access_token"]
        self._client.cookies.clear()
        return token

    def _poll(self, account: str) -> JSON:
        window = {"start": at(0), "end": at(9)}
        body: JSON = {"title": "Planning", "window": window, "duration": "PT1H", "timezone": "UTC"}
        body["access"] = self._chance.choice(["link", "public"])
        return self._asks("POST", "/api/v1/polls", body, account)

    def _joins(self, path: str, token: str) -> JSON:
        person = self._asks("POST", f"{path}/participants", {"name": "Ann"}, token)
        schedule = {"intervals": [free(0, 3)]}
        edit = person["capabilities"]["edit"]
        self._asks("PUT", f"{path}/participants/{person['id']}/schedule", schedule, edit)
        return person

    def _listed(self, what: str) -> list[str]:
        items = self._asks("GET", f"/api/v1/webhooks/{what}", None, self._admin_token)["items"]
        return [str(item["id"]) for item in items]

    def _asks(self, method: str, path: str, body: JSON | None = None, token: str = "") -> JSON:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = self._client.request(method, path, json=body, headers=headers)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()


def _feed_token(feed: Mapping[str, Any]) -> str:
    """The last segment of the link, which is shown once."""
    link = next(str(value) for value in feed.values() if str(value).endswith(".ics"))
    return link.rpartition("/")[2].removesuffix(".ics")
