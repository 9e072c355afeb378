"""What operators write in «Проект Белкин»: who leaves for what and how long, who is back.

Read strictly: every word of the first phrase must be one of this chat's, so that talk about a
lunch is no lunch. What follows the phrase («обед 30, борщ стынет») may be anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import lru_cache

from bot.flows.asking import is_withdrawal
from bot.flows.pauses.case import Kind
from bot.flows.pauses.slips import is_slip


class Word(StrEnum):
    """What somebody says of himself."""

    LEAVE = "leave"
    #: Longer than he said before: it means nothing at one's desk.
    LONGER = "longer"
    BACK = "back"
    CANCEL = "cancel"
    #: The word of the button, by him whose turn has come: else it is talk.
    GO = "go"
    SHIFT_OVER = "shift_over"


@dataclass(frozen=True, kw_only=True)
class Said:
    """A post as this chat reads it.

    Attributes:
        kind: None: he names none («отошла», «10 минут»).
        length: None: he names none. With LONGER: by how much.
        plainly: with CANCEL: in a word that takes something back whatever it is said about, which
            «не надо» is not.
    """

    what: Word
    kind: Kind | None = None
    length: timedelta | None = None
    plainly: bool = False


#: A longer line is a speech, and speeches take nobody off the line.
_LONGEST_LINE = 160
#: Of a pause, minutes: more is a slip of the finger, or no pause.
_LONGEST_PAUSE = 600

_CLOCK = r"\d{1,2}[:.]\d{2}"
_FROM_TO = re.compile(rf"(?:\bс )?\b({_CLOCK})\s*(?:до|-|–|—)\s*({_CLOCK})\b")
_UNTIL = re.compile(rf"\bдо {_CLOCK}\b")
_SINCE = re.compile(rf"\bс {_CLOCK}\b(?!\s*(?:до|-|–|—))")
_ANY_CLOCK = re.compile(rf"\b{_CLOCK}\b")
_CLAUSE = re.compile(r"[,.;:!?()/\n…—–]|\s-\s")
_TOKEN = re.compile(r"[а-яa-z]+|\d+")

#: Several words that mean one, before a post is taken apart.
_AS_ONE = tuple(
    (re.compile(rf"\b{pattern}\b"), word)
    for pattern, word in (
        (r"тех(?:\.|н[а-я]*)?[\s-]*(?:стоп|пауз|перерыв|неполадк|проблем|причин|сбо)[а-я]*",
         "техстоп"),
        (r"(?:с|со|к|у) (?:св|супервайзер[а-я]*|руководител[а-я]*)", "консультация"),
        (r"на месте|в работе|на лини[ию]|в строю|на связи|в сети", "вернулась"),
        (r"в (?:туалет|уборную|wc)", "перерыв"),
        (r"пол(?:\s?часа|\s?часика)", "30 минут"),
        (r"полтора часа|1[.,]5 ?ч(?:аса)?", "90 минут"),
        (r"(?:пар[уа] минут|(?<!\d )(?:минут|секунд)(?:у|ку|очку))", "5 минут"),
        (r"рабочий день|рабочего дня", "смену"),
        (r"на сегодня все|все на сегодня", "смену закончила"),
    )
)  # fmt: skip


def _words(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


_KINDS = {
    Kind.LUNCH: _words(r"обед[а-я]{0,4}", r"пообеда(?:ть|ю)", r"(?:по)?кушать", r"поесть", r"ланч"),
    Kind.BREAK: _words(
        r"перерыв[а-я]{0,3}", r"перерывчик", r"пауз[а-я]{1,2}", r"перекур[а-я]{0,2}",
        r"(?:по)?курить", r"отдых[а-я]{0,2}", r"чай", r"кофе", r"попить",
    ),
    Kind.TRAINING: _words(
        r"обучени[а-я]", r"обучаюсь", r"тренинг[а-я]{0,2}", r"учеб[а-я]", r"вебинар[а-я]{0,2}"
    ),
    Kind.CONSULTATION: _words(r"консультаци[а-я]{1,2}", r"консультируюсь"),
    Kind.TECHNICAL: _words(r"техстоп"),
}  # fmt: skip
#: These need no noun: «отошла».
_LEAVES = _words(
    r"отош(?:ла|ел)", r"отойду", r"отхожу", r"отойти", r"отлуч(?:усь|илась|ился|иться)",
    r"вы(?:шла|шел|йду)", r"уш(?:ла|ел)", r"отбе(?:жала|жал|гу)",
)  # fmt: skip
_ASKS = _words(r"можно", r"могу", r"разреши(?:те)?", r"отпусти(?:те)?")
_ASKED = re.compile(rf"\b(?:{_ASKS.pattern})\b")
_MORE = _words(r"еще", r"задерж(?:усь|иваюсь|алась|ался)", r"продли(?:те|ть)?", r"плюс")
_GREETS = _words(
    r"всем", r"привет", r"здравствуйте", r"добр(?:ый|ое)", r"день", r"вечер", r"утро", r"коллеги",
    r"дев(?:очки|чата|чонки)", r"ребята", r"народ",
)  # fmt: skip
_FILLS = _words(
    r"я", r"на", r"за", r"и", r"же", r"иду", r"пош(?:ла|ел)", r"пойду", r"пойти", r"ухожу", r"уйду",
    r"уйти", r"выхожу", r"выйти", r"схо(?:жу|дить)", r"бер[уе]м?", r"взя(?:ла|л|ть)", r"возьму",
    r"нача(?:ла|л|ть)", r"начинаю", r"став(?:лю|ьте|ить)", r"постав(?:ила|ил|лю|ьте|ить)",
    r"нуж(?:ен|на|но)", r"надо", r"хочу", r"прошу", r"пожалуйста", r"пж", r"пжл?ст?", r"плиз",
    r"сейчас", r"щас", r"ща", r"уже", r"коротк[а-я]{2}", r"небольш[а-я]{2}", r"быстр[а-я]{1,4}",
    r"мин", r"минут[а-я]{0,2}", r"м", r"час[а-я]{0,2}", r"ч", r"\d{1,3}", r"попью", r"говорю",
)  # fmt: skip
_RETURNS = _words(
    r"верну(?:лась|лся|лись)", r"возвращаюсь", r"тут", r"здесь", r"работаю", r"готова?",
    r"приш(?:ла|ел)", r"включ(?:илась|ился|аюсь)", r"продолжаю", r"приступ(?:аю|ила|ил)",
    r"закон(?:чила|чил|чилась|чился|чилось|чен|чена|чено)", r"отвис(?:ла|ло)?",
    r"заработа(?:л|ла|ло)", r"почин(?:или|ила|ил)",
)  # fmt: skip
_WITH_RETURN = _words(
    r"я", r"уже", r"все", r"с", r"со", r"снова", r"опять", r"сип", r"микросип", r"срм", r"crm",
    r"и", r"к", r"работе", r"работать", r"комп(?:ьютер)?", r"интернет",
)  # fmt: skip
_GO = _words(r"ухожу", r"пош(?:ла|ел)", r"иду", r"выхожу")
_WITH_GO = _words(r"я", r"уже", r"сейчас", r"тогда", r"спасибо", r"ок")
_SHIFT = _words(r"смен[а-я]{1,2}", r"работу")
_ENDS = _words(
    r"зак(?:ончила|ончил|анчиваю|ончена?|рыла|рыл|рываю|рыта)", r"конец", r"сда(?:ла|л|ю)",
    r"заверш(?:ила|ил|аю|ена)", r"око(?:нчена|нчила|нчил)", r"отработа(?:ла|л)",
)  # fmt: skip
_GOES = _words(
    r"все", r"отключ(?:аюсь|илась|ился)", r"выключаюсь", r"ухожу", r"уш(?:ла|ел)", r"побежала?",
    r"отработа(?:ла|л)",
)  # fmt: skip
_FAREWELLS = _words(
    r"завтра", r"понедельник[а-я]?", r"вторник[а-я]?", r"сред[а-я]", r"четверг[а-я]?",
    r"пятниц[а-я]", r"суббот[а-я]", r"воскресень[а-я]", r"домой", r"свидания",
    r"спокойной", r"ночи",
)  # fmt: skip
_WITH_END = _words(
    r"я", r"до", r"на", r"сегодня", r"уже", r"мо[юя]", r"сво[юя]", r"пока", r"спасибо",
    r"(?:по)?раньше", r"хорошего", r"вечера", r"и", r"встречи",
)  # fmt: skip
#: Trouble is told in one's own words: a thing, and what it does.
_THING = re.compile(
    r"\b(?:микро)?сип|sip|софтфон|[сc]рм|crm|\bкомп|ноут|интернет|\bинет|гарнитур|наушник|микрофон"
    r"|\bсвет|электричеств|программ|скрипт|связь|\bзвук|телефони|монитор|мышк|клавиатур|\bсистем"
)
_TROUBLE = re.compile(
    r"\bзавис|\bвис(?:ит|нет)|вылет|упал|глюч|\bлага|тормоз|не (?:работа|груз|звон|подключ|слыш"
    r"|включ|открыв|запуск|пуск)|пропал|отключил|сломал|перезагру|перезапус|выключаю|отвал|обновля"
    r"|переустан|\bнет\b|вырубил"
)
_RESTARTS = re.compile(r"\b(?:перезагружаюсь|перезагружусь|перезапускаюсь)\b")
_UNTROUBLED = re.compile(r"\bне (?:завис|вис|глюч|лага|тормоз|упал|вылет)")
_CHANGED_HIS_MIND = re.compile(r"^\W*(?:я )?(?:уже )?передума(?:ла|л)\W*$")
#: Taken back in these words is a question, which this chat has none of.
_OF_A_QUESTION = re.compile(r"\b(?:вопрос|ответ|клиент|снят|он[аи]?\b)")
_PLUS = re.compile(r"^\s*\++\s*$")
_NUMBERS = {
    "пять": 5, "десять": 10, "пятнадцать": 15, "двадцать": 20, "тридцать": 30, "сорок": 40,
}  # fmt: skip
_LENGTH = re.compile(
    r"(?:\b(\d{1,2}) ?ч(?:ас[а-я]{0,2})?\b|\b(час)\b) ?(?:(\d{1,3})\b)?|\b(\d{1,3})\b"
)

#: A bare number is a length only beside a pause; alone it needs its unit.
_UNIT = re.compile(r"\d (?:м|ч)")


def is_plus(text: str) -> bool:
    """Whether it says «+» and nothing else: «here I am», or «agreed» where it answers somebody."""
    return _PLUS.match(text) is not None


@lru_cache(maxsize=4096)
def read(text: str) -> Said | None:
    """What the post says of its poster; None: it is small talk."""
    line = next((line for line in text.splitlines() if line.strip()), "")
    words = " ".join(line.casefold().replace("ё", "е").split())
    if not words or len(words) > _LONGEST_LINE:
        return None
    withdraws = is_withdrawal(line)
    if _CHANGED_HIS_MIND.match(words) or (withdraws and not _OF_A_QUESTION.search(words)):
        plainly = not withdraws or is_withdrawal(line, asked=True)
        return Said(what=Word.CANCEL, plainly=plainly)
    if _PLUS.match(words):
        return Said(what=Word.BACK)
    for pattern, word in _AS_ONE:
        words = pattern.sub(word, words)
    asks = "?" in words
    if not asks and not _ASKED.search(words):
        # «Обед с 14:00» is said when it begins; «можно с 14:00?» is not.
        words = _SINCE.sub(" ", words)
    clauses = [_TOKEN.findall(clause) for clause in _CLAUSE.split(_without_clock(words))]
    clauses = [clause for clause in clauses if clause]
    if not asks and _is_shift_over(clauses):
        return Said(what=Word.SHIFT_OVER)
    if not asks and _is_back(clauses):
        return Said(what=Word.BACK)
    goes = not asks and _goes(clauses)
    return Said(what=Word.GO) if goes else _leaves(words, clauses, asks=asks)


def _goes(clauses: list[list[str]]) -> bool:
    """«ухожу», «спасибо, я пошла»: and nothing else, so that it names neither pause nor length."""
    spoken = [token for clause in clauses for token in clause]
    goes = [_GO.fullmatch(token) is not None for token in spoken]
    return any(goes) and all(
        one or _WITH_GO.fullmatch(token) for token, one in zip(spoken, goes, strict=True)
    )


def _leaves(words: str, clauses: list[list[str]], *, asks: bool) -> Said | None:
    span = _FROM_TO.search(words)
    if _ANY_CLOCK.search(_without_clock(words)):
        # «Можно в 13:00 на обед?» is about later.
        return None
    spoken = [token for clause in _leaving(clauses) for token in clause]
    kind = next((kind for token in spoken for kind in _kinds_of(token)), None)
    length = _between(span) if span is not None else _length(spoken)
    says_more = any(_MORE.fullmatch(token) for token in spoken)
    if says_more and length is not None and kind is None:
        return Said(what=Word.LONGER, length=length)
    if not asks or length is not None or any(_ASKS.fullmatch(token) for token in spoken):
        leaves = kind is not None or any(_LEAVES.fullmatch(token) for token in spoken)
        if leaves or (length is not None and _UNIT.search(" ".join(spoken))):
            return Said(what=Word.LEAVE, kind=kind, length=length)
    if not asks and _is_trouble(words):
        minutes = re.search(r"\d+ ?мин", words)
        length = None if minutes is None else _length(_TOKEN.findall(minutes[0]))
        return Said(what=Word.LEAVE, kind=Kind.TECHNICAL, length=length)
    return None


def _leaving(clauses: list[list[str]]) -> Iterator[list[str]]:
    """The phrase that leaves, clause by clause, up to the first that has other words."""
    for number, clause in enumerate(clauses):
        if all(_is_leaving(token) or _GREETS.fullmatch(token) for token in clause):
            yield clause
        elif number or len(clause) > 1 or len(clauses) == 1 or not _asks_for_himself(clauses[1]):
            # «Ирина, можно на обед?» calls somebody; «Оля, обед» sends somebody.
            return


def _asks_for_himself(clause: list[str]) -> bool:
    return any(word == "я" or _ASKS.fullmatch(word) for word in clause)


def _is_leaving(token: str) -> bool:
    return (
        any(pattern.fullmatch(token) for pattern in (_LEAVES, _ASKS, _MORE, _FILLS))
        or token in _NUMBERS
        or any(True for _ in _kinds_of(token))
    )


def _kinds_of(token: str) -> Iterator[Kind]:
    for kind, pattern in _KINDS.items():
        if pattern.fullmatch(token):
            yield kind


def _is_back(clauses: list[list[str]]) -> bool:
    """«вернулась», «я на месте», «закончила обед», «обед всё», «с обеда»."""
    for clause in clauses:
        if all(_GREETS.fullmatch(token) for token in clause):
            continue
        about_pause = [any(True for _ in _kinds_of(token)) for token in clause]
        returns = [_RETURNS.fullmatch(token) is not None or is_slip(token) for token in clause]
        known = [
            one or two or _WITH_RETURN.fullmatch(token) or _GREETS.fullmatch(token)
            for token, one, two in zip(clause, about_pause, returns, strict=True)
        ]
        ends = any(about_pause) and bool({"все", "с", "со"} & set(clause))
        return all(known) and (any(returns) or ends)
    return False


def _is_shift_over(clauses: list[list[str]]) -> bool:
    """«смену закончила», «я всё, до завтра»."""
    spoken: list[str] = []
    for clause in clauses:
        if not all(_is_end(token) for token in clause):
            break
        spoken += clause

    def has(pattern: re.Pattern[str]) -> bool:
        return any(pattern.fullmatch(token) for token in spoken)

    return (has(_SHIFT) and (has(_ENDS) or "все" in spoken)) or (has(_GOES) and has(_FAREWELLS))


def _is_end(token: str) -> bool:
    return any(
        pattern.fullmatch(token)
        for pattern in (_SHIFT, _ENDS, _GOES, _FAREWELLS, _WITH_END, _GREETS)
    )


def _is_trouble(words: str) -> bool:
    if _UNTROUBLED.search(words):
        return False
    told = _THING.search(words) and _TROUBLE.search(words)
    return bool(told or _RESTARTS.search(words))


def _without_clock(words: str) -> str:
    return _UNTIL.sub(" ", _FROM_TO.sub(" ", words))


def _between(span: re.Match[str]) -> timedelta | None:
    """«с 13:00 до 13:30»: half an hour; over midnight too."""
    hours, minutes = zip(*(re.split(r"[:.]", clock) for clock in span.groups()), strict=True)
    start, end = (int(hour) * 60 + int(minute) for hour, minute in zip(hours, minutes, strict=True))
    return _sane((end - start) % (24 * 60))


def _length(spoken: list[str]) -> timedelta | None:
    """«15», «30 мин», «час», «1 ч 20»."""
    found = _LENGTH.search(" ".join(str(_NUMBERS.get(token, token)) for token in spoken))
    if found is None:
        return None
    hours, one_hour, and_minutes, minutes = found.groups()
    if minutes is not None:
        return _sane(int(minutes))
    return _sane(60 * (1 if one_hour else int(hours)) + int(and_minutes or 0))


def _sane(minutes: int) -> timedelta | None:
    return timedelta(minutes=minutes) if 0 < minutes <= _LONGEST_PAUSE else None
