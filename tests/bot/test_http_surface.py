"""Whatever reaches the bot's port: it is taken, refused or put off, and nothing dies of it."""

from __future__ import annotations

import asyncio
import copy
import gzip
import hmac
import io
import json
import zlib
from collections.abc import AsyncIterator
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import http
from sandbox.world import OLYA
from tests.harness import World
from tests.harness.port import HEADER, SECRET, Port, a_world_with_webhook, an_update

_BIG = 2 * 1024 * 1024


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    async with a_world_with_webhook(database_url) as running:
        yield running


async def is_well(world: World, port: Port) -> None:
    """It still takes a post, and knows of no trouble of its own."""
    before = await world.count("SELECT count(*) FROM cases")
    lead = await world.crm.lead()
    message = {"chat": {"id": world.group, "type": "supergroup"}, "message_id": 5000 + before}
    words = f"{world.crm.link(lead)} могу оформить?"
    assert await port.post(an_update(5000 + before, **message, text=words)) == 200
    assert await world.count("SELECT count(*) FROM cases") == before + 1
    assert (await port.get("/healthz"))[0] == 200


# --- what may be asked ------------------------------------------------------------------------


async def test_a_wrong_method_is_refused(port: Port) -> None:
    methods = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
    for path, method in product(("/healthz", "/readyz", "/metrics", "/hook"), methods):
        right = "POST" if path == "/hook" else "GET"
        status, _ = await port.ask(method, path, headers={HEADER: SECRET})
        expected = 405 if method != right else 400 if path == "/hook" else 200
        assert status == expected, f"{method} {path}"


async def test_what_is_not_there_is_not_found(port: Port) -> None:
    for path in ("/", "/hook/", "/hook/x", "/admin", "/metrics/", "/healthz%00", "//", "/../etc"):
        assert (await port.get(path))[0] == 404
        assert (await port.ask("POST", path, data=an_update(1), headers={HEADER: SECRET}))[0] == 404


async def test_health_and_figures_do_not_mind_bodies_and_headers(port: Port) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        for more in (
            {"data": b"x" * 1000},
            {"params": {"a": "b" * 2000}},
            {"headers": {"Accept": "application/xml", "Range": "bytes=-1", "If-Match": "*"}},
        ):
            assert (await port.ask("GET", path, **more))[0] == 200


async def raw(world: World, request: bytes) -> str:
    """Bytes as they are, and the first line of the answer; "" where there is none."""
    reader, writer = await asyncio.open_connection("127.0.0.1", world.settings.http_port)
    writer.write(request)
    await writer.drain()
    try:
        async with asyncio.timeout(5):
            return (await reader.readline()).decode(errors="replace")
    finally:
        writer.close()


_NO_REQUESTS = [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    b"GET\r\n\r\n",
    b"GET /healthz HTTP/9.9\r\n\r\n",
    b"POST /hook HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
    b"POST /hook HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n{}",
    b"POST /hook HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 20_000 + b"\r\n\r\n",
    b"GET /" + b"z" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: x\r\nBad Header\r\n\r\n",
    b"POST /hook HTTP/1.1\r\nHost: x\r\nExpect: tea\r\nContent-Length: 2\r\n\r\n{}",
]


async def test_what_is_no_request_is_refused(world: World, port: Port) -> None:
    for request in _NO_REQUESTS:
        assert (await raw(world, request)).startswith(("HTTP/1.1 4", "HTTP/1.0 4")), request
    await is_well(world, port)


# --- who may speak as Telegram ----------------------------------------------------------------


async def test_a_wrong_secret_is_never_heard(world: World, port: Port) -> None:
    lead = await world.crm.lead()
    chat = {"id": world.group, "type": "supergroup"}
    body = an_update(1, chat=chat, text=f"{world.crm.link(lead)} можно?")
    for secret in (
        None,
        "",
        " ",
        "*",
        SECRET.upper(),
        SECRET * 2,
        f"{SECRET},{SECRET}",
        "x" * 7000,
    ):
        assert await port.post(body, secret) == 401
    for name in ("Authorization", "X-Telegram-Bot-Api-Secret", HEADER.replace("-", "_")):
        assert await port.post(body, None, {name: SECRET}) == 401
    assert (await port.ask("POST", "/hook", params={HEADER: SECRET}, data=body))[0] == 401
    await world.quiet()
    for table in ("cases", "set_aside", "outbox"):
        assert await world.count(f"SELECT count(*) FROM {table}") == 0  # noqa: S608 -- our own


async def test_of_two_secrets_it_is_the_first_that_counts(world: World) -> None:
    body = an_update(1).encode()
    lines = [f"{HEADER}: {one}" for one in ("wrong", SECRET)]
    for order, expected in ((lines, "401"), (lines[::-1], "200")):
        head = "\r\n".join(
            ["POST /hook HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *order]
        )
        assert expected in await raw(world, head.encode() + b"\r\n\r\n" + body)


async def test_a_stranger_s_body_is_not_even_read(port: Port) -> None:
    for body in (io.BytesIO(b"x" * _BIG), b"{", b"\xff", "[" * 90_000):
        assert await port.post(body, "wrong") == 401


async def test_the_secret_is_compared_in_constant_time(
    port: Port, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[tuple[bytes, bytes]] = []

    class Watched:
        @staticmethod
        def compare_digest(one: bytes, other: bytes) -> bool:
            compared.append((one, other))
            return hmac.compare_digest(one, other)

    monkeypatch.setattr(http, "hmac", Watched)
    for secret in ("wrong", "секрет", "", None, SECRET):
        await port.post(an_update(1), secret)
    assert [one for one, _ in compared] == [
        b"wrong", "секрет".encode(), b"", b"", SECRET.encode(),
    ]  # fmt: skip
    assert {other for _, other in compared} == {SECRET.encode()}


# --- what Telegram would never send -----------------------------------------------------------


async def test_a_body_may_have_a_megabyte_and_no_more(world: World, port: Port) -> None:
    assert await port.post(io.BytesIO(an_update(1, text="x" * 1_000_000).encode())) == 200
    for body in (
        io.BytesIO(an_update(2, text="x" * 1_100_000).encode()),
        io.BytesIO(b" " * _BIG),
    ):
        assert await port.post(body) == 413
    await is_well(world, port)


async def test_a_body_that_swells_is_measured_when_it_has_swollen(world: World, port: Port) -> None:
    bomb = an_update(2, text="x" * 50_000_000).encode()
    assert await port.post(gzip.compress(bomb), headers={"Content-Encoding": "gzip"}) == 413
    assert await port.post(zlib.compress(bomb), headers={"Content-Encoding": "deflate"}) == 413
    await is_well(world, port)


_LIES = [
    {"Content-Encoding": "gzip"},
    {"Content-Encoding": "deflate"},
    {"Content-Encoding": "br"},
    {"Content-Type": "application/json; charset=klingon"},
    {"Content-Type": "application/json; charset=utf-16"},
    {"Content-Type": "application/json; charset=idna"},
    {"Content-Type": "application/json; charset=base64"},
]


async def test_a_body_that_is_not_what_it_says_is_refused(world: World, port: Port) -> None:
    body = json.dumps({"update_id": 1, "message": {"text": "ж" * 100}}, ensure_ascii=False)
    for headers in _LIES:
        # What is left of such a body cannot be read over either: the connection ends with it.
        assert await port.post(body, headers={**headers, "Connection": "close"}) == 400, headers
    await is_well(world, port)


async def test_what_kind_a_body_says_to_be_is_nothing_to_us(port: Port) -> None:
    for kind in ("text/plain", "application/xml", "multipart/form-data; boundary=x", "?"):
        assert await port.post(an_update(1), headers={"Content-Type": kind}) == 200


_NO_UPDATES = [
    "\ufeff" + an_update(1),
    an_update(1)[:-1],
    an_update(1) + an_update(1),
    an_update(1) + "x",
    '{"update_id": true}',
    '{"update_id": 1.0}',
    '{"update_id": NaN}',
    '{"update_id": -1}',
    '{"update_id": 9223372036854775808}',
    '{"update_id": ' + "9" * 5000 + "}",
    '{"update_id": 1, "message": {"date": NaN}}',
    '{"update_id": 1, "message": ' + '{"a":' * 50_000 + "1" + "}" * 50_000 + "}",
    an_update(1).replace("привет".encode("unicode_escape").decode(), "a\0b"),
]


async def test_what_is_no_update_is_refused(world: World, port: Port) -> None:
    for body in _NO_UPDATES:
        assert await port.post(body.encode()) == 400, body[:60]
    await is_well(world, port)


async def test_nesting_kills_nothing(world: World, port: Port) -> None:
    message = json.loads(an_update(1))["message"]
    for depth, of in product((20, 90, 150, 230, 400, 700, 900), ("reply_to_message", "unknown")):
        nested: dict[str, Any] = message
        for _ in range(depth):
            nested = {**message, of: nested}
        body = json.dumps({"update_id": 77, "message": nested})
        assert await port.post(body) in {200, 400}, (depth, of)
    await is_well(world, port)


@pytest.mark.parametrize("sign", ["\0", "\ud800", "\u202e"])
async def test_a_sign_that_no_database_holds_stops_nothing(
    world: World, port: Port, sign: str
) -> None:
    chat = {"id": world.group, "type": "supergroup", "title": f"РФ{sign}"}
    who = {"id": OLYA.id, "is_bot": False, "first_name": f"О{sign}ля", "username": f"o{sign}"}
    lead = await world.crm.lead()
    words = f"{world.crm.link(lead)} мо{sign}гу оформить?"
    assert await port.post(an_update(1, **{"chat": chat, "from": who, "text": words})) == 200
    assert await port.post(an_update(2, chat=chat, text=f"/history {sign}")) == 200
    assert await port.post(an_update(3, chat=chat, text=[sign])) == 200
    press = {"id": sign, "from": who, "chat_instance": sign, "data": f"1:1:allow{sign}"}
    press["message"] = {"chat": chat, "message_id": 1, "date": 0}
    assert await port.post(json.dumps({"update_id": 4, "callback_query": press})) == 200
    asks = {"id": "1", "from": who, "query": f"доро{sign}го", "offset": sign}
    assert await port.post(json.dumps({"update_id": 5, "inline_query": asks})) == 200
    await world.quiet()
    # What could not be read at all is the third.
    assert [row[0] for row in await world.rows("SELECT update_id FROM set_aside")] == [3]
    assert await world.count("SELECT count(*) FROM cases") == 1
    await is_well(world, port)


# --- anything at all --------------------------------------------------------------------------

_NUMBERS = st.integers() | st.sampled_from([0, -1, 2**31, 2**53, 2**63, -(2**63) - 1, 10**30])
_JSON = st.recursive(
    st.none()
    | st.booleans()
    | _NUMBERS
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


def _real_updates() -> list[dict[str, Any]]:
    """One of each kind that the bot hears."""
    message = json.loads(an_update(1))["message"]
    who, chat = message["from"], message["chat"]
    press = {"id": "1", "from": who, "chat_instance": "1", "data": "1:1:allow", "message": message}
    member = {"user": who, "status": "member"}
    moved = {"chat": chat, "from": who, "date": 1, "old_chat_member": member}
    return [
        {"update_id": 1, "message": {**message, "reply_to_message": message}},
        {"update_id": 2, "edited_message": {**message, "edit_date": 1_790_000_001}},
        {"update_id": 3, "callback_query": press},
        {"update_id": 4, "inline_query": {"id": "1", "from": who, "query": "", "offset": ""}},
        {"update_id": 5, "my_chat_member": {**moved, "new_chat_member": member}},
        {"update_id": 6, "message": {**message, "migrate_to_chat_id": -1009}},
        {"update_id": 7, "message": {**message, "text": "/bind duplicates"}},
        {"update_id": 8, "message": {**message, "text": "/role admin 1"}},
    ]


def _places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else ()
    return [way, *(place for key, one in inner for place in _places(one, (*way, key)))]


@st.composite
def _mutants(draw: st.DrawFn) -> Any:
    """An update with something else in one place."""
    update: dict[str, Any] = copy.deepcopy(draw(st.sampled_from(_real_updates())))
    way = draw(st.sampled_from(_places(update)[1:]))
    *to, last = way
    inside = update
    for key in to:
        inside = inside[key]
    if draw(st.booleans()):
        inside[last] = draw(_JSON)
    else:
        del inside[last]
    return update


@given(body=_mutants() | _JSON)
@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_an_update_with_anything_in_it_is_taken_or_refused(
    world: World, port: Port, body: Any
) -> None:
    assert await port.post(json.dumps(body)) in {200, 400}
    assert (await port.get("/healthz"))[0] == 200
