"""A few customers at once, and the account of all their messages."""

import asyncio
from typing import Self

import aiohttp

from bench.soak.accounts import Account, Stored, audit
from bench.soak.page import Page
from bench.soak.settling import settled
from tests.fakes.installation import Installation

CUSTOMERS = 5


class Crowd:
    """Customers with open pages. The service may be started later, or again. `said` counts what everyone said."""

    def __init__(self, installation: Installation, customers: int = CUSTOMERS) -> None:
        self._installation, self._customers = installation, customers
        self.said = 0

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession()
        names = [f"customer{number}" for number in range(self._customers)]
        self.pages = [Page(self._http, self._installation.url, "en", name) for name in names]
        for page in self.pages:
            await page.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        for page in self.pages:
            await page.__aexit__(*error)
        await self._http.close()

    def say(self, text: str = "message") -> None:
        """Everyone says something that nobody has said before."""
        self.said += 1
        for page in self.pages:
            page.say(f"{text} {self.said} of {page.name}")

    async def heard(self) -> None:
        """Until everything that was said is acknowledged."""
        for page in self.pages:
            assert await page.heard(), f"{page.name} is not heard"

    async def answered(self) -> None:
        """Until everyone has an answer to what they said last."""
        answers = await asyncio.gather(*(page.answered(page.said[-1]) for page in self.pages))
        assert all(answers)

    async def account(self, *replies: str) -> Account:
        """When all is done: what became of every message. `replies` are those that the desk accepted."""
        await settled(self._http, self._installation, self.pages)
        return audit(Stored.read(self._installation.database), self.pages, replies)
