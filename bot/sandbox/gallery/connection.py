"""The form by which a business is connected to Meta, in the gallery."""

from __future__ import annotations

from bot.domain.connections import NEEDED, ConnectionState, FlawKind, TokenFlaw
from bot.sandbox.gallery import sizes
from bot.sandbox.gallery.exhibit import Exhibits, Size, words_of
from bot.sandbox.gallery.form import ZONE, form_of, refused
from bot.sandbox.gallery.records import NOW
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
    yield form_of(_TITLE, _form(Size.USUAL, ConnectionState.CONNECTED, by=None), state="by the operator")
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
) -> View:
    found = None
    if state is not None:
        name = sizes.LONGEST["person"] if size is Size.LARGEST else "Countersign"
        found = ConnectionView(name=name, state=state, since=NOW, by=by, left=12)
    return modals.connection_modal(sizes.DECIDES[size], found, can_keep=can_keep, flaw=flaw, zone=ZONE)
