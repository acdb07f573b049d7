"""What a ticket is about, whose turn it is, and what is due."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Defaults are plain texts: with an expression SQLite would copy the table, and drop one to which entries refer.
    with op.batch_alter_table("ticket") as table:
        table.add_column(sa.Column("kind", sa.String(8), nullable=False, server_default="case"))
        table.add_column(sa.Column("parent_id", sa.String(26), nullable=True))
        table.add_column(sa.Column("category", sa.String(32), nullable=False, server_default="other"))
        table.add_column(sa.Column("complexity", sa.String(8), nullable=False, server_default="simple"))
        table.add_column(sa.Column("value", sa.String(8), nullable=False, server_default="normal"))
        table.add_column(sa.Column("risk", sa.String(8), nullable=False, server_default="low"))
        table.add_column(sa.Column("triage", sa.JSON(), nullable=False, server_default="{}"))
        table.add_column(sa.Column("skills", sa.JSON(), nullable=False, server_default="[]"))
        table.add_column(sa.Column("tags", sa.JSON(), nullable=False, server_default="[]"))
        table.add_column(sa.Column("offered_to", sa.String(26), nullable=True))
        table.add_column(sa.Column("offered_until", sa.BigInteger(), nullable=True))
        table.add_column(sa.Column("passed", sa.JSON(), nullable=False, server_default="[]"))
        table.add_column(sa.Column("escalations", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("bounces", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("first_reply_at", sa.BigInteger(), nullable=True))
        table.add_column(sa.Column("due_at", sa.BigInteger(), nullable=True))
        table.add_column(sa.Column("breached", sa.Boolean(), nullable=False, server_default="0"))
        table.add_column(sa.Column("snoozed_until", sa.BigInteger(), nullable=True))
        table.add_column(sa.Column("merged_into", sa.String(26), nullable=True))
        table.add_column(sa.Column("wrap_up", sa.JSON(), nullable=True))
    for name in ("parent_id", "due_at", "snoozed_until"):
        op.create_index(op.f(f"ix_ticket_{name}"), "ticket", [name])


def downgrade() -> None:
    for name in ("parent_id", "due_at", "snoozed_until"):
        op.drop_index(op.f(f"ix_ticket_{name}"), "ticket")
    for name in (
        "kind", "parent_id", "category", "complexity", "value", "risk", "triage", "skills", "tags", "offered_to",
        "offered_until", "passed", "escalations", "bounces", "first_reply_at", "due_at", "breached", "snoozed_until",
        "merged_into", "wrap_up",
    ):  # fmt: skip
        op.drop_column("ticket", name)
