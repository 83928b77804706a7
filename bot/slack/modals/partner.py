"""A partner's page: all that two businesses share in both directions, now or as it was on a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bot.domain.actors import Status
from bot.domain.assets import is_business_id
from bot.domain.contracts import Phase
from bot.domain.grants import GOING_ON
from bot.domain.limits import LONGEST_NOTE
from bot.services.views.access import GrantView
from bot.services.views.businesses import ContractView, PartingView, PartnershipView, StandingView
from bot.slack import kit
from bot.slack.cards.contract import what_follows
from bot.slack.cards.items import grant_line
from bot.slack.ids import ActionId, Callback
from bot.slack.kit import Block, Element, View, rich
from bot.slack.lines import Bullets, Line, joined, line, short, short_named
from bot.slack.modals.end import PREVIEWED, ends_line
from bot.slack.modals.inputs import as_of, entered, read_date, typed, zone_of
from bot.slack.modals.pages import page_rows
from bot.slack.text import en as texts
from bot.slack.values import (
    Page,
    Ref,
    Unreadable,
    button_value,
    is_value,
    metadata,
    page_value,
    partner_query,
    read_metadata,
)

ROWS_A_PAGE = 8
_NAME = 60
_REASON = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerPage:
    """Which page of which partner: as of the end of the day `on` in the reader's zone, None: now."""

    own_id: str
    other_id: str
    on: date | None = None
    number: int = 0

    def at(self, *, zone: str, now: datetime) -> datetime | None:
        """Return the moment as of which it is read; None: now, which also the end of today is."""
        return as_of(self.on, zone=zone, now=now)


def partner_page(which: PartnerPage) -> Page:
    """Return it as buttons carry it."""
    return Page(Callback.PARTNER, which.own_id, which.number, partner_query(which.other_id, which.on))


def read_partner_page(page: Page) -> PartnerPage:
    """Return what a button carried; raise `Unreadable` for anything else."""
    other_id, _, day = page.query.partition(" ")
    on = read_date(day) if day else None
    if not is_business_id(other_id) or (day and on is None):
        raise Unreadable("not a partner")
    return PartnerPage(own_id=page.of, other_id=other_id, on=on, number=page.offset)


def partner_modal(
    view: PartnershipView,
    which: PartnerPage,
    *,
    now: datetime,
    contract: ContractView | None = None,
    standing: StandingView | None = None,
    zone: str = "UTC",
    can_end: bool = False,
) -> View:
    """Return what two businesses share, a page of it; what the reader's own business gives comes first.

    Who `can_end` it has buttons for that, as long as there is something to end: one for each grant once
    their `contract` has ended, which makes it the list that both sides go through.
    """
    own, other = short(view.own.name, _NAME), short(view.other.name, _NAME)
    said = [line(texts.partners.OTHER, partner=other, status=texts.basics.id_and_status(view.other))]
    said.append(
        line(texts.partners.SINCE, own=own, since=view.since)
        if view.since
        else line(texts.partners.NEVER, own=own)
    )
    said += [
        line(texts.partners.INACTIVE, name=name, status=texts.basics.STATUSES[one.status])
        for one, name in ((view.own, own), (view.other, other))
        if one.status is not Status.ACTIVE and view.at is None
    ]
    if contract is not None and (contract.phase is not Phase.CLOSED or not view.grants.total):
        said.append(_contract(contract))
    if standing is not None:
        said.append(_standing(standing, partner=other))
    if view.at is not None:
        said.append(line(texts.partners.AS_OF, at=view.at))
    if view.open_requests:
        requests = texts.basics.counted(view.open_requests, "request")
        said.append(line(texts.partners.WAITING, requests=requests, id=view.other.id))
    blocks = [rich(tuple(said))]
    given = [one for one in view.grants.rows if one.owner.id == view.own.id]
    held = [one for one in view.grants.rows if one.owner.id != view.own.id]
    for head, grants in ((texts.partners.GIVEN, given), (texts.partners.HELD, held)):
        if grants:
            first = line(head, own=own, partner=other)
            rows = _rows(grants, own_id=view.own.id, now=now)
            if can_end and contract is not None and contract.phase is Phase.OFFBOARDING:
                blocks.append(rich((first,)))
                blocks += [
                    kit.row(row, zone=zone_of(zone), accessory=_end_button(grant))
                    for row, grant in zip(rows, grants, strict=True)
                ]
            else:
                blocks.append(rich((first, Bullets(rows))))
    if not view.grants.rows:
        blocks.append(
            rich((line(texts.partners.NOTHING if view.at is None else texts.partners.NOTHING_THEN),))
        )
    blocks += _turning(view, which)
    if can_end and view.at is None:
        blocks.append(kit.actions(*_page_buttons(view, which, contract, standing)))
    return kit.modal(
        texts.partners.TITLE,
        blocks,
        callback=Callback.PARTNER,
        close=texts.buttons.CLOSE,
        private=metadata({}),
    )


def _page_buttons(
    view: PartnershipView, which: PartnerPage, contract: ContractView | None, standing: StandingView | None
) -> list[Element]:
    value = page_value(partner_page(which))
    row = [_standing_button(value, is_on=standing is not None, partner=short(view.other.name, _NAME))]
    if contract is None or not contract.phase.is_winding_down:
        row.append(kit.button(texts.contracts.BUTTON, ActionId.CONTRACT, value=value))
    if view.going_on or view.open_requests:
        row.append(kit.button(texts.partners.END, ActionId.PART, value=value, style="danger"))
    return row


def _standing(standing: StandingView, *, partner: str) -> Line:
    return line(
        texts.standing.STANDS if standing.suffices else texts.standing.STANDS_NOT,
        partner=partner,
        names=texts.basics.names_of(standing.by) or texts.basics.SOMEBODY,
        since=standing.since,
    )


def _standing_button(value: str, *, is_on: bool, partner: str) -> Element:
    text = texts.standing.OFF if is_on else texts.standing.ON
    about = texts.standing.CONFIRM_OFF_TEXT if is_on else texts.standing.CONFIRM_ON_TEXT
    ask = kit.confirm(
        title=texts.standing.CONFIRM_OFF if is_on else texts.standing.CONFIRM_ON,
        text=about.format(partner=partner),
        confirm=text.rstrip("…"),
        deny=texts.standing.KEEP,
    )
    action = ActionId.STANDING_OFF if is_on else ActionId.STANDING_ON
    return kit.button(text, action, value=value, confirm=ask)


def _end_button(grant: GrantView) -> Element | None:
    if grant.state not in GOING_ON:
        return None
    asset = short_named(grant.asset_name, grant.asset_id, 50)
    label = texts.contracts.END_ONE_ABOUT.format(ref=grant.ref, asset=asset)
    value = button_value(Ref(grant.id, grant.version))
    return kit.button(texts.contracts.END_ONE, ActionId.END_ONE, value=value, label=label)


def _contract(contract: ContractView) -> Line:
    template = {
        Phase.RUNS: texts.contracts.ENDS,
        Phase.OFFBOARDING: texts.contracts.OFFBOARDING,
        Phase.REMOVING: texts.contracts.REMOVING,
        Phase.CLOSED: texts.contracts.CLOSED,
    }[Phase.CLOSED if contract.phase is Phase.REMOVING and not contract.left else contract.phase]
    return line(
        template,
        at=contract.ends_at,
        said_by=short(contract.said_by.name, _NAME),
        then=what_follows(contract.days, contract.removed_at),
        removed_at=contract.removed_at,
    )


def _turning(view: PartnershipView, which: PartnerPage) -> list[Block]:
    return page_rows(partner_page(which), max(1, -(-view.grants.total // ROWS_A_PAGE)))


def _rows(grants: Sequence[GrantView], *, own_id: str, now: datetime) -> tuple[Line, ...]:
    return tuple(
        joined(
            [
                line(
                    texts.partners.ROW,
                    asset=short_named(grant.asset_name, grant.asset_id, 90),
                    kind=texts.basics.kind_name(grant.kind),
                    level=texts.basics.level_row(grant.kind, grant.tasks),
                ),
                line(texts.partners.ROW_SINCE, since=grant.starts_at) if grant.starts_at else (),
                grant_line(grant, for_owner=grant.owner.id == own_id, now=now),
                _works(grant),
                line(
                    texts.partners.ROW_WHY,
                    reason=_reason(grant),
                    names=texts.basics.signers(grant.decided_by) or texts.basics.SOMEBODY,
                    ref=grant.ref,
                ),
            ]
        )
        for grant in grants
    )


def _reason(grant: GrantView) -> str:
    if grant.reason:
        return texts.basics.QUOTED.format(words=short(grant.reason, _REASON))
    return f"{texts.basics.no_reason(is_over=grant.ended_at is not None)}."


def _works(grant: GrantView) -> Line:
    """Return what the holder last said of whether it works, while it is in force."""
    if grant.works is None or grant.works_at is None or grant.ended_at is not None:
        return ()
    return line(texts.works.ROW_WORKS if grant.works else texts.works.ROW_WORKS_NOT, at=grant.works_at)


# --- ending it --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadParting:
    """A partnership to end, what of it was shown, and why."""

    own_id: str
    other_id: str
    seen: str
    note: str


def part_modal(view: PartingView, *, now: datetime) -> View:
    """Return the modal that says exactly what would end with a partnership, and ends it when it is sent."""
    own, other = short(view.own.name, _NAME), short(view.other.name, _NAME)
    first = line(texts.partners.ENDS_WITH, own=own, other=other)
    shown = tuple(ends_line(view.own.id, grant, now=now) for grant in view.grants.rows)
    blocks = [rich((first, Bullets(shown)) if shown else (first,))]
    if view.ends < view.grants.total:
        blocks.append(kit.section(texts.partners.ENDS_SOME.format(ends=view.ends, total=view.grants.total)))
    elif view.grants.more:
        grants = texts.basics.counted(view.ends, "grant")
        blocks.append(kit.section(texts.partners.ENDS_ALL.format(grants=grants, count=len(shown))))
    if view.requests:
        counted = texts.basics.counted(len(view.requests), "request")
        refs = texts.basics.listed(view.requests)
        blocks.append(kit.section(texts.partners.CANCELS.format(requests=counted, refs=refs)))
    box = kit.typing(ActionId.NOTE, most=LONGEST_NOTE, multiline=True)
    return kit.modal(
        texts.partners.END_TITLE,
        [
            *blocks,
            kit.section(texts.partners.STAYS),
            kit.entry(
                texts.modals.END_NOTE,
                box,
                block_id="note",
                hint=texts.partners.NOTE_HINT.format(other=other),
                optional=True,
            ),
        ],
        callback=Callback.PART,
        submit=texts.partners.END_SUBMIT,
        close=texts.buttons.KEEP,
        private=metadata({"own": view.own.id, "other": view.other.id, "seen": view.mark}),
    )


def read_part(view: Mapping[str, Any]) -> ReadParting:
    """Return which partnership is to end; raise `Unreadable` for what is not this form."""
    kept = read_metadata(view)
    ids = [kept.get(name) for name in ("own", "other", "seen")]
    if set(kept) != {"own", "other", "seen"} or not all(
        isinstance(one, str) and is_value(one) for one in ids
    ):
        raise Unreadable("not this form")
    own_id, other_id, seen = map(str, ids)
    return ReadParting(own_id=own_id, other_id=other_id, seen=seen, note=typed(entered(view).get("note")))


PARTING_ROWS = PREVIEWED
