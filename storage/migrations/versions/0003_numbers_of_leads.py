"""The numeric ids of leads, so that a lead is found by either of its names.

Revision: 0003, after 0002. Everything is added: a bot of 0002 may go on beside it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lead_numbers",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("lead", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_lead_numbers")),
    )
    op.create_index("ix_lead_numbers_lead", "lead_numbers", ["lead"])


def downgrade() -> None:
    op.drop_table("lead_numbers")
