"""The demo's past: what happened before it begins, recorded with the usual verbs at earlier times.

With it, every screen has content from the first second: requests that wait (one of them for days), one that
has the first of two approvals, invitations to accept, a pixel to create, access that ends soon, and a partner
with a history.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from bot.domain.actors import Actor, Flags, SlackUser, Source
from bot.domain.assets import CAPABILITIES, LEVELS, OWNERSHIP, Kind
from bot.domain.creating import NewAsset
from bot.domain.kinds import DEFAULT_KIND, RequestKind
from bot.domain.requests import Approve, Decline, NewItem, NewRequest, Term
from bot.sandbox.demo.story import ACME, AGENCY, BLUEBIRD, BLUEBIRD_MAIN, EMILS_ACCOUNT
from bot.services import directory, grants, partnerships, requests
from bot.services.context import act
from bot.services.results import Answered, Commented, Contracted, Ended, LetEnd, Moved, Prepared, Saved, Sent
from bot.services.sweeps import BUSINESS_SWEEPS

if TYPE_CHECKING:
    from bot.sandbox.demo.story import Story
    from bot.store.tx import Tx

BEGINNING = timedelta(days=90)
"""How long before now the businesses were imported."""

_STEP = timedelta(hours=6)
"""The sweeps run at this interval: shorter than a working day, so that no nudge is missed."""

T = TypeVar("T")
_ItemWords = tuple[Kind, str, str]
_ACME_PAGE, _ACME_INSTAGRAM = "501000200030", "701000200030"


class _Past:
    """Records one thing after the other, and runs the sweeps in between."""

    def __init__(self, tx: Tx, story: Story, *, now: datetime) -> None:
        self._tx = tx
        self._story = story
        self._now = now
        self._swept = now - BEGINNING

    def go(self, *, days: float = 0, hours: float = 0) -> datetime:
        """Run the sweeps up to `days` and `hours` before now, and return that time."""
        at = self._now - timedelta(days=days, hours=hours)
        assert at >= self._swept, "the past must be recorded in order"
        while self._swept < at:
            self._swept = min(at, self._swept + _STEP)
            for sweep in BUSINESS_SWEEPS:
                act(self._tx, sweep, now=self._swept)
        self.record_people()
        return at

    def by(self, name: str) -> Actor:
        """Return a person of the story as an actor."""
        one = self._story.people[name]
        return Actor(source=Source.FORM, team_id=one.team_id, user_id=one.id)

    def record_people(self) -> None:
        """Record what Slack says about every person, as after an import and every day."""
        known = Flags(deactivated=False, guest=False, bot=False, stranger=False)
        for one in self._story.people.values():
            act(
                self._tx,
                directory.record_user,
                SlackUser(user_id=one.id, flags=known, zone=one.tz),
                team_id=one.team_id,
                now=self._swept,
            )

    def submit(
        self,
        name: str,
        owner_id: str | None,
        *items: _ItemWords,
        reason: str,
        term: Term,
        requesting_id: str = AGENCY,
        kind: RequestKind = DEFAULT_KIND,
    ) -> str:
        """Request items by kind, id and level; return the request's id, or an empty string for a draft."""
        requested = tuple(
            NewItem(kind=one, asset_id=asset_id, tasks=_tasks(one, level)) for one, asset_id, level in items
        )
        sent = act(
            self._tx,
            requests.submit,
            NewRequest(
                kind=kind,
                requesting_id=requesting_id,
                deciding_id=owner_id,
                items=requested,
                reason=reason,
                term=term,
            ),
            by=self.by(name),
            now=self._swept,
        )
        if isinstance(sent, Saved):
            return ""
        return _expect(Sent, sent).request_id

    def approve(self, name: str, request_id: str) -> None:
        """Approve a request that has no approval yet."""
        moved = act(
            self._tx,
            requests.decide,
            request_id,
            by=self.by(name),
            verdict=Approve(),
            expected_version=1,
            now=self._swept,
        )
        _expect(Moved, moved)

    def decline(self, name: str, request_id: str, note: str) -> None:
        """Decline a request, with a note."""
        verdict = Decline(note=note)
        moved = act(
            self._tx,
            requests.decide,
            request_id,
            by=self.by(name),
            verdict=verdict,
            expected_version=1,
            now=self._swept,
        )
        _expect(Moved, moved)

    def prepare(self, name: str, new: NewAsset) -> None:
        """Prepare an asset, as an employee, for the admins to create."""
        made = act(self._tx, directory.create_asset, new, by=self.by(name), now=self._swept)
        _expect(Prepared, made)

    def comment(self, name: str, request_id: str, text: str) -> None:
        """Comment on a request."""
        _expect(
            Commented, act(self._tx, requests.comment, request_id, text, by=self.by(name), now=self._swept)
        )

    def let_end(self, name: str, grant_ids: Sequence[str]) -> None:
        """Answer that access is not needed after its end."""
        for grant_id in grant_ids:
            _expect(LetEnd, act(self._tx, grants.let_end, grant_id, by=self.by(name), now=self._swept))

    def revoke(self, name: str, business_id: str, grant_id: str, note: str) -> None:
        """Revoke access."""
        ended = act(
            self._tx,
            grants.revoke,
            [grant_id],
            business_id=business_id,
            by=self.by(name),
            note=note,
            now=self._swept,
        )
        _expect(Ended, ended)

    def say_works(self, name: str, request_id: str) -> None:
        """Answer that the access of a request works."""
        _expect(
            Answered,
            act(self._tx, requests.say_works, request_id, works=True, by=self.by(name), now=self._swept),
        )

    def state_contract(self, name: str, own_id: str, other_id: str, *, ends_at: datetime, days: int) -> None:
        """State when the contract with a partner ends, and for how many days access is removed by hand."""
        _expect(
            Contracted,
            act(
                self._tx,
                partnerships.set_contract,
                own_id,
                other_id,
                ends_at=ends_at,
                days=days,
                by=self.by(name),
                now=self._swept,
            ),
        )

    def grants_of(self, request_id: str) -> list[str]:
        """Return the grants of a request, in the order of its items."""
        found = grants.grants_of_request(self._tx, request_id)
        return [found[position].id for position in sorted(found)]


def _tasks(kind: Kind, level: str) -> frozenset[str]:
    return next(
        one.tasks for one in (*LEVELS[kind], *CAPABILITIES.values(), *OWNERSHIP.values()) if one.name == level
    )


def _expect(wanted: type[T], answer: object) -> T:
    assert isinstance(answer, wanted), answer
    return answer


def record_past(tx: Tx, story: Story, *, now: datetime) -> None:
    """Record the whole past, up to `now`."""
    past = _Past(tx, story, now=now)
    past.record_people()
    _months_ago(past)
    _lately(past)
    past.go()


def _months_ago(past: _Past) -> None:
    """Record what is over, what ends soon, and a contract."""
    past.go(days=85, hours=2)  # access that ends in five days: the Page that the agency looks after
    page = past.submit(
        "ann",
        BLUEBIRD,
        (Kind.PAGE, "501000300040", "Employee"),
        reason="We look after the Page and answer comments",
        term=Term.for_days(90),
    )
    past.go(days=85)
    past.approve("bea", page)

    past.go(days=80)
    past.say_works("ann", page)

    past.go(days=60)  # a season with Acme Shoes: one grant was revoked early, the other expired
    season = past.submit(
        "abe",
        ACME,
        (Kind.PAGE, _ACME_PAGE, "Advertiser"),
        (Kind.INSTAGRAM_ACCOUNT, _ACME_INSTAGRAM, "Advertiser"),
        reason="Autumn season, boosted posts",
        term=Term.for_days(45),
    )
    past.go(days=59)
    past.approve("dana", season)
    shop, instagram = past.grants_of(season)
    past.let_end("abe", [shop, instagram])
    past.go(days=55)
    past.say_works("abe", season)
    past.go(days=40)
    past.revoke("dana", ACME, instagram, "We run @acmeshoes ourselves from now on")

    past.go(days=29, hours=1)  # access that ends tomorrow
    numbers = past.submit(
        "ann",
        BLUEBIRD,
        (Kind.AD_ACCOUNT, BLUEBIRD_MAIN, "Reporting only"),
        reason="Numbers for the yearly review",
        term=Term.for_days(30),
    )
    past.go(days=29, hours=0.2)
    past.approve("bea", numbers)

    past.go(days=25)
    past.say_works("ann", numbers)

    at = past.go(days=20)  # the contract with Bluebird Bikes ends with the season
    past.state_contract("bea", BLUEBIRD, AGENCY, ends_at=at + timedelta(days=80), days=14)


def _lately(past: _Past) -> None:
    """Record what waits, and the few things that were decided against or not in time."""
    past.go(days=13, hours=4)  # an invitation that expires tomorrow
    past.submit(
        "dana",
        AGENCY,
        (Kind.INSTAGRAM_ACCOUNT, "701000200031", "Analyst"),
        reason="For your case study about our first years",
        term=Term.for_days(30),
        requesting_id=ACME,
        kind=RequestKind.INVITATION,
    )

    past.go(days=12)  # declined
    pixel = past.submit(
        "ann",
        ACME,
        (Kind.PIXEL, "601000200030", "Admin"),
        reason="To set up the shop's events",
        term=Term.for_days(30),
    )
    past.go(days=11.5)
    past.decline("dov", pixel, "Our developers set up events. Ask for Analyst if you need the audiences.")

    at = past.go(days=6)  # nobody decided on this one in time
    past.submit(
        "abe",
        ACME,
        (Kind.AD_ACCOUNT, "act_4815162343", "Reporting only"),
        reason="A look at the numbers before tomorrow's call",
        term=Term.till(at + timedelta(hours=20)),
    )

    past.go(days=2, hours=22)  # this one has waited since Saturday: Bea is reminded, and has tomorrow off
    past.submit(
        "ann",
        BLUEBIRD,
        (Kind.PIXEL, "601000300040", "Analyst"),
        reason="Retargeting for the winter sale",
        term=Term.for_days(60),
    )

    past.go(hours=23)  # billing is risky: it needs two approvals, and has one
    billing = past.submit(
        "ann",
        ACME,
        (Kind.AD_ACCOUNT, "act_4815162343", "Admin"),
        reason="We take over billing of the US account in January",
        term=Term.for_days(365),
    )
    past.go(hours=20)
    past.approve("dov", billing)

    past.go(hours=7)  # the agency claims an ad account that Emil opened as a person
    past.submit(
        "abe",
        None,
        (Kind.AD_ACCOUNT, EMILS_ACCOUNT, OWNERSHIP[Kind.AD_ACCOUNT].name),
        reason="We run the pop-up's ads from now on, from our business",
        term=Term.without_end(),
        kind=RequestKind.CLAIM,
    )

    past.go(hours=6.5)  # an agency that wants to act on behalf of a brand
    past.submit(
        "abe",
        ACME,
        (Kind.AD_ACCOUNT, "act_4815162342", CAPABILITIES[Kind.AD_ACCOUNT].name),
        reason="We compare your audiences with ours before the spring plan",
        term=Term.for_days(90),
        kind=RequestKind.ON_BEHALF,
    )

    past.go(hours=6)  # an invitation that came today
    past.submit(
        "bea",
        AGENCY,
        (Kind.INSTAGRAM_ACCOUNT, "701000300040", "Advertiser"),
        reason="Could you boost our stories, too?",
        term=Term.for_days(90),
        requesting_id=BLUEBIRD,
        kind=RequestKind.INVITATION,
    )

    past.go(hours=5)  # in the other direction, with a comment
    back = past.submit(
        "dana",
        AGENCY,
        (Kind.PAGE, "501122334455", "Analyst"),
        reason="To see how our joint posts do",
        term=Term.for_days(30),
        requesting_id=ACME,
    )
    past.go(hours=4)
    past.comment("abe", back, "Do you need the reach of all posts, or of the joint ones alone?")

    past.go(hours=3)  # an employee prepared a pixel: an admin of Acme Shoes may create it
    past.prepare("emil", NewAsset(business_id=ACME, kind=Kind.PIXEL, name="shoe-week.example"))

    past.go(hours=2)  # an employee's draft: an admin of the agency may send it
    past.submit(
        "eva",
        ACME,
        (Kind.PAGE, _ACME_PAGE, "Advertiser"),
        reason="Boosted posts for the winter range",
        term=Term.for_days(60),
    )
