"""How a new lead comes in, with all that hangs on it. For the seed and for `/control/leads`."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Mapping

from .leads import add_comment, note, set_status
from .records import NewLead, NewProject, User, stamp
from .schema import PLAIN_FIELDS


def project_id(connection: sqlite3.Connection, project: NewProject) -> int:
    """The id of the project of this title, made if it is new."""
    row = connection.execute("SELECT id FROM projects WHERE title = ?", (project.title,)).fetchone()
    if row:
        return int(row["id"])
    offers = [{"name": name, "price": price} for name, price in project.cross_sales]
    cursor = connection.execute(
        "INSERT INTO projects (title, organization, category, cross_sales) VALUES (?, ?, ?, ?)",
        (project.title, project.organization, project.category, json.dumps(offers)),
    )
    return int(cursor.lastrowid or 0)


def insert_lead(
    connection: sqlite3.Connection, lead: NewLead, users: Mapping[str, User]
) -> tuple[int, str]:
    """Insert a lead with all that hangs on it; `users` are those that calls may name.

    Returns:
        Its id and its key.

    Raises:
        sqlite3.IntegrityError: the key or the id is taken.
        KeyError: an unknown status, or a field that a lead does not have.
    """
    unknown = lead.fields.keys() - PLAIN_FIELDS.keys()
    if unknown:
        raise KeyError(*sorted(unknown))
    key = lead.key or secrets.token_hex(5)
    operator = users.get(lead.operator)
    columns = {
        "key": key,
        "created_at": stamp(lead.created_at),
        "project_id": project_id(connection, lead.project),
        "operator_id": operator.id if operator else 0,
        "manager_id": operator.id if operator else 0,
        "offer_price": lead.offer_price,
        "prepayment": lead.prepayment,
        "birth_year": lead.birth_year,
        "is_double": lead.is_double,
        **lead.fields,
        **({"id": lead.id} if lead.id else {}),
    }
    cursor = connection.execute(
        f"INSERT INTO leads ({', '.join(columns)})"  # noqa: S608 -- names checked above
        f" VALUES ({', '.join('?' * len(columns))})",
        tuple(columns.values()),
    )
    lead_id = int(cursor.lastrowid or 0)
    note(connection, lead_id, "CRM", "create", "Заявка загружена по API", lead.created_at)
    connection.executemany(
        "INSERT INTO phones VALUES (?, ?, ?)",
        [(lead_id, position, phone) for position, phone in enumerate(lead.phones)],
    )
    _insert_children(connection, lead_id, lead, users)
    return lead_id, key


def _insert_children(
    connection: sqlite3.Connection, lead_id: int, lead: NewLead, users: Mapping[str, User]
) -> None:
    connection.executemany(
        "INSERT INTO sales (lead_id, product_id, name, price, quantity, comment, upsale)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (lead_id, i.product_id, i.name, i.price, i.quantity, i.comment, i.upsale)
            for i in lead.items
        ],
    )
    for call in lead.calls:
        user = users.get(call.operator)
        sip = str(100 + user.id) if user else ""
        cursor = connection.execute(
            "INSERT INTO calls (lead_id, user_id, sip, manager, phone, record_time, disposition,"
            " billing_time, duration_time) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                lead_id,
                user.id if user else 0,
                sip,
                call.operator,
                lead.phones[0] if lead.phones else "",
                stamp(call.at),
                "answered" if call.answered else "no answer",
                call.talked if call.answered else 0,
                call.rang + (call.talked if call.answered else 0),
            ),
        )
        if call.answered and call.recorded:
            connection.execute(
                "UPDATE calls SET record_link = ? WHERE id = ?",
                (f"/records/{cursor.lastrowid}.wav", cursor.lastrowid),
            )
    for status in lead.statuses:
        set_status(connection, lead_id, int(status.what), status.author, status.at)
    for comment in lead.comments:
        add_comment(connection, lead_id, str(comment.what), comment.author, comment.at)
    connection.executemany(
        "INSERT INTO sms (lead_id, text, state, created_at) VALUES (?, ?, ?, ?)",
        [(lead_id, str(sms.what), sms.author, stamp(sms.at)) for sms in lead.sms],
    )
