"""Whose turn it is, and why a ticket is offered to somebody."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agent_turn",
        sa.Column("agent_id", sa.String(26), sa.ForeignKey("agent.id", name="fk_agent_turn_agent_id"), nullable=False),
        sa.Column("assigned_at", sa.BigInteger(), nullable=False),
        sa.Column("ignored", sa.Integer(), nullable=False),
        sa.Column("ignored_at", sa.BigInteger(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("agent_id", name="pk_agent_turn"),
    )
    with op.batch_alter_table("ticket") as table:
        table.add_column(sa.Column("offered_because", sa.JSON(), nullable=False, server_default="[]"))
    op.create_index(op.f("ix_ticket_offered_to"), "ticket", ["offered_to"])


def downgrade() -> None:
    op.drop_index(op.f("ix_ticket_offered_to"), "ticket")
    op.drop_column("ticket", "offered_because")
    op.drop_table("agent_turn")
