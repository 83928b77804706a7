"""The items of a request: on its card as one list, each level explained once; in Details with everything."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.assets import TASKS, Kind, Tasks, is_risky, level_name, level_of
from bot.domain.connections import SHOWN_WITHIN, Obstacle
from bot.domain.grants import EndReason, GrantState
from bot.domain.kinds import RULES, RequestKind
from bot.domain.messages import Audience
from bot.domain.requests import RequestState, Term
from bot.services.views.access import GrantView
from bot.services.views.parties import Party, Signer
from bot.services.views.requests import ItemView, RequestView
from bot.slack.lines import Bullets, Line, Passage, joined, line, plain, short, short_named
from bot.slack.text import en as texts

_LONGEST_NAME = 90
_LONGEST_NAME_TIGHT = 45
_WHOLE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """For whom items are shown, of which kind of request, and in what state: None before it is sent."""

    audience: Audience
    kind: RequestKind
    deciding: Party
    state: RequestState | None
    now: datetime

    @property
    def is_open(self) -> bool:
        """Say whether it can still be decided."""
        return self.state is None or self.state.is_open

    @property
    def for_approvers(self) -> bool:
        """Say whether the deciding side reads."""
        return self.audience is Audience.APPROVERS

    @property
    def for_owner(self) -> bool:
        """Say whether the business that owns the assets reads."""
        return is_for_owner(self.kind, self.audience)


def is_for_owner(kind: RequestKind, audience: Audience) -> bool:
    """Say whether a message for this audience is read by the business that owns the request's assets."""
    return RULES[kind].owner is audience.side


def item_list(items: Sequence[ItemView], *, showing: Showing, room: int) -> list[Passage]:
    """Return the items as one list of about `room` characters, what is risky first; the rest is counted."""
    lines: list[Line] = []
    explained: set[tuple[Kind, Tasks]] = set()
    left = room
    for item in _in_order(items, showing=showing):
        one = _row(item, showing=showing, explained=explained)
        left -= len(plain(one)) + 1
        if left < 0:
            break
        lines.append(one)
    passages: list[Passage] = [(Bullets(tuple(lines)),)] if lines else []
    if more := len(items) - len(lines):
        passages.append((line(texts.cards.MORE_ITEMS if lines else texts.cards.ALL_ITEMS, count=more),))
    return passages


def given_as_requested(items: Sequence[ItemView], *, showing: Showing) -> Line:
    """Return how access stands where all was given as requested and stands alike; else empty.

    The sentence about the request says the rest then.
    """
    states = {
        grant_line(item.grant, for_owner=showing.for_owner, now=showing.now)
        if item.grant is not None and item.given == item.requested and not item.words
        else ()
        for item in items
    }
    return states.pop() if len(states) == 1 else ()


def item_groups(items: Sequence[ItemView], *, showing: Showing) -> list[Passage]:
    """Return everything about the items, by what is requested and given, for Details."""
    groups: dict[tuple[Kind, Tasks, Tasks | None], list[ItemView]] = {}
    for item in _in_order(items, showing=showing):
        groups.setdefault((item.kind, item.requested, given_of(item, showing.state)), []).append(item)
    return [
        (
            _heading(kind, requested, given, showing=showing),
            Bullets(tuple(_item(item, showing=showing) for item in members)),
        )
        for (kind, requested, given), members in groups.items()
    ]


def by_risk(items: Iterable[tuple[ItemView, Tasks]]) -> list[tuple[ItemView, Tasks]]:
    """Return each item with the tasks that count, risky ones first, so that these are not cut."""
    return sorted(items, key=lambda one: not is_risky(one[0].kind, one[1]))


def given_of(item: ItemView, state: RequestState | None) -> Tasks | None:
    """Return what is given; a first approval counts for nothing once the request was declined."""
    return item.given if state in {RequestState.APPROVED, RequestState.IN_REVIEW} else None


def effective(item: ItemView, state: RequestState | None) -> Tasks:
    """Return what an approval would give now: as the first approval fixed it, else as asked."""
    given = given_of(item, state)
    return item.requested if given is None else given


def is_unnamed(item: ItemView, state: RequestState | None) -> bool:
    """Say whether an approval would give an asset now that is only described so far."""
    return item.asset_id is None and bool(effective(item, state))


def effective_term(view: RequestView) -> Term:
    """Return for how long an approval would give it now."""
    return view.given_term if view.state is RequestState.IN_REVIEW and view.given_term else view.term


def given_term(view: RequestView) -> Term:
    """Return for how long it was given; while it is open, for how long an approval would give it now.

    Until its end, where that is known and one for all: it can be sooner than the approval said.
    """
    ends = {item.grant.until for item in view.items if item.grant is not None}
    if len(ends) == 1 and (end := ends.pop()) is not None:
        return Term.till(end)
    if view.state is RequestState.APPROVED and view.given_term is not None:
        return view.given_term
    return effective_term(view)


def has_risk(view: RequestView) -> bool:
    """Say whether an approval would give something risky now."""
    return any(is_risky(item.kind, effective(item, view.state)) for item in view.items)


def grant_line(grant: GrantView, *, for_owner: bool, now: datetime) -> Line:
    """Return the state of a grant. Who ended it is named to their own side, their business to the other."""
    ended = {} if grant.ended_at is None else {"at": grant.ended_at}
    by_owner = texts.meta.BY_OPERATOR if grant.by_operator else ender(grant, grant.owner, is_own=for_owner)
    by_holder = ender(grant, grant.holder, is_own=not for_owner)
    match grant.state:
        case GrantState.ACTIVE if grant.cut_at is not None and now < grant.cut_at:
            said = line(texts.cards.GRANT_CUT, at=grant.cut_at)
        case GrantState.ACTIVE if grant.ends_at is not None:
            # Access ends at this time even if the sweep that records it is late, unless Meta keeps it.
            reached = texts.meta.ENDING if grant.is_at_meta else texts.cards.GRANT_REACHED
            said = line(texts.cards.GRANT_UNTIL if now < grant.ends_at else reached, at=grant.ends_at)
        case GrantState.PENDING | GrantState.FAILED | GrantState.ENDING | GrantState.STUCK if (
            grant.is_at_meta
        ):
            said = at_meta_line(grant)
        case GrantState.ENDED if ended and never_in_force(grant):
            said = line(texts.cards.GRANT_NEVER, **ended)
        case GrantState.ENDED if grant.end_reason is EndReason.REVOKED and ended:
            said = line(texts.cards.GRANT_REVOKED, by=by_owner, **ended)
        case GrantState.ENDED if grant.end_reason is EndReason.RELINQUISHED and ended:
            said = line(texts.cards.GRANT_RELINQUISHED, by=by_holder, **ended)
        case GrantState.ENDED if grant.end_reason is EndReason.OWNED and ended:
            said = line(texts.cards.GRANT_OWNED, holder=short(grant.holder.name, 60), **ended)
        case GrantState.ENDED if grant.end_reason is EndReason.UNDONE and ended:
            said = line(texts.cards.GRANT_UNDONE, **ended)
        case GrantState.ENDED if ended and (planned := planned_before(grant)) is not None:
            said = line(texts.cards.GRANT_REACHED_LATE, planned=planned, **ended)
        case GrantState.ENDED if ended:
            said = line(texts.cards.GRANT_REACHED, **ended)
        case _:
            said = line(texts.cards.GRANT_STATES[grant.state])
    if grant.end_note:
        said = joined([said, line(texts.cards.GRANT_NOTE, note=short(grant.end_note, 500))])
    return said


def ender(grant: GrantView, business: Party, *, is_own: bool) -> str:
    """Return who of a business ended a grant: a person, or a program and who answers for it.

    To others than its own people, and where nobody did, it is the business.
    """
    if not is_own or grant.ended_by is None:
        return short(business.name, 60)
    return texts.basics.signed(Signer(grant.ended_by, grant.ended_with))


def never_in_force(grant: GrantView) -> bool:
    """Say whether access that is over, or about to be, never came into force at Meta."""
    return grant.is_at_meta and grant.starts_at is None


def planned_before(grant: GrantView) -> datetime | None:
    """Return when access was to end that Meta kept for longer than that; None: it ended as planned."""
    if not grant.is_at_meta or grant.ends_at is None or grant.ended_at is None:
        return None
    is_late = grant.end_reason is EndReason.REACHED and grant.ended_at - grant.ends_at > SHOWN_WITHIN
    return grant.ends_at if is_late else None


def at_meta_line(grant: GrantView) -> Line:
    """Return how access stands that is on its way in or out at Meta."""
    on_its_way = texts.meta.ON_ITS_WAY.get(grant.obstacle) if grant.obstacle is not None else None
    match grant.state:
        case GrantState.PENDING if on_its_way is not None:
            return line(on_its_way, owner=short(grant.owner.name, 60))
        case GrantState.PENDING if grant.ends_at is not None:
            return line(texts.meta.PENDING_UNTIL, at=grant.ends_at)
        case GrantState.PENDING:
            return line(texts.meta.PENDING)
        case GrantState.ENDING:
            return line(texts.meta.ENDING)
        case _:
            template = texts.meta.STUCK if grant.state is GrantState.STUCK else texts.meta.FAILED
            return line(template, why=plain(why_not_at_meta(grant)))


def why_not_at_meta(grant: GrantView) -> Line:
    """Return what stands in the way at Meta, and who can help."""
    said = texts.meta.WHY[grant.obstacle or Obstacle.UNREACHED]
    return line(said, owner=short(grant.owner.name, 60), holder=short(grant.holder.name, 60))


def asset_name(item: ItemView, most: int) -> str:
    """Return an item's asset by its name, its id if it has none, or its description in quotes."""
    if item.asset_id is None:
        return asset_words(item, most)
    return short(item.asset_name or "", most) or item.asset_id


def asset_words(item: ItemView, most: int = _LONGEST_NAME) -> str:
    """Return an item's asset as "name (id)", or its description in quotes."""
    if item.asset_id is None:
        return texts.basics.QUOTED.format(words=short(item.words or "", most))
    return short_named(item.asset_name or "", item.asset_id, most)


def _in_order(items: Sequence[ItemView], *, showing: Showing) -> list[ItemView]:
    """Return the items, what is risky first, and beside each other what is alike."""
    likes = list(dict.fromkeys(_likeness(item, showing) for item in items))
    alike = sorted(items, key=lambda item: likes.index(_likeness(item, showing)))
    return [item for item, _ in by_risk((item, item.requested) for item in alike)]


def _likeness(item: ItemView, showing: Showing) -> tuple[Kind, Tasks, Tasks | None]:
    return item.kind, item.requested, given_of(item, showing.state)


# --- on a card ---------------------------------------------------------------------------------------


def _row(item: ItemView, *, showing: Showing, explained: set[tuple[Kind, Tasks]]) -> Line:
    said = [_level(item, showing=showing, explained=explained)]
    if item.asset_id is not None and item.words:
        said.append(line(texts.cards.ITEM_BOUND, words=short(item.words, _LONGEST_NAME)))
    if showing.is_open and is_unnamed(item, showing.state):
        template = texts.cards.ROW_UNNAMED if showing.for_approvers else texts.cards.ROW_DESCRIBED
        owner = short(showing.deciding.name, _LONGEST_NAME_TIGHT)
        said.append(line(template, kind=texts.basics.KINDS[item.kind][1], owner=owner))
    if showing.is_open and item.held:
        said.append(_held_on_card(item, showing=showing))
    if item.grant is not None:
        said.append(grant_line(item.grant, for_owner=showing.for_owner, now=showing.now))
    return joined(said)


def _held_on_card(item: ItemView, *, showing: Showing) -> Line:
    added = effective(item, showing.state) - item.held
    theirs = texts.cards.ROW_HELD if added else texts.cards.ROW_HELD_SAME
    own = texts.cards.ROW_HELD_BY_READER if added else texts.cards.ROW_HELD_BY_READER_SAME
    return line(
        theirs if showing.for_owner else own,
        held=texts.basics.level_row(item.kind, item.held),
        added=texts.basics.doing(item.kind, added),
    )


def _level(item: ItemView, *, showing: Showing, explained: set[tuple[Kind, Tasks]]) -> Line:
    given = given_of(item, showing.state)
    told = given or item.requested
    level = level_of(item.kind, told)
    means = ""
    if level and showing.is_open and given != frozenset() and (item.kind, told) not in explained:
        explained.add((item.kind, told))
        means = texts.cards.ROW_MEANS.format(means=level.means)
    in_review = showing.state is RequestState.IN_REVIEW
    if given is None or given == item.requested:
        template = texts.cards.ROW
    elif given:
        template = texts.cards.ROW_FIRST_APPROVAL if in_review else texts.cards.ROW_GIVEN
    else:
        template = texts.cards.ROW_FIRST_APPROVAL_DECLINED if in_review else texts.cards.ROW_DECLINED
    return line(
        template,
        asset=asset_words(item),
        kind=texts.basics.KINDS[item.kind][1],
        level=texts.basics.level_row(item.kind, told),
        requested=texts.basics.level_row(item.kind, item.requested),
        means=means,
    )


# --- in Details --------------------------------------------------------------------------------------


def _heading(kind: Kind, requested: Tasks, given: Tasks | None, *, showing: Showing) -> Line:
    in_review = showing.state is RequestState.IN_REVIEW
    name = texts.basics.kind_name(kind)
    if given is not None and not given:
        template = texts.cards.GROUP_FIRST_APPROVAL_DECLINED if in_review else texts.cards.GROUP_DECLINED
        return line(template, kind=name, level=level_name(kind, requested))
    told = requested if given is None else given
    means, tasks = texts.basics.level_words(kind, told), texts.basics.task_names(told)
    if given is not None and given != requested:
        template = texts.cards.GROUP_FIRST_APPROVAL if in_review else texts.cards.GROUP_REQUESTED_GIVEN
        return line(
            template,
            kind=name,
            requested=level_name(kind, requested),
            given=level_name(kind, given),
            means=means,
            tasks=tasks,
        )
    template = texts.cards.GROUP if told <= TASKS[kind] else texts.cards.GROUP_WITHOUT_TASKS
    return line(template, kind=name, level=level_name(kind, told), means=means, tasks=tasks)


def _item(item: ItemView, *, showing: Showing) -> Line:
    if item.asset_id is None:
        words = short(item.words or "", _WHOLE)
        if not showing.is_open or not is_unnamed(item, showing.state):
            return line(texts.basics.QUOTED, words=words)
        return line(
            texts.cards.ITEM_UNNAMED if showing.for_approvers else texts.cards.ITEM_DESCRIBED,
            words=words,
            kind=texts.basics.KINDS[item.kind][1],
            owner=short(showing.deciding.name, 60),
        )
    said = [line("{asset}", asset=asset_words(item, _WHOLE))]
    if item.words:
        said.append(line(texts.cards.ITEM_BOUND, words=short(item.words, 200)))
    if showing.is_open and item.held:
        said.append(_held(item, showing=showing))
    if showing.for_owner and showing.is_open and item.others:
        others = [short(name, 60) for name in item.others]
        said.append(line(texts.cards.ITEM_OTHERS, others=texts.basics.listed(others, most=_WHOLE)))
    if item.grant is not None:
        said.append(grant_line(item.grant, for_owner=showing.for_owner, now=showing.now))
    return _sentences(said)


def _held(item: ItemView, *, showing: Showing) -> Line:
    level = level_of(item.kind, item.held)
    held = level.name if level else texts.basics.task_names(item.held)
    added = effective(item, showing.state) - item.held
    if not added:
        return line(texts.cards.ITEM_HELD_SAME, held=held)
    return line(texts.cards.ITEM_HELD, held=held, added=texts.basics.task_names(added))


def _sentences(said: Sequence[Line]) -> Line:
    first, *rest = said
    return joined([first, joined(rest)], ". ") if rest else first
