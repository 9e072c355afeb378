from __future__ import annotations

import re
from datetime import UTC
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.cards import Cards
from bot.flows import FLOWS
from storage.tables import metadata
from tests.packaging.project import ROOT, documents, example_settings, files, text

NAMES = [str(path.relative_to(ROOT)) for path in documents()]
CODE = "\n".join(
    path.read_text(encoding="utf-8")
    for folder in ("bot", "crm_api", "storage")
    for path in files(ROOT / folder)
    if path.suffix == ".py"
)
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", text("Makefile"), re.MULTILINE))
#: Written in capitals, and neither settings nor names in the code.
_OTHER_CAPITALS = {"CHATS", "CONTRIBUTING", "CHANGELOG", "GLOSSARY", "LICENSE", "README"}


@pytest.mark.parametrize("name", NAMES)
def test_every_command_of_make_is_a_target(name: str) -> None:
    said = set(re.findall(r"^make ([a-z-]+)|`make ([a-z-]+)", text(name), re.MULTILINE))
    assert {target for found in said for target in found if target} <= TARGETS


def test_the_readme_begins_with_two_commands() -> None:
    assert re.findall(r"^make (\S+)", text("README.md"), re.MULTILINE)[:2] == ["demo", "test"]


@pytest.mark.parametrize("name", NAMES)
def test_every_command_of_the_bot_is_one(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    for command in set(re.findall(r"-m bot ([a-z]+)", text(name))):
        with pytest.raises(SystemExit) as stopped:
            main([command, "--help"])
        assert stopped.value.code == 0, command
    capsys.readouterr()


@pytest.mark.parametrize("name", NAMES)
def test_links_lead_to_files_that_are_there(name: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text(name)):
        if "://" not in target:
            assert (ROOT / name).parent.joinpath(target).is_file(), target


@pytest.mark.parametrize("name", NAMES)
def test_the_files_that_are_named_are_there(name: str) -> None:
    for named in re.findall(r"`((?:bot|crm_api|storage|sandbox|tests|docs)/[\w./]*)`", text(name)):
        assert (ROOT / named).exists(), named


@pytest.mark.parametrize("name", NAMES)
def test_the_tests_that_are_named_are_there(name: str) -> None:
    modules = {path.name: path for path in files(ROOT / "tests") if path.suffix == ".py"}
    code = "\n".join(path.read_text(encoding="utf-8") for path in modules.values())
    for named in _tests_named_in(text(name)):
        if named.endswith(".py"):
            found = (ROOT / named).is_file() if "/" in named else named in modules
            assert found, named
        else:
            assert f"def {named}(" in code, named


def _tests_named_in(words: str) -> set[str]:
    """Files and functions, with braces as a shell takes them; `<name>` stands for any."""
    named = set()
    for said in re.findall(r"(?:tests/[\w/]*)?\btest_[\w{},]+(?:\.py)?(?![\w<])", words):
        begin, brace, rest = said.rstrip(",").partition("{")
        parts, _, end = rest.partition("}")
        named |= {f"{begin}{part}{end}" for part in parts.split(",")} if brace else {begin}
    return named


def test_every_row_of_what_was_mended_names_its_test() -> None:
    rows = text("docs/reliability.md").split("\nWhat was mended")[1].split("\n\n")[1].splitlines()
    assert len(rows) > 10
    assert [row for row in rows[2:] if not re.search(r"`tests/[\w/]+/test_\w+\.py`", row)] == []


@pytest.mark.parametrize("name", NAMES)
def test_settings_are_called_by_their_names(name: str) -> None:
    known = {*example_settings(), *_OTHER_CAPITALS}
    for said in re.findall(r"`([A-Z][A-Z_]{2,})(?:=[^`]*)?`", text(name)):
        assert said in known or re.search(rf"\b{said}\b", CODE), said


def test_the_glossary_speaks_of_names_that_the_code_has() -> None:
    columns = [line.split("|")[2] for line in text("GLOSSARY.md").splitlines() if "|" in line]
    named = [name for column in columns for name in re.findall(r"`([^`]+)`", column)]
    assert len(named) > 40
    last = [name.rpartition(".")[2] for name in named]
    assert [name for name in last if not re.search(rf"\b{re.escape(name)}\b", CODE)] == []


@pytest.mark.parametrize(("handlers", "least"), [("admin", 6), ("personal", 5)])
def test_every_command_is_told_in_the_guide(handlers: str, least: int) -> None:
    module = text(f"bot/handlers/{handlers}.py")
    commands = re.findall(r'^    "([a-z]+)": on_', module, re.MULTILINE)
    assert len(commands) >= least
    assert [one for one in commands if f"`/{one}" not in text("docs/operators.md")] == []


@pytest.mark.parametrize("name", ["README.md", "GLOSSARY.md", "docs/operators.md"])
@pytest.mark.parametrize("flow", [kind.name for kind in FLOWS])
def test_every_working_chat_is_told(name: str, flow: str) -> None:
    assert f"«{Cards(UTC).title(flow)}»" in text(name)


@pytest.mark.parametrize("name", ["README.md", "docs/operators.md"])
@pytest.mark.parametrize("flow", [kind.name for kind in FLOWS])
def test_every_word_of_bind_is_told(name: str, flow: str) -> None:
    assert f"`/bind {flow}`" in text(name)


def test_metrics_of_the_guide_are_measured() -> None:
    made = set(re.findall(r'"(workchats_[a-z_]+)"', text("bot/metrics.py")))
    told = set(re.findall(r"`(workchats_[a-z_]+)", text("docs/deployment.md")))
    assert told
    assert {name.removesuffix("_total") for name in told} <= made


def test_of_every_table_the_guide_tells_how_long_its_rows_stay() -> None:
    kept = text("docs/deployment.md").split("## What is kept")[1].split("\n## ")[0]
    told = re.findall(r"`(\w+)`", " ".join(re.findall(r"^\|([^|]+)\|", kept, re.MULTILINE)))
    assert sorted(told) == sorted(metadata.tables)


def test_buttons_of_the_guide_are_on_the_cards() -> None:
    guide, template = text("docs/operators.md"), text("bot/templates/duplicates.j2")
    for word in ("Разрешить", "Запретить", "Спросить", "Отозвать", "Спросить заново", "Назад"):
        assert word in guide
        assert f'"{word}"' in template or f' {word}"' in template


#: Each with a class of one letter, so that this file does not find itself.
_ELSEWHERE = re.compile(
    r"/[w]ork/|/[r]oot/|/[h]ome/\w|[p]ypi\.org|[p]ythonhosted|[n]pmjs"
    r"|^--(extra-)?index-url|index-url[ =][h]ttp",
    re.MULTILINE,
)
_BINARY = {".png", ".ico", ".woff2", ".tgz"}


def test_no_machine_and_no_registry_is_named() -> None:
    told = [
        str(path.relative_to(ROOT))
        for path in files()
        if path.suffix not in _BINARY and _ELSEWHERE.search(_read(path))
    ]
    assert told == []


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")
