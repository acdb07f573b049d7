"""Banners that every customer is told of."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "banner",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("text", sa.JSON(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("by_id", sa.String(26), nullable=False),
        sa.Column("by_name", sa.String(60), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.String(60), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_banner")),
    )
    op.create_index("ix_banner_created_at", "banner", ["created_at"])
    op.create_table(
        "banner_told",
        sa.Column("banner_id", sa.String(26), nullable=False),
        sa.Column("conversation_id", sa.String(26), nullable=False),
        sa.ForeignKeyConstraint(["banner_id"], ["banner.id"], name=op.f("fk_banner_told_banner_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_banner_told_conversation_id")),
        sa.PrimaryKeyConstraint("banner_id", "conversation_id", name=op.f("pk_banner_told")),
    )
    op.create_index(op.f("ix_banner_told_conversation_id"), "banner_told", ["conversation_id"])


def downgrade() -> None:
    op.drop_table("banner_told")
    op.drop_table("banner")
