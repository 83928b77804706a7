"""The two pages on which somebody installs the app: where they begin, and where Slack sends their browser.

Slack's pages lie between the two. What is in the second one's address works once, and only for the browser
that began.
"""

from __future__ import annotations

import hmac
import logging
import secrets
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from bot.domain.inbox import InboxKey, InboxKind, Repeated
from bot.errors import Busy, StoreDown, Unconfirmed
from bot.slack import web
from bot.slack.installing import OtherApp
from bot.slack.wire.calls import Refused, SlackError
from bot.slack.wire.manifest import INSTALL_PATH, REDIRECT_PATH
from bot.slack.wire.oauth import STATE_LIFE, OAuth
from handlers.edge import Edge

log = logging.getLogger(__name__)

_COOKIE = "countersign-install"
_LONGEST_CODE = 1000
_STALE = frozenset({"invalid_code", "code_already_used", "code_expired", "bad_redirect_uri", "invalid_grant"})
_HEADERS = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",  # the second page's address is nobody else's business
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
}


class InstallPages:
    """The pages. Only a GET of the second one that ends what this browser began changes anything."""

    def __init__(self, edge: Edge, oauth: OAuth) -> None:
        self._edge = edge
        self._oauth = oauth

    async def begin(self, _: Request) -> HTMLResponse:
        """Say what is to be installed, and begin."""
        state = self._oauth.new_state(now=self._edge.clock.real())
        response = _response(web.begin_page(self._oauth.address(state)))
        response.set_cookie(
            _COOKIE,
            state,
            max_age=int(STATE_LIFE.total_seconds()),
            path=REDIRECT_PATH,
            secure=True,
            httponly=True,
            samesite="lax",  # Slack's page leads back here
        )
        return response

    async def end(self, request: Request) -> HTMLResponse:
        """Install what was allowed, and say so."""
        if "error" in request.query_params:
            return _response(web.cancelled_page(INSTALL_PATH))
        code = request.query_params.get("code", "")
        try:
            if (
                request.method != "GET"
                or not 0 < len(code) <= _LONGEST_CODE
                or not await self._is_ours(request)
            ):
                return _response(web.stale_page(INSTALL_PATH), status=400)
            allowed = await self._edge.installer.install(code, app_id=self._edge.app_id)
        except Refused as refused:
            if refused.word in _STALE:
                return _response(web.stale_page(INSTALL_PATH), status=400)
            return _fault(f"Slack exchanges no code: {refused.word}")
        except OtherApp as other:
            return _fault(f"the client id is of another app, {other}")
        except SlackError as error:
            log.warning("an installation was not ended: %s", error)
            return _response(web.later_page(INSTALL_PATH), status=503)
        except (Busy, StoreDown, Unconfirmed) as error:
            log.warning("an installation could not be kept: %s", error)
            return _response(web.later_page(INSTALL_PATH), status=503)
        address = self._oauth.next_address(allowed)
        response = _response(web.done_page(allowed.name, address=address, is_org=allowed.team_id is None))
        response.delete_cookie(_COOKIE, path=REDIRECT_PATH, secure=True, httponly=True, samesite="lax")
        return response

    async def _is_ours(self, request: Request) -> bool:
        """Say whether this browser began it, not long ago, and ends it for the first time."""
        if request.method != "GET":
            return False
        state, cookie = request.query_params.get("state", ""), request.cookies.get(_COOKIE, "")
        if not (state.isascii() and hmac.compare_digest(state.encode(), cookie.encode())):
            return False
        if not self._oauth.is_state(state, now=self._edge.clock.real()):
            return False
        once = InboxKey(InboxKind.STATE, sha256(state.encode()).hexdigest())
        first = await self._edge.database.write(lambda _: None, inbox=once)
        return not isinstance(first, Repeated)


def install_routes(edge: Edge) -> list[Route]:
    """Return the routes of the pages; none where the app's tokens come from the environment alone."""
    if edge.installer.oauth is None:
        return []
    pages = InstallPages(edge, edge.installer.oauth)
    return [Route(INSTALL_PATH, pages.begin), Route(REDIRECT_PATH, pages.end)]


def _fault(why: str) -> HTMLResponse:
    reference = secrets.token_hex(4)
    log.error("ALARM: fault %s: the app cannot be installed: %s", reference, why)
    return _response(web.fault_page(reference), status=500)


def _response(page: str, *, status: int = 200) -> HTMLResponse:
    return HTMLResponse(page, status_code=status, headers=_HEADERS)
