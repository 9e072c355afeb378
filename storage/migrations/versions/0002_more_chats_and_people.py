"""More working chats: what a case is about besides a lead; duty and CRM links of people.

Revision: 0002, after 0001. Everything is added: a bot of 0001 may go on beside it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_OPEN_ABOUT = sa.text("closed_at IS NULL AND about <> ''")
_OPEN = sa.text("closed_at IS NULL")


def upgrade() -> None:
    op.add_column("cases", sa.Column("about", sa.Text(), server_default="", nullable=False))
    op.create_index(
        "uq_cases_open_about",
        "cases",
        ["chat_id", "topic_id", "flow", "about"],
        unique=True,
        sqlite_where=_OPEN_ABOUT,
        postgresql_where=_OPEN_ABOUT,
    )
    op.create_index("ix_cases_chat_closed", "cases", ["chat_id", "topic_id", "flow", "closed_at"])
    op.create_index(
        "ix_cases_open_flow",
        "cases",
        ["flow", "state"],
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_index("ix_cases_lead", "cases", ["lead", "id"])
    op.create_index("ix_cases_poster", "cases", ["poster_id", "id"])
    op.create_index("ix_history_at", "history", ["at"])
    op.add_column("people", sa.Column("on_duty", sa.Boolean(), nullable=True))
    for name in ("crm_user", "crm_name"):
        op.add_column("people", sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.create_index("ix_people_crm_name", "people", ["crm_name"])


def downgrade() -> None:
    op.drop_index("ix_people_crm_name", "people")
    for name in ("crm_name", "crm_user", "on_duty"):
        op.drop_column("people", name)
    op.drop_index("ix_history_at", "history")
    for index in (
        "ix_cases_poster",
        "ix_cases_lead",
        "ix_cases_open_flow",
        "ix_cases_chat_closed",
        "uq_cases_open_about",
    ):
        op.drop_index(index, "cases")
    op.drop_column("cases", "about")
