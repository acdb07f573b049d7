"""Twilio's REST API, 2010-04-01: texts, files, and the numbers of an account.

https://www.twilio.com/docs/messaging/api/message-resource, https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource
"""

from collections.abc import AsyncIterator, Mapping
from urllib.parse import quote, urlsplit

import aiohttp

from connectors.channel import Finding
from connectors.errors import SendError, TryLater, Undeliverable
from connectors.message import JSON
from connectors.twilio import AGAIN, TwilioSettings, reason_of
from connectors.vendor import VendorAnswer, VendorClient, pause

VERSION = "2010-04-01"
MEDIA_HOSTS = ("api.twilio.com", "twiliocdn.com", "media.twiliocdn.com.s3-external-1.amazonaws.com")
"""Where files lie: api.twilio.com redirects to the others."""
SLOWLY = frozenset({20429, 21611, 30001, 63038})
"""Codes of what may go through later."""
PAGES = 50  # of 200 messages
OUR_FAULT_S = 300.0  # until the credentials may have been mended


class TwilioApi:
    """One account."""

    def __init__(self, settings: TwilioSettings) -> None:
        self._account = f"{VERSION}/Accounts/{settings.account_sid}"
        self._sign_in = aiohttp.encode_basic_auth(settings.account_sid, settings.auth_token.get_secret_value())
        self._base, self._host = settings.api_url, urlsplit(settings.api_url).netloc
        self._client = VendorClient("Twilio", settings.api_url)

    async def text(self, form: Mapping[str, str]) -> str:
        """Send a message; its id. Raises `SendError`."""
        answer = await self._call("POST", "Messages.json", data=form)
        return str(answer.json().get("sid", ""))

    async def messages(self, query: Mapping[str, str]) -> AsyncIterator[JSON]:
        """The messages that a query finds, page by page. Raises `SendError`."""
        page = (await self._call("GET", "Messages.json", params=query)).json()
        for _ in range(PAGES):
            for each in page.get("messages") or ():
                if isinstance(each, dict):
                    yield each
            following = page.get("next_page_uri")
            if not isinstance(following, str) or not following.startswith(f"/{self._account}/"):
                return
            page = (await self._call("GET", following, whole=True)).json()

    async def media(self, message: str) -> list[tuple[str, str]]:
        """Addresses and types of the files of a message. Raises `SendError`."""
        answer = await self._call("GET", f"Messages/{quote(message, safe='')}/Media.json")
        listed = answer.json().get("media_list")
        found = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
        return [
            (f"{self._base}{str(each.get('uri')).removesuffix('.json')}", str(each.get("content_type", "")))
            for each in found
        ]

    async def file(self, url: str) -> AsyncIterator[bytes]:
        """A file of a message, or a recording. Only Twilio itself is shown who we are. Raises `SendError`."""
        parts = urlsplit(url)
        ours = parts.netloc == self._host
        if not ours and parts.scheme != "https":
            raise Undeliverable("the file lies where we do not fetch from")
        headers = {"Authorization": self._sign_in} if ours or parts.netloc == "api.twilio.com" else {}
        async for chunk in self._client.download(url, hosts=MEDIA_HOSTS, headers=headers):
            yield chunk

    async def look(self, number: str, url_field: str, expected: str) -> list[Finding]:
        """Whether the account is active, and whether the number calls us. `url_field`: sms_url or voice_url."""
        try:
            account = (await self._call("GET", f"{self._account}.json", whole=True)).json()
            found = [
                Finding(
                    what=f"account {account.get('status', 'unknown')}",
                    ok=account.get("status") == "active",
                    remedy="Look at the account in Twilio's console.",
                )
            ]
            if number.startswith("+"):
                found.append(await self._look_at_number(number, url_field, expected))
        except SendError as error:
            return [Finding(what=str(error), ok=False, remedy="Check account_sid, auth_token and api_url.")]
        return found

    async def point(self, number: str, url_field: str, expected: str) -> list[Finding]:
        """Have a number call us."""
        name = "SmsUrl" if url_field == "sms_url" else "VoiceUrl"
        form = {name: f"{expected}{AGAIN}", name.replace("Url", "Method"): "POST"}
        if url_field == "voice_url":
            form |= {"StatusCallback": f"{expected}?do=ended{AGAIN}", "StatusCallbackMethod": "POST"}
        try:
            sid = (await self._number(number)).get("sid", "")
            if not sid:
                return [_unknown(number)]
            await self._call("POST", f"IncomingPhoneNumbers/{quote(sid, safe='')}.json", data=form)
        except SendError as error:
            return [Finding(what=str(error), ok=False, remedy="Set the URL in Twilio's console.")]
        return [Finding(what=f"{number} calls {expected}", ok=True)]

    async def close(self) -> None:
        """Release connections."""
        await self._client.close()

    async def _look_at_number(self, number: str, url_field: str, expected: str) -> Finding:
        owned = await self._number(number)
        if not owned:
            return _unknown(number)
        set_right = str(owned.get(url_field, "")).partition("#")[0] == expected
        return Finding(
            what=f"{number} calls {owned.get(url_field) or 'nobody'}",
            ok=set_right,
            remedy="" if set_right else f"`frontdoor channel add` sets it to {expected} (HTTP POST).",
        )

    async def _number(self, number: str) -> dict[str, str]:
        answer = await self._call("GET", "IncomingPhoneNumbers.json", params={"PhoneNumber": number})
        found = answer.json().get("incoming_phone_numbers")
        return found[0] if isinstance(found, list) and found and isinstance(found[0], dict) else {}

    async def _call(
        self,
        method: str,
        path: str,
        *,
        whole: bool = False,
        data: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> VendorAnswer:
        headers = {"Authorization": self._sign_in}
        target = path if whole else f"{self._account}/{path}"
        return await self._client.call(method, target, judge=_judge, headers=headers, data=data, params=params)


def _unknown(number: str) -> Finding:
    return Finding(what=f"{number} is not a number of this account", ok=False, remedy="Check the number.")


def _judge(answer: VendorAnswer) -> SendError | None:
    """What a refusal means. Twilio's own words are not kept: they repeat numbers of customers."""
    if answer.status < 400 or answer.status >= 500:
        return None
    given = answer.json().get("code")
    code = given if type(given) is int else 0
    reason = reason_of(code) if code else f"Twilio answered {answer.status}"
    if answer.status == 429 or code in SLOWLY:
        return TryLater(reason, after=pause(answer.headers.get("Retry-After", "")))
    if answer.status == 401:
        return TryLater(reason, after=OUR_FAULT_S)
    return Undeliverable(reason)
