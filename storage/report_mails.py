"""Reports sent by mail: the row decides who sends one, so that each goes to each recipient once.

A row is put down just before the mail leaves. Until its `sent_at` is set nobody knows whether it arrived, so it is
never sent again by itself; what the mail server certainly did not take is taken back and tried again.
"""

from sqlalchemy import BigInteger, Column, ColumnElement, Connection, String, Table, delete, select, update

from storage.tables import insert_once, metadata

report_mail = Table(
    "report_mail",
    metadata,
    Column("period", String(24), primary_key=True),  # week:2026-11-16
    Column("recipient", String(254), primary_key=True),
    Column("at", BigInteger, nullable=False),  # when it left
    Column("sent_at", BigInteger),  # when the mail server had taken it
    Column("refused", String(200), nullable=False),  # why it never will
)


def begun(tx: Connection, period: str) -> set[str]:
    """To whom the report of a period was sent, or tried to be."""
    return set(tx.execute(select(report_mail.c.recipient).where(report_mail.c.period == period)).scalars())


def begin(tx: Connection, period: str, recipient: str, at: int) -> bool:
    """Whether it is ours to send; False when somebody else has done so."""
    return insert_once(tx, report_mail, period=period, recipient=recipient, at=at, sent_at=None, refused="")


def sent(tx: Connection, period: str, recipient: str, at: int) -> None:
    """The mail server has taken it."""
    tx.execute(update(report_mail).where(*_this(period, recipient)).values(sent_at=at))


def refuse(tx: Connection, period: str, recipient: str, why: str) -> None:
    """It will never be taken."""
    tx.execute(update(report_mail).where(*_this(period, recipient)).values(refused=why[:200]))


def take_back(tx: Connection, period: str, recipient: str) -> None:
    """It has certainly not been taken: somebody may try again."""
    tx.execute(delete(report_mail).where(*_this(period, recipient), report_mail.c.sent_at.is_(None)))


def _this(period: str, recipient: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return report_mail.c.period == period, report_mail.c.recipient == recipient
