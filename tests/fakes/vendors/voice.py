"""Customers who call."""

from collections.abc import Iterable
from urllib.parse import parse_qsl, urlsplit

from connectors.message import JSON
from tests.contract.vendor_bench import CUSTOMER, Hook, House, VendorBench
from tests.fakes.vendors.base import Choice, FakeVendor, Said
from tests.fakes.vendors.phone import KEY, Heard, Phone
from tests.fakes.vendors.twilio import ACCOUNT, NAMES, OURS, PEOPLE, TOKEN, TwilioVendor, form_hook, sid, signed


def call_of(customer: str) -> str:
    """The id of a customer's call."""
    return "CA" + customer.encode().hex().rjust(32, "0")


class VoiceVendor(TwilioVendor):
    """Twilio's API, and the phones of those who call."""

    def routes(self) -> None:
        super().routes()
        self.phones: dict[str, Phone] = {}

    def spoken(self, phone: Phone, heard: list[Heard]) -> None:
        """The caller has heard the text of a document; keys that are named are choices."""
        choices = [Choice(title=title, data=key) for each in heard for key, title in KEY.findall(each.text)]
        text = "\n".join(each.text for each in heard if not KEY.fullmatch(each.text))
        self.show(Said(address=NAMES.get(phone.number, phone.number), text=text, choices=tuple(choices)))

    def keep(self, recording: bytes) -> str:
        """Store a recording; its address at Twilio is without the ending."""
        self.files["RE" + "1" * 32 + ".mp3"] = recording
        return f"{self.url}/2010-04-01/Accounts/{ACCOUNT}/Recordings/RE{'1' * 32}"

    async def __aexit__(self, *error: object) -> None:
        for phone in self.phones.values():
            phone.over = True
            await phone.hangs_up()
        await super().__aexit__(*error)


class VoiceBench(VendorBench):
    """Calls to one number. For the suite a customer is already listened to, and every text is one thing they say."""

    kind = "voice"
    vendor_class = VoiceVendor
    secrets = (TOKEN,)

    def __init__(self, vendor: FakeVendor) -> None:
        super().__init__(vendor)
        assert isinstance(vendor, VoiceVendor)
        self.twilio = vendor
        self.more: JSON = {}

    def settings(self) -> JSON:
        account = {"account_sid": ACCOUNT, "auth_token": TOKEN, "api_url": self.vendor.url}
        return {**account, "number": OURS, **self.more}

    def address_of(self, customer: str) -> str:
        return PEOPLE.get(customer, customer)

    def sign(self, hook: Hook) -> Hook:
        return signed(hook, self.kind)

    def step(self, do: str, customer: str = CUSTOMER, query: dict[str, str] | None = None, **fields: str) -> Hook:
        """A request about a customer's call."""
        common = {
            "CallSid": call_of(customer), "AccountSid": ACCOUNT, "From": self.address_of(customer), "To": OURS,
            "CallStatus": "in-progress", "Direction": "inbound", "ApiVersion": "2010-04-01",
        }  # fmt: skip
        return self.sign(form_hook(common | fields, {"do": do, **(query or {})}))

    def message(self, text: str, message_id: str, address: str = CUSTOMER) -> Hook:
        return self.step("heard", address, self._place(address, message_id), SpeechResult=text, Confidence="0.92")

    def press(self, said: Said, index: int, message_id: str, address: str = CUSTOMER) -> Hook:
        return self.step("heard", address, self._place(address, message_id), Digits=said.choices[index].data)

    def _place(self, customer: str, message_id: str) -> dict[str, str]:
        """Where the call stands, as our last <Gather> says it."""
        phone = self.twilio.phones.get(customer)
        action = urlsplit(phone.gather.get("action", "") if phone else "")
        known = {name: value for name, value in parse_qsl(action.query) if name in {"heard", "asked", "language"}}
        number = "".join(each for each in message_id if each.isdecimal()) or "1"
        return known | {"number": number}

    def forged(self) -> Iterable[Hook]:
        hook = self.message("let me in", "1")
        yield Hook(headers={"Content-Type": hook.headers["Content-Type"]}, query=hook.query, body=hook.body)
        yield Hook(headers=hook.headers, query=hook.query, body=hook.body + b"&Extra=1")
        yield Hook(headers=hook.headers, query=hook.query | {"heard": "7"}, body=hook.body)
        yield signed(hook, self.kind, token="0" * 32)

    def malformed(self) -> Iterable[Hook]:
        yield self.step("dance")
        yield self.step("heard", query={"heard": "-1"}, SpeechResult="x")
        yield self.step("heard", query={"number": "x"}, SpeechResult="x")
        yield self.step("heard", query={"language": "fr"}, SpeechResult="x")
        yield self.step("heard", SpeechResult="x", CallSid="")
        yield self.step("heard", SpeechResult="x", Confidence="high")
        yield self.step("ended", CallDuration="long")
        yield self.step("recording", RecordingSid="1", RecordingUrl="https://api.twilio.com/x")
        yield self.step("recording", RecordingSid=sid("RE", "1"), RecordingUrl="file:///etc/passwd")
        yield self.sign(Hook.json({"CallSid": sid("CA", "1")}))

    def unsupported(self) -> Iterable[Hook]:
        yield self.step("recording", RecordingSid=sid("RE", "1"), RecordingStatus="absent")

    async def deliver(self, house: House, hook: Hook) -> int:
        """Twilio posts, and the caller's phone does what it is told."""
        customer = NAMES.get(dict(parse_qsl(hook.body.decode("utf-8", "replace"))).get("From", ""), "")
        if customer not in self.twilio.phones:
            await post(house, self.step("call", customer))
        phone = self.phone(house, customer)
        status, body = await post(house, hook)
        if status == 200 and hook.query.get("do") == "heard":
            phone.go_on(hook.query.get("number", ""), body)
        return status

    def listens(self) -> None:
        for phone in self.twilio.phones.values():
            phone.silent = True

    async def leaves(self) -> None:
        for phone in self.twilio.phones.values():
            await phone.hangs_up()
        self.twilio.phones.clear()

    def phone(self, house: House, customer: str = CUSTOMER) -> Phone:
        """A customer's phone."""
        if customer not in self.twilio.phones:
            self.twilio.phones[customer] = self.another(house, customer, call_of(customer))
        return self.twilio.phones[customer]

    def another(self, house: House, customer: str, call: str) -> Phone:
        """A phone for one call."""

        async def send(_: str, query: dict[str, str], fields: dict[str, str]) -> tuple[int, str]:
            return await post(house, signed(form_hook(fields, query), self.kind))

        return Phone(
            call=call, number=self.address_of(customer), post=send, show=self.twilio.spoken,
            wrong=self.vendor.wrong, keep=self.twilio.keep,
        )  # fmt: skip

    def recorded(self, fixture: JSON) -> Hook:
        return self.sign(form_hook(fixture["payload"], fixture.get("query")))


async def post(house: House, hook: Hook) -> tuple[int, str]:
    """Post to the webhook; status and body."""
    url = f"/webhooks/{house.channel.name}/webhook"
    async with house.client.post(url, params=hook.query, headers=hook.headers, data=hook.body) as response:
        return response.status, await response.text()
