"""Customers and what they wanted, as the bot hands them over."""

from typing import Any

from connectors.desk import Handoff, Line, Reason, Tried
from connectors.message import Article, Attachment, Author, Button, Content
from desk.ports import Suggestion
from storage.clock import now_ms
from storage.tables import new_id

MINUTE = 60_000

ARTICLES = (
    Suggestion(
        article_id="return-address",
        title="怎么修改退货地址",
        language="zh",
        confidence=0.83,
        url="https://example.com/help/return-address",
        text="寄出之前可以在**订单详情**里修改退货地址：\n\n1. 打开订单，点“退货”\n2. 点“修改地址”\n3. 保存\n\n"
        "已经寄出的，请把运单号告诉客服，我们会联系快递改派。",
    ),
    Suggestion(
        article_id="return-period",
        title="退货期限是多久",
        language="zh",
        confidence=0.57,
        text="签收后 **7 天内**可以无理由退货，商品须保持完好。",
    ),
    Suggestion(
        article_id="delivery-times",
        title="How long does delivery take?",
        language="en",
        confidence=0.44,
        text="Standard delivery takes **3–5 working days**. See [delivery times](https://example.com/delivery).",
    ),
)


def said(author: Author, text: str, minutes_ago: float, *, name: str = "", **content: Any) -> Line:
    """One line of a transcript."""
    names = {Author.BOT: "Assistant", Author.CUSTOMER: name}
    return Line(
        message_id=new_id(),
        author=author,
        author_name=names.get(author, name),
        at=now_ms() - int(minutes_ago * MINUTE),
        content=Content(text=text, **content),
    )


def handoff(**changes: Any) -> Handoff:
    """A short one; give what matters to the test."""
    handoff_id = changes.pop("id", new_id())
    values: dict[str, Any] = {
        "id": handoff_id,
        "conversation_id": "",
        "channel": "web",
        "reference": f"FD-{handoff_id[-6:]}",
        "reason": Reason.REQUESTED,
        "reason_detail": "The customer asked for a person.",
        "language": "en",
        "customer": {"id": "c1", "name": "Ann Smith", "email": "ann@example.com", "verified": False},
        "question": "Where is my parcel?",
        "summary": "Waiting for a parcel.",
        "transcript": (
            said(Author.CUSTOMER, "Where is my parcel?", 2, name="Ann Smith"),
            said(Author.BOT, "Let me look.", 1.9),
        ),
        "created_at": now_ms(),
    }
    return Handoff(**values | changes)


def wang_fang(attachments: tuple[Attachment, ...] = (), **changes: Any) -> Handoff:
    """A Chinese customer who is upset, with everything a packet can hold."""
    name = "王芳"
    article = Article(id="return-address", title="怎么修改退货地址", language="zh", confidence=0.41)
    return handoff(
        reference="FD-7K2M9Q",
        reason=Reason.NO_ANSWER,
        reason_detail="没有找到答案，已换一种说法再问过。",
        language="zh",
        customer={
            "id": "c2",
            "name": name,
            "email": "wang.fang@example.com",
            "phone": "138 0013 8000",
            "user_id": "u-17",
            "verified": True,
        },
        question="退货地址填错了怎么办？快递已经寄出去了。",
        sentiment="negative",
        urgency="high",
        summary="客户退货时填错了地址，包裹已寄出，想改派到正确的仓库。机器人给出的文章只适用于寄出之前。",
        transcript=(
            said(Author.CUSTOMER, "你好", 9, name=name),
            said(
                Author.BOT,
                "您好！我是智能助理，请问有什么可以帮您？",
                8.9,
                buttons=(Button(title="查物流", token="t.1"), Button(title="退换货", token="t.2")),
            ),
            said(Author.CUSTOMER, "退货地址填错了怎么办？快递已经寄出去了。", 8, name=name, attachments=attachments),
            said(
                Author.BOT,
                "寄出之前可以在**订单详情**里修改退货地址：\n\n1. 打开订单，点“退货”\n2. 点“修改地址”\n3. 保存",
                7.9,
                article=article,
            ),
            said(Author.CUSTOMER, "都说了已经寄出去了！<b>没用</b>", 7, name=name),
            said(Author.BOT, "抱歉没能帮到您，能换一种说法再描述一下吗？", 6.9),
            said(Author.CUSTOMER, "包裹寄错仓库了，能不能改派", 6, name=name),
        ),
        tried=(
            Tried(
                article_id="return-address",
                title="怎么修改退货地址",
                language="zh",
                confidence=0.41,
                shown=True,
                helpful=False,
            ),
            Tried(article_id="return-period", title="退货期限是多久", language="zh", confidence=0.22, shown=False),
        ),
        failed=("都说了已经寄出去了！没用", "包裹寄错仓库了，能不能改派"),
        slots={"order_number": "HL2026112201", "tracking_number": "SF1367702113"},
        attachments=attachments,
        **changes,
    )


def ann_smith() -> Handoff:
    """An English customer who asked for a person."""
    return handoff(
        reference="FD-3H8X2P",
        urgency="normal",
        sentiment="neutral",
        slots={"order_number": "HL2026110307"},
        tried=(
            Tried(
                article_id="delivery-times",
                title="How long does delivery take?",
                language="en",
                confidence=0.78,
                shown=True,
                helpful=True,
            ),
        ),
    )


def others() -> tuple[Handoff, ...]:
    """A morning's queue."""
    person = {"email": "", "verified": False}
    return (
        handoff(
            reference="FD-9PW4TC",
            reason=Reason.COMPLAINT,
            reason_detail="The customer complains about a broken product.",
            urgency="urgent",
            sentiment="negative",
            customer={"id": "c3", "name": "Marcus Aurelio Fernández-Lindqvist", **person},
            question="The heater smells burnt and the plug got so hot it melted the socket. "
            "I want someone to call me today.",
        ),
        handoff(
            reference="FD-B2LL6N",
            reason=Reason.SENSITIVE,
            language="zh",
            customer={"id": "c4", "name": "陈志强", **person},
            channel="wechat",
            question="我要求删除我的全部个人信息，请告诉我需要提供什么材料。",
        ),
        handoff(
            reference="FD-Q8N1RD",
            reason=Reason.NOT_HELPFUL,
            urgency="low",
            customer={"id": "c5", "name": "", **person},
            channel="telegram",
            question="Can I use the gift card together with a voucher?",
        ),
        handoff(
            reference="FD-M5D7KE",
            reason=Reason.BOT_UNAVAILABLE,
            language="zh",
            customer={"id": "c6", "name": "李晓梅", **person},
            question="会员积分什么时候到账？",
        ),
    )
