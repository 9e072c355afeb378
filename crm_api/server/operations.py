"""The API's operations, without HTTP: each takes a request and gives the JSON of its answer.

They run inside one transaction, so an answer and its side effects stand or fall together.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from . import leads
from .filters import (
    CALL_FIELDS,
    ORDER_FIELDS,
    BadFilter,
    Field,
    FilterReader,
    PhoneFilterRefused,
)
from .records import TIME_FORMAT, User, stamp
from .statuses import STATUSES
from .store import Store
from .views import View, settable, status_tree, user_json

_MOST_ROWS = 200
_USUAL_ROWS = 20
#: The CRM's own words about pinning a refusal.
REFUSAL_PINNED = "Отказ закреплен за первым говорившим."
NO_LONG_CALL = "Разговор другого оператора длительностью более 60 сек не найден в карточке заказа"


class Refused(Exception):
    """An answer other than 200."""

    def __init__(self, status: int, message: str, errors: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"message": message, "errors": errors}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request of a known account, inside its transaction.

    Attributes:
        path: the path's own parts («key», «id»).
        body: the parsed JSON, or None.
        base: the server's own address, by which links begin.
    """

    store: Store
    connection: sqlite3.Connection
    user: User
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    now: datetime
    zone: ZoneInfo
    base: str

    @property
    def view(self) -> View:
        """What this account sees."""
        return View(
            connection=self.connection,
            zone=self.zone,
            sees_phones=self.user.rights.sees_phones,
            base=self.base,
        )

    def lead_by_key(self) -> sqlite3.Row:
        """The lead that the path's key names (the API takes no numeric id here)."""
        row: sqlite3.Row | None = self.connection.execute(
            "SELECT * FROM leads WHERE key = ?", (self.path["key"],)
        ).fetchone()
        if row is None:
            raise Refused(404, "Не найдено", {"key": "Заказ не найден"})
        return row


Operation = Callable[[Asked], Any]


def read_order(asked: Asked) -> Any:
    """GET orders/{key}: the lead in full. Opening writes."""
    lead = asked.lead_by_key()
    leads.open_lead(asked.connection, lead["id"], asked.user.name, asked.now)
    return asked.view.lead(lead["id"])


def change_order(asked: Asked) -> Any:
    """PUT orders/{key}: phones are obligatory; statuses, comment, sales and plain fields may come.

    A status that the account may not set, or that nobody knows, is skipped without a word.
    """
    lead = asked.lead_by_key()
    _need(asked.user.rights.edits)
    body = _object(asked.body)
    phones = _phones(body)
    sales = body.get("sales")
    if sales is not None and not _is_rows(sales):
        raise Refused(422, "Проверьте данные", {"sales": "Должен быть список товаров"})
    statuses = body.get("statuses") or {}
    if not isinstance(statuses, dict):
        raise Refused(422, "Проверьте данные", {"statuses": "Должен быть объект"})
    comment = body.get("comment")
    if comment is not None and not isinstance(comment, str):
        raise Refused(422, "Проверьте данные", {"comment": "Должен быть строкой"})
    plain = {name: value for name, value in body.items() if not isinstance(value, list | dict)}

    who = (asked.user.name, asked.now)
    leads.set_phones(asked.connection, lead["id"], phones, *who)
    leads.set_fields(asked.connection, lead["id"], plain, *who)
    if sales is not None:
        leads.replace_sales(asked.connection, lead["id"], sales, *who)
    may_set = settable(asked.user)
    for group, wanted in statuses.items():
        status_id = _whole(wanted)
        if status_id in may_set and STATUSES[status_id].group == _whole(group):
            leads.set_status(asked.connection, lead["id"], status_id, *who)
    if comment and comment.strip():
        leads.add_comment(asked.connection, lead["id"], comment, *who)
    return asked.view.lead(lead["id"])


def list_orders(asked: Asked) -> Any:
    """GET orders: leads that a filter names, newest first. Does not open them."""
    where, values = _filter(asked, ORDER_FIELDS)
    skip, take = _page(asked)
    total = asked.connection.execute(
        f"SELECT count(*) FROM leads WHERE {where}",  # noqa: S608 -- built by FilterReader
        values,
    ).fetchone()[0]
    rows = asked.connection.execute(
        f"SELECT id FROM leads WHERE {where}"  # noqa: S608 -- the same
        " ORDER BY created_at DESC, id DESC LIMIT ? OFFSET ?",
        (*values, take, skip),
    )
    data = asked.view.leads([row["id"] for row in rows])
    return {"data": data, "total": total, "totalCount": total}


def order_doubles(asked: Asked) -> Any:
    """GET order_doubles/{key}: oldest first with the lead itself, [] when it is alone."""
    return asked.view.doubles(asked.lead_by_key()["id"])


def statuses_of(asked: Asked) -> Any:
    """GET statuses/get_by_key/{key}: the tree, with what this account may set."""
    asked.lead_by_key()
    return status_tree(settable(asked.user))


def refuse_order(asked: Asked) -> Any:
    """POST orders/refuse_order/{id}: pin the refusal on somebody who talked more than 60 s."""
    _need(asked.user.rights.edits)
    lead_id = _whole(asked.path["id"])
    row = asked.connection.execute("SELECT id FROM leads WHERE id = ?", (lead_id,)).fetchone()
    if row is None:
        raise Refused(404, "Не найдено", {"id": "Заказ не найден"})
    user = asked.user
    if not leads.pin_refusal(asked.connection, row["id"], user, user.name, asked.now):
        raise Refused(404, NO_LONG_CALL, [])
    return {"message": REFUSAL_PINNED}


def change_manager(asked: Asked) -> Any:
    """PUT orders/change_m/{key}: make somebody responsible; the operator stays."""
    lead = asked.lead_by_key()
    _need(asked.user.rights.changes_manager)
    manager_id = _whole(_object(asked.body).get("manager_id"))
    manager = asked.store.user(manager_id) if manager_id else None
    if manager is None and manager_id != 0:
        raise Refused(403, "Проверьте данные", {"manager_id": "Пользователь не найден"})
    leads.set_manager(asked.connection, lead["id"], manager, asked.user.name, asked.now)
    return asked.view.lead(lead["id"])


def users_me(asked: Asked) -> Any:
    """GET users/me: the account, or 403 when it has no permission."""
    _need(asked.user.rights.has_permission)
    return {**user_json(asked.user), "permission": asked.user.rights.names()}


def search_users(asked: Asked) -> Any:
    """GET users/0/search_users: people whose name, login or @name has the words; a bare list."""
    words = asked.query.get("query", "").casefold().lstrip("@").split()
    page = max(1, _number(asked, "page", 1))
    per_page = min(_MOST_ROWS, max(1, _number(asked, "per_page", _USUAL_ROWS)))
    found = [
        user_json(user)
        for user in asked.store.users()
        if all(word in f"{user.name} {user.login} {user.telegram}".casefold() for word in words)
    ]
    return found[(page - 1) * per_page : page * per_page]


def list_calls(asked: Asked) -> Any:
    """GET calls: calls that a filter names, newest first."""
    where, values = _filter(asked, CALL_FIELDS)
    skip, take = _page(asked)
    total = asked.connection.execute(
        f"SELECT count(*) FROM calls WHERE {where}",  # noqa: S608 -- built by FilterReader
        values,
    ).fetchone()[0]
    rows = asked.connection.execute(
        "SELECT calls.*, (SELECT key FROM leads WHERE leads.id = calls.lead_id) AS order_key"  # noqa: S608 -- the same
        f" FROM calls WHERE {where}"
        " ORDER BY record_time DESC, calls.id DESC LIMIT ? OFFSET ?",
        (*values, take, skip),
    )
    data = [asked.view.call(row, row["order_key"]) for row in rows]
    return {"data": data, "total": total, "totalCount": total}


def _filter(asked: Asked, fields: Mapping[str, Field]) -> tuple[str, list[Any]]:
    text = asked.query.get("filter")
    if not text:
        return "1", []

    def as_kept(shown: str) -> str:
        moment = datetime.strptime(shown, TIME_FORMAT).replace(tzinfo=asked.zone)
        return stamp(moment.astimezone(UTC))

    reader = FilterReader(fields=fields, sees_phones=asked.user.rights.sees_phones, as_kept=as_kept)
    try:
        return reader.read(json.loads(text))
    except (ValueError, RecursionError, BadFilter) as error:
        raise Refused(422, "Проверьте данные", {"filter": str(error)}) from error
    except PhoneFilterRefused as error:
        raise Refused(
            403, "Нет прав", {"filter": "Поиск возможен только по номеру целиком"}
        ) from error


def _page(asked: Asked) -> tuple[int, int]:
    skip = _number(asked, "skip", 0)
    take = _number(asked, "take", _USUAL_ROWS)
    if skip < 0:
        raise Refused(422, "Проверьте данные", {"skip": "Не меньше 0"})
    if not 0 < take <= _MOST_ROWS:
        raise Refused(422, "Проверьте данные", {"take": "От 1 до 200"})
    return skip, take


def _number(asked: Asked, name: str, usual: int) -> int:
    text = asked.query.get(name, "")
    if not text:
        return usual
    number = _whole(text)
    if number is None:
        raise Refused(422, "Проверьте данные", {name: "Должно быть целым числом"})
    return number


def _whole(value: Any) -> int | None:
    """A whole number that SQLite can keep, from a number or its text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        number = int(value)
    except ValueError:
        return None
    return number if abs(number) < 2**63 else None


def _need(right: bool) -> None:  # noqa: FBT001 -- the right is all that is asked
    if not right:
        raise Refused(403, "Нет прав", {})


def _object(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise Refused(422, "Проверьте данные", {"body": "Должен быть объект JSON"})
    return body


def _phones(body: Mapping[str, Any]) -> list[str]:
    phones = body.get("phones")
    if (
        not isinstance(phones, list)
        or not phones
        or not all(isinstance(phone, str) and phone for phone in phones)
    ):
        raise Refused(422, "Проверьте данные", {"phones": "Поле обязательно"})
    return phones


def _is_rows(value: Any) -> bool:
    scalars = (str, int, float, type(None))
    return isinstance(value, list) and all(
        isinstance(row, dict) and all(isinstance(cell, scalars) for cell in row.values())
        for row in value
    )
