"""Figures of a process: with it they go."""

from __future__ import annotations

import gc
import weakref

from bot.metrics import Metrics


def test_figures_are_kept_by_nobody_but_their_process() -> None:
    metrics = Metrics()
    metrics.opened("duplicates")
    metrics.decided("duplicates", "allowed", 30.0)
    metrics.delivered("crm", "done")
    kept = [weakref.ref(one) for one in (metrics._opened, metrics._waited, metrics._deliveries)]
    del metrics
    gc.collect()
    assert [one() for one in kept] == [None, None, None]


def test_a_figure_counts_on_under_its_labels() -> None:
    metrics = Metrics()
    for flow in ("duplicates", "it", "duplicates"):
        metrics.opened(flow)
    assert b'workchats_cases_opened_total{flow="duplicates"} 2.0' in metrics.text()
    assert b'workchats_cases_opened_total{flow="it"} 1.0' in metrics.text()
