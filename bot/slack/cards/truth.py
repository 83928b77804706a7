"""What is true of access at this moment: every sentence that says that it starts or has ended is made here.

Where the record alone gives access it starts and ends with the click. Where its owner is connected to Meta,
only what was read there has started or ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.domain.connections import EnforcementState, Obstacle
from bot.domain.grants import GrantState, told_of
from bot.services.views.access import GrantView
from bot.services.views.requests import RequestView
from bot.slack.lines import Line, line, plain, short
from bot.slack.text import en as texts

_AS_GRANT: Mapping[EnforcementState, GrantState] = {
    EnforcementState.PENDING: GrantState.PENDING,
    EnforcementState.IN_FORCE: GrantState.ACTIVE,
    EnforcementState.FAILED: GrantState.FAILED,
    EnforcementState.STUCK: GrantState.STUCK,
}


def state_of(view: RequestView) -> GrantState | None:
    """Return the state to tell of what a request gave; None while it gave nothing."""
    states = [item.grant.state for item in view.items if item.grant is not None]
    return told_of([*states, _AS_GRANT[view.at_meta.state]] if view.at_meta is not None else states)


def claim_line(view: RequestView) -> Line:
    """Return how far what was approved, and is no grant, is in force at Meta; empty once it is."""
    if view.at_meta is None or view.at_meta.state is EnforcementState.IN_FORCE:
        return ()
    obstacle = view.at_meta.obstacle
    who = {"owner": short(view.requesting.name, 60), "holder": short(view.deciding.name, 60)}
    if view.at_meta.state is EnforcementState.PENDING:
        said = texts.meta.CLAIM_SO_FAR.get(obstacle, texts.meta.CLAIM_WAITS) if obstacle else None
        return line(said or texts.meta.CLAIM_WAITS, **who)
    return line(
        texts.meta.FAILED, why=plain(line(texts.meta.WHY_CLAIM[obstacle or Obstacle.UNREACHED], **who))
    )


def starts(view: RequestView, at_once: str) -> str:
    """Return when access would start with the last approval: `at_once`, or once Meta has put it in force."""
    return texts.meta.STARTS if view.is_kept_at_meta else at_once


def has_ended(view: RequestView, *, on_card: bool = False) -> Line:
    """Return how far what a request gave has ended, now that it was ended."""
    return ends((item.grant for item in view.items if item.grant is not None), on_card=on_card)


def ends(grants: Iterable[GrantView], *, on_card: bool = False) -> Line:
    """Return how far access has ended that somebody ended; `on_card`: where it is said of each asset, too."""
    state = told_of(one.state for one in grants)
    if on_card and state is GrantState.ENDING:
        return line(texts.meta.ENDS_HERE)
    return line(texts.meta.ENDS.get(state, texts.cards.HAS_ENDED))
