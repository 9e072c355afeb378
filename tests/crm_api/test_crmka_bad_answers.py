"""CRMKA's adapter before answers that CRMKA should never give."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_api.crmka import CrmkaCrm
from crm_api.crmka_records import Reader
from crm_api.errors import CrmConfig, CrmError, CrmNotFound, CrmRejected, CrmTemporary, Fate
from crm_api.http import BadAnswer
from crm_api.port import DispositionGroup, Lead, LeadRef
from crm_api.settings import CrmSettings
from crm_api.tokens import MemoryTokens
from tests.crm_api.fake_server import SILENCE, FakeServer, answer, fake_server, said

KEY = "f5086aeebb"
WHOLE: dict[str, Any] = {
    "id": 36973,
    "key": KEY,
    "client_name": "Демонов Пример",
    "phones": ["79990000001"],
    "country_code": "RU",
    "created_at": "2026-03-02 17:00:00",
    "projects": {"id": 1, "title": "Термокружка ДЕМО"},
    "call_manager": {"id": 0, "name": "Менеджер не указан"},
    "operator": "Первая Анна",
    "statuses": [],
    "status_1": None,
    "sales": [],
    "comments": [],
    "calls_t": [],
    "is_double": True,
}


def changed(**fields: Any) -> dict[str, Any]:
    return {**WHOLE, **fields}


@asynccontextmanager
async def crmka(
    *answers: bytes,
    timeout: float = 5,  # noqa: ASYNC109 -- a setting that is handed on
) -> AsyncIterator[tuple[CrmkaCrm, FakeServer]]:
    async with fake_server(answers) as fake:
        settings = CrmSettings(url=fake.url, login="bot", password="demo", timeout=timeout)
        crm = CrmkaCrm(settings, MemoryTokens())
        try:
            yield crm, fake
        finally:
            await crm.aclose()


async def read(*answers: bytes) -> Lead:
    async with crmka(*answers) as (crm, _):
        return await crm.read_lead(LeadRef(text=KEY))


def reader() -> Reader:
    return Reader(CrmSettings(url="http://crm.example").zone(), lambda key: f"/orders/{key}")


HTML = answer(200, b"<html>login</html>", kind="text/html")
CALLS: dict[str, Callable[[CrmkaCrm, Lead], Awaitable[object]]] = {
    "read": lambda crm, lead: crm.read_lead(LeadRef(text=lead.id)),
    "read by number": lambda crm, _: crm.read_lead(LeadRef(text="36973")),
    "read with earlier": lambda crm, lead: crm.read_with_earlier(LeadRef(text=lead.id)),
    "earlier": lambda crm, lead: crm.read_with_earlier(LeadRef(text=lead.id)),
    "phone": lambda crm, _: crm.find_by_phone("79990000001"),
    "calls": lambda crm, lead: crm.calls(lead),
    "comment": lambda crm, lead: crm.add_comment(lead, "x"),
    "disposition": lambda crm, lead: crm.set_disposition(lead, "50"),
    "pin": lambda crm, lead: crm.pin_refusal(lead),
    "manager": lambda crm, lead: crm.set_manager(lead, "7"),
    "users": lambda crm, _: crm.find_users("Первая"),
}
#: What is answered well, whatever the rest of the call is answered.
WELL = {"earlier": {f"GET /api/v2/orders/{KEY}": said(WHOLE)}}
each_call = pytest.mark.parametrize("name", CALLS)


@each_call
@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (said({"error": "server have new token"}, 401), CrmTemporary),
        (said({"message": "Нет прав", "errors": {}}, 403), CrmRejected),
        (said({"message": "Не найдено", "errors": {"key": "нет"}}, 404), CrmNotFound),
        (said({"message": "Ошибка", "errors": {"phones": "плохо"}}, 422), CrmRejected),
        (said({"message": "Ошибка"}, 500), CrmTemporary),
        (HTML, CrmTemporary),
        (answer(200, b"\x00{garbage"), CrmTemporary),
        (answer(200, b""), CrmTemporary),
        (b"", CrmTemporary),
        (SILENCE, CrmTemporary),
    ],
    ids=["401", "403", "404", "422", "500", "html", "garbage", "empty", "cut", "silence"],
)
async def test_each_bad_answer_to_each_call_has_its_error(
    name: str, reply: bytes, error: type[CrmError]
) -> None:
    lead = reader().lead(WHOLE, KEY)
    if name == "earlier" and error is CrmNotFound:
        # The lead itself is there.
        error = BadAnswer
    async with crmka(reply, timeout=0.1 if reply == SILENCE else 5) as (crm, fake):
        fake.own.update(WELL.get(name, {}))
        with pytest.raises(error):
            await CALLS[name](crm, lead)


ODD_ROWS: list[Any] = [{"data": [1]}, [None], [[]]]


@each_call
@pytest.mark.parametrize("body", [None, 1, "x", True, {"data": None}, *ODD_ROWS])
async def test_json_of_a_wrong_shape_is_temporary_or_nothing_and_never_a_crash(
    name: str, body: Any
) -> None:
    lead = reader().lead(WHOLE, KEY)
    async with crmka(said(body)) as (crm, fake):
        fake.own.update(WELL.get(name, {}))
        if (name, body) in [("calls", {"data": [1]}), *(("users", odd) for odd in ODD_ROWS)]:
            await CALLS[name](crm, lead)  # odd rows of calls and users are left out
        else:
            with pytest.raises(CrmTemporary):
                await CALLS[name](crm, lead)


@pytest.mark.parametrize("body", [{}, {"data": {}}, {"total": 0}])
async def test_an_answer_without_a_list_is_never_taken_for_none_found(body: Any) -> None:
    async with crmka(said(body)) as (crm, _):
        with pytest.raises(BadAnswer):
            await crm.find_by_phone("79990000001")


@pytest.mark.parametrize("field", WHOLE)
async def test_a_field_that_is_missing_is_named_and_the_rest_is_read(field: str) -> None:
    lead = await read(said({name: value for name, value in WHOLE.items() if name != field}))
    assert lead.missing == (field,)
    assert lead.id == KEY
    assert field == "projects" or lead.project == "Термокружка ДЕМО"


async def test_a_lead_of_nulls_is_read_as_unknown() -> None:
    lead = await read(said({**dict.fromkeys(WHOLE), "key": KEY}))
    assert lead.missing == ()
    assert (lead.project, lead.client_name, lead.operator, lead.manager) == ("", "", "", "")
    assert (lead.total, lead.created_at, lead.is_duplicate) == (None, None, None)
    assert lead.disposition.group is DispositionGroup.NEW


async def test_empty_texts_are_read_as_unknown() -> None:
    lead = await read(said({**dict.fromkeys(WHOLE, ""), "key": KEY}))
    assert (lead.country, lead.currency, lead.total, lead.created_at) == ("", "", None, None)


async def test_numbers_as_texts_are_numbers() -> None:
    sale = {"name": "Кружка", "price": "4 990,50", "quantity": "2"}
    call = {"manager": "Первая Анна", "billing_time": "61", "disposition": "ANSWERED"}
    lead = await read(
        said(changed(id="36973", sales=[sale], calls_t=[call], is_double="1", phones=[79990000001]))
    )
    assert (lead.number, lead.total, lead.is_duplicate) == ("36973", Decimal("9981.00"), True)
    assert lead.items[0].quantity == 2
    assert (lead.calls[0].talked, lead.calls[0].answered) == (61, True)
    assert lead.phones == ("79990000001",)


async def test_a_price_that_cannot_be_read_makes_the_sum_unknown() -> None:
    sales = [{"name": "Кружка", "price": None, "quantity": 1}, {"name": "Нож", "price": 5}]
    lead = await read(said(changed(sales=sales)))
    assert lead.total is None
    assert lead.missing == ("sales.price", "sales.quantity")


@pytest.mark.parametrize("price", ["1e999999", "nan", "-Infinity", "1e-999999", "пять", {}])
async def test_a_price_that_is_no_sum_of_money_is_unknown(price: Any) -> None:
    lead = await read(said(changed(sales=[{"name": "Нож", "price": price, "quantity": 1}])))
    assert lead.total is None
    assert lead.items[0].price == 0


async def test_what_the_doubles_tell_stands_where_the_list_came_without_it() -> None:
    row = {"key": "12ad97526e", "project": "Нож", "fio": "Демонов", "status_gr_1": "дубль"}
    known = {"key": "12ad97526e", "sales": [{"name": "Нож", "price": 5, "quantity": 2}]}
    async with crmka(said([row]), said({"data": [known]})) as (crm, fake):
        fake.own.update(WELL["earlier"])
        _, (order,) = await crm.read_with_earlier(LeadRef(text=KEY))
    assert (order.disposition.code, order.project, order.total) == ("50", "Нож", Decimal(10))


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("2026-03-02 17:00:00", datetime(2026, 3, 2, 12, tzinfo=UTC)),
        ("2026-03-02T17:00:00+05:00", datetime(2026, 3, 2, 12, tzinfo=UTC)),
        ("2026-03-02T12:00:00Z", datetime(2026, 3, 2, 12, tzinfo=UTC)),
        ("2026-03-02", datetime(2026, 3, 1, 19, tzinfo=UTC)),
        # Almaty left UTC+6 on the first of March, 2024.
        ("2024-02-01 18:00:00", datetime(2024, 2, 1, 12, tzinfo=UTC)),
        ("0000-00-00 00:00:00", None),
        ("0001-01-01 00:00:00", None),
        ("вчера", None),
        (1772452800, None),
    ],
)
async def test_a_naive_time_is_of_the_crms_zone(written: Any, read_as: datetime | None) -> None:
    assert (await read(said(changed(created_at=written)))).created_at == read_as


@pytest.mark.parametrize(
    ("code", "country", "currency"),
    [
        ("RU", "RU", "RUB"),
        ("Россия", "RU", "RUB"),
        ("kz", "KZ", "KZT"),
        ("Казахстан", "KZ", "KZT"),
        ("Армения", "AM", "AMD"),
        ({"title": "Армения"}, "AM", "AMD"),
        ("by", "BY", ""),
        ("Атлантида", "", ""),
    ],
)
async def test_a_country_has_many_spellings(code: Any, country: str, currency: str) -> None:
    lead = await read(said(changed(country_code=code)))
    assert (lead.country, lead.currency) == (country, currency)


@pytest.mark.parametrize(
    ("status", "group", "code"),
    [
        ({"id": 17, "parent_id": 0, "name": "подтверждён"}, DispositionGroup.CONFIRMED, "17"),
        ({"id": 901, "parent_id": 18, "name": "позже"}, DispositionGroup.WAITING, "901"),
        ({"id": "50", "parent_id": "58", "name": "дубль"}, DispositionGroup.TRASH, "50"),
        ({"id": 50}, DispositionGroup.TRASH, "50"),
        ({"id": 902, "name": "Отказ: разное"}, DispositionGroup.REFUSED, "902"),
        ({"id": 903, "name": "Трэш"}, DispositionGroup.TRASH, "903"),
        ({"id": 904, "name": "Не подтверждён"}, DispositionGroup.OTHER, "904"),
        ({"id": 905, "name": "новое слово"}, DispositionGroup.OTHER, "905"),
        ({"id": 906}, DispositionGroup.OTHER, "906"),
        ({"name": "дубль"}, DispositionGroup.TRASH, "50"),
        (50, DispositionGroup.TRASH, "50"),
        ("17", DispositionGroup.CONFIRMED, "17"),
        ("Дубль", DispositionGroup.TRASH, "50"),
        ({"id": None, "name": None}, DispositionGroup.NEW, ""),
        ({"id": 0, "name": ""}, DispositionGroup.NEW, ""),
    ],
)
async def test_a_status_has_its_group(status: Any, group: DispositionGroup, code: str) -> None:
    alone = await read(said(changed(status_1=status, date_status_1="2026-03-02 17:00:00")))
    assert (alone.disposition.group, alone.disposition.code) == (group, code)
    if group is not DispositionGroup.NEW:
        assert alone.disposition.set_at == datetime(2026, 3, 2, 12, tzinfo=UTC)


async def test_without_status_1_the_sales_status_is_found_among_all() -> None:
    statuses = [
        {"id": 302, "parent_id": 300, "name": "отправлен"},
        {"id": 62, "parent_id": 19, "name": "консультация"},
    ]
    lead = await read(said(changed(statuses=statuses)))
    assert (lead.disposition.group, lead.disposition.code) == (DispositionGroup.REFUSED, "62")


async def test_a_lead_without_any_word_of_statuses_is_not_taken_for_a_new_one() -> None:
    silent = {k: v for k, v in WHOLE.items() if k not in {"status_1", "statuses"}}
    lead = await read(said(silent))
    assert lead.disposition.group is DispositionGroup.OTHER
    assert set(lead.missing) == {"status_1", "statuses"}


async def test_another_lead_than_the_one_asked_for_is_not_taken() -> None:
    with pytest.raises(BadAnswer):
        await read(said(changed(key="12ad97526e")))


async def test_a_list_that_ignores_the_filter_gives_nobody_elses_lead() -> None:
    async with crmka(said({"data": [changed(id=1)]})) as (crm, fake):
        with pytest.raises(CrmNotFound):
            await crm.read_lead(LeadRef(text="36973"))
        assert len(fake.asked) == 1


async def test_phones_are_given_back_exactly_as_they_came() -> None:
    phones = ["+7 (999) 000-00-01", 79990000002, None, ""]
    async with crmka(said(changed(phones=phones))) as (crm, fake):
        lead = await crm.read_lead(LeadRef(text=KEY))
        await crm.set_disposition(lead, "50")
        assert json.loads(fake.bodies[-1]) == {"phones": phones, "statuses": {"1": 50}}


@pytest.mark.parametrize("phones", [["7999?????01"], ["79990000001", "???"], "7999?????01"])
async def test_a_masked_phone_is_flagged_and_never_sent(phones: Any) -> None:
    async with crmka(said(changed(phones=phones))) as (crm, fake):
        lead = await crm.read_lead(LeadRef(text=KEY))
        assert lead.phones_masked
        with pytest.raises(CrmConfig):
            await crm.add_comment(lead, "x")
        assert len(fake.asked) == 1


@pytest.mark.parametrize("bad", [HTML, answer(200, b""), said({}), said([]), said({"id": 36973})])
async def test_a_write_whose_answer_is_no_lead_is_read_back(bad: bytes) -> None:
    told = changed(comments=[{"text": "решение #C1-1-k7"}])
    async with crmka(said(WHOLE), bad, said(told)) as (crm, fake):
        lead = await crm.read_lead(LeadRef(text=KEY))
        after = await crm.add_comment(lead, "решение #C1-1-k7")
        assert [what.partition(" ")[0] for what in fake.asked] == ["GET", "PUT", "GET"]
    assert [comment.text for comment in after.comments] == ["решение #C1-1-k7"]


@pytest.mark.parametrize("name", ["comment", "disposition", "pin", "manager"])
@pytest.mark.parametrize("status", [401, 403, 404, 429])
async def test_a_write_that_was_made_and_is_not_read_back_may_have_been_made(
    name: str, status: int
) -> None:
    lead = reader().lead(WHOLE, KEY)
    async with crmka(answer(200, b"{}")) as (crm, fake):
        fake.own[f"GET /api/v2/orders/{KEY}"] = said({"message": "нет", "errors": {"x": 1}}, status)
        with pytest.raises(CrmTemporary) as caught:
            await CALLS[name](crm, lead)
    assert caught.value.fate is not Fate.NOT_MADE


@pytest.mark.parametrize("name", ["comment", "disposition", "pin", "manager"])
@pytest.mark.parametrize("login", [said({"token": "demo-token"}), said({}, 500), SILENCE])
async def test_a_write_without_access_was_surely_not_made(name: str, login: bytes) -> None:
    lead = reader().lead(WHOLE, KEY)
    async with crmka(said({}, 401), timeout=0.3 if login == SILENCE else 5) as (crm, fake):
        fake.login = login
        with pytest.raises(CrmTemporary) as caught:
            await CALLS[name](crm, lead)
    assert caught.value.fate is Fate.NOT_MADE


async def test_a_comment_that_the_reading_back_does_not_show_is_no_success() -> None:
    async with crmka(said(WHOLE), HTML, said(WHOLE)) as (crm, _):
        lead = await crm.read_lead(LeadRef(text=KEY))
        with pytest.raises(CrmTemporary):
            await crm.add_comment(lead, "решение #C1-1-k7")


@pytest.mark.parametrize("bad", [HTML, answer(200, b""), answer(200, b"\x00{garbage")])
async def test_a_status_that_the_reading_back_does_not_show_is_refused_by_no_proxys_page(
    bad: bytes,
) -> None:
    async with crmka(said(WHOLE), bad, said(WHOLE)) as (crm, _):
        lead = await crm.read_lead(LeadRef(text=KEY))
        with pytest.raises(CrmTemporary) as raised:
            await crm.set_disposition(lead, "50")
        assert raised.value.fate is Fate.UNDER_WAY
    set_ = changed(status_1={"id": 50, "parent_id": 58, "name": "дубль"})
    async with crmka(said(WHOLE), bad, said(set_)) as (crm, _):
        lead = await crm.read_lead(LeadRef(text=KEY))
        assert (await crm.set_disposition(lead, "50")).disposition.code == "50"


async def test_a_status_that_the_crm_itself_leaves_out_is_the_callers_to_judge() -> None:
    async with crmka(said(WHOLE), said({}), said(WHOLE)) as (crm, _):
        lead = await crm.read_lead(LeadRef(text=KEY))
        assert (await crm.set_disposition(lead, "50")).disposition == lead.disposition


@pytest.mark.parametrize("token", [None, 5, "", "a b", "a\r\nX: y", "ключ"])
async def test_a_login_without_a_usable_token_is_temporary(token: Any) -> None:
    async with crmka(said(WHOLE)) as (crm, fake):
        fake.login = said({"token": token})
        with pytest.raises(CrmTemporary):
            await crm.read_lead(LeadRef(text=KEY))
        assert fake.asked == []


async def test_a_login_that_answers_401_is_not_itself_just_now() -> None:
    async with crmka(said(WHOLE)) as (crm, fake):
        fake.login = said({"error": "unauthorized"}, 401)
        with pytest.raises(CrmTemporary):
            await crm.read_lead(LeadRef(text=KEY))


@pytest.mark.parametrize("status", [403, 404, 422])
async def test_a_refused_login_is_a_wrong_setting(status: int) -> None:
    async with crmka(said(WHOLE)) as (crm, fake):
        fake.login = said({"errors": [], "message": "wrong credentials"}, status)
        with pytest.raises(CrmConfig):
            await crm.read_lead(LeadRef(text=KEY))


async def test_a_login_while_the_crm_is_down_is_temporary() -> None:
    async with crmka(said(WHOLE)) as (crm, fake):
        fake.login = said({}, 502)
        with pytest.raises(CrmTemporary):
            await crm.read_lead(LeadRef(text=KEY))


@pytest.mark.parametrize("reply", [HTML, said({}, 401), said({}, 403), said({}), b"", said([1])])
async def test_doctor_never_raises(reply: bytes) -> None:
    async with crmka(reply) as (crm, _):
        findings = await crm.check()
    assert [finding for finding in findings if not finding.ok]


SCALAR = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9)
)
NAMES = """id parent_id name price quantity upsale text created_at type manager record_time
    billing_time disposition user_id_name autor title"""
ROW = st.dictionaries(st.sampled_from(NAMES.split()), SCALAR, max_size=4)
FIELD: st.SearchStrategy[Any] = (
    SCALAR | ROW | st.lists(SCALAR | ROW, max_size=2) | st.just([[]]) | st.just([{"id": {}}])
)


@given(
    raw=st.fixed_dictionaries({}, optional=dict.fromkeys(WHOLE, FIELD)),
)
def test_no_shape_of_a_record_makes_the_reader_crash(raw: dict[str, Any]) -> None:
    # As the adapter reads it: floats come as Decimal.
    parsed = json.loads(json.dumps(raw), parse_float=Decimal)
    lead = reader().lead(parsed, KEY)
    assert lead.id == KEY
    assert {name for name in WHOLE if name not in raw} <= set(lead.missing)
    reader().brief(parsed, KEY)
    reader().double(parsed, KEY)
    reader().call(parsed)
    reader().user(parsed)
