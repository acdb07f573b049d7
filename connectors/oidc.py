"""OpenID Connect as a company's own log-in speaks it: authorization code with PKCE, and ID tokens that are checked."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from connectors.message import JSON

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA")
"""Signatures that only the provider can make; none that the shared secret, or nobody, could."""

SCOPE = "openid profile email"
TIMEOUT_S = 10.0
ANSWER_BYTES = 256 * 1024
LEEWAY_S = 60
DISCOVERED_S = 3600.0  # how long the provider's description is believed
KEYS_S = 30.0  # keys that are missing are looked for at most this often


class Unproved(Exception):
    """The provider did not prove who came. `away`: it could not be asked, so trying again may help."""

    def __init__(self, what: str, *, away: bool = False) -> None:
        super().__init__(what)
        self.away = away


class OidcProvider:
    """One provider. `redirect` is where it sends browsers back to. Close it when the service stops."""

    def __init__(self, issuer: str, client_id: str, client_secret: str, redirect: str) -> None:
        self.issuer = issuer
        self._client_id, self._client_secret, self._redirect = client_id, client_secret, redirect
        self._http: aiohttp.ClientSession | None = None
        self._found: JSON = {}
        self._found_at = -DISCOVERED_S
        self._keys: KeySet | None = None
        self._keys_at = -KEYS_S
        self._asking = asyncio.Lock()

    async def close(self) -> None:
        """Let go of connections."""
        if self._http is not None:
            await self._http.close()

    async def address(self, *, state: str, nonce: str, verifier: str, again: bool) -> str:
        """Where a browser is sent; `again`: the person shall log in even if the provider knows them."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code", "client_id": self._client_id, "redirect_uri": self._redirect, "scope": SCOPE,
            "state": state, "nonce": nonce, "code_challenge": challenge, "code_challenge_method": "S256",
        } | ({"prompt": "login"} if again else {})  # fmt: skip
        endpoint = await self._endpoint("authorization_endpoint")
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(query)}"

    async def farewell(self, back: str) -> str:
        """Where a browser is sent to log out at the provider, too, and to come back to `back`; empty: it has no such
        place. The ID token is not kept for it, so the provider may ask the person whether they want to. Raises
        `Unproved`.
        """
        if "end_session_endpoint" not in await self._discovered():
            return ""
        endpoint = await self._endpoint("end_session_endpoint")
        query = urlencode({"client_id": self._client_id, "post_logout_redirect_uri": back})
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{query}"

    async def redeem(self, code: str, *, nonce: str, verifier: str) -> JSON:
        """The claims of the person who came back with `code`. Raises `Unproved`."""
        body = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": self._redirect, "code_verifier": verifier,
        }  # fmt: skip
        headers = {}
        methods = (await self._discovered()).get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        if "client_secret_basic" in methods:
            headers["Authorization"] = aiohttp.encode_basic_auth(self._client_id, self._client_secret)
        else:
            body |= {"client_id": self._client_id, "client_secret": self._client_secret}
        answer = await self._ask("POST", await self._endpoint("token_endpoint"), data=body, headers=headers)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise Unproved("the provider gave no ID token")
        claims = await self._checked(token, nonce)
        access = answer.get("access_token")
        if "email" not in claims and isinstance(access, str) and "userinfo_endpoint" in await self._discovered():
            headers = {"Authorization": f"Bearer {access}"}
            more = await self._ask("GET", await self._endpoint("userinfo_endpoint"), headers=headers)
            if more.get("sub") == claims["sub"]:
                claims = more | claims
        return claims

    async def _checked(self, token: str, nonce: str) -> JSON:
        try:
            try:
                found = jwt.decode(token, await self._key_set(), algorithms=list(ALGORITHMS))
            except InvalidKeyIdError:  # the provider has new keys
                found = jwt.decode(token, await self._key_set(newer=True), algorithms=list(ALGORITHMS))
            claims: dict[str, Any] = found.claims
            essential = {
                "iss": {"essential": True, "value": self.issuer}, "aud": {"essential": True, "value": self._client_id},
                "exp": {"essential": True}, "iat": {"essential": True}, "sub": {"essential": True},
            }  # fmt: skip
            jwt.JWTClaimsRegistry(now=int(time.time()), leeway=LEEWAY_S, **essential).validate(claims)  # type: ignore[arg-type]
        except (JoseError, ValueError) as error:
            raise Unproved(f"the ID token is not valid: {error}") from error
        if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
            raise Unproved("the ID token is of another log-in")
        audience = claims["aud"]
        if claims.get("azp", self._client_id) != self._client_id or (
            isinstance(audience, list) and len(audience) > 1 and "azp" not in claims
        ):
            raise Unproved("the ID token is for another client")
        if not claims["sub"] or len(claims["sub"]) > 255:
            raise Unproved("the ID token names nobody")
        return claims

    async def _key_set(self, *, newer: bool = False) -> KeySet:
        now = time.monotonic()
        if self._keys is None or (newer and now - self._keys_at >= KEYS_S):
            self._keys_at = now
            found = await self._ask("GET", await self._endpoint("jwks_uri"))
            try:
                self._keys = KeySet.import_key_set(found)  # type: ignore[arg-type]
            except (JoseError, KeyError, TypeError, ValueError) as error:
                raise Unproved(f"the provider's keys are not readable: {error}", away=True) from error
        return self._keys

    async def _endpoint(self, name: str) -> str:
        address = (await self._discovered()).get(name)
        if not isinstance(address, str) or not is_safe(address):
            raise Unproved(f"the provider names no safe {name}", away=True)
        return address

    async def _discovered(self) -> JSON:
        async with self._asking:
            if not self._found or time.monotonic() - self._found_at > DISCOVERED_S:
                found = await self._ask("GET", f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
                if found.get("issuer") != self.issuer:
                    raise Unproved(f"the provider calls itself {found.get('issuer')!r}, not {self.issuer!r}", away=True)
                self._found, self._found_at = found, time.monotonic()
        return self._found

    async def _ask(self, method: str, url: str, **how: Any) -> JSON:
        """What the provider answers; redirects are not followed, so that no code goes astray."""
        if self._http is None:
            self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_S), trust_env=True)
        try:
            async with self._http.request(method, url, allow_redirects=False, **how) as response:
                raw = await response.content.read(ANSWER_BYTES + 1)
                while len(raw) <= ANSWER_BYTES and (more := await response.content.read(ANSWER_BYTES)):
                    raw += more
                status = response.status
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unproved(f"the provider cannot be reached: {type(error).__name__}", away=True) from error
        try:
            answer = json.loads(raw) if len(raw) <= ANSWER_BYTES else None
        except (ValueError, RecursionError):
            answer = None
        if status != 200 or not isinstance(answer, dict):
            raise Unproved(f"the provider answers {status} at {urlsplit(url).path}", away=status >= 500)
        return answer


def is_safe(address: str) -> bool:
    """Whether secrets may be sent to an address: encrypted, or to this machine."""
    parts = urlsplit(address)
    local = parts.hostname in {"127.0.0.1", "localhost", "::1"}
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and local))
