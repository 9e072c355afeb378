from __future__ import annotations

import pytest

from crm_api.errors import CrmConfig
from crm_api.registry import ADAPTERS, CrmSettings, make_crm
from crm_api.tokens import MemoryTokens

SETTINGS = CrmSettings(url="http://127.0.0.1:8081", login="bot", password="demo")


@pytest.mark.parametrize("name", ["crmka", " CRMKA "])
def test_a_name_gives_its_adapter(name: str) -> None:
    assert make_crm(name, SETTINGS, MemoryTokens()).name == "crmka"


def test_every_adapter_knows_its_own_name() -> None:
    for name in ADAPTERS:
        assert make_crm(name, SETTINGS, MemoryTokens()).name == name


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(CrmConfig, match=r"known are: .*crmka"):
        make_crm("1c", SETTINGS, MemoryTokens())


@pytest.mark.parametrize("zone", ["", "Asia", "Nowhere/Else", "../etc/passwd", "/etc/localtime"])
def test_a_zone_that_is_none_is_refused(zone: str) -> None:
    with pytest.raises(CrmConfig, match="CRM_TIMEZONE"):
        CrmSettings(url="http://127.0.0.1:1", timezone=zone).zone()


def test_settings_do_not_show_their_password() -> None:
    assert "demo" not in repr(SETTINGS)
