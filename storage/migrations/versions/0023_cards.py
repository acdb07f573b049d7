"""Customers' cards, and whether they agree to be answered with them."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "customer_card",
        sa.Column("user_id", sa.String(160), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tier", sa.JSON(), nullable=False),
        sa.Column("segment", sa.String(64), nullable=False),
        sa.Column("products", sa.JSON(), nullable=False),
        sa.Column("orders", sa.JSON(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_customer_card")),
    )
    op.create_table(
        "personal_consent",
        sa.Column("person_id", sa.String(26), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_personal_consent")),
    )


def downgrade() -> None:
    op.drop_table("personal_consent")
    op.drop_table("customer_card")
