"""Agents' tools: the audit trail, which nobody can rewrite, macros, drafts of replies, and blocked addresses."""

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
