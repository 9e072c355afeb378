"""Which press each row of the history comes of, so that one that is brought again counts once.

Revision: 0005, after 0004. Everything is added: a bot of 0004 may go on beside it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_A_PRESS = sa.text("press IS NOT NULL")


def upgrade() -> None:
    op.add_column("history", sa.Column("press", sa.Text(), nullable=True))
    op.create_index(
        "uq_history_press",
        "history",
        ["case_id", "press"],
        unique=True,
        sqlite_where=_A_PRESS,
        postgresql_where=_A_PRESS,
    )


def downgrade() -> None:
    op.drop_index("uq_history_press", "history")
    op.drop_column("history", "press")
