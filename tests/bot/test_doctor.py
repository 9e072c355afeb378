"""What `doctor` says of things that it need not mend."""

from __future__ import annotations

from bot.doctor import doctor
from tests.harness import World


async def test_it_says_whether_statuses_are_found_from_the_input_line(world: World) -> None:
    said: list[str] = []
    await doctor(world.settings, said.append)
    assert "ok   inline mode: on: @bot and a word finds a status" in said
    await world.tg.control.inline_mode(on=False)
    said.clear()
    await doctor(world.settings, said.append)
    [line] = [one for one in said if "inline mode" in one]
    assert line.startswith("ok   inline mode: off")
    assert "/setinline" in line
