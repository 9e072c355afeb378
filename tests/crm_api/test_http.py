from __future__ import annotations

import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any, NoReturn

import aiohttp
import pytest

from crm_api.errors import CrmConfig, CrmNotFound, CrmRejected, CrmTemporary, Fate
from crm_api.http import LONGEST_ANSWER, BadAnswer, HttpApi, Unauthorized
from crm_api.pace import Pace
from tests.crm_api.fake_server import SILENCE, FakeServer, answer, fake_server, said

HTML = "text/html; charset=utf-8"


@asynccontextmanager
async def api(*answers: bytes, timeout: float = 5) -> AsyncIterator[tuple[HttpApi, FakeServer]]:  # noqa: ASYNC109 -- handed on
    async with fake_server(answers) as fake:
        client = HttpApi(f"{fake.url}/base/", timeout=timeout)
        try:
            yield client, fake
        finally:
            await client.aclose()


async def test_an_answer_is_json_with_exact_money_and_the_crms_clock() -> None:
    reply = answer(200, b'{"price": 0.1}', "Date: Mon, 02 Mar 2026 12:00:00 GMT")
    async with api(reply) as (client, fake):
        got = await client.call("GET", "/x/{name}", path={"name": "a/b я"}, params={"q": "1"})
        assert fake.asked == ["GET /base/x/a%2Fb%20%D1%8F?q=1"]
    assert got.body == {"price": Decimal("0.1")}
    assert got.server_time is not None
    assert got.server_time.isoformat() == "2026-03-02T12:00:00+00:00"


async def test_every_call_waits_for_its_turn_where_the_crm_limits_them() -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    async with fake_server((said({}), said({}), said({}, 429))) as fake:
        client = HttpApi(fake.url, pace=Pace(10, clock=lambda: 0.0, sleep=sleep))
        await client.call("GET", "/x")
        await client.call("PUT", "/x", body={})
        with pytest.raises(CrmTemporary):
            await client.call("GET", "/x")
        await client.aclose()
    assert waits == pytest.approx([0.1, 0.2])


async def test_signs_that_no_database_holds_are_left_out_of_an_answer() -> None:
    halves = b'{"a\\u0000": ["\\ud83d\\ude00 \\ud83d \xed\xa0\xbd", 1.5]}'
    async with api(answer(200, halves)) as (client, _):
        got = await client.call("GET", "/x")
    assert got.body == {"a": ["😀  ", Decimal("1.5")]}


@pytest.mark.parametrize(
    "reply",
    [
        said({"message": "oops"}, 500),
        answer(502, b"<html>Bad Gateway</html>", kind=HTML),
        said({}, 504),
        said({}, 408),
        answer(302, b"", "Location: http://127.0.0.1:1/login"),
        answer(304, b""),
        b"",
        b"\x00\xff\x00 no http at all\r\n\r\n",
        b"HTTP/1.1 two hundred\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n{}\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nX: Content-Length\r\n\r\nno gzip",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 20_000 + b"\r\n\r\n{}",
        SILENCE,
    ],
)
@pytest.mark.parametrize("method", ["GET", "PUT", "POST"])
async def test_no_usable_answer_is_temporary(method: str, reply: bytes) -> None:
    async with api(reply, timeout=0.3 if reply == SILENCE else 5) as (client, _):
        with pytest.raises(CrmTemporary) as caught:
            await client.call(method, "/x", body=None if method == "GET" else {})
    assert caught.value.say.startswith(f"{method} /x: ")
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    "reply",
    [
        answer(200, b""),
        answer(204, b""),
        answer(200, b"{'no': json}"),
        answer(200, b'{"cut": '),
        answer(200, b"\xff\xfe{}"),
        answer(200, b"NaN"),
        answer(200, b"9" * 5000),
        answer(200, b"[" * 100_000),
        answer(200, b"<html>login</html>", kind=HTML),
        answer(200, b"{}", kind=HTML),
        answer(200, b" <!doctype html>"),
        answer(403, b"<html>firewall</html>", kind=HTML),
        answer(404, b"<html>nginx</html>", kind=HTML),
        answer(200, b" " * (LONGEST_ANSWER + 1)),
    ],
)
async def test_an_answer_that_is_no_json_of_the_crm_is_a_bad_answer(reply: bytes) -> None:
    async with api(reply) as (client, _):
        with pytest.raises(BadAnswer):
            await client.call("GET", "/x")


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("Retry-After: 17", 17.0),
        ("Retry-After: Mon, 02 Mar 2026 12:00:30 GMT", 30.0),
        ("Retry-After: Mon, 02 Mar 2026 11:00:00 GMT", 0.0),
        ("Retry-After: soon", None),
        ("X-Other: 1", None),
    ],
)
async def test_the_wait_that_the_crm_asks_for_is_handed_on(
    status: int, header: str, wait: float | None
) -> None:
    reply = said({}, status, header, "Date: Mon, 02 Mar 2026 12:00:00 GMT")
    async with api(reply) as (client, _):
        with pytest.raises(CrmTemporary) as caught:
            await client.call("GET", "/x")
    assert caught.value.retry_after == wait


PAGE = answer(500, b"<html>oops</html>", kind=HTML)
FATES = {
    Fate.NOT_MADE: [
        said({}, 429),
        answer(429, b"<html>slow down</html>", kind=HTML),
        said({}, 425),
    ],
    Fate.DECIDED: [
        said({}, 500),
        said({}, 521),
        answer(302, b"", "Location: /done"),
        answer(200, b""),
        answer(403, b"<html>firewall</html>", kind=HTML),
    ],
    # A balancer says 503 too of a CRM that has broken off in the middle.
    Fate.UNDER_WAY: [
        *(said({}, status) for status in (408, 502, 503, 504, 520, 522, 524)),
        PAGE,
        b"",
        SILENCE,
    ],
}


@pytest.mark.parametrize(
    ("reply", "fate"), [(reply, fate) for fate, replies in FATES.items() for reply in replies]
)
async def test_what_is_known_of_a_write_without_a_usable_answer(reply: bytes, fate: Fate) -> None:
    async with api(reply, timeout=0.3 if reply == SILENCE else 5) as (client, _):
        with pytest.raises(CrmTemporary) as caught:
            await client.call("PUT", "/x", body={})
    assert caught.value.fate is fate


@pytest.mark.parametrize("reply", [said({"message": "Не найдено"}, 404), answer(404, b"")])
async def test_404_is_not_found(reply: bytes) -> None:
    async with api(reply) as (client, _):
        with pytest.raises(CrmNotFound):
            await client.call("GET", "/x")


async def test_401_is_no_access() -> None:
    async with api(said({"error": "server have new token"}, 401)) as (client, _):
        with pytest.raises(Unauthorized):
            await client.call("GET", "/x")


@pytest.mark.parametrize("status", [400, 403, 409, 422])
async def test_a_refusal_keeps_the_crms_words_out_of_its_message(status: int) -> None:
    words = {"message": "Проверьте", "errors": {"phones": "79990000001 плохой"}}
    async with api(said(words, status)) as (client, _):
        with pytest.raises(CrmRejected) as caught:
            await client.call("PUT", "/x", body={})
    assert caught.value.fields == {"phones": "79990000001 плохой"}
    assert "7999" not in str(caught.value)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"message": "Нет прав", "errors": []}, {"message": "Нет прав"}),
        ([1, 2], {}),
        ("слово", {}),
        ({"message": None, "errors": None}, {}),
    ],
)
async def test_a_refusal_of_any_shape_is_read(body: Any, fields: dict[str, str]) -> None:
    async with api(said(body, 422)) as (client, _):
        with pytest.raises(CrmRejected) as caught:
            await client.call("PUT", "/x", body={})
    assert caught.value.fields == fields


async def test_a_redirect_is_not_followed() -> None:
    async with api(answer(307, b"", "Location: /base/y")) as (client, fake):
        with pytest.raises(CrmTemporary, match="redirect"):
            await client.call("PUT", "/x", body={})
    assert fake.asked == ["PUT /base/x"]


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
async def test_a_write_is_sent_once_even_when_a_kept_connection_breaks(method: str) -> None:
    async with api(said({}), b"") as (client, fake):
        await client.call("GET", "/x")
        with pytest.raises(CrmTemporary):
            await client.call(method, "/x", body={})
    assert fake.asked == ["GET /base/x", f"{method} /base/x"]


async def test_a_read_on_a_kept_connection_that_died_is_sent_again() -> None:
    async with api(said({}), b"", said({"n": 2})) as (client, _):
        await client.call("GET", "/x")
        assert (await client.call("GET", "/x")).body == {"n": 2}


async def test_nobody_listening_is_temporary() -> None:
    with socket.socket() as taken:  # bound, not listening
        taken.bind(("127.0.0.1", 0))
        client = HttpApi(f"http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(CrmTemporary, match="no connection") as caught:
            await client.call("PUT", "/x", body={})
        await client.aclose()
    assert caught.value.fate is Fate.NOT_MADE


async def test_plain_http_where_tls_is_expected_is_temporary() -> None:
    async with fake_server([said({})]) as fake:
        client = HttpApi(fake.url.replace("http", "https"), connect_timeout=0.2)
        with pytest.raises(CrmTemporary):
            await client.call("GET", "/x")
        await client.aclose()


def every_error_of_aiohttp() -> list[type[BaseException]]:
    """aiohttp.ClientError and all below it, and what else a call may meet."""
    found: list[type[BaseException]] = [TimeoutError, OSError, ConnectionResetError, ssl.SSLError]
    todo: list[type[BaseException]] = [aiohttp.ClientError]
    while todo:
        kind = todo.pop()
        # TestServer's and other subclasses that tests may have made are no concern of ours.
        if kind.__module__.startswith("aiohttp") and kind not in found:
            found.append(kind)
        todo += kind.__subclasses__()
    return sorted(found, key=lambda kind: kind.__name__)


class Failing(HttpApi):
    """Its exchange meets the error that it is told to meet."""

    def __init__(self, error: BaseException) -> None:
        super().__init__("http://127.0.0.1:1")
        self._error = error

    async def _exchange(self, *_: Any) -> NoReturn:
        raise self._error


@pytest.mark.parametrize("kind", every_error_of_aiohttp())
async def test_no_error_of_the_library_below_escapes(kind: type[BaseException]) -> None:
    error = kind.__new__(kind)  # their constructors want a whole request; the mapping does not
    with pytest.raises(CrmTemporary) as caught:
        await Failing(error).call("PUT", "/x")
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("kind", "fate"),
    [
        (aiohttp.ConnectionTimeoutError, Fate.NOT_MADE),
        (aiohttp.SocketTimeoutError, Fate.UNDER_WAY),
        (TimeoutError, Fate.UNDER_WAY),
        (aiohttp.ServerDisconnectedError, Fate.UNDER_WAY),
    ],
)
async def test_what_never_found_a_connection_was_not_sent(
    kind: type[BaseException], fate: Fate
) -> None:
    with pytest.raises(CrmTemporary) as caught:
        await Failing(kind()).call("PUT", "/x")
    assert caught.value.fate is fate


@pytest.mark.parametrize(
    "url", ["", "crm.example", "ftp://crm.example", "http://", "http://a:b", "http://[::1"]
)
def test_an_address_that_is_none_is_a_wrong_setting(url: str) -> None:
    with pytest.raises(CrmConfig, match="CRM_URL"):
        HttpApi(url)
