from __future__ import annotations

from dataclasses import fields
from itertools import pairwise

from bot.config import Settings, load_settings, make_flow
from bot.flows import FLOWS
from tests.packaging.project import ROOT, example_settings, text

OBLIGATORY = {
    "BOT_TOKEN": "42:made-up",
    "OWNER_IDS": "1",
    "CRM_URL": "https://crm.example",
    "CRM_LOGIN": "bot",
    "CRM_PASSWORD": "made-up",
}
#: Read by docker-compose.yml and by the demo, not by `run`.
OTHERS = {"POSTGRES_PASSWORD", "DEMO_HOST"}


def times() -> set[str]:
    return {
        f"{kind.name}_{field.name}".upper() for kind in FLOWS for field in fields(kind.times_type)
    }


def test_every_setting_is_named_and_nothing_else() -> None:
    settings = {name.upper() for name in Settings.model_fields}
    assert set(example_settings()) == settings | times() | OTHERS


def test_what_the_example_shows_are_the_defaults() -> None:
    file = {name.lower(): value for name, value in example_settings().items() if value}
    shown = load_settings(_env_file=None, **{**_lower(OBLIGATORY), **file})
    assert shown == load_settings(_env_file=None, **_lower(OBLIGATORY))


def test_the_example_names_every_default_that_is_not_empty() -> None:
    shown = example_settings()
    for name, field in Settings.model_fields.items():
        default = field.get_default()
        if isinstance(default, int | float | str) and default:
            assert shown[name.upper()] == f"{default:g}" if isinstance(default, float) else default


def test_the_waiting_times_of_the_example_are_the_defaults() -> None:
    shown = example_settings()
    for kind in FLOWS:
        written = {name: shown[name] for name in times() if name.startswith(kind.name.upper())}
        assert all(written.values())
        assert vars(make_flow(kind, written))["times"] == vars(make_flow(kind, {}))["times"]


def test_what_must_be_filled_in_is_empty() -> None:
    shown = example_settings()
    for name in (*OBLIGATORY, "WEBHOOK_SECRET", "POSTGRES_PASSWORD"):
        assert shown[name] == ""


def test_every_setting_has_a_line_that_explains_it() -> None:
    lines = text(".env.example").splitlines()
    for before, line in pairwise(lines):
        if line.partition("=")[0] in example_settings():
            assert before.startswith("# "), line
            assert before.endswith((".", "»."))


def test_a_copy_of_the_example_is_read_as_it_is() -> None:
    copied = load_settings(_env_file=ROOT / ".env.example", **_lower(OBLIGATORY))
    assert copied.webhook_url == ""
    assert copied.database_url.get_secret_value().endswith("workchats.db")


def _lower(settings: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in settings.items()}
