"""Setting WhatsApp up: its settings, and what can be looked at and done at Meta.

https://developers.facebook.com/documentation/business-messaging/whatsapp/get-started
"""

from typing import Annotated, ClassVar

from pydantic import Field

from connectors.channel import Finding
from connectors.errors import SendError
from connectors.findings import bad, failed
from connectors.meta_graph import GraphClient, GraphId, GraphSettings, OptionalGraphId
from connectors.settings import Section

TemplateName = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,512}$")]
LanguageCode = Annotated[str, Field(pattern=r"^[a-z]{2,3}(_[A-Z]{2})?$")]
MANAGEMENT = "The token needs whatsapp_business_management, and account_id has to be the account's."


class Template(Section):
    """An approved template without variables."""

    name: TemplateName
    """Its name in WhatsApp Manager."""

    en: LanguageCode = "en"
    """The code of its English version: `en`, `en_US`, `en_GB`."""

    zh: LanguageCode = "zh_CN"
    """The code of its Chinese version."""


class WhatsappSettings(GraphSettings):
    """WhatsApp (a business number on Meta's Cloud API)."""

    asks: ClassVar[tuple[str, ...]] = (
        "phone_number_id",
        "account_id",
        "app_id",
        "app_secret",
        "access_token",
        "verify_token",
    )

    phone_number_id: GraphId
    """WhatsApp, API Setup: the id of the business number, which is not the number itself."""

    account_id: OptionalGraphId = ""
    """WhatsApp, API Setup: the id of the WhatsApp Business Account, so that the app can be subscribed to it."""

    invitation: Template | None = None
    """The template that invites a customer to write, sent once when an agent's reply comes after the 24 hours in which
    WhatsApp lets us write; the reply itself follows when they do. Without it the reply just waits. Meta charges for
    templates."""


class WhatsappSetup:
    """What `frontdoor channel add` and `test` do."""

    def __init__(self, settings: WhatsappSettings, graph: GraphClient) -> None:
        self._graph = graph
        self._number, self._account, self._invitation = (
            settings.phone_number_id,
            settings.account_id,
            settings.invitation,
        )

    async def connect(self, webhook_url: str) -> list[Finding]:
        """Set the webhook's address, and subscribe the app to the account."""
        done = [await self._graph.subscribe_app("whatsapp_business_account", "messages", webhook_url)]
        if not self._account:
            remedy = "Set account_id, or subscribe it in the App Dashboard, WhatsApp, Configuration."
            return [*done, bad("the app was not subscribed to the account, as there is no account_id", remedy)]
        try:
            await self._graph.call("POST", f"{self._account}/subscribed_apps")
        except SendError as error:
            done.append(failed("the app could not be subscribed to the account", error, MANAGEMENT))
        return done

    async def check(self) -> list[Finding]:
        """The token, the number, the app's subscription to the account, and the template."""
        found = [await self._look_at_number()]
        if self._account:
            found.append(await self._look_at_account(self._account))
            if self._invitation is not None:
                found.append(await self._look_at_template(self._account, self._invitation))
        return found

    async def _look_at_number(self) -> Finding:
        try:
            params = {"fields": "display_phone_number,verified_name"}
            number = await self._graph.call("GET", self._number, params=params)
        except SendError as error:
            remedy = "Look at access_token (it needs whatsapp_business_messaging) and phone_number_id."
            return failed("the number cannot be read", error, remedy)
        shown = f"{number.get('verified_name', '')} {number.get('display_phone_number', '')}".strip()
        return Finding(what=f"the number is {shown or self._number}", ok=True)

    async def _look_at_account(self, account: str) -> Finding:
        try:
            apps = await self._graph.call("GET", f"{account}/subscribed_apps")
        except SendError as error:
            return failed("the account cannot be read", error, MANAGEMENT)
        if apps.get("data"):
            return Finding(what="an app is subscribed to the account", ok=True)
        remedy = "Run `frontdoor channel connect`, or subscribe it in the App Dashboard."
        return Finding(what="no app is subscribed to the account, so nothing arrives", ok=False, remedy=remedy)

    async def _look_at_template(self, account: str, invitation: Template) -> Finding:
        try:
            params = {"name": invitation.name, "fields": "name,language,status"}
            found = await self._graph.call("GET", f"{account}/message_templates", params=params)
        except SendError as error:
            return failed("the templates cannot be read", error, MANAGEMENT)
        data = found.get("data")
        templates = [each for each in data if isinstance(each, dict)] if isinstance(data, list) else []
        good = {str(each.get("language")) for each in templates if each.get("status") == "APPROVED"}
        missing = sorted({invitation.en, invitation.zh} - good)
        if not missing:
            return Finding(what=f"the template {invitation.name} is approved", ok=True)
        remedy = f"Make {invitation.name} in WhatsApp Manager, without variables, and wait until it is approved."
        return Finding(what=f"there is no approved template in {', '.join(missing)}", ok=False, remedy=remedy)
