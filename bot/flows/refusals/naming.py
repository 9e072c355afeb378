"""Whom a supervisor's words name, and why. Nobody is guessed: the card shows what it understood."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from bot.flows.asking import is_talk, is_withdrawal, sounds_decided
from bot.flows.names import same_person
from bot.flows.orders import short
from bot.flows.refusals.words import LETTERS, plain

_WORD = r"[^\W\d_][\w-]+"
_PATRONYMIC = r"[^\W\d_][\w-]*(?:вна|чна|ич)\b"
#: «нет, за ...», «оператор: ...»: the name stands behind.
_LEADS_IN = re.compile(
    r"\W*(?:(?:нет|да|не так|хорошо|ладно|ок|оператор|отказ|это|(?P<declined>за))\b\W+)*",
    re.IGNORECASE,
)
#: «не Гудков Глеб, а Ильина Вера» names two.
_DENIES = re.compile(r"\W*не\b(?! так)", re.IGNORECASE)
#: «Фамилия Имя», with the patronymic perhaps; or one word of it.
_NAMED = re.compile(
    rf"\W*({_WORD})\s+({_WORD})(?:\s+({_PATRONYMIC}))?(.*)", re.DOTALL | re.IGNORECASE
)
_ONE = re.compile(rf"\W*({_WORD})(.*)", re.DOTALL)
#: How that begins what is no more the name's sentence.
_APART = re.compile(r"\s*(?:$|[^\w\s])")
_WAITS = (
    r"(?:сейчас|щас|потом|позже|завтра|момент|(?:подо)?жд(?:и|ите)|погоди(?:те)?|давай(?:те)?"
    r"|секунд(?:у|ы|очку)?|минут(?:у|ы|к[уи]|очку)?|(?:по)?смотрю|(?:по|про)?слушаю|проверя?ю"
    r"|(?:по)?думаю|уточня?ю|разб(?:ираюсь|ерусь))"
)
#: «сейчас посмотрю», «минутку, клиент на линии»: no name begins so.
_NO_NAME = re.compile(
    rf"\b(?:{_WAITS}|коллеги|спасибо|хорошо|ладно|клиент(?:ка)?)\b", re.IGNORECASE
)
_THANKS = re.compile(r"\W*(?:спасибо|спс|благодарю)\b", re.IGNORECASE)
#: What says no more than that he is busy with it.
_LATER = re.compile(rf"\W*{_WAITS}(?:\W+\w+){{0,3}}\W*", re.IGNORECASE)
#: Words that stand on buttons, and answers to what a card has understood.
_OF_BUTTONS = re.compile(
    r"\W*(?:верно|правильно|точно|именно|(?:вс[её] )?так(?: и есть)?|не (?:так|он[аи]?|то|тот|та)"
    r"|неверно|неправильно|(?:нарушени[яй]\W+нет|нет\W+нарушени[яй])|назад|отмен\w*)\W*",
    re.IGNORECASE,
)
#: How somebody begins who does not agree with whom the bot has proposed.
_AGAINST = re.compile(r"\W*(?:нет|не|за)\b", re.IGNORECASE)
_VOWELS = "аяйьоеиыую"
#: Longest ending of a name in whatever case; of a short one only these are a name's.
_ENDING, _SHORT_STEM = 3, 3
_ENDINGS = frozenset({"", "а", "ы", "е", "у", "ой"})


@lru_cache(maxsize=256)  # as `plain`
def named_in(text: str, called: tuple[str, ...], *, apart: bool = False) -> tuple[str, str]:
    """(whom, why) that a supervisor's reply says; ("", "") where it names nobody.

    It is one of those whom the lead's calls name, in any way of writing, or by a word of the name
    that only he has and that stands apart; he is then called as there. Or two words that are
    written as a name is: somebody who has not called.

    `apart`: the whole name stands apart, too; else any two words may begin an explanation.
    """
    leads_in = _LEADS_IN.match(text)
    if _DENIES.match(text) or leads_in is None:
        return "", ""
    said = text[leads_in.end() :].strip()
    two = _NAMED.match(said)
    if two is not None and (not apart or _APART.match(two[4])):
        name = " ".join(word for word in two.group(1, 2, 3) if word)
        whom = _called(name, called)
        if not whom and not leads_in["declined"] and _is_of_another(name, called):
            whom = short(name)
        if whom:
            return whom, _why(two[4])
    one = _ONE.match(said)
    if one is not None and _APART.match(one[2]):
        whom = _bearer(plain(one[1]), called)
        return (whom, _why(one[2])) if whom else ("", "")
    return "", ""


def _called(name: str, called: Sequence[str]) -> str:
    alike = [one for one in called if same_person(one, name)]
    if len(alike) > 1:
        # Two patronymics, and he has written none.
        alike = [one for one in alike if len(one.split()) == len(name.split())]
    return alike[0] if alike else ""


def _bearer(word: str, called: Sequence[str]) -> str:
    """The one whose name has that word; nobody is guessed."""
    bearers = [one for one in called if word and word in plain(one).split()]
    return bearers[0] if len(bearers) == 1 else ""


def _is_of_another(name: str, called: Sequence[str]) -> bool:
    """Whether it is written as a name is, and not that of two who have called."""
    words = name.split()[:2]
    is_name = all(word[0].isupper() for word in words) and not _NO_NAME.search(" ".join(words))
    return is_name and not any(same_person(one, name) for one in called)


def _why(behind: str) -> str:
    why = behind.strip(' \n,.:;—–-«»"')
    return why if says_why(why) else ""


def means_somebody(text: str, called: tuple[str, ...]) -> bool:
    """Whether it may be meant to name somebody, and is not said to whoever speaks there."""
    if is_talk(text) or sounds_decided(text) or _THANKS.match(text):
        return False
    is_said = _NO_NAME.search(" ".join(text.split()[:2])) is not None
    return resembles(text, called) or (bool(LETTERS.search(text)) and not is_said)


def resembles(text: str, called: tuple[str, ...]) -> bool:
    """Whether it has a word of somebody's name in it, in whatever case: «за Гудковым»."""
    stems = [word.rstrip(_VOWELS) for one in called for word in plain(one).split()[:2]]
    return any(_is_case_of(stem, word) for word in plain(text).split() for stem in stems)


def _is_case_of(stem: str, word: str) -> bool:
    ending = word.removeprefix(stem) if word.startswith(stem) else None
    if ending is None or len(ending) > _ENDING:
        return False
    return len(stem) > _SHORT_STEM or ending in _ENDINGS


def corrects(text: str, called: tuple[str, ...]) -> bool:
    """Whether it takes back whom the bot has proposed: «нет, за Гудковым»."""
    return _AGAINST.match(text) is not None and resembles(text, called)


def names_instead(text: str, called: tuple[str, ...]) -> tuple[str, str]:
    """(whom, why) that stands against whom the bot has proposed: one of the calls.

    «нет» comes before it, or it is the whole name with a reason: «Вера, спасибо» speaks to her.
    """
    whom, why = named_in(text, called, apart=True)
    two = _NAMED.match(text)
    is_whole = two is not None and _called(f"{two[1]} {two[2]}", called) == whom
    is_meant = _AGAINST.match(text) is not None or (is_whole and bool(why))
    return (whom, why) if whom in called and is_meant else ("", "")


def is_for_button(text: str) -> bool:
    """Whether that is what a button says, or «верно» and «не он»."""
    return _OF_BUTTONS.fullmatch(text) is not None


def says_why(text: str) -> bool:
    """Whether it may be the reason why the refusal is somebody's."""
    is_answer = sounds_decided(text) or is_for_button(text) or _LATER.fullmatch(text)
    return bool(LETTERS.search(text)) and not (is_talk(text) or is_withdrawal(text) or is_answer)
