"""All parts of the benchmark are measured, whatever becomes of one of them, and told together."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import pytest

from bench import __main__ as bench
from bench.burst import bars_of_burst
from bench.figures import Bar
from bench.parts import Part, measured
from bench.shift import Asked, Shift

_NONE = argparse.Namespace()


def a_part(*bars: Bar) -> Part:
    return Part("rounds of a bot", "a minute", lambda _: bars)


def broken(_: argparse.Namespace) -> Sequence[Bar]:
    raise RuntimeError("haproxy is not installed")


def test_a_part_that_fails_loses_nothing_of_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    parts = {
        "rounds": a_part(Bar("quick (1.2)", is_reached=True)),
        "replicas": Part("replicas", "a minute", broken),
        "memory": a_part(Bar("flat (+0.3)", is_reached=True)),
    }

    assert measured(parts, _NONE) == 1

    said = capsys.readouterr().out
    assert "=== rounds: rounds of a bot; a minute" in said
    assert said.split("=== all bars")[1].splitlines()[2:] == [
        "rounds    passed  quick (1.2)",
        "replicas  FAILED  it can be measured (RuntimeError: haproxy is not installed)",
        "memory    passed  flat (+0.3)",
        "",
        "2 of 3 bars met, 1 failed, 0 missed that do not count",
    ]


@pytest.mark.parametrize(
    ("bars", "code"),
    [
        ([], 0),
        ([Bar("quick", is_reached=True), Bar("quicker", is_reached=False, counts=False)], 0),
        ([Bar("quick", is_reached=True), Bar("flat", is_reached=False)], 1),
    ],
)
def test_the_exit_code_tells_of_bars_that_count(bars: list[Bar], code: int) -> None:
    assert measured({"rounds": a_part(), "memory": a_part(*bars)}, _NONE) == code


@pytest.mark.parametrize(
    ("named", "runs"),
    [
        ([], ["rounds", "burst", "replicas", "growth", "steady", "memory"]),
        (["rounds", "burst"], ["rounds", "burst"]),
        (["floor"], ["floor"]),
    ],
)
def test_without_a_name_all_parts_run_and_several_may_be_named(
    named: list[str],
    runs: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    ran: list[str] = []

    def noting(name: str) -> Part:
        def measure(_: argparse.Namespace) -> Sequence[Bar]:
            ran.append(name)
            return []

        return Part("", "", measure)

    monkeypatch.setattr(bench, "_PARTS", {name: noting(name) for name in bench._PARTS})
    monkeypatch.setattr("sys.argv", ["bench", *named])

    assert bench.main() == 0
    assert ran == runs
    capsys.readouterr()


def test_a_part_that_there_is_not_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["bench", "rounds", "bursts"])
    with pytest.raises(SystemExit) as stopped:
        bench.main()
    assert stopped.value.code == 2
    assert "no such part: bursts" in capsys.readouterr().err


def a_shift(seconds: float, *, refused: int = 0) -> Shift:
    asked = {str(number): Asked(posted=0.0, shown=seconds) for number in range(20)}
    return Shift(asked=asked, refused=refused)


def test_a_burst_is_asked_the_same_where_a_third_has_not_started_the_bot() -> None:
    ours = {"product": a_shift(30.0), "a third not started": a_shift(61.0, refused=1)}
    bars = list(bars_of_burst(200, a_shift(400.0), ours, times_less=True))
    assert [bar.what for bar in bars if bar.is_failed] == [
        "200 posts, a third not started: p95 until admins can act under 60 s (61)",
        "200 posts, a third not started: no 429 drawn (1)",
    ]
    assert bars[-1].what == "200 posts: 5 times less waiting than naive (13.3)"
