"""What the pages show: leads gathered from the tables into plain values for the templates."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers

from . import leads
from .records import TIME_FORMAT, local
from .statuses import CONFIRMED, REFUSED, STATUSES, TRASH, WAITING
from .views import COUNTRIES, Json, View

#: So many leads on a page of the list.
PAGE = 50
#: A number that was used for a joke may have hundreds; the card shows the latest.
_DOUBLES_SHOWN = 30
#: Length of a Russian or Kazakh number with its first 7, or the 8 that people dial.
_WITH_TRUNK = 11
_MONEY = {"RU": "₽", "KZ": "₸", "AM": "֏"}

_SALES_STATUS = (
    "EXISTS (SELECT 1 FROM lead_statuses s WHERE s.lead_id = leads.id AND status_group = 1"
    " AND status_id IN ({}))"
)
_REPEATS = (
    "(is_double OR EXISTS (SELECT 1 FROM phones mine JOIN phones other"
    " ON other.phone = mine.phone AND other.position = 0 JOIN leads elder"
    " ON elder.id = other.lead_id WHERE mine.lead_id = leads.id AND mine.position = 0"
    " AND (elder.created_at, elder.id) < (leads.created_at, leads.id)))"
)


def _codes(*roots: int) -> str:
    found = (s.id for s in STATUSES.values() if s.id in roots or s.parent_id in roots)
    return ", ".join(str(code) for code in found)


#: The list's chips: name → (label, condition).
CHIPS: dict[str, tuple[str, str]] = {
    "": ("Все", "1"),
    "double": (
        "Горит дубль",
        f"{_REPEATS} AND NOT {_SALES_STATUS.format(_codes(CONFIRMED, REFUSED, TRASH))}",
    ),
    "new": (
        "Новые",
        f"NOT {_SALES_STATUS.format(_codes(CONFIRMED, WAITING, REFUSED, TRASH))}",
    ),
    **{
        str(root): (STATUSES[root].name.capitalize(), _SALES_STATUS.format(_codes(root)))
        for root in (CONFIRMED, WAITING, REFUSED, TRASH)
    },
}


def money(amount: float | None, country: str) -> str:
    """«3 990 ₽», with spaces that do not break."""
    if amount is None:
        return "—"
    return f"{amount:,}".replace(",", "\u00a0") + f"\u00a0{_MONEY.get(country, '')}"


def phone(digits: str) -> str:
    """«+7 905 007-43-75»; what is no number stays as it is."""
    try:
        number = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        return digits
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def when(shown: str | None) -> str:
    """«11.09.2019 09:18» from the API's way to write it."""
    if not shown:
        return "—"
    return datetime.strptime(shown, TIME_FORMAT).strftime("%d.%m.%Y %H:%M")  # noqa: DTZ007 -- shown only


def root_of(status: Json) -> str:
    """«отказ» for «дорого»; "" for a status that is a root itself."""
    root = STATUSES.get(status["parent_id"])
    return root.name if root else ""


def talked(seconds: int) -> str:
    """«3:04»."""
    return f"{seconds // 60}:{seconds % 60:02}"


def _brief(lead: Json, *, is_double: bool) -> Json:
    """What lists show of a lead; `burns` while it repeats another and nobody has decided."""
    status = lead["status_1"]
    decided = status is not None and status["parent_id"] != WAITING
    return {
        "lead": lead,
        "country": COUNTRIES.get(lead["country_code"], lead["country_code"]),
        "total": sum(item["price"] * item["quantity"] for item in lead["sales"]),
        "is_double": is_double,
        "burns": is_double and not decided,
    }


def _briefs(connection: sqlite3.Connection, zone: ZoneInfo, ids: Sequence[int]) -> list[Json]:
    shown = View(connection=connection, zone=zone, sees_phones=True).leads(ids)
    return [
        _brief(
            lead,
            is_double=lead["is_double"] or leads.repeats_an_earlier(connection, lead["id"]),
        )
        for lead in shown
    ]


def card(connection: sqlite3.Connection, zone: ZoneInfo, reference: str) -> Json | None:
    """All that the page of a lead shows; None: no such lead. Looking at a page writes nothing."""
    row = leads.find_lead(connection, reference)
    if row is None:
        return None
    doubles = [double["id"] for double in leads.same_phone(connection, row["id"])]
    sms = connection.execute("SELECT * FROM sms WHERE lead_id = ? ORDER BY id DESC", (row["id"],))
    return {
        **_briefs(connection, zone, [row["id"]])[0],
        "row": dict(row),
        "api_names": {
            f"{account['last_name']} {account['first_name']}".strip()
            for account in connection.execute("SELECT * FROM users WHERE password IS NOT NULL")
        },
        "doubles": (
            list(reversed(_briefs(connection, zone, doubles[-_DOUBLES_SHOWN:])))
            if len(doubles) > 1
            else []
        ),
        "sms": [{**dict(line), "created_at": local(line["created_at"], zone)} for line in sms],
    }


def lead_list(
    connection: sqlite3.Connection, zone: ZoneInfo, *, query: str, chip: str, page: int
) -> Json:
    """A page of the list: by key, id, phone or name, and by a chip of `CHIPS`."""
    where, values = CHIPS[chip][1], list[Any]()
    if query:
        digits = "".join(sign for sign in query if sign.isdigit())
        if len(digits) == _WITH_TRUNK and digits.startswith(("7", "8")):
            digits = digits[1:]  # 8 701… and +7 701… are one number
        where += (
            " AND (instr(key, ?) OR instr(folded(client_name), ?) OR CAST(leads.id AS TEXT) = ?"
            " OR (length(?) >= 4 AND EXISTS (SELECT 1 FROM phones p WHERE p.lead_id = leads.id"
            " AND instr(p.phone, ?))))"
        )
        folded = query.casefold()
        values = [folded, folded, query, digits, digits]
    total = connection.execute(
        f"SELECT count(*) FROM leads WHERE {where}",  # noqa: S608 -- from CHIPS and above
        values,
    ).fetchone()[0]
    rows = connection.execute(
        f"SELECT id FROM leads WHERE {where}"  # noqa: S608 -- the same
        " ORDER BY created_at DESC, id DESC LIMIT ? OFFSET ?",
        (*values, PAGE, (page - 1) * PAGE),
    ).fetchall()
    return {
        "rows": _briefs(connection, zone, [row["id"] for row in rows]) if rows else [],
        "total": total,
        "pages": max(1, -(-total // PAGE)),
    }
