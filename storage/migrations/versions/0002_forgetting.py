"""Indexes for forgetting, and for replies that nobody has seen

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_conversation_customer_id"), "conversation", ["customer_id"], unique=False)
    op.create_index("ix_delivery_at", "delivery", ["at"], unique=False)
    op.create_index(
        "ix_message_from_agent",
        "message",
        ["at"],
        unique=False,
        sqlite_where=sa.text("author = 'agent'"),
        postgresql_where=sa.text("author = 'agent'"),
    )


def downgrade() -> None:
    op.drop_index("ix_message_from_agent", table_name="message")
    op.drop_index("ix_delivery_at", table_name="delivery")
    op.drop_index(op.f("ix_conversation_customer_id"), table_name="conversation")
