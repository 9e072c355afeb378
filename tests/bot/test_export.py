"""/export: a period as an .xlsx, made when it is sent; people's words stay words."""

from __future__ import annotations

import errno
import io
import os
import re
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest
import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from sandbox.telegram.model import Json
from sandbox.world import MARAT, OLYA, OWNER, TIMUR, DemoPerson
from tests.harness import CrashAt, World, a_world, eventually
from tests.harness.time import PATIENCE

_NS = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
#: A table counts days from here.
_EPOCH = datetime(1899, 12, 30, tzinfo=UTC)
_ZONE = ZoneInfo("Europe/Moscow")
_DAY = 24 * 3600.0


class Table:
    """An .xlsx, read by its XML alone: what is written, and not what a program makes of it."""

    def __init__(self, content: bytes) -> None:
        self.archive = zipfile.ZipFile(io.BytesIO(content))
        book = ET.fromstring(self.archive.read("xl/workbook.xml"))  # noqa: S314 -- our own file
        names = [sheet.get("name", "") for sheet in book.findall("x:sheets/x:sheet", _NS)]
        self.sheets = {name: self._rows(no) for no, name in enumerate(names, start=1)}

    def _rows(self, no: int) -> list[dict[str, str]]:
        """Each line by its headings; numbers as they are written."""
        xml = self.archive.read(f"xl/worksheets/sheet{no}.xml")
        assert b"<f>" not in xml, "a formula"
        lines = []
        for row in ET.fromstring(xml).findall(".//x:row", _NS):  # noqa: S314 -- our own file
            cells = {}
            for cell in row.findall("x:c", _NS):
                column = re.sub(r"\d", "", cell.get("r", ""))
                is_text = cell.get("t") == "inlineStr"
                found = cell.find("x:is/x:t" if is_text else "x:v", _NS)
                cells[column] = "" if found is None else found.text or ""
            lines.append(cells)
        heads = lines[0]
        return [{name: line.get(at, "") for at, name in heads.items()} for line in lines[1:]]


async def sent(world: World, who: DemoPerson, after: int = 0) -> Json:
    """The file that somebody gets."""
    return await world.tg.control.until(
        who.id,
        lambda message: "document" in message and message["message_id"] > after,
        within=PATIENCE,
    )


async def exported(world: World, who: DemoPerson, command: str = "/export") -> Table:
    asked = await world.write_privately(who, command)
    message = await sent(world, who, asked)
    return Table(await world.tg.control.file(message["document"]["file_id"]))


def moment(number: str) -> datetime:
    """A table's number of days as a local time."""
    return (_EPOCH + timedelta(days=float(number))).replace(tzinfo=_ZONE)


async def test_an_admin_gets_what_happened_and_the_cases_of_two_days(world: World) -> None:
    lead = await world.crm.burning()
    card = await world.card(await world.ask(OLYA, lead, "Могу? тел 8 701 123-45-67"))
    await world.pass_time(20)
    await world.press(MARAT, card, "Запретить")
    await world.says(card, "в CRM записано ✔")
    await world.quiet()
    table = await exported(world, MARAT)
    assert list(table.sheets) == ["События", "Заявки"]
    [case] = table.sheets["Заявки"]
    assert case["Заявка"] == "1"
    assert case["Чат"] == "РФ Админы"
    assert case["Лид"] == lead
    assert case["Кто спросил"] == "Оля Демо"
    assert case["Кто решил"] == "Марат Демо"
    assert case["Решение"] == case["Состояние"] == "оформлять нельзя"
    assert 20 <= int(case["Ждали, секунд"]) < 60
    assert abs(moment(case["Когда"]) - world.clock()) < timedelta(minutes=2)
    events = table.sheets["События"]
    opened, denied = events[0], next(one for one in events if one["Кто"] == "Марат Демо")
    assert (opened["Что"], opened["Было"], opened["Стало"]) == (
        "Спросил(а)",
        "",
        "ждут админов",
    )
    assert "…4567" in opened["Слова"]
    assert not any("701" in one["Слова"] for one in events), "phones are masked"
    assert (denied["Что"], denied["Стало"]) == ("⛔ Запретить", "оформлять нельзя")
    assert {"бот", "Лид прочитан", "В CRM записано"} <= {
        one[name] for one in events for name in ("Кто", "Что")
    }
    message = await sent(world, MARAT)
    today = world.clock().astimezone(_ZONE).date()
    yesterday = today - timedelta(days=1)
    assert message["document"]["file_name"] == f"workchats-{yesterday}-{today}.xlsx"
    assert f"Событий {len(events)}, заявок 1" in message["caption"]


@pytest.mark.parametrize(
    "words",
    ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("https://evil.example")', "007", "a\x0bb <b>"],
)
async def test_what_people_write_stays_text(world: World, words: str) -> None:
    card = await world.card(await world.ask(OLYA, await world.crm.burning()))
    await world.press(MARAT, card, "Запретить")
    await world.says(card, "в CRM записано ✔")
    await world.reply(MARAT, card, words)
    await world.says(card, "Причина")
    table = await exported(world, MARAT)
    [reason] = [one for one in table.sheets["События"] if one["Что"] == "Причина"]
    assert reason["Слова"].replace("_x000B_", "\x0b") == words
    assert not [name for name in table.archive.namelist() if "rels/sheet" in name], "no links"


async def test_a_period_has_the_days_that_were_asked_for(world: World) -> None:
    first = await world.crm.lead()
    await world.card(await world.ask(OLYA, first))
    await world.pass_time(3 * _DAY)
    second = await world.crm.lead()
    await world.card(await world.ask(OLYA, second))
    await world.quiet()
    day = (world.clock() - timedelta(days=3)).astimezone(_ZONE)
    old = await exported(world, MARAT, f"/export {day:%d.%m.%Y}")
    assert [one["Лид"] for one in old.sheets["Заявки"]] == [first]
    today = world.clock().astimezone(_ZONE)
    both = await exported(world, MARAT, f"/export {day:%d.%m.%Y} {today:%d.%m.%Y}")
    assert [one["Лид"] for one in both.sheets["Заявки"]] == [first, second]
    lately = await exported(world, MARAT)
    assert [one["Лид"] for one in lately.sheets["Заявки"]] == [second]


async def test_a_period_that_is_too_long_or_empty_or_unclear_is_answered_in_words(
    world: World,
) -> None:
    for command, words in {
        "/export 01.01.2026 01.03.2026": "не больше 31 дня",
        "/export 01.02.2020": "ничего не было",
        "/export всё": "Назовите дни",
    }.items():
        await world.write_privately(MARAT, command)
        await world.told(MARAT, words)
    await world.quiet()
    assert await world.count("SELECT count(*) FROM outbox WHERE kind = 'export'") == 1


async def test_in_a_group_the_file_comes_privately_and_once(world: World) -> None:
    await world.card(await world.ask(OLYA, await world.crm.lead()))
    post = await world.post(OWNER, "/export")
    await world.card(post, "Ответил в личке")
    await sent(world, OWNER)
    await world.tg.control.redeliver(5)
    await world.quiet()
    messages = await world.tg.control.messages(OWNER.id)
    assert len([one for one in messages if "document" in one]) == 1
    assert not [one for one in await world.tg.control.messages(world.group) if "document" in one]


@pytest.fixture
async def asleep(database_url: str) -> AsyncIterator[World]:
    async with a_world(database_url, running=False) as world:
        yield world


@pytest.mark.parametrize("commit", [1, 2])
async def test_a_crash_on_the_way_makes_the_file_again(asleep: World, commit: int) -> None:
    world = asleep
    # The first transaction holds the row; the second would note that the file was sent.
    life = await world.start_bot(crash=CrashAt("export", "before commit", commit=commit))
    await world.card(await world.ask(OLYA, await world.crm.lead()))
    await world.write_privately(MARAT, "/export")
    await life.crashed()
    await world.start_bot()
    await world.quiet()
    messages = await world.tg.control.messages(MARAT.id)
    files = [one["document"]["file_id"] for one in messages if "document" in one]
    assert len(files) == commit, "what was sent and not noted is sent again"
    table = Table(await world.tg.control.file(files[-1]))
    assert len(table.sheets["Заявки"]) == 1


async def test_several_pages_are_one_table(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.export._PAGE", 3)
    monkeypatch.setattr("bot.export._CASES_A_PAGE", 2)
    leads = [await world.crm.lead() for _ in range(5)]
    for lead in leads:
        await world.card(await world.ask(TIMUR, lead))
    await world.quiet()
    table = await exported(world, MARAT)
    assert [one["Лид"] for one in table.sheets["Заявки"]] == leads
    assert len(table.sheets["События"]) == await world.count("SELECT count(*) FROM history")


async def test_what_does_not_fit_is_said_and_not_sent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.export.LARGEST_FILE", 100)
    await world.card(await world.ask(OLYA, await world.crm.lead()))
    await world.write_privately(MARAT, "/export")
    await world.told(MARAT, "не помещается")
    monkeypatch.setattr("bot.export._MOST_LINES", 1)
    await world.write_privately(MARAT, "/export")

    async def twice() -> bool:
        return sum("не помещается" in text for text in await world.private(MARAT)) == 2

    await eventually(twice)


# --- a disk that is full --------------------------------------------------------------------------


def _no_room(*_: Any) -> NoReturn:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class NoRoomAtTheEnd(xlsxwriter.Workbook):  # type: ignore[misc]  # it has no types
    """All of its lines fit on the disk, and the file itself does not."""

    def _store_workbook(self) -> None:
        super()._store_workbook()
        _no_room()


class _NoRoomForNumbers(Worksheet):  # type: ignore[misc]  # the same
    write_number = _no_room


class NoRoomForLines(NoRoomAtTheEnd):
    """Not even its lines fit."""

    def add_worksheet(self, name: str | None = None, _: Any = None) -> Any:
        return super().add_worksheet(name, _NoRoomForNumbers)


@pytest.mark.parametrize("book", [NoRoomAtTheEnd, NoRoomForLines])
async def test_a_file_that_the_disk_has_no_room_for_is_made_when_it_has(
    world: World, monkeypatch: pytest.MonkeyPatch, book: type[xlsxwriter.Workbook]
) -> None:
    lead = await world.crm.lead()
    await world.card(await world.ask(OLYA, lead))
    await world.quiet()
    with monkeypatch.context() as disk:
        disk.setattr(xlsxwriter, "Workbook", book)
        asked = await world.write_privately(MARAT, "/export")
        await eventually(
            lambda: world.count("SELECT count(*) FROM outbox WHERE kind = 'export' AND error <> ''")
        )
    await world.pass_time(301)
    message = await sent(world, MARAT, asked)
    table = Table(await world.tg.control.file(message["document"]["file_id"]))
    assert [one["Лид"] for one in table.sheets["Заявки"]] == [lead]
    assert not any("Сбой бота" in text for text in await world.private(OWNER))


async def test_a_fault_of_ours_is_not_taken_for_a_full_disk(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: Any) -> NoReturn:
        raise ZeroDivisionError

    monkeypatch.setattr(xlsxwriter, "Workbook", NoRoomAtTheEnd)
    monkeypatch.setattr("bot.export.masked", breaks)
    await world.card(await world.ask(OLYA, await world.crm.lead()))
    await world.quiet()
    await world.write_privately(MARAT, "/export")
    await world.told(OWNER, "Сбой бота (ZeroDivisionError)")
