"""The Graph-compatible API over HTTP: reads a request in any way that Meta's clients write one, and answers.

One call is one transaction. A batch is as many calls, one after the other, each on its own.
"""

from __future__ import annotations

import json
import logging
import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from starlette.convertors import PathConvertor, StringConvertor, register_url_convertor
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Message, Receive, Scope, Send

from bot.clock import Clock
from bot.domain.limits import MOST_CALLS_AN_HOUR, MOST_IN_BATCH
from bot.domain.tokens import digest_of
from bot.errors import AlreadyDecided, Busy, Unconfirmed
from bot.graph import engine, errors, openapi
from bot.graph.engine import Ask
from bot.graph.errors import GraphError, TooMuch
from bot.graph.params import is_whole_text
from bot.services import programs
from bot.services.programs import NotValid
from handlers.bodies import HANG_UP, TooSlow, read_body

if TYPE_CHECKING:
    from bot.services.context import Context
    from bot.services.programs import Bearer
    from bot.store.database import Database

log = logging.getLogger(__name__)


class _Anything(PathConvertor):
    """Takes what is behind the version whatever it holds, a line break too, so that the API refuses it."""

    regex = "(?s:.*)"


class _Digits(StringConvertor):
    """Takes a number of any length as it stands."""

    regex = "[0-9]+"


register_url_convertor("anything", _Anything())
register_url_convertor("digits", _Digits())
API_PATH = "/v{version:digits}.0{rest:anything}"
"""The paths that are the API's."""

_HOUR = 3600.0
_MOST_FIELDS = 1000
_ELEMENT = re.compile(r"\[[0-9]*\]\Z", re.ASCII)
_SECONDS = 10.0
_VERB = "api"


@dataclass(slots=True)
class _Used:
    """What one token used since the hour began: calls, seconds of ours, and of these of a processor.

    `business` is whose it is, once that is known.
    """

    business: str = ""
    calls: int = 0
    seconds: float = 0.0
    busy: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answered:
    """What a call is answered with."""

    status: int
    body: Any
    headers: Mapping[str, str]


async def no_such_path(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a path that nothing serves, as where a program leaves the version out (ASGI)."""
    await _response(_error(errors.NO_VERSION))(scope, receive, send)


class GraphApi:
    """The API as an ASGI app. `url` is how programs reach it, in what leads on to the next page.

    Without it that is what each request says: behind a proxy it may say http although the client said https.
    """

    def __init__(self, database: Database, *, clock: Clock, url: str = "") -> None:
        self._database = database
        self._clock = clock
        self._url = url.rstrip("/")
        self._hour = -1
        self._used: dict[str, _Used] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        try:
            body = await read_body(receive)
        except TooSlow:
            body = None
        if body is None:
            error = errors.bad_parameter("The body is too long, or took too long to arrive")
            response = _response(_Answered(status=413, body=error.envelope(), headers=HANG_UP))
        else:
            response = await self._respond(scope, body)
        await response(scope, receive, send)

    async def _respond(self, scope: Scope, body: bytes) -> Response:
        request = Request(scope, partial(_again, body))
        path: str = scope["path"]  # not of `request.url`, which leaves line breaks out
        version, _, rest = path.lstrip("/").partition("/")
        if rest.strip("/") == "openapi.json":
            return JSONResponse(openapi.description(f"/{version}"))
        if rest.strip("/") == "docs":
            return HTMLResponse(openapi.page(f"/{version}"))
        if request.method not in engine.METHODS:
            error = errors.bad_parameter(f"{request.method[:20]} is not served: use GET, POST or DELETE")
            return _response(_error(error, status=405))
        raw = await _parameters(request, body)
        if isinstance(raw, GraphError):
            return _response(_error(raw))
        if not is_whole_text(raw):
            return _response(_error(_NO_TEXT))
        secret = _secret(request, raw)
        raw.pop("access_token", None)  # what goes on from here may be shown when something breaks
        url = self._url or f"{request.url.scheme}://{request.url.netloc}"
        ask = Ask(method=request.method, path=path, raw=raw, url=f"{url}/{version}", secret=secret or "")
        if "batch" in raw and not rest.strip("/"):
            return _response(await self._batch(ask))
        return _response(await self._answer(ask))

    async def _batch(self, ask: Ask) -> _Answered:
        calls = ask.raw["batch"]
        if isinstance(calls, str):
            try:
                calls = json.loads(calls)
            except (ValueError, RecursionError):
                calls = None
        if not isinstance(calls, list) or not calls or not all(isinstance(one, dict) for one in calls):
            return _error(errors.bad_parameter("Param batch must be a JSON array of calls"))
        if len(calls) > MOST_IN_BATCH:
            return _error(errors.bad_parameter(f"A batch holds at most {MOST_IN_BATCH} calls"))
        shown = str(ask.raw.get("include_headers", "true")).lower() != "false"
        found = []
        for one in calls:
            answered = await self._answer(_in_batch(ask, one))
            part: dict[str, Any] = {"code": answered.status, "body": json.dumps(answered.body)}
            if shown:
                headers = {"Content-Type": "application/json", **answered.headers}
                part["headers"] = [{"name": name, "value": value} for name, value in headers.items()]
            found.append(part)
        return _Answered(status=200, body=found, headers={})

    async def _answer(self, ask: Ask | GraphError) -> _Answered:
        if isinstance(ask, GraphError):
            return _error(ask)
        if not ask.secret:
            return _error(errors.NO_TOKEN)
        digest = digest_of(ask.secret)
        started = self._clock.monotonic()
        used = self._use(digest, calls=engine.calls_in(ask))
        if used.calls > MOST_CALLS_AN_HOUR:
            left = _HOUR - self._clock.monotonic() % _HOUR
            return _error(errors.TOO_MANY, headers=_usage(used, minutes=math.ceil(left / 60)))
        try:
            found = await self._run(ask, digest, used)
        except TooMuch:
            found = errors.TOO_MUCH
        except Busy:
            found = errors.BUSY
        except Unconfirmed:
            found = errors.UNCONFIRMED
        except AlreadyDecided:
            found = errors.CHANGED
        except Exception:
            log.exception("a call of the API failed")
            found = errors.FAILED
        if isinstance(found, NotValid):
            self._used.pop(digest, None)
            return _error(_of_token(found))
        if isinstance(found, tuple):
            used.business, found = found
        used.seconds += self._clock.monotonic() - started
        headers = _usage(used)
        if isinstance(found, GraphError):
            return _error(found, headers=headers)
        return _Answered(status=200, body=found, headers=headers)

    async def _run(self, ask: Ask, digest: str, used: _Used) -> Any:
        """Run a call in its transaction; return the business it acts for, and the answer.

        What changes nothing runs beside the writer, so that no click waits for it.
        """

        def call(ctx: Context, bearer: Bearer, *, only_writes: bool) -> tuple[str, Any]:
            began = time.thread_time()
            try:
                found = engine.answer(ctx, bearer, ask, only_writes=only_writes)
            finally:
                used.busy += time.thread_time() - began
            if only_writes and isinstance(found, GraphError) and found.denied is not None:
                engine.record_denial(ctx, ask, found)
            return bearer.business_id, found

        how: dict[str, Any] = {"digest": digest, "verb": _VERB, "now": self._clock.now()}
        if engine.writes(ask):
            change = partial(call, only_writes=True)
            answered = await self._database.write(programs.serve, change, deadline=_SECONDS, **how)
            if not isinstance(answered, tuple) or answered[1] is not None:
                return answered
        answered = await self._database.read(programs.serve, partial(call, only_writes=False), **how)
        denied = answered[1] if isinstance(answered, tuple) else None
        if isinstance(denied, GraphError) and denied.denied is not None:
            record = partial(engine.record_denial, ask=ask, error=denied)
            await self._database.write(
                programs.serve, lambda ctx, _: record(ctx), deadline=_SECONDS, urgent=False, **how
            )
        return answered

    def _use(self, digest: str, *, calls: int) -> _Used:
        """Count calls of a token in the present hour."""
        hour = int(self._clock.monotonic() // _HOUR)
        if hour != self._hour:
            self._hour, self._used = hour, {}
        used = self._used.setdefault(digest, _Used())
        used.calls += calls
        return used


def _of_token(no: NotValid) -> GraphError:
    if no.is_removed:
        return errors.REMOVED
    return errors.BAD_TOKEN if no.since is None else errors.OLD_TOKEN


def _usage(used: _Used, *, minutes: int = 0) -> dict[str, str]:
    """Return Meta's usage headers: percents of the hour's share, and for how many minutes nothing is left."""
    share = {
        "call_count": min(100, used.calls * 100 // MOST_CALLS_AN_HOUR),
        "total_time": min(100, int(used.seconds * 100 / _HOUR)),
        "total_cputime": min(100, int(used.busy * 100 / _HOUR)),
    }
    headers = {"X-App-Usage": json.dumps(share)}
    if used.business:
        case = {"type": "business_management", **share, "estimated_time_to_regain_access": minutes}
        headers["X-Business-Use-Case-Usage"] = json.dumps({used.business: [case]})
    return headers


def _error(
    error: GraphError, *, status: int | None = None, headers: Mapping[str, str] | None = None
) -> _Answered:
    return _Answered(status=status or error.status, body=error.envelope(), headers=headers or {})


def _response(answered: _Answered) -> Response:
    challenge = {"www-authenticate": "OAuth"} if answered.status == 401 else {}  # noqa: PLR2004 - not signed in
    headers = {"cache-control": "no-store", **answered.headers, **challenge}
    return JSONResponse(answered.body, status_code=answered.status, headers=headers)


async def _again(body: bytes) -> Message:
    return {"type": "http.request", "body": body, "more_body": False}


# --- reading a request ------------------------------------------------------------------------------


async def _parameters(request: Request, body: bytes) -> dict[str, Any] | GraphError:
    """Return the parameters of a request, of its query and of its body; a body's win."""
    found = _together(request.query_params.multi_items())
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not body:
        return found
    if kind == "application/json":
        try:
            sent = json.loads(body)
        except (ValueError, RecursionError):
            return errors.bad_parameter("The body is no JSON")
        if not isinstance(sent, dict):
            return errors.bad_parameter("The body must be a JSON object")
        return found | sent
    if kind == "application/x-www-form-urlencoded":
        try:
            pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
        except ValueError:
            return errors.bad_parameter("The body cannot be read as the form that it says it is")
        return found | _together(pairs)
    if kind != "multipart/form-data":
        return errors.bad_parameter("The body must be JSON, urlencoded or multipart/form-data")
    try:
        form: FormData = await request.form(max_files=0, max_fields=_MOST_FIELDS)
    except (MultiPartException, HTTPException, ValueError, KeyError):
        return errors.bad_parameter("The body cannot be read as the form that it says it is")
    return found | _together((name, str(value)) for name, value in form.multi_items())


def _together(pairs: Any) -> dict[str, Any]:
    """Return parameters by name; a name that comes several times, or with [] or [0], is a list."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        bare = _ELEMENT.sub("", name)
        if bare in found or bare != name:
            before = found.get(bare, [])
            found[bare] = [*(before if isinstance(before, list) else [before]), value]
        else:
            found[name] = value
    return found


def _secret(request: Request, raw: Mapping[str, Any]) -> str | None:
    named = raw.get("access_token")
    if isinstance(named, str) and named:
        return named
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() in {"bearer", "oauth"} and token.strip() else None


def _in_batch(ask: Ask, one: Mapping[str, Any]) -> Ask | GraphError:
    if not is_whole_text(one):
        return _NO_TEXT
    method, relative, body = (one.get(name, default) for name, default in _PARTS)
    if not (isinstance(method, str) and isinstance(relative, str) and isinstance(body, str)):
        return errors.bad_parameter("Each call of a batch has a method, a relative_url and perhaps a body")
    if one.get("depends_on"):
        return errors.bad_parameter("A call of a batch cannot depend on another: send it when that is done")
    if method.upper() not in engine.METHODS:
        return errors.bad_parameter("The method of a call in a batch must be GET, POST or DELETE")
    try:
        parts = urlsplit(relative.lstrip("/"))
    except ValueError:
        return errors.bad_parameter("The relative_url of a call in a batch cannot be read")
    raw = _together(parse_qsl(parts.query, keep_blank_values=True)) | _together(
        parse_qsl(body, keep_blank_values=True)
    )
    own = raw.pop("access_token", None)
    secret = own if isinstance(own, str) and own else ask.secret
    return replace(ask, method=method.upper(), path=f"/{parts.path}", raw=raw, secret=secret)


_NO_TEXT = errors.bad_parameter("A parameter, or the name of one, holds text that is no Unicode")
_PARTS = (("method", "GET"), ("relative_url", ""), ("body", ""))
