"""Escalation and consultation."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("ticket") as table:
        table.add_column(sa.Column("consulted", sa.JSON(), nullable=False, server_default="[]"))
        table.add_column(sa.Column("attention", sa.String(16), nullable=False, server_default=""))
    op.create_table(
        "mention",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("ticket_id", sa.String(26), nullable=False),
        sa.Column("agent_id", sa.String(26), nullable=False),
        sa.Column("entry_id", sa.String(64), nullable=False),
        sa.Column("via", sa.String(8), nullable=False),
        sa.Column("by_name", sa.String(60), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_mention_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mention")),
        sa.UniqueConstraint("ticket_id", "entry_id", "agent_id", name=op.f("uq_mention_ticket_id_entry_id_agent_id")),
    )
    op.create_index("ix_mention_agent", "mention", ["agent_id", "at"])
    op.create_index(op.f("ix_mention_ticket_id"), "mention", ["ticket_id"])


def downgrade() -> None:
    op.drop_table("mention")
    for name in ("attention", "consulted"):
        op.drop_column("ticket", name)
