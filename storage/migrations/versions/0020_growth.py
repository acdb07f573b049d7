"""People's growth: steps between grades, quality reviews, trainings, and how content agents are."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "grade_step",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("agent_id", sa.String(26), nullable=False),
        sa.Column("from_grade", sa.String(32), nullable=False),
        sa.Column("to_grade", sa.String(32), nullable=False),
        sa.Column("promotion", sa.Boolean(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by_id", sa.String(26), nullable=False),
        sa.Column("by_name", sa.String(60), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("missing", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grade_step")),
    )
    op.create_index(op.f("ix_grade_step_agent_id_at"), "grade_step", ["agent_id", "at"])
    op.create_index(op.f("ix_grade_step_at"), "grade_step", ["at"])
    op.create_table(
        "satisfaction",
        sa.Column("quarter", sa.String(8), nullable=False),
        sa.Column("item", sa.String(16), nullable=False),
        sa.Column("score", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("quarter", "item", "score", name=op.f("pk_satisfaction")),
    )
    op.create_table(
        "satisfaction_given",
        sa.Column("agent_id", sa.String(26), nullable=False),
        sa.Column("quarter", sa.String(8), nullable=False),
        sa.PrimaryKeyConstraint("agent_id", "quarter", name=op.f("pk_satisfaction_given")),
    )
    _reviews()
    _trainings()


def _reviews() -> None:
    op.create_table(
        "quality_review",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("ticket_id", sa.String(26), nullable=True),
        sa.Column("agent_id", sa.String(26), nullable=False),
        sa.Column("month", sa.String(8), nullable=False),
        sa.Column("why", sa.String(16), nullable=False),
        sa.Column("drawn", sa.JSON(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("scores", sa.JSON(), nullable=False),
        sa.Column("remarks", sa.JSON(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("reviewer_id", sa.String(26), nullable=False),
        sa.Column("reviewer_name", sa.String(60), nullable=False),
        sa.Column("reviewed_at", sa.BigInteger(), nullable=True),
        sa.Column("appeal", sa.Text(), nullable=False),
        sa.Column("appealed_at", sa.BigInteger(), nullable=True),
        sa.Column("first_score", sa.Float(), nullable=True),
        sa.Column("decider_id", sa.String(26), nullable=False),
        sa.Column("decider_name", sa.String(60), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_quality_review_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_review")),
        sa.UniqueConstraint("ticket_id", "agent_id", name=op.f("uq_quality_review_ticket_id_agent_id")),
    )
    op.create_index(op.f("ix_quality_review_agent_id_month"), "quality_review", ["agent_id", "month"])
    op.create_index(op.f("ix_quality_review_state_at"), "quality_review", ["state", "at"])


def _trainings() -> None:
    op.create_table(
        "training",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("articles", sa.JSON(), nullable=False),
        sa.Column("questions", sa.JSON(), nullable=False),
        sa.Column("pass_mark", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("hours", sa.Float(), nullable=False),
        sa.Column("cost", sa.Float(), nullable=False),
        sa.Column("by_id", sa.String(26), nullable=False),
        sa.Column("by_name", sa.String(60), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("renewed_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training")),
    )
    op.create_index(op.f("ix_training_state"), "training", ["state"])
    op.create_table(
        "training_task",
        sa.Column("training_id", sa.String(26), nullable=False),
        sa.Column("agent_id", sa.String(26), nullable=False),
        sa.Column("assigned_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("tried", sa.Integer(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("passed_at", sa.BigInteger(), nullable=True),
        sa.Column("expired_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["training_id"], ["training.id"], name=op.f("fk_training_task_training_id")),
        sa.PrimaryKeyConstraint("training_id", "agent_id", name=op.f("pk_training_task")),
    )
    op.create_index(op.f("ix_training_task_agent_id"), "training_task", ["agent_id"])
    op.create_table(
        "training_try",
        sa.Column("agent_id", sa.String(26), nullable=False),
        sa.Column("client_id", sa.String(64), nullable=False),
        sa.Column("training_id", sa.String(26), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("wrong", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["training_id"], ["training.id"], name=op.f("fk_training_try_training_id")),
        sa.PrimaryKeyConstraint("agent_id", "client_id", name=op.f("pk_training_try")),
    )
    op.create_index(op.f("ix_training_try_training_id"), "training_try", ["training_id"])
    op.create_index(op.f("ix_training_try_at"), "training_try", ["at"])


def downgrade() -> None:
    for table in (
        "training_try", "training_task", "training", "quality_review", "satisfaction_given", "satisfaction",
        "grade_step",
    ):  # fmt: skip
        op.drop_table(table)
