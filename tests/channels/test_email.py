"""What is e-mail's own: taking each mail once, whatever happens; threads; who may write; files; what comes back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from connectors.channels.email import EmailChannel
from connectors.channels.email_settings import EmailSettings
from connectors.mail.watch import MailServerTroubleError
from connectors.message import JSON, Author, Content, Event, Ignored, Inbound, Outbound, Profile
from connectors.ports import Ports
from frontdoor.mail import MailNotices
from frontdoor.step import Step
from storage import messages
from storage.conversations import find_by_address
from storage.messages import Message
from tests.contract.vendor_bench import CUSTOMER, FIXTURES, Hook, House, house_of, until
from tests.fakes.vendors.dovecot import PASSWORD, USER, Dovecot
from tests.fakes.vendors.email import EmailBench, EmailVendor, address_of, body, letter

ANN = address_of(CUSTOMER)
BOB = "bob@elsewhere.example"
BOUNCE = (FIXTURES / "email" / "postfix-bounce.eml").read_bytes()
PDF = b"%PDF-1.4\n1 0 obj\n" + b"0" * 2_000


@pytest.fixture
async def house(tmp_path: Path, empty_database: Path) -> AsyncIterator[House]:
    async with EmailVendor() as vendor:
        async with house_of(EmailBench(vendor), tmp_path, empty_database) as house:
            await house.bench.watched(house)
            yield house
        assert vendor.wrongs == []


async def post(house: House, mail: bytes) -> None:
    """A mail arrives and is looked at."""
    assert await house.bench.deliver(house, Hook(body=mail)) == 200


async def story(house: House, address: str = ANN, channel: str = "email") -> list[Message]:
    """Everything in a conversation."""
    conversation = await house.database.read(find_by_address, channel, address)
    return [] if conversation is None else await house.database.read(messages.after, conversation.id, 0, 100)


async def arrived(house: House, count: int) -> EmailMessage:
    """The last mail that the customer got, once there are so many."""
    await until(lambda: len(house.vendor.mails) >= count, house.explain)
    return house.vendor.mails[count - 1]


# threads


async def test_an_answer_belongs_to_the_thread_of_the_mail(house: House) -> None:
    first = letter("hello", "m1", subject="Kettle 水壶", References="<a@x.example> <b@x.example>")
    await post(house, first)
    mail = await arrived(house, 1)
    assert mail["Subject"] == "Re: Kettle 水壶"
    assert mail["In-Reply-To"] == f"<m1@mail.{address_of('x').split('@')[1]}>"
    assert mail["References"].split()[:2] == ["<a@x.example>", "<b@x.example>"]
    assert mail["References"].split()[-1] == mail["In-Reply-To"]
    assert mail["Auto-Submitted"] == "auto-replied"
    assert "Hearthline" in mail["From"]
    assert body(mail).startswith("Hello,\n\n")
    assert "bot" in body(mail).rpartition("-- ")[2]


async def test_subjects_do_not_grow(house: House) -> None:
    await post(house, letter("hello", "m1", subject="回复：Re: RE: 答复: 订单"))
    assert (await arrived(house, 1))["Subject"] == "Re: 订单"


async def test_a_chinese_customer_is_greeted_and_signed_to_in_chinese(house: House) -> None:
    await post(house, letter("你好，请问什么时候发货？", "m1"))
    await arrived(house, 1)
    await say(house, "明天发货。", name="李娜")
    mail = await arrived(house, 2)
    assert body(mail).startswith("您好！\n\n明天发货。")
    assert body(mail).rstrip().endswith("李娜\n暖居家电客服")
    assert mail["Auto-Submitted"] is None


async def test_the_same_part_has_the_same_id_on_every_try_and_others_have_others(house: House) -> None:
    def part(number: int) -> Outbound:
        return Outbound(
            message_id="01K000000000000000000000MM", conversation_id="01K000000000000000000000CC", address=ANN,
            author=Author.BOT, content=Content(text="hi"), seq=1, at=1_790_000_000_000, part=number, parts=2,
        )  # fmt: skip

    receipts = [(await house.channel.send(part(number))).vendor_id for number in (0, 0, 1)]
    assert receipts[0] == receipts[1] == house.vendor.mails[0]["Message-ID"]
    assert receipts[1] != receipts[2]
    assert all(len(each) <= 160 for each in receipts)


async def test_people_may_write_first(house: House) -> None:
    await house.channel.send(
        Outbound(
            message_id="01M", conversation_id="01C", address="new@x.example", author=Author.AGENT, author_name="李娜",
            content=Content(text="您好"), seq=1, at=1_790_000_000_000, language="zh",
        )
    )  # fmt: skip
    [mail] = house.vendor.mails
    assert mail["Subject"] == "来自暖居家电的消息"
    assert mail["In-Reply-To"] is None


async def say(house: House, text: str, *, name: str = "Li Na", address: str = ANN, channel: str = "email") -> None:
    """A human writes."""

    def step(step: Step) -> None:
        step.add(Author.AGENT, Content(text=text), name=name)

    conversation = await house.database.read(find_by_address, channel, address)
    assert conversation is not None
    await house.core.steps.run(conversation.id, step)


# who may write


async def test_an_answer_from_another_address_finds_its_conversation_and_says_who_it_is_from(house: House) -> None:
    await post(house, letter("hello", "m1"))
    mail = await arrived(house, 1)
    plus = mail["Reply-To"].addresses[0].addr_spec
    assert plus.startswith("support+")
    await post(house, letter("where is it?", "m2", sender=BOB, to=plus, subject="no thread at all"))
    said = [each for each in await story(house) if each.author is Author.CUSTOMER]
    assert said[-1].content.text == f"where is it?\n\n(Written by mail from {BOB})"
    assert await story(house, BOB) == []
    await until(lambda: len(house.vendor.mails) == 2, house.explain)
    assert house.vendor.mails[1]["To"] == ANN  # never to whoever wrote
    assert house.vendor.mails[1]["In-Reply-To"] == mail["In-Reply-To"]
    conversation = await house.database.read(find_by_address, "email", ANN)
    assert conversation is not None
    assert (conversation.name, conversation.email) == ("Ann", ANN)


async def test_a_program_that_drops_the_address_but_keeps_the_references_finds_it_too(house: House) -> None:
    await post(house, letter("hello", "m1"))
    mail = await arrived(house, 1)
    reply = letter("from my other address", "m2", sender=BOB, References=str(mail["Message-ID"]))
    await post(house, reply)
    assert [each.content.text.split("\n")[0] for each in await story(house) if each.author is Author.CUSTOMER] == [
        "hello",
        "from my other address",
    ]


async def test_a_made_up_word_opens_no_conversation(house: House) -> None:
    await post(house, letter("hello", "m1"))
    mail = await arrived(house, 1)
    plus = mail["Reply-To"].addresses[0].addr_spec
    local, _, domain = plus.partition("@")
    last = "a" if local[-1] != "a" else "b"
    for number, made_up in enumerate([f"{local[:-1]}{last}", local[:-16], f"{local}a"]):
        await post(house, letter("let me in", f"f{number}", sender=BOB, to=f"{made_up}@{domain}"))
    mid = str(mail["Message-ID"])
    await post(house, letter("let me in", "f9", sender=BOB, References=mid.replace(".", ".a", 1)))
    assert [each.content.text for each in await story(house) if each.author is Author.CUSTOMER] == ["hello"]
    assert len([each for each in await story(house, BOB) if each.author is Author.CUSTOMER]) == 4


async def test_the_word_of_a_deleted_conversation_means_nothing(house: House) -> None:
    tokens = await house.channel._tokens()
    await post(house, letter("hello", "m1", sender=BOB, to=tokens.address("01K000000000000000000000XX")))
    assert (await story(house, BOB))[0].content.text == "hello"


async def test_a_reply_to_the_mail_about_a_reply_continues_the_conversation_on_the_page(house: House) -> None:
    await house.core.portal.open("web", "visitor-1", Profile(email=BOB))
    notices = MailNotices(
        house.bench.settings()["smtp_url"], sender=USER, brand={"en": "Hearthline", "zh": "暖居家电"},
        url="https://support.example", reply_address=house.channel.reply_address,
    )  # fmt: skip
    web = await house.database.read(find_by_address, "web", "visitor-1")
    assert web is not None
    await notices.send(
        Outbound(
            message_id="01M", conversation_id=web.id, address=BOB, author=Author.AGENT, author_name="Li Na",
            content=Content(text="It arrives tomorrow."), seq=1, at=1_790_000_000_000,
        )
    )  # fmt: skip
    notice = house.vendor.mails[-1]
    assert "Just reply to this mail" in body(notice)
    reply = EmailMessage(policy=policy.SMTP)
    reply["From"], reply["To"], reply["Subject"] = BOB, str(notice["Reply-To"]), "Re: your answer"
    reply["Message-ID"], reply["Date"] = "<w1@elsewhere.example>", "Tue, 6 Jan 2026 10:00:00 +0000"
    reply.set_content("Thank you!\n\nOn Tue, Jan 6, 2026 Hearthline wrote:\n> It arrives tomorrow.\n")
    reply.add_attachment(PDF, maintype="application", subtype="pdf", filename="保修卡.pdf")
    await post(house, reply.as_bytes())
    said = next(each for each in await story(house, "visitor-1", "web") if each.author is Author.CUSTOMER)
    assert said.content.text == f"Thank you!\n\n(Written by mail from {BOB})"
    assert [each.name for each in said.content.attachments] == ["保修卡.pdf"]
    assert await story(house, BOB) == []


# files, both ways


async def test_files_are_fetched_under_their_names_even_after_the_mail_was_moved(
    tmp_path: Path, empty_database: Path
) -> None:
    async with EmailVendor() as vendor:
        bench = EmailBench(vendor)
        settings = bench.settings() | {"move_to": "Done"}
        bench.settings = lambda: settings  # type: ignore[method-assign]
        box = await asyncio.to_thread(vendor.dovecot.box)
        await asyncio.to_thread(box.folder.create, "Done")
        await asyncio.to_thread(box.logout)
        async with house_of(bench, tmp_path, empty_database) as house:
            await bench.watched(house)
            mail = message_from_bytes(letter("see the file", "m1"), policy=policy.SMTP)
            mail.add_attachment(PDF, maintype="application", subtype="pdf", filename="发票（一月）.pdf")
            await post(house, mail.as_bytes())
            await house.sees("see the file")
            [said] = [each for each in await story(house) if each.author is Author.CUSTOMER]
            [file] = said.content.attachments
            assert file.name == "发票（一月）.pdf"
            stored = b"".join([chunk async for chunk in house.channel._ports.files.read(file)])
            assert stored == PDF
            assert await asyncio.to_thread(subjects, vendor.dovecot, "INBOX") == []
            assert await asyncio.to_thread(subjects, vendor.dovecot, "Done") == ["Re: Hearthline"]


def subjects(dovecot: Dovecot, folder: str) -> list[str]:
    with dovecot.box(folder) as box:
        return [each.subject for each in box.fetch(mark_seen=False)]


async def test_another_mail_with_the_same_id_is_not_taken_for_the_first(house: House) -> None:
    mail = message_from_bytes(letter("mine", "same"), policy=policy.SMTP)
    mail.add_attachment(PDF, maintype="application", subtype="pdf", filename="a.pdf")
    other = message_from_bytes(letter("other", "same", sender=BOB), policy=policy.SMTP)
    other.add_attachment(b"%PDF-1.4 evil", maintype="application", subtype="pdf", filename="a.pdf")
    await post(house, other.as_bytes())
    await post(house, mail.as_bytes())
    await house.sees("mine")
    said = next(each for each in await story(house) if each.author is Author.CUSTOMER)
    data = b"".join([c async for c in house.channel._ports.files.read(said.content.attachments[0])])
    assert data == PDF


async def test_the_whole_of_a_long_mail_is_in_a_file(house: House) -> None:
    long = "\n".join(f"line {number} of a long story" for number in range(1_000))
    await post(house, letter(long, "m1"))
    await house.sees("line 0")
    [said] = [each for each in await story(house) if each.author is Author.CUSTOMER]
    assert "message.txt" in said.content.text
    [file] = said.content.attachments
    data = b"".join([chunk async for chunk in house.channel._ports.files.read(file)])
    assert data.decode().split() == long.split()


async def test_a_file_of_ours_is_attached(house: House) -> None:
    await post(house, letter("hello", "m1"))
    await arrived(house, 1)
    conversation = await house.database.read(find_by_address, "email", ANN)
    assert conversation is not None
    stored = await house.channel._ports.files.save(conversation.id, "报价单.pdf", _stream(PDF))

    def step(step: Step) -> None:
        step.add(Author.AGENT, Content(text="Here is the offer.", attachments=(stored,)), name="Li Na")

    await house.core.steps.run(conversation.id, step)
    await until(lambda: len(house.vendor.mails) == 3, house.explain)
    [(name, data)] = house.vendor.said[-1].files
    assert (name, data) == ("报价单.pdf", PDF)
    assert "报价单.pdf" in body(house.vendor.mails[-1])


async def _stream(data: bytes) -> AsyncIterator[bytes]:
    yield data


# what comes back


async def test_a_bounce_of_our_mail_is_told_to_the_humans(house: House) -> None:
    await post(house, letter("hello", "m1"))
    mail = await arrived(house, 1)
    await house.settled()
    await post(house, BOUNCE.replace(b"{our_id}", str(mail["Message-ID"]).encode()))
    for _ in range(500):
        if "failed" in (await house.statuses()) or "undeliverable" in (await house.statuses()):
            break
        await asyncio.sleep(0.01)
    assert set(await house.statuses()) & {"failed", "undeliverable"}


async def test_programs_that_write_to_each_other_are_stopped(tmp_path: Path, empty_database: Path) -> None:
    async with EmailVendor() as vendor:
        bench = EmailBench(vendor)
        settings = bench.settings() | {"mails_per_hour": 3}
        bench.settings = lambda: settings  # type: ignore[method-assign]
        async with house_of(bench, tmp_path, empty_database) as house:
            await bench.watched(house)
            for number in range(6):
                await post(house, letter(f"ping {number}", f"p{number}"))
            assert await house.stored() == ["ping 0", "ping 1", "ping 2"]
            unread = await asyncio.to_thread(vendor.dovecot.unread)
            assert unread == 3  # for people to find


# each mail once


class Memory:
    """What a channel remembers, and can fail to."""

    def __init__(self) -> None:
        self.values: dict[str, JSON] = {}
        self.fails = 0

    async def get(self, name: str) -> JSON | None:
        return self.values.get(name)

    async def put(self, name: str, value: JSON, *, seconds: float | None = None) -> None:
        if self.fails and name == "mark":
            self.fails -= 1
            raise OSError("the process dies here")
        self.values[name] = value

    @asynccontextmanager
    async def hold(self, name: str) -> AsyncIterator[None]:
        yield


class Talk:
    """A core that keeps events."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.trouble: Exception | None = None

    async def accept(self, event: Event) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.events.append(event)

    @property
    def texts(self) -> list[str]:
        """Of messages, each once, as the core keeps them."""
        kept = {each.external_id: each.content.text for each in self.events if isinstance(each, Inbound)}
        return list(kept.values())

    async def whose(self, conversation_id: str) -> tuple[str, str] | None:
        return None

    async def find(self, channel: str, address: str) -> JSON | None:
        return None


def channel_of(dovecot: Dovecot, memory: Memory, talk: Talk, **more: Any) -> EmailChannel:
    ports: Any = {"conversations": talk, "files": None, "state": memory}
    values: Any = {"address": USER, "imap_url": dovecot.url, "smtp_url": "smtp://127.0.0.1:1"} | more
    brand = {"en": "Hearthline", "zh": "暖居家电"}
    return EmailChannel(EmailSettings(**values), Ports(name="email", public_url="", brand=brand, text=4000, **ports))


@asynccontextmanager
async def watching(channel: EmailChannel, talk: Talk) -> AsyncIterator["asyncio.Task[None]"]:
    """The channel runs."""
    task = asyncio.create_task(channel.run(talk.accept))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def dovecot() -> AsyncIterator[Dovecot]:
    async with Dovecot() as dovecot:
        yield dovecot


async def marked(memory: Memory, uid: int) -> None:
    await until(lambda: memory.values.get("mark", {"uid": -1})["uid"] >= uid, lambda: str(memory.values))


async def test_what_comes_while_nobody_watches_is_taken_later_and_nothing_twice(dovecot: Dovecot) -> None:
    memory, talk = Memory(), Talk()
    await dovecot.put(letter("from before we were here", "old"))
    async with watching(channel_of(dovecot, memory, talk), talk):
        await marked(memory, 1)
        await dovecot.put(letter("one", "1"))
        await marked(memory, 2)
    await dovecot.put(letter("two", "2"))
    await dovecot.put(letter("three", "3"))
    async with watching(channel_of(dovecot, memory, talk), talk):
        await marked(memory, 4)
    assert talk.texts == ["one", "two", "three"]
    assert len(talk.events) == 3


async def test_unread_mails_of_before_are_taken_when_one_wants_it(dovecot: Dovecot) -> None:
    memory, talk = Memory(), Talk()
    await dovecot.put(letter("from before", "old"))
    async with watching(channel_of(dovecot, memory, talk, take_unread=True), talk):
        await marked(memory, 1)
    assert talk.texts == ["from before"]


async def test_a_crash_between_storing_and_noting_it_doubles_nothing(dovecot: Dovecot) -> None:
    memory, talk = Memory(), Talk()
    async with watching(channel_of(dovecot, memory, talk), talk) as task:
        await marked(memory, 0)
        memory.fails = 1
        await dovecot.put(letter("once", "1"))
        with pytest.raises(OSError, match="dies"):
            await asyncio.wait_for(task, 10)
    async with watching(channel_of(dovecot, memory, talk), talk):
        await marked(memory, 1)
    assert len(talk.events) == 2  # accepted again under the same id, by which the core knows it
    assert talk.texts == ["once"]


async def test_a_mail_that_cannot_be_stored_now_is_not_passed_over(dovecot: Dovecot) -> None:
    memory, talk = Memory(), Talk()
    async with watching(channel_of(dovecot, memory, talk), talk) as task:
        await marked(memory, 0)
        talk.trouble = OSError("the database is away")
        await dovecot.put(letter("precious", "1"))
        with pytest.raises(OSError, match="away"):
            await asyncio.wait_for(task, 10)
    assert memory.values["mark"]["uid"] == 0
    talk.trouble = None
    async with watching(channel_of(dovecot, memory, talk), talk):
        await marked(memory, 1)
    assert talk.texts == ["precious"]


async def test_mails_that_are_numbered_anew_are_not_taken_twice_and_new_ones_are(dovecot: Dovecot) -> None:
    memory, talk = Memory(), Talk()
    async with watching(channel_of(dovecot, memory, talk), talk):
        await marked(memory, 0)
        await dovecot.put(fresh("one", "1"))
        await dovecot.put(fresh("two", "2"))
        await marked(memory, 2)
    before = memory.values["mark"]["validity"]
    await asyncio.to_thread(dovecot.renumber)
    await dovecot.put(fresh("three", "3"))
    async with watching(channel_of(dovecot, memory, talk), talk):
        await until(lambda: memory.values["mark"]["validity"] != before)
    assert talk.texts == ["one", "two", "three"]
    assert len(talk.events) == 3


def fresh(text: str, message_id: str) -> bytes:
    """A mail of today."""
    from email.utils import formatdate

    mail = message_from_bytes(letter(text, message_id), policy=policy.SMTP)
    del mail["Date"]
    mail["Date"] = formatdate()
    return mail.as_bytes()


async def test_a_server_that_restarts_ends_the_run_and_the_next_goes_on(dovecot: Dovecot) -> None:
    memory, talk = Memory(), Talk()
    async with watching(channel_of(dovecot, memory, talk), talk) as task:
        await marked(memory, 0)
        await asyncio.to_thread(dovecot.end)
        with pytest.raises(MailServerTroubleError):
            await asyncio.wait_for(task, 10)
    with pytest.raises(MailServerTroubleError):
        await channel_of(dovecot, memory, talk).run(talk.accept)
    await asyncio.to_thread(dovecot.run)
    async with watching(channel_of(dovecot, memory, talk), talk):
        await dovecot.put(letter("still here", "1"))
        await marked(memory, 1)
    assert talk.texts == ["still here"]


async def test_a_mail_is_seen_at_once_although_nobody_asks(dovecot: Dovecot) -> None:
    memory, talk = Memory(), Talk()
    async with watching(channel_of(dovecot, memory, talk, idle_s=1740), talk):
        await marked(memory, 0)
        for number in range(1, 6):
            await dovecot.put(letter(f"mail {number}", f"{number}"))
            await marked(memory, number)  # within ten seconds, and idle_s is half an hour
    assert len(talk.texts) == 5


async def test_the_same_over_tls_and_only_with_a_server_that_is_who_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Dovecot(tls=True) as dovecot:
        memory, talk = Memory(), Talk()
        user = USER.replace("@", "%40")
        url = f"imaps://{user}:{PASSWORD}@localhost:{dovecot.imaps_port}"
        channel = channel_of(dovecot, memory, talk, imap_url=url, idle_s=1740)
        with pytest.raises(MailServerTroubleError):
            await channel.run(talk.accept)
        monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.certificate))
        async with watching(channel, talk):
            await marked(memory, 0)
            for number in range(1, 6):
                await dovecot.put(letter(f"mail {number}", f"{number}"))
                await marked(memory, number)
        assert len(talk.texts) == 5


async def test_many_at_once_are_taken_in_order(dovecot: Dovecot) -> None:
    memory, talk = Memory(), Talk()
    async with watching(channel_of(dovecot, memory, talk, idle_s=1740, mails_per_hour=100), talk):
        await marked(memory, 0)
        for number in range(1, 31):
            await dovecot.put(letter(f"mail {number}", f"{number}"))
        await marked(memory, 30)
    assert talk.texts == [f"mail {number}" for number in range(1, 31)]


async def test_of_a_mail_that_is_too_large_the_text_is_taken(dovecot: Dovecot) -> None:
    memory, talk = Memory(), Talk()
    mail = message_from_bytes(letter("the text", "1"), policy=policy.SMTP)
    mail.add_attachment(b"0" * 2_000_000, maintype="application", subtype="zip", filename="huge.zip")
    async with watching(channel_of(dovecot, memory, talk, mail_bytes=1_000_000), talk):
        await marked(memory, 0)
        await dovecot.put(mail.as_bytes())
        await marked(memory, 1)
    [event] = talk.events
    assert isinstance(event, Inbound)
    assert event.content.text.startswith("the text")
    assert "too large" in event.content.text
    assert event.media == ()


async def test_garbage_in_the_mailbox_stops_nobody(dovecot: Dovecot) -> None:
    memory, talk = Memory(), Talk()
    deep = b"From: a@b.example\nContent-Type: multipart/mixed; boundary=0\n\n"
    for level in range(400):
        deep += b"--%d\nContent-Type: multipart/mixed; boundary=%d\n\n" % (level, level + 1)
    garbage = [b"\n", b"From: \xff\xfe\n\n\x00\x01", b"From: a@b.example\n\n", deep, b"From: =?x?q?=?= <@>\n\nhi"]
    async with watching(channel_of(dovecot, memory, talk), talk):
        await marked(memory, 0)
        for each in garbage:
            await dovecot.put(each)
        await dovecot.put(letter("a real one", "1"))
        await marked(memory, len(garbage) + 1)
    assert talk.texts[-1] == "a real one"
    assert all(isinstance(each, Ignored | Inbound) for each in talk.events)


# looking


async def test_the_check_tells_what_is_wrong(dovecot: Dovecot) -> None:
    memory, talk = Memory(), Talk()
    found = {each.what: each.ok for each in await channel_of(dovecot, memory, talk).check()}
    assert found == {
        "the folder INBOX can be read (imap_url)": True,
        "the server says when mail comes (IDLE)": True,
        "we cannot send (smtp_url): the mail server can't be used: SMTPConnectError": False,
    }
    wrong = await channel_of(dovecot, memory, talk, folder="Nowhere", move_to="Nowhere").check()
    assert not wrong[0].ok
    assert PASSWORD not in str(wrong)


async def test_settings_are_refused_with_a_remedy() -> None:
    for change in (
        {"address": "support"},
        {"address": "a+b@c.example"},
        {"imap_url": "imaps://host"},
        {"smtp_url": "x"},
    ):
        values = {"address": USER, "imap_url": "imaps://u:p@h", "smtp_url": "smtps://h"} | change
        with pytest.raises(ValueError, match=next(iter(change))):
            EmailSettings(**values)  # type: ignore[arg-type]
