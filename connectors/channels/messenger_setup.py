"""Setting Messenger (or Instagram) up: its settings, and what can be looked at and done at Meta.

https://developers.facebook.com/documentation/business-messaging/messenger-platform/reference/messenger-profile-api
"""

from collections.abc import Mapping
from typing import ClassVar

from connectors.channel import Finding
from connectors.channels.messenger_parse import HUMAN, LANGUAGE, START
from connectors.errors import SendError
from connectors.findings import failed
from connectors.message import JSON
from connectors.meta_graph import GraphClient, GraphId, GraphSettings, OptionalGraphId

PAGE_FIELDS = (
    "messages,messaging_postbacks,messaging_referrals,message_deliveries,message_reads,message_echoes,message_edits,"
    "feed,mention"
)
INSTAGRAM_FIELDS = "messages,messaging_postbacks,messaging_referral,messaging_seen,comments"
GREETING = {  # 160 characters
    "en": "Hello {{user_first_name}}! Ask {brand} anything, in English or Chinese. "
    "A bot answers at once; there are people, too.",
    "zh": "您好！有问题请直接留言，{brand}智能助手会马上回复，也可以随时转人工客服。",
}
MENU = {  # 30 characters a title
    "en": (("Talk to a human", HUMAN), ("用中文交流", f"{LANGUAGE}zh")),
    "zh": (("转人工客服", HUMAN), ("Chat in English", f"{LANGUAGE}en")),
}
LOCALES = {"default": "en", "zh_CN": "zh", "zh_HK": "zh", "zh_TW": "zh"}


class MessengerSettings(GraphSettings):
    """Facebook Messenger (a page), or Instagram (an account that is linked to a page)."""

    asks: ClassVar[tuple[str, ...]] = (
        "page_id",
        "instagram_id",
        "app_id",
        "app_secret",
        "access_token",
        "verify_token",
    )

    page_id: GraphId
    """The page's id: Page settings, Page transparency; or Messenger, Settings in the App Dashboard."""

    instagram_id: OptionalGraphId = ""
    """Set, the channel is the Instagram account of this id that is linked to the page, not the page itself; a company
    that has both makes two channels: `messenger: …` and `instagram: {kind: messenger, instagram_id: …}`."""

    human_agent: bool = False
    """Whether Meta has given the app the permission `human_agent`: then people may answer for seven days instead of
    one."""


class MessengerSetup:
    """What `frontdoor channel add` and `test` do."""

    def __init__(self, settings: MessengerSettings, graph: GraphClient, brand: Mapping[str, str]) -> None:
        self._graph, self._brand = graph, brand
        self._page, self._instagram = settings.page_id, bool(settings.instagram_id)
        self._fields = INSTAGRAM_FIELDS if self._instagram else PAGE_FIELDS

    async def connect(self, webhook_url: str) -> list[Finding]:
        """Set the webhook's address, subscribe the page, and set the greeting, the start button and the menu."""
        topic = "instagram" if self._instagram else "page"
        return [
            await self._graph.subscribe_app(topic, self._fields, webhook_url),
            await self._subscribe_page(),
            await self._set_profile(),
        ]

    async def check(self) -> list[Finding]:
        """The token, the page, and what the app is subscribed to."""
        try:
            page = await self._graph.call("GET", self._page, params={"fields": "name"})
        except SendError as error:
            remedy = "Compare page_id and access_token: a page's token, with pages_messaging and pages_manage_metadata."
            return [failed("the page cannot be read", error, remedy)]
        return [Finding(what=f"the page is {page.get('name') or self._page}", ok=True), await self._look_at_fields()]

    async def _subscribe_page(self) -> Finding:
        fields = PAGE_FIELDS if not self._instagram else "messages"  # a page's account is heard through the page
        try:
            await self._graph.call("POST", f"{self._page}/subscribed_apps", params={"subscribed_fields": fields})
        except SendError as error:
            remedy = "The token needs pages_manage_metadata; feed and mention need pages_read_engagement."
            return failed("the page could not be subscribed", error, remedy)
        return Finding(what="the page is subscribed", ok=True)

    async def _set_profile(self) -> Finding:
        try:
            platform = {"platform": "instagram"} if self._instagram else {}
            await self._graph.call("POST", f"{self._page}/messenger_profile", params=platform, json=self._profile())
        except SendError as error:
            remedy = "The token needs pages_messaging (instagram_manage_messages for Instagram)."
            return failed("the greeting and the menu could not be set", error, remedy)
        return Finding(what="the greeting and the menu are set", ok=True)

    async def _look_at_fields(self) -> Finding:
        try:
            found = await self._graph.call("GET", f"{self._page}/subscribed_apps")
        except SendError as error:
            remedy = "The token needs pages_manage_metadata."
            return failed("the subscriptions cannot be read", error, remedy)
        data = found.get("data")
        apps = [each for each in data if isinstance(each, dict)] if isinstance(data, list) else []
        fields = {field for app in apps for field in app.get("subscribed_fields") or ()}
        if "messages" not in fields:
            remedy = "Run `frontdoor channel connect`, or subscribe the page in the App Dashboard, Messenger, Settings."
            return Finding(what="no app hears the page's messages", ok=False, remedy=remedy)
        missing = sorted(set(PAGE_FIELDS.split(",")) - fields) if not self._instagram else []
        silent = f", without {', '.join(missing)}" if missing else ""
        return Finding(what=f"an app hears the page's messages{silent}", ok=True)

    def _profile(self) -> JSON:
        menu = [
            {
                "locale": locale,
                "call_to_actions": [
                    {"type": "postback", "title": title, "payload": payload} for title, payload in MENU[language]
                ],
            }
            for locale, language in LOCALES.items()
        ]
        if self._instagram:  # it knows neither a start button nor a greeting
            return {"persistent_menu": menu}
        greeting = [
            {"locale": locale, "text": GREETING[language].replace("{brand}", self._brand[language])[:160]}
            for locale, language in LOCALES.items()
        ]
        return {"get_started": {"payload": START}, "greeting": greeting, "persistent_menu": menu}
