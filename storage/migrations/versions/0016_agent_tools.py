"""Agents' tools: the audit trail, which nobody can rewrite, macros, drafts of replies, and blocked addresses."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_SQLITE = """
CREATE TRIGGER audit_no_{verb} BEFORE {verb} ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is only added to'); END
"""
_POSTGRES = (
    """
    CREATE FUNCTION audit_only_added() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the audit trail is only added to'; END $$
    """,
    "CREATE TRIGGER audit_kept BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_only_added()",
)

_KINDS: dict[str, Any] = dict.fromkeys(("id", "scope", "owner_id", "tier", "shortcut", "folder"), sa.String()) | {
    **dict.fromkeys(("tags", "titles", "texts", "actions"), sa.JSON()), "version": sa.Integer(),
    "updated_at": sa.BigInteger(),
}  # fmt: skip
_SHIPPED: tuple[tuple[Any, ...], ...] = (
    (
        "hello", "",
        (
            "Greeting",
            ("Hello {customer.name}, this is {agent.name}. I have read what you wrote so far and will "
            "help you with it."),
        ),
        ("问候", "{customer.name}您好，我是客服{agent.name}。您之前的描述我已看过，马上为您处理。"),
    ),
    (
        "moment", "",
        ("One moment", "Thank you for waiting. I am looking into this and will be back with you in a few minutes."),
        ("请稍候", "感谢您的耐心等待，我正在核实，几分钟内回复您。"),
    ),
    (
        "order", "",
        (
            "Ask for the order number",
            ("Could you send me your order number, please? You find it in the confirmation we sent "
            "you."),
        ),
        ("询问订单号", "麻烦您提供一下订单号，可在下单后的确认通知中找到。"),
    ),
    (
        "photo", "",
        (
            "Ask for a photo",
            ("Could you send a photo that shows the damage and one of the label on the box? Then I "
            "can settle it right away."),
        ),
        ("请发照片", "请您拍一张能看清损坏处的照片，再拍一张外箱标签发给我，我好马上为您处理。"),
    ),
    (
        "refund", "",
        (
            "Refund arranged",
            ("I have arranged the refund for order {order.number}. It reaches your account within 5 "
            "working days."),
        ),
        ("退款已安排", "订单{order.number}的退款已为您安排，预计 5 个工作日内到账。"),
        {"do": "wrap_up", "value": "refund_made"},
    ),
    (
        "check", "",
        (
            "Checking with colleagues",
            ("I am checking this with my colleagues and will write to you by tomorrow. Your ticket is "
            "{ticket.number}."),
        ),
        ("转内部核实", "我正在与相关同事核实，最晚明天回复您。您的工单号是 {ticket.number}。"),
        {"do": "snooze", "value": "tomorrow"},
    ),
    (
        "still", "",
        (
            "Still there?",
            ("Are you still there? Just write here when it suits you; ticket {ticket.number} stays "
            "open for you."),
        ),
        ("仍在线吗", "您还在吗？方便时直接回复即可，工单 {ticket.number} 会为您保留。"),
        {"do": "snooze", "value": "customer"},
    ),
    (
        "bye", "",
        (
            "Goodbye",
            ("I am glad that this is settled. If anything comes up, just write here again. Best "
            "regards, {agent.name}"),
        ),
        ("结束语", "很高兴能帮到您。如还有其他问题，随时在这里联系我们。祝您生活愉快！客服{agent.name}"),
        {"do": "wrap_up", "value": "answered"},
        {"do": "resolve"},
    ),
)  # fmt: skip
"""Canned replies to begin with: companies change or delete them in the console."""


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("agent_id", sa.String(26), nullable=False),
        sa.Column("agent_name", sa.String(60), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("subject_name", sa.Text(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_at"), "audit", ["at", "id"])
    for name, column in (("agent", "agent_id"), ("action", "action"), ("subject", "subject")):
        op.create_index(op.f(f"ix_audit_{name}"), "audit", [column, "at"])
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(_SQLITE.format(verb=verb))
    else:
        for statement in _POSTGRES:
            op.execute(statement)
    op.create_index(op.f("ix_ticket_merged_into"), "ticket", ["merged_into"])
    _macros()
    _drafts()
    _blocks()


def _macros() -> None:
    op.create_table(
        "macro",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("scope", sa.String(8), nullable=False),
        sa.Column("owner_id", sa.String(26), nullable=False),
        sa.Column("tier", sa.String(32), nullable=False),
        sa.Column("shortcut", sa.String(32), nullable=False),
        sa.Column("folder", sa.String(60), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("titles", sa.JSON(), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("actions", sa.JSON(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("used", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_macro")),
    )
    op.create_index(op.f("ix_macro_shortcut"), "macro", ["shortcut"])
    table = sa.table("macro", *(sa.column(name, kind) for name, kind in _KINDS.items()))
    op.bulk_insert(table, [_shipped(number, *macro) for number, macro in enumerate(_SHIPPED, 1)])


def _shipped(
    number: int, shortcut: str, folder: str, en: tuple[str, str], zh: tuple[str, str], *actions: dict[str, str]
) -> dict[str, Any]:
    titles, texts = ({"en": en[each], "zh": zh[each]} for each in (0, 1))
    values = {"shortcut": shortcut, "folder": folder, "titles": titles, "texts": texts, "actions": list(actions)}
    owner = {"id": f"SHIPPED-MACRO-{number:02}", "scope": "everyone", "owner_id": "", "tier": "", "tags": []}
    return owner | values | {"version": 1, "updated_at": 0}


def _drafts() -> None:
    op.create_table(
        "reply_draft",
        sa.Column("agent_id", sa.String(26), nullable=False),
        sa.Column("ticket_id", sa.String(26), nullable=False),
        sa.Column("mode", sa.String(8), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("attachments", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_reply_draft_ticket_id")),
        sa.PrimaryKeyConstraint("agent_id", "ticket_id", name=op.f("pk_reply_draft")),
    )
    op.create_index(op.f("ix_reply_draft_ticket_id"), "reply_draft", ["ticket_id"])
    op.create_index(op.f("ix_reply_draft_at"), "reply_draft", ["at"])


def _blocks() -> None:
    op.create_table(
        "block",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("address", sa.String(160), nullable=False),
        sa.Column("ticket_id", sa.String(26), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", sa.String(26), nullable=False),
        sa.Column("by_name", sa.String(60), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("lifted_at", sa.BigInteger(), nullable=True),
        sa.Column("lifted_by", sa.String(60), nullable=False),
        sa.Column("turned_away", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_block")),
    )
    in_force = sa.text("lifted_at IS NULL")
    op.create_index(
        op.f("uq_block_in_force"), "block", ["channel", "address"], unique=True, sqlite_where=in_force,
        postgresql_where=in_force,
    )  # fmt: skip
    op.create_index(op.f("ix_block_address"), "block", ["channel", "address"])


def downgrade() -> None:
    op.drop_index(op.f("ix_ticket_merged_into"), "ticket")
    for table in ("block", "reply_draft", "macro", "audit"):
        op.drop_table(table)
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION audit_only_added()")
