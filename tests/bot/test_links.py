"""Who a person is in the CRM: by the CRM's own word, by his, or by an owner's."""

from __future__ import annotations

import pytest

from sandbox.world import ANUSH, LENA, MARAT, OLYA, OWNER, STRANGER, TIMUR, DemoPerson
from storage.people import People, PersonRow
from tests.bot.locks import locks_waited_for
from tests.harness import World, a_world, eventually


def hire(world: World, login: str, last: str, first: str, telegram: str = "") -> int:
    user = world.crm.store.add_user(login, last_name=last, first_name=first, telegram=telegram)
    return int(user.id)


async def person(world: World, who: DemoPerson) -> PersonRow:
    async with world.storage.look() as uow:
        found = await uow.people.person(who.id)
    assert found is not None
    return found


async def question(world: World, who: DemoPerson, words: str) -> int:
    return int((await world.told(who, words))["message_id"])


async def says(world: World, who: DemoPerson, message: int, *words: str) -> None:
    await world.says(message, *words, chat=who.id)


async def test_the_crms_own_telegram_field_links_at_once_whatever_its_letters(
    world: World,
) -> None:
    user = hire(world, "ivanova", "Иванова", "Мария", telegram="@Demo_OLYA")
    await world.start(OLYA)
    await world.told(OLYA, "В CRM вы Иванова Мария", "ivanova")
    found = await person(world, OLYA)
    assert (found.crm_user, found.crm_name) == (str(user), "Иванова Мария")


async def test_a_name_that_only_begins_alike_is_nobodys_telegram(world: World) -> None:
    hire(world, "petrova", "Петрова", "Анна", telegram="demo_olya2")
    await world.start(OLYA)
    await world.told(OLYA, "В CRM я вас не узнал")
    assert (await person(world, OLYA)).crm_user == ""


async def test_a_name_is_asked_about_and_the_person_says_yes(world: World) -> None:
    user = hire(world, "demo", "Демо", "Ольга")
    await world.start(OLYA)
    asked = await question(world, OLYA, "Вы в CRM Демо Ольга")
    assert (await person(world, OLYA)).crm_user == ""
    answer = await world.press(OLYA, asked, "Да, это я", chat=OLYA.id)
    assert answer.text == "Проверяю в CRM…"
    await says(world, OLYA, asked, "В CRM вы Демо Ольга")
    assert (await world.message(asked, chat=OLYA.id)).get("reply_markup") is None
    assert (await person(world, OLYA)).crm_user == str(user)


async def test_no_is_taken_for_no(world: World) -> None:
    hire(world, "demo", "Демо", "Ольга")
    await world.start(OLYA)
    asked = await question(world, OLYA, "Вы в CRM Демо Ольга")
    await world.press(OLYA, asked, "Нет", chat=OLYA.id)
    await says(world, OLYA, asked, "/link Фамилия Имя")
    assert (await person(world, OLYA)).crm_user == ""


async def test_of_several_the_person_chooses(world: World) -> None:
    hire(world, "demo1", "Демо", "Ольга")
    second = hire(world, "demo2", "Демо", "Ольга")
    await world.start(OLYA)
    asked = await question(world, OLYA, "Кто из них вы в CRM")
    await world.press(OLYA, asked, "demo2", chat=OLYA.id)
    await says(world, OLYA, asked, "логин demo2")
    assert (await person(world, OLYA)).crm_user == str(second)


async def test_a_person_names_himself(world: World) -> None:
    hire(world, "gudochkin", "Гудочкин", "Марк")
    await world.write_privately(TIMUR, "/link гудочкин")
    asked = await question(world, TIMUR, "Вы в CRM Гудочкин Марк")
    await world.press(TIMUR, asked, "Да, это я", chat=TIMUR.id)
    await says(world, TIMUR, asked, "В CRM вы Гудочкин Марк")
    assert (await person(world, TIMUR)).crm_name == "Гудочкин Марк"
    await world.write_privately(TIMUR, "/link Небывалов")
    await world.told(TIMUR, "В CRM нет «Небывалов»")
    await world.write_privately(TIMUR, "/link")
    await world.told(TIMUR, "Напишите, как вас зовут в CRM")


async def test_nobody_takes_the_name_of_another(world: World) -> None:
    hire(world, "boss", "Главнова", "Алла", telegram="the_boss")
    free = hire(world, "gudochkin", "Гудочкин", "Марк")
    gone = world.crm.store.add_user("old", last_name="Бывшев", first_name="Лев", is_work=False)
    async with world.storage.change() as uow:
        await uow.people.link(TIMUR.id, crm_user=str(free), crm_name="Гудочкин Марк")
    await world.write_privately(OLYA, "/link Главнова")
    await world.told(OLYA, "связан с другим в Telegram")
    await world.write_privately(OLYA, "/link Гудочкин Марк")
    await world.write_privately(OLYA, "/link Бывшев")
    await world.told(OLYA, "В CRM нет «Бывшев»")
    await world.quiet()
    # A button that was never there names them: the CRM and the bot are asked again.
    asked = await world.write_privately(OLYA, "/start")
    hello = await question(world, OLYA, "Здравствуйте")
    assert asked
    for user, word in ((2, "Главнова"), (free, "Гудочкин"), (gone.id, "Бывшев"), (99, "Никто")):
        await world.press_data(OLYA, hello, f"link:{user}:{word}", chat=OLYA.id)
        await says(world, OLYA, hello, "Связать не получилось")
    assert (await person(world, OLYA)).crm_user == ""


async def test_of_two_who_say_at_once_that_they_are_one_user_one_is(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = hire(world, "gudochkin", "Гудочкин", "Марк")
    asked = {}
    for who in (OLYA, TIMUR):
        await world.write_privately(who, "/link гудочкин")
        asked[who] = await question(world, who, "Вы в CRM Гудочкин Марк")
    holders, looked = People.of_crm_user, 0

    async def both_are_there() -> bool:
        return looked == 2 or bool(await locks_waited_for(world))

    async def slowly(people: People, crm_user: str) -> list[PersonRow]:
        """Who has looked says nothing before the other one looks too, or waits for him."""
        nonlocal looked
        found = await holders(people, crm_user)
        looked += 1
        if people._connection.dialect.name == "postgresql" and not found:
            await eventually(both_are_there, "the other one looks")
        return found

    with monkeypatch.context() as patch:
        patch.setattr(People, "of_crm_user", slowly)
        for who, message in asked.items():
            await world.press(who, message, "Да, это я", chat=who.id)
        await world.quiet()

    assert await world.count("SELECT count(*) FROM people WHERE crm_user <> ''") == 1
    said = {who: await world.text(message, chat=who.id) for who, message in asked.items()}
    (one,) = (who for who in said if "В CRM вы Гудочкин Марк" in said[who])
    (other,) = (who for who in said if "Связать не получилось" in said[who])
    assert (await person(world, one)).crm_user == str(user)
    assert (await person(world, other)).crm_user == ""


async def test_only_the_person_himself_may_say_yes(world: World) -> None:
    user = hire(world, "gudochkin", "Гудочкин", "Марк")
    card = await world.card(await world.ask(OLYA, await world.crm.burning()))
    answer = await world.press_data(TIMUR, card, f"link:{user}:Гудочкин")
    assert answer.alert
    await world.quiet()
    assert (await person(world, TIMUR)).crm_user == ""
    for data in ("link:", "link:1", "link:1:", "link::x", "link:1:a:b", "link:нет:x"):
        assert (await world.press_data(OLYA, card, data)).text == "Такой кнопки у меня нет"


async def test_a_stranger_learns_no_names_and_becomes_nobody(world: World) -> None:
    user = hire(world, "gost", "Демо", "Гость")
    await world.start(STRANGER)
    await world.told(STRANGER, "С CRM связываю только сотрудников")
    await world.write_privately(STRANGER, "/link Демо")
    await world.quiet()
    hello = await question(world, STRANGER, "Здравствуйте")
    await world.press_data(STRANGER, hello, f"link:{user}:Демо", chat=STRANGER.id)
    await says(world, STRANGER, hello, "С CRM связываю только сотрудников")
    assert (await person(world, STRANGER)).crm_user == ""
    assert not any("gost" in text for text in await world.private(STRANGER))
    await world.tg.control.member(world.group, STRANGER.id, "member", by=OWNER.id)
    await world.start(STRANGER)
    await world.told(STRANGER, "Вы в CRM Демо Гость")


async def test_telegram_in_trouble_delays_the_question_and_says_nothing(world: World) -> None:
    hire(world, "demo", "Демо", "Ольга")
    await world.tg.control.fault("getChatMember", "error", code=500)
    await world.start(OLYA)
    await world.told(OLYA, "Здравствуйте")
    await world.quiet()
    await world.pass_time(10)
    await world.told(OLYA, "Вы в CRM Демо Ольга")
    assert not any("не отвечает" in text for text in await world.private(OLYA))


async def test_an_owner_says_who_somebody_is(world: World) -> None:
    one = hire(world, "one", "Иванова", "Мария")
    two = hire(world, "two", "Иванова", "Мария")
    post = await world.post(LENA, "всем привет")
    link = await world.post(OWNER, "/link Иванова Мария", reply_to=post)
    await world.card(link, "Кто из них? Повторите с логином")
    link = await world.post(OWNER, "/link two", reply_to=post)
    await world.card(link, "Лена Демо: в CRM это Иванова Мария (логин two)")
    await world.told(LENA, "Владелец отметил: в CRM вы Иванова Мария")
    assert (await person(world, LENA)).crm_user == str(two) != str(one)
    link = await world.post(OWNER, f"/link {LENA.id} one")
    await world.card(link, "логин one")
    async with world.storage.look() as uow:
        assert [found.user_id for found in await uow.people.of_crm("Иванова Мария")] == [LENA.id]
    await world.card(await world.post(OWNER, f"/link {LENA.id} off"), "связь с CRM убрана")
    assert (await person(world, LENA)).crm_user == ""


async def test_an_owner_who_makes_two_people_one_user_is_told_who_the_other_is(
    world: World,
) -> None:
    user = hire(world, "gudochkin", "Гудочкин", "Марк")
    link = await world.post(OWNER, f"/link {TIMUR.id} gudochkin")
    first = await world.card(link, "Тимур Демо: в CRM это Гудочкин Марк")
    link = await world.post(OWNER, f"/link {OLYA.id} gudochkin")
    second = await world.card(link, "Оля Демо: в CRM это Гудочкин Марк")
    await world.says(second, f"Так же записан и Тимур Демо ({TIMUR.id})", f"/link {TIMUR.id} off")
    assert "записан" not in await world.text(first)
    assert (await person(world, OLYA)).crm_user == str(user)
    await world.card(await world.post(OWNER, f"/link {TIMUR.id} off"), "связь с CRM убрана")
    link = await world.post(OWNER, f"/link {OLYA.id} gudochkin")
    assert "записан" not in await world.text(await world.card(link, "Оля Демо: в CRM это"))


async def test_an_owner_is_told_what_is_missing(world: World) -> None:
    await world.card(await world.post(OWNER, "/link Иванова"), "Ответьте на сообщение человека")
    nobody = await world.post(OWNER, f"/link {MARAT.id} Небывалов")
    await world.card(nobody, "В CRM нет работающего сотрудника «Небывалов»")
    stranger = await world.post(OWNER, f"/link {STRANGER.id} Иванова")
    await world.card(stranger, "ещё не встречал")


async def test_in_a_group_nobody_else_links(world: World) -> None:
    hire(world, "ivanova", "Иванова", "Мария")
    post = await world.post(LENA, "всем привет")
    link = await world.post(OLYA, "/link Иванова", reply_to=post)
    await world.card(link, "Про себя напишите мне в личку")
    await world.quiet()
    assert (await person(world, LENA)).crm_user == (await person(world, OLYA)).crm_user == ""


async def test_a_crm_that_is_down_is_asked_again_and_the_hello_does_not_wait(
    world: World,
) -> None:
    hire(world, "ivanova", "Иванова", "Мария", telegram="demo_olya")
    await world.crm.go_down()
    await world.start(OLYA)
    await world.told(OLYA, "Здравствуйте, Оля")
    await world.told(OLYA, "CRM сейчас не отвечает")
    await world.crm.come_back()
    await world.pass_time(300)
    await world.told(OLYA, "В CRM вы Иванова Мария")
    assert sum("не отвечает" in text for text in await world.private(OLYA)) == 1


async def test_a_repeated_update_asks_once(world: World) -> None:
    hire(world, "ivanova", "Иванова", "Мария", telegram="demo_olya")
    await world.start(OLYA)
    await world.told(OLYA, "В CRM вы Иванова Мария")
    await world.tg.control.redeliver(1)
    await world.quiet()
    assert len(await world.private(OLYA)) == 2


async def test_whoever_is_linked_stays_it_and_start_says_so(world: World) -> None:
    user = hire(world, "ivanova", "Иванова", "Мария", telegram="another")
    async with world.storage.change() as uow:
        await uow.people.link(OLYA.id, crm_user=str(user), crm_name="Иванова Мария")
    await world.start(OLYA)
    await world.told(OLYA, "Вы здесь: Оля Демо, оператор", "В CRM вы Иванова Мария")
    await world.told(OLYA, "логин ivanova")
    with world.crm.store.transaction() as connection:
        connection.execute("UPDATE users SET is_work = 0 WHERE id = ?", (user,))
    await world.start(OLYA)
    await world.told(OLYA, "CRM такого сотрудника больше не знает")


async def test_the_question_reaches_somebody_who_starts_the_bot_for_the_first_time(
    world: World,
) -> None:
    hire(world, "anush", "Ануш", "Демо")
    await world.start(ANUSH)
    asked = await question(world, ANUSH, "Вы в CRM Ануш Демо")
    await world.press(ANUSH, asked, "Да, это я", chat=ANUSH.id)
    await eventually(lambda: _is_linked(world, ANUSH), "she is linked")


async def _is_linked(world: World, who: DemoPerson) -> bool:
    return bool((await person(world, who)).crm_user)


async def test_a_crm_that_will_not_tell_is_for_the_owner_to_mend(database_url: str) -> None:
    async with a_world(database_url, crm_password="wrong") as world:
        await world.write_privately(TIMUR, "/link Гудочкин")
        told = (await world.told(TIMUR, "CRM не дала найти сотрудника"))["text"]
        assert "Попросите владельца бота" in told
        assert "python" not in told
        await world.write_privately(OWNER, f"/link {TIMUR.id} Гудочкин")
        await world.told(OWNER, "CRM не дала найти сотрудника", "python -m bot doctor")


async def test_whoever_the_crm_is_not_known_to_call_is_told_how_to_say_it(world: World) -> None:
    hint = "/link Фамилия Имя"
    await world.write_privately(MARAT, "/me")
    await world.told(MARAT, "Вашего решения никто не ждёт", "В CRM я вас ещё не узнал", hint)
    given = await world.post(OWNER, f"/role it {TIMUR.id}")
    await world.card(given, "Чтобы в лидах стояло имя из CRM")
    # Once will do: with another role, or the same in another chat, he has been told.
    for who, role in ((TIMUR, "it"), (TIMUR, "supervisor"), (MARAT, "it")):
        more = await world.card(await world.post(OWNER, f"/role {role} {who.id}"), "дана")
        assert hint not in await world.text(more)
    auditor = await world.card(await world.post(OWNER, f"/role auditor {LENA.id}"), "дана")
    assert hint not in await world.text(auditor)

    async with world.storage.change() as uow:
        await uow.people.link(MARAT.id, crm_user="7", crm_name="Маратов Марат")
    await world.write_privately(MARAT, "/me")
    told = (await world.told(MARAT, "в CRM Маратов Марат"))["text"]
    assert hint not in told
    again = await world.card(await world.post(OWNER, f"/role returns {MARAT.id}"), "дана")
    assert hint not in await world.text(again)
