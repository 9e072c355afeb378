"""What operators write in «Проект Белкин», and what is only talk."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.flows.pauses.case import Kind
from bot.flows.pauses.words import Said, Word, read

LUNCH, BREAK, TRAINING = Kind.LUNCH, Kind.BREAK, Kind.TRAINING
CONSULTATION, TECHNICAL = Kind.CONSULTATION, Kind.TECHNICAL


@pytest.mark.parametrize(
    ("text", "kind", "minutes"),
    [
        ("обед", LUNCH, None),
        ("Обед!!! 🍲", LUNCH, None),
        ("вышла на обед", LUNCH, None),
        ("обед 30 мин", LUNCH, 30),
        ("обед-30", LUNCH, 30),
        ("обед (45)", LUNCH, 45),
        ("обед час", LUNCH, 60),
        ("обед 1 ч 20 мин", LUNCH, 80),
        ("обед с 13:00 до 13:45", LUNCH, 45),
        ("обед 23:50-00:20", LUNCH, 30),
        ("обед до 14:30", LUNCH, None),
        ("обед с 14:00", LUNCH, None),
        ("обед 1,5 часа", LUNCH, 90),
        ("обед, борщ стынет", LUNCH, None),
        ("Коллеги, я на обед", LUNCH, None),
        ("Можно на обед?", LUNCH, None),
        ("Ирина, можно на обед 20 минут?", LUNCH, 20),
        ("перерыв 15", BREAK, 15),
        ("перерыв пятнадцать минут", BREAK, 15),
        ("перерыв полчаса", BREAK, 30),
        ("иду курить", BREAK, None),
        ("отошла в туалет", BREAK, None),
        ("отошла", None, None),
        ("Отошёл на 5 минут", None, 5),
        ("вышла", None, None),
        ("отошла на минутку", None, 5),
        ("отошла на пару минут, ребёнок звонит", None, 5),
        ("10 минут", None, 10),
        ("на обучении", TRAINING, None),
        ("обучение 2 часа", TRAINING, 120),
        ("консультация с СВ", CONSULTATION, None),
        ("я у супервайзера", CONSULTATION, None),
        ("сип завис, выключаю", TECHNICAL, None),
        ("микросип вылетел, 10 минут", TECHNICAL, 10),
        ("CRM не работает", TECHNICAL, None),
        ("перезагружаюсь", TECHNICAL, None),
        ("тех. перерыв 20 минут", TECHNICAL, 20),
        ("технический стоп", TECHNICAL, None),
    ],
)
def test_words_that_leave(text: str, kind: Kind | None, minutes: int | None) -> None:
    length = None if minutes is None else timedelta(minutes=minutes)
    assert read(text) == Said(what=Word.LEAVE, kind=kind, length=length)


@pytest.mark.parametrize(
    "text",
    [
        "вернулась", "Вернулся", "я вернулась с обеда", "на месте", "я на месте!", "+", "++",
        "обед закончила", "обед всё", "с обеда", "на линии", "сип заработал, на линии",
        "Девочки, я тут", "работаю", "готова",
        "вернулсь", "вернулас", "верулась", "Вренулась!", "вернуулась", "возврщаюсь",
        "я вернулсь с обеда",
    ],
)  # fmt: skip
def test_words_that_come_back(text: str) -> None:
    assert read(text) == Said(what=Word.BACK)


@pytest.mark.parametrize(
    "text",
    [
        "смену закончила", "Закончил смену, касса сошлась", "конец смены", "смена всё",
        "я всё, до завтра", "Я все. До завтра!", "на сегодня всё", "отключаюсь, до понедельника",
        "рабочий день закончен",
    ],
)  # fmt: skip
def test_words_that_end_a_shift(text: str) -> None:
    assert read(text) == Said(what=Word.SHIFT_OVER)


@pytest.mark.parametrize(
    ("text", "minutes"), [("ещё 10 минут", 10), ("можно ещё 5 минут?", 5), ("задержусь на 15", 15)]
)
def test_words_that_make_it_longer(text: str, minutes: int) -> None:
    assert read(text) == Said(what=Word.LONGER, length=timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("text", "plainly"),
    [("отмена", True), ("отбой", True), ("передумала", True), ("Я передумал", True),
     ("не надо", False), ("уже не нужно", False)],
)  # fmt: skip
def test_words_that_take_it_back(text: str, *, plainly: bool) -> None:
    assert read(text) == Said(what=Word.CANCEL, plainly=plainly)


@pytest.mark.parametrize("text", ["ухожу", "Ухожу!", "спасибо, я пошла", "иду"])
def test_words_of_him_whose_turn_has_come(text: str) -> None:
    assert read(text) == Said(what=Word.GO)


@pytest.mark.parametrize(
    "text",
    [
        "вернутся", "вернуться", "вернулось", "вернусь", "вернула", "вернули", "вернуло", "вернул",
        "вернется", "вернёмся", "вернётесь", "вернитесь", "вернись", "вернуть", "вернувшись",
        "возвращаясь", "возвращается", "возвращаются", "возвращалась", "возвращайтесь",
        "возвращаемся", "возврат", "дернулась", "дернулся", "свернулась", "увернулась",
        "обернулась", "развернулась", "перевернулась", "повернулась", "завернула", "верилось",
        "верила", "венера", "верность", "вернула клиенту деньги", "клиент вернулсь",
        "Оля вернулас", "не вернулсь", "вернулсь?", "вы вернулсь", "работают", "работай", "работая",
        "закончили", "закончить", "приступим", "включится", "пришли", "готовы", "готово",
    ],
)  # fmt: skip
def test_other_words_of_one_letter_more_or_less_are_no_slips(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "", "👍", "ок", "спасибо", "15", "час", "доброе утро всем", "всем до завтра", "я всё",
        "кто на обеде?", "обед?", "Оля, обед", "Оля на обеде", "обед был вкусный",
        "когда у нас перерыв", "обед в 13:00", "можно в 13:00 на обед?", "можно обед с 15:00",
        "можно в 13 на обед?",
        "не вернулась", "Оля вернулась?", "не ухожу", "ухожу?", "всё, ухожу", "Оля, ухожу",
        "я не на обеде", "на обед не пойду",
        "у кого сип завис?", "сип не завис", "СВ, подойдите", "можно уйти домой?",
        "кто закончил смену?", "https://crm.example/orders/f5086aeebb могу ли оформить?",
        "обед 5000 минут это шутка",
        "обед" + " обед" * 50,
    ],
)  # fmt: skip
def test_talk_is_no_pause(text: str) -> None:
    assert read(text) is None
