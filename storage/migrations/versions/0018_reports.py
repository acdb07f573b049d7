"""What reports are made of: when orders were seen first, which reports were mailed, and indexes by time."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "customer_order",
        sa.Column("user_id", sa.String(160), nullable=False),
        sa.Column("number", sa.String(80), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "number", name=op.f("pk_customer_order")),
    )
    op.create_table(
        "report_mail",
        sa.Column("period", sa.String(24), nullable=False),
        sa.Column("recipient", sa.String(254), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("refused", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("period", "recipient", name=op.f("pk_report_mail")),
    )
    op.create_index("ix_ticket_created_at", "ticket", ["created_at"])
    op.create_index("ix_sla_clock_met_at", "sla_clock", ["metric", "met_at"])
    op.create_index("ix_conversation_created_at", "conversation", ["created_at"])


def downgrade() -> None:
    op.drop_index("ix_conversation_created_at", "conversation")
    op.drop_index("ix_sla_clock_met_at", "sla_clock")
    op.drop_index("ix_ticket_created_at", "ticket")
    op.drop_table("report_mail")
    op.drop_table("customer_order")
