"""Log-in by the company's provider: a real one in its own process, and one that lies in every way we could think of."""

import asyncio
import base64
import hashlib
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestServer
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from connectors.message import JSON
from connectors.oidc import OidcProvider
from desk.access import Access, SingleSignOn
from storage.agents import change_agent, find_login
from tests.conftest import free_port
from tests.desk.house import PASSWORD, Console, House, build

CLIENT, BACK = "front-door", "https://desk.example/desk/api/sso/callback"
SECRET = "provider-and-desk-know-it"


@asynccontextmanager
async def desk_at(issuer: str, database_url: str, folder: Path, **rules: Any) -> AsyncIterator[House]:
    """A desk whose people log in at `issuer`."""
    provider = OidcProvider(issuer, CLIENT, SECRET, BACK)
    sso = replace(SingleSignOn(provider=provider, label={"en": "Company", "zh": "公司"}), **rules)
    async for house in build(database_url, folder, access=Access(key="k" * 32, sso=sso)):
        yield house
    await provider.close()


async def leave(console: Console, path: str = "/sso") -> dict[str, str]:
    """Go to the provider: what the browser takes with it."""
    answer = await console.post(path)
    assert answer.status == 200, await answer.text()
    query = parse_qs(urlsplit((await answer.json())["url"]).query)
    return {name: values[0] for name, values in query.items()}


async def back(console: Console, **query: str) -> ClientResponse:
    """Come back from the provider."""
    return await console.client.get("/desk/api/sso/callback", params=query, allow_redirects=False)


# A real provider -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real_issuer() -> Iterator[str]:
    """A provider in a process of its own."""
    port = free_port()
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


async def reachable(issuer: str) -> None:
    """Wait until the provider answers."""
    async with aiohttp.ClientSession() as http, asyncio.timeout(20):
        while True:
            try:
                async with http.get(f"{issuer}/.well-known/openid-configuration") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                await asyncio.sleep(0.05)


async def log_in_at(issuer: str, query: dict[str, str], subject: str, **claims: Any) -> dict[str, str]:
    """What a person does at the provider; the query they come back with."""
    async with aiohttp.ClientSession() as http:
        async with http.put(f"{issuer}/users/{subject}", json=claims) as stored:
            assert stored.status == 204
        address = f"{issuer}/oauth2/authorize"
        async with http.post(address, params=query, data={"sub": subject}, allow_redirects=False) as answer:
            return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


async def test_people_come_in_by_a_real_provider(real_issuer: str, sqlite_url: str, tmp_path: Path) -> None:
    await reachable(real_issuer)
    rules: dict[str, Any] = {"role_claim": "groups", "roles": {"leads": "supervisor"}, "create": True}
    async with desk_at(real_issuer, sqlite_url, tmp_path / "files", **rules) as house:
        visitor = house.browser()
        assert (await visitor.json("/entrance"))["sso"]["label"]["zh"] == "公司"
        claims = {"email": "na@example.com", "email_verified": True, "name": "Li Na", "groups": ["leads"]}
        arrived = await log_in_at(real_issuer, await leave(visitor), "na-1", **claims)
        answer = await back(visitor, **arrived)
        assert (answer.status, answer.headers["Location"]) == (303, "/desk/")
        me = await visitor.json("/me")
        assert (me["user"]["name"], me["user"]["role"], me["stage"]) == ("Li Na", "supervisor", "")
        again = house.browser()
        await back(again, **await log_in_at(real_issuer, await leave(again), "na-1", **claims))
        assert (await again.json("/me"))["user"]["id"] == me["user"]["id"]
        assert [each["way"] for each in (await again.json("/sessions"))["sessions"]] == ["sso", "sso"]
        gone = await log_in_at(real_issuer, await leave(again), "na-1", **claims | {"groups": ["cooks"]})
        assert (await back(again, **gone)).headers["Location"] == "/desk/#sso=sso_unknown", "left the group"
        replayed = await back(again, **arrived)
        assert replayed.headers["Location"] == "/desk/#sso=sso_failed"


async def test_accounts_are_linked_by_verified_addresses_or_by_their_owners(
    real_issuer: str, sqlite_url: str, tmp_path: Path
) -> None:
    await reachable(real_issuer)
    async with desk_at(real_issuer, sqlite_url, tmp_path / "files") as house:
        agent_id = await house.person("li.na")
        await house.db.write(change_agent, agent_id, email="na@example.com")

        async def arrive(console: Console, subject: str, path: str = "/sso", **claims: Any) -> str:
            found = await log_in_at(real_issuer, await leave(console, path), subject, **claims)
            return (await back(console, **found)).headers["Location"]

        unverified = {"email": "na@example.com", "email_verified": False}
        assert await arrive(house.browser(), "thief", **unverified) == "/desk/#sso=sso_unknown"
        assert await arrive(house.browser(), "na", **unverified | {"email_verified": True}) == "/desk/"
        assert await arrive(house.browser(), "na", email="other@example.com") == "/desk/"
        verified = {"email": "na@example.com", "email_verified": True}
        assert await arrive(house.browser(), "second", **verified) == "/desk/#sso=sso_unknown", "she has one already"
        other = await house.console("wang.wei")
        assert await arrive(other, "wei", path="/sso/link") == "/desk/#/account"
        assert await arrive(other, "na", path="/sso/link") == "/desk/#sso=sso_taken"
        await house.db.write(change_agent, agent_id, disabled=True)
        assert await arrive(house.browser(), "na") == "/desk/#sso=sso_unknown"


# One that lies --------------------------------------------------------------------------------------------------------


@dataclass
class Liar:
    """A provider that answers as a test says."""

    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    issuer: str = ""
    challenge: str = ""
    claims: JSON = field(default_factory=dict)
    sign: Callable[[JSON], str] | None = None
    asked: list[str] = field(default_factory=list)
    also: dict[str, str] = field(default_factory=dict)

    def token(self, claims: JSON) -> str:
        """An ID token."""
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)

    async def describe(self, request: web.Request) -> web.Response:
        """Discovery."""
        names = {"authorization_endpoint": "a", "token_endpoint": "t", "jwks_uri": "keys"} | self.also
        return web.json_response({"issuer": self.issuer} | {name: f"{self.issuer}/{at}" for name, at in names.items()})

    async def keys(self, _request: web.Request) -> web.Response:
        """The public keys."""
        self.asked.append("keys")
        return web.json_response({"keys": [self.key.as_dict(private=False)]})

    async def give(self, request: web.Request) -> web.Response:
        """The token, for who proves to have begun the log-in."""
        form = await request.post()
        proof = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        assert base64.urlsafe_b64encode(proof).rstrip(b"=").decode() == self.challenge
        assert request.headers["Authorization"] == aiohttp.encode_basic_auth(CLIENT, SECRET)
        return web.json_response({"id_token": (self.sign or self.token)(self.claims)})


@pytest.fixture
async def liar() -> AsyncIterator[Liar]:
    """A lying provider that runs."""
    made = Liar()
    app = web.Application()
    app.add_routes([
        web.get("/.well-known/openid-configuration", made.describe), web.get("/keys", made.keys),
        web.post("/t", made.give),
    ])  # fmt: skip
    server = TestServer(app)
    await server.start_server()
    made.issuer = str(server.make_url("")).rstrip("/")
    yield made
    await server.close()


@pytest.fixture
async def house(liar: Liar, sqlite_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """A desk that believes the liar."""
    async with desk_at(liar.issuer, sqlite_url, tmp_path / "files", create=True) as built:
        yield built


def honest(liar: Liar, nonce: str) -> JSON:
    """Claims that are right."""
    now = int(time.time())
    return {"iss": liar.issuer, "aud": CLIENT, "sub": "na", "iat": now, "exp": now + 300, "nonce": nonce, "name": "Na"}


async def arrive(
    house: House, liar: Liar, change: Callable[[JSON], JSON] = dict, visitor: Console | None = None
) -> str:
    """Log in at the liar; where the browser ends."""
    visitor = visitor or house.browser()
    left = await leave(visitor)
    liar.challenge, liar.claims = left["code_challenge"], change(honest(liar, left["nonce"]))
    return (await back(visitor, code="c", state=left["state"])).headers["Location"]


FAILED = "/desk/#sso=sso_failed"


async def test_honest_tokens_are_believed(house: House, liar: Liar) -> None:
    assert await arrive(house, liar) == "/desk/"
    assert await arrive(house, liar, lambda claims: claims | {"aud": [CLIENT, "x"], "azp": CLIENT}) == "/desk/"


@pytest.mark.parametrize(
    "lie",
    [
        {"nonce": "of another log-in"}, {"nonce": None}, {"aud": "another client"}, {"aud": [CLIENT, "another"]},
        {"azp": "another"}, {"iss": "https://evil.example"}, {"exp": 1_000_000_000}, {"exp": None}, {"sub": None},
        {"sub": ""}, {"sub": "x" * 300}, {"iat": 9_999_999_999}, {"nbf": 9_999_999_999}, {"sub": 7},
    ],
    ids=lambda lie: json.dumps(lie)[:40],
)  # fmt: skip
async def test_claims_that_are_wrong_let_nobody_in(house: House, liar: Liar, lie: JSON) -> None:
    def lying(claims: JSON) -> JSON:
        return {name: value for name, value in (claims | lie).items() if value is not None}

    assert await arrive(house, liar, lying) == FAILED
    assert await house.db.read(find_login, "na") is None


def _unsigned(_liar: Liar, claims: JSON) -> str:
    parts = (json.dumps({"alg": "none"}), json.dumps(claims))
    return ".".join(base64.urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in parts) + "."


def _by_shared_secret(_liar: Liar, claims: JSON) -> str:
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET + "-" * 20))


def _by_public_key(liar: Liar, claims: JSON) -> str:
    public = liar.key.as_pem(private=False)
    return jwt.encode({"alg": "HS256", "kid": "one"}, claims, OctKey.import_key(base64.b64encode(public)))


def _by_somebody(_liar: Liar, claims: JSON) -> str:
    return jwt.encode({"alg": "RS256", "kid": "one"}, claims, RSAKey.generate_key(2048))


def _cut(liar: Liar, claims: JSON) -> str:
    return liar.token(claims)[:-20]


@pytest.mark.parametrize("forge", [_unsigned, _by_shared_secret, _by_public_key, _by_somebody, _cut])
async def test_tokens_that_the_provider_did_not_sign_let_nobody_in(
    house: House, liar: Liar, forge: Callable[[Liar, JSON], str]
) -> None:
    liar.sign = lambda claims: forge(liar, claims)
    assert await arrive(house, liar) == FAILED


async def test_a_way_back_works_once_in_the_browser_that_left_and_not_for_long(house: House, liar: Liar) -> None:
    visitor, thief = house.browser(), house.browser()
    left = await leave(visitor)
    await leave(thief)
    liar.challenge, liar.claims = left["code_challenge"], honest(liar, left["nonce"])
    assert (await back(thief, code="c", state=left["state"])).headers["Location"] == FAILED
    for query in ({"code": "c"}, {"state": left["state"]}, {"error": "access_denied", "state": left["state"]}):
        assert (await back(house.browser(), **query)).headers["Location"] == FAILED
    answer = await back(visitor, code="c", state=left["state"], next="https://evil.example", redirect="//evil.example")
    assert answer.headers["Location"] == "/desk/"
    assert (await back(visitor, code="c", state=left["state"])).headers["Location"] == FAILED
    late = house.browser()
    left = await leave(late)
    house.clock.pass_minutes(11)
    liar.challenge, liar.claims = left["code_challenge"], honest(liar, left["nonce"])
    assert (await back(late, code="c", state=left["state"])).headers["Location"] == FAILED


async def test_logging_out_goes_on_to_a_provider_that_has_a_place_for_it(
    liar: Liar, sqlite_url: str, tmp_path: Path
) -> None:
    home = "https://desk.example/desk/"
    liar.also = {"end_session_endpoint": "bye"}
    async with desk_at(liar.issuer, sqlite_url, tmp_path / "files", create=True, home=home) as house:
        visitor, inside = house.browser(), await house.console("wang.wei")
        await arrive(house, liar, visitor=visitor)
        visitor.csrf = (await visitor.json("/me"))["csrf"]
        answer = await visitor.send("DELETE", "/session")
        url = urlsplit((await answer.json())["url"])
        assert f"{url.scheme}://{url.netloc}{url.path}" == f"{liar.issuer}/bye"
        assert parse_qs(url.query) == {"client_id": [CLIENT], "post_logout_redirect_uri": [home]}
        assert (await visitor.get("/me")).status == 401
        assert (await inside.send("DELETE", "/session")).status == 204, "a password is no business of the provider's"


async def test_who_is_disconnected_from_the_provider_is_signed_out_where_it_let_them_in(
    house: House, liar: Liar
) -> None:
    visitor, admin = house.browser(), await house.console("ad.min", role="admin")
    await arrive(house, liar, visitor=visitor)
    user = (await visitor.json("/me"))["user"]
    assert {each["id"] for each in (await admin.json("/users"))["users"] if each["sso"]} == {user["id"]}
    assert (await admin.send("DELETE", f"/users/{user['id']}/sso")).status == 204
    assert (await visitor.get("/me")).status == 401
    assert not [each for each in (await admin.json("/users"))["users"] if each["sso"]]
    assert (await admin.send("DELETE", f"/users/{user['id']}/sso")).status == 404


async def test_new_keys_of_the_provider_are_taken_up(house: House, liar: Liar, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.oidc.KEYS_S", 0)
    assert await arrive(house, liar) == "/desk/"
    liar.key = RSAKey.generate_key(2048, {"kid": "two"})
    assert await arrive(house, liar) == "/desk/"
    assert liar.asked == ["keys", "keys"]


async def test_a_provider_that_is_down_or_calls_itself_otherwise_is_said_to_be_away(house: House, liar: Liar) -> None:
    liar.issuer += "/other"
    answer = await house.browser().post("/sso")
    assert (answer.status, (await answer.json())["error"]["code"]) == (503, "sso_away")


@pytest.fixture
async def only(liar: Liar, sqlite_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """A desk where passwords are for admins alone."""
    async with desk_at(liar.issuer, sqlite_url, tmp_path / "files", only=True, domains=("example.com",)) as built:
        yield built


async def test_with_single_sign_on_only_admins_keep_a_way_in(only: House, liar: Liar) -> None:
    await only.person("li.na")
    refused = await only.browser().log_in("li.na", "first password 1")
    assert (refused.status, (await refused.json())["error"]["code"]) == (403, "sso_only")
    await only.console("boss", role="admin")
    assert (await only.browser().log_in("boss", PASSWORD)).status == 200
    other = {"email": "na@evil.example", "email_verified": True}
    assert await arrive(only, liar, lambda claims: claims | other) == "/desk/#sso=sso_unknown"
