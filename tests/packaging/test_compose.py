from __future__ import annotations

import copy
import json
import re
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from bot.__main__ import main
from bot.config import Settings
from storage.db import understand_url
from tests.packaging.project import dockerfile, example_settings, text

COMPOSE: dict[str, Any] = yaml.safe_load(text("docker-compose.yml"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
REPLICAS = ("bot", "bot-2", "bot-3")
OURS = ("migrate", *REPLICAS, "demo")
SCHEMA = json.loads(text("tests/packaging/compose_spec/compose-spec.json"))


def complaints(compose: dict[str, Any]) -> list[str]:
    checker = jsonschema.Draft202012Validator(SCHEMA)
    return [f"{error.json_path}: {error.message}" for error in checker.iter_errors(compose)]


def test_the_file_follows_the_compose_specification() -> None:
    assert complaints(COMPOSE) == []


def test_the_specification_finds_a_misspelt_word() -> None:
    wrong = copy.deepcopy(COMPOSE)
    wrong["services"]["bot"]["restrat"] = "always"
    assert complaints(wrong) != []


def test_the_bot_waits_for_the_database_and_for_its_schema() -> None:
    assert SERVICES["bot"]["depends_on"] == {
        "postgres": {"condition": "service_healthy"},
        "migrate": {"condition": "service_completed_successfully"},
    }
    assert SERVICES["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert "pg_isready" in SERVICES["postgres"]["healthcheck"]["test"]
    # A one-shot service that restarts would never be completed.
    assert "restart" not in SERVICES["migrate"]


@pytest.mark.parametrize("service", ["postgres", *REPLICAS, "balancer"])
def test_what_must_run_is_started_again(service: str) -> None:
    assert SERVICES[service]["restart"] == "unless-stopped"


@pytest.mark.parametrize("service", OURS)
def test_our_containers_have_no_rights(service: str) -> None:
    asked = SERVICES[service]
    assert asked["read_only"] is True
    assert asked["cap_drop"] == ["ALL"]
    assert asked["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "user", "cap_add"} & set(asked)


def test_ports_are_published_to_this_machine_only() -> None:
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert len(published) == 4
    assert [port for port in published if not port.startswith("127.0.0.1:")] == []


def test_the_database_is_reached_by_the_bot_alone() -> None:
    assert COMPOSE["networks"]["database"] == {"internal": True}
    assert SERVICES["postgres"]["networks"] == ["database"]
    assert "ports" not in SERVICES["postgres"]
    assert "networks" not in SERVICES["demo"]


def test_more_replicas_and_their_balancer_come_only_when_asked_for() -> None:
    for service in (*REPLICAS[1:], "balancer"):
        assert SERVICES[service]["profiles"] == ["replicas"]
    for service in REPLICAS[1:]:
        asked = SERVICES[service] | {"profiles": [], "hostname": "bot"}
        assert asked == SERVICES["bot"] | {"profiles": [], "ports": []}


def test_the_demo_needs_nothing_else_and_comes_only_when_asked_for() -> None:
    demo = SERVICES["demo"]
    assert demo["profiles"] == ["demo"]
    assert not {"depends_on", "env_file", "environment"} & set(demo)


def test_no_secret_is_in_the_file() -> None:
    secrets = {
        name: value
        for service in SERVICES.values()
        for name, value in service.get("environment", {}).items()
        if re.search("PASSWORD|SECRET|TOKEN", name)
    }
    assert len(secrets) == 2
    assert set(secrets.values()) == {"${POSTGRES_PASSWORD:-}"}


def test_whatever_is_filled_in_is_named_in_the_example() -> None:
    used = set(re.findall(r"\$\{([A-Z_]+)", text("docker-compose.yml")))
    assert used <= set(example_settings())


def test_the_bot_understands_what_it_is_given() -> None:
    given = SERVICES["bot"]["environment"]
    known = {name.upper() for name in Settings.model_fields}
    assert set(given) - {"PGPASSWORD"} <= known
    assert understand_url(given["DATABASE_URL"]).host == "postgres"
    assert SERVICES["migrate"]["environment"] == given


@pytest.mark.parametrize("service", ["migrate", "bot"])
def test_the_commands_are_those_of_the_bot(
    service: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([*SERVICES[service]["command"], "--help"])
    assert stopped.value.code == 0
    assert "usage" in capsys.readouterr().out


@pytest.mark.parametrize("service", OURS)
def test_its_image_is_one_of_the_dockerfile(service: str) -> None:
    stages = {stage for stage, _, _ in dockerfile()}
    assert SERVICES[service]["build"]["target"] in stages
