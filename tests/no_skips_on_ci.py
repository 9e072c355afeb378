"""A pytest plugin: where the environment variable CI is set, a skipped test has failed.

A skip on a developer's machine says what that machine lacks (a browser). On CI it would hide that a
part of the product is not looked at any more. `.ci/run` loads this with `-p tests.no_skips_on_ci`.
"""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest


def _forbid(report: pytest.TestReport | pytest.CollectReport) -> None:
    # An expected failure is reported as skipped too, but it was looked at.
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        why = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"CI skips nothing: {report.nodeid}: {why}"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test, or a fixture of it, that skips."""
    report = yield
    _forbid(report)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A module that skips as a whole."""
    report = yield
    _forbid(report)
    return report
