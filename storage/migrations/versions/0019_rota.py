"""Shifts, absences, and swaps of shifts."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shift",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("agent_id", sa.String(26), nullable=False),
        sa.Column("tiers", sa.JSON(), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("series_id", sa.String(26), nullable=False),
        sa.Column("uid", sa.String(255), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_shift_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift")),
    )
    op.create_index("ix_shift_starts_at", "shift", ["starts_at"])
    op.create_index("ix_shift_agent_id", "shift", ["agent_id", "starts_at"])
    imported = sa.text("uid != ''")
    op.create_index(
        "uq_shift_uid", "shift", ["agent_id", "uid", "starts_at"], unique=True,
        sqlite_where=imported, postgresql_where=imported,
    )  # fmt: skip
    op.create_table(
        "absence",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("agent_id", sa.String(26), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_absence_agent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    op.create_index("ix_absence_starts_at", "absence", ["starts_at"])
    op.create_table(
        "shift_swap",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("shift_id", sa.String(26), nullable=False),
        sa.Column("from_id", sa.String(26), nullable=False),
        sa.Column("to_id", sa.String(26), nullable=False),
        sa.Column("in_return", sa.String(26), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_by", sa.String(60), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_swap")),
    )
    live = sa.text("state IN ('asked', 'accepted')")
    op.create_index(
        "uq_shift_swap_live", "shift_swap", ["shift_id"], unique=True, sqlite_where=live, postgresql_where=live
    )
    op.create_index("ix_shift_swap_updated_at", "shift_swap", ["updated_at"])


def downgrade() -> None:
    op.drop_table("shift_swap")
    op.drop_table("absence")
    op.drop_table("shift")
