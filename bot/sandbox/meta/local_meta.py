"""The local Meta as a server: versions, tokens, usage headers, the error envelope, and faults."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from fastapi import FastAPI, Request, Response

from bot.clock import Clock
from bot.sandbox.meta.faults import Fault, Faults
from bot.sandbox.meta.graph import Graph
from bot.sandbox.meta.model import GraphError, Json, Throttled
from bot.sandbox.meta.params import read_params, read_token
from bot.sandbox.serving import Wire, serving

_VERSION = re.compile(r"v(2[0-9])\.0", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call as it came in. `url` is all of it, so that a test can see what stood there."""

    method: str
    path: str
    url: str = field(repr=False)
    params: dict[str, str] = field(repr=False)


class LocalMeta(Graph):
    """A strict Graph API on this machine. Serve it, and point a client at `url`."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.faults = Faults()
        self.calls: list[Call] = []
        self._wire: Wire | None = None

    @property
    def url(self) -> str:
        """Return where it is served."""
        assert self._wire is not None, "it is not served"
        return f"http://127.0.0.1:{self._wire.port}"

    @contextlib.asynccontextmanager
    async def serve(self, *, port: int = 0) -> AsyncIterator[LocalMeta]:
        """Serve it until the block ends."""
        web = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
        web.add_api_route("/{path:path}", self._answer, methods=["GET", "POST", "DELETE"])
        async with serving(web, port=port) as self._wire:
            try:
                yield self
            finally:
                self.faults.clear()

    def writes(self, edge: str = "") -> list[tuple[str, str]]:
        """Return the calls that could change something, each as its method and path."""
        found = [(call.method, call.path) for call in self.calls if call.method != "GET"]
        return [one for one in found if one[1].endswith(edge)]

    async def _answer(self, path: str, request: Request) -> Response:
        version, _, rest = path.strip("/").partition("/")
        try:
            params = await read_params(request)
        except GraphError as error:
            return _envelope(error)
        self.calls.append(Call(method=request.method, path=rest, url=str(request.url), params=dict(params)))
        if not _VERSION.fullmatch(version):
            return _envelope(GraphError(2500, f"Unknown path components: /{version}"))
        fault = self.faults.take(request.method, rest)
        if fault is not None and not fault.after:
            return await self._at_fault(fault, request, None)
        answer = self._work(request, rest, params)
        return answer if fault is None else await self._at_fault(fault, request, answer)

    def _work(self, request: Request, path: str, params: dict[str, str]) -> Response:
        headers: dict[str, str] = {}
        try:
            token = self.who(read_token(request, params))
            headers["X-Business-Use-Case-Usage"] = json.dumps(self.use(token))
            url = str(request.url).partition("?")[0]
            answer = _json(self.call(request.method, path, params, token=token, url=url))
        except Throttled as error:
            headers["X-Business-Use-Case-Usage"] = json.dumps(error.used)
            answer = _envelope(error)
        except GraphError as error:
            answer = _envelope(error)
        answer.headers.update(headers)
        return answer

    async def _at_fault(self, fault: Fault, request: Request, answer: Response | None) -> Response:
        if fault.gate is not None:
            await fault.gate.wait()
        if fault.drop and self._wire is not None:
            self._wire.cut(tuple(request.client) if request.client else None)  # type: ignore[arg-type]  # two of them
        if fault.error is not None:
            return _envelope(fault.error)
        if fault.body is not None:
            return _json(fault.body, status=fault.status, headers=dict(fault.headers))
        return answer or _json({})


def _json(body: bytes | Json, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(raw, status_code=status, headers={"content-type": "application/json", **(headers or {})})


def _envelope(error: GraphError) -> Response:
    said = {**error.body, "fbtrace_id": "AlocalMetaTrace"}
    challenge = {"WWW-Authenticate": f'OAuth "Facebook Platform" "invalid_token" "{error.code}"'}
    return _json({"error": said}, status=error.status, headers=challenge)
