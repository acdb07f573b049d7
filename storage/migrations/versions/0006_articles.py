"""Articles written in the console: what is published, every version, drafts, and the log of publications."""

import sqlalchemy as sa
from alembic import op
from ulid import ULID

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    log = op.create_table(
        "article_log",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_log")),
    )
    op.bulk_insert(log, [{"id": str(ULID()), "revision": 0}])
    op.create_table(
        "article",
        sa.Column("id", sa.String(80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("content", sa.JSON(), nullable=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article")),
        sa.UniqueConstraint("revision", name=op.f("uq_article_revision")),
    )
    op.create_table(
        "article_version",
        sa.Column("article_id", sa.String(80), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.String(12), nullable=False),
        sa.Column("content", sa.JSON(), nullable=True),
        sa.Column("by", sa.String(26), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("replay", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("article_id", "number", name=op.f("pk_article_version")),
        sa.UniqueConstraint("revision", name=op.f("uq_article_version_revision")),
    )
    op.create_table(
        "article_draft",
        sa.Column("article_id", sa.String(80), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("base", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by", sa.String(26), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("replay", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("article_id", name=op.f("pk_article_draft")),
    )


def downgrade() -> None:
    for name in ("article_draft", "article_version", "article", "article_log"):
        op.drop_table(name)
