"""«КЦ IT Вопросы»: when it is broken for everybody, it is one incident."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.flows.it import Action, It, State
from bot.flows.records import Action as Act
from bot.flows.records import Role
from tests.flows.chat import CardView, Chat, Somebody
from tests.flows.world import LEAD, LINK, NEW, a_lead

OTHER = LINK.replace(LEAD, "a1b2c3d4e5")


@pytest.fixture
def chat() -> Chat:
    chat = Chat(It())
    chat.crm.knows(a_lead(NEW))
    return chat


@pytest.fixture
def kostya(chat: Chat) -> Somebody:
    return chat.person("Костя", Role.IT)


def three(chat: Chat, words: str = "CRM зависла") -> tuple[list[Somebody], list[CardView]]:
    people = [chat.operator(name) for name in ("Оля", "Ира", "Тимур")]
    return people, [one.posts(words) for one in people]


def test_three_tickets_of_a_kind_within_a_quarter_of_an_hour_are_proposed(chat: Chat) -> None:
    _, cards = three(chat)
    assert "Объединить" not in str(cards[1].buttons)
    assert (
        "Похоже на общий сбой: 3 заявки от 3 человек (ещё Оля, Ира). Объединить?" in cards[2].text
    )
    assert "🔗 Объединить (3)" in cards[2].buttons


def test_others_of_another_kind_or_long_ago_are_not(chat: Chat) -> None:
    chat.operator("Оля").posts("CRM зависла")
    chat.passes(minutes=16)
    chat.operator("Ира").posts("CRM зависла")
    chat.operator("Ануш").posts("гарнитура не работает")
    card = chat.operator("Тимур").posts("CRM зависла")
    assert "Объединить" not in str(card.buttons)


def test_troubles_of_no_known_kind_have_nothing_in_common(chat: Chat) -> None:
    _, cards = three(chat, "не работает")
    assert "Объединить" not in str(cards[2].buttons)


def test_one_post_with_three_links_is_no_incident(chat: Chat) -> None:
    links = " ".join(f"https://crm.example/orders/{key}aaaaaaaaa" for key in "abc")
    card = chat.operator("Оля").posts(f"{links} CRM не сохраняет")
    assert len(chat.cards) == 3
    assert "Объединить" not in str(card.buttons)


def test_people_are_counted_and_not_their_tickets(chat: Chat) -> None:
    olya, anush = chat.operator("Оля"), chat.operator("Ануш")
    olya.posts("CRM зависла")
    chat.passes(minutes=2)
    olya.posts("срм опять висит")
    card = anush.posts("CRM зависла")
    assert "Объединить" not in str(card.buttons)

    card = chat.operator("Тимур").posts("CRM зависла")

    assert "Похоже на общий сбой: 4 заявки от 3 человек (ещё Оля, Ануш). Объединить?" in card.text
    assert "🔗 Объединить (4)" in card.buttons


def test_who_reports_once_more_is_not_named_beside_himself(chat: Chat, kostya: Somebody) -> None:
    olya = chat.operator("Оля")
    olya.posts("CRM зависла")
    chat.operator("Ира").posts("CRM зависла")
    chat.operator("Тимур").posts("CRM зависла")
    chat.passes(minutes=2)
    card = olya.posts("срм опять висит")
    assert "4 заявки от 3 человек (ещё Ира, Тимур)" in card.text
    kostya.presses("Объединить", card)
    assert "Вместе с ней: Ира, Тимур. «Решено»" in card.text
    kostya.presses("Решено", card)
    assert "Закрыты вместе: Оля, Ира, Тимур" in card.text


def test_an_incident_of_one_person_names_the_other_tickets(chat: Chat, kostya: Somebody) -> None:
    people, cards = three(chat)
    chat.passes(minutes=2)
    again = people[0].posts("срм опять висит")
    kostya.presses("Решено", cards[1])
    kostya.presses("Решено", cards[2])
    kostya.presses("Объединить", again)
    assert "Вместе с ней: №1. «Решено» закроет все" in again.text


@pytest.mark.parametrize("words", ["мышка не работает", "гарнитура хрипит, не работает"])
def test_what_breaks_on_ones_own_desk_is_no_incident(chat: Chat, words: str) -> None:
    _, cards = three(chat, words)
    assert cards[2].case.data.category == "hardware"
    assert "Объединить" not in str(cards[2].buttons)


def test_a_corrected_category_counts(chat: Chat, kostya: Somebody) -> None:
    for name in ("Оля", "Ира"):
        chat.operator(name).posts("CRM зависла")
    card = chat.operator("Тимур").posts("не работает")
    kostya.presses("🏷")
    kostya.presses("CRM")
    assert "🔗 Объединить (3)" in card.buttons


def test_one_tap_merges_and_every_reporter_hears_of_it(chat: Chat, kostya: Somebody) -> None:
    people, cards = three(chat)

    assert kostya.presses("Объединить").startswith("Объединил")

    assert [card.case.state for card in cards] == [State.MERGED, State.MERGED, State.NEW]
    assert cards[0].first_line == "🔗 В инциденте №3: CRM"
    assert cards[2].first_line == "🆕 Инцидент №3 «CRM»: кто возьмёт? Тимур, 14:02"
    assert "Вместе с ней: Оля, Ира" in cards[2].text
    assert all("Общий инцидент №3" in one.hears[-1] for one in people[:2])


def test_a_ticket_that_came_after_the_proposal_is_taken_in_too(
    chat: Chat, kostya: Somebody
) -> None:
    _, cards = three(chat)
    fourth = chat.operator("Ануш").posts("CRM опять висит")
    kostya.presses("Объединить", cards[2])
    assert fourth.case.state is State.MERGED


def test_only_it_people_merge(chat: Chat) -> None:
    people, cards = three(chat)
    assert people[0].presses("Объединить") == "Это делают айтишники"
    assert cards[0].case.state is State.NEW


def test_where_the_others_are_solved_meanwhile_there_is_nothing_to_merge(
    chat: Chat, kostya: Somebody
) -> None:
    _, cards = three(chat)
    kostya.presses("Решено", cards[0])
    kostya.presses("Решено", cards[1])
    assert kostya.presses("Объединить", cards[2]) == "Похожих открытых заявок уже нет."
    assert "Объединить" not in str(cards[2].buttons)


def test_a_merged_ticket_hurries_nobody(chat: Chat, kostya: Somebody) -> None:
    three(chat)
    kostya.presses("Объединить")
    kostya.presses("Беру")
    chat.passes(minutes=30)
    assert kostya.hears == []


def test_a_later_one_is_offered_to_join(chat: Chat, kostya: Somebody) -> None:
    _, cards = three(chat)
    kostya.presses("Объединить")
    anush = chat.operator("Ануш")
    late = anush.posts("срм не открывается")
    assert "🔗 В инцидент №3" in late.buttons

    assert kostya.presses("В инцидент") == "Заявка в инциденте."

    assert late.case.state is State.MERGED
    assert "Вместе с ней: Оля, Ира, Ануш" in cards[2].text
    assert "Общий инцидент №3" in anush.hears[-1]


def test_a_ticket_joins_the_incident_that_its_button_named(chat: Chat, kostya: Somebody) -> None:
    three(chat)
    kostya.presses("Объединить")
    late = chat.operator("Ануш").posts("срм не открывается")

    assert kostya.sees("В инцидент").endswith(":join_incident:3")
    for arg in ("", "2"):
        action = Act(name=Action.JOIN_INCIDENT, arg=arg, by=kostya.actor, around=chat.around(late))
        assert not chat.flow.may(late.case, action, chat.now)


def test_an_incident_that_is_over_takes_nobody_in(chat: Chat, kostya: Somebody) -> None:
    _, cards = three(chat)
    kostya.presses("Объединить")
    late = chat.operator("Ануш").posts("срм не открывается")
    kostya.presses("Решено", cards[2])

    assert kostya.presses("В инцидент", late) == "Этот инцидент уже закрыт."
    assert late.case.state is State.NEW


def test_solved_closes_all_tells_every_reporter_and_comments_every_lead(
    chat: Chat, kostya: Somebody
) -> None:
    olya = chat.operator("Оля")
    first = olya.posts(f"{LINK} CRM зависла")
    people, cards = three(chat)
    kostya.presses("Объединить", cards[2])

    kostya.presses("Решено", cards[2])

    assert {card.case.state for card in (first, *cards)} == {State.SOLVED}
    assert all("✅ Решено" in one.hears[-1] for one in (olya, *people))
    assert chat.crm.comments == ["КЦ IT, решено (CRM): Костя, 10.03.2026 14:02"]
    assert first.case.lead == LEAD
    assert "Закрыты вместе: Тимур" in cards[2].text


@pytest.mark.parametrize("said_on", [0, 2])
def test_what_helped_is_told_to_every_reporter(chat: Chat, kostya: Somebody, said_on: int) -> None:
    people, cards = three(chat)
    kostya.presses("Объединить")
    kostya.presses("Решено")
    told = [len(one.hears) for one in people]

    assert kostya.replies("перезапустили сервер", cards[said_on])

    assert all("что помогло: перезапустили сервер" in one.hears[-1] for one in people)
    assert [len(one.hears) for one in people] == [number + 1 for number in told]
    assert all("Что помогло: перезапустили сервер" in card.text for card in cards)


def test_what_helped_is_not_told_to_whom_it_did_not_help(chat: Chat, kostya: Somebody) -> None:
    people, cards = three(chat)
    kostya.presses("Объединить")
    kostya.presses("Решено")
    people[0].replies("не решено", cards[0])

    kostya.replies("перезапустили сервер", cards[2])

    assert "что помогло" not in people[0].hears[-1]
    assert "что помогло" in people[1].hears[-1]


def test_what_helped_one_whose_incident_goes_on_is_told_to_him(
    chat: Chat, kostya: Somebody
) -> None:
    people, cards = three(chat)
    kostya.presses("Объединить")
    kostya.presses("Решено")
    people[2].replies("не решено", cards[2])

    kostya.replies("перезапустили сервер", cards[0])

    assert "что помогло" in people[0].hears[-1]
    assert "что помогло" not in people[1].hears[-1]


def test_his_own_ticket_is_closed_with_the_incident(chat: Chat, kostya: Somebody) -> None:
    own = kostya.posts("CRM зависла")
    _, cards = three(chat)
    kostya.presses("Объединить", cards[2])
    kostya.presses("Решено", cards[2])
    assert own.case.state is State.SOLVED


def test_undo_opens_all_again(chat: Chat, kostya: Somebody) -> None:
    people, cards = three(chat)
    kostya.presses("Объединить")
    kostya.presses("Решено")
    assert "Отменить" not in cards[0].buttons

    kostya.presses("Отменить", cards[2])

    assert [card.case.state for card in cards] == [State.MERGED, State.MERGED, State.TAKEN]
    assert all("ещё не решено" in one.hears[-1] for one in people)
    kostya.presses("Решено", cards[2])
    assert {card.case.state for card in cards} == {State.SOLVED}


def test_one_reporter_for_whom_it_is_not_solved_goes_on_alone(chat: Chat, kostya: Somebody) -> None:
    people, cards = three(chat)
    kostya.presses("Объединить")
    kostya.presses("Решено")

    assert people[0].replies("не решено", cards[0])

    assert cards[0].case.state is State.NEW
    assert cards[1].case.state is State.SOLVED
    kostya.presses("Отменить", cards[2])
    assert cards[0].case.state is State.NEW


def test_what_was_another_trouble_is_split_off(chat: Chat, kostya: Somebody) -> None:
    _, cards = three(chat)
    kostya.presses("Объединить")

    assert kostya.presses("Отделить", cards[0]).startswith("Отделил")

    assert cards[0].case.state is State.NEW
    assert "Оля" not in cards[2].text
    kostya.presses("Решено", cards[2])
    assert cards[0].case.state is State.NEW


def test_a_reporter_for_whom_it_works_leaves_the_incident(chat: Chat, kostya: Somebody) -> None:
    people, cards = three(chat)
    kostya.presses("Объединить")
    people[0].presses("Уже работает", cards[0])
    assert cards[0].case.state is State.WITHDRAWN
    assert "Оля" not in cards[2].text


def test_the_incident_goes_on_for_the_others_when_it_works_for_its_first_reporter(
    chat: Chat, kostya: Somebody
) -> None:
    people, cards = three(chat)
    kostya.presses("Объединить")
    assert people[2].replies("уже работает", cards[2])
    assert cards[2].case.state is State.NEW
    assert "👍 Тимур: уже работает" in cards[2].text
    assert "Не заявка" not in cards[2].buttons


# --- a balance without its link -------------------------------------------------------------------


def balances(chat: Chat) -> list[CardView]:
    """Two tickets with their leads, and one between them that waits for its link."""
    for key in ("a1b2c3d4e5", "b" * 10, "c" * 10, "d" * 10):
        chat.crm.knows(replace(a_lead(NEW), id=key))
    words = (f"{LINK} нет баланса", "нет баланса", f"{OTHER} нет баланса")
    names = ("Оля", "Ира", "Тимур")
    return [chat.operator(name).posts(text) for name, text in zip(names, words, strict=True)]


def test_a_balance_without_its_link_is_not_merged_and_is_still_asked_for_it(
    chat: Chat, kostya: Somebody
) -> None:
    cards = balances(chat)
    assert "Объединить" not in str(cards[2].buttons)
    fourth = chat.operator("Ануш").posts(f"{LINK.replace(LEAD, 'b' * 10)} нет баланса")
    assert "🔗 Объединить (3)" in fourth.buttons

    kostya.presses("Объединить", fourth)

    assert cards[1].case.state is State.NEEDS_LEAD
    assert "нужна ссылка на лид" in cards[1].first_line
    chat.passes(minutes=30)
    assert "Закрыта без ссылки на лид" in cards[1].first_line


def test_the_link_that_was_owed_brings_the_ticket_to_the_incident(
    chat: Chat, kostya: Somebody
) -> None:
    cards = balances(chat)
    third = LINK.replace(LEAD, "b" * 10)
    ira = next(one for one in chat.people if one.person.name == "Ира")
    ira.replies(third, cards[1])
    assert "🔗 Объединить (3)" in cards[1].buttons
    kostya.presses("Объединить", cards[1])
    late = chat.operator("Ануш")
    card = late.posts("нет баланса")
    kostya.presses("🏷", card)
    kostya.presses("Баланс звонков", card)
    # What cannot be pressed yet is not shown.
    assert not [word for word in card.buttons if "инцидент" in word]
    late.replies(LINK.replace(LEAD, "c" * 10), card)
    assert "🔗 В инцидент №2" in card.buttons


def test_a_balance_whose_link_proves_wrong_leaves_the_incident_until_there_is_another(
    chat: Chat, kostya: Somebody
) -> None:
    chat.crm.is_up = False
    cards = balances(chat)
    ira = next(one for one in chat.people if one.person.name == "Ира")
    ira.replies(LINK.replace(LEAD, "b" * 10), cards[1])
    kostya.presses("Объединить", cards[1])
    chat.crm.leads.pop("a1b2c3d4e5")
    chat.crm.is_up = True
    chat.deliver()

    timur = next(one for one in chat.people if one.person.name == "Тимур")
    assert cards[2].case.state is State.NEEDS_LEAD
    assert "нужна ссылка на лид" in timur.hears[-1]
    assert "Тимур" not in cards[1].text
    assert [card.case.state for card in cards[:2]] == [State.MERGED, State.NEW]

    timur.posts(LINK.replace(LEAD, "d" * 10))
    assert "🔗 В инцидент №2" in cards[2].buttons
    kostya.presses("В инцидент", cards[2])
    kostya.presses("Решено", cards[1])
    assert {card.case.state for card in cards} == {State.SOLVED}
