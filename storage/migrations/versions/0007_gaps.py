"""Gaps: what customers ask and the knowledge base does not answer."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "gap",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("centre", sa.LargeBinary(), nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("nearest", sa.JSON(), nullable=True),
        sa.Column("article_id", sa.String(80), nullable=False),
        sa.Column("by", sa.String(26), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gap")),
    )
    op.create_table(
        "gap_question",
        sa.Column("message_id", sa.String(26), nullable=False),
        sa.Column("gap_id", sa.String(26), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("near", sa.Float(), nullable=False),
        sa.Column("outcome", sa.String(12), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_gap_question_message_id")),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_gap_question")),
    )
    op.create_index(op.f("ix_gap_question_gap_id"), "gap_question", ["gap_id"])


def downgrade() -> None:
    op.drop_table("gap_question")
    op.drop_table("gap")
