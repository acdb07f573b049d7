"""After-sales: what customers were asked, their private links, follow-ups, and how a ticket was confirmed."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "survey",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("conversation_id", sa.String(26), nullable=False),
        sa.Column("person_id", sa.String(26), nullable=False),
        sa.Column("handoff_id", sa.String(26), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("solved_by", sa.String(8), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("reminded_at", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("outcome_at", sa.BigInteger(), nullable=True),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("rated_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], name=op.f("fk_survey_conversation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey")),
    )
    op.create_index("ix_survey_conversation_id_asked_at", "survey", ["conversation_id", "asked_at"])
    op.create_index("ix_survey_person_id_asked_at", "survey", ["person_id", "asked_at"])
    unanswered = sa.text("outcome = ''")
    op.create_index("ix_survey_open", "survey", ["asked_at"], sqlite_where=unanswered, postgresql_where=unanswered)
    op.create_table(
        "status_link",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("handoff_id", sa.String(26), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["handoff_id"], ["handoff.id"], name=op.f("fk_status_link_handoff_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_status_link")),
    )
    op.create_index(op.f("ix_status_link_handoff_id"), "status_link", ["handoff_id"])
    op.create_table(
        "follow_up",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("ticket_id", sa.String(26), nullable=True),
        sa.Column("conversation_id", sa.String(64), nullable=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("customer_name", sa.Text(), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("tier", sa.String(32), nullable=False),
        sa.Column("agent_id", sa.String(26), nullable=True),
        sa.Column("agent_name", sa.String(60), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("outcome_note", sa.Text(), nullable=False),
        sa.Column("created_by", sa.String(60), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_up")),
        sa.UniqueConstraint("key", name=op.f("uq_follow_up_key")),
    )
    op.create_index(op.f("ix_follow_up_conversation_id"), "follow_up", ["conversation_id"])
    op.create_index("ix_follow_up_ticket_id", "follow_up", ["ticket_id"])
    live = sa.text("state IN ('planned', 'due', 'missed')")
    op.create_index("ix_follow_up_live", "follow_up", ["state", "due_at"], sqlite_where=live, postgresql_where=live)
    op.add_column("ticket", sa.Column("confirmed", sa.String(8), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("ticket", "confirmed")
    op.drop_table("follow_up")
    op.drop_table("status_link")
    op.drop_table("survey")
