"""The pages for people."""

from __future__ import annotations

import pytest
from aiohttp.test_utils import TestClient, TestServer

from crm_api.server.app import create_app
from crm_api.server.store import Store
from tests.crm_server.conftest import PHONE, Crm

KEY = "f5086aeebb"


async def test_a_card_shows_what_a_person_must_see(crm: Crm) -> None:
    crm.person("a", "Трелькина")
    await crm.lead(key="61d0f38955", created_at="2026-03-01 10:00:00", statuses=[17, 302])
    await crm.lead(
        key=KEY,
        id=114195,
        country_code="KZ",
        items=[{"name": "Шуруповёрт", "price": 3990, "upsale": 1}],
        calls=[{"operator": "Трелькина Тест", "talked": 184}],
        comments=[{"text": "Разрешил Марат #C1-2-k7", "author": "Бот Рабочие чаты"}],
    )
    status, page = await crm.page(f"/orders/{KEY}")
    assert status == 200
    for seen in (
        f"Карточка лида {KEY} <span>2026-03-04 14:02:05",
        'class="double burns"',
        "Закрепить отказ за первым говорившим",
        "Инфо", "Дубли", "SMS", "Предоплата",
        'href="/orders/61d0f38955"', "подтверждён", "отправлен",
        "3\u00a0990\u00a0₸", "+7 701 000 0001", "3:04", "Трелькина Тест",
        "Разрешил Марат #C1-2-k7", "Заявка загружена по API",
    ):  # fmt: skip
        assert seen in page


@pytest.mark.parametrize(
    "path", [f"/orders/{KEY}", "/orders/114195", f"/admin/orders/{KEY}", f"/a/b/orders/{KEY}/edit/"]
)
async def test_a_card_is_found_by_key_and_id_with_any_path_around(crm: Crm, path: str) -> None:
    await crm.lead(key=KEY, id=114195)
    status, page = await crm.page(path)
    assert status == 200
    assert KEY in page


@pytest.mark.parametrize(
    "path", ["/orders/0000000000", "/orders/5", "/orders/", "/other", "/orders/f5086aeebbb"]
)
async def test_a_page_of_nothing_is_404(crm: Crm, path: str) -> None:
    await crm.lead(key=KEY)
    assert (await crm.page(path))[0] == 404


async def test_what_people_wrote_is_escaped_everywhere(crm: Crm) -> None:
    evil = '<b>&"</b><script>alert(1)</script>'
    await crm.lead(
        key=KEY, client_name=evil, project=evil, city=evil,
        comments=[{"text": evil, "author": evil}], items=[{"name": evil, "price": 1}],
        calls=[{"operator": evil, "talked": 9}],
    )  # fmt: skip
    for path in (f"/orders/{KEY}", "/", "/scripts/1", "/?q=%3Cscript%3Ealert(1)"):
        status, page = await crm.page(path)
        assert status == 200
        assert "<script>alert" not in page
        assert '<b>&"' not in page
    assert "&lt;b&gt;&amp;&#34;" in (await crm.page(f"/orders/{KEY}"))[1]


async def test_looking_at_a_page_writes_nothing(crm: Crm) -> None:
    await crm.lead(created_at="2026-03-01 10:00:00")
    await crm.lead(key=KEY)
    before = await crm.truth(KEY)
    await crm.page(f"/orders/{KEY}")
    assert await crm.truth(KEY) == before
    assert not before["is_double"]


async def test_a_decided_duplicate_burns_no_more(crm: Crm) -> None:
    await crm.lead(created_at="2026-03-01 10:00:00")
    await crm.lead(key=KEY, statuses=[50])
    _, page = await crm.page(f"/orders/{KEY}")
    assert 'class="double quiet"' in page
    assert 'class="double burns"' not in page


async def test_a_lead_alone_has_no_badge(crm: Crm) -> None:
    await crm.lead(key=KEY)
    assert 'class="double' not in (await crm.page(f"/orders/{KEY}"))[1]


async def test_the_fragment_is_sent_only_when_it_has_changed(crm: Crm) -> None:
    await crm.lead(key=KEY)
    address = f"{crm.url}/orders/{KEY}?fragment"
    async with crm.session.get(address) as first:
        assert "<html" not in await first.text()
        known = {"If-None-Match": first.headers["ETag"]}
    async with crm.session.get(address, headers=known) as same:
        assert same.status == 304
    await crm.control("POST", f"/leads/{KEY}/comments", text="written back")
    async with crm.session.get(address, headers=known) as changed:
        assert "written back" in await changed.text()


async def test_a_card_may_stand_in_a_frame_and_asks_no_other_host(crm: Crm) -> None:
    await crm.lead(key=KEY)
    async with crm.session.get(f"{crm.url}/orders/{KEY}") as response:
        policy = response.headers["Content-Security-Policy"]
        assert "X-Frame-Options" not in response.headers
        assert "http" not in await response.text()
    assert "frame-ancestors" not in policy
    assert "default-src 'none'" in policy


async def test_the_button_pins_the_refusal_or_says_why_not(crm: Crm) -> None:
    crm.person("a", "Первая")
    await crm.lead(key=KEY, calls=[{"operator": "Первая Тест", "talked": 61}])
    await crm.lead(key="0000000001")
    fetch = {"X-Requested-With": "fetch"}
    async with crm.session.post(f"{crm.url}/orders/0000000001/pin_refusal", headers=fetch) as no:
        assert no.status == 404
        assert "более 60 сек не найден" in (await no.json())["message"]
    async with crm.session.post(f"{crm.url}/orders/{KEY}/pin_refusal", headers=fetch) as yes:
        assert yes.status == 200
    async with crm.session.post(f"{crm.url}/orders/{KEY}/pin_refusal") as foreign:
        assert foreign.status == 403
    assert (await crm.truth(KEY))["operator"] == "Первая Тест"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (KEY, True),
        ("114195", True),
        ("+7 (701) 000-00-01", True),
        ("8 701 000 00 01", True),
        ("ОБЛАК", True),
        ("zz", False),
    ],
)
async def test_the_list_is_searched_by_key_id_phone_and_name(
    crm: Crm,
    query: str,
    found: bool,  # noqa: FBT001 -- a table's column
) -> None:
    await crm.lead(key=KEY, id=114195, client_name="Облакова Вера", phones=[PHONE])
    async with crm.session.get(f"{crm.url}/", params={"q": query}) as response:
        assert (f"/orders/{KEY}" in await response.text()) is found


async def test_the_list_shows_only_what_its_chip_says(crm: Crm) -> None:
    await crm.lead(key="0000000001", created_at="2026-03-01 10:00:00", statuses=[17])
    await crm.lead(key="0000000002", created_at="2026-03-02 10:00:00", statuses=[22])
    await crm.lead(key="0000000003", phones=["77010000009"])
    for chip, keys in (("", "321"), ("double", "2"), ("new", "3"), ("17", "1"), ("18", "2")):
        _, page = await crm.page(f"/?chip={chip}")
        shown = [number for number in "321" if f"/orders/000000000{number}" in page]
        assert "".join(shown) == keys, chip


async def test_a_script_and_a_recording_are_there(crm: Crm) -> None:
    await crm.lead(project="Рюкзак")
    assert "Рюкзак" in (await crm.page("/scripts/1"))[1]
    async with crm.session.get(f"{crm.url}/records/1.wav") as response:
        assert (await response.read()).startswith(b"RIFF")


async def test_without_control_nobody_can_make_leads_or_faults() -> None:
    store = Store.open(":memory:")
    async with TestClient(TestServer(create_app(store))) as client:
        for path in ("/control/leads", "/control/faults"):
            response = await client.post(path, json={})
            assert response.status == 405
            assert (await client.get(path)).status == 404
    store.close()
