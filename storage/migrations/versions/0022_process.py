"""Where tickets have been. Of older ones: where they began, and where they are."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

# Ids of what is filled in only have to be unique and sort before new ones: `0` and `1` begin earlier than any time.
BEGAN = """
INSERT INTO passage (id, ticket_id, at, place, tier, agent_id)
SELECT '0' || substr(id, 2), id, created_at, 'queue', tier, '' FROM ticket
"""
NOW = """
INSERT INTO passage (id, ticket_id, at, place, tier, agent_id)
SELECT '1' || substr(id, 2), id, COALESCE(closed_at, taken_at, updated_at),
    CASE WHEN state IN ('open', 'waiting_customer') THEN 'agent' ELSE state END, tier, COALESCE(agent_id, '')
FROM ticket WHERE state <> 'queued'
"""


def upgrade() -> None:
    op.create_table(
        "passage",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("ticket_id", sa.String(26), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.String(16), nullable=False),
        sa.Column("tier", sa.String(32), nullable=False),
        sa.Column("agent_id", sa.String(26), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_passage_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passage")),
    )
    op.create_index("ix_passage_ticket_id_at", "passage", ["ticket_id", "at"])
    op.execute(BEGAN)
    op.execute(NOW)


def downgrade() -> None:
    op.drop_table("passage")
