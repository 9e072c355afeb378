"""«Отменить решение» for its tests: the button, and a lead that nobody has worked on yet."""

from __future__ import annotations

from dataclasses import replace

from tests.flows.world import NEW

UNDO = "Отменить решение"

#: As the CRM shows a lead that nobody has worked on yet.
UNSET = replace(NEW, code="", label="")
