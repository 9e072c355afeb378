"""The small CRM over HTTP: CRMKA v2's API and the lead pages.

    app = create_app(Store.open("crm.db"))

It is made for the demo and for tests: whoever reaches its port can look at its pages without a
login, so it belongs on 127.0.0.1.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from . import operations
from .control import add_routes as add_control_routes
from .desk import DESK, Desk, answer, body_of
from .faults import FAULTS, FaultBox, faults_middleware
from .operations import Asked, Operation, Refused
from .pages import add_routes as add_page_routes
from .store import BadToken, Store, WrongCredentials

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_ROUTES: tuple[tuple[str, str, Operation], ...] = (
    ("GET", "/orders", operations.list_orders),
    ("PUT", "/orders/change_m/{key}", operations.change_manager),
    ("POST", "/orders/refuse_order/{id}", operations.refuse_order),
    ("GET", "/orders/{key}", operations.read_order),
    ("PUT", "/orders/{key}", operations.change_order),
    ("GET", "/order_doubles/{key}", operations.order_doubles),
    ("GET", "/statuses/get_by_key/{key}", operations.statuses_of),
    ("GET", "/users/me", operations.users_me),
    ("GET", r"/users/{id:\d+}/search_users", operations.search_users),
    ("GET", "/calls", operations.list_calls),
)


def create_app(
    store: Store,
    *,
    clock: Callable[[], datetime] | None = None,
    zone: str = "Asia/Almaty",
    control: bool = False,
) -> web.Application:
    """The CRM as an application.

    Args:
        store: its database; the caller closes it after the application has ended.
        clock: the time, aware.
        zone: the CRM's own zone, in which the API and the pages write times.
        control: also serve `/control/…`, by which tests make leads and faults. Never on a port that
            strangers reach.

    Raises:
        zoneinfo.ZoneInfoNotFoundError: no such zone.
    """
    app = web.Application(middlewares=[faults_middleware, _json_errors], client_max_size=4 * 2**20)
    app[DESK] = Desk(
        store=store,
        clock=clock or (lambda: datetime.now(UTC)),
        zone=ZoneInfo(zone),
        thread=ThreadPoolExecutor(max_workers=1, thread_name_prefix="crm"),
    )
    app[FAULTS] = FaultBox()
    app.on_shutdown.append(_stop_hanging)
    app.cleanup_ctx.append(_one_thread)
    app.router.add_post("/api/v2/users/auth", _auth)
    for method, path, operation in _ROUTES:
        app.router.add_route(method, f"/api/v2{path}", _handler(operation))
    if control:
        add_control_routes(app)
    add_page_routes(app)
    return app


async def _one_thread(app: web.Application) -> AsyncIterator[None]:
    yield
    app[DESK].thread.shutdown()


async def _stop_hanging(app: web.Application) -> None:
    app[FAULTS].stopping.set()


@web.middleware
async def _json_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The API answers in JSON even where there is nothing to be found."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if not request.path.startswith("/api/") or error.status < HTTPStatus.BAD_REQUEST:
            raise
        return answer({"message": error.reason, "errors": {}}, error.status)


async def _auth(request: web.Request) -> web.StreamResponse:
    desk = request.app[DESK]
    body = await body_of(request)
    login, password = (
        (body.get("login"), body.get("password")) if isinstance(body, dict) else (None, None)
    )
    wrong = {"errors": [], "message": "wrong credentials"}
    if not isinstance(login, str) or not isinstance(password, str):
        return answer(wrong, 422)
    try:
        token = await desk.run(lambda: desk.store.log_in(login, password, desk.clock()))
    except WrongCredentials:
        return answer(wrong, 422)
    return answer({"token": token})


def _handler(operation: Operation) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        desk = request.app[DESK]
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if kind != "Bearer" or not token:
            return answer({"error": "token not provided"}, 401)
        body = await body_of(request)

        def work() -> Any:
            now = desk.clock()
            with desk.store.transaction() as connection:
                return operation(
                    Asked(
                        store=desk.store,
                        connection=connection,
                        user=desk.store.user_of(token, now),
                        path=request.match_info,
                        query=request.query,
                        body=body,
                        now=now,
                        zone=desk.zone,
                        base=str(request.url.origin()),
                    )
                )

        try:
            return answer(await desk.run(work))
        except BadToken as error:
            return answer({"error": str(error)}, 401)
        except Refused as refused:
            return answer(refused.body, refused.status)
        except (sqlite3.IntegrityError, OverflowError, UnicodeEncodeError):
            # A value that no column can keep; the transaction is rolled back.
            return answer({"message": "Проверьте данные", "errors": {}}, 422)

    return handle
