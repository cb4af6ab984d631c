"""Accounts that live with an OpenID provider, a real one on this machine; and forged tokens."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey
from pydantic import SecretStr

from chassis.access_tokens import external_account
from chassis.compact_tokens import read
from chassis.oidc_issuers import OidcIssuer
from chassis.oidc_testing import LocalIssuer, local_issuer, rsa_key
from chassis.trusted_issuers import JWKS_PATH
from poll_api.accounts.signing import signer_of
from poll_api.accounts.testing import PASSWORD, People, Person
from poll_api.settings import Settings
from poll_api.testing import PollApi, proposal, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

OLD, NEW = "the-secret-that-signed-until-today", "the-secret-that-signs-from-today-on"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def provider() -> AsyncGenerator[LocalIssuer]:
    async with local_issuer() as issuer:
        yield issuer


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def poll_api(settings: Settings, provider: LocalIssuer) -> AsyncGenerator[PollApi]:
    """It trusts the provider too."""
    issuers = (OidcIssuer(issuer=provider.url, audience="commontime-app"),)
    async with running(settings.model_copy(update={"oidc_issuers": issuers})) as api:
        yield api


def claims(issuer: str, **changed: Any) -> dict[str, Any]:
    now = int(datetime.now(UTC).timestamp())
    usual = {"iss": issuer, "aud": "commontime-app", "sub": "auth0|ann", "iat": now}
    return {**usual, "exp": now + 300, **changed}


async def test_whoever_comes_from_the_provider_has_an_account(
    people: People, provider: LocalIssuer
) -> None:
    person = Person("", "", provider.sign(claims(provider.url)))
    read = await people.reads(person)
    assert read.status_code == 200
    assert read.json()["id"] == str(external_account(provider.url, "auth0|ann"))
    assert read.json()["email"] is None
    assert (await people.reads(person)).json() == read.json()


async def test_they_own_what_they_open_and_can_be_handed_a_poll(
    people: People, provider: LocalIssuer
) -> None:
    person = Person("", "", provider.sign(claims(provider.url, sub="opens")))
    opened = await people.asks("POST", "/api/v1/polls", headers=person.bearer, json=proposal())
    assert opened.status_code == 201
    path = f"/api/v1/polls/{opened.json()['id']}"
    read = await people.asks("GET", path, headers=person.bearer)
    assert read.json()["owner"] == str(external_account(provider.url, "opens"))
    ours = await people.comes_in()
    moved = await people.asks(
        "POST", f"{path}/transfer", headers=person.bearer, json={"account_id": ours.id}
    )
    assert moved.status_code == 200
    back = await people.asks(
        "POST",
        f"{path}/transfer",
        headers=ours.bearer,
        json={"account_id": str(external_account(provider.url, "opens"))},
    )
    assert back.status_code == 200


async def test_their_password_is_their_providers_matter(
    people: People, provider: LocalIssuer
) -> None:
    person = Person("", "", provider.sign(claims(provider.url, sub="deletes")))
    changed = await people.changes(person, password="a different one", current_password="any")
    assert (changed.status_code, changed.json()["needs"]) == (403, ["provider"])
    assert (await people.deletes(person)).status_code == 204


async def test_a_provider_cannot_speak_for_accounts_of_ours(
    people: People, provider: LocalIssuer
) -> None:
    ours = await people.comes_in()
    forged = Person("", "", provider.sign(claims(provider.url, sub=ours.id)))
    assert (await people.reads(forged)).json()["id"] != ours.id
    for changed in ({"iss": "http://commontime.test"}, {"aud": "commontime"}):
        forged = Person("", "", provider.sign(claims(provider.url, **changed)))
        assert (await people.reads(forged)).status_code == 401


async def test_with_the_provider_away_what_is_unknown_cannot_be_told(
    settings: Settings, provider: LocalIssuer
) -> None:
    provider.status, token = 503, provider.sign(claims(provider.url))
    issuers = (OidcIssuer(issuer=provider.url, audience="commontime-app"),)
    async with running(settings.model_copy(update={"oidc_issuers": issuers})) as api:
        people = People(api.client)
        away = await people.reads(Person("", "", token))
        assert (away.status_code, away.json()["code"]) == (503, "owner_unavailable")
        assert away.headers["retry-after"]
        # What is bad whatever the keys are is known to be bad.
        expired = provider.sign(claims(provider.url, exp=int(datetime.now(UTC).timestamp())))
        assert (await people.reads(Person("", "", expired))).status_code == 401
        # Nobody else is held up by it.
        await people.comes_in()
    provider.status = 200


async def test_no_forged_token_gets_in(people: People, poll_api: PollApi) -> None:
    """What the tests of the chassis refuse, once more through the whole service."""
    person = await people.comes_in()
    assert (await people.reads(person)).status_code == 200
    published = (await people.asks("GET", JWKS_PATH)).json()["keys"][0]
    header = {"alg": "ES256", "kid": published["kid"], "typ": "at+jwt"}
    good = claims("http://commontime.test", aud="commontime", sub=person.id)
    own = ECKey.generate_key("P-256", {"kid": published["kid"]}, private=True)
    public = ECKey.import_key(published)
    shared = OctKey.import_key(public.as_pem(private=False).decode().replace("-", ""))
    mac = jwt.encode({**header, "alg": "HS256"}, good, shared, algorithms=["HS256"])
    unsigned = ".".join([*jwt.encode({**header}, good, own).split(".")[:2], ""])
    first, _, signature = person.token.split(".")
    swapped = f"{first}.{jwt.encode(header, good, own).split('.')[1]}.{signature}"
    forged = {
        "signed by a stranger": jwt.encode(header, good, own),
        "signed by a stranger who brings the key": jwt.encode(
            {**header, "jwk": own.as_dict(private=False)}, good, own
        ),
        "of an unknown key": jwt.encode({**header, "kid": "unknown"}, good, own),
        "hs256 with the public key": mac,
        "unsigned": unsigned,
        "other claims under a good signature": swapped,
        "garbage": "a.b.c",
        "huge": f"{'A' * 2000}.{'A' * 2000}.A",
    }
    for how, token in forged.items():
        answer = await people.reads(Person("", "", token))
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), how


async def test_a_token_of_another_instance_or_kind_is_refused(
    people: People, settings: Settings
) -> None:
    person = await people.comes_in()
    other = signer_of(settings.model_copy(update={"public_url": "http://elsewhere.test"}))
    stranger = signer_of(settings.model_copy(update={"signing_key": SecretStr("x" * 32)}))
    for signer in (other, stranger):
        token = signer.sign(uuid4(), uuid4(), datetime.now(UTC))
        assert (await people.reads(Person("", "", token))).status_code == 401
    late = signer_of(settings).sign(uuid4(), uuid4(), datetime(2026, 1, 1, tzinfo=UTC))
    assert (await people.reads(Person("", "", late))).status_code == 401
    # Rightly signed, for a session that there is not.
    unknown = signer_of(settings).sign(uuid4(), uuid4(), datetime.now(UTC))
    assert (await people.reads(Person("", "", unknown))).status_code == 401
    assert (await people.reads(person)).status_code == 200


async def test_keys_are_changed_without_signing_anybody_out(settings: Settings) -> None:
    refresh, tokens = "", list[str]()
    for secrets in (OLD, f"{OLD} {NEW}", f"{NEW}\n{OLD}", NEW):
        changed = settings.model_copy(update={"signing_key": SecretStr(secrets)})
        async with running(changed) as api:
            people = People(api.client)
            if not refresh:
                person = await people.comes_in()
                refresh = person.refresh
                tokens.append(person.token)
            token, refresh = await people.renews_well(refresh)
            keys = (await people.asks("GET", JWKS_PATH)).json()["keys"]
            assert len(keys) == len(secrets.split())
            # Tokens signed with a secret are good as long as it is there.
            known = {key["kid"] for key in keys}
            tokens.append(token)
            for earlier in tokens:
                kid = read(earlier).header["kid"]
                answer = await people.reads(Person("", "", earlier))
                assert answer.status_code == (200 if kid in known else 401)
    assert await _is_over(settings, refresh)


async def _is_over(settings: Settings, refresh: str) -> bool:
    """Without any secret that made it, a refresh token is worth nothing."""
    changed = settings.model_copy(update={"signing_key": SecretStr("y" * 32)})
    async with running(changed) as api:
        return (await People(api.client).renews(refresh)).status_code == 401


async def test_over_https_the_cookie_is_secure_and_named_so(settings: Settings) -> None:
    https = settings.model_copy(update={"public_url": "https://commontime.test"})
    async with running(https) as api:
        people = People(api.client)
        person = await people.registers()
        answer = await people.tries(person.email, PASSWORD)
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Secure-commontime-refresh=ct_ref_")
        assert cookie.endswith("; Path=/api/v1/sessions; HttpOnly; SameSite=Lax; Secure")
        token = cookie.partition("=")[2].partition(";")[0]
        # One of the other name may have been put there by a neighbour.
        assert (await people.renews(token)).status_code == 401


async def test_a_provider_with_a_new_key_is_believed_soon(
    people: People, provider: LocalIssuer
) -> None:
    assert (await people.reads(Person("", "", provider.sign(claims(provider.url))))).is_success
    new = rsa_key("new")
    # Not published: nobody's.
    token = provider.sign(claims(provider.url), new)
    assert (await people.reads(Person("", "", token))).status_code == 401
