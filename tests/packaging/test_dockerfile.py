from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from tests.packaging.project import ROOT, dockerfile, text

INSTRUCTIONS = dockerfile()
IMAGES = ("bot", "demo")


def of(stage: str, instruction: str) -> list[str]:
    return [rest for where, name, rest in INSTRUCTIONS if (where, name) == (stage, instruction)]


def health_check(stage: str) -> list[str]:
    [written] = of(stage, "HEALTHCHECK")
    command: list[str] = json.loads(written.split("CMD ", 1)[1])
    assert command[0] == "python"
    return [sys.executable, *command[1:]]


def test_the_bot_is_what_is_built_when_nothing_is_named() -> None:
    assert INSTRUCTIONS[-1][0] == "bot"


@pytest.mark.parametrize("stage", IMAGES)
def test_nothing_runs_as_root(stage: str) -> None:
    assert of(stage, "USER") == ["workchats"]


@pytest.mark.parametrize("stage", IMAGES)
def test_the_user_is_named_after_the_last_step_that_needs_root(stage: str) -> None:
    steps = [name for where, name, _ in INSTRUCTIONS if where == stage]
    assert steps.index("USER") > max(i for i, name in enumerate(steps) if name in {"RUN", "COPY"})


def test_every_package_is_a_wheel_pinned_by_hash() -> None:
    installed = [line for _, name, line in INSTRUCTIONS if name == "RUN" and "pip install" in line]
    assert len(installed) == 2
    for line in installed:
        assert "--require-hashes" in line
        assert "--only-binary :all:" in line


def test_nothing_is_compiled_and_nothing_else_is_fetched() -> None:
    everything = " ".join(rest for _, name, rest in INSTRUCTIONS if name in {"RUN", "ADD"})
    assert not re.search(r"apt|apk|gcc|curl|wget|git|https?:", everything)


def test_what_is_copied_is_there_and_sent_to_the_builder() -> None:
    sent = text(".dockerignore")
    for _, name, rest in INSTRUCTIONS:
        if name != "COPY" or rest.startswith("--from="):
            continue
        source = rest.split()[0]
        assert (ROOT / source).exists()
        kept = "requirements/*.txt" if source.startswith("requirements/") else source
        assert f"!{kept}" in sent.splitlines()


def test_no_secret_and_no_data_are_sent_to_the_builder() -> None:
    lines = [line for line in text(".dockerignore").splitlines() if not line.startswith("#")]
    assert lines[0] == "*"
    assert not {"!.env", "!.git", "!.demo", "!tests"} & set(lines)


def test_the_demo_takes_one_pinned_package_of_the_tests() -> None:
    [step] = of("demo-packages", "RUN")
    expression = step.split("'")[1]
    taken = subprocess.run(  # noqa: S603 -- the expression of our own Dockerfile
        ["sed", "-n", expression, "requirements/dev.txt"],  # noqa: S607 -- wherever sed is
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert re.findall(r"^[a-z]\S*", taken, re.MULTILINE) == ["tdjson==1.8.69"]
    assert "--hash=sha256:" in taken


@contextmanager
def server(status: int) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = Thread(target=http.serve_forever)
        thread.start()
        try:
            yield http.server_port
        finally:
            http.shutdown()
            thread.join()


@pytest.mark.parametrize(("status", "well"), [(200, True), (503, False)])
def test_the_health_check_asks_healthz(status: int, *, well: bool) -> None:
    with server(status) as port:
        ended = subprocess.run(  # noqa: S603 -- the check of our own Dockerfile
            health_check("bot"),
            env={**os.environ, "HTTP_PORT": str(port)},
            capture_output=True,
            check=False,
        )
    assert (ended.returncode == 0) is well


def test_the_health_check_of_a_bot_that_is_gone_fails() -> None:
    with server(200) as port:
        pass
    ended = subprocess.run(  # noqa: S603 -- the check of our own Dockerfile
        health_check("bot"),
        env={**os.environ, "HTTP_PORT": str(port)},
        capture_output=True,
        check=False,
    )
    assert ended.returncode != 0


def test_the_demo_listens_where_the_container_can_be_reached() -> None:
    assert of("demo", "ENV") == ["DEMO_HOST=0.0.0.0"]
    assert of("demo", "EXPOSE") == ["8081 8090"]
    compile(health_check("demo")[-1], "HEALTHCHECK", "exec")
