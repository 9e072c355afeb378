"""One file per kind of attack; `ALL` in the order in which they are made."""

from __future__ import annotations

from faults.attacks import crm, database, kills
from faults.scene import Act

ALL: tuple[Act, ...] = (*kills.ACTS, *database.ACTS, *crm.ACTS)
