"""Slack: customers in channels shared through Slack Connect, and people of the own workspace, in threads and direct
chats. https://docs.slack.dev/apis/events-api/
"""

import time
from collections.abc import AsyncIterator, Sequence

from connectors.channel import Accept, Answer, Finding, Limits, Receipt, Request, Standing
from connectors.channels import slack_parse
from connectors.channels.slack_api import SlackApi
from connectors.channels.slack_text import message_body
from connectors.errors import Forged
from connectors.fields import Fields
from connectors.http import same_secret
from connectors.message import Action, Event, Inbound, Media, Outbound, Profile, Pull
from connectors.ports import Ports
from connectors.settings import ChannelSettings, Credential, WebAddress
from connectors.vendor import collected

WINDOW_S = 300
"""How old a call may be: https://docs.slack.dev/authentication/verifying-requests-from-slack/"""
KNOWN_FOR_S = 24 * 3600.0
REMEMBERED = 10_000

LIMITS = Limits(
    text_length=4000,  # as Slack asks; it cuts at 40,000: https://docs.slack.dev/reference/methods/chat.postMessage
    buttons=25,  # https://docs.slack.dev/reference/block-kit/blocks/actions-block/
    button_title=75,  # https://docs.slack.dev/reference/block-kit/block-elements/button-element/
    attachments=True,
    attachment_bytes=20 << 20,  # Slack takes 1 GB; we hold a file in memory while it is sent, and have half a minute
    per_second=1,  # of one channel: https://docs.slack.dev/apis/web-api/rate-limits/
)


class SlackSettings(ChannelSettings):
    """Slack (an app of your workspace)."""

    signing_secret: Credential
    """The app's Basic Information: what Slack signs its calls with."""

    bot_token: Credential
    """The app's OAuth & Permissions: the Bot User OAuth Token, xoxb-…"""

    serve_colleagues: bool = True
    """Whether people of your own workspace are served in channels too. False: only those whom Slack Connect brings, so
    that colleagues can talk in the same threads; direct chats are served in any case."""

    api_url: WebAddress = "https://slack.com/api"
    """Where Slack's API is."""


class SlackChannel:
    """One app in one workspace."""

    Settings = SlackSettings
    limits = LIMITS
    standing = Standing.INDEPENDENT  # slack_sdk verifies and calls the same way; Slack itself was not met

    def __init__(self, settings: SlackSettings, ports: Ports) -> None:
        self.name = ports.name
        self._ports, self._secret, self._serve_colleagues = ports, settings.signing_secret, settings.serve_colleagues
        self._api = SlackApi(settings.api_url, settings.bot_token)
        self._asked: dict[str, float] = {}  # at whose address this process has looked for a name, and when
        self._people: dict[str, tuple[float, Profile]] = {}  # what Slack has told of people, and when

    def handshake(self, request: Request) -> Answer | None:
        """https://docs.slack.dev/reference/events/url_verification"""
        if request.method != "POST" or b"url_verification" not in request.body:
            return None
        self.verify(request)
        payload = self._payload(request)
        if payload.data.get("type") != "url_verification":
            return None
        return Answer(body=payload.text("challenge", longest=1000).encode())

    def verify(self, request: Request) -> None:
        """Slack signs time and body."""
        timestamp = request.headers.get("x-slack-request-timestamp", "")
        if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
            raise Forged("there is no time", code="signature_missing")
        expected = slack_parse.signature(self._secret.get_secret_value(), timestamp, request.body)
        if not same_secret(request.headers.get("x-slack-signature", ""), expected):
            raise Forged("the signature is not Slack's", code="signature_invalid")
        if abs(time.time() - int(timestamp)) > WINDOW_S:
            raise Forged(f"the call is older than {WINDOW_S} s, or our clock is wrong", code="signature_expired")

    def parse(self, request: Request) -> Sequence[Event]:
        """One call is one event; for people who are new here also a look at who they are."""
        events = slack_parse.events_of(self.name, self._payload(request), serve_colleagues=self._serve_colleagues)
        looks = [
            Pull(channel=self.name, key=f"profile:{each.address}", data={"address": each.address, "user": user})
            for each in events
            if isinstance(each, Inbound) and not each.uninvited and (user := each.raw["user"])
            and self._is_due(each.address)
        ]  # fmt: skip
        return [*events, *looks]

    async def answer(self, request: Request, events: Sequence[Event]) -> Answer:
        """Nothing: a body would be taken for an answer to the press of a button."""
        return Answer()

    async def pull(self, pull: Pull, accept: Accept) -> None:
        """Learn who somebody is; then greet them, if they have opened the chat for the first time."""
        address, user = str(pull.data["address"]), str(pull.data["user"])
        if not pull.data.get("greet"):
            await self._ports.conversations.open(self.name, address, await self._profile(user))
            return
        if await self._ports.conversations.find(self.name, address) is None:
            opened = Inbound(
                channel=self.name, address=address, external_id="opened", action=Action.START,
                profile=await self._profile(user),
            )  # fmt: skip
            await accept(opened)

    async def send(self, message: Outbound) -> Receipt:
        """Say it in the thread, or in the direct chat."""
        channel, _, thread = message.address.partition(":")
        if message.content.attachments:
            file = message.content.attachments[0]
            data = await collected(self._ports.files.read(file), LIMITS.attachment_bytes or file.size)
            return await self._api.share(channel, thread, file.name, data)
        return await self._api.post(channel, thread, message_body(message.content, message.language))

    def fetch(self, media: Media) -> AsyncIterator[bytes]:
        """The bytes of a file."""
        return self._api.fetch(media)

    async def check(self) -> list[Finding]:
        """The token and its scopes. Slack tells nobody which request URL is set."""
        return await self._api.check()

    def is_shared(self, address: str) -> bool:
        """A thread of a channel is; a direct chat is not."""
        return not slack_parse.is_direct(address)

    async def close(self) -> None:
        """Release connections."""
        await self._api.close()

    def _payload(self, request: Request) -> Fields:
        return slack_parse.payload_of(request.body, request.headers.get("content-type", ""))

    async def _profile(self, user: str) -> Profile:
        """Who somebody is, asked of Slack once a day."""
        at, profile = self._people.get(user, (0.0, Profile()))
        if at and time.monotonic() - at < KNOWN_FOR_S:
            return profile
        if len(self._people) >= REMEMBERED:
            self._people.clear()
        profile = await self._api.profile(user)
        self._people[user] = (time.monotonic(), profile)
        return profile

    def _is_due(self, address: str) -> bool:
        """Whether this process has not looked for a day who is at an address."""
        now = time.monotonic()
        if now - self._asked.get(address, now - KNOWN_FOR_S) < KNOWN_FOR_S:
            return False
        if len(self._asked) >= REMEMBERED:
            self._asked.clear()
        self._asked[address] = now
        return True
