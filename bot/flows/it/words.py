"""What operators type when something is broken, and what only looks like it.

Generous: they write in a hurry, with typos, Latin letters among Cyrillic ones, and words run
together. Small talk, thanks and good news open nothing.
"""

from __future__ import annotations

import re

from bot.flows import asking
from bot.flows.it.case import BALANCES, Category
from bot.flows.records import Post

#: Media that a ticket may consist of. A voice message, a GIF and a sticker are talk.
_SHOWS = frozenset({"photo", "video", "video_note", "document", "audio"})

_I = re.IGNORECASE
_COMMAND = re.compile(r"^\s*/it(@\w+)?(?=\s|$)", _I)

_BALANCE = re.compile(
    r"\bб[ао]л+[ао]н[сц]|недостаточно\s+средств|(нет|кончил\w*)\s+(денег|деньги)", _I
)
_SMS = re.compile(r"\b[cс][mм][cс]\w*|\bsms|эс\s?эм\s?эс", _I)
_CRM = re.compile(r"\b[cсц][rр][mм]\w{0,2}\b|\bлк\b|личн\w+\s+кабинет", _I)
_PHONE = re.compile(
    r"\bзв[ао]н[иы]л+к|\b[sс][iи][pп](?:ом|[аеу])?\b|(?:micro|mikro|микро|майкро)[\s-]?[sс][iи][pп]"
    r"|\b3\s?[cс][xх]|\bтелефони[яию]|\bдиал+ер|\bсофтфон",
    _I,
)
_HARDWARE = re.compile(
    r"\bгарнитур|\bн[ау]+шник|\bмикр[ао]фон|\bмышк|\bклавиатур|\bкомп(?:ьютер\w*|[ауеы]|ом)?\b"
    r"|\bноут(?:бук\w*)?\b|\bмонитор|\bинтернет|\bинет|\bвай-?фай|\bwi-?fi",
    _I,
)
_SOUND = re.compile(r"\bзвук|не\s*слыш", _I)
_CALLS = re.compile(r"гудк|дозвон|позвон|звон(?:ок|ки|ить|ит)|набор|регистрац", _I)
_OF_CRM = re.compile(r"карточк|\bлид|статус|заказ|сохран|скрипт", _I)

# A verb of trouble, whatever it is about. «Не работаю завтра» is none.
_BROKEN = re.compile(
    r"не\s*раб(?!ота(?:ю|ем|ешь|ете|ть|л))|\bзавис|\bвисн|\bвисит|\bвиси\b|подвис|\bглю[кч]|\bлага"
    r"|\bтормоз|\bошибк|\bашибк|\bошыбк|\berror|\bер+ор|нет\s+(?:зву|бал|связ|интернет|инет|гудк|доступ"
    r"|[cс][mм][cс]|sms)|без\s+звук|звук\w*\s+(?:нет|пропал)|не\s*слыш|не\s+(?:откр|гру[зж]|запус|груз"
    r"|подключ|отправ|сохран|прогру|логин|пуска|заход|заш|включ|регистр|дозв|звонит|ид[уе]т|приход"
    r"|уход|проход|обновл|отвеча|реагир)|не\s+могу\s+(?:зай|вой|откр|позв|дозв|подкл|залог|сохр"
    r"|отпр|постав|перезв|набр)|не\s+да[её]т|\bвылет|\bвыкидыв|\bвыкинул|\bсбой|\bслетел|\bотвал"
    r"|\bполомал|\bсломал|недоступ|\bпропал\w*\s+(?:звук|связ|интернет|инет)|\b50[0-4]\b|\b404\b",
    _I,
)
_WELL = re.compile(
    r"заработал|(?<!не )(?<!не)\bработа[ею]т|починил|исправил|пополнил[аи]?\b|пополнен|решил[аио]с"
    r"|восстанов|вс[её]\s+(?:ок|норм|хорошо|супер|в\s+порядке)|(?<!заранее )\bспасибо|благодар",
    _I,
)
_WORKS = re.compile(
    r"^\W*(?:(?:уже|у меня|теперь|вс[её]|снова)\s+)*"
    r"(?:заработал\w*|работает|решил[ао]сь|помогло)\W*$",
    _I,
)
_NOT_SOLVED = re.compile(
    r"не\s*решен|не\s*решил|не\s*решён|не\s*помог|\bопять|\bснова|по[\s-]прежнему|до\s+сих\s+пор"
    r"|вс[её]\s+(?:ещ[её]|равно)|то\s+же\s+самое|не\s*раб(?!ота(?:ю|л))",
    _I,
)
_ME_TOO = re.compile(
    r"^\W*(?:\+\s*1?|(?:и\s+)?у\s+(?:меня|нас)\s+(?:тоже|так\s*же|также)|тоже|аналогично)\b", _I
)
_GOES_ON = re.compile(
    r"^\W*(?:вот\b|так(?:ая|ой|ое|ие)\b|(?:мне\s+|оно\s+|она\s+|он\s+)?(?:пиш[еу]т|выда[её]т|показыва)"
    r"|на\s+(?:скрин|фото|экран)|скрин|при\s+(?!вет)|когда\s+(?:зах|откр|наж|звон|набир|сохр)"
    r"|после\s+(?:обнов|входа|перезаг)|перезагру)",
    _I,
)
# That there is an error, or its number, tells no trouble from another.
_ERROR = re.compile(r"\b[ао]ш[иы]бк\w*|\berror\w*|\bер+ор\w*|\b50[0-4]\b|\b404\b", _I)
# What a screen says is quoted, whatever it says.
_QUOTES = re.compile(
    r"^\W*(?:вот\s+)?(?:что\s+|как\s+)?(?:мне\s+|он[аои]?\s+)?(?:пиш[еу]т|выда[её]т|показыва)", _I
)
_ONE_MORE = re.compile(r"\bещ[её]\b|\bтоже\b|\bтакже\b", _I)
_PLUS = re.compile(r"^\s*\+\s*1?\s*$")


def is_ticket(post: Post) -> bool:
    """Whether a post reports something: a link, a picture or a file, `/it`, or words of trouble.

    An answer to somebody else is talk, unless it says `/it`.
    """
    if _COMMAND.match(post.text):
        return True
    if post.is_reply:
        return False
    return bool(post.leads) or post.media in _SHOWS or is_trouble(post.text)


def is_command(text: str) -> bool:
    """Whether it begins with /it: a ticket of its own, whatever it answers."""
    return _COMMAND.match(text) is not None


def words_of(text: str) -> str:
    """A post without its command and its links: what the operator said."""
    return asking.words_of(_COMMAND.sub("", text))


def is_trouble(text: str) -> bool:
    """Whether the words say that something is broken; the name of a system alone does."""
    words = words_of(text)
    if _BROKEN.search(words):
        return True
    named = any(what.search(words) for what in (_BALANCE, _CRM, _PHONE, _HARDWARE))
    return named and not _WELL.search(words)


#: What names a category, the plainest first.
_NAMES = (
    (_BALANCE, Category.BALANCE_CALLS),
    (_HARDWARE, Category.HARDWARE),
    (_PHONE, Category.PHONE),
    (_CRM, Category.CRM),
    (_SOUND, Category.HARDWARE),
    (_CALLS, Category.PHONE),
    (_OF_CRM, Category.CRM),
)


def guess(text: str, *, has_lead: bool) -> Category:
    """The likeliest category. A lead with no word of what is broken is about the CRM."""
    words = words_of(text)
    if _SMS.search(words) and (_BALANCE.search(words) or not _CRM.search(words)):
        return Category.BALANCE_SMS
    for what, category in _NAMES:
        if what.search(words):
            return category
    return Category.CRM if has_lead else Category.OTHER


def is_about(text: str, category: Category) -> bool:
    """Whether the words name that category, among others."""
    if category in BALANCES:
        # The one is named by the word of both.
        return guess(text, has_lead=False) is category
    words = words_of(text)
    return any(what.search(words) for what, named in _NAMES if named is category)


def goes_on(text: str) -> bool:
    """«Вот что пишет», «при входе»: words that report nothing alone, and go on with a report."""
    return _GOES_ON.match(text) is not None and asking.has_words(text) and not says_it_works(text)


def reports_nothing(text: str) -> bool:
    """Whether it only shows or goes on: no words, «ошибка 502», «вот такая ошибка», «при входе».

    What says besides that something does not work may mean another thing: it is a report.
    """
    words = words_of(text)
    beside = _ERROR.sub("", words)
    if not re.search(r"[^\W\d_]", beside):
        return True
    if not goes_on(words) or (_ONE_MORE.search(words) and is_trouble(words)):
        return False
    return _QUOTES.match(words) is not None or _BROKEN.search(beside) is None


def says_it_works(text: str) -> bool:
    """«Уже работает»: the operator needs nobody any more."""
    return _WORKS.match(text) is not None


def says_not_solved(text: str) -> bool:
    """«Не решено», or what people say instead."""
    return _NOT_SOLVED.search(text) is not None


def says_me_too(text: str) -> bool:
    """«У меня тоже»: a colleague wants to hear the outcome as well."""
    return _ME_TOO.match(text) is not None or _PLUS.match(text) is not None
