"""Faults on purpose: instead of the work, or after it, so that the answer is lost and the work is not."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.sandbox.meta.model import GraphError, Json

ANY = "*"


@dataclass(slots=True, kw_only=True)
class Fault:
    """One fault, for calls of one method to paths that end with `edge`: the next `times` of them."""

    method: str = ANY
    edge: str = ""
    times: int = 1
    after: bool = False
    error: GraphError | None = None
    status: int = 200
    body: bytes | Json | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    gate: asyncio.Event | None = None
    drop: bool = False

    def matches(self, method: str, path: str) -> bool:
        """Say whether it applies to this call."""
        return self.times > 0 and self.method in (method, ANY) and path.endswith(self.edge)


_HTML = {"content-type": "text/html"}
_MANY = 1_000_000


class Faults:
    """The active faults. Each takes `method`, `edge`, `times` and `after`, as `Fault` does."""

    def __init__(self) -> None:
        self._active: list[Fault] = []

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault that applies to this call, if any, and count the call."""
        for fault in self._active:
            if fault.matches(method, path):
                fault.times -= 1
                return fault
        return None

    def clear(self) -> None:
        """Remove all faults, and release the calls that are held back."""
        for fault in self._active:
            if fault.gate is not None:
                fault.gate.set()
        self._active.clear()

    def outage(self, method: str = ANY, edge: str = "") -> None:
        """Answer every call with a proxy's page, until the faults are cleared."""
        self.html(method, edge, times=_MANY)

    def html(
        self, method: str = ANY, edge: str = "", *, status: int = 502, times: int = 1, after: bool = False
    ) -> None:
        """Answer with a proxy's page instead of JSON."""
        page = b"<html><body>Bad Gateway</body></html>"
        fault = Fault(method=method, edge=edge, times=times, after=after, status=status, body=page)
        fault.headers = _HTML
        self._active.append(fault)

    def refuse(
        self, error: GraphError, method: str = ANY, edge: str = "", *, times: int = 1, after: bool = False
    ) -> None:
        """Answer with an error of Meta's."""
        self._active.append(Fault(method=method, edge=edge, times=times, after=after, error=error))

    def answer(
        self,
        body: bytes | Json,
        method: str = ANY,
        edge: str = "",
        *,
        times: int = 1,
        after: bool = False,
        status: int = 200,
    ) -> None:
        """Answer anything: empty, truncated, `success` that is not true, an error with status 200."""
        self._active.append(
            Fault(method=method, edge=edge, times=times, after=after, body=body, status=status)
        )

    def hang(self, method: str = ANY, edge: str = "", *, times: int = 1, after: bool = True) -> asyncio.Event:
        """Hold the answer back until the returned event is set."""
        gate = asyncio.Event()
        self._active.append(Fault(method=method, edge=edge, times=times, after=after, gate=gate))
        return gate

    def drop(self, method: str = ANY, edge: str = "", *, times: int = 1, after: bool = True) -> None:
        """Cut the connection: the work is done, and its answer is lost."""
        self._active.append(Fault(method=method, edge=edge, times=times, after=after, drop=True))
