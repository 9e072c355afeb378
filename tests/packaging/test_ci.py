from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.packaging.project import ROOT, text

SKIPS = """
import pytest

@pytest.fixture
def browser():
    pytest.skip("no browser here")

def test_a():
    pass

def test_b(browser):
    pass

@pytest.mark.skipif(True, reason="not this machine")
def test_c():
    pass

@pytest.mark.xfail(reason="known")
def test_d():
    assert False
"""
SKIPS_AS_A_WHOLE = """
import pytest

pytest.skip("nothing here", allow_module_level=True)
"""


def run(folder: Path, tests: str, **environment: str) -> tuple[int, str]:
    (folder / "test_it.py").write_text(tests, encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    kept.pop("CI", None)
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.no_skips_on_ci", "-p", "no:cacheprovider"],
        cwd=folder,
        env={**kept, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.returncode, ended.stdout


def test_a_skip_is_a_failure_on_ci(tmp_path: Path) -> None:
    status, said = run(tmp_path, SKIPS, CI="true")
    assert status == 1
    assert "1 passed, 1 xfailed, 2 errors in" in said
    assert "CI skips nothing: test_it.py::test_b: Skipped: no browser here" in said
    assert "CI skips nothing: test_it.py::test_c: Skipped: not this machine" in said


def test_a_module_that_skips_is_a_failure_on_ci(tmp_path: Path) -> None:
    status, said = run(tmp_path, SKIPS_AS_A_WHOLE, CI="true")
    assert status != 0
    assert "CI skips nothing: test_it.py: Skipped: nothing here" in said


@pytest.mark.parametrize("tests", [SKIPS, SKIPS_AS_A_WHOLE])
def test_elsewhere_a_skip_is_a_skip(tmp_path: Path, tests: str) -> None:
    status, said = run(tmp_path, tests)
    assert status in {0, 5}  # 5: nothing was collected
    assert "skipped" in said
    assert "failed" not in said.replace("xfailed", "")


def test_the_script_can_be_run_and_checks_before_it_tests() -> None:
    assert os.access(ROOT / ".ci/run", os.X_OK)
    lines = text(".ci/run").splitlines()
    assert lines[0] == "#!/usr/bin/env bash"
    assert "set -euo pipefail" in lines
    assert lines.index("export CI=true") < lines.index("make check")
    # The runner's closing line comes last.
    assert lines[-2].endswith(" 8m make faults")
    assert lines[-1].endswith(" make test")
    subprocess.run(["bash", "-n", ROOT / ".ci/run"], check=True)  # noqa: S603, S607 -- reads only
