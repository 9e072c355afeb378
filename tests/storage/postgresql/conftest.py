"""PostgreSQL alone: SQLite has one writer, and needs no locks."""

from __future__ import annotations

import pytest

from storage.cases import CaseRow
from storage.db import Database
from storage.uow import Storage
from tests.harness.time import eventually
from tests.postgres import Postgres
from tests.storage.conftest import a_case
from tests.storage.locks import is_free


@pytest.fixture
def engine(postgres: Postgres) -> Postgres:
    """The one of the two."""
    return postgres


@pytest.fixture
async def case(storage: Storage, database: Database) -> CaseRow:
    """A case of the chat -1; nothing is locked."""
    await eventually(lambda: is_free(database), "the server has noticed: the test before has gone")
    async with storage.change() as uow:
        return await a_case(uow, lead="f5086aeebb", ref="f5086aeebb")
