"""E-mail passes, against a real Dovecot."""

from connectors.mail.watch import Found
from connectors.message import JSON
from tests.contract.vendor_bench import CUSTOMER, FIXTURES, House, shape
from tests.contract.vendor_suite import VendorSuite
from tests.fakes.vendors.base import Trouble
from tests.fakes.vendors.email import EmailBench

CONVERSATION = "01K000000000000000000000CC"


class TestEmail(VendorSuite):
    """What differs: nobody calls it, and a text that is too long is cut with all of it in a file."""

    bench_class = EmailBench

    def broken(self) -> Trouble:
        return Trouble(status=451)

    async def test_a_text_that_is_too_long_is_told_to_the_customer_and_acknowledged(self, house: House) -> None:
        long = "字" * (house.settings.limits.text + 1)
        assert await house.says(long, "1001") == 200
        [stored] = await house.stored()
        assert len(stored) <= house.settings.limits.text
        assert "message.txt" in stored
        await house.sees("You said")
        assert house.vendor.texts(CUSTOMER)

    async def events_of(self, house: House, fixture: JSON) -> list[JSON]:
        data = (FIXTURES / "email" / fixture["mail"]).read_bytes()
        tokens = await house.channel._tokens()
        data = data.replace(b"{our_id}", tokens.message_id("01K000000000000000000000MM", CONVERSATION).encode())
        mail = house.channel._reader.read(data)
        events = await house.channel.events(mail, Found(data=data, whole=True, uid=1, validity=1))
        return [_stable(shape(event)) for event in events]


def _stable(event: JSON) -> JSON:
    """Without what depends on keys and on every byte of the mail."""
    event.pop("external_id", None)
    event.pop("vendor_id", None)
    for media in event.get("media", ()):
        media.pop("ref")
        media["data"] = {"part": media["data"]["part"]}
    return event
