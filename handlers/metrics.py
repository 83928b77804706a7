"""`/metrics`, for Prometheus: what is handled, and how much waits. Numbers alone: no name and no id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

if TYPE_CHECKING:
    from bot.services.delivery import Figures
    from bot.slack.wire.inbound import InboundKind

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 2.8)
"""Slack waits three seconds for an answer."""


class Metrics:
    """The metrics of this process, and the figures of the store as they are when they are asked for."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._handled = Counter(
            "countersign_handled",
            "What came from Slack and was answered.",
            ["kind", "status"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "countersign_handled_seconds",
            "From its arrival to the answer.",
            ["kind"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._due = self._gauge("due", "What should have gone out by now.", "kind")
        self._oldest = self._gauge("oldest_due_seconds", "How long the oldest of it waits.")
        self._stuck = self._gauge("stuck", "What could not be delivered, or may have been.", "state")
        self._retried = self._gauge("retried", "What was tried again and again, and has not gone out.")
        self._open = self._gauge("open_requests", "Requests that are not decided yet.")
        self._at_meta = self._gauge(
            "grants_at_meta",
            "What is on its way in or out at Meta.",
            "state",
        )
        self._left = self._gauge("events_left", "Events of the journal that the webhook has not taken.")
        self._away = self._gauge("workspaces_away", "Workspaces that cannot be reached.")

    def _gauge(self, name: str, what: str, *labels: str) -> Gauge:
        return Gauge(f"countersign_{name}", what, labels, registry=self._registry)

    def handled(self, kind: InboundKind, status: int, seconds: float) -> None:
        """Count what was answered."""
        self._handled.labels(kind, status).inc()
        self._seconds.labels(kind).observe(seconds)

    def text(self, found: Figures, *, away: int) -> bytes:
        """Return all of it in Prometheus's text format."""
        for gauge, totals in (
            (self._due, found.due),
            (self._stuck, found.stuck),
            (self._at_meta, found.at_meta),
        ):
            gauge.clear()
            for label, total in totals.items():
                gauge.labels(label).set(total)
        self._oldest.set(found.oldest.total_seconds())
        self._retried.set(found.retried)
        self._open.set(found.open_requests)
        self._left.set(found.events_left)
        self._away.set(away)
        return generate_latest(self._registry)
