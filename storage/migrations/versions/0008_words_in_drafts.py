"""Drafts know whose words they were begun with, so that these can be forgotten."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("article_draft", sa.Column("conversations", sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("article_draft") as table:
        table.drop_column("conversations")
