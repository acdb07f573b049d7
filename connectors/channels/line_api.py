"""What we ask of LINE. https://developers.line.biz/en/reference/messaging-api/"""

import time

from pydantic import SecretStr

from connectors.channel import Finding, Receipt
from connectors.channels.line_send import retry_key
from connectors.errors import OutcomeUnknown, SendError, TryLater, Undeliverable
from connectors.fields import clean_line
from connectors.findings import bad, failed, good
from connectors.languages import reduce_language
from connectors.message import JSON, Outbound, Profile
from connectors.vendor import VendorAnswer, VendorClient

RETRY_KEY_S = 23 * 3600
"""LINE remembers a retry key for 24 hours from its first use."""
LOADING_S = 5
"""The least LINE takes; a message of ours ends it sooner."""


class LineApi:
    """The API of one account."""

    def __init__(self, url: str, token: SecretStr) -> None:
        self._client, self._token = VendorClient("LINE", url), token

    @property
    def headers(self) -> dict[str, str]:
        """What every request carries."""
        return {"Authorization": f"Bearer {self._token.get_secret_value()}"}

    async def reply(self, token: str, message: JSON) -> Receipt | None:
        """Answer a customer for free. None when the token is good no more; nothing was shown then. Raises `SendError`.

        https://developers.line.biz/en/reference/messaging-api/#send-reply-message
        """
        body = {"replyToken": token, "messages": [message]}
        answer = await self._client.call(
            "POST", "v2/bot/message/reply", refuse=False, judge=_judged_reply, json=body, headers=self.headers
        )
        return _receipt(answer) if answer.status < 300 else None

    async def push(self, message: Outbound, shown: JSON) -> Receipt:
        """https://developers.line.biz/en/docs/messaging-api/retrying-api-request/

        LINE accepts a retry key once: a repeat of what has been accepted answers 409 and shows nothing. So here, unlike
        elsewhere, silence is no reason to give up: the same part can be sent under the same key until LINE answers,
        for as long as it remembers the key.
        """
        headers = self.headers | {"X-Line-Retry-Key": retry_key(message)}
        body = {"to": message.address, "messages": [shown]}
        try:
            answer = await self._client.call(
                "POST", "v2/bot/message/push", refuse=False, judge=_judged, json=body, headers=headers
            )
        except OutcomeUnknown as unknown:
            if time.time() - message.at / 1000 < RETRY_KEY_S:
                raise TryLater(f"{unknown}; to be sent again under the same key") from None
            raise
        if answer.status == 409 and "x-line-accepted-request-id" not in answer.headers:
            raise OutcomeUnknown("LINE answered 409 without saying what it had accepted")
        if answer.status > 299 and answer.status != 409:
            raise Undeliverable(f"LINE answered {answer.status}")
        return _receipt(answer)

    async def loading(self, address: str) -> None:
        """https://developers.line.biz/en/reference/messaging-api/#display-a-loading-indicator"""
        body = {"chatId": address, "loadingSeconds": LOADING_S}
        await self._client.call("POST", "v2/bot/chat/loading/start", json=body, headers=self.headers)

    async def profile(self, address: str) -> Profile:
        """What LINE tells of a customer; nothing of one who has blocked us. Raises `TryLater`."""
        try:
            found = (await self._get(f"v2/bot/profile/{address}")).json()
        except Undeliverable:
            return Profile()
        except OutcomeUnknown as unknown:
            raise TryLater(str(unknown)) from None
        name, language = found.get("displayName"), found.get("language")
        return Profile(
            name=clean_line(name)[:100] if isinstance(name, str) else "",
            language=reduce_language(language) if isinstance(language, str) else "",
        )

    async def check(self, webhook_url: str) -> list[Finding]:
        """The token, the webhook, and how many messages are left this month."""
        try:
            info = (await self._get("v2/bot/info")).json()
        except SendError as error:
            remedy = "Issue a new channel access token in the console, Messaging API."
            return [failed("LINE does not let us in (channel_access_token)", error, remedy)]
        findings = [good(f"the account is {clean_line(str(info.get('basicId', '')))[:60]}")]
        try:
            findings += await self._webhook(webhook_url)
            quota = (await self._get("v2/bot/message/quota")).json()
            used = (await self._get("v2/bot/message/quota/consumption")).json()
        except SendError as error:
            return [*findings, failed("the webhook and the plan cannot be read", error, "Try again in a minute.")]
        left = _messages_left(quota.get("value"), used.get("totalUsage"))
        if left == 0:
            remedy = "Choose a larger plan in the LINE Official Account Manager, or wait for next month."
            return [*findings, bad("no messages are left this month; replies go on", remedy)]
        return [*findings, good(f"messages left this month: {'any number' if left is None else left}")]

    async def connect(self, webhook_url: str) -> Finding:
        """Set the webhook. https://developers.line.biz/en/reference/messaging-api/#set-webhook-endpoint-url"""
        body = {"endpoint": webhook_url}
        try:
            await self._client.call("PUT", "v2/bot/channel/webhook/endpoint", json=body, headers=self.headers)
        except SendError as error:
            return failed(f"the webhook was not set to {webhook_url}", error, "LINE takes https:// addresses only.")
        return good(f"the webhook is set to {webhook_url}")

    async def close(self) -> None:
        """Release connections."""
        await self._client.close()

    async def _webhook(self, url: str) -> list[Finding]:
        """Where LINE calls, and whether it gets there."""
        webhook = (await self._get("v2/bot/channel/webhook/endpoint")).json()
        findings = []
        if webhook.get("active") is not True:
            findings.append(
                bad("the webhook is switched off", "Switch on `Use webhook` in the console, Messaging API.")
            )
        if webhook.get("endpoint") != url:
            return [*findings, bad(f"LINE does not call {url}", "Run `frontdoor channel connect`.")]
        tried = (await self._client.call("POST", "v2/bot/channel/webhook/test", headers=self.headers)).json()
        if tried.get("success") is not True:
            reason = clean_line(str(tried.get("reason", "")))[:100]
            remedy = "The service must be running with this channel, and be reachable by https."
            return [*findings, bad(f"LINE does not get through to {url}: {reason}", remedy)]
        return [*findings, good(f"LINE gets through to {url}")]

    async def _get(self, path: str) -> VendorAnswer:
        return await self._client.call("GET", path, headers=self.headers)


def _judged(answer: VendorAnswer) -> SendError | None:
    """https://developers.line.biz/en/reference/messaging-api/#error-responses"""
    if answer.status == 401:
        return TryLater("LINE does not know the channel access token", after=60)
    if answer.status == 429 and "monthly limit" in str(answer.json().get("message", "")):
        return Undeliverable("the account has used up its messages of this month")
    return None


def _judged_reply(answer: VendorAnswer) -> SendError | None:
    """A reply has no retry key, and LINE says of every 5xx that the message may have arrived."""
    if answer.status >= 500:
        return OutcomeUnknown(f"LINE answered {answer.status}")
    return _judged(answer)


def _receipt(answer: VendorAnswer) -> Receipt:
    sent = answer.json().get("sentMessages")
    first = sent[0] if isinstance(sent, list) and sent and isinstance(sent[0], dict) else {}
    return Receipt(vendor_id=str(first.get("id", ""))[:160])


def _messages_left(limit: object, used: object) -> int | None:
    """How many; None when the plan has no limit."""
    return max(0, limit - used) if isinstance(limit, int) and isinstance(used, int) else None
