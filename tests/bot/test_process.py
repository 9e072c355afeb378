"""The real process: `python -m bot run`, `kill -9`, and wrong settings."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sandbox.world import MARAT, OLYA, OWNER
from tests.harness import World, a_world
from tests.harness.crm import LOGIN, PASSWORD, ZONE
from tests.harness.time import PATIENCE

ROOT = Path(__file__).parents[2]


def environment(world: World | None = None, **more: str) -> dict[str, str]:
    """What the process sees: nothing of ours but the path to its programs."""
    given = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HTTP_PORT": "0"}
    if world is not None:
        given |= {
            "BOT_TOKEN": world.tg.token,
            "OWNER_IDS": str(OWNER.id),
            "DATABASE_URL": world.settings.database_url.get_secret_value(),
            "CRM_URL": world.crm.url,
            "CRM_LOGIN": LOGIN,
            "CRM_PASSWORD": PASSWORD,
            "CRM_TIMEZONE": ZONE,
            # What a killed one may have sent is waited for four times as long.
            "CRM_TIMEOUT": "1",
            "TELEGRAM_API_URL": world.tg.url,
            "LOG_FORMAT": "json",
            "SUMMARY_TIME": "off",
        }
    return given | more


@asynccontextmanager
async def a_process(cwd: Path, env: dict[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """`python -m bot run`, ended at the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "run",
        cwd=cwd, env=env, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.mark.parametrize("moment", ["as soon as the press is sent", "when it is answered"])
async def test_kill_9_after_the_press_leaves_one_comment_and_a_true_card(
    database_url: str, tmp_path: Path, moment: str
) -> None:
    async with a_world(database_url, running=False) as world:
        env = environment(world)
        lead = await world.crm.burning()
        post = await world.ask(OLYA, lead)
        async with a_process(tmp_path, env) as first:
            card = await world.card(post, "Можно ли оформить?")
            data = await world.button(card, "Разрешить")
            answered = moment == "when it is answered"
            wait = PATIENCE if answered else 0
            answer = await world.press_data(MARAT, card, data, repeat=3, wait=wait)
            first.send_signal(signal.SIGKILL)
            assert await first.wait() == -signal.SIGKILL
        if answered:
            assert answer.text.startswith("Разрешено")
        async with a_process(tmp_path, env) as second:
            await world.says(card, "Можно оформлять", "Марат Демо", "в CRM записано ✔")
            await world.told(OLYA, "Можно оформлять")
            again = await world.press_data(MARAT, card, data)
            assert again.text.startswith("Разрешено")
            second.send_signal(signal.SIGTERM)
            _, said = await asyncio.wait_for(second.communicate(), PATIENCE)
            assert second.returncode == 0, said.decode()
        assert len(await world.crm.tagged(lead)) == 1
        for secret in ("Оля", "Марат", world.tg.token, PASSWORD):
            assert secret not in said.decode()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"OWNER_IDS": ""}, "OWNER_IDS"),
        ({"BOT_TOKEN": "nonsense"}, "BOT_TOKEN is not a token"),
        ({"CRM": "no_such_crm"}, "CRM"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
async def test_a_wrong_setting_is_one_clear_line_and_exit_2(
    tmp_path: Path, wrong: dict[str, str], words: str
) -> None:
    right = {
        "BOT_TOKEN": "42:sandbox",
        "OWNER_IDS": "1",
        "CRM_URL": "http://127.0.0.1:1",
        "CRM_LOGIN": LOGIN,
        "CRM_PASSWORD": PASSWORD,
        "DATABASE_URL": f"sqlite:///{tmp_path}/workchats.db",
        "LOG_LEVEL": "ERROR",
    }
    async with a_process(tmp_path, environment(None, **(right | wrong))) as process:
        _, said = await asyncio.wait_for(process.communicate(), PATIENCE)
    lines = said.decode().strip().splitlines()
    assert process.returncode == 2, lines
    assert len(lines) == 1
    assert lines[0].startswith("workchats: ")
    assert words in lines[0]
