"""What the database promises: all or nothing, and nothing lost."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from crm_api.server.store import Store
from tests.crm_server.conftest import NOW, PASSWORD

_DIE_AFTER_COMMIT = """
import os, signal, sys
from crm_api.server.store import Store
store = Store.open(sys.argv[1])
store.add_user("kept", first_name="Kept")
os.kill(os.getpid(), signal.SIGKILL)
"""


async def test_what_was_committed_survives_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "crm.db"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _DIE_AFTER_COMMIT, str(path)
    )
    assert await process.wait() == -signal.SIGKILL
    store = Store.open(path)
    assert [user.login for user in store.users()] == ["kept"]
    store.close()


def test_a_session_survives_a_restart(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "crm.db")
    store.add_user("bot", first_name="Бот", password=PASSWORD)
    token = store.log_in("bot", PASSWORD, NOW)
    store.close()
    again = Store.open(tmp_path / "crm.db")
    assert again.user_of(token, NOW).login == "bot"
    again.close()


def test_a_failed_transaction_leaves_nothing() -> None:
    store = Store.open(":memory:")

    def fail() -> None:
        with store.transaction():
            store.add_user("half", first_name="Half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert store.users() == []
    store.close()


def test_neither_tokens_nor_passwords_are_kept_as_they_are(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "crm.db")
    store.add_user("bot", first_name="Бот", password="plain-secret")
    token = store.log_in("bot", "plain-secret", NOW)
    store.close()
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert token.encode() not in kept
    assert b"plain-secret" not in kept
