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
#: «сейчас посмотрю», «минутку, клиент на линии», «давайте завтра»: no name begins so.
_NO_NAME = re.compile(
    r"\b(?:сейчас|щас|потом|позже|завтра|момент|(?:подо)?жд(?:и|ите)|погоди(?:те)?|давай(?:те)?"
    r"|секунд(?:у|ы|очку)?|минут(?:у|ы|к[уи]|очку)?|коллеги|спасибо|хорошо|ладно|клиент(?:ка)?"
    r"|(?:по)?смотрю|(?:по|про)?слушаю|проверя?ю|(?:по)?думаю|уточня?ю|разб(?:ираюсь|ерусь))\b",
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


def named_in(text: str, called: Sequence[str], *, wholly: bool = False) -> tuple[str, str]:
    """(whom, why) that a supervisor's reply says; ("", "") where it names nobody.

    It is one of those whom the lead's calls name, in any way of writing, also by a word of the name
    that only he has; and is then called as there. Or two words that are written as a name is.

    `wholly`: by the whole name alone; a reason behind one word of it may be about something else.
    """
    text = text.strip()
    found = _NAMED.fullmatch(text)
    name = "" if found is None else " ".join(word for word in found.group(1, 2, 3) if word)
    whom, rest = _called(name, called), "" if found is None else found[4] or ""
    if not whom:
        first, behind = _first_word(text)
        whom, rest = (_bearer(first, called), behind) if not (wholly and behind) else ("", "")
    is_guess = any(same_person(one, name) for one in called)
    if not whom and not is_guess and found is not None and _is_written_as_name(name):
        whom, rest = short(name), found[4] or ""
    says_why = bool(whom and _LETTERS.search(rest)) and not is_talk(rest)
    return whom, rest.strip() if says_why else ""


def _called(name: str, called: Sequence[str]) -> str:
    alike = [one for one in called if same_person(one, name)]
    if len(alike) > 1:
        # Two patronymics, and he has written none.
        alike = [one for one in alike if len(one.split()) == len(name.split())]
    return alike[0] if alike else ""


def _first_word(text: str) -> tuple[str, str]:
    first, _, behind = text.partition(" ")
    return plain(first), behind.strip(" ,.:;—–-")


def _bearer(word: str, called: Sequence[str]) -> str:
    """The one whose name has that word; nobody is guessed."""
    bearers = [one for one in called if word and word in plain(one).split()]
    return bearers[0] if len(bearers) == 1 else ""


def _is_written_as_name(name: str) -> bool:
    words = name.split()
    is_said = _NO_NAME.search(" ".join(words[:2])) is not None
    return not is_said and all(word[0].isupper() for word in words[:2])


def may_name(text: str, called: Sequence[str]) -> bool:
    """Whether it may be meant to name somebody, and is not said to whoever speaks there."""
    if is_talk(text) or sounds_decided(text) or _NO_NAME.search(" ".join(text.split()[:2])):
        return False
    first, _ = _first_word(text.strip())
    is_of_calls = any(first in plain(one).split() for one in called)
    return bool(_WORD.fullmatch(text) or _NAMED.fullmatch(text.strip()) or is_of_calls)


def disagrees(text: str) -> bool:
    """Whether a reply to the notice is an appeal: anything but thanks and assent."""
    return bool(_LETTERS.search(text)) and _AGREES.fullmatch(text) is None


def objects(text: str) -> bool:
    """Whether it begins as he would who finds that it is not his refusal."""
    return _OBJECTS.match(text) is not None
