"""What is true of access at this moment: every sentence that says that it starts or has ended is made here.

Where the record alone gives access it starts and ends with the click. Where its owner is connected to Meta,
only what was read there has started or ended.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.domain.grants import GrantState, told_of
from bot.services.views import GrantView, RequestView
from bot.slack.lines import Line, line
from bot.slack.text import en as texts


def state_of(view: RequestView) -> GrantState | None:
    """Return the state to tell of what a request gave; None while it gave nothing."""
    return told_of(item.grant.state for item in view.items if item.grant is not None)


def starts(view: RequestView, at_once: str) -> str:
    """Return when access would start with the last approval: `at_once`, or once Meta has put it in force."""
    return texts.meta.STARTS if view.is_kept_at_meta else at_once


def has_ended(view: RequestView) -> Line:
    """Return how far what a request gave has ended, now that it was ended."""
    return ends(item.grant for item in view.items if item.grant is not None)


def ends(grants: Iterable[GrantView]) -> Line:
    """Return how far access has ended that somebody ended."""
    state = told_of(one.state for one in grants)
    return line(texts.meta.ENDS.get(state, texts.cards.HAS_ENDED))
