"""Reading and changing a lead, with the traps of the sheet."""

from __future__ import annotations

from typing import Any

import pytest

from crm_api.server.records import Rights
from tests.crm_server.conftest import PHONE, Api, Crm


async def test_an_unknown_key_is_not_found(api: Api) -> None:
    for method, path in (
        ("GET", "/orders/ffffffffff"),
        ("GET", "/order_doubles/ffffffffff"),
        ("GET", "/statuses/get_by_key/ffffffffff"),
        ("PUT", "/orders/change_m/ffffffffff"),
    ):
        status, body = await api.call(method, path)
        assert (status, body["message"], list(body["errors"])) == (404, "Не найдено", ["key"])


async def test_a_numeric_id_is_no_key_but_the_filter_knows_it(crm: Crm, api: Api) -> None:
    await crm.lead(key="366efdfabb", id=36973)
    assert (await api.call("GET", "/orders/36973"))[0] == 404
    _, found = await api.find(["id", "=", 36973])
    assert [lead["key"] for lead in found["data"]] == ["366efdfabb"]


async def test_times_are_in_the_crms_zone(crm: Crm, api: Api) -> None:
    lead = await api.order(await crm.lead())
    assert lead["created_at"] == "2026-03-04 14:02:05"


async def test_opening_logs_who_opened(crm: Crm, api: Api) -> None:
    key = await crm.lead()
    await api.order(key)
    opened = [row for row in (await crm.truth(key))["history"] if row["event"] == "open"]
    assert [row["user_id_name"] for row in opened] == ["Бот Рабочие чаты"]


async def test_opening_marks_an_unmarked_duplicate_and_never_the_first(crm: Crm, api: Api) -> None:
    first = await crm.lead(created_at="2026-03-01 10:00:00")
    second = await crm.lead()
    _, doubles = await api.call("GET", f"/order_doubles/{second}")
    await api.find(["key", "=", second])
    assert not (await crm.truth(second))["is_double"]  # neither of these opens
    assert (await api.order(second))["is_double"] is True
    assert (await api.order(first))["is_double"] is False
    assert [double["key"] for double in doubles] == [first, second]


async def test_doubles_tell_the_names_of_three_groups_of_statuses(crm: Crm, api: Api) -> None:
    await crm.lead(created_at="2026-03-01 10:00:00", statuses=[17, 302, 501], country_code="KZ")
    second = await crm.lead(client_name="Далабек Асель")
    _, (first, own) = await api.call("GET", f"/order_doubles/{second}")
    assert [first[f"status_gr_{n}"] for n in (1, 3, 5)] == [
        "подтверждён",
        "отправлен",
        "не оплачен",
    ]
    assert first["geo"] == "Казахстан"
    assert (own["fio"], own["status_gr_1"]) == ("Далабек Асель", None)


async def test_a_lead_alone_on_its_number_has_no_doubles(crm: Crm, api: Api) -> None:
    key = await crm.lead()
    await crm.lead(phones=["77010000002", PHONE])  # a second number makes no double
    assert await api.call("GET", f"/order_doubles/{key}") == (200, [])


@pytest.mark.parametrize("body", [{}, {"phones": []}, {"phones": "7701"}, {"phones": [1]}])
async def test_every_put_needs_the_phones(crm: Crm, api: Api, body: dict[str, Any]) -> None:
    key = await crm.lead()
    status, answer = await api.put(key, comment="lost", **body)
    assert (status, list(answer["errors"])) == (422, ["phones"])
    assert (await crm.truth(key))["comments"] == []


@pytest.mark.parametrize("text", ["", "no json", "[]", "null"])
async def test_a_put_without_a_json_object_is_422(crm: Crm, api: Api, text: str) -> None:
    key = await crm.lead()
    assert (await api.call("PUT", f"/orders/{key}", data=text))[0] == 422


async def test_a_comment_is_appended_in_the_accounts_name(crm: Crm, api: Api) -> None:
    key = await crm.lead(comments=[{"text": "first", "author": "Трелькина Оля"}])
    status, lead = await api.put(key, phones=[PHONE], comment="ы" * 10_000)
    assert status == 200
    assert [(row["user_id_name"], len(row["text"])) for row in lead["comments"]] == [
        ("Трелькина Оля", 5),
        ("Бот Рабочие чаты", 10_000),
    ]


async def test_phones_are_masked_without_the_right(crm: Crm) -> None:
    key = await crm.lead(calls=[{"operator": "Трелькина Оля", "talked": 5}])
    blind = await crm.login("blind", Rights(sees_phones=False))
    lead = await blind.order(key)
    assert lead["phones"] == ["7701?????01"]
    assert lead["calls_t"][0]["phone"] == "7701?????01"


async def test_a_put_of_masked_phones_destroys_the_numbers(crm: Crm) -> None:
    key = await crm.lead()
    blind = await crm.login("blind", Rights(sees_phones=False))
    await blind.put(key, phones=(await blind.order(key))["phones"], comment="oh")
    assert (await crm.truth(key))["phones"] == ["7701?????01"]


async def test_sales_delete_the_rows_that_are_left_out(crm: Crm, api: Api) -> None:
    key = await crm.lead(items=[{"name": "Рюкзак", "price": 2990}, {"name": "Чехол", "price": 590}])
    kept = (await api.order(key))["sales"][0]
    new = {"name": "Часы", "price": 1}
    _, lead = await api.put(key, phones=[PHONE], sales=[{**kept, "upsale": 1}, new])
    assert [(row["name"], row["upsale"]) for row in lead["sales"]] == [("Рюкзак", 1), ("Часы", 0)]
    assert lead["sales"][0]["id"] == kept["id"]
    _, lead = await api.put(key, phones=[PHONE], comment="sales were not sent")
    assert len(lead["sales"]) == 2


async def test_plain_fields_change_with_a_row_of_history(crm: Crm, api: Api) -> None:
    key = await crm.lead()
    _, lead = await api.put(key, phones=[PHONE], city="Алматы", id=5, key="x", unknown="y")
    assert (lead["city"], lead["key"]) == ("Алматы", key)
    assert "city:  → Алматы" in [row["text"] for row in lead["history"]]


@pytest.mark.parametrize("value", [None, 2**70, "\ud800"])
async def test_a_value_that_nothing_can_keep_is_422_and_changes_nothing(
    crm: Crm, api: Api, value: Any
) -> None:
    key = await crm.lead(city="Гюмри")
    assert (await api.put(key, phones=[PHONE], city=value, comment="lost"))[0] == 422
    truth = await crm.truth(key)
    assert (truth["city"], truth["comments"]) == ("Гюмри", [])


async def test_an_account_that_may_not_edit_gets_403(crm: Crm) -> None:
    key = await crm.lead()
    reader = await crm.login("reader", Rights(edits=False, changes_manager=False))
    assert (await reader.put(key, phones=[PHONE], comment="x"))[0] == 403
    assert (await reader.call("PUT", f"/orders/change_m/{key}", json={"manager_id": 1}))[0] == 403


async def test_a_card_shows_twenty_calls_and_the_list_all_of_them(crm: Crm, api: Api) -> None:
    calls = [
        {"operator": "Трелькина Оля", "talked": n, "at": f"2026-03-04 10:{n:02}:00"}
        for n in range(25)
    ]
    key = await crm.lead(calls=calls)
    assert len((await api.order(key))["calls_t"]) == 20
    _, found = await api.find(["order_key", "=", key], "calls", take=50)
    assert (found["total"], found["totalCount"], len(found["data"])) == (25, 25, 25)
    assert found["data"][0]["billing_time"] == 24
    assert found["data"][0]["order_key"] == key
