"""What a business shares with all of its partners, in both directions: now, or as of a moment.

It is read in pieces, so that a report on thousands of grants takes no more memory than one on ten. What is
shown as shared is judged as on a partner's page (`grants.SHOWN`); what never came into force is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, and_, bindparam, case, cast, func, literal, or_, select, union_all

from bot.domain.assets import Kind
from bot.domain.grants import GrantState
from bot.services import directory, grants
from bot.services.context import Context
from bot.services.grants import Direction
from bot.services.views.parties import Party
from bot.services.views.reports import Extent, Holding, Reported, ReportedPartner
from bot.store import tables

if TYPE_CHECKING:
    from bot.store.compiled import Row

_AT_ONCE = 200
"""How many partners or holdings are read at a time."""
HOLDERS_AT_ONCE = 6
"""Of how many partners together it can be read what they hold."""

_grant = tables.table_of(tables.Grant)
_asset = tables.table_of(tables.Asset)
_business = tables.table_of(tables.BusinessRow)

_BEGAN = {
    True: or_(grants.begins <= bindparam("at"), grants.SHOWN[True]),
    False: grants.begins <= bindparam("at"),
}
_SIDES = {
    Direction.SHARED_BY_US: (_grant.c.owner_id, _grant.c.holder_id),
    Direction.SHARED_WITH_US: (_grant.c.holder_id, _grant.c.owner_id),
}


def _total(column: Any) -> Any:
    return cast(func.sum(column), BigInteger)


def _side(side: Direction, *, is_now: bool) -> Any:
    """Return the partners on one side, with what is shared with each."""
    own, other = _SIDES[side]
    counted = func.count(case((grants.SHOWN[is_now], _grant.c.asset_id)).distinct())
    is_given = side is Direction.SHARED_BY_US
    return (
        select(
            other.label("id"),
            func.min(grants.begins).label("since"),
            func.max(func.coalesce(_grant.c.ended_at, _grant.c.ends_at)).label("last"),
            func.count().label("grants"),
            (counted if is_given else literal(0)).label("given"),
            (literal(0) if is_given else counted).label("held"),
        )
        .where(own == bindparam("own"), _BEGAN[is_now])
        .group_by(other)
    )


def _partners(*, is_now: bool) -> tuple[Any, Any, Any]:
    """Return the statements for all partners, for those who hold something, and for how much there is."""
    partner: Any = union_all(*(_side(side, is_now=is_now) for side in _SIDES)).subquery("partner")
    listed = (
        select(
            _business,
            func.min(partner.c.since).label("since"),
            _total(partner.c.given).label("given"),
            _total(partner.c.held).label("held"),
        )
        .join_from(partner, _business, _business.c.id == partner.c.id)
        .group_by(_business.c.id)
        .order_by(_business.c.name, _business.c.id)
        .limit(bindparam("most"))
        .offset(bindparam("skip"))
    )
    extent = select(
        func.count(partner.c.id.distinct()).label("partners"),
        func.count(case((partner.c.given > 0, partner.c.id)).distinct()).label("holders"),
        _total(partner.c.grants).label("grants"),
        func.min(partner.c.since).label("first"),
        func.max(partner.c.last).label("last"),
    )
    return listed, listed.having(func.sum(partner.c.given) > 0), extent


def _holdings(side: Direction, *, is_now: bool) -> Any:
    """Return the statement for what is shared on one side: given to some partners, or held of all."""
    own, other = _SIDES[side]
    is_given = side is Direction.SHARED_BY_US
    some = (other.in_([bindparam(f"holder_{n}") for n in range(HOLDERS_AT_ONCE)]),) if is_given else ()
    by_partner = () if is_given else (_business.c.name, other)
    return (
        select(
            _grant.c.id,
            _grant.c.asset_id,
            _asset.c.name.label("asset_name"),
            _asset.c.kind,
            _business.c.id.label("partner_id"),
            _business.c.name.label("partner_name"),
            _grant.c.tasks,
            _grant.c.capability,
            _grant.c.state,
        )
        .join_from(_grant, _asset, _grant.c.asset_id == _asset.c.id)
        .join(_business, _business.c.id == other)
        .where(own == bindparam("own"), grants.SHOWN[is_now], *some)
        .order_by(*by_partner, _asset.c.name, _grant.c.asset_id, _grant.c.id)
        .limit(bindparam("most"))
        .offset(bindparam("skip"))
    )


def _between(*, is_now: bool) -> Any:
    """Return the statement for all that one business ever gave another, the first first."""
    return (
        grants.VIEW.add_columns(case((grants.SHOWN[is_now], 1), else_=0).label("is_shown"))
        .where(
            and_(_grant.c.owner_id == bindparam("owner"), _grant.c.holder_id == bindparam("holder")),
            _BEGAN[is_now],
        )
        .order_by(func.coalesce(grants.begins, _grant.c.asked_at), _asset.c.name, _grant.c.id)
        .limit(bindparam("most"))
        .offset(bindparam("skip"))
    )


@dataclass(frozen=True, slots=True)
class _Statements:
    partners: Any
    holders: Any
    extent: Any
    given: Any
    held: Any
    between: Any


def _statements(*, is_now: bool) -> _Statements:
    return _Statements(
        *_partners(is_now=is_now),
        given=_holdings(Direction.SHARED_BY_US, is_now=is_now),
        held=_holdings(Direction.SHARED_WITH_US, is_now=is_now),
        between=_between(is_now=is_now),
    )


_OF: Mapping[bool, _Statements] = {is_now: _statements(is_now=is_now) for is_now in (True, False)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What a business shares, to be read in the transaction in which it was found. `at` is None for now."""

    ctx: Context
    own: Party
    zone: str
    at: datetime | None = None

    def as_of(self, at: datetime | None) -> Shared:
        """Return the same as of another moment."""
        return replace(self, at=at)

    @property
    def moment(self) -> datetime:
        """Return the moment that it is about."""
        return self.at or self.ctx.now

    def extent(self) -> Extent:
        """Return how much there is."""
        row = self.ctx.tx.one(self._of.extent, own=self.own.id, at=self.moment)
        assert row is not None
        return Extent(
            partners=row.partners,
            holders=row.holders,
            grants=row.grants or 0,
            first=row.first,
            last=row.last,
        )

    def partners(self) -> Iterator[ReportedPartner]:
        """Yield each business with which something was shared by then, by name."""
        return self._all(self._of.partners, _partner, own=self.own.id)

    def holders(self) -> Iterator[ReportedPartner]:
        """Yield each partner that something of the business's own is shared with."""
        return self._all(self._of.holders, _partner, own=self.own.id)

    def given(self, holder_ids: Sequence[str]) -> Iterator[Holding]:
        """Yield what is shared with these partners, at most `HOLDERS_AT_ONCE`, asset by asset."""
        padded = [*holder_ids, *("",) * (HOLDERS_AT_ONCE - len(holder_ids))]
        named = {f"holder_{number}": one for number, one in enumerate(padded)}
        return self._all(self._of.given, _holding, own=self.own.id, **named)

    def held(self) -> Iterator[Holding]:
        """Yield what is shared with the business, partner by partner and asset by asset."""
        return self._all(self._of.held, _holding, own=self.own.id)

    def between(self, owner_id: str, holder_id: str, *, limit: int) -> Iterator[tuple[Reported, ...]]:
        """Yield all that one business gave another by then, also what is over, `limit` grants at a time."""
        read = self._pages(self._of.between, limit, owner=owner_id, holder=holder_id)
        for rows in read:
            yield tuple(Reported(grants.view_of(self.ctx.tx, row), bool(row.is_shown)) for row in rows)

    @property
    def _of(self) -> _Statements:
        return _OF[self.at is None]

    def _all(self, statement: Any, made: Callable[[Row], Any], **facts: str) -> Iterator[Any]:
        for rows in self._pages(statement, _AT_ONCE, **facts):
            yield from map(made, rows)

    def _pages(self, statement: Any, limit: int, **facts: str) -> Iterator[list[Row]]:
        skip = 0
        while rows := self.ctx.tx.all(statement, **facts, at=self.moment, most=limit, skip=skip):
            yield rows
            skip += len(rows)


def shared_by(ctx: Context, business_id: str) -> Shared | None:
    """Return what a business shares now, for callers that know who will read it; None for no business."""
    row = ctx.business_row(business_id)
    if row is None:
        return None
    return Shared(ctx=ctx, own=directory.party_of(row), zone=row.zone)


def _partner(row: Row) -> ReportedPartner:
    return ReportedPartner(party=directory.party_of(row), since=row.since, given=row.given, held=row.held)


def _holding(row: Row) -> Holding:
    return Holding(
        asset_id=row.asset_id,
        asset_name=row.asset_name,
        kind=Kind(row.kind),
        partner_id=row.partner_id,
        partner_name=row.partner_name,
        tasks=grants.given_by(row),
        state=GrantState(row.state),
    )
