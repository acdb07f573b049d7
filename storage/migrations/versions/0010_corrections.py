"""Corrections of triage, and the segment of a customer."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "triage_correction",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("ticket_id", sa.String(26), nullable=False),
        sa.Column("dimension", sa.String(16), nullable=False),
        sa.Column("judged", sa.String(32), nullable=False),
        sa.Column("value", sa.String(32), nullable=False),
        sa.Column("seen", sa.JSON(), nullable=False),
        sa.Column("agent_id", sa.String(26), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("ticket_id", "dimension"),
    )
    with op.batch_alter_table("customer") as table:
        table.add_column(sa.Column("segment", sa.String(64), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("customer", "segment")
    op.drop_table("triage_correction")
