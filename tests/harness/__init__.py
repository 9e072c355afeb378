"""The whole product in one process: Telegram's sandbox, the small CRM and the bot.

```python
async with a_world(database_url) as world:
    lead = await world.crm.burning()
    post = await world.ask(OLYA, lead)
    card = await world.card(post)
    answer = await world.press(MARAT, card, "Разрешить")
```
"""

from __future__ import annotations

import bot.light  # noqa: F401 -- before all that imports aiogram, as the bot itself does
from tests.harness.crash import Crash, CrashAt
from tests.harness.crm import CrmDesk
from tests.harness.life import Life
from tests.harness.time import MovableClock, eventually
from tests.harness.world import Answer, World, a_world

__all__ = [
    "Answer",
    "Crash",
    "CrashAt",
    "CrmDesk",
    "Life",
    "MovableClock",
    "World",
    "a_world",
    "eventually",
]
