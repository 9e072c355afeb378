"""`/control/…`: what tests need and no CRM has. Served only by `create_app(..., control=True)`.

POST   /control/leads                  insert a lead → {"id", "key"}
GET    /control/leads/{key}            the lead as it truly is, phones unmasked, not opened
POST   /control/leads/{key}/status     {"status": 17, "author": "Иванова Анна"}: another person's
POST   /control/leads/{key}/comments   {"text": "…", "author": "…"}
GET    /control/requests               {"count", "requests": [{"method", "path"}]}
DELETE /control/requests               forget them
POST   /control/faults                 see `faults.Fault`; GET lists, DELETE clears
"""

from __future__ import annotations

import sqlite3
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from . import leads
from .arrivals import insert_lead
from .desk import DESK, answer, body_of
from .faults import FAULTS
from .records import TIME_FORMAT, NewCall, NewItem, NewLead, NewProject, Said
from .views import View


class BadOrder(Exception):
    """What was sent to /control cannot be done."""


def add_routes(app: web.Application) -> None:
    """Serve `/control/…`."""
    app.router.add_post("/control/leads", _insert)
    app.router.add_get("/control/leads/{key}", _truth)
    app.router.add_post("/control/leads/{key}/status", _set_status)
    app.router.add_post("/control/leads/{key}/comments", _add_comment)
    app.router.add_get("/control/requests", _requests)
    app.router.add_delete("/control/requests", _forget_requests)
    app.router.add_post("/control/faults", _order_fault)
    app.router.add_get("/control/faults", _faults)
    app.router.add_delete("/control/faults", _clear_faults)


def lead_from_json(sent: dict[str, Any], now: datetime, zone: Any) -> NewLead:
    """A lead as tests send it; all fields have a default, times are in the CRM's zone.

    Args:
        sent: `key, id, created_at, project, phones, client_name, country_code, operator,
            offer_price, is_double`, `items` [{name, price, quantity, upsale}], `calls` [{operator,
            at, talked, answered}], `statuses` [{status, author, at}] or [17], `comments` [{text,
            author, at}], and any plain field of a lead.
        now: the time of whatever has no time of its own.
        zone: the CRM's zone.

    Raises:
        ValueError: a time that is none.
        TypeError: an unknown setting of an item or a call.
    """
    rest = dict(sent)

    def at(value: str | None) -> datetime:
        if not value:
            return now
        return datetime.strptime(value, TIME_FORMAT).replace(tzinfo=zone).astimezone(UTC)

    def said(row: Any, word: str) -> Said:
        row = row if isinstance(row, dict) else {word: row}
        author = row.get("author", "Демонова Тестина")
        return Said(what=row[word], author=author, at=at(row.get("at")))

    return NewLead(
        key=rest.pop("key", ""),
        id=rest.pop("id", 0),
        created_at=at(rest.pop("created_at", None)),
        project=NewProject(title=rest.pop("project", "Аккумуляторный шуруповёрт МАКИТА")),
        phones=tuple(rest.pop("phones", ())),
        operator=rest.pop("operator", ""),
        offer_price=rest.pop("offer_price", 0),
        is_double=rest.pop("is_double", False),
        items=tuple(NewItem(**item) for item in rest.pop("items", ())),
        calls=tuple(
            NewCall(**{**call, "at": at(call.get("at"))}) for call in rest.pop("calls", ())
        ),
        statuses=tuple(said(row, "status") for row in rest.pop("statuses", ())),
        comments=tuple(said(row, "text") for row in rest.pop("comments", ())),
        fields={"country_code": "RU", **rest},
    )


async def _insert(request: web.Request) -> web.Response:
    desk = request.app[DESK]
    body = await body_of(request)

    def work() -> tuple[int, str]:
        lead = lead_from_json(body if isinstance(body, dict) else {}, desk.clock(), desk.zone)
        users = {user.name: user for user in desk.store.users()}
        with desk.store.transaction() as connection:
            return insert_lead(connection, lead, users)

    try:
        lead_id, key = await desk.run(work)
    except (KeyError, TypeError, ValueError, sqlite3.IntegrityError) as error:
        return answer({"error": repr(error)}, 400)
    return answer({"id": lead_id, "key": key}, 201)


async def _truth(request: web.Request) -> web.Response:
    return await _of_lead(request, lambda _connection, _lead_id: None)


async def _set_status(request: web.Request) -> web.Response:
    body = await body_of(request)
    now = request.app[DESK].clock()

    def change(connection: sqlite3.Connection, lead_id: int) -> None:
        leads.set_status(connection, lead_id, int(body["status"]), _author(body), now)

    return await _of_lead(request, change)


async def _add_comment(request: web.Request) -> web.Response:
    body = await body_of(request)
    now = request.app[DESK].clock()

    def change(connection: sqlite3.Connection, lead_id: int) -> None:
        leads.add_comment(connection, lead_id, str(body["text"]), _author(body), now)

    return await _of_lead(request, change)


def _author(body: dict[str, Any]) -> str:
    return str(body.get("author", "Демонова Тестина"))


async def _of_lead(request: web.Request, change: Any) -> web.Response:
    """Change the lead that the path names, and show the truth of it."""
    desk = request.app[DESK]

    def work() -> Any:
        with desk.store.transaction() as connection:
            row = leads.find_lead(connection, request.match_info["key"])
            if row is None:
                raise BadOrder("no such lead")
            change(connection, row["id"])
            view = View(connection=connection, zone=desk.zone, sees_phones=True)
            return view.lead(row["id"])

    try:
        return answer(await desk.run(work))
    except BadOrder as error:
        return answer({"error": str(error)}, 404)
    except (KeyError, TypeError, ValueError) as error:
        return answer({"error": repr(error)}, 400)


async def _requests(request: web.Request) -> web.Response:
    box = request.app[FAULTS]
    return answer({"count": box.count, "requests": list(box.requests)})


async def _forget_requests(request: web.Request) -> web.Response:
    box = request.app[FAULTS]
    box.count = 0
    box.requests.clear()
    return answer({"count": 0, "requests": []})


async def _order_fault(request: web.Request) -> web.Response:
    body = await body_of(request)
    try:
        fault = request.app[FAULTS].order(body if isinstance(body, dict) else {})
    except (TypeError, ValueError) as error:
        return answer({"error": repr(error)}, 400)
    return answer(asdict(fault), 201)


async def _faults(request: web.Request) -> web.Response:
    return answer([asdict(fault) for fault in request.app[FAULTS].faults])


async def _clear_faults(request: web.Request) -> web.Response:
    request.app[FAULTS].faults.clear()
    return answer([])
