"""The chat page: static files and what the page must know of the demo around it.

The page is served beside the sandbox's control API (same origin), and does everything through it;
this module only hands out files and `/page/config`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web

_STATIC = Path(__file__).parent / "static"

#: Python's own table lacks these on some machines, and a module of the wrong type does not run.
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A ready post that the page offers to an operator.

    `text` is the whole post (with its lead link), `label` what the chip over the composer says,
    `chat_title` the chat where it is offered.
    """

    text: str
    label: str
    chat_title: str


def mount(
    app: web.Application,
    *,
    suggestions: Callable[[], Awaitable[list[Suggestion]]],
    crm_web_url: str,
) -> None:
    """Add `/`, `/static/…` and `/page/config` to the sandbox's application.

    `suggestions` is asked at each load of the page, so it may follow what the CRM holds by now.
    `crm_web_url` is where lead pages live: such links open in the panel at the right, and only
    that origin may be framed.
    """
    page = _Page(suggestions=suggestions, crm_web_url=crm_web_url)
    app.router.add_get("/", page.index)
    app.router.add_get(r"/static/{name:[a-z]+\.(?:js|css|svg)}", page.static)
    app.router.add_get("/page/config", page.config)


class _Page:
    def __init__(
        self,
        *,
        suggestions: Callable[[], Awaitable[list[Suggestion]]],
        crm_web_url: str,
    ) -> None:
        self._suggestions = suggestions
        self._crm_web_url = crm_web_url.rstrip("/")
        crm = urlsplit(self._crm_web_url)
        # Posts are people's words: whatever slips through the page's own care cannot run a script
        # or fetch from elsewhere.
        self._policy = (
            "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
            f"frame-src {crm.scheme}://{crm.netloc}"
        )

    async def index(self, _request: web.Request) -> web.FileResponse:
        return web.FileResponse(
            _STATIC / "index.html",
            headers={
                "Content-Type": "text/html; charset=utf-8",
                "Content-Security-Policy": self._policy,
                "Cache-Control": "no-cache",
            },
        )

    async def static(self, request: web.Request) -> web.FileResponse:
        path = _STATIC / request.match_info["name"]
        if not path.is_file():
            raise web.HTTPNotFound
        kind = _TYPES[path.suffix]
        # no-cache: the browser asks each time and gets 304, so an updated page is never half old.
        headers = {"Content-Type": f"{kind}; charset=utf-8", "Cache-Control": "no-cache"}
        return web.FileResponse(path, headers=headers)

    async def config(self, _request: web.Request) -> web.Response:
        return web.json_response(
            {
                "crm_web_url": self._crm_web_url,
                "suggestions": [asdict(one) for one in await self._suggestions()],
            },
        )
