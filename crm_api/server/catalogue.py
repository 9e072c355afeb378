"""What the demo sells, to whom and where: the vocabulary of the seed. All people are made up."""

from __future__ import annotations

from dataclasses import dataclass

from .records import NewProject


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A project with its script's items and their prices in roubles.

    Attributes:
        items: (name, price); the first is the one that was advertised.
        is_set: one price for all: the whole on the first item, 1 on every other (never 0).
        gift: goes with every sold item, as a line of its own.
    """

    project: NewProject
    items: tuple[tuple[str, int], ...]
    is_set: bool = False
    gift: str = ""


def _offer(
    title: str,
    *items: tuple[str, int],
    category: str = "Товары",
    is_set: bool = False,
    gift: str = "",
) -> Offer:
    project = NewProject(title=title, category=category, cross_sales=items[1:])
    return Offer(project=project, items=items, is_set=is_set, gift=gift)


DRILL = _offer(
    "Аккумуляторный шуруповёрт МАКИТА",
    ("Аккумуляторный шуруповёрт МАКИТА", 3990),
    ("Набор бит и свёрл, 24 предмета", 790),
    ("Запасной аккумулятор 12 В", 1290),
    category="Инструменты",
)
BACKPACK = _offer(
    "Швейцарский рюкзак SWISSGEAR, часы Swiss Army в подарок",
    ("Рюкзак SWISSGEAR чёрный", 2990),
    ("Рюкзак SWISSGEAR синий", 2090),
    ("Дождевой чехол для рюкзака", 590),
    category="Сумки и рюкзаки",
    gift="Часы Swiss Army (подарок)",
)
PHONE = _offer(
    "Реплика Samsung Galaxy S9",
    ("Реплика Samsung Galaxy S9 чёрный бриллиант", 7990),
    ("Реплика Samsung Galaxy S9 ультрафиолетовый", 5190),
    ("Реплика Samsung Galaxy S9 титановый", 3990),
    category="Телефоны",
)
MIRROR = _offer(
    "Автомобильный видеорегистратор-зеркало Car DVRs Mirror, Smartmount Car в подарок",
    ("Зеркало заднего вида Car DVRs Mirror", 2990),
    ("Карта памяти 32 ГБ", 890),
    category="Автотовары",
    gift="Smartmount Car (подарок)",
)
POWER_BANK = _offer(
    "Power bank Xiaomi 20000 мАч",
    ("Power bank Xiaomi 20000 мАч", 1990),
    ("Кабель USB Type-C, 2 м", 390),
    ("Беспроводная зарядка", 990),
    category="Электроника",
)
PHONE_SET = _offer(
    "Набор аксессуаров для смартфона",
    ("Power bank 5000 мАч", 990),
    ("USB-шнур", 1),
    ("USB-шнур", 1),
    ("Кольцо-держатель", 1),
    ("Защитное стекло", 1),
    category="Электроника",
    is_set=True,
)
BEAUTY_SET = _offer(
    "Набор косметики «Утренняя роса»",
    ("Крем дневной «Утренняя роса»", 2490),
    ("Крем ночной «Утренняя роса»", 1),
    ("Тоник «Утренняя роса»", 1),
    category="Косметика",
    is_set=True,
)
MULTICOOKER = _offer(
    "Мультиварка «Домашний шеф», книга рецептов в подарок",
    ("Мультиварка «Домашний шеф» 5 л", 4490),
    ("Силиконовые формы, набор", 690),
    category="Товары для дома",
    gift="Книга рецептов (подарок)",
)

OFFERS = (DRILL, BACKPACK, PHONE, MIRROR, POWER_BANK, PHONE_SET, BEAUTY_SET, MULTICOOKER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """A country that is delivered to.

    Attributes:
        rate: units of its money for a rouble; its scripts' prices
            are rounded to `step`, `less` a little.
        limit: the largest sum of goods (handbook section 3); the real CRM names none for KZ.
        delivery: (type, price) of its ways.
        phone_starts: first digits of made-up numbers: operator codes, then the unused «00…».
        cities: (region, city, postcode).
    """

    code: str
    rate: float
    step: int
    less: int = 0
    limit: int
    delivery: tuple[tuple[str, int], ...]
    phone_starts: tuple[str, ...]
    phone_length: int
    cities: tuple[tuple[str, str, str], ...]
    streets: tuple[str, ...]
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]


RUSSIA = Country(
    code="RU",
    rate=1,
    step=10,
    limit=13_000,
    delivery=(("Почта России", 490), ("Почта России", 490), ("Курьер", 490)),
    phone_starts=("790500", "791600", "792600", "795100", "796300", "798200"),
    phone_length=11,
    cities=(
        ("Московская обл.", "Подольск", "142100"),
        ("Рязанская обл.", "Рязань", "390000"),
        ("Свердловская обл.", "Екатеринбург", "620000"),
        ("Респ. Татарстан", "Казань", "420000"),
        ("Новосибирская обл.", "Новосибирск", "630000"),
        ("Вологодская обл.", "Череповец", "162600"),
        ("Краснодарский край", "Армавир", "352900"),
        ("Самарская обл.", "Тольятти", "445000"),
    ),
    streets=("ул. Садовая", "ул. Лесная", "ул. Мира", "пр-т Победы", "ул. Полевая"),
    first_names=("Полина", "Вера", "Антон", "Тимур", "Раиса", "Егор", "Зоя", "Павел", "Лидия"),
    last_names=("Облакова", "Ромашкова", "Сугробова", "Одуванчикова", "Ручейкова", "Радугина"),
)
KAZAKHSTAN = Country(
    code="KZ",
    rate=5.2,
    step=100,
    less=10,
    limit=70_000,
    delivery=(("Казпочта", 1990), ("Казпочта", 1990), ("Курьер", 2490)),
    phone_starts=("770100", "770200", "770500", "774700", "777500"),
    phone_length=11,
    cities=(
        ("Алматинская обл.", "Талдыкорган", "040000"),
        ("", "Алматы", "050000"),
        ("", "Астана", "010000"),
        ("Карагандинская обл.", "Караганда", "100000"),
        ("Павлодарская обл.", "Павлодар", "140000"),
    ),
    streets=("ул. Абая", "ул. Достык", "мкр. Самал", "ул. Сатпаева", "пр-т Назарбаева"),
    first_names=("Айгуль", "Ерлан", "Динара", "Нурлан", "Асель", "Бауыржан", "Сауле"),
    last_names=("Жусанбек", "Далабек", "Тюльпанбек", "Самалбек", "Шанырак", "Беркутбек"),
)
ARMENIA = Country(
    code="AM",
    rate=4.6,
    step=100,
    limit=96_000,
    delivery=(("Айпост", 3800),),
    phone_starts=("3749100", "3749300", "3749500", "3747700", "3749800"),
    phone_length=11,
    cities=(
        ("", "Ереван", "0010"),
        ("Ширак", "Гюмри", "3101"),
        ("Лори", "Ванадзор", "2001"),
        ("Арарат", "Арташат", "0701"),
    ),
    streets=("ул. Абовяна", "ул. Туманяна", "пр-т Маштоца", "ул. Шираки"),
    first_names=("Ани", "Тигран", "Нарине", "Арам", "Гаяне", "Ваге"),
    last_names=("Абрикосян", "Гранатян", "Родникян", "Виноградян", "Персикян"),
)
COUNTRIES = (RUSSIA, RUSSIA, RUSSIA, KAZAKHSTAN, KAZAKHSTAN, ARMENIA)

#: The call centre's people: (login, last name, first name, what they do).
STAFF = (
    ("trelkina", "Трелькина", "Оля", "operator"),
    ("gudochkin", "Гудочкин", "Марк", "operator"),
    ("lineikina", "Линейкина", "Света", "operator"),
    ("tonalskaya", "Тональская", "Мария", "operator"),
    ("naushnikov", "Наушников", "Игорь", "operator"),
    ("skriptova", "Скриптова", "Алия", "operator"),
    ("golosistaya", "Голосистая", "Жанна", "operator"),
    ("pauzin", "Паузин", "Роман", "operator"),
    ("dozvonova", "Дозвонова", "Кира", "operator"),
    ("proverkina", "Проверкина", "Инна", "admin"),
    ("reshaikin", "Решайкин", "Марат", "admin"),
    ("smenova", "Сменова", "Алла", "supervisor"),
    ("obmenova", "Обменова", "Юля", "returns"),
    ("provodkov", "Проводков", "Глеб", "it"),
)
OPERATORS = tuple(f"{last} {first}" for _, last, first, role in STAFF if role == "operator")
ADMINS = tuple(f"{last} {first}" for _, last, first, role in STAFF if role == "admin")
