"""Customers who text."""

from collections.abc import Iterable
from urllib.parse import urlencode

from connectors.message import JSON
from tests.contract.vendor_bench import CUSTOMER, Hook, VendorBench
from tests.fakes.vendors.base import FakeVendor, Trouble
from tests.fakes.vendors.twilio import ACCOUNT, OURS, PEOPLE, TOKEN, TwilioVendor, form_hook, refusal, sid, signed

SECONDARY = "99887766554433221100ffeeddccbbaa"


class SmsBench(VendorBench):
    """Texts to one number. A customer's name is their number in `PEOPLE`."""

    kind = "sms"
    vendor_class = TwilioVendor
    secrets = (TOKEN, SECONDARY)

    def __init__(self, vendor: FakeVendor) -> None:
        super().__init__(vendor)
        self.more: JSON = {"per_second": 50}

    def settings(self) -> JSON:
        account = {"account_sid": ACCOUNT, "auth_token": TOKEN, "secondary_auth_token": SECONDARY}
        return {**account, "api_url": self.vendor.url, "sender": OURS, **self.more}

    def address_of(self, customer: str) -> str:
        return PEOPLE.get(customer, customer)

    def sign(self, hook: Hook) -> Hook:
        return signed(hook, self.kind)

    def form(self, message_id: str, address: str = CUSTOMER, **fields: str) -> Hook:
        """What Twilio posts for a message; SmsSid and SmsMessageSid repeat its id."""
        message = message_id if message_id.startswith(("SM", "MM")) else sid("SM", message_id)
        common = {
            "ToCountry": "US", "SmsMessageSid": message, "NumMedia": "0", "SmsSid": message, "SmsStatus": "received",
            "To": OURS, "NumSegments": "1", "MessageSid": message, "AccountSid": ACCOUNT,
            "From": self.address_of(address), "ApiVersion": "2010-04-01",
        }  # fmt: skip
        return self.sign(form_hook(common | fields))

    def status(self, message: str, status: str, error: str = "") -> Hook:
        """What Twilio posts when it learns what became of a message of ours."""
        fields = {
            "MessageSid": message, "MessageStatus": status, "SmsSid": message, "SmsStatus": status, "From": OURS,
            "To": PEOPLE["ann"], "AccountSid": ACCOUNT, "ApiVersion": "2010-04-01",
        }  # fmt: skip
        return self.sign(form_hook(fields | ({"ErrorCode": error} if error else {})))

    def message(self, text: str, message_id: str, address: str = CUSTOMER) -> Hook:
        return self.form(message_id, address, Body=text)

    def forged(self) -> Iterable[Hook]:
        hook = self.message("let me in", "1")
        yield Hook(headers={"Content-Type": hook.headers["Content-Type"]}, body=hook.body)
        yield Hook(headers=hook.headers, body=hook.body + b"&Extra=1")
        yield Hook(headers=hook.headers, body=hook.body, query={"a": "b"})
        yield signed(hook, self.kind, token="0" * 32)
        yield signed(hook, "another")
        yield Hook(headers={**hook.headers, "X-Twilio-Signature": "ü"}, body=hook.body)

    def malformed(self) -> Iterable[Hook]:
        for wrong in (
            {"MessageSid": ""}, {"MessageSid": "SM1"}, {"From": ""}, {"NumMedia": "-1"}, {"NumMedia": "x"},
            {"NumMedia": "11"}, {"NumMedia": "1"}, {"NumMedia": "1", "MediaUrl0": "file:///etc/passwd"},
            {"MessageStatus": "failed", "ErrorCode": "many"},
        ):  # fmt: skip
            yield self.form("7", Body="x", **wrong)
        yield self.sign(Hook.json({"MessageSid": sid("SM", "1")}))
        yield Hook(headers={"X-Twilio-Signature": "x"}, body=b"\xff\xfe")
        yield Hook(headers={"X-Twilio-Signature": "x"}, body=b"Body=%ff%fe")
        yield Hook(headers={"X-Twilio-Signature": "x"}, body=urlencode({str(n): "" for n in range(300)}).encode())

    def unsupported(self) -> Iterable[Hook]:
        yield self.form("1", "12345", Body="Your code is 123")
        yield self.form("2", "whatsapp:+13125550101", Body="hi")
        yield self.form("3", Body="")
        yield self.form("4", Body="help", OptOutType="HELP")
        yield self.status(sid("SM", "5"), "sent")

    def limited(self) -> Trouble:
        return Trouble(status=429, headers={"Retry-After": "1"}, body=refusal(20429, 429))

    def blocked(self) -> list[Trouble]:
        return [Trouble(status=400, body=refusal(code)) for code in (21610, 21211, 21614)]

    def recorded(self, fixture: JSON) -> Hook:
        return self.sign(form_hook(fixture["payload"], fixture.get("query")))
