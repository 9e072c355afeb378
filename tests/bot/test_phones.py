"""«Был ли заказ на этот номер?»: the bot looks itself."""

from __future__ import annotations

from sandbox.world import MARAT, OLYA
from tests.harness import World
from tests.harness.crm import CONFIRMED
from tests.harness.world import buttons_of

SPELLINGS = [
    ("77011234567", "77011234567 был ли заказ на этот номер?"),
    ("77011234567", "+7 (701) 123-45-67 был ли заказ?"),
    ("77011234567", "был ли заказ на номер 8 701 123 45 67"),
    ("79161234567", "8(916)123-45-67 был заказ?"),
    ("79161234567", "9161234567"),
    ("37477123456", "+374 77 123456 был ли заказ?"),
    ("37477123456", "077 12-34-56 был ли заказ"),
]


async def test_a_number_is_looked_up_however_it_is_written(world: World) -> None:
    leads = {
        phone: await world.crm.lead(phones=[phone], statuses=[CONFIRMED], project=f"Лампа {turn}")
        for turn, phone in enumerate(dict.fromkeys(phone for phone, _ in SPELLINGS))
    }
    for phone, words in SPELLINGS:
        card = await world.card(await world.post(OLYA, words), "Наш клиент")
        message = await world.message(card)
        assert f"…{phone[-4:]}" in message["text"], words
        assert phone not in message["text"]
        links = [entity["url"] for entity in message["entities"] if entity["type"] == "text_link"]
        assert world.crm.link(leads[phone]) in links, words
        assert buttons_of(message) == []


async def test_a_number_without_orders_is_not_our_client(world: World) -> None:
    post = await world.post(OLYA, "77019999999 был ли заказ на этот номер?")
    card = await world.card(post, "Не наш клиент: заказов на номер …9999 нет")
    await world.quiet()
    assert len(await world.said()) == 1
    assert buttons_of(await world.message(card)) == []


async def test_a_number_less_one_digit_is_asked_for_whole_and_then_found(world: World) -> None:
    await world.crm.lead(phones=["79050074375"], statuses=[CONFIRMED])
    for words in ("7905007437 был ли заказ на этот номер?", "8905007437 был заказ?"):
        card = await world.card(await world.post(OLYA, words), "Проверьте номер …7437")
        text = await world.text(card)
        assert "вижу 10 цифр" in text
        assert "Не наш клиент" not in text
    await world.card(await world.post(OLYA, "79050074375"), "Наш клиент: на номер …4375")


async def test_an_order_kept_under_another_spelling_is_found(world: World) -> None:
    await world.crm.lead(phones=["87012223344"], statuses=[CONFIRMED])
    await world.card(await world.post(OLYA, "+7 701 222-33-44 был ли заказ?"), "Наш клиент")


async def test_while_the_crm_is_down_nobody_is_called_a_stranger_and_the_admins_are_asked(
    world: World,
) -> None:
    await world.crm.go_down()
    post = await world.post(OLYA, "77019999999 был ли заказ на этот номер?")
    card = await world.card(post, "Был ли заказ")
    text = await world.text(card)
    assert "CRM не отвечает" in text
    assert "заказов на номер" not in text
    await world.press(MARAT, card, "Не наш клиент")
    await world.says(card, "Не наш клиент", "Марат Демо")
    await world.told(OLYA, "Не наш клиент")


async def test_when_the_crm_is_back_the_bot_answers_itself(world: World) -> None:
    await world.crm.lead(phones=["77015556677"], statuses=[CONFIRMED])
    await world.crm.go_down()
    card = await world.card(await world.post(OLYA, "77015556677 был ли заказ?"), "Был ли заказ")
    await world.quiet()
    await world.crm.come_back()
    await world.pass_time(20)
    await world.says(card, "Наш клиент")
    await world.told(OLYA, "Наш клиент")


async def test_an_admin_names_the_order_in_a_reply(world: World) -> None:
    await world.crm.go_down()
    card = await world.card(await world.post(OLYA, "77015556677 был ли заказ?"), "Был ли заказ")
    await world.quiet()
    await world.reply(MARAT, card, "да, лид 36973")
    await world.told(OLYA, "да, лид 36973")


async def test_a_search_that_the_crm_answers_with_404_goes_to_the_admins(world: World) -> None:
    await world.crm.fault(kind="status", status=404, path="/api/v2/orders", times=100)
    post = await world.post(OLYA, "77019999999 был ли заказ на этот номер?")
    await world.card(post, "Был ли заказ")
