"""A partner's page: all that two businesses share in both directions, now or as it was on a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.domain.assets import is_business_id
from bot.services.views import GrantView, PartnershipView
from bot.slack import kit
from bot.slack.cards.items import grant_line
from bot.slack.ids import Callback, Page, Unreadable, metadata
from bot.slack.kit import Block, View, rich
from bot.slack.lines import Bullets, Line, joined, line, short, short_named
from bot.slack.modals.inputs import end_of_day, read_date
from bot.slack.modals.pages import page_rows
from bot.slack.text import en as texts

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
        end = None if self.on is None else end_of_day(self.on.isoformat(), zone=zone)
        return None if end is None or end >= now else end


def partner_page(which: PartnerPage) -> Page:
    """Return it as buttons carry it."""
    query = which.other_id if which.on is None else f"{which.other_id} {which.on.isoformat()}"
    return Page(Callback.PARTNER, which.own_id, which.number, query)


def read_partner_page(page: Page) -> PartnerPage:
    """Return what a button carried; raise `Unreadable` for anything else."""
    other_id, _, day = page.query.partition(" ")
    on = read_date(day) if day else None
    if not is_business_id(other_id) or (day and on is None):
        raise Unreadable("not a partner")
    return PartnerPage(own_id=page.of, other_id=other_id, on=on, number=page.offset)


def partner_modal(view: PartnershipView, which: PartnerPage, *, now: datetime) -> View:
    """Return what two businesses share, a page of it; what the reader's own business gives comes first."""
    own, other = short(view.own.name, _NAME), short(view.other.name, _NAME)
    said = [line(texts.partners.OTHER, partner=other, status=texts.basics.id_and_status(view.other))]
    said.append(
        line(texts.partners.SINCE, own=own, since=view.since)
        if view.since
        else line(texts.partners.NEVER, own=own)
    )
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
            blocks.append(rich((first, Bullets(_rows(grants, own_id=view.own.id, now=now)))))
    if not view.grants.rows:
        blocks.append(
            rich((line(texts.partners.NOTHING if view.at is None else texts.partners.NOTHING_THEN),))
        )
    blocks += _turning(view, which)
    return kit.modal(
        texts.partners.TITLE,
        blocks,
        callback=Callback.PARTNER,
        close=texts.buttons.CLOSE,
        private=metadata({}),
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
                line(
                    texts.partners.ROW_WHY,
                    reason=short(grant.reason or texts.basics.NO_REASON, _REASON),
                    names=texts.basics.names_of(grant.decided_by) or texts.basics.SOMEBODY,
                    ref=grant.ref,
                ),
            ]
        )
        for grant in grants
    )
