"""What people write around a card of «Не проставленные отказы»: a reason, an appeal.

Whom a supervisor names is read in `naming`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from bot.flows.codes import REFUSALS

_WORDS = re.compile(r"\w+")
#: «причина: дорого», «отказ 63».
_BEFORE_REASON = re.compile(r"^(?:(?:отказ\w*|причина|код)\b ?)*")
#: «Другая причина»: its code, and how it is told with the words that it needs.
OTHER = "163"
_OTHER_REASON = re.compile(
    r"\W*(?:причина\W+)?другая причина\s*[^\w\s]\s*(.+)", re.IGNORECASE | re.DOTALL
)
LETTERS = re.compile(r"[^\W\d_]{2,}")
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
#: What a client does whom this chat is about.
_REFUSED = re.compile(r"\b(?:отказал|передумал)", re.IGNORECASE)


# Each row of the table that the words may mean asks anew.
@lru_cache(maxsize=256)
def plain(text: str) -> str:
    """The words alone, all small."""
    return " ".join(_WORDS.findall(text.casefold().replace("ё", "е")))


#: The code of a reason, by itself or by the CRM's words, also as it is said of a woman.
_CODE_OF = {
    **{code.code: code.code for code in REFUSALS},
    **{plain(code.label): code.code for code in REFUSALS},
    **{f"{plain(code.label)}а": code.code for code in REFUSALS if code.label.endswith("л")},
    "нашла дешевле": "61",
}


def reason_in(text: str) -> str:
    """The code of the reason that the words name, and nothing besides; "" where they do not."""
    return "" if "?" in text else _CODE_OF.get(_BEFORE_REASON.sub("", plain(text)), "")


def reason_told(text: str) -> tuple[str, str]:
    """The same code, and what «другая причина: уезжает» says besides."""
    code, other = reason_in(text), _OTHER_REASON.match(text)
    if code or other is None or "?" in text or not LETTERS.search(other[1]):
        return code, ""
    return OTHER, other[1].strip()


def still_says(code: str, text: str) -> bool:
    """Whether the words of that reason are among these."""
    said = f" {plain(text)} "
    return any(f" {words} " in said for words, its in _CODE_OF.items() if its == code)


def says_refused(text: str) -> bool:
    """Whether it says that the client refuses."""
    return _REFUSED.search(text) is not None


def disagrees(text: str) -> bool:
    """Whether a reply to the notice is an appeal: anything but thanks and assent."""
    return bool(LETTERS.search(text)) and _AGREES.fullmatch(text) is None


def objects(text: str) -> bool:
    """Whether it begins as he would who finds that it is not his refusal."""
    return _OBJECTS.match(text) is not None
