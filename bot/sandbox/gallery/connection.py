"""The form by which a business is connected to Meta, in the gallery."""

from __future__ import annotations

from bot.domain.connections import NEEDED, ConnectionState, FlawKind, Obstacle, TokenFlaw
from bot.sandbox.gallery import sizes
from bot.sandbox.gallery.exhibit import Exhibits, Size, words_of
from bot.sandbox.gallery.form import ZONE, form_of, refused
from bot.sandbox.gallery.records import NOW
from bot.services.comparing import Progress
from bot.services.connections import ConnectionView
from bot.slack import modals
from bot.slack.kit import View
from bot.slack.text import en as texts

_TITLE = "Connect to Meta"


def connection() -> Exhibits:
    """Return the form in each state, and what stands in its place while a token is tested."""
    for size in Size:
        yield form_of(_TITLE, _form(size), state="not connected", size=size)
        for state in ConnectionState:
            yield form_of(_TITLE, _form(size, state), state=words_of(state), size=size)
        for unread in (0, 12):
            found = Progress(
                is_due=False, done_at=NOW, unread=unread, why=Obstacle.LIMITED if unread else None
            )
            form = _form(size, ConnectionState.CONNECTED, compared=found)
            yield form_of(_TITLE, form, state=f"compared, {unread} not read", size=size)
    yield form_of(_TITLE, _form(Size.USUAL, ConnectionState.CONNECTED, by=None), state="by the operator")
    for why in texts.meta.UNREAD_WHY:
        so_far = Progress(is_due=True, done_at=None, unread=1, why=why)
        form = _form(Size.USUAL, ConnectionState.CONNECTED, compared=so_far)
        yield form_of(_TITLE, form, state=f"being compared: {words_of(why)}")
    yield form_of(_TITLE, _form(Size.USUAL, can_keep=False), state="no key to keep a token with")
    missing = TokenFlaw(FlawKind.MISSING, tuple(sorted(NEEDED)))
    yield form_of(_TITLE, _form(Size.USUAL, flaw=missing), state="the token was wrong, said later")
    yield refused(_TITLE, _form(Size.USUAL), {"token": texts.meta.flaw(missing)})
    yield form_of(_TITLE, modals.checking_modal(), state="Meta is slow")


def _form(
    size: Size,
    state: ConnectionState | None = None,
    *,
    by: str | None = "Dana Diaz",
    can_keep: bool = True,
    flaw: TokenFlaw | None = None,
    compared: Progress | None = None,
) -> View:
    found = None
    if state is not None:
        name = sizes.LONGEST["person"] if size is Size.LARGEST else "Countersign"
        found = ConnectionView(name=name, state=state, since=NOW, by=by, left=12, compared=compared)
    return modals.connection_modal(sizes.DECIDES[size], found, can_keep=can_keep, flaw=flaw, zone=ZONE)
