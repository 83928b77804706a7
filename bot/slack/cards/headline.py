"""The one sentence about a request: who requests what on which assets until when.

It leads the card, and is the notification, a digest's row, a home's and a list's row, and what dialogs name.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.assets import Tasks
from bot.domain.grants import GrantState
from bot.domain.kinds import RULES, Side
from bot.domain.requests import DraftState
from bot.services.views.access import GrantView
from bot.services.views.parties import Party, Signer
from bot.services.views.requests import DraftView, ItemView, RequestView
from bot.slack.cards.items import asset_name, asset_words, by_risk, effective
from bot.slack.lines import Line, Quote, Value, day, joined, line, short
from bot.slack.text import en as texts

_NAME = 60
_NAMED = 2
"""How many assets a sentence names. The others are counted."""


def reason_given(reason: str, *, is_over: bool = False) -> Quote | Line:
    """Return why access is requested, as a quote; that there is no reason is said in plain words."""
    return Quote(reason) if reason else line("{said}.", said=texts.basics.no_reason(is_over=is_over))


def headline(view: RequestView | DraftView) -> Line:
    """Return who requests what on which assets until when, in one sentence that names the assets."""
    if isinstance(view, DraftView):
        # What was never sent was never requested: a draft that is dropped or expired reads as it did.
        kind, term, is_open = view.request.kind, view.request.term, view.state is not DraftState.SENT
        extends = False
    else:
        kind, term, is_open = view.kind, view.term, view.state.is_open
        extends = view.extends is not None
    words = texts.kinds.WORDS[kind]
    if extends:
        template = words.requests_to_extend if is_open else words.requested_to_extend
    else:
        template = words.requests if is_open else words.requested
    return line(
        template,
        requesting=short(view.requesting.name, _NAME),
        deciding=short(view.deciding.name, _NAME),
        what=requested(view),
        term=texts.basics.day_term(term),
    )


def deciders(view: RequestView | DraftView) -> Line:
    """Return to whom a request goes: a business, or the admins of the asset that it claims."""
    kind = view.request.kind if isinstance(view, DraftView) else view.kind
    return line(texts.kinds.WORDS[kind].deciders, deciding=short(view.deciding.name, _NAME))


def owner_and_holder(view: RequestView) -> tuple[Party, Party]:
    """Return the owner and the holder of what a request gave: those of the request."""
    is_held_by_requesting = RULES[view.kind].holder is Side.REQUESTING
    return (view.deciding, view.requesting) if is_held_by_requesting else (view.requesting, view.deciding)


def grant_headline(grant: GrantView, *, is_over: bool) -> Line:
    """Return who has what on which asset until when; once that is over, who had it."""
    template = texts.cards.HOLDS if grant.until is None else texts.cards.HOLDS_UNTIL
    return line(
        texts.cards.HELD if is_over else template,
        holder=short(grant.holder.name, _NAME),
        level=texts.basics.level_said(grant.kind, grant.tasks),
        asset=short(grant.asset_name, _NAME) or grant.asset_id,
        end=day(grant.until) if grant.until else "",
    )


def requested(view: RequestView | DraftView, *, most: int = _NAME) -> Line:
    """Return what was requested: "General user on Acme Shoes EU"; asset names have `most` characters."""
    return on_assets([(item, item.requested) for item in view.items], most=most)


def gives(view: RequestView, *, most: int = _NAME) -> Line:
    """Return what an approval would give now, or gave; if that is nothing, what was requested."""
    given = [(item, effective(item, view.state)) for item in view.items]
    return on_assets([one for one in given if one[1]], most=most) or requested(view, most=most)


def in_force(view: RequestView, *, most: int = _NAME) -> Line:
    """Return what of it is in force now, which is asked about; if that is nothing, what an approval gave."""
    live = [
        (item, item.grant.tasks)
        for item in view.items
        if item.grant is not None and item.grant.state is GrantState.ACTIVE
    ]
    return on_assets(live, most=most) if live else gives(view, most=most)


def on_assets(items: Sequence[tuple[ItemView, Tasks]], *, most: int = _NAME) -> Line:
    """Return "Admin on A and Analyst on B", what is risky first; of more than two, how many more."""
    ordered = by_risk(items)
    shown, more = ordered[:_NAMED], len(ordered) - _NAMED
    levels = [texts.basics.level_said(item.kind, tasks) for item, tasks in ordered]
    names = _names([item for item, _ in shown], most=most)
    if len(set(levels[:_NAMED])) > 1:
        parts = [_on(level, [name]) for level, name in zip(levels, names, strict=False)]
    elif more > 0 and len(set(levels)) == 1:
        parts = [line(texts.cards.ON_MORE, level=levels[0], assets=joined(names, ", "), count=more)]
        more = 0
    else:
        parts = [_on(levels[0], names)] if names else []
    if more > 0:
        return joined([joined(parts, ", "), line(texts.cards.ON_OTHERS, count=more)], "")
    return joined(parts, texts.cards.AND)


def _on(level: str, names: Sequence[Line]) -> Line:
    return line(texts.cards.ON, level=level, assets=joined(names, texts.cards.AND))


def _names(items: Sequence[ItemView], *, most: int) -> list[Line]:
    """Return the names of these assets; with their ids where two have the same name."""
    names = [asset_name(item, most) for item in items]
    if len(set(names)) < len(names):
        names = [asset_words(item, most) for item in items]
    return [line(texts.cards.ON_ASSET, asset=name) for name in names]


def makers(view: RequestView) -> dict[str, Value]:
    """Return who made the request, and who drafted it: people, or a program and who answers for it."""
    requester = short(view.requester, _NAME)
    if not view.author:
        return {"requester": or_program(requester, view.program)}
    return {"requester": requester, "author": or_program(short(view.author, _NAME), view.program)}


def drafted_by(view: DraftView) -> Value:
    """Return who made a draft: a person, or a program and who answers for it."""
    return or_program(short(view.author, _NAME), view.request.program)


def closer(view: RequestView) -> str:
    """Return who decided last, or cancelled: a person, or a program and who answers for it."""
    return texts.basics.signed(Signer(view.over_by or texts.basics.SOMEBODY, view.over_with))


def or_program(name: str, program: str | None) -> Value:
    """Return who did something: a person, or a program and who answers for it."""
    return texts.basics.signed(Signer(name, program))
