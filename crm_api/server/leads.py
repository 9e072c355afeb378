"""What can be done to a lead, each change with its row of history.

All functions take the connection of an open transaction (`Store.transaction`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from .records import User, stamp
from .schema import PLAIN_FIELDS
from .statuses import STATUSES

#: Seconds that somebody must have talked to have a refusal pinned on him (handbook section 2).
REFUSAL_TALK = 60


def find_lead(connection: sqlite3.Connection, reference: str) -> sqlite3.Row | None:
    """The lead with this key, or with this numeric id."""
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM leads WHERE key = ?", (reference.lower(),)
    ).fetchone()
    # Ten digits may be a key as well as an id: the key has been asked for first.
    if (
        row is None
        and reference.isascii()
        and reference.isdigit()
        and len(reference) < len("9" * 19)
    ):
        row = connection.execute("SELECT * FROM leads WHERE id = ?", (int(reference),)).fetchone()
    return row


def same_phone(connection: sqlite3.Connection, lead_id: int) -> list[sqlite3.Row]:
    """The leads with the same first phone, oldest first, the lead itself among them."""
    return connection.execute(
        "SELECT leads.* FROM phones mine"
        " JOIN phones other ON other.phone = mine.phone AND other.position = 0"
        " JOIN leads ON leads.id = other.lead_id"
        " WHERE mine.lead_id = ? AND mine.position = 0 ORDER BY leads.created_at, leads.id",
        (lead_id,),
    ).fetchall()


def repeats_an_earlier(connection: sqlite3.Connection, lead_id: int) -> bool:
    """Whether an elder lead has the same first phone: that is what makes a duplicate."""
    leads = same_phone(connection, lead_id)
    return bool(leads) and leads[0]["id"] != lead_id


def note(
    connection: sqlite3.Connection, lead_id: int, author: str, event: str, text: str, at: datetime
) -> None:
    """Append a row of history."""
    connection.execute(
        "INSERT INTO history (lead_id, author, event, text, created_at) VALUES (?, ?, ?, ?, ?)",
        (lead_id, author, event, text, stamp(at)),
    )


def open_lead(connection: sqlite3.Connection, lead_id: int, author: str, now: datetime) -> None:
    """Opening writes: an unmarked duplicate is marked, and who opened the card is logged."""
    marked = connection.execute("SELECT is_double FROM leads WHERE id = ?", (lead_id,)).fetchone()[
        "is_double"
    ]
    if not marked and repeats_an_earlier(connection, lead_id):
        connection.execute("UPDATE leads SET is_double = 1 WHERE id = ?", (lead_id,))
        note(connection, lead_id, "CRM", "double", "Заявка отмечена как дубль", now)
    note(connection, lead_id, author, "open", "Карточка открыта", now)


def add_comment(
    connection: sqlite3.Connection, lead_id: int, text: str, author: str, now: datetime
) -> None:
    """Append a comment."""
    connection.execute(
        "INSERT INTO comments (lead_id, text, author, created_at) VALUES (?, ?, ?, ?)",
        (lead_id, text, author, stamp(now)),
    )
    note(connection, lead_id, author, "comment", "Добавлен комментарий", now)


def set_status(
    connection: sqlite3.Connection, lead_id: int, status_id: int, author: str, now: datetime
) -> None:
    """Set a status in its group. The one that is set already stays as it was set.

    Raises:
        KeyError: there is no such status.
    """
    status = STATUSES[status_id]
    before = connection.execute(
        "SELECT status_id FROM lead_statuses WHERE lead_id = ? AND status_group = ?",
        (lead_id, status.group),
    ).fetchone()
    if before and before["status_id"] == status_id:
        return
    connection.execute(
        "INSERT OR REPLACE INTO lead_statuses VALUES (?, ?, ?, ?, ?)",
        (lead_id, status.group, status_id, author, stamp(now)),
    )
    was = f"{STATUSES[before['status_id']].name} → " if before else ""
    note(connection, lead_id, author, "status", f"Статус: {was}{status.name}", now)


def set_phones(
    connection: sqlite3.Connection,
    lead_id: int,
    phones: Sequence[str],
    author: str,
    now: datetime,
) -> None:
    """Replace the phones by what came, masked or not: this CRM does not look."""
    kept = [
        row["phone"]
        for row in connection.execute(
            "SELECT phone FROM phones WHERE lead_id = ? ORDER BY position", (lead_id,)
        )
    ]
    if kept == list(phones):
        return
    connection.execute("DELETE FROM phones WHERE lead_id = ?", (lead_id,))
    connection.executemany(
        "INSERT INTO phones VALUES (?, ?, ?)",
        [(lead_id, position, phone) for position, phone in enumerate(phones)],
    )
    note(connection, lead_id, author, "phones", "Телефоны изменены", now)


def set_fields(
    connection: sqlite3.Connection,
    lead_id: int,
    fields: Mapping[str, Any],
    author: str,
    now: datetime,
) -> None:
    """Change plain fields; names outside `PLAIN_FIELDS` are not the caller's to change."""
    lead = connection.execute("SELECT * FROM leads WHERE id = ?", (lead_id,)).fetchone()
    for name in PLAIN_FIELDS:
        if name not in fields or fields[name] == lead[name]:
            continue
        connection.execute(
            f"UPDATE leads SET {name} = ? WHERE id = ?",  # noqa: S608 -- from PLAIN_FIELDS
            (fields[name], lead_id),
        )
        note(connection, lead_id, author, "field", f"{name}: {lead[name]} → {fields[name]}", now)


def replace_sales(
    connection: sqlite3.Connection,
    lead_id: int,
    rows: Sequence[Mapping[str, Any]],
    author: str,
    now: datetime,
) -> None:
    """Make the order lines these: a row with an id of this lead is changed, others are new.

    **What is left out is deleted**, as the real CRM does.
    """
    kept = {
        row["id"]: row
        for row in connection.execute("SELECT * FROM sales WHERE lead_id = ?", (lead_id,))
    }
    staying = {row.get("id") for row in rows} & kept.keys()
    for gone in kept.keys() - staying:
        connection.execute("DELETE FROM sales WHERE id = ?", (gone,))
        note(connection, lead_id, author, "sales", f"Товар удалён: {kept[gone]['name']}", now)
    for row in rows:
        values = tuple(
            row.get(name, default)
            for name, default in (
                ("product_id", 0),
                ("name", ""),
                ("price", 0),
                ("quantity", 1),
                ("comment", ""),
                ("upsale", 0),
            )
        )
        if row.get("id") in staying:
            connection.execute(
                "UPDATE sales SET product_id = ?, name = ?, price = ?, quantity = ?, comment = ?,"
                " upsale = ? WHERE id = ?",
                (*values, row["id"]),
            )
            continue
        connection.execute(
            "INSERT INTO sales (product_id, name, price, quantity, comment, upsale, lead_id)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (*values, lead_id),
        )
        note(connection, lead_id, author, "sales", f"Товар добавлен: {row.get('name', '')}", now)


def set_manager(
    connection: sqlite3.Connection, lead_id: int, manager: User | None, author: str, now: datetime
) -> None:
    """Make somebody (or nobody) responsible; the lead's operator stays."""
    connection.execute(
        "UPDATE leads SET manager_id = ? WHERE id = ?", (manager.id if manager else 0, lead_id)
    )
    name = manager.name if manager else "не указан"
    note(connection, lead_id, author, "manager", f"Менеджер: {name}", now)


def pin_refusal(
    connection: sqlite3.Connection, lead_id: int, by: User | None, author: str, now: datetime
) -> bool:
    """Attribute the refusal to the user of *a* long answered call that is not `by`'s.

    It takes the latest, which need not be the first who talked: so does the real CRM.

    Returns:
        False where no such call is.
    """
    call = connection.execute(
        "SELECT user_id, manager FROM calls WHERE lead_id = ? AND disposition = 'answered'"
        " AND billing_time > ? AND user_id NOT IN (0, ?) ORDER BY record_time DESC, id DESC",
        (lead_id, REFUSAL_TALK, by.id if by else 0),
    ).fetchone()
    if call is None:
        return False
    connection.execute(
        "UPDATE leads SET operator_id = ?, manager_id = ? WHERE id = ?",
        (call["user_id"], call["user_id"], lead_id),
    )
    note(connection, lead_id, author, "refuse", f"Отказ закреплён: {call['manager']}", now)
    return True
