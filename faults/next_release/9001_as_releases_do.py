"""What a release may do to the tables while the one before works on them: it adds.

Revision: 9001, after whatever is the newest.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op

import storage.migrations

revision = "9001"
down_revision = max(
    path.name[:4]
    for folder in storage.migrations.__path__
    for path in Path(folder, "versions").glob("0*.py")
)
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("cases", "outbox", "people"):
        op.add_column(table, sa.Column("next", sa.Text(), server_default="", nullable=False))
        op.create_index(f"ix_{table}_next", table, ["next"])
    op.add_column("history", sa.Column("next", sa.BigInteger(), nullable=True))
    op.create_table(
        "next",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), sa.ForeignKey("cases.id"), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
