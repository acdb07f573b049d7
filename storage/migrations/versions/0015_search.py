"""What can be searched, and lists that are found by an index."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from storage import search_triggers

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WORDS = sa.Text().with_variant(postgresql.TSVECTOR(), "postgresql")
_TAKE_OUT = "INSERT INTO search_words (search_words, rowid, words) VALUES ('delete', OLD.id, OLD.words)"
_PUT_IN = "INSERT INTO search_words (rowid, words) VALUES (NEW.id, NEW.words)"
_FOLLOWING = {"insert": f"{_PUT_IN};", "delete": f"{_TAKE_OUT};", "update": f"{_TAKE_OUT}; {_PUT_IN};"}
_EVERYTHING = (  # the newest last: what was noted last is indexed first
    "SELECT 'conversation', id FROM conversation ORDER BY id",
    "SELECT 'ticket', id FROM ticket ORDER BY id",
    "SELECT 'entry', ticket_id || ':' || n FROM ticket_entry ORDER BY ticket_id, n",
    "SELECT 'message', id FROM message ORDER BY at",
)
_LISTS = {
    "ix_ticket_updated": ("state", "updated_at"),
    "ix_ticket_due": ("state", "due_at"),
}


def upgrade() -> None:
    op.create_table(
        "search_doc",
        sa.Column("id", _NUMBER, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("ref", sa.String(96), nullable=False),
        sa.Column("conversation_id", sa.String(64), nullable=False),
        sa.Column("ticket_id", sa.String(26), nullable=False),
        sa.Column("said", sa.String(64), nullable=False),
        sa.Column("author", sa.String(8), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("words", _WORDS, nullable=False),
        sa.UniqueConstraint("kind", "ref", name=op.f("uq_search_doc_kind_ref")),
    )
    op.create_index(op.f("ix_search_doc_conversation_id"), "search_doc", ["conversation_id"])
    op.create_table(
        "search_pending",
        sa.Column("n", _NUMBER, sa.Identity(), primary_key=True),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("ref", sa.String(96), nullable=False),
    )
    if op.get_bind().dialect.name == "sqlite":
        # `ascii`: the words are folded already and parted by spaces; anything else belongs to a word.
        op.execute(
            "CREATE VIRTUAL TABLE search_words USING fts5(words, content=search_doc, content_rowid=id, tokenize=ascii)"
        )
        for when, then in _FOLLOWING.items():
            op.execute(f"CREATE TRIGGER search_doc_{when} AFTER {when.upper()} ON search_doc BEGIN {then} END")
    else:
        op.create_index("ix_search_doc_words", "search_doc", ["words"], postgresql_using="gin")
    for each in _EVERYTHING:
        op.execute(f"INSERT INTO search_pending (kind, ref) {each}")
    for name, columns in _LISTS.items():
        op.create_index(name, "ticket", list(columns))


def downgrade() -> None:
    search_triggers.remove(op.get_bind())
    for name in _LISTS:
        op.drop_index(name, "ticket")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_words")
    op.drop_table("search_pending")
    op.drop_table("search_doc")
