"""The card that warns the holder before access ends, and later says what became of it."""

from __future__ import annotations

from datetime import datetime

from bot.domain.assets import level_name
from bot.domain.grants import GrantState
from bot.domain.requests import RequestState
from bot.services.views.access import GrantView
from bot.services.views.requests import RequestView
from bot.slack.cards import buttons
from bot.slack.cards.headline import grant_headline, reason_given
from bot.slack.cards.items import grant_line
from bot.slack.cards.truth import state_of
from bot.slack.kit import Message, actions, card
from bot.slack.lines import Line, Passage, Small, joined, line, short, short_named
from bot.slack.text import en as texts

_NAME = 40


def ending_card(grant: GrantView, *, now: datetime, extension: RequestView | None = None) -> Message:
    """Return the warning to a holder whose access ends soon, and later what became of it.

    `extension` is the newest request to extend it, whatever its state.
    """
    is_over = grant.state is not GrantState.ACTIVE or (grant.ends_at is not None and grant.ends_at <= now)
    row = []
    if extension is None or not _is_in_the_way(extension, grant):
        row.append(buttons.ask_again_button(grant) if is_over else buttons.extend_button(grant))
        if not (is_over or grant.may_end):
            row.append(buttons.let_end_button(grant))
    if extension is not None:
        row.append(buttons.details_button(extension))
    passages = _ending_passages(grant, extension, is_over=is_over, now=now)
    return card(lambda _: passages, [actions(*row)] if row else [], rest=texts.cards.THE_REST)


def _is_in_the_way(extension: RequestView, grant: GrantView) -> bool:
    """Say whether a further extension makes no sense: this one is open, or gave everything and stands."""
    return extension.state.is_open or _goes_on(extension, grant)


def _goes_on(extension: RequestView | None, grant: GrantView) -> bool:
    """Say whether an extension that stands gives every task of the grant."""
    is_approved = (
        extension is not None and extension.state is RequestState.APPROVED and extension.undone_at is None
    )
    is_there = extension is not None and state_of(extension) is not GrantState.FAILED
    return extension is not None and is_approved and is_there and gives_all(extension, grant)


def gives_all(extension: RequestView, grant: GrantView) -> bool:
    """Say whether an approved extension gives every task of the grant that it extends."""
    return grant.tasks <= frozenset[str]().union(*(item.given or () for item in extension.items))


def _ending_passages(
    grant: GrantView, extension: RequestView | None, *, is_over: bool, now: datetime
) -> list[Passage]:
    holder = short(grant.holder.name, _NAME)
    lines = [grant_headline(grant, is_over=is_over)]
    if is_over:
        lines.append(joined([grant_line(grant, for_owner=False, now=now), line(texts.cards.CONTENT_STAYS)]))
    elif grant.ends_at is not None and not _goes_on(extension, grant):
        lines.append(line(texts.cards.ENDS, at=grant.ends_at, holder=holder))
    if extension is not None:
        lines.append(_extension(extension, grant))
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


def _extension(extension: RequestView, grant: GrantView) -> Line:
    template = texts.cards.EXTENSION[extension.state]
    given = frozenset[str]().union(*(item.given or () for item in extension.items))
    if extension.undone_at is not None:
        template = texts.cards.EXTENSION_UNDONE
    elif (at_meta := texts.cards.EXTENSION_AT_META.get(state_of(extension))) is not None:
        template = at_meta
    elif extension.state is RequestState.APPROVED and not gives_all(extension, grant):
        template = texts.cards.EXTENSION_IN_PART
    return line(
        template,
        level=level_name(grant.kind, given),
        rest=texts.basics.doing(grant.kind, grant.tasks - given),
        ref=extension.ref,
        owner=short(extension.deciding.name, _NAME),
        approvals=extension.approvals,
        required_approvals=extension.required_approvals,
        term=texts.basics.confirm_term(extension.given_term or extension.term),
    )
