"""How people may get in, as the company decides it: the second step, and the provider of single sign-on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from connectors.message import JSON
from desk.permissions import ROLES
from storage.agents import Agent

OFF, OPTIONAL, REQUIRED = "off", "optional", "required"


class Provider(Protocol):
    """The company's provider of single sign-on, over OpenID Connect. All raise `connectors.oidc.Unproved`."""

    issuer: str

    async def address(self, *, state: str, nonce: str, verifier: str, again: bool) -> str:
        """Where a browser is sent; `again`: the person shall prove who they are even if the provider knows them."""

    async def farewell(self, back: str) -> str:
        """Where a browser is sent to log out there, too, and to come back to `back`; empty: there is no such place."""

    async def redeem(self, code: str, *, nonce: str, verifier: str) -> JSON:
        """What the provider says of the person who came back with `code`: claims that were checked."""


@dataclass(frozen=True, kw_only=True)
class SingleSignOn:
    """What the provider's words mean here. `roles` and `tiers` are by values of the claims `role_claim`, `tier_claim`.

    `domains`: only people with a verified address there; none: everybody the provider lets in. `create`: people who
    are new get an account. `only`: passwords are for admins alone, so that a provider that is down locks nobody out
    who can do something about it. `home`: logging out here logs out at the provider, too, which sends browsers back
    to that address; empty: it does not.
    """

    provider: Provider
    label: Mapping[str, str]
    role_claim: str = ""
    roles: Mapping[str, str] = field(default_factory=dict)
    tier_claim: str = ""
    tiers: Mapping[str, str] = field(default_factory=dict)
    domains: tuple[str, ...] = ()
    create: bool = False
    only: bool = False
    home: str = ""


@dataclass(frozen=True, kw_only=True)
class Access:
    """The rules for getting in. `key` seals what second steps are made of; `company` is what an app shows."""

    key: str = ""
    company: str = "Front Door"
    two_factor: str = OPTIONAL
    required_for: tuple[str, ...] = ROLES
    sso: SingleSignOn | None = None

    def demands(self, agent: Agent) -> bool:
        """Whether a person must have a second step."""
        return self.two_factor == REQUIRED and agent.role in self.required_for
