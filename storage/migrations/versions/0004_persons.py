"""One customer, many channels: persons, links, codes, aliases, consent; replies follow the customer.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _customers()
    _conversations()
    _openings_by_address()
    op.create_table(
        "alias",
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("address", sa.String(160), nullable=False),
        sa.Column("conversation_id", sa.String(26), nullable=False),
        sa.Column("customer_id", sa.String(26), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_alias_conversation_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_alias_customer_id")),
        sa.PrimaryKeyConstraint("channel", "address", name=op.f("pk_alias")),
    )
    op.create_index(op.f("ix_alias_conversation_id"), "alias", ["conversation_id"])
    op.create_index(op.f("ix_alias_customer_id"), "alias", ["customer_id"])
    op.create_table(
        "link",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("customer_id", sa.String(26), nullable=False),
        sa.Column("other_id", sa.String(26), nullable=False),
        sa.Column("how", sa.String(16), nullable=False),
        sa.Column("by", sa.String(160), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("undone_at", sa.BigInteger()),
        sa.Column("undone_by", sa.String(160), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_link_customer_id")),
        sa.ForeignKeyConstraint(["other_id"], ["customer.id"], name=op.f("fk_link_other_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link")),
    )
    op.create_index(op.f("ix_link_customer_id"), "link", ["customer_id"])
    op.create_index(op.f("ix_link_other_id"), "link", ["other_id"])
    op.create_index("ix_link_pair", "link", ["customer_id", "other_id"])
    op.create_table(
        "link_code",
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("conversation_id", sa.String(26), nullable=False),
        sa.Column("customer_id", sa.String(26), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_link_code_conversation_id")),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_link_code")),
    )
    op.create_index(op.f("ix_link_code_conversation_id"), "link_code", ["conversation_id"])
    op.create_index(op.f("ix_link_code_expires_at"), "link_code", ["expires_at"])
    held = sa.text("status = 'held'")
    op.create_index(
        "ix_outbox_held", "outbox", ["conversation_id"], unique=False, sqlite_where=held, postgresql_where=held
    )


def _customers() -> None:
    """Everybody is their own person, and has agreed by writing, unless they have blocked us since."""
    op.add_column("customer", sa.Column("person_id", sa.String(26), nullable=False, server_default=""))
    op.add_column("customer", sa.Column("consent", sa.String(12), nullable=False, server_default=""))
    op.add_column("customer", sa.Column("consent_at", sa.BigInteger()))
    op.add_column("customer", sa.Column("consent_source", sa.String(64), nullable=False, server_default=""))
    op.execute("UPDATE customer SET person_id = id")
    op.execute("UPDATE customer SET consent = 'granted', consent_at = created_at, consent_source = 'wrote'")
    op.execute(
        "UPDATE customer SET consent = 'withdrawn', consent_at = blocked_at, consent_source = 'blocked' "
        "WHERE blocked_at IS NOT NULL"
    )
    op.create_index(op.f("ix_customer_person_id"), "customer", ["person_id"])


def _conversations() -> None:
    op.add_column("conversation", sa.Column("reply_channel", sa.String(32), nullable=False, server_default=""))
    op.add_column("conversation", sa.Column("reply_address", sa.String(160), nullable=False, server_default=""))
    op.add_column("conversation", sa.Column("left_at", sa.BigInteger()))
    op.add_column("conversation", sa.Column("moved_to", sa.String(26), nullable=False, server_default=""))
    op.add_column("message", sa.Column("channel", sa.String(32), nullable=False, server_default=""))


def _openings_by_address() -> None:
    """A vendor's reply window is that of an address, from which the customer may go on with another conversation."""
    before = sa.table("opening", sa.column("conversation_id"), sa.column("until"), sa.column("left"))
    conversation = sa.table("conversation", sa.column("id"), sa.column("channel"), sa.column("address"))
    query = sa.select(conversation.c.channel, conversation.c.address, before.c.until, before.c.left).join_from(
        before, conversation, before.c.conversation_id == conversation.c.id
    )
    rows = [dict(row._mapping) for row in op.get_bind().execute(query)]
    op.drop_table("opening")
    op.create_table(
        "opening",
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("address", sa.String(160), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("left", sa.Integer()),
        sa.PrimaryKeyConstraint("channel", "address", name=op.f("pk_opening")),
    )
    names = ("channel", "address", "until", "left")
    op.bulk_insert(sa.table("opening", *(sa.column(name) for name in names)), rows)


def downgrade() -> None:
    op.drop_index("ix_outbox_held", "outbox")
    for name in ("link_code", "link", "alias", "opening"):
        op.drop_table(name)
    op.create_table(
        "opening",
        sa.Column("conversation_id", sa.String(26), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("left", sa.Integer()),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_opening_conversation_id")),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_opening")),
    )
    op.drop_column("message", "channel")
    for name in ("moved_to", "left_at", "reply_address", "reply_channel"):
        op.drop_column("conversation", name)
    op.drop_index(op.f("ix_customer_person_id"), "customer")
    for name in ("consent_source", "consent_at", "consent", "person_id"):
        op.drop_column("customer", name)
