"""The CRM's pages for people: the list of leads, a lead's card, its script and its recordings.

They need no login: the CRM is the demo's. Looking at a card writes nothing; the one button that
does («Закрепить отказ за первым говорившим») acts in the page's own name.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import secrets
import wave
from typing import Any

import jinja2
from aiohttp import web

from . import leads
from .cards import CHIPS, card, lead_list, money, phone, root_of, talked, when
from .desk import DESK, answer
from .operations import NO_LONG_CALL, REFUSAL_PINNED

_PAGE_AUTHOR = "Страница лида"
#: A link to a lead may have other path before and after this.
_LEAD_PATH = re.compile(r"(?:^|/)orders/([0-9A-Fa-f]{10}|\d{1,18})(?=/|$)")
_NOT_PAGES = ("api/", "control/")

_templates = jinja2.Environment(
    loader=jinja2.PackageLoader("crm_api.server"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters.update(money=money, phone=phone, when=when, talked=talked, root_of=root_of)


def add_routes(app: web.Application) -> None:
    """Serve the pages."""
    app.router.add_get("/", _index)
    app.router.add_get(r"/scripts/{id:\d{1,18}}", _script)
    app.router.add_get(r"/records/{id:\d{1,18}}.wav", _recording)
    app.router.add_post("/orders/{key}/pin_refusal", _pin_refusal)
    app.router.add_get("/{path:.*}", _lead)


def _page(template: str, *, status: int = 200, **values: Any) -> web.Response:
    """A whole page. No framing rule: the chat page shows cards in a frame."""
    nonce = secrets.token_urlsafe(12)
    text = _templates.get_template(template).render(nonce=nonce, **values)
    policy = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'unsafe-inline';"
        " connect-src 'self'; media-src 'self'; img-src data:; form-action 'self'; base-uri 'none'"
    )
    headers = {"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"}
    return web.Response(text=text, content_type="text/html", status=status, headers=headers)


async def _index(request: web.Request) -> web.Response:
    desk = request.app[DESK]
    query = request.query.get("q", "").strip()[:100]
    chip = request.query.get("chip", "")
    chip = chip if chip in CHIPS else ""
    number = request.query.get("page", "")
    page = int(number) if re.fullmatch(r"[1-9]\d{0,5}", number) else 1

    def work() -> dict[str, Any]:
        with desk.store.transaction() as connection:
            return lead_list(connection, desk.zone, query=query, chip=chip, page=page)

    found = await desk.run(work)
    return _page("leads.html", query=query, chip=chip, chips=CHIPS, page=page, **found)


async def _lead(request: web.Request) -> web.StreamResponse:
    desk = request.app[DESK]
    path = request.match_info["path"]
    named = _LEAD_PATH.search(path)
    if path.startswith(_NOT_PAGES):
        raise web.HTTPNotFound

    def work() -> dict[str, Any] | None:
        with desk.store.transaction() as connection:
            return card(connection, desk.zone, named[1]) if named else None

    shown = await desk.run(work)
    if shown is None:
        return _page("missing.html", status=404, reference=named[1] if named else "")
    if "fragment" not in request.query:
        return _page("lead.html", **shown)
    fragment = _templates.get_template("_card.html").render(**shown)
    # The page asks every two seconds: what has not changed need not be sent.
    tag = hashlib.sha256(fragment.encode()).hexdigest()[:20]
    if any(known.value == tag for known in request.if_none_match or ()):
        response = web.Response(status=304)
    else:
        response = web.Response(text=fragment, content_type="text/html")
    response.etag = tag
    response.headers["Cache-Control"] = "no-cache"
    return response


async def _pin_refusal(request: web.Request) -> web.Response:
    desk = request.app[DESK]
    # A foreign page cannot send this header unasked: nobody presses the button for us.
    if request.headers.get("X-Requested-With") != "fetch":
        raise web.HTTPForbidden

    def work() -> bool | None:
        with desk.store.transaction() as connection:
            row = leads.find_lead(connection, request.match_info["key"])
            if row is None:
                return None
            return leads.pin_refusal(connection, row["id"], None, _PAGE_AUTHOR, desk.clock())

    pinned = await desk.run(work)
    if pinned is None:
        raise web.HTTPNotFound
    return answer(
        {"message": REFUSAL_PINNED if pinned else NO_LONG_CALL}, status=200 if pinned else 404
    )


async def _script(request: web.Request) -> web.Response:
    desk = request.app[DESK]

    def work() -> dict[str, Any] | None:
        with desk.store.transaction() as connection:
            row = connection.execute(
                "SELECT * FROM projects WHERE id = ?", (int(request.match_info["id"]),)
            ).fetchone()
            return dict(row) if row else None

    project = await desk.run(work)
    if project is None:
        return _page("missing.html", status=404, reference="")
    return _page("script.html", project=project, offers=json.loads(project["cross_sales"]))


async def _recording(_request: web.Request) -> web.Response:
    """A second of a soft tone: the demo's people have said nothing that could be heard."""
    sound = io.BytesIO()
    with wave.open(sound, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(1)
        out.setframerate(8000)
        # 200 Hz, 40 samples a wave, around the silence of 8-bit sound (128).
        out.writeframes((bytes([124] * 20) + bytes([132] * 20)) * 200)
    return web.Response(body=sound.getvalue(), content_type="audio/wav")
