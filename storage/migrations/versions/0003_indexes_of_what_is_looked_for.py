"""Indexes of what is looked for often: dead letters, messages not sent, the handoff of a ticket."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

PENDING = sa.text("status = 'pending'")
OPEN = sa.text("status IN ('pending', 'sending')")
DEAD = sa.text("status = 'dead'")
NOT_SENT = sa.text("status != 'sent'")


def upgrade() -> None:
    op.create_index("ix_work_dead", "work", ["id"], sqlite_where=DEAD, postgresql_where=DEAD)
    op.drop_index("ix_outbox_pending", table_name="outbox", sqlite_where=PENDING, postgresql_where=PENDING)
    op.create_index("ix_outbox_open", "outbox", ["conversation_id", "seq"], sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_index("ix_outbox_not_sent", "outbox", ["status"], sqlite_where=NOT_SENT, postgresql_where=NOT_SENT)
    op.create_index("ix_handoff_desk_ticket_id", "handoff", ["desk", "ticket_id"])


def downgrade() -> None:
    op.drop_index("ix_handoff_desk_ticket_id", table_name="handoff")
    op.drop_index("ix_outbox_not_sent", table_name="outbox", sqlite_where=NOT_SENT, postgresql_where=NOT_SENT)
    op.drop_index("ix_outbox_open", table_name="outbox", sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_index(
        "ix_outbox_pending", "outbox", ["conversation_id", "seq"], sqlite_where=PENDING, postgresql_where=PENDING
    )
    op.drop_index("ix_work_dead", table_name="work", sqlite_where=DEAD, postgresql_where=DEAD)
