from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from markupsafe import Markup

from bot.cards import Cards, Press
from bot.flows import FLOWS
from bot.flows.orders import short
from bot.flows.writes import Write, WriteState
from bot.wording import in_state, joined, lasted, masked, money, of_kind, plural, spent

CARDS = Cards(ZoneInfo("Europe/Moscow"))


@pytest.mark.parametrize(
    ("number", "word"),
    [
        (0, "дней"), (1, "день"), (2, "дня"), (4, "дня"), (5, "дней"), (11, "дней"), (12, "дней"),
        (14, "дней"), (21, "день"), (22, "дня"), (25, "дней"), (101, "день"), (111, "дней"),
        (112, "дней"), (122, "дня"),
    ],
)  # fmt: skip
def test_russian_counts_days(number: int, word: str) -> None:
    assert plural(number, "день", "дня", "дней") == word


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        (Decimal(3990), "RUB", "3\u202f990 ₽"),
        (Decimal("3990.00"), "RUB", "3\u202f990 ₽"),
        (Decimal("12990.5"), "KZT", "12\u202f990,50 ₸"),
        (Decimal(96000), "AMD", "96\u202f000 ֏"),
        (Decimal(1), "", "1"),
        (Decimal(0), "RUB", "0 ₽"),
        (Decimal(5), "USD", "5 USD"),
        (None, "RUB", ""),
    ],
)
def test_money_is_written_as_people_write_it(
    amount: Decimal | None, currency: str, shown: str
) -> None:
    # Which narrow space parts the thousands is the font's affair.
    assert " ".join(money(amount, currency).split()) == " ".join(shown.split())


@pytest.mark.parametrize(("seconds", "shown"), [(0, "0:00"), (59, "0:59"), (195, "3:15")])
def test_how_long_somebody_talked(seconds: int, shown: str) -> None:
    assert lasted(seconds) == shown


@pytest.mark.parametrize(
    ("minutes", "shown"),
    [
        (0, "0 мин"),
        (0.4, "0 мин"),
        (29.6, "30 мин"),
        (60, "1 ч"),
        (65, "1 ч 05 мин"),
        (-3, "0 мин"),
    ],
)
def test_how_long_somebody_was_away(minutes: float, shown: str) -> None:
    assert spent(timedelta(minutes=minutes)) == shown


def test_times_are_the_call_centre_s() -> None:
    late = datetime(2026, 3, 9, 22, 30, tzinfo=UTC)

    assert CARDS.times.clock(late) == "01:30"
    assert CARDS.times.day(late) == "10.03.2026"


def test_yesterday_ends_at_the_call_centre_s_midnight() -> None:
    now = datetime(2026, 3, 9, 22, 30, tzinfo=UTC)

    assert CARDS.times.ago(now - timedelta(hours=1), now) == 0
    assert CARDS.times.ago(now - timedelta(hours=2), now) == 1


def test_a_date_has_its_year_only_where_another_could_be_meant() -> None:
    now = datetime(2026, 3, 10, tzinfo=UTC)

    assert CARDS.times.short_day(now - timedelta(days=30), now) == "08.02"
    assert CARDS.times.short_day(now - timedelta(days=400), now) == "03.02.2025"


@pytest.mark.parametrize(
    ("data", "press"),
    [
        ("1042:1:allow", Press(case=1042, round=1, action="allow")),
        ("1:2:comment_only", Press(case=1, round=2, action="comment_only")),
        ("", None),
        ("1042:allow", None),
        ("-1:1:allow", None),
        ("1:1:ALLOW", None),
        ("1:1:allow\n", None),
        ("1:1:" + "a" * 33, None),
        ("9" * 19 + ":1:allow", None),
    ],
)
def test_a_button_s_data_are_read_strictly(data: str, press: Press | None) -> None:
    assert Press.read(data) == press


def test_a_crm_s_words_are_cut_to_one_line() -> None:
    assert short("  два\n слова ") == "два слова"
    assert short("я" * 80) == "я" * 80
    assert short("я" * 81) == "я" * 79 + "…"


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("клиент 77011234567, второй +7 (916) 123-45-67", "клиент …4567, второй …4567"),
        ("0 77 12 34 56", "…3456"),
        ("https://crm.example/orders/77011234567", "https://crm.example/orders/77011234567"),
        ("лид f5086aeebb, 12ad97526e, 36973", "лид f5086aeebb, 12ad97526e, 36973"),
        ("12 990 ₽, 3 шт., 10.03.2026", "12 990 ₽, 3 шт., 10.03.2026"),
        ("хочет чехол, тел.87011234567", "хочет чехол, тел.…4567"),
        ("номер-87011234567", "номер-…4567"),
        ("т87011234567был", "т…4567был"),
        ("87011234567/87051234567", "…4567/…4567"),
        ("8—701—1234567, +7–701–123–45–67", "…4567, …4567"),
        ("10.03.26 87011234567", "10.03.26 …4567"),
    ],
)
def test_phones_in_people_s_words_keep_four_digits(words: str, shown: str) -> None:
    assert masked(words) == shown


@pytest.mark.parametrize(
    "words",
    [
        "заказ 36973 10.03.2026 09:18", "10.03.2026-15.03.2026", "2026-03-10 09:18:05",
        "сайт 12990–13990 ₽", "12 990 - 13 990", "посылка RA644000001RU", "заказ 12345678",
        "(https://crm.example/orders/77011234567)", "crm.example/orders/77011234567",
    ],
)  # fmt: skip
def test_what_is_no_phone_stays_readable(words: str) -> None:
    assert masked(words) == words


@pytest.mark.parametrize(
    ("words", "phone"), [("77123456 был?", "77123456"), ("77 12 34 56 был?", "37477123456")]
)
def test_what_is_asked_about_is_hidden_however_short(words: str, phone: str) -> None:
    assert masked(words, phone) == "…3456 был?"


def test_every_flow_has_a_template_of_its_name() -> None:
    for kind in FLOWS:
        assert CARDS._environment.get_template(f"{kind.name}.j2")


def test_words_that_belong_to_no_case_are_escaped_where_people_read_html() -> None:
    text = CARDS.common("owner_removed", title='<b>&"').text
    plain = CARDS.common_plain("owner_removed", title='<b>&"')

    assert "&lt;b&gt;&amp;&#34;" in text
    assert '<b>&"' in plain


def test_what_there_is_stands_with_dots_between_and_is_escaped() -> None:
    assert joined(["A & B", "", Markup("<b>1</b>")]) == "A &amp; B · <b>1</b>"
    assert joined([]) == ""


def test_writes_are_picked_by_how_far_they_have_come_and_by_kind() -> None:
    comment = Write(no=1, what="allowed", state=WriteState.SAVED)
    status = Write(no=2, what="status")
    assert in_state((comment, status), "saved") == [comment]
    assert of_kind((comment, status), "status") == [status]
