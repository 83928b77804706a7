"""Rows to measure with: agencies, and ad accounts of the brand for them to request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import make
from sqlalchemy import func, update

from bot.clock import Clock
from bot.domain.actors import Actor, Role, Source
from bot.domain.assets import Kind
from bot.domain.kinds import DEFAULT_KIND, RULES, Approvers, RequestKind, Side
from bot.domain.requests import NewRequest
from bot.services import requests
from bot.services.context import act
from bot.store import tables
from bot.store.database import Database, Tx
from bot.store.tables import CardState, EffectState, NodeKind

DANA = Actor(source=Source.BUTTON, team_id=make.BRAND_TEAM, user_id="UDANA")
ASSETS = 40
"""Each agency requests each of these once: fewer than may be open between two businesses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An agency with one admin, and an ad account that no request of this kind is about.

    It is the brand's; what is to be claimed is nobody's, with the brand's Dana as its admin.
    """

    agency: str
    user: str
    asset: str
    kind: RequestKind = DEFAULT_KIND

    @property
    def by(self) -> Actor:
        """Who requests."""
        return DANA if self._is_offered else self._admin

    @property
    def decided_by(self) -> Actor:
        return self._admin if self._is_offered else DANA

    @property
    def request(self) -> NewRequest:
        if self.is_claimed:
            return make.claiming(self.asset, requesting_id=self.agency)
        only = RULES[self.kind].only_level(Kind.AD_ACCOUNT)
        item = make.item(Kind.AD_ACCOUNT, self.asset, level="General user")
        sides = (make.BRAND, self.agency) if self._is_offered else (self.agency, make.BRAND)
        return make.requesting(
            replace(item, tasks=only.tasks) if only else item,
            kind=self.kind,
            requesting_id=sides[0],
            deciding_id=sides[1],
        )

    @property
    def is_claimed(self) -> bool:
        return RULES[self.kind].approvers is Approvers.ASSET_ADMINS

    @property
    def _is_offered(self) -> bool:
        return RULES[self.kind].owner is Side.REQUESTING

    @property
    def _admin(self) -> Actor:
        return Actor(source=Source.COMMAND, team_id=make.AGENCY_TEAM, user_id=self.user)


def places(database: Database, number: int, kind: RequestKind = DEFAULT_KIND) -> list[Place]:
    """Make the town, and in it agencies and ad accounts for so many requests; return them."""
    town = make.town(database)
    made = list(_places(number, kind))

    def verb(tx: Tx) -> None:
        for asset, is_claimed in dict.fromkeys((place.asset, place.is_claimed) for place in made):
            make.insert_row(tx, tables.Node, id=asset, kind=NodeKind.ASSET)
            make.insert_row(
                tx,
                tables.Asset,
                id=asset,
                kind=Kind.AD_ACCOUNT,
                name=f"Account {asset}",
                owner_id=None if is_claimed else make.BRAND,
                published=True,
                askable=not is_claimed,
            )
            if is_claimed:
                make.insert_row(tx, tables.AssetAdmin, asset_id=asset, person_id=town.dana.id)

    make.write(database, verb)
    for position, (agency, user) in enumerate(dict.fromkeys((place.agency, place.user) for place in made)):
        make.business(database, agency, name=f"Agency {position}", team=make.AGENCY_TEAM)
        person = f"5{position:014d}"
        make.person(database, person, team=make.AGENCY_TEAM, user=user, name=f"Admin {position}")
        make.member(database, person, of=agency, role=Role.ADMIN)
    return made


def _places(number: int, kind: RequestKind) -> Iterator[Place]:
    for position in range(number):
        agency, asset = divmod(position, ASSETS)
        one = Place(agency=f"6{agency:010d}", user=f"UADMIN{agency}", asset=f"act_9{asset:06d}", kind=kind)
        yield replace(one, asset=f"act_9{position:06d}") if one.is_claimed else one


def open_requests(database: Database, requested: list[Place], *, clock: Clock) -> list[str]:
    """Submit all of it, mark the cards as posted, and return the ids of the requests."""
    now = clock.now()
    waiting = [
        database.submit(act, requests.submit, place.request, by=place.by, now=now) for place in requested
    ]
    made = [one.result(60).request_id for one in waiting]

    def posted(tx: Tx) -> None:
        card, effect = tables.table_of(tables.Card), tables.table_of(tables.Effect)
        tx.run(
            update(card).values(
                state=CardState.POSTED,
                ts="1700000000." + card.c.subject_id,  # of each request one in each channel
                channel_id=func.coalesce(card.c.channel_id, "D" + card.c.user_id),
            )
        )
        tx.run(update(effect).values(state=EffectState.DONE, over_at=now))

    make.write(database, posted)
    return made
