"""Made-up records: what services read, as views, for the gallery and for the tests of what renders them.

Each function returns a usual record in which what is given by name differs. A view that gets a field more
is given it here, once.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bot.domain.actors import ApiSharing, Role, WhoMayAsk
from bot.domain.assets import LEVELS, Kind
from bot.domain.grants import GrantState
from bot.domain.kinds import RequestKind
from bot.domain.requests import DraftState, NewRequest, RequestState, Term
from bot.domain.reviews import Silence
from bot.services.views.access import GrantView
from bot.services.views.businesses import HomeView, MemberView, SettingsView
from bot.services.views.parties import Me, OwnBusiness, Party, Rows, Signer
from bot.services.views.requests import (
    Acknowledger,
    CommentView,
    DigestItemView,
    DigestView,
    DraftView,
    ItemView,
    Preview,
    RequestView,
    WorksView,
)

NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
AGENCY = Party(id="998877", name="Northwind Agency", verified=True)
BRAND = Party(id="112233", name="Brand", verified=True)

ADMIN, GENERAL, REPORTING = (level.tasks for level in LEVELS[Kind.AD_ACCOUNT])
PIXEL_ANALYST = LEVELS[Kind.PIXEL][1].tasks

_GRANT = GrantView(
    id="700000000000001",
    request_id="500000000000001",
    ref="AMBER-1234",
    asset_id="act_100",
    asset_name="US ads",
    kind=Kind.AD_ACCOUNT,
    owner=BRAND,
    holder=AGENCY,
    tasks=REPORTING,
    state=GrantState.ACTIVE,
    version=1,
    starts_at=NOW,
    ends_at=NOW + timedelta(days=30),
    ended_at=None,
    end_reason=None,
    ended_by=None,
    end_note="",
    reason="Q1 launch",
    decided_by=(Signer("Zoe Zimmer"),),
    may_end=False,
)
_ITEM = ItemView(
    position=0,
    kind=Kind.AD_ACCOUNT,
    asset_id="act_100",
    asset_name="US ads",
    words=None,
    requested=GENERAL,
    given=None,
    held=frozenset(),
    held_until=None,
    others=(),
    grant=None,
)
_REQUEST = RequestView(
    id="500000000000001",
    ref="AMBER-1234",
    kind=RequestKind.ACCESS,
    state=RequestState.PENDING,
    version=3,
    requesting=AGENCY,
    deciding=BRAND,
    requester="Ann Alder",
    author=None,
    reason="Q1 launch",
    term=Term.for_days(30),
    given_term=None,
    items=(_ITEM,),
    people=(),
    people_count=0,
    approvals=0,
    required_approvals=1,
    admins=3,
    approved_by=(),
    opened_by=(),
    created_at=NOW,
    expires_at=NOW + timedelta(days=14),
    over_at=None,
    over_by=None,
    note="",
    undelivered=None,
    first_seen=None,
    past_requests=0,
    lookalike=None,
    live_assets=0,
    extends=None,
    closed_with=None,
    acknowledged_by=(),
    comments=(),
    undo_until=None,
    undone_at=None,
    undone_by=None,
    remind_after=None,
)
_NEW_REQUEST = NewRequest(
    requesting_id=AGENCY.id, deciding_id=BRAND.id, items=(), reason="Q1 launch", term=Term.for_days(30)
)
_DRAFT = DraftView(
    id="600000000000001",
    ref="AMBER-1234",
    state=DraftState.WAITING,
    version=2,
    requesting=AGENCY,
    deciding=BRAND,
    author="Bob Birch",
    request=_NEW_REQUEST,
    items=(_ITEM,),
    people=(),
    created_at=NOW,
    expires_at=NOW + timedelta(days=14),
    over_at=None,
    over_by=None,
    request_id=None,
)
_COMMENT = CommentView(
    id=f"{1:016x}", by="Zoe Zimmer", business=BRAND, text="Which campaign is it for?", at=NOW
)
_MEMBER = MemberView(
    person_id="400000000000001",
    user_id="U0001",
    name="Zoe Zimmer",
    role=Role.ADMIN,
    shared=False,
    may_administer=None,
)
_SETTINGS = SettingsView(
    party=BRAND,
    team_id="T1",
    channel_id="C1",
    quorum=1,
    expires_days=14,
    undo_minutes=10,
    who_may_ask=WhoMayAsk.ANYONE,
    api_sharing=ApiSharing.AT_ONCE,
    hours="Mon-Fri 09:00-17:00",
    days_off=(date(2026, 12, 25),),
    review_days=90,
    review_silence=Silence.KEEP,
    zone="Europe/Berlin",
    policy_version=4,
    members=1,
    admins=1,
    listed=("Northwind Agency",),
    weekly=True,
)
_PREVIEW = Preview(owner=BRAND, reason=None, admins=3, required_approvals=1)
_OWN = OwnBusiness(party=AGENCY, role=Role.ADMIN, may_administer=None, may_draft=False, channel_id="C1")
_NO_ROWS: Rows[Any] = Rows(rows=(), total=0, more=False)


def party(**fields: Any) -> Party:
    """Return a business."""
    return replace(AGENCY, **fields)


def grant(**fields: Any) -> GrantView:
    """Return a grant that is in force."""
    return replace(_GRANT, **fields)


def item(position: int = 0, **fields: Any) -> ItemView:
    """Return an ad account that was requested by its id."""
    return replace(_ITEM, **{"position": position, "asset_id": f"act_{100 + position}", **fields})


def described(position: int = 0, **fields: Any) -> ItemView:
    """Return a pixel that was requested in words."""
    usual = {
        "kind": Kind.PIXEL,
        "asset_id": None,
        "asset_name": None,
        "words": "the pixel of the Berlin shop",
        "requested": PIXEL_ANALYST,
    }
    return item(position, **{**usual, **fields})


def request(**fields: Any) -> RequestView:
    """Return a request that nobody has decided on."""
    return replace(_REQUEST, **fields)


def over(state: RequestState, **fields: Any) -> RequestView:
    """Return a request that is over."""
    return request(**{"state": state, "over_at": NOW, "over_by": "Zoe Zimmer", **fields})


def new_request(**fields: Any) -> NewRequest:
    """Return what somebody requests, as typed."""
    return replace(_NEW_REQUEST, **fields)


def preview(**fields: Any) -> Preview:
    """Return what would happen to a request that may be sent."""
    return replace(_PREVIEW, **fields)


def draft(**fields: Any) -> DraftView:
    """Return a draft that waits to be sent."""
    return replace(_DRAFT, **fields)


def acknowledger(name: str = "Zoe Zimmer", *, hours: int = 24) -> Acknowledger:
    """Return somebody who is looking at a request."""
    return Acknowledger(name=name, until=NOW + timedelta(hours=hours))


def comment(number: int = 1, **fields: Any) -> CommentView:
    """Return a question of the deciding business."""
    return replace(_COMMENT, **{"id": f"{number:016x}", **fields})


def works(view: RequestView, *, works: bool) -> WorksView:
    """Return what the holder of a request's access said when asked whether it works."""
    return WorksView(works=works, by="Ann Alder", holder=view.requesting, at=NOW)


def digest(*requests: RequestView | DigestItemView, **more: int) -> DigestView:
    """Return a digest of these."""
    items = tuple(
        one if isinstance(one, DigestItemView) else DigestItemView(request=one, snoozed_until=None)
        for one in requests
    )
    return DigestView(
        id="800000000000001", person="Zoe Zimmer", zone="Europe/Berlin", created_at=NOW, items=items, **more
    )


def member(number: int = 1, **fields: Any) -> MemberView:
    """Return a member who is an admin."""
    ids = {"person_id": f"40000000000{number:04d}", "user_id": f"U{number:04d}"}
    return replace(_MEMBER, **{**ids, **fields})


def settings_view(**fields: Any) -> SettingsView:
    """Return a business's settings."""
    return replace(_SETTINGS, **fields)


def own(**fields: Any) -> OwnBusiness:
    """Return a business that somebody is an admin of."""
    return replace(_OWN, **fields)


def me(*businesses: OwnBusiness) -> Me:
    """Return who somebody is: by default an admin of the agency."""
    return Me(
        person_id="400000000000001", name="Ann Alder", zone="Europe/Berlin", businesses=businesses or (own(),)
    )


def home(**fields: Any) -> HomeView:
    """Return a home on which nothing is going on."""
    quiet = HomeView(
        me=me(),
        page="",
        since=None,
        waiting=_NO_ROWS,
        reviews=(),
        requested=_NO_ROWS,
        drafts=_NO_ROWS,
        prepared=_NO_ROWS,
        reach=_NO_ROWS,
        partners=_NO_ROWS,
        ends_soon=_NO_ROWS,
        held_after={},
        decided_away=_NO_ROWS,
        settings=(),
    )
    return replace(quiet, **fields)


def rows(*held: Any, total: int | None = None) -> Rows[Any]:
    """Return a page of rows, of `total` in all."""
    total = len(held) if total is None else total
    return Rows(rows=held, total=total, more=total > len(held))
