"""What Prometheus sees. No phones, names or tokens: labels are flows, decisions, destinations."""

from __future__ import annotations

from functools import cache
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest


def _labelled(metric: Any, *labels: str) -> Any:
    """The metric with these labels: its own look-up takes a lock and a list each time."""
    return metric.labels(*labels)


class Metrics:
    """One process's figures, in a registry of its own (tests make many)."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._labelled = cache(_labelled)
        self._opened = Counter(
            "workchats_cases_opened", "Cases opened", ["flow"], registry=self.registry
        )
        self._decisions = Counter(
            "workchats_decisions", "Decisions made", ["flow", "decision"], registry=self.registry
        )
        self._waited = Histogram(
            "workchats_time_to_decision_seconds",
            "From the operator's post to the decision",
            ["flow"],
            buckets=(5, 10, 20, 30, 60, 90, 120, 180, 300, 600, 900),
            registry=self.registry,
        )
        self._outbox_depth = Gauge(
            "workchats_outbox_depth", "Rows that wait", ["destination"], registry=self.registry
        )
        self._outbox_age = Gauge(
            "workchats_outbox_age_seconds",
            "How long the oldest due row has been due, failed tries included",
            ["destination"],
            registry=self.registry,
        )
        self._budget_left = Gauge(
            "workchats_telegram_budget_left",
            "Operations left in this minute in the busiest bound group",
            registry=self.registry,
        )
        self._deliveries = Counter(
            "workchats_deliveries",
            "Deliveries by outcome",
            ["destination", "outcome"],
            registry=self.registry,
        )
        self._set_aside = Counter(
            "workchats_updates_set_aside",
            "Updates that no handler could take",
            registry=self.registry,
        )
        self._deadlines_failed = Counter(
            "workchats_deadlines_failed",
            "Tries of a deadline that met a fault of the bot",
            registry=self.registry,
        )
        self._doubles = Counter(
            "workchats_crm_doubles", "Comments found twice in a lead", registry=self.registry
        )

    def opened(self, flow: str) -> None:
        """A case was opened."""
        self._labelled(self._opened, flow).inc()

    def decided(self, flow: str, decision: str, seconds: float) -> None:
        """A decision was made, so long after the post."""
        self._labelled(self._decisions, flow, decision).inc()
        self._labelled(self._waited, flow).observe(max(0.0, seconds))

    def delivered(self, destination: str, outcome: str) -> None:
        """A row of the outbox was tried: done, later or dead."""
        self._labelled(self._deliveries, destination, outcome).inc()

    def set_aside(self) -> None:
        """An update was put aside."""
        self._set_aside.inc()

    def deadline_failed(self) -> None:
        """A deadline met a fault of ours."""
        self._deadlines_failed.inc()

    def double(self) -> None:
        """A comment of ours stands in a lead twice."""
        self._doubles.inc()

    def outbox(self, depth: dict[str, tuple[int, float]]) -> None:
        """Per destination: rows that wait, seconds that the oldest due one has been due."""
        for destination in ("telegram", "crm"):
            count, age = depth.get(destination, (0, 0.0))
            self._outbox_depth.labels(destination).set(count)
            self._outbox_age.labels(destination).set(age)

    def budget(self, left: int) -> None:
        """Operations left in this minute."""
        self._budget_left.set(left)

    def text(self) -> bytes:
        """All figures in Prometheus' text format."""
        return generate_latest(self.registry)
