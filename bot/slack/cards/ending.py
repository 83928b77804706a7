"""The card that warns the holder before access ends, and later says what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.assets import level_name
from bot.domain.grants import GrantState
from bot.domain.requests import Term
from bot.services.views.access import GrantView, HeldAfter
from bot.services.views.requests import RequestView
from bot.slack.cards import buttons
from bot.slack.cards.headline import grant_headline, reason_given
from bot.slack.cards.items import given_term, grant_line
from bot.slack.kit import Message, actions, card
from bot.slack.lines import Line, Passage, Small, joined, line, short, short_named
from bot.slack.text import en as texts

_NAME = 40


def ending_card(
    grant: GrantView,
    *,
    now: datetime,
    extension: RequestView | None = None,
    further: RequestView | None = None,
    after: HeldAfter | None = None,
    others: Sequence[str] = (),
) -> Message:
    """Return the warning to a holder whose access ends soon, and later what became of it.

    `extension` is the newest request to extend it, whatever its state, `further` the newest to extend what
    that one gave, `after` what is held once it ended. `others` are the assets to which its request gave
    access that ends with it: no other card warns of that.
    """
    is_over = grant.state is not GrantState.ACTIVE or (grant.ends_at is not None and grant.ends_at <= now)
    row = []
    if further is not None and not _is_extended_on(extension, further, grant):
        further = None
    if further is None and (extension is None or not _is_in_the_way(extension, grant)):
        row.append(buttons.ask_again_button(grant) if is_over else buttons.extend_button(grant))
        if not (is_over or grant.may_end):
            row.append(buttons.let_end_button(grant))
    if extension is not None:
        row.append(buttons.details_button(further or extension))
    named = texts.basics.names_of(others)
    together = line(texts.cards.ENDS_TOGETHER, assets=named, ref=grant.ref) if others else ()
    passages = _ending_passages(grant, extension, further, after, together, is_over=is_over, now=now)
    return card(lambda _: passages, [actions(*row)] if row else [], rest=texts.cards.THE_REST)


def _is_in_the_way(extension: RequestView, grant: GrantView) -> bool:
    """Say whether a further extension makes no sense: this one is open, or gave everything and stands."""
    return extension.state.is_open or _goes_on(extension, grant)


def _goes_on(extension: RequestView | None, grant: GrantView) -> bool:
    """Say whether an extension gives every task of the grant for longer: in force, or on its way at Meta."""
    after = None if extension is None else _given_by(extension)
    stands = after is not None and after.state in {GrantState.PENDING, GrantState.ACTIVE}
    return after is not None and stands and grant.tasks <= after.tasks and _is_longer(after, grant)


def _is_extended_on(extension: RequestView | None, further: RequestView, grant: GrantView) -> bool:
    """Say whether an extension gave all that the grant did and is over, and what extends that goes on."""
    after = None if extension is None else _given_by(extension)
    if after is None or after.state not in {GrantState.ENDING, GrantState.ENDED}:
        return False
    return grant.tasks <= after.tasks and _goes_on(further, after)


def _given_by(extension: RequestView) -> GrantView | None:
    """Return what an extension gave, None if nothing: it has one item."""
    return extension.items[0].grant


def _is_longer(after: GrantView, grant: GrantView) -> bool:
    return after.until is None or (grant.until is not None and grant.until < after.until)


def _ending_passages(
    grant: GrantView,
    extension: RequestView | None,
    further: RequestView | None,
    after: HeldAfter | None,
    together: Line,
    *,
    is_over: bool,
    now: datetime,
) -> list[Passage]:
    lines = [grant_headline(grant, is_over=is_over)]
    if is_over:
        lines.append(joined([grant_line(grant, for_owner=False, now=now), line(texts.cards.CONTENT_STAYS)]))
    elif grant.until is not None and not _goes_on(extension, grant):
        lines += [_ends(grant, after, at=grant.until), *filter(None, [together])]
    if extension is not None:
        lines.append(_extension(extension, further, grant))
    if not is_over and grant.may_end and (extension is None or not _is_in_the_way(extension, grant)):
        lines.append(line(texts.cards.LET_END_SAID))
    facts = (
        line("{ref}", ref=grant.ref),
        line(
            texts.cards.FACT_ASSET,
            asset=short_named(grant.asset_name, grant.asset_id, 90),
            owner=short(grant.owner.name, _NAME),
        ),
    )
    reason = [] if is_over else [(reason_given(grant.reason),)]
    return [tuple(lines), *reason, (Small(facts),)]


def _ends(grant: GrantView, after: HeldAfter | None, *, at: datetime) -> Line:
    holder = short(grant.holder.name, _NAME)
    if after is None:
        return line(texts.cards.ENDS, at=at, holder=holder)
    level = texts.basics.level_said(grant.kind, after.tasks)
    term = Term.without_end() if after.until is None else Term.till(after.until)
    return line(
        texts.cards.ENDS_PARTLY, at=at, holder=holder, level=level, term=texts.basics.confirm_term(term)
    )


def _extension(extension: RequestView, further: RequestView | None, grant: GrantView) -> Line:
    if further is not None:
        return line(texts.cards.EXTENDED_ON, ref=extension.ref, further=further.ref)
    template = texts.cards.EXTENSION[extension.state]
    after = _given_by(extension)
    given = frozenset[str]() if after is None else after.tasks
    if extension.undone_at is not None:
        template = texts.cards.EXTENSION_UNDONE
    elif after is not None and after.state is not GrantState.ACTIVE:
        template = texts.cards.EXTENSION_STANDS[after.state]
    elif after is not None and not _is_longer(after, grant):
        template = texts.cards.EXTENSION_CUT
    elif after is not None and not grant.tasks <= given:
        template = texts.cards.EXTENSION_IN_PART
    return line(
        template,
        level=level_name(grant.kind, given),
        rest=texts.basics.doing(grant.kind, grant.tasks - given),
        ref=extension.ref,
        owner=short(extension.deciding.name, _NAME),
        approvals=extension.approvals,
        required_approvals=extension.required_approvals,
        term=texts.basics.confirm_term(given_term(extension)),
    )
