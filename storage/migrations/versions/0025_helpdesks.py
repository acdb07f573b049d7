"""What helpdesks have of us: tickets that were asked for, and the entries that both sides know."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "desk_ticket",
        sa.Column("desk", sa.String(32), nullable=False),
        sa.Column("handoff_id", sa.String(26), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("ticket_id", sa.String(64), nullable=False),
        sa.Column("number", sa.String(64), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("owner", sa.String(160), nullable=False),
        sa.Column("turns", sa.Integer(), nullable=False),
        sa.Column("expected", sa.String(16), nullable=False),
        sa.ForeignKeyConstraint(["handoff_id"], ["handoff.id"], name=op.f("fk_desk_ticket_handoff_id")),
        sa.PrimaryKeyConstraint("desk", "handoff_id", name=op.f("pk_desk_ticket")),
    )
    op.create_index("ix_desk_ticket_ticket_id", "desk_ticket", ["desk", "ticket_id"])
    op.create_index("ix_desk_ticket_handoff_id", "desk_ticket", ["handoff_id"])
    op.create_table(
        "desk_entry",
        sa.Column("desk", sa.String(32), nullable=False),
        sa.Column("ticket_id", sa.String(64), nullable=False),
        sa.Column("external_id", sa.String(160), nullable=False),
        sa.Column("message_id", sa.String(160), nullable=False),
        sa.Column("ours", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("desk", "ticket_id", "external_id", name=op.f("pk_desk_entry")),
    )
    waiting = sa.text("status = 'requested'")
    columns = ["desk", "created_at"]
    op.create_index("ix_handoff_waiting", "handoff", columns, sqlite_where=waiting, postgresql_where=waiting)


def downgrade() -> None:
    op.drop_index("ix_handoff_waiting", "handoff")
    op.drop_table("desk_entry")
    op.drop_table("desk_ticket")
