"""What the channels of Meta's products do alike: they prove calls, are set up, and are closed."""

from typing import Protocol

from connectors.channel import Answer, Finding, Request
from connectors.meta_graph import GraphClient, GraphSettings, check_signature, handshake
from connectors.ports import Ports


class MetaSetup(Protocol):
    """How a product is set up at Meta."""

    async def connect(self, webhook_url: str) -> list[Finding]:
        """Tell Meta where we are; may be repeated."""

    async def check(self) -> list[Finding]:
        """Look whether token, subscriptions and the rest are right."""


class MetaChannel:
    """One account of a product; a subclass makes the attributes."""

    _settings: GraphSettings
    _ports: Ports
    _graph: GraphClient
    _setup: MetaSetup

    def handshake(self, request: Request) -> Answer | None:
        """Meta looks whether the address is ours."""
        return handshake(request, self._settings.verify_token)

    def verify(self, request: Request) -> None:
        """Meta signs the body."""
        check_signature(request, self._settings.app_secret)

    async def check(self) -> list[Finding]:
        """What is found at Meta."""
        return await self._setup.check()

    async def connect(self) -> list[Finding]:
        """Set the product up for us."""
        return await self._setup.connect(self._ports.webhook_url)

    async def close(self) -> None:
        """Release connections."""
        await self._graph.close()
