"""What people write around a card of «Не проставленные отказы»: a reason, a name, an appeal."""

from __future__ import annotations

import re

from bot.flows.asking import is_talk, sounds_decided
from bot.flows.codes import REFUSALS
from bot.flows.orders import short

#: «Фамилия Имя», and perhaps why.
_NAMED = re.compile(r"\W*([^\W\d_][\w-]+)\s+([^\W\d_][\w-]+)(?:[\s,.:;—–-]+(.*))?", re.DOTALL)
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


def _plain(text: str) -> str:
    return " ".join(_WORDS.findall(text.casefold().replace("ё", "е")))


#: A reason by its code or the CRM's words, also as it is said of a woman.
_REASONS = {
    **{code.code: code.code for code in REFUSALS},
    **{_plain(code.label): code.code for code in REFUSALS},
    **{f"{_plain(code.label)}а": code.code for code in REFUSALS if code.label.endswith("л")},
    "нашла дешевле": "61",
}


def reason_in(text: str) -> str:
    """The code of the reason that the words name, and nothing besides; "" where they do not."""
    return "" if "?" in text else _REASONS.get(_BEFORE_REASON.sub("", _plain(text)), "")


def named_in(text: str) -> tuple[str, str]:
    """(«Фамилия Имя», why) that a supervisor's reply says; ("", "") where it names nobody."""
    found = _NAMED.fullmatch(text.strip())
    if found is None or _NO_NAME.search(f"{found[1]} {found[2]}") is not None:
        return "", ""
    why = (found[3] or "").strip()
    return short(f"{found[1]} {found[2]}"), why if _LETTERS.search(why) else ""


def names_half(text: str) -> bool:
    """Whether it is one word, and not said to whoever speaks there: a surname alone, perhaps."""
    is_word = _WORD.fullmatch(text) is not None and _NO_NAME.search(text) is None
    return is_word and not (is_talk(text) or sounds_decided(text) or text.rstrip().endswith("?"))


def disagrees(text: str) -> bool:
    """Whether a reply to the notice is an appeal: anything but thanks and assent."""
    return bool(_LETTERS.search(text)) and _AGREES.fullmatch(text) is None


def objects(text: str) -> bool:
    """Whether it begins as he would who finds that it is not his refusal."""
    return _OBJECTS.match(text) is not None
