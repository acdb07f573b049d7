"""What was masked before it left to a helpdesk."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "masked_value",
        sa.Column("handoff_id", sa.String(26), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("mark", sa.String(64), nullable=False),
        sa.Column("original", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["handoff_id"], ["handoff.id"], name=op.f("fk_masked_value_handoff_id")),
        sa.PrimaryKeyConstraint("handoff_id", "kind", "fingerprint", name=op.f("pk_masked_value")),
        sa.UniqueConstraint("handoff_id", "mark", name=op.f("uq_masked_value_handoff_id_mark")),
    )


def downgrade() -> None:
    op.drop_table("masked_value")
