"""How often a fault of ours has kept each deadline from being dealt with.

Revision: 0006, after 0005. Everything is added: a bot of 0005 may go on beside it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "deadlines", sa.Column("faults", sa.Integer(), nullable=False, server_default="0")
    )


def downgrade() -> None:
    op.drop_column("deadlines", "faults")
