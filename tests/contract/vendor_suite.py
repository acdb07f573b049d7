"""What every vendor's channel must do: one passes by naming its bench in a subclass of `VendorSuite`.

    class TestToy(VendorSuite):
        bench_class = ToyBench

Everything happens over the wire: the vendor calls our webhook (or is polled), and we call the vendor.
"""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connectors.channel import Limits, Request, Standing, WebhookChannel
from connectors.desk import DeskEventKind
from connectors.message import JSON, Author, Content
from connectors.registry import VENDORS, load
from connectors.splitting import MEASURES
from frontdoor import metrics, outbox
from frontdoor.step import Step
from storage.conversations import find_by_address
from tests.contract.vendor_bench import (
    CUSTOMER,
    PUBLIC_URL,
    Hook,
    House,
    VendorBench,
    house_of,
    shape,
    until,
)
from tests.fakes.vendors.base import Trouble

PRIVATE = "my card number is 4111-1111-1111-1111"
FAMILY = "👨‍👩‍👧‍👦"
LINK = "https://support.hearthline.example/a/long/way?to=go&and=more"


class VendorSuite:
    """The tests. Where a vendor differs for a reason, its bench says so in one place."""

    bench_class: type[VendorBench]

    @pytest.fixture
    async def house(self, tmp_path: Path, empty_database: Path) -> AsyncIterator[House]:
        async with self.bench_class.vendor_class() as vendor:
            bench = self.bench_class(vendor)
            async with house_of(bench, tmp_path, empty_database) as house:
                yield house
            assert vendor.wrongs == [], "something was asked that the vendor does not document"

    # what arrives

    async def test_a_message_is_stored_and_answered(self, house: House) -> None:
        assert await house.says("hello 👋 你好", "1001") == 200
        assert await house.stored() == ["hello 👋 你好"]
        await house.sees("You said: hello 👋 你好")
        assert await house.settled() == {"sent": 1}

    async def test_a_repeat_changes_nothing(self, house: House) -> None:
        statuses = await asyncio.gather(*(house.says("once", "1001") for _ in range(4)))
        assert set(statuses) == {200}
        assert await house.says("once", "1001") == 200
        await house.sees("You said: once")
        assert await house.stored() == ["once"]
        assert await house.says("once", "1002") == 200
        await until(lambda: len(house.vendor.texts(CUSTOMER)) == 2, house.explain)

    async def test_what_is_forged_is_refused_and_not_stored(self, house: House) -> None:
        if not isinstance(house.channel, WebhookChannel):
            pytest.skip("nobody calls this channel: it fetches what there is, with its own credentials")
        statuses = [await house.bench.deliver(house, hook) for hook in house.bench.forged()]
        assert statuses
        assert set(statuses) == {403}
        assert await house.stored() == []

    async def test_what_is_malformed_is_refused_and_not_stored(self, house: House) -> None:
        if not isinstance(house.channel, WebhookChannel):
            pytest.skip("nobody calls this channel")
        statuses = [await house.bench.deliver(house, hook) for hook in house.bench.malformed()]
        assert statuses
        assert set(statuses) == {400}
        assert await house.stored() == []
        assert await house.says("and it goes on", "1001") == 200

    async def test_our_own_words_do_not_come_back(self, house: House) -> None:
        echoes = list(house.bench.echoes())
        if not echoes:
            pytest.skip("this vendor never tells us what we said ourselves")
        for hook in echoes:
            assert await house.bench.deliver(house, hook) == 200
        await asyncio.sleep(0.05)
        assert await house.stored() == []
        assert house.rasa.texts == []

    async def test_unknown_kinds_are_acknowledged_and_counted(self, house: House) -> None:
        before = _ignored(house)
        hooks = list(house.bench.unsupported())
        for hook in hooks:
            assert await house.bench.deliver(house, hook) == 200
        assert await house.stored() == []
        if hooks:
            assert _ignored(house) > before

    async def test_recorded_payloads_are_what_they_are(self, house: House, subtests: pytest.Subtests) -> None:
        fixtures = house.bench.fixtures()
        assert fixtures, "put the vendor's documented payloads into tests/fixtures/channels/<kind>/"
        for path in fixtures:
            fixture = json.loads(path.read_text(encoding="utf-8"))
            with subtests.test(path.stem):
                assert fixture["source"], "where the payload is from"
                assert await self.events_of(house, fixture) == fixture["events"]

    async def events_of(self, house: House, fixture: JSON) -> list[JSON]:
        """What the channel makes of a fixture; a channel that is not called by webhook overrides this."""
        request = request_of(house, house.bench.recorded(fixture))
        house.channel.verify(request)
        return [shape(event) for event in house.channel.parse(request)]

    async def test_a_text_that_is_too_long_is_told_to_the_customer_and_acknowledged(self, house: House) -> None:
        assert await house.says("字" * (house.settings.limits.text + 1), "1001") == 200
        said = await _first(house)
        assert str(house.settings.limits.text) in said
        assert await house.stored() == []

    # what leaves

    async def test_a_long_text_is_split_where_a_reader_would(self, house: House) -> None:
        limits: Limits = house.channel.limits
        await house.says("hello", "1001")
        await house.sees("You said")
        length = limits.text_length or 3000
        sentence = f"这是一个关于配送的长句子，里面有表情{FAMILY}和链接 {LINK} 。"
        text = sentence * (2 * length // len(sentence) + 2)
        text = text[: 3 * length]
        text = text[: text.rindex("。") + 1]
        await self.reply(house, text)
        assert (await house.settled())["sent"] == 2
        parts = house.vendor.texts(CUSTOMER)[1:]
        measure = MEASURES[limits.text_unit]
        assert all(measure(part) <= (limits.text_length or 1 << 30) for part in parts)
        assert "".join("".join(parts).split()) == "".join(text.split())
        for part in parts:
            assert 7 * part.count(FAMILY) == sum(part.count(each) for each in FAMILY[::2]) + part.count(FAMILY[1])
            assert part.count("https://") == part.count(LINK)

    async def test_choices_are_offered_and_understood(self, house: House) -> None:
        await house.says("delivery", "1001")
        said = await house.sees("1–3 days")
        pressed = house.bench.press(said, 0, "1002") if said.choices else None
        if pressed is not None:
            assert said.choices[0].title == "Delivery fees"
            assert await house.bench.deliver(house, pressed) == 200
        else:
            assert "1. Delivery fees" in said.text
            assert await house.says("1", "1002") == 200
        await until(lambda: len(house.rasa.texts) == 2, house.explain)
        assert house.rasa.texts[1] == '/ask_article{"article_id": "delivery-fees"}'

    async def test_a_human_is_reached_and_answers_here(self, house: House) -> None:
        await house.says("I want a human", "1001")
        await house.sees("in line for a colleague")
        await house.desk.happens(DeskEventKind.TAKEN)
        await self.reply(house, "Here I am. 我来了。")
        said = await house.sees("Here I am. 我来了。")
        assert said.address == CUSTOMER
        assert len(house.desk.opened) == 1

    async def test_more_than_the_vendor_allows_is_said_later(self, house: House) -> None:
        limited = house.bench.limited()
        if limited is None:
            pytest.skip("this vendor has no such answer")
        assert isinstance(limited, Trouble)
        house.vendor.troubles.extend([limited, limited])
        began = time.monotonic()
        await house.says("hello", "1001")
        await house.sees("You said: hello", within_s=20)
        pauses = sum(float(limited.headers.get("Retry-After", 0)) for _ in range(2))
        assert time.monotonic() - began >= pauses, "the vendor was asked again before it wanted"
        assert await house.settled() == {"sent": 1}

    async def test_a_vendor_in_trouble_is_asked_again(self, house: House) -> None:
        house.vendor.troubles.append(self.broken())
        await house.says("hello", "1001")
        await house.sees("You said: hello")
        assert await house.settled() == {"sent": 1}
        assert house.vendor.texts(CUSTOMER) == ["You said: hello"]

    def broken(self) -> Trouble:
        """A vendor that certainly did nothing."""
        return Trouble(status=503, body={"error": "try again"})

    async def test_a_customer_who_blocked_us_is_shown_to_the_humans(self, house: House) -> None:
        blocked = [each for each in house.bench.blocked() if isinstance(each, Trouble)]
        if not blocked:
            pytest.skip("this vendor has no such answer")
        await house.says("I want a human", "1001")
        await house.sees("in line for a colleague")
        await house.desk.happens(DeskEventKind.TAKEN)
        await house.sees("Li Na has joined")
        for number, trouble in enumerate(blocked, 1):
            house.vendor.troubles.append(trouble)
            await self.reply(house, f"reply {number}")
            await until(lambda number=number: len(house.desk.lines) >= number, house.explain)
            note = house.desk.lines[-1].content.custom
            assert (note["kind"], note["status"]) == ("not_delivered", "undeliverable")
        assert (await house.settled())["undeliverable"] == len(blocked)

    async def test_silence_after_the_request_has_left_is_never_repeated(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(outbox, "SEND_TIMEOUT_S", 0.5)
        house.vendor.troubles.append(Trouble(silent_s=3))
        await house.says("hello", "1001")
        assert await house.settled() == {"unknown": 1}
        sends = list(house.vendor.requests)
        await asyncio.sleep(0.6)
        assert house.vendor.requests[: len(sends)] == sends
        assert house.vendor.texts(CUSTOMER) == []
        await house.says("are you there?", "1002")
        await house.sees("are you there?")
        assert await house.settled() == {"unknown": 1, "sent": 1}

    # what it is

    async def test_logs_errors_and_names_keep_secrets_and_texts(
        self, house: House, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
    ) -> None:
        caplog.set_level(logging.DEBUG)
        house.vendor.troubles.extend([self.broken(), Trouble(status=400, body={"error": "no"})])
        await house.says(PRIVATE, "1001")
        if isinstance(house.channel, WebhookChannel):
            for hook in [*house.bench.forged(), *house.bench.malformed()]:
                await house.bench.deliver(house, hook)
        await house.settled()
        told = capsys.readouterr()
        logged = "\n".join(record.getMessage() + str(record.exc_info or "") for record in caplog.records)
        seen = logged + told.out + told.err + repr(house.channel) + repr(vars(house.channel)) + repr(house.settings)
        assert house.bench.secrets, "name what must never be seen"
        for secret in house.bench.secrets:
            assert secret not in seen
        assert "4111-1111" not in logged + told.out + told.err

    def test_it_is_declared(self) -> None:
        channel = load(VENDORS[self.bench_class.kind])
        assert isinstance(channel.limits, Limits)
        assert isinstance(channel.standing, Standing)
        for name, value in vars(channel.limits).items():
            assert not isinstance(value, int | float) or value >= 0, name

    async def test_closing_twice_is_harmless(self, house: House) -> None:
        await house.channel.close()
        await house.channel.close()

    async def reply(self, house: House, text: str) -> None:
        """A human says something (in a conversation that may not be theirs: it is always delivered)."""
        if not house.desk.opened:
            conversation = await _conversation(house)
            await house.core.steps.run(conversation, _say, text)
            return
        await house.desk.happens(DeskEventKind.REPLIED, text)


def request_of(house: House, hook: Hook) -> Request:
    """A call as the channel sees it."""
    path = f"/webhooks/{house.channel.name}/webhook{hook.path}"
    query = "&".join(f"{name}={value}" for name, value in hook.query.items())
    return Request(
        method=hook.method,
        path=path,
        query=hook.query,
        headers={name.lower(): value for name, value in hook.headers.items()},
        body=hook.body,
        remote="127.0.0.1",
        url=f"{PUBLIC_URL}{path}" + (f"?{query}" if query else ""),
    )


def _say(step: Step, text: str) -> None:
    step.add(Author.AGENT, Content(text=text), name="Li Na")


async def _first(house: House) -> str:
    await until(lambda: house.vendor.texts(CUSTOMER), house.explain)
    return house.vendor.texts(CUSTOMER)[0]


async def _conversation(house: House) -> str:
    found = await house.database.read(find_by_address, house.channel.name, house.bench.address_of(CUSTOMER))
    assert found is not None
    return found.id


def _ignored(house: House) -> float:
    samples = (sample for metric in metrics.IGNORED.collect() for sample in metric.samples)
    return sum(each.value for each in samples if each.labels.get("channel") == house.channel.name)
