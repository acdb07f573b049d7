"""Whether the links of articles lead anywhere: each is asked once, and only where the whole world could ask, too."""

import asyncio
from collections.abc import Iterable
from urllib.parse import urljoin, urlsplit

import aiohttp

from connectors.vendor import PublicResolver, is_public

SECONDS = 15.0
AT_A_TIME = 8
LINKS = 2_000
REDIRECTS = 5
_GONE = frozenset({404, 410})
_MOVED = frozenset({301, 302, 303, 307, 308})
_AGENT = {"User-Agent": "Mozilla/5.0 (compatible; frontdoor-kb-lint)"}
_NOT_PUBLIC = "leads to an address that is not public"


async def dead(addresses: Iterable[str]) -> dict[str, str]:
    """What is wrong with each address that leads nowhere, of the first `LINKS`."""
    chosen = list(dict.fromkeys(each for each in addresses if each.startswith(("http://", "https://"))))[:LINKS]
    gate = asyncio.Semaphore(AT_A_TIME)
    connector = aiohttp.TCPConnector(resolver=PublicResolver(), limit=AT_A_TIME)
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(connector=connector, timeout=timeout, headers=_AGENT, cookie_jar=jar) as session:
        answers = await asyncio.gather(*(_ask(session, gate, address) for address in chosen))
    return {address: wrong for address, wrong in zip(chosen, answers, strict=True) if wrong}


async def _ask(session: aiohttp.ClientSession, gate: asyncio.Semaphore, address: str) -> str:
    """What is wrong with an address; empty when it leads somewhere. Only a page that is gone, or no answer, is wrong:
    many servers refuse programs."""
    async with gate:
        try:
            for _ in range(REDIRECTS):
                if not may_be_asked(address):
                    return _NOT_PUBLIC
                # GET: many servers answer HEAD wrongly. The body is not read.
                async with session.get(address, allow_redirects=False) as response:
                    if response.status not in _MOVED:
                        return f"leads to a page that is gone ({response.status})" if response.status in _GONE else ""
                    address = urljoin(address, response.headers.get("Location", ""))
        except TimeoutError:
            return f"did not answer within {SECONDS:.0f} s"
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return f"cannot be reached ({type(error).__name__})"
        return f"leads on more than {REDIRECTS} times"


def may_be_asked(address: str) -> bool:
    """Whether the host of an address is a name, which the resolver looks at, or a public number."""
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return False
    try:
        return is_public(parts.hostname)
    except ValueError:
        return True
