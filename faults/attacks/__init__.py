"""One file per kind of attack; `ALL` in the order in which they are made."""

from __future__ import annotations

from faults.attacks import (
    backups,
    clocks,
    crm,
    database,
    kills,
    other_chats,
    replicas,
    telegram,
    together,
)
from faults.scene import Act

ALL: tuple[Act, ...] = (
    *kills.ACTS,
    *database.ACTS,
    *crm.ACTS,
    *telegram.ACTS,
    *clocks.ACTS,
    *together.ACTS,
    *replicas.ACTS,
    *backups.ACTS,
    *other_chats.ACTS,
)
