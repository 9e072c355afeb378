from __future__ import annotations

import configparser
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.__main__ import main
from bot.config import Settings
from tests.packaging.project import ROOT, text

UNITS = ("workchats.service", "workchats@.service")
BALANCER = text("deploy/haproxy.cfg")


def unit(name: str) -> configparser.ConfigParser:
    read = configparser.ConfigParser(interpolation=None, strict=False)
    read.optionxform = str  # type: ignore[assignment, method-assign]
    read.read_string(text(f"deploy/{name}"))
    return read


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_ends_a_wrong_setting_and_gives_deliveries_their_time(name: str) -> None:
    service = unit(name)["Service"]
    assert service["RestartPreventExitStatus"] == "2"
    assert int(service["TimeoutStopSec"]) >= 45
    assert service["NoNewPrivileges"] == "yes"


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_runs_a_command_of_the_bot(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    [command] = re.findall(r"-m bot (\w+)", unit(name)["Service"]["ExecStart"])
    with pytest.raises(SystemExit) as stopped:
        main([command, "--help"])
    assert stopped.value.code == 0
    capsys.readouterr()


def test_a_replica_runs_its_own_release_under_its_own_name_and_port(tmp_path: Path) -> None:
    """Whatever stands in the file that all share, and wherever the link points to later."""
    release = tmp_path / "release-1"
    (release / ".venv" / "bin").mkdir(parents=True)
    python = release / ".venv" / "bin" / "python"
    python.write_text('#!/bin/sh\necho "$PYTHONPATH $HTTP_PORT $INSTANCE $*"\n')
    python.chmod(0o755)
    link = tmp_path / "workchats"
    link.symlink_to(release)
    line = unit("workchats@.service")["Service"]["ExecStart"]
    line = line.replace("/opt/workchats", str(link)).replace("%i", "2").replace("$$", "$")
    [words] = re.findall(r"^/bin/sh -c '(.*)'$", line)
    ended = subprocess.run(  # noqa: S603 -- the unit's own command
        ["/bin/sh", "-c", words],
        env={"PATH": os.environ["PATH"], "HTTP_PORT": "8080", "INSTANCE": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout.split() == [
        *(str(release), "8082", "workchats-2"),
        *("-m", "bot", "run"),
    ]


def test_the_balancer_is_told_what_its_file_asks_for() -> None:
    compose: dict[str, Any] = yaml.safe_load(text("docker-compose.yml"))["services"]
    asked = set(re.findall(r"\$\{([A-Z_0-9]+)", BALANCER))
    told = compose["balancer"]["environment"]
    assert set(told) <= asked
    assert asked - set(told) == {"WEBHOOK_PREFIX", "AS_USER"}
    replicas = [told[name].partition(":")[0] for name in sorted(told) if name != "BALANCER"]
    assert replicas == ["bot", "bot-2", "bot-3"]
    assert [compose[name]["hostname"] for name in replicas] == replicas
    [file] = compose["balancer"]["volumes"]
    assert (ROOT / file.partition(":")[0]).is_file()


def test_a_replica_has_the_name_of_its_machine() -> None:
    """By it a container that was made anew takes up what the old one had begun."""
    assert "INSTANCE" not in yaml.safe_load(text("docker-compose.yml"))["services"]["bot"]
    assert Settings.model_fields["instance"].default_factory is not None


def test_the_balancer_expects_the_replicas_where_the_units_put_them() -> None:
    ports = re.findall(r"REPLICA_(\d)-127\.0\.0\.1:808(\d)", BALANCER)
    assert ports == [("1", "1"), ("2", "2"), ("3", "3")]
