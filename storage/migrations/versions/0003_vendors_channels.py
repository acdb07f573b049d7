"""What vendors' channels need: parts, receipts and reports of sent messages, reply windows, channels' own memory."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("proven_email", "proven_phone"):
        length = 254 if name == "proven_email" else 32
        op.add_column("customer", sa.Column(name, sa.String(length), nullable=False, server_default=""))
        given = sa.text(f"{name} != ''")
        op.create_index(f"ix_customer_{name}", "customer", [name], sqlite_where=given, postgresql_where=given)
    op.add_column("customer", sa.Column("blocked_at", sa.BigInteger()))
    op.add_column("outbox", sa.Column("part", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("outbox", sa.Column("delivered_at", sa.BigInteger()))
    op.add_column("outbox", sa.Column("read_at", sa.BigInteger()))
    op.create_table(
        "receipt",
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("vendor_id", sa.String(160), nullable=False),
        sa.Column("message_id", sa.String(26), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_receipt_message_id")),
        sa.PrimaryKeyConstraint("channel", "vendor_id", name=op.f("pk_receipt")),
    )
    op.create_index(op.f("ix_receipt_message_id"), "receipt", ["message_id"])
    op.create_table(
        "opening",
        sa.Column("conversation_id", sa.String(26), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("left", sa.Integer()),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_opening_conversation_id")),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_opening")),
    )
    op.create_table(
        "channel_state",
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("name", sa.String(160), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("expires_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("channel", "name", name=op.f("pk_channel_state")),
    )


def downgrade() -> None:
    op.drop_table("channel_state")
    op.drop_table("opening")
    op.drop_table("receipt")
    for name in ("read_at", "delivered_at", "part"):
        op.drop_column("outbox", name)
    op.drop_column("customer", "blocked_at")
    for name in ("proven_phone", "proven_email"):
        op.drop_index(f"ix_customer_{name}", "customer")
        op.drop_column("customer", name)
