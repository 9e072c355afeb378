"""What people's words mean in «Возврат Обмен»: a client's trouble, and which order. Pure.

What is taken here goes into the lead as the client's words: people's talk must not.
"""

from __future__ import annotations

import re

#: A longer one is a speech.
_LONGEST = 300

# «хочет обменять», «требует деньги назад»: the client, as nobody says it of himself.
_WISHES = re.compile(
    r"\b(?:хо(?:чет|тят)|прос[ия]т|требу[ею]т|жела[ею]т|настаива[ею]т|решил[аи]?)\b", re.IGNORECASE
)
_BACK = re.compile(
    r"\bобмен(?:а|ять)?\b|\b(?:по|об)менять\b|\bзамен(?:у|ы|ить)\b|\b(?:сдать|вернуть)\b"
    r"|\bвозврат\w*|\bден(?:ьги|ег)\b",
    re.IGNORECASE,
)
# «сломался», «не заряжает», «телефон битый», «не тот размер».
_DEFECT = re.compile(
    r"слома[лн]|полома|\bбрак|\bбит(?:ый|ая|ое|ые)\b|\bразби[тл]|трещин|треснул|дефект|неисправ"
    r"|\bпор(?:ван|вал)|протека|поцарап|царапин|перегрева|перепута"
    r"|\bне\s+(?:работа|включа|заряж|держит|подош|подход|понрав|соответ|горит|греет|крутит|т(?:от|а|о|е)\b)",
    re.IGNORECASE,
)
_CLIENT = re.compile(r"\b(?:клиент|покупател)", re.IGNORECASE)
_ALONE = re.compile(r"^\W*(?:на\s+)?(?:обмен|возврат(?:\s+денег)?|брак)\W*$", re.IGNORECASE)
# The operators' own affairs: their tools, shifts and themselves.
_OF_WORK = re.compile(
    r"\bсмен(?:а|у|ы|ой|ами)\b|отгул|график|\bобед|перерыв|выходн|девоч|девчат|ребят|\bколлег"
    r"|гарнитур|микрофон|\bсип\b|\bsip\b|microsip|\bcrm\b|\b[цс]рм\b|интернет|программ|звонилк|баланс",
    re.IGNORECASE,
)
_OF_HIMSELF = re.compile(
    r"\b(?:я|мы|мне|меня|нам|нас|мо[йяеё]|хочу|могу|можно|надо)\b", re.IGNORECASE
)
_OF_OTHERS = re.compile(r"\?|\b(?:как|где|кто|когда|почему|куда|чат|групп)", re.IGNORECASE)

_ORDINALS = ("перв", "втор", "трет", "четверт", "пят", "шест")
# «1», «№ 2», «второй», «3-й заказ», «вот этот, первый».
_NUMBER = re.compile(
    rf"^\W*(?:(?:вот|этот|это|да|заказ|номер(?:ом)?|под|пункт|№)\W+)*№?\s*"
    rf"(?:(?P<digit>\d)(?:\W?(?:й|ый|ой|ий|е|ое|м))?|(?P<word>{'|'.join(_ORDINALS)})(?:ый|ой|ий|ое|ее|ье|ья|ая))"
    r"(?:\W+(?:заказ|номер|вариант|пожалуйста|спасибо))*\W*$",
    re.IGNORECASE,
)


def tells_of_return(text: str) -> bool:
    """Whether words without a lead clearly say what a client wants back, or what is broken."""
    return len(text) <= _LONGEST and _OF_OTHERS.search(text) is None and _is_clear(text)


def goes_on(text: str) -> bool:
    """Whether words right behind a link sound as if they told what its client says."""
    if len(text) > _LONGEST:
        return False
    if _is_clear(text) or _ALONE.match(text):
        return True
    is_talk = any(one.search(text) for one in (_OF_WORK, _OF_HIMSELF, _OF_OTHERS))
    return not is_talk and _DEFECT.search(text) is not None


def _is_clear(text: str) -> bool:
    if _OF_WORK.search(text) is not None:
        return False
    wishes = _WISHES.search(text) is not None and _BACK.search(text) is not None
    return wishes or (_CLIENT.search(text) is not None and _DEFECT.search(text) is not None)


def number_in(text: str) -> str:
    """Which of the numbered orders a reply names, and nothing else; "" where it names none."""
    found = _NUMBER.match(text.replace("ё", "е"))
    if found is None:
        return ""
    word = found["word"]
    return found["digit"] or str(_ORDINALS.index(word.lower()) + 1)
