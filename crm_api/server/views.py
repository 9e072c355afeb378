"""How the API shows what the tables keep: the JSON of leads, calls, doubles, statuses and users."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from .leads import same_phone
from .records import User, local
from .statuses import DELIVERY, GROUPS, PAYMENT, SALES, STATUSES

#: A JSON object.
Json = dict[str, Any]

COUNTRIES = {"RU": "Россия", "KZ": "Казахстан", "AM": "Армения"}

#: The lead's own columns that the API shows as they are.
_PLAIN = (
    "client_name",
    "country_code",
    "dial_time",
    "region",
    "area",
    "city",
    "street",
    "home",
    "housing",
    "room",
    "postcode",
    "delivery_type",
    "delivery_types_price",
    "delivery_date_finish",
    "delivery_time_1",
    "delivery_time_2",
)
#: A lead shows so many of its calls, the latest.
_CALLS_SHOWN = 20
#: And so many rows of its history: opening writes one each time.
_HISTORY_SHOWN = 100
#: Of a masked number these ends are shown.
_SHOWN_AHEAD, _SHOWN_BEHIND = 4, 2


def masked(phone: str) -> str:
    """A number for those who may not see it: `7701?????67`."""
    hidden = len(phone) - _SHOWN_AHEAD - _SHOWN_BEHIND
    if hidden <= 0:
        return "?" * len(phone)
    return phone[:_SHOWN_AHEAD] + "?" * hidden + phone[-_SHOWN_BEHIND:]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One reader's look at the tables, inside a transaction.

    Attributes:
        zone: the CRM's own zone, in which all times are written.
        sees_phones: whether numbers are shown or masked.
        base: what links to pages begin with.
    """

    connection: sqlite3.Connection
    zone: ZoneInfo
    sees_phones: bool
    base: str = ""

    def lead(self, lead_id: int) -> Json:
        """One lead, in full."""
        return self.leads([lead_id])[0]

    def leads(self, ids: Sequence[int]) -> list[Json]:
        """These leads in full, in this order (200 at most: SQLite's variables are finite)."""
        rows = {row["id"]: row for row in self._select("leads", "id", ids)}
        projects = {row["id"]: row for row in self.connection.execute("SELECT * FROM projects")}
        names = {
            row["id"]: f"{row['last_name']} {row['first_name']}".strip()
            for row in self.connection.execute("SELECT id, first_name, last_name FROM users")
        }
        phones = self._children("phones", ids, "position")
        sales = self._children("sales", ids, "id")
        comments = self._children("comments", ids, "id")
        history = self._children("history", ids, "id")
        calls = self._children("calls", ids, "record_time DESC, id DESC")
        statuses = self._children("lead_statuses", ids, "status_group")
        return [
            {
                "id": lead_id,
                "key": rows[lead_id]["key"],
                "created_at": self._local(rows[lead_id]["created_at"]),
                **{name: rows[lead_id][name] for name in _PLAIN},
                "phones": [self._phone(row["phone"]) for row in phones[lead_id]],
                **self._project(projects[rows[lead_id]["project_id"]]),
                "manager_id": rows[lead_id]["manager_id"],
                "call_manager": {
                    "id": rows[lead_id]["manager_id"],
                    "name": names.get(rows[lead_id]["manager_id"], "Менеджер не указан"),
                },
                "operator": names.get(rows[lead_id]["operator_id"], ""),
                **self._statuses(statuses[lead_id]),
                "sales": [_without_lead(row) for row in sales[lead_id]],
                "comments": [
                    {
                        "id": row["id"],
                        "text": row["text"],
                        "user_id_name": row["author"],
                        "created_at": self._local(row["created_at"]),
                    }
                    for row in comments[lead_id]
                ],
                "calls_t": [
                    self.call(row, rows[lead_id]["key"]) for row in calls[lead_id][:_CALLS_SHOWN]
                ],
                "history": [
                    {
                        "id": row["id"],
                        "user_id_name": row["author"],
                        "event": row["event"],
                        "text": row["text"],
                        "created_at": self._local(row["created_at"]),
                    }
                    for row in history[lead_id][-_HISTORY_SHOWN:]
                ],
                "is_double": bool(rows[lead_id]["is_double"]),
            }
            for lead_id in ids
        ]

    def call(self, row: sqlite3.Row, key: str) -> Json:
        """One call."""
        return {
            "id": row["id"],
            "call_type": row["call_type"],
            "sip": row["sip"],
            "manager": row["manager"],
            "order_id": row["lead_id"],
            "order_key": key,
            "phone": self._phone(row["phone"]),
            "record_time": self._local(row["record_time"]),
            "record_link": row["record_link"] and self.base + row["record_link"],
            "disposition": row["disposition"],
            "disposition_name": "Отвечен" if row["disposition"] == "answered" else "Нет ответа",
            "time": self._local(row["record_time"]),
            "billing_time": row["billing_time"],
            "duration_time": row["duration_time"],
        }

    def doubles(self, lead_id: int) -> list[Json]:
        """The leads of the same first phone, oldest first and with itself; [] when it is alone."""
        rows = same_phone(self.connection, lead_id)
        if len(rows) < 2:  # noqa: PLR2004 -- itself only
            return []
        ids = [row["id"] for row in rows]
        statuses = self._children("lead_statuses", ids, "status_group")
        titles = {
            row["id"]: row["title"]
            for row in self.connection.execute("SELECT id, title FROM projects")
        }
        return [
            {
                "key": row["key"],
                "project": titles[row["project_id"]],
                "fio": row["client_name"],
                "date": self._local(row["created_at"]),
                **{
                    f"status_gr_{group}": next(
                        (
                            STATUSES[status["status_id"]].name
                            for status in statuses[row["id"]]
                            if status["status_group"] == group
                        ),
                        None,
                    )
                    for group in (SALES, DELIVERY, PAYMENT)
                },
                "geo": COUNTRIES.get(row["country_code"], row["country_code"]),
            }
            for row in rows
        ]

    def _project(self, row: sqlite3.Row) -> Json:
        return {
            "organizations": {"id": row["organization_id"], "title": row["organization"]},
            "projects": {"id": row["id"], "title": row["title"]},
            "project_category_kc": row["category"],
            "script": f"{self.base}/scripts/{row['id']}",
            "cross_sales": [
                {
                    "id": row["id"] * 100 + number,
                    "name": offer["name"],
                    "note": "",
                    "price_online": offer["price"],
                    "type": "cross",
                    "article": f"A{row['id']:03}-{number:02}",
                }
                for number, offer in enumerate(json.loads(row["cross_sales"]), start=1)
            ],
        }

    def _statuses(self, rows: Sequence[sqlite3.Row]) -> Json:
        shown: dict[int, Json] = {
            row["status_group"]: {
                "id": row["status_id"],
                "parent_id": STATUSES[row["status_id"]].parent_id,
                "name": STATUSES[row["status_id"]].name,
                "color": STATUSES[row["status_id"]].color,
                "autor": row["author"],
                "created_at": self._local(row["created_at"]),
            }
            for row in rows
        }
        return {
            "statuses": list(shown.values()),
            **{f"status_{group}": shown.get(group) for group in GROUPS},
            **{
                f"date_status_{group}": shown[group]["created_at"] if group in shown else None
                for group in GROUPS
            },
        }

    def _phone(self, phone: str) -> str:
        return phone if self.sees_phones else masked(phone)

    def _local(self, kept: str) -> str:
        return local(kept, self.zone)

    def _select(
        self, table: str, column: str, ids: Sequence[int], order: str = "1"
    ) -> list[sqlite3.Row]:
        return self.connection.execute(
            f"SELECT * FROM {table}"  # noqa: S608 -- this file's own names, the ids are bound
            f" WHERE {column} IN ({','.join('?' * len(ids))}) ORDER BY {order}",
            tuple(ids),
        ).fetchall()

    def _children(
        self, table: str, ids: Sequence[int], order: str
    ) -> defaultdict[int, list[sqlite3.Row]]:
        found: defaultdict[int, list[sqlite3.Row]] = defaultdict(list)
        for row in self._select(table, "lead_id", ids, order):
            found[row["lead_id"]].append(row)
        return found


def user_json(user: User) -> Json:
    """A person as a search shows him."""
    return {
        "id": user.id,
        "login": user.login,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "telegram": user.telegram,
        "organization_id": user.organization_id,
        "is_work": user.is_work,
    }


def status_tree(may_set: frozenset[int]) -> list[Json]:
    """All statuses as a tree; `is_can_set` by what the account may set."""
    nodes: dict[int, Json] = {}
    roots: list[Json] = []
    for status in STATUSES.values():
        node: Json = {
            "id": status.id,
            "name": status.name,
            "type": status.group,
            "parent_id": status.parent_id,
            "is_can_set": status.id in may_set,
            "children": [],
        }
        nodes[status.id] = node
        (nodes[status.parent_id]["children"] if status.parent_id else roots).append(node)
    return roots


def settable(user: User) -> frozenset[int]:
    """The statuses that this account may set."""
    return frozenset(
        status.id
        for status in STATUSES.values()
        if status.settable
        and status.group in user.rights.groups
        and status.id not in user.rights.forbidden_statuses
    )


def _without_lead(row: sqlite3.Row) -> Json:
    return {name: row[name] for name in row.keys() if name != "lead_id"}  # noqa: SIM118 -- a Row is no mapping
