"""Texts by Twilio: what the suite of vendors does not ask."""

import contextlib
import string
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import MultiDict
from pydantic import ValidationError
from twilio.request_validator import RequestValidator

from connectors.channel import Request
from connectors.channels.sms import SmsChannel, SmsSettings
from connectors.channels.sms_parse import parse_form
from connectors.desk import DeskEventKind
from connectors.errors import Forged, Malformed, TryLater, Undeliverable
from connectors.message import JSON, Attachment, Media
from connectors.twilio import Form, signature, verify
from connectors.vendor import PublicResolver, collected
from tests.channels.parts import outbound
from tests.contract.vendor_bench import House, house_of, until
from tests.fakes.vendors.base import Trouble
from tests.fakes.vendors.sms import SECONDARY, SmsBench
from tests.fakes.vendors.twilio import (
    ACCOUNT,
    OURS,
    PEOPLE,
    TOKEN,
    TwilioVendor,
    form_hook,
    listed,
    refusal,
    sid,
    signed,
)

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + b"\0" * 64
PICTURE = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/MM1/Media/ME1"


@pytest.fixture
async def house(tmp_path: Path, empty_database: Path, request: pytest.FixtureRequest) -> AsyncIterator[House]:
    """A service whose only channel are texts; parametrize `house` indirectly with more settings."""
    async with TwilioVendor() as vendor:
        bench = SmsBench(vendor)
        bench.more |= getattr(request, "param", {})
        async with house_of(bench, tmp_path, empty_database) as house:
            yield house
        assert vendor.wrongs == []


def of(house: House) -> tuple[SmsBench, TwilioVendor]:
    """The bench and the fake, as what they are."""
    assert isinstance(house.bench, SmsBench)
    assert isinstance(house.vendor, TwilioVendor)
    return house.bench, house.vendor


class TestSignatures:
    """Twilio's own library is the independent reference, both ways."""

    URLS = (
        "https://support.example.com/webhooks/sms/webhook",
        "https://support.example.com/webhooks/voice/webhook?do=heard&after=12&lang=zh",
        "https://support.example.com:8443/webhooks/sms/webhook",
        "http://support.example.com/webhooks/sms/webhook?a=%E4%BD%A0&b=",
        "https://xn--fiqs8s.example/%E6%9A%96/webhook?q=a+b%20c",
    )

    @pytest.mark.parametrize("url", URLS)
    @given(st.lists(st.tuples(st.text(string.ascii_letters, min_size=1, max_size=9), st.text(max_size=30)), max_size=8))
    def test_both_sign_the_same(self, url: str, pairs: list[tuple[str, str]]) -> None:
        pairs = [(name, value.encode("utf-8", "ignore").decode()) for name, value in pairs]
        theirs = RequestValidator(TOKEN).compute_signature(url, MultiDict(pairs))
        assert signature(TOKEN.encode(), url, pairs) == theirs
        assert RequestValidator(TOKEN).validate(url, MultiDict(pairs), signature(TOKEN.encode(), url, pairs))

    @pytest.mark.parametrize("url", URLS)
    def test_what_they_sign_with_or_without_the_port_is_genuine(self, url: str) -> None:
        pairs = [("Body", "Grüße 你好 😀 & more"), ("From", "+1"), ("Body", "Grüße 你好 😀 & more")]
        body = form_hook({"Body": "Grüße 你好 😀 & more", "From": "+1"}).body
        for spelling in (url, url.replace("example.com/", "example.com:443/"), url.replace(":8443", "")):
            if spelling.startswith("http://") and ":443" in spelling:
                continue
            proof = RequestValidator(TOKEN).compute_signature(spelling, MultiDict(pairs))
            verify(_request(url, body, proof), [b"another", TOKEN.encode()])

    @given(st.text(max_size=60))
    def test_anything_else_is_forged(self, proof: str) -> None:
        with pytest.raises(Forged):
            verify(_request(self.URLS[0], b"Body=x", proof), [TOKEN.encode()])

    async def test_the_secondary_token_signs_too(self, house: House) -> None:
        hook = signed(form_hook(dict(Form(of(house)[0].message("hello", "1").body).pairs)), "sms", token=SECONDARY)
        assert await house.bench.deliver(house, hook) == 200
        await house.sees("You said: hello")


def _request(url: str, body: bytes, proof: str) -> Request:
    return Request(
        method="POST", path="", query={}, headers={"x-twilio-signature": proof}, body=body, remote="", url=url
    )


class TestArriving:
    async def test_twilio_is_told_to_do_nothing_more(self, house: House) -> None:
        hook = of(house)[0].message("hello", "1")
        async with house.client.post("/webhooks/sms/webhook", data=hook.body, headers=hook.headers) as response:
            assert response.content_type == "text/xml"
            assert (await response.text()).endswith("<Response/>")

    async def test_who_says_stop_hears_no_more_until_start(self, house: House) -> None:
        bench, _ = of(house)
        await house.says("I want a human", "1")
        await house.sees("in line")
        await house.desk.happens(DeskEventKind.TAKEN)
        await house.sees("Li Na has joined")
        await bench.deliver(house, bench.message("STOP", "2"))
        await house.desk.happens(DeskEventKind.REPLIED, "Are you there?")
        await until(lambda: house.desk.lines, house.explain)
        assert house.desk.lines[-1].content.custom["kind"] == "not_delivered"
        await bench.deliver(house, bench.message("start", "3"))
        await house.desk.happens(DeskEventKind.REPLIED, "Welcome back")
        await house.sees("Welcome back")
        assert "Are you there?" not in house.vendor.texts("ann")

    async def test_help_says_who_we_are(self, house: House) -> None:
        bench, _ = of(house)
        await bench.deliver(house, bench.message("Help", "1", "ben"))
        await house.sees("Hearthline", "ben")

    async def test_a_picture_is_fetched_as_ourselves(self, house: House) -> None:
        bench, vendor = of(house)
        vendor.files["MM1/Media/ME1"] = JPEG
        media = {"NumMedia": "1", "MediaUrl0": f"{vendor.url}{PICTURE}", "MediaContentType0": "image/jpeg"}
        await bench.deliver(house, bench.form("1", Body="I want a human", **media))
        await until(lambda: house.desk.opened, house.explain)
        (found,) = [each for line in house.desk.opened[0].transcript for each in line.content.attachments]
        assert (found.media_type, found.size) == ("image/jpeg", len(JPEG))

    @pytest.mark.parametrize(
        "ref", ["https://evil.example/a", "http://api.twilio.com/a", "https://api.twilio.com.evil.example/"]
    )
    async def test_files_are_fetched_from_twilio_only(self, house: House, ref: str) -> None:
        with pytest.raises(Undeliverable):
            await collected(house.channel.fetch(Media(ref=ref)), 100)

    async def test_a_redirect_leads_nowhere_else_either(self, house: House) -> None:
        vendor = of(house)[1]
        vendor.redirects["MM1/Media/ME1"] = "https://10.0.0.1/secrets"
        with pytest.raises(Undeliverable):
            await collected(house.channel.fetch(Media(ref=f"{vendor.url}{PICTURE}")), 100)

    @pytest.mark.parametrize(
        "place",
        ["https://mms.twiliocdn.com/AC1/9f", "https://s3-external-1.amazonaws.com/media.twiliocdn.com/AC1/9f"],
    )
    async def test_a_redirect_leads_to_where_twilio_keeps_files(
        self, house: House, place: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[str] = []

        class NoNames(PublicResolver):
            async def resolve(self, host: str, *_: Any, **__: Any) -> Any:
                asked.append(host)
                raise OSError

        monkeypatch.setattr("connectors.vendor.PublicResolver", NoNames)
        of(house)[1].redirects["MM1/Media/ME1"] = place
        with pytest.raises(TryLater):
            await collected(house.channel.fetch(Media(ref=f"{of(house)[1].url}{PICTURE}")), 100)
        assert asked == [urlsplit(place).hostname]

    async def test_a_message_that_is_called_received_is_one(self, house: House) -> None:
        bench, _ = of(house)
        await bench.deliver(house, bench.form("1", Body="hello", MessageStatus="received"))
        await house.sees("You said: hello")

    async def test_a_number_is_proven_by_its_text(self, house: House) -> None:
        await house.says("hello", "1")
        row = await house.database.read(lambda tx: tx.exec_driver_sql("select phone from customer").one())
        assert row.phone == PEOPLE["ann"]


class TestMissing:
    """Twilio could not reach us."""

    async def look(self, house: House) -> None:
        """The channel looks once more, as it does every few minutes."""
        channel = house.channel
        await channel._missed.look(house.core.intake.accept, channel._stop_words)

    async def test_what_came_meanwhile_is_looked_up_in_order_and_once(self, house: House) -> None:
        _, vendor = of(house)
        now = datetime.now(UTC)
        await self.look(house)
        vendor.page = 2
        vendor.inbound = [
            listed(5, "from us", now, direction="outbound-api"),
            listed(4, "third", now),
            listed(3, "second", now - timedelta(seconds=30)),
            listed(2, "first", now - timedelta(seconds=60)),
            listed(1, "long ago", now - timedelta(hours=3)),
            listed(0, "another day", now - timedelta(days=2)),
        ]
        for _ in range(2):
            await self.look(house)
        assert await house.stored() == ["first", "second", "third"]
        await until(lambda: len(house.vendor.texts("ann")) == 3, house.explain)

    async def test_what_twilio_has_told_is_not_taken_again(self, house: House) -> None:
        bench, vendor = of(house)
        await self.look(house)
        text = listed(1, "hello", datetime.now(UTC))
        await bench.deliver(house, bench.form(str(text["sid"]), Body="hello"))
        vendor.inbound = [text]
        await self.look(house)
        await house.sees("You said: hello")
        assert await house.stored() == ["hello"]

    async def test_pictures_and_stop_words_are_what_they_are(self, house: House) -> None:
        _, vendor = of(house)
        await self.look(house)
        message = sid("SM", "listed-1")
        vendor.files[f"{message}/Media/ME1"] = JPEG
        vendor.inbound = [
            listed(2, "STOP", datetime.now(UTC)),
            listed(1, "I want a human", datetime.now(UTC), num_media="1"),
        ]
        await self.look(house)
        await until(lambda: house.desk.opened, house.explain)
        assert [each.name for line in house.desk.opened[0].transcript for each in line.content.attachments]
        assert await house.stored() == ["I want a human"]

    @pytest.mark.parametrize("house", [{"sender": "MG" + "0a" * 16}], indirect=True)
    async def test_a_service_has_only_its_own(self, house: House) -> None:
        _, vendor = of(house)
        await self.look(house)
        now = datetime.now(UTC)
        vendor.inbound = [
            listed(2, "for us", now, messaging_service_sid="MG" + "0a" * 16),
            listed(1, "for another", now, messaging_service_sid="MG" + "0b" * 16),
        ]
        await self.look(house)
        assert await house.stored() == ["for us"]


class TestLeaving:
    async def test_a_text_names_who_writes_and_where_to_report(self, house: House) -> None:
        await house.says("delivery", "1")
        await house.sees("1. Delivery fees")
        form = of(house)[1].forms[-1]
        assert (form["From"], form["To"], form["SmartEncoded"]) == (OURS, PEOPLE["ann"], "true")
        assert form["StatusCallback"] == "https://support.hearthline.example/webhooks/sms/webhook"

    @pytest.mark.parametrize("house", [{"sender": "MG" + "0a" * 16}], indirect=True)
    async def test_a_messaging_service_writes(self, house: House) -> None:
        await house.says("hello", "1")
        await house.sees("You said: hello")
        assert of(house)[1].forms[-1]["MessagingServiceSid"] == "MG" + "0a" * 16

    async def test_what_did_not_arrive_reaches_the_agent(self, house: House) -> None:
        bench, _ = of(house)
        await house.says("I want a human", "1")
        await house.sees("in line")
        await house.desk.happens(DeskEventKind.TAKEN)
        await house.desk.happens(DeskEventKind.REPLIED, "Here I am")
        said = await house.sees("Here I am")
        assert await bench.deliver(house, bench.status(said.raw["sid"], "delivered")) == 200
        assert await bench.deliver(house, bench.status(said.raw["sid"], "undelivered", "30005")) == 200
        await until(lambda: any("does not exist" in each.content.text for each in house.desk.lines), house.explain)

    @pytest.mark.parametrize(
        ("status", "code", "error"),
        [
            (429, 20429, TryLater), (400, 21611, TryLater), (401, 20003, TryLater), (500, 20500, TryLater),
            (400, 21211, Undeliverable), (400, 21610, Undeliverable), (400, 21408, Undeliverable),
            (400, 99999, Undeliverable), (404, 20404, Undeliverable),
        ],
    )  # fmt: skip
    async def test_refusals_are_what_their_codes_say(
        self, house: House, status: int, code: int, error: type[Exception]
    ) -> None:
        house.vendor.troubles.append(Trouble(status=status, body=refusal(code, status)))
        with pytest.raises(error) as caught:
            await house.channel.send(outbound(PEOPLE["ann"], text="hello"))
        assert str(code if status != 500 else status) in str(caught.value)
        assert PEOPLE["ann"] not in str(caught.value)

    @pytest.mark.parametrize("house", [{"pictures": True}], indirect=True)
    async def test_pictures_leave_as_mms_where_that_is_on(self, house: House) -> None:
        assert house.channel.limits.attachment_types == ("image/jpeg", "image/png", "image/gif")
        picture = Attachment(id="F1", name="a.jpg", media_type="image/jpeg", size=9)
        await house.channel.send(outbound(PEOPLE["ann"], attachments=(picture,)))
        assert (
            of(house)[1].forms[-1]["MediaUrl"].startswith("https://support.hearthline.example/api/v1/attachments/F1?")
        )


class TestSetUp:
    def test_who_comes_from_elsewhere_has_the_code_written(self) -> None:
        ports: Any = SimpleNamespace(name="sms", public_url="https://support.example", state=None)
        for sender, link in (
            (OURS, f"sms:{OURS}?body=FD%207K2M"),
            ("72975", "sms:72975?body=FD%207K2M"),
            ("Hearthline", ""),
        ):
            settings = SmsSettings(account_sid=ACCOUNT, auth_token=TOKEN, sender=sender)  # type: ignore[arg-type]
            assert SmsChannel(settings, ports).invitation("FD 7K2M") == link

    async def test_the_number_is_pointed_at_us(self, house: House) -> None:
        account, number = await house.channel.check()
        assert (account.ok, number.ok) == (True, False)
        (done,) = await house.channel.connect()
        assert done.ok
        assert [each.ok for each in await house.channel.check()] == [True, True]
        assert of(house)[1].number["sms_url"].endswith("/webhooks/sms/webhook#rc=3&rp=5xx,ct")
        assert of(house)[1].number["sms_method"] == "POST"

    @pytest.mark.parametrize(
        ("of_the_number", "found_out"),
        [
            ({"sms_method": "GET"}, f"{OURS} calls https://support.hearthline.example/webhooks/sms/webhook by GET"),
            ({"sms_application_sid": "AP1"}, f"{OURS} is answered by AP1, whatever address is set"),
        ],
    )
    async def test_a_number_that_does_not_call_us_after_all_is_found_out(
        self, house: House, of_the_number: JSON, found_out: str
    ) -> None:
        url = "https://support.hearthline.example/webhooks/sms/webhook"
        of(house)[1].number |= {"sms_url": url, **of_the_number}
        _, number = await house.channel.check()
        assert (number.ok, number.what) == (False, found_out)

    async def test_an_application_that_answers_the_number_is_told_when_it_is_pointed_at_us(self, house: House) -> None:
        of(house)[1].number["sms_application_sid"] = "AP1"
        assert [finding.ok for finding in await house.channel.connect()] == [False]

    @pytest.mark.parametrize("house", [{"sender": "+12025550199"}], indirect=True)
    async def test_a_number_of_somebody_else_is_found_out(self, house: House) -> None:
        assert [each.ok for each in await house.channel.check()] == [True, False]
        assert [each.ok for each in await house.channel.connect()] == [False]

    def test_settings_refuse_what_cannot_work(self) -> None:
        right = {"account_sid": ACCOUNT, "auth_token": TOKEN, "sender": OURS}
        for sender in (OURS, "72975", "MG" + "0a" * 16, "Hearthline"):
            SmsSettings(**right | {"sender": sender})  # type: ignore[arg-type]
        for wrong in (
            {"sender": "12345678901234"}, {"sender": "Hearthline Home"}, {"sender": ""}, {"account_sid": "SK1"},
            {"auth_token": ""}, {"text_length": 1601},
        ):  # fmt: skip
            with pytest.raises(ValidationError):
                SmsSettings(**right | wrong)  # type: ignore[arg-type]


NAMES = ("MessageSid", "From", "Body", "NumMedia", "MediaUrl0", "MessageStatus", "ErrorCode", "OptOutType")
VALUES = st.text(max_size=12) | st.sampled_from(["SM" + "0" * 32, "+13125550101", "1"])


@given(st.dictionaries(st.sampled_from(NAMES), VALUES))
def test_no_form_breaks_it(fields: dict[str, str]) -> None:
    body = form_hook({name: value.encode("utf-8", "ignore").decode() for name, value in fields.items()}).body
    with contextlib.suppress(Malformed):
        parse_form(Form(body), "sms", frozenset({"stop"}))
