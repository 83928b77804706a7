"""Records of three sizes: the smallest and the largest that the limits allow, and what is usual."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import cycle, islice
from typing import Any

from bot.domain.actors import Status
from bot.domain.assets import LEVELS, TASKS, Kind, Tasks
from bot.domain.connections import EnforcementState, Obstacle
from bot.domain.grants import EndReason, GrantState
from bot.domain.kinds import DEFAULT_KIND, RULES, RequestKind, Rules, Side
from bot.domain.limits import (
    LONGEST_COMMENT,
    LONGEST_DAYS,
    LONGEST_NAME,
    LONGEST_NOTE,
    LONGEST_REASON,
    LONGEST_WORDS,
    MOST_COMMENTS_A_DAY,
    MOST_DESCRIBED,
    MOST_ITEMS,
    MOST_PEOPLE,
    MOST_QUORUM,
)
from bot.domain.refs import WORDS
from bot.domain.requests import DraftState, RequestState, Term
from bot.sandbox.gallery import records
from bot.sandbox.gallery.exhibit import Size
from bot.sandbox.gallery.records import NOW, described, item
from bot.services.views.access import EnforcementView, GrantView
from bot.services.views.parties import AssetChoice, Party, Signer
from bot.services.views.requests import DraftView, EscalationView, ItemView, RequestView

LONGEST_ID = "9" * 20
LONGEST_REF = f"{max(WORDS, key=len)}-1234567"
_CUSTOM = frozenset({"ANALYZE", "DRAFT"})


def long(words: str, most: int) -> str:
    """Return these words, again and again, in exactly `most` characters."""
    return "".join(islice(cycle(f"{words} "), most - 1)).rstrip().ljust(most, ".")


# What people type grows where Slack needs it escaped.
LONGEST = {
    "business": long("Northwind & Sons <Performance> Marketing for Europe", LONGEST_NAME),
    "other": long("Acme Shoes & Accessories of Europe and Asia", LONGEST_NAME),
    "program": long("Nightly <media> sync & report", LONGEST_NAME),
    "person": long("Wolfeschlegelsteinhausenbergerdorff von Ackerfeld", LONGEST_NAME),
    "asset": long("Acme Shoes & Boots, autumn and winter <EU>", LONGEST_NAME),
    "reason": long("R&D needs it for the <launch> & what follows", LONGEST_REASON),
    "note": long("Only this far & no further <for now>", LONGEST_NOTE),
    "comment": long("Which <campaign> is it for & who runs it?", LONGEST_COMMENT),
    "words": long("the ad account & pixel of the <Berlin> shop", LONGEST_WORDS),
}

ASKS = {
    Size.SMALLEST: Party(id="10001", name="A", verified=True),
    Size.USUAL: Party(id="20531316728", name="Northwind", verified=True),
    Size.LARGEST: Party(id=LONGEST_ID, name=LONGEST["business"], verified=False, status=Status.RESTRICTED),
}
DECIDES = {
    Size.SMALLEST: Party(id="10002", name="B", verified=True),
    Size.USUAL: Party(id="10152368113", name="Acme Shoes", verified=True),
    Size.LARGEST: Party(id=f"8{LONGEST_ID[1:]}", name=LONGEST["other"], verified=True),
}


def people(count: int) -> tuple[str, ...]:
    """Return so many people, with the longest names."""
    return tuple(f"{number} {LONGEST['person']}"[:LONGEST_NAME] for number in range(1, count + 1))


def signers(count: int) -> tuple[Signer, ...]:
    """Return so many who decided, with the longest names; the first of them is a program."""
    names = people(count)
    return (Signer(names[0], LONGEST["program"]), *map(Signer, names[1:]))


def numbered_ref(number: int, size: Size = Size.USUAL) -> str:
    """Return a reference, a different one for each number; as long as the longest."""
    return f"{LONGEST_REF[:-2]}{number:02}" if size is Size.LARGEST else f"{WORDS[number]}-{1234 + number}"


# --- items ------------------------------------------------------------------------------------------

_USUAL_ITEMS = (
    item(0, asset_id="act_4815162342", asset_name="Acme Shoes EU"),
    item(
        1,
        kind=Kind.PAGE,
        asset_id="501000200030",
        asset_name="Acme Shoes",
        requested=LEVELS[Kind.PAGE][2].tasks,
    ),
)
_SMALLEST_ITEM = item(0, asset_id="act_1", asset_name="")


def _large_item(position: int) -> ItemView:
    kind = list(Kind)[position % len(Kind)]
    level = LEVELS[kind][position // len(Kind) % len(LEVELS[kind])]
    if position >= MOST_ITEMS - MOST_DESCRIBED:
        words = f"{position} {LONGEST['words']}"[:LONGEST_WORDS]
        return described(position, kind=kind, words=words, requested=level.tasks)
    asset_id = f"act_{LONGEST_ID}" if kind is Kind.AD_ACCOUNT else LONGEST_ID
    return item(
        position,
        kind=kind,
        asset_id=f"{asset_id[:-2]}{position:02}",
        asset_name=LONGEST["asset"],
        words=LONGEST["words"] if position % 2 else None,
        requested=_CUSTOM if position == 1 + len(Kind) * 2 else level.tasks,
        held=frozenset({"ANALYZE"}) if position % 2 else frozenset(),
        others=people(3),
    )


ITEMS = {
    Size.SMALLEST: (_SMALLEST_ITEM,),
    Size.USUAL: _USUAL_ITEMS,
    Size.LARGEST: tuple(_large_item(position) for position in range(MOST_ITEMS)),
}


def _first_approved(items: tuple[ItemView, ...], size: Size) -> tuple[ItemView, ...]:
    """Return these items as a first approval left them; the largest has some narrowed, some declined."""
    if size is Size.LARGEST:
        return tuple(replace(one, given=_less(one, number)) for number, one in enumerate(items))
    return tuple(replace(one, given=one.requested) for one in items)


def _less(one: ItemView, number: int) -> Tasks:
    return (one.requested, LEVELS[one.kind][-1].tasks, frozenset[str]())[number % 3]


def _granted(items: tuple[ItemView, ...], size: Size) -> tuple[ItemView, ...]:
    """Return these items with the grants that an approval gave."""
    given = _first_approved(items, size)
    return tuple(
        replace(
            one,
            asset_id=one.asset_id or "600100200300",
            asset_name=one.asset_name if one.asset_id else "Named by the approver",
            grant=_grant_of(one, size) if one.given else None,
        )
        for one in given
    )


def _grant_of(one: ItemView, size: Size) -> GrantView:
    return grant(
        size,
        id=f"7000000000{one.position:05}",
        asset_id=one.asset_id or "600100200300",
        asset_name=one.asset_name or "",
        kind=one.kind,
        tasks=one.given or one.requested,
    )


# --- requests, drafts, grants -----------------------------------------------------------------------


def request(size: Size, state: RequestState = RequestState.PENDING, **fields: Any) -> RequestView:
    """Return a request of a size, in a state."""
    usual = {
        Size.SMALLEST: _smallest_request,
        Size.USUAL: _usual_request,
        Size.LARGEST: _largest_request,
    }[size]()
    rules = RULES[fields.get("kind", usual.kind)]
    if rules.owner is Side.REQUESTING:
        usual = replace(
            usual, requesting=usual.deciding, deciding=usual.requesting, people=(), people_count=0
        )
    if not rules.may_describe:
        usual = replace(usual, items=tuple(one for one in usual.items if one.asset_id is not None))
    view = _fitted(replace(usual, **_state_of(usual, size, state)), rules)
    return _fitted(replace(view if rules.names_other else _of_people(view), **fields), rules)


def _fitted(view: RequestView, rules: Rules) -> RequestView:
    return replace(view, items=tuple(_fit(rules, one) for one in view.items[: rules.most_items]))


def _of_people(view: RequestView) -> RequestView:
    """Return a request as it is where the admins of its asset decide, and what is given has no end."""
    item = replace(view.items[0], held=frozenset(), grant=None)
    side = Party(id=item.asset_id or "", name=item.asset_name or item.asset_id or "", verified=True)
    comments = tuple(
        replace(one, business=side) if one.business == view.deciding else one for one in view.comments
    )
    return replace(
        view,
        deciding=side,
        items=(item,),
        comments=comments,
        people=(),
        people_count=0,
        term=Term.without_end(),
        given_term=None,
        extends=None,
        undo_until=None,
        past_requests=0,
        live_assets=0,
        channel_error=None,
        escalation=None,
    )


def _fit(rules: Rules, item: ItemView) -> ItemView:
    """Return an item as a kind of request has it that is for one kind of asset and has no levels."""
    only = rules.only_level(Kind.AD_ACCOUNT)
    if only is None:
        return item
    asset_id = item.asset_id if item.asset_id and item.asset_id.startswith("act_") else "act_4815162342"
    return replace(
        item,
        kind=Kind.AD_ACCOUNT,
        asset_id=asset_id,
        words=None,
        requested=only.tasks,
        given=item.given and only.tasks,
        held=only.tasks if item.held else item.held,
        grant=item.grant and replace(item.grant, kind=Kind.AD_ACCOUNT, asset_id=asset_id, tasks=only.tasks),
    )


def _smallest_request() -> RequestView:
    return records.request(
        ref="ASH-1",
        requesting=ASKS[Size.SMALLEST],
        deciding=DECIDES[Size.SMALLEST],
        requester="Q",
        reason="",
        term=Term.for_days(1),
        items=ITEMS[Size.SMALLEST],
        admins=1,
        past_requests=1,
    )


def _usual_request() -> RequestView:
    return records.request(
        requesting=ASKS[Size.USUAL],
        deciding=DECIDES[Size.USUAL],
        reason="Q1 launch: we set up the campaigns and watch how they do.",
        items=ITEMS[Size.USUAL],
        opened_by=("Dana Diaz",),
        past_requests=4,
        live_assets=2,
        first_seen=NOW - timedelta(days=300),
    )


def _largest_request() -> RequestView:
    return records.request(
        ref=LONGEST_REF,
        version=2**31 - 1,
        requesting=ASKS[Size.LARGEST],
        deciding=DECIDES[Size.LARGEST],
        requester=people(1)[0],
        author=people(2)[1],
        reason=LONGEST["reason"],
        term=Term.without_end(),
        items=ITEMS[Size.LARGEST],
        people=people(MOST_PEOPLE),
        people_count=MOST_PEOPLE,
        required_approvals=MOST_QUORUM,
        quorum=MOST_QUORUM,
        admins=MOST_QUORUM - 1,
        opened_by=people(12),
        undelivered="channel_not_found",
        first_seen=NOW - timedelta(days=3000),
        past_requests=1234,
        live_assets=567,
        extends=grant(Size.LARGEST),
        escalation=EscalationView(unanswered=people(9), days=12, asked=people(9)),
        acknowledged_by=tuple(records.acknowledger(name) for name in people(5)),
        comments=tuple(
            records.comment(
                number,
                by=people(1)[0],
                business=(DECIDES if number % 2 else ASKS)[Size.LARGEST],
                text=LONGEST["comment"],
            )
            for number in range(1, MOST_COMMENTS_A_DAY + 1)
        ),
        note=LONGEST["note"],
    )


def _state_of(view: RequestView, size: Size, state: RequestState) -> dict[str, Any]:
    """Return the fields that make an open request one in `state`."""
    is_large = size is Size.LARGEST
    name = people(1)[0] if is_large else "Dana Diaz"
    ended = {"state": state, "over_at": NOW + timedelta(hours=5), "over_by": name}
    approved_by = signers(MOST_QUORUM - 1) if is_large else (Signer("Dana Diaz"),)
    shorter = Term.for_days(LONGEST_DAYS) if is_large else None
    match state:
        case RequestState.PENDING:
            return {"note": ""}
        case RequestState.IN_REVIEW:
            required = MOST_QUORUM if is_large else 2
            return {
                "state": state,
                "note": "",
                "items": _first_approved(view.items, size),
                "given_term": shorter,
                "approvals": len(approved_by),
                "required_approvals": required,
                "quorum": required,
                "approved_by": approved_by,
            }
        case RequestState.APPROVED:
            approved_by = (*approved_by, Signer("Max Maple")) if is_large else approved_by
            return {
                **ended,
                "items": _granted(view.items, size),
                "given_term": shorter,
                "approvals": view.required_approvals,
                "approved_by": approved_by,
                "approval_notes": tuple((one.name, view.note) for one in approved_by if view.note),
                "undo_until": NOW + timedelta(hours=6),
            }
        case RequestState.DECLINED:
            return {**ended, "note": {Size.SMALLEST: "", Size.USUAL: "Ask for less."}.get(size, view.note)}
        case RequestState.CANCELLED:
            return {**ended, "over_by": view.requester}
        case RequestState.EXPIRED:
            return {**ended, "over_at": view.expires_at, "over_by": None, "note": ""}


def draft(
    size: Size,
    state: DraftState = DraftState.WAITING,
    *,
    kind: RequestKind = DEFAULT_KIND,
    **fields: Any,
) -> DraftView:
    """Return a draft of a size, in a state."""
    about = request(size, kind=kind)
    asked = records.new_request(
        kind=kind,
        requesting_id=about.requesting.id,
        deciding_id=about.deciding.id if RULES[kind].names_other else None,
        reason=about.reason,
        term=about.term,
    )
    over = (
        {} if state is DraftState.WAITING else {"over_at": NOW + timedelta(hours=5), "over_by": "Ann Alder"}
    )
    return records.draft(
        **{
            "ref": about.ref,
            "state": state,
            "requesting": about.requesting,
            "deciding": about.deciding,
            "author": about.author or "Eva Ekholm",
            "request": asked,
            "items": about.items,
            "people": about.people,
            **over,
            **fields,
        }
    )


def grant(size: Size, **fields: Any) -> GrantView:
    """Return a grant of a size."""
    usual = {
        "holder": ASKS[size],
        "owner": DECIDES[size],
        "asset_id": "act_4815162342",
        "asset_name": "Acme Shoes EU",
        "reason": "Q1 launch: we set up the campaigns.",
    }
    sized: dict[Size, dict[str, Any]] = {
        Size.SMALLEST: {"ref": "ASH-1", "asset_id": "act_1", "asset_name": "", "reason": ""},
        Size.USUAL: {},
        Size.LARGEST: {
            "ref": LONGEST_REF,
            "asset_id": f"act_{LONGEST_ID}",
            "asset_name": LONGEST["asset"],
            "tasks": TASKS[Kind.AD_ACCOUNT] - {"MANAGE"},
            "reason": LONGEST["reason"],
            "decided_by": signers(MOST_QUORUM),
        },
    }
    return records.grant(**{**usual, **sized[size], **fields})


def ended_grant(size: Size, reason: EndReason, **fields: Any) -> GrantView:
    """Return a grant of a size that has ended."""
    by_hand = reason in {EndReason.REVOKED, EndReason.RELINQUISHED}
    return grant(
        size,
        **{
            "state": GrantState.ENDED,
            "ended_at": NOW + timedelta(days=3),
            "end_reason": reason,
            "ended_by": people(1)[0] if size is Size.LARGEST else "Dana Diaz",
            "end_note": LONGEST["note"] if by_hand and size is Size.LARGEST else "",
            **fields,
        },
    )


def enforcements(size: Size) -> tuple[EnforcementView, ...]:
    """Return what people can do that is not at Meta as it was set: each state, for each reason."""
    asset = AssetChoice(
        id=grant(size).asset_id, kind=Kind.AD_ACCOUNT, name=grant(size).asset_name, owner=DECIDES[size]
    )
    names = people(1) if size is Size.LARGEST else ("Eva Ekholm",)
    lowest = LEVELS[Kind.AD_ACCOUNT][-1].tasks
    stands = [
        (state, tasks, obstacle)
        for obstacle in Obstacle
        for state, tasks in (
            (EnforcementState.PENDING, lowest),
            (EnforcementState.PENDING, frozenset()),
            (EnforcementState.FAILED, lowest),
            (EnforcementState.STUCK, lowest),
            (EnforcementState.STUCK, frozenset()),
        )
    ]
    return tuple(
        EnforcementView(
            person_id=f"4{number:014}",
            name=names[0],
            asset=asset,
            business=DECIDES[size],
            tasks=tasks,
            state=state,
            obstacle=None if obstacle is Obstacle.REVIEW else obstacle,
        )
        for number, (state, tasks, obstacle) in enumerate(stands)
    )
