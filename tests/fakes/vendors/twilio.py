"""Twilio's REST API at the wire, as https://www.twilio.com/docs describes it; signatures by Twilio's own library."""

import base64
import itertools
import re
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import parse_qsl, urlencode

from aiohttp import web
from multidict import MultiDict
from twilio.request_validator import RequestValidator

from connectors.message import JSON
from tests.contract.vendor_bench import PUBLIC_URL, Hook
from tests.fakes.vendors.base import FakeVendor, Said

ACCOUNT = "AC0123456789abcdef0123456789abcdef"
TOKEN = "5e0d1c2b3a49586776859493a2b1c0d9"
OURS = "+12025550100"
PEOPLE = {"ann": "+13125550101", "ben": "+8613800138000"}
NAMES = {number: name for name, number in PEOPLE.items()}
KNOWN = {"To", "From", "MessagingServiceSid", "Body", "MediaUrl", "StatusCallback", "SmartEncoded"}


def sid(kind: str, of: str) -> str:
    """An id of Twilio's, made from any name."""
    return kind + of.encode().hex().rjust(32, "0")[-32:]


def refusal(code: int, status: int = 400) -> JSON:
    """The body of an error."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    return {"code": code, "message": f"Something about {PEOPLE['ann']}", "more_info": more, "status": status}


class TwilioVendor(FakeVendor):
    """Messages, numbers and files of one account."""

    def routes(self) -> None:
        self.forms: list[dict[str, str]] = []
        self.files: dict[str, bytes] = {}
        self.redirects: dict[str, str] = {}
        self.inbound: list[JSON] = []  # as the API lists them, the newest first
        self.page = 50
        self.number: JSON = {"sid": sid("PN", "1"), "phone_number": OURS, "sms_url": "", "voice_url": ""}
        self._numbers = itertools.count(1)
        account = f"/2010-04-01/Accounts/{ACCOUNT}"
        self.app.router.add_post(f"{account}/Messages.json", self._messages)
        self.app.router.add_get(f"{account}/Messages.json", self._received)
        self.app.router.add_get(f"{account}/Messages/{{sid}}/Media.json", self._media)
        self.app.router.add_get(f"{account}.json", self._account)
        self.app.router.add_get(f"{account}/IncomingPhoneNumbers.json", self._list)
        self.app.router.add_post(f"{account}/IncomingPhoneNumbers/{{sid}}.json", self._change)
        self.app.router.add_get("/2010-04-01/Accounts/{account}/{kind:Messages|Recordings}/{name:.*}", self._file)

    def _unknown(self, request: web.Request) -> web.Response | None:
        expected = "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        if request.headers.get("Authorization") != expected:
            self.wrongs.append("the credentials")
            return web.json_response(refusal(20003, 401), status=401)
        return None

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        if (unknown := self._unknown(request)) is not None:
            return unknown
        form = {name: str(value) for name, value in (await request.post()).items()}
        if set(form) - KNOWN or ("From" in form) == ("MessagingServiceSid" in form):
            return self.wrong(f"the fields {sorted(form)}")
        if not re.fullmatch(r"\+[1-9]\d{6,14}", form["To"]):
            return web.json_response(refusal(21211), status=400)
        if not form.get("Body") and not form.get("MediaUrl"):
            return self.wrong("a message without Body and MediaUrl (21602)")
        if len(form.get("Body", "")) > 1600:
            return self.wrong("a Body of more than 1600 characters (21617)")

        async def send() -> web.Response:
            message = sid("SM", str(next(self._numbers)))
            self.forms.append(form)
            file = ((form["MediaUrl"], b""),) if "MediaUrl" in form else ()
            address = NAMES.get(form["To"], form["To"])
            self.show(Said(address=address, text=form.get("Body", ""), files=file, raw=form | {"sid": message}))
            body = {"sid": message, "status": "queued", "error_code": None, "to": form["To"], "num_segments": "1"}
            return web.json_response(body, status=201)

        return await self.sending(send)

    async def _received(self, request: web.Request) -> web.StreamResponse:
        if (unknown := self._unknown(request)) is not None:
            return unknown
        query = request.query
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", query.get("DateSent>", "")):
            return self.wrong(f"the query {dict(query)}")
        day = datetime.fromisoformat(query["DateSent>"]).replace(tzinfo=UTC)
        found = [each for each in self.inbound if parsedate_to_datetime(each["date_sent"]) >= day]
        found = [each for each in found if each["to"] == query.get("To", each["to"])]
        start = int(query.get("Page", "0")) * self.page
        more = urlencode({**query, "Page": int(query.get("Page", "0")) + 1})
        following = f"{request.path}?{more}" if len(found) > start + self.page else None
        return web.json_response({"messages": found[start : start + self.page], "next_page_uri": following})

    async def _media(self, request: web.Request) -> web.StreamResponse:
        message = request.match_info["sid"]
        uri = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{message}/Media/ME1.json"
        return self._unknown(request) or web.json_response({"media_list": [{"uri": uri, "content_type": "image/jpeg"}]})

    async def _account(self, request: web.Request) -> web.StreamResponse:
        return self._unknown(request) or web.json_response({"sid": ACCOUNT, "status": "active", "type": "Full"})

    async def _list(self, request: web.Request) -> web.StreamResponse:
        longer = self.number | {"phone_number": f"{request.query.get('PhoneNumber')}9", "sms_url": "https://a.example"}
        ours = [self.number] if request.query.get("PhoneNumber") == self.number["phone_number"] else []
        found = [longer, *ours]  # Twilio finds numbers that have it in them
        return self._unknown(request) or web.json_response({"incoming_phone_numbers": found})

    async def _change(self, request: web.Request) -> web.StreamResponse:
        names = {
            "SmsUrl": "sms_url", "VoiceUrl": "voice_url", "SmsMethod": "sms_method", "VoiceMethod": "voice_method",
            "StatusCallback": "status_callback",
        }  # fmt: skip
        for name, value in (await request.post()).items():
            self.number[names.get(name, name)] = value
        return self._unknown(request) or web.json_response(self.number)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        if (unknown := self._unknown(request)) is not None:
            return unknown
        name = request.match_info["name"]
        if name in self.redirects:
            raise web.HTTPTemporaryRedirect(self.redirects[name])
        if name not in self.files:
            return web.json_response(refusal(20404, 404), status=404)
        return web.Response(body=self.files[name])


def listed(number: int, body: str, at: datetime, **more: object) -> JSON:
    """A text from Ann, as the API lists it."""
    return {
        "sid": sid("SM", f"listed-{number}"), "from": PEOPLE["ann"], "to": OURS, "body": body, "direction": "inbound",
        "status": "received", "num_media": "0", "date_sent": format_datetime(at), "messaging_service_sid": None, **more,
    }  # fmt: skip


def signed(hook: Hook, channel: str, token: str = TOKEN) -> Hook:
    """The call with Twilio's signature on it, by Twilio's library."""
    query = f"?{urlencode(hook.query)}" if hook.query else ""
    url = f"{PUBLIC_URL}/webhooks/{channel}/webhook{hook.path}{query}"
    try:
        pairs = parse_qsl(hook.body.decode(), keep_blank_values=True)
    except UnicodeDecodeError:
        pairs = []
    proof = RequestValidator(token).compute_signature(url, MultiDict(pairs))
    headers = {**hook.headers, "X-Twilio-Signature": proof}
    return Hook(path=hook.path, query=hook.query, headers=headers, body=hook.body)


def form_hook(fields: dict[str, str], query: dict[str, str] | None = None) -> Hook:
    """A form, not signed yet."""
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
    return Hook(query=query or {}, headers=headers, body=urlencode(fields).encode())
