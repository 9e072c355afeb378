"""A database as years of work leave it: closed cases with all that belongs to them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import TextClause, bindparam, text

from storage.db import Database, UtcDateTime

#: Rows of numbers, on both engines.
_NUMBERS = """
    WITH RECURSIVE n(i) AS (
        SELECT CAST(:first AS BIGINT) UNION ALL
        SELECT i + 1 FROM n WHERE i < CAST(:last AS BIGINT)
    )
"""
_CASES = f"""
    INSERT INTO cases (flow, chat_id, topic_id, message_id, ref, lead, about, state, round, version,
        data, poster_id, poster_name, posted_at, opened_at, closed_at)
    {_NUMBERS}
    SELECT 'duplicates', CAST(:chat AS BIGINT) - i % 8, 0, 100000000 + i, 'old' || i, 'old' || i,
        '', 'allowed', 1, 5, {{data}}, 9000 + i % 50, 'Оля Демо', :at, :at, :at
    FROM n
"""  # noqa: S608 -- no words of others
#: Table → what each old case has of it: columns, and their values.
_BELONGINGS = {
    "posts": ("chat_id, message_id, ref, case_id", ["chat_id, message_id, ref, id"]),
    "messages": (
        "chat_id, message_id, case_id, kind, current, shown",
        [
            "chat_id, message_id + 500000000, id, 'card', true, 'x'",
            "poster_id, message_id + 500000000, id, 'notice', true, 'x'",
        ],
    ),
    "history": (
        "case_id, at, actor_id, actor_name, action, round, from_state, to_state, text, answer",
        [
            f"id, opened_at, poster_id, 'Оля Демо', '{action}', 1, '{before}', '{after}', '', ''"
            for action, before, after in (
                ("open", "", "reading"),
                ("lead_read", "reading", "waiting"),
                ("allow", "waiting", "allowed"),
                ("crm_saved", "allowed", "allowed"),
            )
        ],
    ),
    "outbox": (
        (
            "case_id, destination, lane, kind, payload, priority, state, revision, attempts,"
            " due_at, leased_by, created_at, done_at, error, once"
        ),
        [
            f"id, '{destination}', '{lane}:' || {of}, '{kind}', {{data}}, 3, 'done', 1, 1,"
            f" opened_at, '', opened_at, opened_at, '', {once}"
            for destination, lane, of, kind, once in (
                ("telegram", "chat", "chat_id", "card", "'card:' || id"),
                ("telegram", "chat", "poster_id", "tell", "NULL"),
                ("crm", "lead", "lead", "read_lead", "NULL"),
                ("crm", "lead", "lead", "write_comment", "NULL"),
            )
        ],
    ),
    "digest_places": (
        "case_id, chat_id, message_id, place",
        ["id, chat_id, message_id + 600000000, 1"],
    ),
    "deadlines": (
        "case_id, name, due_at, state",
        [f"id, '{name}', opened_at, 'dropped'" for name in ("ping", "ping_again", "close")],
    ),
}
_AT_ONCE = 20_000


async def age(database: Database, cases: int, *, chat: int, at: datetime) -> None:
    """Add so many closed cases of eight chats, of which `chat` is the first, closed at that time.

    They are noted in the tables' statistics too, as a database does by itself with time.
    """
    data = "'{}'" if database.is_sqlite else "CAST('{}' AS JSONB)"
    for first in range(1, cases + 1, _AT_ONCE):
        last = min(cases, first + _AT_ONCE - 1)
        where = {"first": first, "last": last}
        async with database.transaction() as connection:
            await connection.execute(
                _timed(_CASES.format(data=data)), {**where, "chat": chat, "at": at}
            )
            for table, (columns, values) in _BELONGINGS.items():
                for value in values:
                    await connection.execute(
                        text(
                            f"INSERT INTO {table} ({columns}) SELECT {value.format(data=data)}"  # noqa: S608 -- no words of others
                            " FROM cases WHERE ref LIKE 'old%'"
                            " AND message_id BETWEEN 100000000 + CAST(:first AS BIGINT)"
                            " AND 100000000 + CAST(:last AS BIGINT)"
                        ),
                        where,
                    )
    async with database.transaction() as connection:
        await connection.execute(text("ANALYZE"))


def _timed(sql: str) -> TextClause:
    return text(sql).bindparams(bindparam("at", type_=UtcDateTime()))
