"""What people's words mean in «Возврат Обмен»: a client's trouble, and which order. Pure.

What is taken here goes into the lead as the client's words: people's talk must not.
"""

from __future__ import annotations

import re

from bot.flows.phone_shape import phone_shape

#: A longer one is a speech.
_LONGEST = 300

# One client: «у клиентов», «база клиентов» tell of none.
_WHO = r"\b(?:клиент(?:ка)?|покупатель(?:ница)?)\b"
_OF_WHOM = r"(?:клиент(?:а|ки)|покупател(?:я|ьницы))\b"
_TO_WHOM = r"\b(?:клиент(?:у|ке)|покупател(?:ю|ьнице))\b"
_WISHES = r"(?:хочет|просит|требует|желает|настаивает)\b"
_BACK = (
    r"(?:обмен(?:а|ять)?\b|замен[уы]\b|вернуть\b(?!\s+(?:скидк|цен|голос))|возврат(?:а|ом)?\b"
    r"|деньги\s+(?:назад|обратно)\b)"
)
# «сломался», «телефон битый», «не заряжает», «не тот размер». Not «сломал», said of a person too.
_BROKEN = (
    r"(?:слома(?:л(?:ся|ась|ось|ись)|н(?:а|о|ы|н\w+)?)\b|брак(?:ован\w+)?\b"
    r"|бит(?:ый|ая|ое|ые)\b(?!\s+(?:час|день|недел))|разбит\w*|треснул\w*|дефект\w*|неисправ\w+"
    r"|порван\w*|протекает\b|поцарапан\w*"
    r"|не\s+(?:включа|заряжа)\w+|не\s+подош(?:[её]л|ла|ло|ли)\s+(?:размер|цвет)\w*"
    r"|(?:не\s+т(?:от|а|о|е)|не\s+того)\s+(?:размер|цвет|товар|модел)\w*)"
)
# «клиент хочет обменять»: the client himself does, and not «Ирина просит вернуть».
_CLIENT_WISHES = re.compile(
    rf"(?:{_WHO}(?:\s+(?:очень|теперь|уже|сразу|говорит))*\s+{_WISHES}"
    rf"|{_TO_WHOM}\s+(?:нужен|нужна|надо)\b)[^.!;\n]*?\b{_BACK}",
    re.IGNORECASE,
)
# «у клиента сломался повербанк», «клиентке пришёл не тот размер».
_CLIENT_HAS = re.compile(
    rf"(?:\bу\s+{_OF_WHOM}|{_TO_WHOM}\s+(?:приш|прив[её]з|присла|достав)\w+"
    rf"|{_WHO}\s+(?:получил|говорит|жалуется|сообщает|пишет)\w*)[^.!;\n]*?\b{_BROKEN}",
    re.IGNORECASE,
)
# Behind a link nobody else need be named: «сломался повербанк», «товар битый», «хочет возврат».
_BEGINS = re.compile(
    rf"^\W*(?:(?:(?:приш[её]л|пришла|пришло|пришли|прислали|привезли|товар)\s+)?{_BROKEN}"
    rf"|{_WISHES}\s+(?:обмен(?:ять)?\b|возврат\b|вернуть\s+(?:деньги|товар)\b"
    r"|деньги\s+(?:назад|обратно)\b))",
    re.IGNORECASE,
)
# Beside a phone no client need be named either: «8701… хочет вернуть», «звонит с 8701…, обмен».
_WITH_PHONE = re.compile(
    r"^\W*(?:(?:клиент(?:ка)?|он[аи]?|звонит|звонил[аи]?|заказ(?:ывал[аи]?)?|был|на|со?|номера?"
    rf"|тел(?:ефон)?)\W+)*(?:{_WISHES}\s+)?{_BACK}(?:\s+(?:деньги|денег|товар\w*|заказ\w*))?\W*$",
    re.IGNORECASE,
)
_PHONE = re.compile(phone_shape(8))
#: A digit too few or too many, with the country or without it. Nine digits may be an order's; of
#: twelve, as an ИИН has too, no area code is as most years of birth.
_MISTYPED = re.compile(r"[78]\d{9,10}|[78][34789]\d{10}|9\d{10}|0[1-9]\d{8}")
_ALONE = re.compile(r"^\W*(?:на\s+)?(?:обмен|возврат(?:\s+денег)?|брак)\W*$", re.IGNORECASE)
# The operators' own affairs, which nobody has bought: shifts, papers, keys, calls, programs.
_OF_WORK = re.compile(
    r"\bсмен(?:а|у|ы|е|ой|ами)\b|отгул|график|\bобед|перерыв|выходн|отпуск|зарплат|менеджер|преми[июя]"
    r"|девоч|девчат|ребят|\bколлег|бухгалт|начальн|руководит|супервайз|\bадмин|оператор"
    r"|кабинет|\bофис|\bключ(?:и|ей|а)?\b|пропуск|документ|\bотч[её]т|договор|\bакт(?:а|ы|ов)?\b"
    r"|справк|ведомост|звон(?:ок|ка|ки|ку)\b|дозвон|перезвон|трубк|\bлини[июяей]|связ"
    r"|гарнитур|микрофон|телефони|\bсип\b|\bsip\b|microsip|\bcrm\b|\b[цс]рм\b|интернет|программ"
    r"|звонилк|баланс|сервер|парол|логин|аккаунт|уч[её]тк|\bвпн\b|\bvpn\b|\bбот(?:а|у)?\b|\bсайт",
    re.IGNORECASE,
)
# What an office has too: of these only the client's own wish tells.
_OF_OFFICE = re.compile(
    r"\bкомп|ноут|монитор|экран|\bмыш|клав|систем|принтер|скан|наушник|роутер|вай-?фай|wi-?fi|планшет"
    r"|\bстул|кресл|\bстол|кондиц|чайник|кулер|кофе|микроволн|лифт|двер|зам(?:ок|ки)|\bсвет|розетк|ламп"
    r"|карточк|\bбаз[аеыу]\b|скрипт|заявк|\bлид|ссылк|кнопк|страниц|таблиц|\bзум|запис"
    r"|\bвс[её]\b|ничего|опять|снова|\bтут\b|\bздесь\b",
    re.IGNORECASE,
)
_OF_HIMSELF = re.compile(
    r"\b(?:я|мы|мне|меня|нам|нас|мо[йяеё]|наш\w*|хочу|могу|можно|надо|помогите|рабоч\w+)\b",
    re.IGNORECASE,
)
_OF_OTHERS = re.compile(r"\?|\b(?:как|где|кто|когда|почему|куда|чат|групп)", re.IGNORECASE)
_WISHES_NOT = re.compile(
    r"\bне\s+(?:хочет|просит|требует|желает|настаивает|нуж|надо)|передумал|отказал", re.IGNORECASE
)

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
    if _is_talk(text):
        return False
    return _CLIENT_WISHES.search(text) is not None or (
        _CLIENT_HAS.search(text) is not None and not _is_of_office(text)
    )


def speaks_of_return(text: str) -> bool:
    """Whether words beside a number that may be mistyped clearly say what its client wants."""
    words = _PHONE.sub(" ", text)
    return goes_on(words) or (not _is_talk(words) and _WITH_PHONE.match(words) is not None)


def may_be_phone(phone: str) -> bool:
    """Whether digits (`OddPhone.phone`) are so many, and begin so, that a phone is meant."""
    return _MISTYPED.fullmatch(phone) is not None


def goes_on(text: str) -> bool:
    """Whether words right behind a link sound as if they told what its client says.

    Strictly: the lead keeps them as the client's for ever, and who is not heard says it again.
    """
    if tells_of_return(text) or _ALONE.match(text):
        return True
    return not _is_talk(text) and not _is_of_office(text) and _BEGINS.match(text) is not None


def _is_talk(text: str) -> bool:
    kinds = (_OF_WORK, _OF_OTHERS, _WISHES_NOT)
    return len(text) > _LONGEST or any(one.search(text) for one in kinds)


def _is_of_office(text: str) -> bool:
    return _OF_OFFICE.search(text) is not None or _OF_HIMSELF.search(text) is not None


def number_in(text: str) -> str:
    """Which of the numbered orders a reply names, and nothing else; "" where it names none."""
    found = _NUMBER.match(text.replace("ё", "е"))
    if found is None:
        return ""
    word = found["word"]
    return found["digit"] or str(_ORDINALS.index(word.lower()) + 1)
