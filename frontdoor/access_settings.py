"""How people of the desk get in: `security` and `oidc` of frontdoor.yml, and what the desk is told of them."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from connectors.oidc import OidcProvider, is_safe
from connectors.settings import Credential, Section, Text, WebAddress, invalid
from desk.access import Access, SingleSignOn
from desk.permissions import ROLES
from desk.tiers import Tiers
from frontdoor.problems import ConfigurationError, Problem

CALLBACK = "/desk/api/sso/callback"


def _issuer(value: str) -> str:
    if not is_safe(value):
        raise invalid(
            f"{value!r} is not encrypted", "Write the provider's https:// address, exactly as it names itself."
        )
    return value


def _role(value: str) -> str:
    if value not in ROLES:
        raise invalid(f"{value!r} is no role", f"Choose one of {', '.join(ROLES)}.")
    return value


def _domain(value: str) -> str:
    if "." not in value or "@" in value:
        raise invalid(f"{value!r} is not a domain", "Write what stands behind the @, such as example.com.")
    return value.lower()


def _switched(value: object) -> object:
    return "off" if value is False else value  # YAML reads `off` as false


Role = Annotated[str, AfterValidator(_role)]
Domain = Annotated[str, AfterValidator(_domain)]
Issuer = Annotated[str, AfterValidator(_issuer), Field(max_length=200)]


class Security(Section):
    """How safe log-ins to the desk must be."""

    two_factor: Annotated[Literal["off", "optional", "required"], BeforeValidator(_switched)] = "optional"
    """Whether a log-in has a second step, a code of an app: `off` for nobody, `optional` for who sets it up in their
    account, `required`: people in `required_for` can do nothing else before they have."""

    required_for: Annotated[tuple[Role, ...], Field(min_length=1)] = ROLES
    """Roles that must have it while `two_factor` is `required`."""


class SsoLabel(Section):
    """What the button on the log-in page says."""

    en: Text = "Log in with your company account"
    """In English."""

    zh: Text = "使用公司账号登录"
    """In Chinese."""


class Oidc(Section):
    """Single sign-on: people of the desk log in at your own provider (OpenID Connect). Give it the address
    `<public_url>/desk/api/sso/callback` to send them back to."""

    issuer: Issuer
    """The provider's address, exactly as it names itself."""

    client_id: Text
    """Under which name the provider knows this service."""

    client_secret: Credential
    """What the provider gave with it, best as `${OIDC_CLIENT_SECRET}`."""

    label: SsoLabel = SsoLabel()

    role_claim: str = ""
    """The claim that names a person's groups, such as `groups` or `realm_access.roles`. Empty: roles are set here."""

    roles: Annotated[dict[str, Role], Field(default_factory=dict)]
    """What a value of that claim makes somebody here: `support-leads: supervisor`. Of several, the most able one;
    who has none does not get in."""

    tier_claim: str = ""
    """The claim that names a person's teams. Empty: tiers are set here."""

    tiers: Annotated[dict[str, str], Field(default_factory=dict)]
    """Which tier of tiers.yml a value of that claim is."""

    domains: tuple[Domain, ...] = ()
    """Only people with a verified e-mail address in one of these get in. None: everybody the provider lets in."""

    auto_create: bool = False
    """Whether somebody who is new gets an account, as an agent unless `roles` says more. False: an admin adds them
    first, with their e-mail address."""

    only: bool = False
    """Whether passwords are for admins alone, who so get in when the provider is down."""

    log_out: bool = True
    """Whether logging out here logs people out at the provider, too, where it can do that. Register the address
    `<public_url>/desk/` there for the way back."""

    @model_validator(mode="after")
    def _maps_have_claims(self) -> Self:
        for claim, mapped in (("role_claim", "roles"), ("tier_claim", "tiers")):
            if bool(getattr(self, claim)) != bool(getattr(self, mapped)):
                raise invalid(f"{claim} and {mapped} belong together", f"Set both {claim} and {mapped}, or neither.")
        return self


def provider_of(oidc: Oidc, public_url: WebAddress) -> OidcProvider:
    """The provider as the service speaks to it. Close it at the end."""
    secret = oidc.client_secret.get_secret_value()
    return OidcProvider(oidc.issuer, oidc.client_id, secret, f"{public_url}{CALLBACK}")


def access(
    security: Security, oidc: Oidc | None, provider: OidcProvider | None, tiers: Tiers, *, key: str, company: str,
    home: str,
) -> Access:  # fmt: skip
    """The rules as the desk goes by them; `home` is the console's address. Raises `ConfigurationError` for tiers that
    tiers.yml does not have.
    """
    sso = None
    if oidc is not None and provider is not None:
        problems = [
            Problem(
                where=f"frontdoor.yml oidc.tiers.{value}",
                what=f"names the tier {tier!r}, which tiers.yml does not have",
                remedy=f"Use one of {', '.join(tiers.tiers)}.",
            )
            for value, tier in oidc.tiers.items()
            if tier not in tiers.tiers
        ]
        if problems:
            raise ConfigurationError(problems)
        sso = SingleSignOn(
            provider=provider, label=oidc.label.model_dump(), role_claim=oidc.role_claim, roles=oidc.roles,
            tier_claim=oidc.tier_claim, tiers=oidc.tiers, domains=oidc.domains, create=oidc.auto_create,
            only=oidc.only, home=home if oidc.log_out else "",
        )  # fmt: skip
    return Access(key=key, company=company, two_factor=security.two_factor, required_for=security.required_for, sso=sso)
