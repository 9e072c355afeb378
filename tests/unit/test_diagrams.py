from __future__ import annotations

from pathlib import Path

import pytest

from bot.config import make_flow
from bot.flows import FLOWS
from docs import diagrams


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "flows.md"
    monkeypatch.setattr(diagrams, "PAGE", path)
    return path


def test_a_fresh_page_passes_the_check(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert diagrams.main([]) == 0
    assert diagrams.main(["--check"]) == 0
    assert page.read_text(encoding="utf-8").startswith("# ")
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("stale", ["", "# another page\n", None])
def test_a_stale_or_missing_page_fails_with_one_clear_line(
    page: Path, capsys: pytest.CaptureFixture[str], stale: str | None
) -> None:
    if stale is not None:
        page.write_text(stale)

    assert diagrams.main(["--check"]) == 1

    said = capsys.readouterr().err
    assert said == "docs/flows.md is stale: draw it anew with `make diagrams`\n"
    assert page.exists() == (stale is not None)


@pytest.mark.parametrize("kind", FLOWS)
def test_a_diagram_shows_every_state_and_every_way(kind: type) -> None:
    flow = make_flow(kind, {})
    drawn = diagrams.diagram(flow)

    for state in flow.states:
        assert f" {state} " in drawn.replace("\n", " ").replace(",", " ")
    for rule in flow.rules:
        if rule.to not in {None, rule.state}:
            assert any(
                line.lstrip().startswith(
                    (f"{rule.state} --> {rule.to}:", f"undecided --> {rule.to}:")
                )
                and rule.on in line
                for line in drawn.splitlines()
            ), rule
