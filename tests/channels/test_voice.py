"""Calls: whole ones, by a phone that does what the TwiML says."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from twilio.twiml.voice_response import Gather, VoiceResponse
from yarl import URL

from connectors.channel import Answer
from connectors.channels import voice_call
from connectors.channels.voice_parse import Rules, parse_call
from connectors.channels.voice_step import Do, Step
from connectors.channels.voice_twiml import Script, Speech
from connectors.channels.voice_words import SHORT, keys, shortened, spoken
from connectors.desk import DeskEventKind
from connectors.errors import Malformed
from connectors.message import JSON, Media
from connectors.twilio import Form
from connectors.vendor import collected
from tests.contract.vendor_bench import House, house_of, until
from tests.fakes.vendors.base import Trouble
from tests.fakes.vendors.phone import Phone
from tests.fakes.vendors.twilio import OURS, PEOPLE, form_hook, refusal
from tests.fakes.vendors.voice import VoiceBench, VoiceVendor, call_of

COLLEAGUE = "+12025550177"
MP3 = b"ID3\x04\x00\x00\x00\x00\x00\x00" + b"\xff\xfb\x90\x00" + b"\0" * 400


@pytest.fixture
async def house(tmp_path: Path, empty_database: Path, request: pytest.FixtureRequest) -> AsyncIterator[House]:
    """A service that can be called; parametrize `house` indirectly with more settings."""
    async with VoiceVendor() as vendor:
        bench = VoiceBench(vendor)
        bench.more = getattr(request, "param", {})
        async with house_of(bench, tmp_path, empty_database) as house:
            yield house
        assert vendor.wrongs == []
        for phone in vendor.phones.values():
            assert set(phone.statuses) <= {200}


def of(house: House) -> VoiceBench:
    assert isinstance(house.bench, VoiceBench)
    return house.bench


def phone_of(house: House, customer: str = "ann", **facts: Any) -> Phone:
    """A customer's phone, which rings."""
    phone = of(house).phone(house, customer)
    for name, value in facts.items():
        setattr(phone, name, value)
    phone.rings()
    return phone


async def hears(phone: Phone, part: str) -> None:
    """Wait until the caller has been told `part`."""
    await until(lambda: any(part in text for text in phone.texts()), lambda: str(phone.texts()), within_s=15)


async def in_english(house: House, **facts: Any) -> Phone:
    """A caller who chose English and was greeted."""
    phone = phone_of(house, **facts)
    phone.presses("1")
    await hears(phone, "this is Hearthline. I'm the assistant")
    return phone


class TestTalking:
    async def test_a_caller_chooses_a_language_asks_and_is_answered(self, house: House) -> None:
        phone = phone_of(house)
        await hears(phone, "For English, press 1")
        await hears(phone, "中文服务请按 2")
        assert [each.language for each in phone.heard] == ["en-US", "cmn-CN"]
        phone.presses("2")
        await hears(phone, "我是智能助手")
        await hears(phone, "按 1：转人工客服。")
        assert phone.gather["language"] == "cmn-Hans-CN"
        phone.says("配送要多久")
        await hears(phone, "1–3 days.")
        assert await house.stored() == ["配送要多久"]
        await house.settled()

    async def test_keys_choose_what_was_offered(self, house: House) -> None:
        phone = await in_english(house)
        phone.says("delivery")
        await hears(phone, "Press 1: Delivery fees.")
        assert "Delivery fees" in phone.gather["hints"]
        phone.presses("1")
        await until(lambda: len(house.rasa.texts) == 2, house.explain)
        assert house.rasa.texts[1] == '/ask_article{"article_id": "delivery-fees"}'

    async def test_so_does_saying_it(self, house: House) -> None:
        phone = await in_english(house)
        phone.says("delivery")
        await hears(phone, "Press 1: Delivery fees.")
        phone.says("delivery fees.")
        await until(lambda: len(house.rasa.texts) == 2, house.explain)
        assert house.rasa.texts[1] == '/ask_article{"article_id": "delivery-fees"}'

    async def test_who_chooses_no_language_gets_the_first(self, house: House) -> None:
        phone = phone_of(house, silent=True)
        await hears(phone, "this is Hearthline. I'm the assistant")
        assert sum("For English" in text for text in phone.texts()) == 2

    @pytest.mark.parametrize("house", [{"languages": ["zh"]}], indirect=True)
    async def test_with_one_language_there_is_no_menu(self, house: House) -> None:
        phone = phone_of(house)
        await hears(phone, "您好，这里是暖居家电。我是智能助手")
        assert not any("press 1" in text for text in phone.texts())

    async def test_what_is_not_understood_is_asked_again(self, house: House) -> None:
        phone = await in_english(house)
        phone.says("hmblfrg", confidence=0.2)
        await hears(phone, "I didn't catch that")
        phone.says("hello")
        await hears(phone, "You said: hello")
        assert await house.stored() == ["hello"]

    async def test_silence_is_asked_about_twice_and_then_a_human_shall_come(self, house: House) -> None:
        phone = await in_english(house)
        phone.silent = True
        await hears(phone, "in line for a colleague")
        assert sum("I didn't hear anything" in text for text in phone.texts()) == 2
        assert len(house.desk.opened) == 1

    async def test_twilios_repeats_change_nothing_and_say_the_same(self, house: House) -> None:
        phone = await in_english(house)
        phone.says("hello")
        await hears(phone, "You said: hello")
        repeats = await asyncio.gather(*(phone.again() for _ in range(3)))
        assert len(set(repeats)) == 1
        assert "You said: hello" in repeats[0]
        assert await house.stored() == ["hello"]

    async def test_a_bot_that_takes_long_is_waited_for(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("connectors.channels.voice.ANSWER_S", 0.3)
        phone = await in_english(house)
        house.rasa.delay_s = 0.9
        phone.says("hello")
        await hears(phone, "This takes a little longer")
        await hears(phone, "You said: hello")

    async def test_an_answer_that_comes_much_later_is_told_to_who_is_silent(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("connectors.channels.voice.ANSWER_S", 0.1)
        phone = await in_english(house)
        house.rasa.delay_s = 1.5
        phone.says("hello")
        await hears(phone, "What can I do for you?")
        await until(lambda: house.rasa.texts, house.explain)
        phone.silent = True
        await hears(phone, "You said: hello")

    async def test_earlier_calls_are_not_told_again(self, house: House) -> None:
        phone = await in_english(house)
        phone.says("my first secret")
        await hears(phone, "my first secret")
        await phone.hangs_up()
        second = of(house).another(house, "ann", "CA" + "2" * 32)
        of(house).twilio.phones["second"] = second
        second.rings()
        second.presses("1")
        await hears(second, "I'm the assistant")
        second.says("hello")
        await hears(second, "You said: hello")
        assert not any("secret" in text for text in second.texts())


class TestLongAnswers:
    LONG = (
        "First, switch the machine off at the wall, wait a minute, and let the pump drain what is left in the drum.\n\n"
        "Then clean the filter: [how](https://a.example/x).\n\n" + "More. " * 90
    )

    async def told(self, house: House) -> Phone:
        """A caller who was told the short version."""

        async def answer(request: web.Request) -> web.Response:
            body = await request.json()
            evidence = {"language": "en", "decision": "answer", "ranking": []}
            said = {"messages": [{"text": self.LONG}], "signals": [], "evidence": evidence, "slots": {}}
            return web.json_response({"message_id": body["message_id"], **said})

        phone = await in_english(house)
        house.rasa.trouble = lambda body: answer if body["text"] == "it leaks" else None
        phone.says("it leaks")
        await hears(phone, "That was the short version")
        assert not any("clean the filter" in text for text in phone.texts())
        return phone

    async def test_the_rest_is_told_when_they_want_it(self, house: House) -> None:
        phone = await self.told(house)
        phone.presses("*")
        await hears(phone, "clean the filter")
        assert not any("https" in text for text in phone.texts())

    @pytest.mark.parametrize("house", [{"text_from": OURS}], indirect=True)
    async def test_or_sent_as_a_text_message_once(self, house: House) -> None:
        phone = await self.told(house)
        phone.presses("#")
        await hears(phone, "I've sent it to your phone")
        await phone.again()
        (form,) = of(house).twilio.forms
        assert form["To"] == PEOPLE["ann"]
        assert "how (https://a.example/x)" in form["Body"]

    @pytest.mark.parametrize("house", [{"text_from": OURS}], indirect=True)
    async def test_a_text_message_that_is_not_taken_is_told(self, house: House) -> None:
        phone = await self.told(house)
        house.vendor.troubles.append(Trouble(status=400, body=refusal(21614)))
        phone.presses("#")
        await hears(phone, "I couldn't send a text message")


class TestHumans:
    async def test_humans_who_write_are_heard_and_the_caller_answers_by_voice(self, house: House) -> None:
        phone = await in_english(house)
        phone.presses("0")
        await hears(phone, "in line for a colleague")
        phone.silent = True
        await house.desk.happens(DeskEventKind.TAKEN)
        await hears(phone, "Li Na has joined")
        await house.desk.happens(DeskEventKind.REPLIED, "What is your order number?")
        await hears(phone, "What is your order number?")
        phone.says("It is seven")
        await until(lambda: any(each.content.text == "It is seven" for each in house.desk.lines), house.explain)
        assert (await house.settled())["sent"] >= 4

    @pytest.mark.parametrize("house", [{"transfer_to": COLLEAGUE}], indirect=True)
    async def test_a_caller_is_put_through_when_the_desk_has_them(self, house: House) -> None:
        phone = await in_english(house)
        phone.says("I want a human")
        await hears(phone, "I'm connecting you to a colleague")
        await hears(phone, "Thank you for calling. Goodbye.")
        assert phone.dialed == [COLLEAGUE]
        assert not any("in line" in text for text in phone.texts())
        await until(lambda: phone.over)
        await until(lambda: len(house.desk.lines) >= 2, house.explain)
        assert {"The caller spoke to a colleague on the phone, 1:05 · 来电已由同事接听，1:05"} <= {
            each.content.text for each in house.desk.lines
        }

    @pytest.mark.parametrize("house", [{"transfer_to": COLLEAGUE}], indirect=True)
    @pytest.mark.parametrize("status", ["busy", "no-answer", "failed"])
    async def test_nobody_answers_so_a_message_is_taken(self, house: House, status: str) -> None:
        phone = await in_english(house, colleague=status, message=MP3)
        phone.says("I want a human")
        await hears(phone, "nobody can take your call just now")
        await hears(phone, "leave a message after the tone")
        await hears(phone, "we have your message")
        await until(lambda: any("Voice message, 0:12" in each.content.text for each in house.desk.lines), house.explain)
        assert any(status in each.content.text for each in house.desk.lines)

    @pytest.mark.parametrize("house", [{"transfer_to": COLLEAGUE}], indirect=True)
    async def test_outside_the_desks_hours_nobody_is_called(self, house: House) -> None:
        house.desk.opens_at = int((time.time() + 3600) * 1000)
        phone = await in_english(house)
        phone.says("I want a human")
        await hears(phone, "Our team is away")
        await hears(phone, "leave a message after the tone")
        await hears(phone, "Goodbye")
        await until(lambda: phone.over)
        assert phone.dialed == []

    @pytest.mark.parametrize("house", [{"voicemail": False}], indirect=True)
    async def test_without_voicemail_the_bot_goes_on_outside_the_hours(self, house: House) -> None:
        house.desk.opens_at = int((time.time() + 3600) * 1000)
        phone = await in_english(house)
        phone.says("I want a human")
        await hears(phone, "Our team is away")
        phone.says("delivery")
        await hears(phone, "1–3 days.")

    async def test_a_recording_is_fetched_as_ourselves(self, house: House) -> None:
        url = of(house).twilio.keep(MP3)
        assert await collected(house.channel.fetch(Media(ref=f"{url}.mp3")), 10_000) == MP3

    async def test_who_waits_too_long_leaves_a_message(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(voice_call, "STILL_EVERY", 2)
        monkeypatch.setattr(voice_call, "HOLD_S", 0.05)
        phone = await in_english(house)
        phone.presses("0")
        await hears(phone, "in line for a colleague")
        phone.silent = True
        await hears(phone, "Thank you for waiting")
        now = time.time()
        monkeypatch.setattr(voice_call.time, "time", lambda: now + 700)
        await hears(phone, "leave a message after the tone")
        await until(lambda: phone.over)

    async def test_what_humans_write_after_the_call_is_shown_as_not_delivered(self, house: House) -> None:
        phone = await in_english(house)
        phone.presses("0")
        await hears(phone, "in line for a colleague")
        await phone.hangs_up()
        await until(lambda: any("Call ended" in each.content.text for each in house.desk.lines), house.explain)
        await house.desk.happens(DeskEventKind.REPLIED, "Are you there?")
        await until(lambda: any("Are you there?" in each.content.text for each in house.desk.lines), house.explain)
        assert "the call is over" in next(
            each.content.text for each in house.desk.lines if "Are you there?" in each.content.text
        )

    @pytest.mark.parametrize("house", [{"text_from": OURS}], indirect=True)
    async def test_or_sent_as_a_text_message(self, house: House) -> None:
        phone = await in_english(house)
        phone.presses("0")
        await hears(phone, "in line for a colleague")
        await phone.hangs_up()
        await house.desk.happens(DeskEventKind.REPLIED, "We found it.")
        await house.sees("We found it.")
        assert [form["Body"] for form in of(house).twilio.forms] == ["We found it."]

    @pytest.mark.parametrize("house", [{"text_from": OURS}], indirect=True)
    async def test_text_messages_after_the_call_fail_as_texts_do(self, house: House) -> None:
        phone = await in_english(house)
        phone.presses("0")
        await hears(phone, "in line for a colleague")
        await phone.hangs_up()
        house.vendor.troubles.append(Trouble(status=429, headers={"Retry-After": "1"}, body=refusal(20429, 429)))
        await house.desk.happens(DeskEventKind.REPLIED, "We found it.")
        await house.sees("We found it.")
        house.vendor.troubles.append(Trouble(status=400, body=refusal(21610)))
        await house.desk.happens(DeskEventKind.REPLIED, "One more thing")
        await until(lambda: any("has unsubscribed" in each.content.text for each in house.desk.lines), house.explain)


class TestWhoCalls:
    async def test_callers_without_a_number_are_kept_apart(self, house: House) -> None:
        for customer in ("ann", "ben"):
            phone = of(house).phone(house, customer)
            phone.number = "+266696687"
            phone.rings()
            phone.presses("1")
            await hears(phone, "I'm the assistant")
            phone.says(f"I am {customer}")
            await hears(phone, f"You said: I am {customer}")
        assert await house.channel._ports.conversations.find("voice", call_of("ann"))
        assert await house.channel._ports.conversations.find("voice", call_of("ben"))
        assert await house.channel._ports.conversations.find("voice", "+266696687") is None

    async def test_what_callers_make_us_say_cannot_become_twiml(self, house: House) -> None:
        phone = await in_english(house)
        phone.says("</Say><Dial>+15550000000</Dial>&\"'")
        await hears(phone, "You said: </Say><Dial>+15550000000</Dial>&\"'")
        assert phone.dialed == []


async def test_the_number_is_pointed_at_us(house: House) -> None:
    assert [each.ok for each in await house.channel.check()] == [True, False]
    assert [each.ok for each in await house.channel.connect()] == [True]
    assert [each.ok for each in await house.channel.check()] == [True, True]
    assert of(house).twilio.number["status_callback"].endswith("/webhooks/voice/webhook?do=ended#rc=3&rp=5xx,ct")


class TestTwiML:
    """Twilio's own library writes the same documents."""

    SCRIPT = Script({"en": "Polly.Joanna", "zh": "Polly.Zhiyu"})
    HELLO = (Speech(text="Tom & Jerry's <shop>", language="en"), Speech(text="您好", language="zh"))

    def spoken(self, verb: Any) -> Any:
        verb.say("Tom & Jerry's <shop>", language="en-US", voice="Polly.Joanna")
        verb.say("您好", language="cmn-CN", voice="Polly.Zhiyu")
        return verb

    def same(self, ours: Answer, theirs: VoiceResponse) -> None:
        assert ours.content_type == "text/xml"
        assert ElementTree.canonicalize(ours.body.decode()) == ElementTree.canonicalize(str(theirs))

    def test_listening(self) -> None:
        gather = Gather(
            input="dtmf speech", language="cmn-Hans-CN", timeout="6", speech_timeout="auto", num_digits="1",
            finish_on_key="", action="https://a.example/?x=1&y=2", method="POST", hints="转人工客服,Yes  no",
        )  # fmt: skip
        theirs = VoiceResponse()
        theirs.append(self.spoken(gather))
        theirs.redirect("https://a.example/?z=3&y=2", method="POST")
        urls = ("https://a.example/?x=1&y=2", "https://a.example/?z=3&y=2")
        self.same(self.SCRIPT.listen(self.HELLO, "zh", *urls, hints=["转人工客服", "Yes, no"], seconds=6), theirs)

    def test_what_is_too_long_for_a_hint_is_cut(self) -> None:
        urls, hints = ("https://a.example/", "https://b.example/"), ["x" * 101, "y"]
        answer = self.SCRIPT.listen(self.HELLO, "en", *urls, hints=hints, seconds=6)
        assert f'hints="{"x" * 100},y"' in answer.body.decode()

    def test_calling_a_colleague(self) -> None:
        theirs = self.spoken(VoiceResponse())
        dial = theirs.dial(action="https://a.example/", method="POST", timeout="20", answer_on_bridge="true")
        dial.number(COLLEAGUE)
        self.same(self.SCRIPT.dial(self.HELLO, COLLEAGUE, "https://a.example/", 20), theirs)

    def test_taking_a_message(self) -> None:
        theirs = self.spoken(VoiceResponse())
        theirs.record(
            action="https://a.example/1", method="POST", max_length="180", timeout="8", finish_on_key="#",
            recording_status_callback="https://a.example/2", recording_status_callback_method="POST",
        )  # fmt: skip
        self.spoken(theirs).hangup()
        self.same(self.SCRIPT.record(self.HELLO, "https://a.example/1", "https://a.example/2", self.HELLO), theirs)

    def test_waiting(self) -> None:
        theirs = self.spoken(VoiceResponse())
        theirs.pause(length="1")
        theirs.redirect("https://a.example/", method="POST")
        self.same(self.SCRIPT.pause(self.HELLO, "https://a.example/"), theirs)


class TestWords:
    def message(self, text: str, author: str = "bot") -> JSON:
        return {"text": text, "author": author}

    def test_what_cannot_be_spoken_is_left_out(self) -> None:
        text = "**Free** from €50 👍🏽:\n\n- [shop](https://shop.example/a?b=c)\n- 电话"
        assert spoken(self.message(text)) == "Free from €50 :\n\nshop\n电话"

    @given(st.text(max_size=2000), st.sampled_from(["bot", "agent", "system"]))
    def test_whatever_is_written_something_short_is_said_and_xml_takes_it(self, text: str, author: str) -> None:
        said = shortened(self.message(text, author))
        assert author != "bot" or len(said) <= SHORT
        assert all(each in "\n" or " " <= each <= "\ud7ff" or each >= "\ue000" for each in said)

    def test_a_rating_is_not_read_out_key_by_key(self) -> None:
        assert keys(["1", "2", "3", "4", "5"], "en") == []
        assert keys(["Yes, solved", "No"], "en") == ["Press 1: Yes, solved.", "Press 2: No."]


@given(
    st.builds(
        Step, do=st.sampled_from(Do), number=st.integers(0, 9999), language=st.sampled_from(["en", "zh"]),
        heard=st.integers(0, 10**6), asked=st.integers(0, 10**6), quiet=st.integers(0, 9), polls=st.integers(0, 999),
        since=st.integers(0, 2 * 10**9), who=st.sampled_from(["", "13125550101", "CA" + "0" * 32]),
    )
)  # fmt: skip
def test_a_step_survives_its_address(step: Step) -> None:
    assert Step.of(URL(step.url("https://a.example/webhooks/voice/webhook")).query) == step


FIELDS = (
    "CallSid", "From", "Digits", "SpeechResult", "Confidence", "StirVerstat", "DialCallStatus", "DialCallDuration",
    "RecordingSid", "RecordingUrl", "RecordingStatus", "RecordingDuration", "CallDuration",
)  # fmt: skip
VALUES = st.text(max_size=12) | st.sampled_from(["CA" + "0" * 32, "RE" + "0" * 32, "+13125550101", "1", "nan", "1e999"])


@given(st.sampled_from(Do), st.integers(0, 4), st.dictionaries(st.sampled_from(FIELDS), VALUES))
def test_no_form_breaks_it(do: Do, quiet: int, fields: dict[str, str]) -> None:
    clean = {name: value.encode("utf-8", "ignore").decode() for name, value in fields.items()}
    rules = Rules(channel="voice", languages=("en", "zh"), min_confidence=0.4)
    with contextlib.suppress(Malformed):
        parse_call(Form(form_hook({"CallSid": "CA" + "0" * 32} | clean).body), Step(do=do, quiet=quiet), rules)


@given(st.dictionaries(st.sampled_from(["do", "number", "heard", "language", "who", "since"]), st.text(max_size=20)))
def test_no_query_breaks_it(query: dict[str, str]) -> None:
    with contextlib.suppress(Malformed):
        Step.of(query)
