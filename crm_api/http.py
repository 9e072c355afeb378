"""One HTTP client for every CRM: time-outs, pace, JSON, and errors mapped to `crm_api.errors`.

    no connection, broken connection, late answer, 3xx, 408, 425, 5xx      CrmTemporary
    429 and 503 (with Retry-After where given)                             CrmTemporary(retry_after)
    an answer that is HTML, whatever its status (a proxy speaks, not the CRM)  BadAnswer
    2xx that is empty, cut, too long or no JSON                            BadAnswer
    401                                                                    Unauthorized
    404                                                                    CrmNotFound
    any other 4xx                                                          CrmRejected(fields)

What surely was not done has the fate `NOT_MADE`: nobody was there to hear it, or it was turned away
unread (425, 429; with 401 and the refusals that goes without saying). What a gateway says of the
CRM tells nothing of the write: it may still be `UNDER_WAY`. So says a status of its own, or a page.

Writes are never repeated here: after a broken connection nobody knows whether they took effect.
Logs and messages name the method, the path's template, the status and the time taken; never the
filled path, the query, a header or a body, because those carry phones, names and tokens.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Any, NoReturn
from urllib.parse import quote, urlsplit

import aiohttp

from crm_api.errors import CrmConfig, CrmError, CrmNotFound, CrmRejected, CrmTemporary, Fate
from crm_api.pace import Pace
from crm_api.signs import held

log = logging.getLogger(__name__)

#: Seconds for a whole call, and for its connection alone.
TIMEOUT = 8.0
CONNECT_TIMEOUT = 3.0
#: An answer longer than this is no record of a lead. In bytes, after decompression.
LONGEST_ANSWER = 16 * 1024 * 1024

_UNAUTHORIZED, _NOT_FOUND = 401, 404
#: A gateway may have given up on the CRM, which goes on. (408: it has waited; 52x: Cloudflare.)
_OF_A_GATEWAY = frozenset({408, 502, 503, 504, 520, 522, 524})
_TEMPORARY = frozenset({408, 425, 429})
#: Turned away before anything was done.
_TURNED_AWAY = frozenset({425, 429})
_EMPTY: Mapping[str, str] = MappingProxyType({})


class BadAnswer(CrmTemporary):
    """The CRM answered, but not with what its API promises. A write may have taken effect."""


class Unauthorized(CrmConfig):
    """401. A CRM with sessions logs in again; for one with a fixed key it is a wrong setting."""


class _Dropped(Exception):
    """The connection broke during a write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A usable answer: JSON with numbers as int or Decimal, and the CRM's clock if it told."""

    status: int
    body: Any
    date: str

    @property
    def server_time(self) -> datetime | None:
        """The CRM's clock. None: it did not tell."""
        return _http_date(self.date)


class HttpApi:
    """The HTTP side of one CRM.

    Args:
        base_url: where the API lives; may carry a path of its own.
        timeout: seconds for a whole call.
        connect_timeout: seconds for the connection alone.
        pace: keeps the CRM's rate limit; None where the CRM has none.
    """

    def __init__(
        self,
        base_url: str,
        *,
        timeout: float = TIMEOUT,
        connect_timeout: float = CONNECT_TIMEOUT,
        pace: Pace | None = None,
    ) -> None:
        try:
            parts = urlsplit(base_url)
            usable = parts.scheme in {"http", "https"} and bool(parts.hostname)
            _ = parts.port  # a port that is no number shows itself only when it is asked for
        except ValueError:
            usable = False
        if not usable:
            raise CrmConfig("the CRM's address must be like https://crm.example: see CRM_URL")
        self._base = base_url.rstrip("/")
        self._timeout = aiohttp.ClientTimeout(
            total=timeout, connect=min(connect_timeout, timeout), ceil_threshold=60
        )
        self._pace = pace
        self._session: aiohttp.ClientSession | None = None

    async def call(
        self,
        method: str,
        template: str,
        *,
        path: Mapping[str, str] = _EMPTY,
        params: Mapping[str, str] = _EMPTY,
        headers: Mapping[str, str] = _EMPTY,
        body: Any = None,
        expect: frozenset[int] = frozenset(),
    ) -> Answer:
        """One request, one answer.

        Args:
            method: GET, POST or PUT.
            template: path with names in braces, "/api/v2/orders/{key}"; only this is logged.
            path: what stands for these names; quoted here.
            params: the query.
            headers: on top of the client's own.
            body: sent as JSON; None sends none.
            expect: error statuses whose body the caller wants to read himself.

        Raises:
            CrmTemporary, CrmNotFound, CrmRejected, Unauthorized: as the module's docstring draws.
        """
        if self._pace is not None:
            await self._pace.turn()
        url = self._base + template.format_map({k: quote(v, safe="") for k, v in path.items()})
        what = f"{method} {template}"
        started = time.monotonic()
        trouble, fate = "", Fate.UNDER_WAY
        # The error is raised after the except clauses, not in them: aiohttp's exceptions carry the
        # whole URL, and as a context they would bring a phone number into the log.
        try:
            status, said, raw = await self._exchange(method, url, params, headers, body)
        except aiohttp.ConnectionTimeoutError:
            trouble, fate = "no connection in time", Fate.NOT_MADE
        except TimeoutError:
            trouble = f"no answer within {self._timeout.total:g} s"
        except _Dropped:
            trouble = "the connection broke before the answer"
        except aiohttp.ClientConnectorCertificateError:
            trouble, fate = "the CRM's certificate is not valid", Fate.NOT_MADE
        except aiohttp.ClientConnectorError:
            trouble, fate = "no connection", Fate.NOT_MADE
        except aiohttp.InvalidURL:
            trouble, fate = "the address is not usable", Fate.NOT_MADE
        except (aiohttp.ClientError, OSError) as error:
            trouble = f"the answer broke off ({type(error).__name__})"
        took = (time.monotonic() - started) * 1000
        if trouble:
            log.debug("%s: %s after %.0f ms", what, trouble, took)
            raise CrmTemporary(f"{what}: {trouble}", fate=fate)
        log.debug("%s: %d in %.0f ms", what, status, took)
        return self._judge(what, status, said, raw, expect)

    async def _exchange(
        self,
        method: str,
        url: str,
        params: Mapping[str, str],
        headers: Mapping[str, str],
        body: Any,
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and body; the body is empty where it is longer than we read."""
        async with self._opened().request(
            method, url, params=params, headers=headers, json=body, allow_redirects=False
        ) as response:
            parts: list[bytes] = []
            size = 0
            async for part in response.content.iter_any():
                size += len(part)
                if size > LONGEST_ANSWER:
                    response.close()
                    return response.status, response.headers, b""
                parts.append(part)
            return response.status, response.headers, b"".join(parts)

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            # Cookies would bind all replicas to one CRM session behind the token's back. Idle
            # connections are dropped sooner than servers do it (Node: 5 s), so that a write seldom
            # meets one that just died.
            self._session = aiohttp.ClientSession(
                timeout=self._timeout,
                cookie_jar=aiohttp.DummyCookieJar(),
                connector=aiohttp.TCPConnector(keepalive_timeout=4),
                headers={"Accept": "application/json"},
                middlewares=(_never_replay_a_write,),
            )
        return self._session

    def _judge(
        self,
        what: str,
        status: int,
        said: Mapping[str, str],
        raw: bytes,
        expect: frozenset[int],
    ) -> Answer:
        date = said.get("Date", "")
        well = 200 <= status < 300  # noqa: PLR2004 -- the class of statuses
        if status == _UNAUTHORIZED:
            raise Unauthorized(f"{what}: 401, the CRM does not accept our access")
        is_page = "html" in said.get("Content-Type", "").lower() or raw.lstrip()[:1] == b"<"
        if status in _TEMPORARY or status >= 500:  # noqa: PLR2004 -- the class of statuses
            wait = _retry_after(said.get("Retry-After", ""), _http_date(date))
            fate = _fate(status, is_page=is_page)
            raise CrmTemporary(f"{what}: {status}", retry_after=wait, fate=fate)
        if not well and status < 400:  # noqa: PLR2004 -- the class of statuses
            raise CrmTemporary(f"{what}: {status}, a redirect; is CRM_URL the API's own address?")
        if is_page:
            raise BadAnswer(f"{what}: {status} with a web page instead of JSON")
        try:
            body = _parse(raw)
        except (ValueError, RecursionError):
            if well:
                raise BadAnswer(f"{what}: {status} with {len(raw)} bytes, no JSON") from None
            body = None
        if well or status in expect:
            return Answer(status=status, body=body, date=date)
        if status == _NOT_FOUND:
            raise CrmNotFound(f"{what}: 404, the CRM does not know this record")
        message, fields = _words_of(body)
        # The CRM's words may quote a phone or a name: they go into `fields`, which nobody logs.
        if message and not fields:
            fields = {"message": message}
        raise CrmRejected(f"{what}: {status}, refused", fields=fields)

    async def aclose(self) -> None:
        """Close the connections; the next call would open new ones."""
        if self._session is not None:
            await self._session.close()
            self._session = None


def refusal_say(error: CrmError | CrmConfig) -> str:
    """An error in one line with the names, not the words, of the fields that the CRM disliked."""
    fields = sorted(error.fields) if isinstance(error, CrmRejected) else []
    return f"{error.say} ({', '.join(fields)})" if fields else error.say


async def _never_replay_a_write(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Keep aiohttp from sending a PUT again by itself.

    It counts PUT among the idempotent methods and repeats it when the connection breaks, also when
    the server has read it all. A PUT that appends a comment would then be written twice.
    """
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError):
        if request.method == "GET":
            raise
    raise _Dropped


def _refuse(word: str) -> NoReturn:
    raise ValueError(word)


_HALF = re.compile("[\ud800-\udfff]")
_DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=_refuse)


def _parse(raw: bytes) -> Any:
    # Half of a pair that is one sign may stand there as it is, too: no database holds it.
    text = _HALF.sub("", raw.decode(json.detect_encoding(raw), "surrogatepass"))
    return held(_DECODER.decode(text), text)


def _words_of(body: Any) -> tuple[str, dict[str, str]]:
    """The CRM's own words in an error of the shape {"message": str, "errors": {field: str}}."""
    if not isinstance(body, dict):
        return "", {}
    errors = body.get("errors")
    fields = {str(k): str(v) for k, v in errors.items()} if isinstance(errors, dict) else {}
    return str(body.get("message") or ""), fields


def _http_date(text: str) -> datetime | None:
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _fate(status: int, *, is_page: bool) -> Fate:
    """What such an answer tells of a write."""
    if status in _TURNED_AWAY:
        return Fate.NOT_MADE
    return Fate.UNDER_WAY if is_page or status in _OF_A_GATEWAY else Fate.DECIDED


def _retry_after(text: str, server_time: datetime | None) -> float | None:
    """Seconds to wait; a date is counted from the CRM's own clock."""
    if text.strip().isdecimal():
        return float(text)
    until = _http_date(text)
    if until is None:
        return None
    return max(0.0, (until - (server_time or datetime.now(UTC))).total_seconds())
