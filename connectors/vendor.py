"""Requests to a vendor's API, with every failure told in the answers the core needs (`connectors.errors`).

A connection that was never made, a 429 and a 5xx are certain failures; silence after the request has left is not. What
a vendor says in a 200 is for its channel to judge. No address with a token in it, and no body, is ever in an error.
"""

import ipaddress
import json
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import DefaultResolver

from connectors.errors import OutcomeUnknown, SendError, TryLater, Undeliverable, Unreachable

CONNECT_S = 5.0
ANSWER_S = 20.0
DOWNLOAD_S = 120.0
LONGEST_PAUSE_S = 3600.0  # the most a vendor may ask for
UNKNOWN_S = 60.0  # until a vendor that does not know us is asked again
ANSWER_BYTES = 4 << 20
CHUNK = 64 * 1024
REDIRECTS = 3
READING = frozenset({"GET", "HEAD"})
AFTER_THE_FACT = frozenset({500, 502})
FAULTS: Sequence[tuple[type[Exception], str]] = (
    (aiohttp.ClientConnectorDNSError, "its name is not known here"),
    (aiohttp.ClientConnectorCertificateError, "its certificate is not trusted"),
    (aiohttp.ClientSSLError, "TLS failed"),
    (TimeoutError, "no answer in time"),
    (aiohttp.ServerDisconnectedError, "it hung up"),
    (aiohttp.ClientConnectorError, "no connection"),
)
"""What went wrong with a connection, the first that fits; the errors' own texts may have addresses with tokens."""
_WRAPPING = tuple(ipaddress.IPv6Network(each) for each in ("::ffff:0:0/96", "::/96", "64:ff9b::/96"))
"""IPv6 addresses that end in an IPv4 address: mapped, compatible, NAT64 (RFC 4291 section 2.5.5, RFC 6052)."""


@dataclass(frozen=True, kw_only=True)
class VendorAnswer:
    """What a vendor answered; `body` is at most 4 MiB."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The JSON object in the body; empty when it is none."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


class VendorClient:
    """One vendor's API. Nothing is opened before the first request. `patient`, for helpdesks: when it does not know us
    any more (401), what we ask waits until people have put that right; and a 500 or 502 behind something that writes
    may come after the fact, so nobody knows.
    """

    def __init__(
        self, vendor: str, base: str, *, headers: Mapping[str, str] | None = None, patient: bool = False
    ) -> None:  # fmt: skip
        self._vendor, self._base, self._headers = vendor, base.rstrip("/") + "/", dict(headers or {})
        self._patient = patient
        self._session: aiohttp.ClientSession | None = None

    async def call(
        self,
        method: str,
        path: str,
        *,
        refuse: bool = True,
        judge: Callable[[VendorAnswer], SendError | None] | None = None,
        **request: Any,
    ) -> VendorAnswer:
        """Make one request. Raises `TryLater` for 429, 5xx and a connection that was not made, `OutcomeUnknown` for
        one that broke, and unless `refuse` is false `Undeliverable` for any other status above 299.

        `judge` sees the answer first, for vendors whose body says more than the status. `request` is what aiohttp
        takes: `json`, `data`, `params`, `headers`.
        """
        try:
            async with self._client().request(
                method, urljoin(self._base, path), allow_redirects=False, **request
            ) as response:
                body = await _read(response.content)
                answer = VendorAnswer(status=response.status, headers=response.headers, body=body)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Unreachable(f"{self._vendor} could not be reached ({fault(error)})") from None
        except (aiohttp.ClientError, TimeoutError) as error:
            raise OutcomeUnknown(f"{self._vendor} did not answer ({fault(error)})") from None
        if self._patient and answer.status == 401:
            raise TryLater(f"{self._vendor} does not take our credentials", after=UNKNOWN_S)
        if self._patient and answer.status in AFTER_THE_FACT and method not in READING:
            raise OutcomeUnknown(f"{self._vendor} answered {answer.status}")
        if judge is not None and (judged := judge(answer)) is not None:
            raise judged
        if failure := failure_of(self._vendor, answer.status, answer.headers.get("Retry-After", "")):
            raise failure
        if refuse and answer.status > 299:
            raise Undeliverable(f"{self._vendor} answered {answer.status}")
        return answer

    async def download(
        self, url: str, *, hosts: tuple[str, ...] = (), headers: Mapping[str, str] | None = None
    ) -> AsyncIterator[bytes]:
        """The bytes behind an address that the vendor named: relative to the API, on one of `hosts` (or below it), or
        with no hosts on any public one. Raises `TryLater` or `Undeliverable`.
        """
        target, kept = _joined(self._base, url), dict(headers or {})
        timeout = aiohttp.ClientTimeout(total=DOWNLOAD_S, sock_connect=CONNECT_S)
        for _ in range(REDIRECTS + 1):
            session = self._client() if self._is_ours(target, hosts, with_headers=bool(kept)) else self._public()
            try:
                async with session.get(target, headers=kept, allow_redirects=False, timeout=timeout) as response:
                    if response.status in {301, 302, 303, 307, 308}:
                        target, kept = _joined(target, response.headers.get("Location", "")), {}
                        continue
                    if failure := failure_of(self._vendor, response.status, response.headers.get("Retry-After", "")):
                        raise TryLater(str(failure))
                    if response.status == 202:
                        raise TryLater(f"{self._vendor} is still preparing the file")
                    if response.status != 200:
                        raise Undeliverable(f"the file is not to be had: {self._vendor} answered {response.status}")
                    async for chunk in response.content.iter_chunked(CHUNK):
                        yield chunk
                    return
            except (aiohttp.InvalidURL, NotPublicError) as error:
                raise Undeliverable("the file lies where we do not fetch from") from error
            except (aiohttp.ClientError, TimeoutError) as error:
                raise TryLater(f"the file could not be fetched ({fault(error)})") from None
            finally:
                if session is not self._session:
                    await session.close()
        raise Undeliverable("the file is behind too many redirections")

    async def close(self) -> None:
        """Release connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _is_ours(self, target: str, hosts: tuple[str, ...], *, with_headers: bool) -> bool:
        """Whether an address is that of the API. Raises `Undeliverable` for one that is none of `hosts` (or not public,
        where there are none), and where our headers would go without TLS.
        """
        parts = parts_of(target)
        host = parts.hostname or ""
        if (parts.scheme, parts.netloc) == urlsplit(self._base)[:2]:
            return True
        if with_headers and parts.scheme != "https":
            raise Undeliverable("the file lies where we do not show who we are")
        if any(host == each or host.endswith(f".{each}") for each in hosts):
            return False
        if hosts or parts.scheme != "https" or not _may_be_public(host):
            raise Undeliverable("the file lies where we do not fetch from")
        return False

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            # A connection of its own for each request: a kept one may be closed just as the message leaves.
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(force_close=True),
                timeout=aiohttp.ClientTimeout(total=ANSWER_S, sock_connect=CONNECT_S),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers=self._headers,
            )
        return self._session

    def _public(self) -> aiohttp.ClientSession:
        """For other people's addresses: without our headers, and never into our own network."""
        connector = aiohttp.TCPConnector(force_close=True, resolver=PublicResolver())
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())


async def _read(content: aiohttp.StreamReader) -> bytes:
    """A body, as much of it as we take; one read gives only what has arrived by then."""
    body = bytearray()
    while len(body) < ANSWER_BYTES and (chunk := await content.read(ANSWER_BYTES - len(body))):
        body += chunk
    return bytes(body)


def parts_of(url: str) -> SplitResult:
    """The parts of an address that somebody else wrote. Raises `Undeliverable` for what is none ("https://[")."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - which looks whether it is a number
    except ValueError:
        raise Undeliverable("the file's address is none") from None
    return parts


def _joined(base: str, url: str) -> str:
    """An address, seen from another. Raises `Undeliverable`."""
    parts_of(url)
    return urljoin(base, url)


def _may_be_public(host: str) -> bool:
    """Whether a host is a name, which `PublicResolver` looks at, or a public address."""
    try:
        return is_public(host)
    except ValueError:
        return bool(host)


def is_public(address: str) -> bool:
    """Whether an IP address is everybody's, also the IPv4 address that an IPv6 one only wraps. Raises ValueError."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        wrapped = any(found in network for network in _WRAPPING)
        found = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF) if wrapped else found.sixtofour or found
    return found.is_global and not found.is_multicast


class NotPublicError(aiohttp.ClientError):
    """A name or an address that leads into our own network."""


class PublicResolver(AbstractResolver):
    """Refuses names of loopback, private and reserved addresses."""

    def __init__(self) -> None:
        self._resolver = DefaultResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """As aiohttp's own. Raises `NotPublicError`."""
        found = await self._resolver.resolve(host, port, family)
        if not all(is_public(each["host"]) for each in found):
            raise NotPublicError
        return found

    async def close(self) -> None:
        """Release what the resolver holds."""
        await self._resolver.close()


def fault(error: Exception) -> str:
    """What went wrong with a connection, in words."""
    return next((words for kind, words in FAULTS if isinstance(error, kind)), type(error).__name__)


def failure_of(vendor: str, status: int, retry_after: str = "") -> SendError | None:
    """What a status means by itself: come back later, or nobody knows; None when it is for the channel to judge."""
    reason = f"{vendor} answered {status}"
    if status == 429:
        return TryLater(reason, after=pause(retry_after))
    if status == 504:
        return OutcomeUnknown(reason)
    if status >= 500 or status in {408, 425}:
        return TryLater(reason, after=pause(retry_after))
    return None


def pause(retry_after: str) -> float | None:
    """Seconds in a Retry-After header, if it has any."""
    return min(float(retry_after), LONGEST_PAUSE_S) if retry_after.isdecimal() else None


async def chunks(data: bytes) -> AsyncIterator[bytes]:
    """Bytes as a stream."""
    for start in range(0, len(data), CHUNK):
        yield data[start : start + CHUNK]


async def collected(stream: AsyncIterator[bytes], most: int) -> bytes:
    """A stream as bytes. Raises `Undeliverable` when it has more than `most`."""
    found = bytearray()
    async for chunk in stream:
        found += chunk
        if len(found) > most:
            raise Undeliverable(f"the file has more than {most} bytes")
    return bytes(found)
