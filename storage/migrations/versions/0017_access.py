"""A second step of the log-in, and log-in by the company's own provider."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("agent_session") as table:
        table.add_column(sa.Column("way", sa.String(8), nullable=False, server_default="password"))
        table.add_column(sa.Column("awaits_code", sa.Boolean(), nullable=False, server_default="0"))
        table.add_column(sa.Column("proved_at", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_table(
        "agent_factor",
        sa.Column("agent_id", sa.String(26), sa.ForeignKey("agent.id"), primary_key=True),
        sa.Column("secret", sa.String(200), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "agent_recovery_code",
        sa.Column("agent_id", sa.String(26), sa.ForeignKey("agent.id"), primary_key=True),
        sa.Column("code_hash", sa.String(64), primary_key=True),
    )
    op.create_table(
        "agent_subject",
        sa.Column("issuer", sa.String(200), primary_key=True),
        sa.Column("subject", sa.String(255), primary_key=True),
        sa.Column("agent_id", sa.String(26), sa.ForeignKey("agent.id"), nullable=False, unique=True),
        sa.Column("linked_at", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "sso_attempt",
        sa.Column("state_hash", sa.String(64), primary_key=True),
        sa.Column("browser_hash", sa.String(64), nullable=False),
        sa.Column("nonce", sa.String(64), nullable=False),
        sa.Column("verifier", sa.String(128), nullable=False),
        sa.Column("agent_id", sa.String(26), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
    )


def downgrade() -> None:
    for name in ("sso_attempt", "agent_subject", "agent_recovery_code", "agent_factor"):
        op.drop_table(name)
    for name in ("proved_at", "awaits_code", "way"):
        op.drop_column("agent_session", name)
