"""What people write around a card of «Не проставленные отказы»: a reason, a name, an appeal."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.flows.asking import is_talk, sounds_decided
from bot.flows.codes import REFUSALS
from bot.flows.names import same_person
from bot.flows.orders import short

_PATRONYMIC = r"[^\W\d_][\w-]*(?:вна|чна|ич)\b"
#: «Фамилия Имя», with the patronymic perhaps, and why.
_NAMED = re.compile(
    rf"\W*([^\W\d_][\w-]+)\s+([^\W\d_][\w-]+)(?:\s+({_PATRONYMIC}))?(?:\W+(.*))?",
    re.DOTALL | re.IGNORECASE,
)
_WORD = re.compile(r"\W*[^\W\d_][\w-]{2,}\W*")
_WAITS = (
    r"\b(?:сейчас|щас|потом|позже|завтра|момент|(?:подо)?жд(?:и|ите)|погоди(?:те)?|давай(?:те)?"
    r"|секунд(?:у|ы|очку)?|минут(?:у|ы|к[уи]|очку)?"
    r"|(?:по)?смотрю|(?:по|про)?слушаю|проверя?ю|(?:по)?думаю|уточня?ю|разб(?:ираюсь|ерусь))\b"
)
#: «сейчас посмотрю»: he says that he will say it.
_PUTS_OFF = re.compile(rf"\W*{_WAITS}(?:\W+\w+){{0,3}}\W*", re.IGNORECASE)
#: «сейчас посмотрю», «минутку, клиент на линии», «давайте завтра»: no name begins so.
_NO_NAME = re.compile(
    rf"{_WAITS}|\b(?:коллеги|спасибо|хорошо|ладно|клиент(?:ка)?)\b", re.IGNORECASE
)
#: A sentence begins with a capital too («Звоню Вере», «Пусть Глеб решит»), and whoever is spoken to
#: by his patronymic is written with two.
_SENTENCE = re.compile(
    rf"(?:\w+ю|жду|решу|пишу|спрошу|узнаю|наберу|это|пусть|если|когда|пока|вот|там|тут|она?|они"
    rf"|алло|привет|добрый|доброе|уважаем\w+) |\S+ {_PATRONYMIC}",
    re.IGNORECASE,
)
_WORDS = re.compile(r"\w+")
#: «причина: дорого», «отказ 63».
_BEFORE_REASON = re.compile(r"^(?:(?:отказ\w*|причина|код)\b ?)*")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
#: Words with which nobody disagrees.
_AGREES = re.compile(
    r"\W*(ок|окей|понял[аи]?|понятно|принял[аи]?|принято|спасибо|хорошо|ладно|ясно|да|согласен|согласна)\W*",
    re.IGNORECASE,
)
#: How he begins who speaks of himself; what is said of a client, or besides, is talk.
_OBJECTS = re.compile(
    r"\W*(?:(?:нет|я|но)\W+)*"
    r"(?:не ?соглас(?:ен|на|ны)\b|это не я\b"
    r"|(?:это )?не мо(?:й|я) (?:отказ|разговор|звонок|клиент|заявка|лид)\b)",
    re.IGNORECASE,
)


def plain(text: str) -> str:
    """The words alone, all small."""
    return " ".join(_WORDS.findall(text.casefold().replace("ё", "е")))


#: A reason by its code or the CRM's words, also as it is said of a woman.
_REASONS = {
    **{code.code: code.code for code in REFUSALS},
    **{plain(code.label): code.code for code in REFUSALS},
    **{f"{plain(code.label)}а": code.code for code in REFUSALS if code.label.endswith("л")},
    "нашла дешевле": "61",
}


def reason_in(text: str) -> str:
    """The code of the reason that the words name, and nothing besides; "" where they do not."""
    return "" if "?" in text else _REASONS.get(_BEFORE_REASON.sub("", plain(text)), "")


def named_in(text: str, called: Sequence[str]) -> tuple[str, str]:
    """(whom, why) that a supervisor's reply says; ("", "") where it names nobody.

    It is one of those whom the lead's calls name, written in any way (a surname alone does where
    only he has it), and is then called as there; or two words that are written as a name is.
    """
    found = _NAMED.fullmatch(text.strip())
    if found is None:
        return _of_surname(text, called), ""
    name = " ".join(word for word in found.group(1, 2, 3) if word)
    whom, why = _whom(name, called), (found[4] or "").strip()
    says_why = bool(whom and _LETTERS.search(why)) and not is_talk(why)
    return whom, why if says_why else ""


def _whom(name: str, called: Sequence[str]) -> str:
    alike = [one for one in called if same_person(one, name)]
    if len(alike) > 1:
        # Two patronymics, and he has written none.
        alike = [one for one in alike if len(one.split()) == len(name.split())] or [""]
    return alike[0] if alike else short(name) if _is_written_as_name(name) else ""


def _is_written_as_name(name: str) -> bool:
    surname, first, *_ = name.split()
    if _NO_NAME.search(f"{surname} {first}") or _SENTENCE.match(f"{surname} {first}"):
        return False
    return all(word[0].isupper() and not word.isupper() for word in (surname, first))


def _of_surname(text: str, called: Sequence[str]) -> str:
    """The CRM puts it first."""
    word = plain(text)
    bearers = [one for one in called if word and plain(one.partition(" ")[0]) == word]
    return bearers[0] if len(bearers) == 1 else ""


def may_name(text: str, called: Sequence[str]) -> bool:
    """Whether it may be meant to name somebody, and is not said to whoever speaks there."""
    if is_talk(text) or sounds_decided(text) or _NO_NAME.search(" ".join(text.split()[:2])):
        return False
    first, *_ = (*text.split(maxsplit=1), "")
    is_of_calls = any(plain(first) == plain(one.partition(" ")[0]) for one in called)
    return bool(_WORD.fullmatch(text) or _NAMED.fullmatch(text.strip()) or is_of_calls)


def puts_off(text: str) -> bool:
    """Whether it says no more than that he will say it later."""
    return _PUTS_OFF.fullmatch(text) is not None


def disagrees(text: str) -> bool:
    """Whether a reply to the notice is an appeal: anything but thanks and assent."""
    return bool(_LETTERS.search(text)) and _AGREES.fullmatch(text) is None


def objects(text: str) -> bool:
    """Whether it begins as he would who finds that it is not his refusal."""
    return _OBJECTS.match(text) is not None
