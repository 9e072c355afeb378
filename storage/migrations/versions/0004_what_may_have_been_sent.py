"""When a row's delivery may last have been sent, where nobody has seen it arrive.

Revision: 0004, after 0003. Everything is added: a bot of 0003 may go on beside it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("outbox", "sent_at")
