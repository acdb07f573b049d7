"""A customer on three channels, as the core has written them down."""

from dataclasses import dataclass, field

from sqlalchemy import Connection, update

from connectors.message import Author, Content, Opening, Profile
from storage import continuing, conversations, customers, links, messages, openings, outbox
from storage.clock import now_ms
from storage.customers import Consent, consented
from storage.tables import new_id
from tests.console.office import Office
from tests.console.scenes import MINUTE, handoff, said

ADDRESSES = {"email": "lin.yue@example.com", "wechat": "oLinYue5f8Qk2mN", "telegram": "5210447781"}
NAME = "林悦"


@dataclass
class LinYue:
    """Her mail of last week, her WeChat conversation with its ticket, and Telegram, where she went on with it."""

    office: Office
    ids: dict[str, str] = field(default_factory=dict)
    conversations: dict[str, str] = field(default_factory=dict)
    ticket: str = ""

    async def arrives(self) -> "LinYue":
        """Everything up to the ticket."""
        await self.office.db.write(self._arrive)
        question = "扫地机器人充不上电，指示灯一直闪红灯"
        transcript = (
            said(Author.CUSTOMER, question, 12, name=NAME),
            said(Author.BOT, "请先清洁充电触点，再重新放回充电座。", 11.9),
            said(Author.CUSTOMER, "试过了，没用，转人工吧", 11, name=NAME),
        )
        self.ticket = await self.office.open(
            handoff(
                reference="FD-8H3WKD",
                conversation_id=self.conversations["wechat"],
                channel="wechat",
                language="zh",
                customer={"id": self.ids["wechat"], "name": NAME, "email": ADDRESSES["email"], "verified": False},
                question=question,
                summary="扫地机器人无法充电，红灯闪烁，清洁触点后仍无效。",
                reason_detail="客户要求转人工。",
                transcript=transcript,
            )
        )
        return self

    def _arrive(self, tx: Connection) -> None:
        now = now_ms()
        for channel, address in ADDRESSES.items():
            found = conversations.begin(tx, channel, address, Profile(name=NAME, language="zh"))
            self.ids[channel], self.conversations[channel] = found.customer_id, found.id
            customers.change(tx, found.customer_id, **consented(Consent.GRANTED, "wrote"))
        links.join(tx, self.ids["email"], self.ids["telegram"], links.How.EMAIL)
        links.join(tx, self.ids["wechat"], self.ids["telegram"], links.How.CODE)
        openings.begin(tx, "wechat", ADDRESSES["wechat"], Opening(seconds=20 * 3600, messages=5))
        conversations.update_conversation(tx, self.conversations["email"], customer_at=now - 6 * 24 * 60 * MINUTE)
        for text, author, minutes in (
            ("扫地机器人 R2 的保修期是多久？", Author.CUSTOMER, 26 * 60),
            ("R2 整机保修两年，电池保修一年。", Author.BOT, 26 * 60 - 1),
        ):
            self.say(tx, "email", text, author, minutes_ago=minutes)

    def say(
        self, tx: Connection, channel: str, text: str, author: Author, *, minutes_ago: float = 0, message_id: str = ""
    ) -> str:
        """Something was said in the conversation of a channel."""
        found = conversations.lock(tx, self.conversations[channel])
        kept = messages.add(
            tx, conversation_id=found.id, seq=found.seq + 1, author=author, content=Content(text=text),
            author_name=NAME if author is Author.CUSTOMER else "Li Na" if author is Author.AGENT else "",
            message_id=message_id or new_id(), channel=channel,
        )  # fmt: skip
        conversations.update_conversation(tx, found.id, seq=found.seq + 1)
        at = now_ms() - int(minutes_ago * MINUTE)
        tx.execute(update(messages.message).where(messages.message.c.id == kept.id).values(at=at))
        return kept.id

    async def got(self, entry_id: str, text: str, status: str, *, error: str = "") -> None:
        """What became of an agent's reply by WeChat, as the core would note and tell it."""

        def settle(tx: Connection) -> None:
            self.say(tx, "wechat", text, Author.AGENT, message_id=entry_id)
            where = {"channel": "wechat", "address": ADDRESSES["wechat"]}
            outbox.add(tx, message_id=entry_id, conversation_id=self.conversations["wechat"], seq=1, **where)
            outbox.settle(tx, entry_id, status, error=error)

        await self.office.db.write(settle)
        await self.tell(entry_id, status)

    async def becomes(self, entry_id: str, outcome: str) -> None:
        """The vendor reports."""

        def report(tx: Connection) -> None:
            values = {"status": "sent", "delivered_at": now_ms()} | ({"read_at": now_ms()} if outcome == "read" else {})
            tx.execute(update(outbox.outbox).where(outbox.outbox.c.message_id == entry_id).values(**values))

        await self.office.db.write(report)
        await self.tell(entry_id, outcome)

    async def tell(self, entry_id: str, status: str) -> None:
        """What the core publishes."""
        about = {"conversation_id": self.conversations["wechat"], "message_id": entry_id, "status": status}
        await self.office.bus.publish("delivery", about)

    async def goes_to_telegram(self) -> None:
        """She sends her code there."""

        def go(tx: Connection) -> None:
            who = customers.find(tx, self.ids["telegram"])
            assert who is not None
            continuing.lead_to(tx, self.conversations["wechat"], who)
            values = {"reply_channel": who.channel, "reply_address": who.address}
            conversations.update_conversation(tx, self.conversations["wechat"], **values)

        await self.office.db.write(go)
        await self.office.bus.publish("person", {"conversation_id": self.conversations["wechat"]})
