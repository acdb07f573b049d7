"""Twilio's REST API, 2010-04-01: texts, files, and the numbers of an account.

https://www.twilio.com/docs/messaging/api/message-resource, https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource
"""

import re
from collections.abc import AsyncIterator, Mapping
from urllib.parse import quote, urlsplit

import aiohttp

from connectors.channel import Finding
from connectors.errors import SendError, TryLater, Undeliverable
from connectors.findings import bad, failed
from connectors.message import JSON
from connectors.twilio import AGAIN, TwilioSettings, reason_of
from connectors.vendor import VendorAnswer, VendorClient, parts_of, pause

VERSION = "2010-04-01"
MEDIA_HOSTS = ("twilio.com", "twiliocdn.com", "s3-external-1.amazonaws.com")
"""Where files lie: Twilio's API redirects to the others; the last has what was sent to an account before HTTP basic
authentication was switched on: https://support.twilio.com/hc/en-us/articles/223183748"""
_API_HOST = re.compile(r"api(\.[a-z0-9-]+){0,2}\.twilio\.com")
"""The API of any edge and region: https://www.twilio.com/docs/global-infrastructure/api-domain-migration-guide"""
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
        parts = parts_of(url)
        ours = parts.netloc == self._host
        if not ours and parts.scheme != "https":
            raise Undeliverable("the file lies where we do not fetch from")
        headers = {"Authorization": self._sign_in} if ours or _API_HOST.fullmatch(parts.netloc) else {}
        async for chunk in self._client.download(url, hosts=MEDIA_HOSTS, headers=headers):
            yield chunk

    async def look(self, number: str, url_field: str, expected: str) -> list[Finding]:
        """Whether the account is active, and whether the number calls us. `url_field`: sms_url or voice_url."""
        try:
            account = (await self._call("GET", f"{self._account}.json", whole=True)).json()
            found = [
                Finding(
                    what=f"the account is {account.get('status', 'of unknown state')}",
                    ok=account.get("status") == "active",
                    remedy="Look at the account in Twilio's console.",
                )
            ]
            if number.startswith("+"):
                found.append(await self._look_at_number(number, url_field, expected))
        except SendError as error:
            return [failed("the account and the number cannot be read", error, "Compare account_sid and auth_token.")]
        return found

    async def point(self, number: str, url_field: str, expected: str) -> list[Finding]:
        """Have a number call us."""
        name = "SmsUrl" if url_field == "sms_url" else "VoiceUrl"
        form = {name: f"{expected}{AGAIN}", name.replace("Url", "Method"): "POST"}
        if url_field == "voice_url":
            form |= {"StatusCallback": f"{expected}?do=ended{AGAIN}", "StatusCallbackMethod": "POST"}
        try:
            sid = str((await self._number(number)).get("sid", ""))
            if not sid:
                return [_unknown(number)]
            changed = await self._call("POST", f"IncomingPhoneNumbers/{quote(sid, safe='')}.json", data=form)
        except SendError as error:
            return [failed(f"{number} was not told to call us", error, "Compare account_sid and auth_token.")]
        return [_whom_it_calls(number, changed.json(), url_field, expected)]

    async def close(self) -> None:
        """Release connections."""
        await self._client.close()

    async def _look_at_number(self, number: str, url_field: str, expected: str) -> Finding:
        owned = await self._number(number)
        return _whom_it_calls(number, owned, url_field, expected) if owned else _unknown(number)

    async def _number(self, number: str) -> JSON:
        """The number's entry; Twilio finds longer numbers, too."""
        answer = await self._call("GET", "IncomingPhoneNumbers.json", params={"PhoneNumber": number})
        listed = answer.json().get("incoming_phone_numbers")
        found = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
        return next((each for each in found if each.get("phone_number") == number), {})

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


def _whom_it_calls(number: str, owned: JSON, url_field: str, expected: str) -> Finding:
    """Whether a number calls us. With an application (or, for calls, a trunk) Twilio does not look at its address.

    https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource
    """
    kind = url_field.removesuffix("_url")
    for name in (f"{kind}_application_sid", *(("trunk_sid",) if kind == "voice" else ())):
        if owned.get(name):
            what = f"{number} is answered by {owned[name]}, whatever address is set"
            return Finding(what=what, ok=False, remedy="Take it off the number in Twilio's console.")
    method = str(owned.get(f"{kind}_method") or "POST")
    right = str(owned.get(url_field, "")).partition("#")[0] == expected and method == "POST"
    return Finding(
        what=f"{number} calls {owned.get(url_field) or 'nobody'}{'' if method == 'POST' else f' by {method}'}",
        ok=right,
        remedy="" if right else f"`frontdoor channel connect` sets it to {expected} (HTTP POST).",
    )


def _unknown(number: str) -> Finding:
    return bad(f"{number} is not a number of this account", "Compare it with Phone Numbers in Twilio's console.")


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
