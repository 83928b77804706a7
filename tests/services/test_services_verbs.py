"""Each verb: all that it changes in the store, and nothing besides, as `verbs.txt` states it in lines.

All of them start from the same town: a request of Ann's that waits, one that Dana approved a minute ago and
whose access is in force, and a draft of Eva's. Ann and Dana have looked at their homes, so that homes follow.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import make
import pytest
from make import ACCOUNT, AGENCY, BRAND, EPOCH, PAGE, PIXEL, Town, insert_row, item, requesting, write
from store_changes import ALL, Told, changes
from story import Story

from bot.clock import PushedClock
from bot.domain.actors import CLOCK, OPERATOR, ApiSharing, Role, WhoMayAsk
from bot.domain.assets import CAPABILITIES, Kind
from bot.domain.connections import Obstacle
from bot.domain.creating import Payment
from bot.domain.findings import Remedy
from bot.domain.grants import Named
from bot.domain.kinds import RequestKind
from bot.domain.messages import Audience
from bot.domain.registering import Asker, NewBusiness
from bot.domain.requests import Approve, Decline, NewItem, Term, Verdict
from bot.domain.reviews import Need, Silence
from bot.services import (
    comparing,
    connections,
    directory,
    drift,
    grants,
    home,
    nudges,
    partnerships,
    requests,
    reviews,
    settings,
)
from bot.services.context import act
from bot.store import tables
from bot.store.database import Database
from bot.store.tables import EffectState

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SECOND_ACCOUNT = "act_1002"
UNOWNED = "act_7001"
MONTH = Term.for_days(30)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What stands before the verb: the ids of what it can be about."""

    town: Town
    waits: str
    approved: str
    grant: str
    draft: str
    card: str


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    """On SQLite alone: the same verbs run on both databases in the files beside this one.

    The database's own clock is another, so that the time a verb is given cannot be mistaken for it.
    """
    with Database.open(sqlite_url, clock=PushedClock()) as opened:
        yield opened


@pytest.fixture
def standing(story: Story, town: Town) -> Standing:
    story.set(tables.BusinessRow, {"id": BRAND}, policy_version=5)  # by which the two businesses differ
    for who in (town.ann, town.dana):
        story.open_home(who)
    make.asset(story.database, SECOND_ACCOUNT, kind=Kind.AD_ACCOUNT, name="Acme Second", owner=BRAND)
    approved = story.submit(town.ann, item(Kind.PIXEL, PIXEL), people=(town.eva.id,))
    story.decide(town.dana, approved.request_id, Approve())
    waits = story.submit(
        town.ann,
        item(Kind.AD_ACCOUNT, ACCOUNT, level="General user"),
        item(Kind.PAGE, PAGE),
        people=(town.eva.id,),
    )
    nudge = {"person_id": town.dana.id, "due_at": EPOCH + DAY, "quiet_until": None}
    write(story.database, insert_row, tables.Nudge, request_id=waits.request_id, **nudge)
    draft = story.submit(town.eva, item(Kind.AD_ACCOUNT, SECOND_ACCOUNT))
    make.unowned(story.database, UNOWNED, town.abe, town.dana)
    story.set(tables.Effect, {"state": EffectState.WAITING}, state=EffectState.DONE)
    story.clock.push(MINUTE)
    return Standing(
        town=town,
        waits=waits.request_id,
        approved=approved.request_id,
        grant=story.grant_of(approved.request_id).id,
        draft=draft.draft_id,
        card=story.rows(tables.Card, subject_id=waits.request_id, audience=Audience.APPROVERS)[0].id,
    )


@dataclass(frozen=True, kw_only=True)
class Case:
    """A verb, who calls it with what, and how much later. What it leaves stands in `verbs.txt`."""

    verb: Callable[..., Any]
    by: str
    args: Callable[[Standing], tuple[Any, ...]]
    after: timedelta
    quorum: int
    given: Callable[[Story, Town], Any]
    name: str
    more: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.verb.__name__}: {self.name}" if self.name else self.verb.__name__


def case(
    verb: Callable[..., Any],
    *,
    by: str = "",
    args: Callable[[Standing], tuple[Any, ...]] = lambda _: (),
    after: timedelta = timedelta(0),
    quorum: int = 1,
    given: Callable[[Story, Town], Any] = lambda *_: None,
    case_of: str = "",
    **more: Any,
) -> Case:
    return Case(verb=verb, by=by, args=args, after=after, quorum=quorum, given=given, name=case_of, more=more)


LIMITS = {"channel_id": "CNEW", "quorum": 2, "expires_days": 7, "undo_minutes": 0}
POLICY = settings.Policy(
    **LIMITS,
    who_may_ask=WhoMayAsk.LISTED,
    api_sharing=ApiSharing.AFTER_ACCEPTANCE,
    hours="Sun-Thu 08:00-16:00",
    days_off=(),
    review_days=90,
    review_silence=Silence.KEEP,
)
SOMEBODY = {"team_id": make.BRAND_TEAM, "user_id": "UNEW", "name": "New", "role": Role.EMPLOYEE}
NEW = requesting(item(Kind.AD_ACCOUNT, SECOND_ACCOUNT), reason="Summer launch", term=Term.without_end())
OFFERS = {"kind": RequestKind.INVITATION, "requesting_id": BRAND, "deciding_id": AGENCY}
OFFER = requesting(item(Kind.AD_ACCOUNT, SECOND_ACCOUNT), **OFFERS)
RISKY_OFFER = requesting(item(Kind.AD_ACCOUNT, SECOND_ACCOUNT, level="Admin"), **OFFERS)
ON_BEHALF = requesting(
    NewItem(kind=Kind.AD_ACCOUNT, tasks=CAPABILITIES[Kind.AD_ACCOUNT].tasks, asset_id=SECOND_ACCOUNT),
    kind=RequestKind.ON_BEHALF,
)
NEW_ACCOUNT = make.creating(payment=Payment())
PREPARED = "600000000000077"
FOUND = "600000000000088"
AT_META = grants.HeldAtMeta("Northwind", frozenset({"ANALYZE"}))
LOOK = comparing.Look(
    business_id=BRAND,
    ciphertext="kept",
    after="",
    assets=((ACCOUNT, Kind.AD_ACCOUNT), (SECOND_ACCOUNT, Kind.AD_ACCOUNT)),
    since=EPOCH + DAY,
    held_until=EPOCH + DAY + 5 * MINUTE,
)
LESS = {0: frozenset({"ANALYZE"}), 1: frozenset()}


def prepared(story: Story, town: Town) -> None:
    """Emil has prepared an ad account."""
    make.prepared(story.database, PREPARED, NEW_ACCOUNT, by=town.emil, at=EPOCH)


def failed_at_meta(story: Story, _: Town) -> None:
    """What was given could not be put in force at Meta."""
    at_meta = {"asked_at": EPOCH, "obstacle": "PERMISSION", "starts_at": None}
    story.set(tables.Grant, {"state": "ACTIVE"}, state="FAILED", **at_meta)


def held_by_others(story: Story, town: Town) -> None:
    """The account that no business owns was the brand's, which gave it to the agency and to a studio."""
    make.business(story.database, make.OTHER, name="Studio", team=make.OTHER_TEAM, channel_id="COTHER")
    oda = make.someone(story.database, 8, name="Oda", team=make.OTHER_TEAM, roles={make.OTHER: Role.ADMIN})
    story.set(tables.Asset, {"id": UNOWNED}, owner_id=BRAND)
    for who, business_id in ((town.ann, AGENCY), (oda, make.OTHER)):
        sent = story.submit(who, item(Kind.AD_ACCOUNT, UNOWNED), requesting_id=business_id)
        story.decide(town.dana, sent.request_id, Approve())
    make.given_up(story.database, UNOWNED, town.abe, town.dana, now=story.clock.now())
    story.set(tables.Effect, {"state": EffectState.WAITING}, state=EffectState.DONE)


def stuck_at_meta(story: Story, _: Town) -> None:
    """What was given is being taken away at Meta, and should be gone by now."""
    story.set(tables.Grant, {"state": "ACTIVE"}, state="ENDING", asked_at=EPOCH, look_at=EPOCH)


def not_at_meta(story: Story, town: Town) -> None:
    """What Eva can do could not be put in force at Meta."""
    make.failed_person(story.database, town.eva.id, of=AGENCY, asset_id=PIXEL)
    story.set(tables.Assignment, {"person_id": town.eva.id}, tasks="ANALYZE")


def unmade(story: Story, town: Town) -> None:
    """What Dana had created at Meta was refused there."""
    new = make.creating(Kind.PIXEL)
    make.failed_creation(story.database, PREPARED, new, by=town.dana, at=story.clock.now())


def connected(story: Story, _: Town) -> None:
    """The brand is connected to Meta."""
    story.do(connections.connect, BRAND, ciphertext="kept", name="Countersign", by=OPERATOR)


def being_compared(story: Story, town: Town) -> None:
    """The brand is being compared with Meta: `LOOK` was begun."""
    connected(story, town)
    story.set(tables.Comparison, {"business_id": BRAND}, due_at=LOOK.held_until)


def found_at_meta(kind: str, **values: Any) -> Callable[[Story, Town], None]:
    """Return what has something be found at Meta about the pixel that the agency has."""

    def given(story: Story, town: Town) -> None:
        connected(story, town)
        asset = {"asset_id": SECOND_ACCOUNT} if kind == "OUTSIDE" else {}
        make.found(story.database, now=EPOCH, id=FOUND, kind=kind, **asset, **values)

    return given


def with_a_credit_line(story: Story, _: Town) -> None:
    story.set(tables.BusinessRow, {"id": BRAND}, credit_line="line1")


def waiting(have: Standing) -> tuple[str]:
    return (have.waits,)


def decision(case_of: str, verdict: Verdict, *, quorum: int = 1) -> Case:
    decided = {"verdict": verdict, "expected_version": 1}
    return case(requests.decide, by="dana", args=waiting, quorum=quorum, case_of=case_of, **decided)


def given_long_ago(story: Story, _: Town, **settings_: Any) -> None:
    """Have what was given be without end, and given two months ago."""
    given = {"starts_at": EPOCH - 60 * DAY, "ends_at": None, "warn_at": None}
    story.set(tables.Grant, {}, **given)
    if settings_:
        story.set(tables.BusinessRow, {"id": BRAND}, **settings_)


def under_review(story: Story, town: Town, **values: Any) -> None:
    """Have what was given be reviewed; `values` are the review's."""
    given_long_ago(story, town)
    make.reviewed(story.database, now=story.clock.now(), by=town.dana)
    story.set(tables.ReviewQuestion, {}, due_at=story.clock.now())
    story.set(tables.Review, {}, **{"due_at": story.clock.now(), **values})
    story.set(tables.Effect, {"state": EffectState.WAITING}, state=EffectState.DONE)


def off_boarding(story: Story, town: Town) -> None:
    """Have a contract be stated that ended a moment ago."""
    ends_at = story.clock.now() + MINUTE
    story.do(partnerships.set_contract, AGENCY, BRAND, ends_at=ends_at, days=14, by=town.ann)
    story.clock.push(MINUTE)
    story.set(tables.Effect, {"state": EffectState.WAITING}, state=EffectState.DONE)


def read_weekly(story: Story, town: Town) -> None:
    """Have the brand be told of its week now."""
    story.set(tables.BusinessRow, {"id": BRAND}, weekly_at=story.clock.now())


def _bundled(story: Story, town: Town) -> None:
    """Have the request that waits kept as a bundle."""
    (waits,) = (one.id for one in story.rows(tables.Request) if one.state == "PENDING")
    story.do(requests.save_bundle, waits, name="Launch kit", by=town.eva)


def _used_up(story: Story, town: Town) -> None:
    """Have the nudges about the request that waits be used up; Dov is named as a backup."""
    named = {"business_id": BRAND, "person_id": town.dov.id, "turn": "BACKUP"}
    write(story.database, insert_row, tables.NamedApprover, **named)
    (waits,) = (one for one in story.rows(tables.Request) if one.state == "PENDING")
    story.set(tables.Request, {"id": waits.id}, nudge_at=waits.created_at + 3 * DAY + MINUTE)


def _away(story: Story, town: Town) -> None:
    """Have Dov stand in for Dana until Friday."""
    days = {"from_day": f"{EPOCH:%F}", "until_day": f"{EPOCH + 4 * DAY:%F}", "due_at": EPOCH + 4.6 * DAY}
    who = {"business_id": BRAND, "person_id": town.dana.id, "stand_in_id": town.dov.id}
    write(story.database, insert_row, tables.StandIn, **who, **days)


def _unconfirmed(story: Story, town: Town) -> None:
    """Have Dana propose a looser policy that nobody confirms."""
    story.change_policy(town.dana, quorum=1)
    story.clock.push(8 * DAY)


def _left(story: Story, town: Town) -> None:
    """Have Eva belong to no business any more."""
    story.do(settings.remove_member, AGENCY, town.eva.id, by=town.ann)
    story.set(tables.Effect, {"state": EffectState.WAITING}, state=EffectState.DONE)


def _revoked(story: Story, town: Town) -> None:
    """Have what was approved revoked, with a note, a minute ago."""
    (grant,) = (one.id for one in story.rows(tables.Grant))
    story.do(grants.revoke, [grant], business_id=BRAND, note="Not any more", by=town.dov)
    story.clock.push(MINUTE)
    story.set(tables.Effect, {"state": EffectState.WAITING}, state=EffectState.DONE)


CASES = [
    case(requests.erase_texts, given=_revoked, args=lambda have: ([have.approved],), before=EPOCH + DAY),
    case(directory.erase_name, given=_left, args=lambda have: (have.town.eva.id,), shown_on=()),
    case(
        requests.submit,
        by="ann",
        args=lambda have: (replace(NEW, people=(have.town.eva.id,)),),
        case_of="of an admin",
    ),
    case(requests.submit, by="eva", args=lambda _: (NEW,), case_of="of an employee"),
    case(requests.submit, by="dana", args=lambda _: (OFFER,), case_of="an invitation"),
    case(requests.submit, by="dana", args=lambda _: (RISKY_OFFER,), case_of="an invitation that takes two"),
    case(requests.submit, by="ann", args=lambda _: (ON_BEHALF,), case_of="to act on behalf"),
    case(directory.create_asset, by="dana", args=lambda _: (NEW_ACCOUNT,), case_of="of an admin"),
    case(directory.create_asset, by="emil", args=lambda _: (NEW_ACCOUNT,), case_of="of an employee"),
    case(
        directory.create_prepared, by="dana", args=lambda _: (PREPARED,), given=prepared, expected_version=1
    ),
    case(
        directory.change_prepared,
        by="emil",
        args=lambda _: (PREPARED, make.creating(Kind.PIXEL)),
        given=prepared,
        expected_version=1,
    ),
    case(directory.drop_prepared, by="dana", args=lambda _: (PREPARED,), given=prepared, expected_version=1),
    case(
        directory.try_creating_again, by="dov", args=lambda _: (PREPARED,), given=unmade, expected_version=1
    ),
    case(
        directory.drop_prepared,
        by="dov",
        args=lambda _: (PREPARED,),
        given=unmade,
        expected_version=1,
        case_of="what could not be created at Meta",
    ),
    case(
        directory.create_asset,
        by="dana",
        args=lambda _: (NEW_ACCOUNT,),
        given=connected,
        case_of="of an admin and at Meta",
    ),
    case(directory.expire_prepared_due, after=14 * DAY, given=prepared),
    case(
        directory.set_payment,
        by="dana",
        args=lambda _: (ACCOUNT, Payment(invoice=True)),
        given=with_a_credit_line,
    ),
    case(requests.submit, by="ann", args=lambda _: (make.claiming(UNOWNED),), case_of="a claim"),
    case(requests.submit, by="abe", args=lambda _: (make.claiming(UNOWNED),), case_of="a claim of one's own"),
    case(
        requests.submit,
        by="abe",
        args=lambda _: (make.claiming(UNOWNED),),
        given=held_by_others,
        case_of="a claim of what others have access to",
    ),
    case(requests.submit_draft, by="ann", args=lambda have: (have.draft,), expected_version=1),
    case(requests.change_draft, by="eva", args=lambda have: (have.draft, NEW), expected_version=1),
    case(requests.drop_draft, by="ann", args=lambda have: (have.draft,), expected_version=1),
    case(requests.expire_drafts_due, after=30 * DAY),
    decision("an approval that is enough", Approve(given=LESS, term=Term.for_days(7), note="Fine")),
    decision("an approval that is not enough", Approve(term=Term.till(EPOCH + 5 * DAY)), quorum=2),
    decision("a decline", Decline(note="Not now")),
    case(requests.cancel, by="ann", args=waiting, note="Moved"),
    case(requests.expire_due, after=14 * DAY),
    case(requests.undo, by="dov", args=lambda have: (have.approved,)),
    case(requests.close_undo_due, after=9 * MINUTE),
    case(requests.open_details, by="emil", args=waiting),
    case(
        requests.adopt_copy,
        by="dana",
        args=lambda have: (have.card,),
        team_id=make.BRAND_TEAM,
        channel_id="CBRAND",
        ts="7.1",
    ),
    case(requests.comment, by="abe", args=lambda have: (have.waits, "For which market?")),
    case(requests.say_works, by="abe", args=lambda have: (have.approved,), works=False),
    case(requests.check_later, by="abe", args=lambda have: (have.approved,)),
    case(
        requests.extend,
        by="abe",
        args=lambda have: (have.grant,),
        term=Term.for_days(30),
        reason="It goes on",
    ),
    case(grants.end_by_operator, by="operator", args=lambda have: ([have.grant],), note="A breach"),
    case(grants.revoke, by="dov", args=lambda have: ([have.grant],), business_id=BRAND, note="Bye"),
    case(grants.relinquish, by="abe", args=lambda have: ([have.grant],), business_id=AGENCY),
    case(grants.end_each, by="abe", args=lambda have: ([(AGENCY, have.grant)],)),
    case(
        grants.end_named,
        by="dov",
        args=lambda have: (Named(other_id=AGENCY), grants.mark_of([(BRAND, have.grant)])),
        note="Bye",
    ),
    case(
        partnerships.end_partnership,
        by="dov",
        args=lambda have: (BRAND, AGENCY, grants.mark_of([(BRAND, have.grant), ("", have.waits)])),
        note="Bye",
    ),
    case(
        partnerships.set_contract,
        by="dov",
        args=lambda _: (BRAND, AGENCY),
        ends_at=make.EPOCH + 60 * DAY,
        days=14,
    ),
    case(
        partnerships.contracts_due,
        given=off_boarding,
    ),
    case(nudges.weekly_due, given=read_weekly),
    case(grants.end_due, after=30 * DAY),
    case(
        grants.assign_person,
        by="abe",
        args=lambda have: (have.town.ann.id,),
        business_id=AGENCY,
        asset_id=PIXEL,
        tasks=frozenset({"ANALYZE"}),
    ),
    case(
        grants.try_person_again,
        by="abe",
        args=lambda have: (have.town.eva.id,),
        given=not_at_meta,
        business_id=AGENCY,
        asset_id=PIXEL,
    ),
    case(
        grants.unassign_person,
        by="abe",
        args=lambda have: (have.town.eva.id,),
        business_id=AGENCY,
        asset_id=PIXEL,
    ),
    case(grants.let_end, by="abe", args=lambda have: (have.grant,)),
    case(grants.warn_due, after=23 * DAY),
    case(grants.look_due, given=stuck_at_meta),
    case(grants.try_again, by="dov", args=lambda have: (have.approved,), given=failed_at_meta),
    *(
        case(
            drift.remedy,
            by="dana",
            args=lambda _, which=which: (FOUND, which),
            given=found_at_meta(kind),
            expected_version=1,
            reason="It is kept.",
            case_of=which.lower(),
        )
        for kind, which in (
            ("OUTSIDE", Remedy.ADOPT),
            ("OUTSIDE", Remedy.REVOKE),
            ("GONE", Remedy.PUT_BACK),
            ("GONE", Remedy.RECORD),
        )
    ),
    case(
        drift.ignore_finding,
        by="dana",
        args=lambda _: (FOUND,),
        given=found_at_meta("OUTSIDE"),
        until=EPOCH + 30 * DAY,
        expected_version=1,
    ),
    case(drift.ignored_due, after=DAY, given=found_at_meta("OUTSIDE", state="IGNORED", ignored_until=EPOCH)),
    case(reviews.open_review, by="dov", args=lambda _: (BRAND,), given=given_long_ago),
    case(
        reviews.open_due,
        after=4 * HOUR,
        given=lambda story, town: given_long_ago(story, town, review_days=30, reviewed_at=EPOCH - 30 * DAY),
    ),
    case(reviews.keep, by="dov", args=lambda have: (have.grant,), given=under_review, expected_version=2),
    case(
        reviews.keep_all,
        by="dov",
        args=lambda _: (make.QUESTION,),
        given=under_review,
        expected_answers=0,
    ),
    case(
        reviews.shorten,
        by="dov",
        args=lambda have: (have.grant,),
        given=under_review,
        until=EPOCH + 20 * DAY,
        expected_version=2,
    ),
    case(reviews.answer, by="abe", args=lambda _: (make.QUESTION, Need.BROKEN), given=under_review),
    case(reviews.reviews_due, given=under_review, case_of="it waits"),
    case(
        reviews.reviews_due,
        given=lambda story, town: under_review(story, town, deadline_at=story.clock.now()),
        case_of="at the deadline",
    ),
    case(reviews.questions_due, given=under_review),
    case(comparing.begin, given=connected),
    case(
        comparing.finish,
        args=lambda _: (LOOK, {SECOND_ACCOUNT: {AGENCY: AT_META}, ACCOUNT: Obstacle.LIMITED}),
        given=being_compared,
        after=DAY,
    ),
    case(nudges.snooze, by="dana", args=waiting),
    case(nudges.acknowledge, by="dov", args=waiting),
    case(nudges.remind, by="ann", args=waiting),
    case(nudges.nudge_due, after=DAY),
    case(nudges.digest_due, after=DAY),
    case(nudges.warn_requester_due, after=13 * DAY),
    case(
        settings.change_policy,
        by="dana",
        args=lambda _: (BRAND, POLICY),
        expected_version=5,
    ),
    case(
        settings.confirm_policy,
        by="dov",
        args=lambda _: (BRAND,),
        quorum=2,
        given=lambda story, town: story.change_policy(town.dana, quorum=1),
        expected_version=6,
    ),
    case(settings.proposals_due, quorum=2, given=_unconfirmed),
    case(settings.accept_at_once, by="ann", args=lambda _: (AGENCY, BRAND), on=True),
    case(requests.save_bundle, by="eva", args=lambda have: (have.waits,), name=" Launch  kit "),
    case(
        requests.save_bundle,
        by="ann",
        args=lambda have: (have.waits,),
        given=_bundled,
        case_of="under another name",
        name="Spring kit",
    ),
    case(
        requests.remove_bundle,
        by="ann",
        args=lambda have: (have.waits,),
        given=_bundled,
    ),
    case(settings.add_member, by="dana", args=lambda _: (BRAND,), **SOMEBODY),
    case(
        settings.register,
        by="emil",
        args=lambda _: (NewBusiness(id="99887766", name="Sister Shoes", channel_id="CSISTER"),),
        asker=Asker(name="Emil", manages=True, flags=make.ORDINARY, zone="Europe/Berlin"),
    ),
    case(settings.move_person, by="operator", team_id=make.BRAND_TEAM, user_id="UDANA", to_user="UDANA2"),
    case(
        settings.move_business,
        by="operator",
        args=lambda _: (BRAND,),
        given=lambda story, _: story.do(
            directory.record_workspace,
            team_id="TNEW",
            **dict.fromkeys(("name", "url", "bot_id", "bot_user_id"), ""),
        ),
        team_id="TNEW",
        channel_id="CNEW",
        people={"UDANA": "UDANA2", "UDOV": "UDOV2"},
    ),
    case(
        settings.name_approvers,
        by="dana",
        args=lambda _: (BRAND,),
        first=(),
        backups=("400000000000005",),
        expected_version=5,
    ),
    case(
        settings.name_stand_in,
        by="dana",
        args=lambda _: (BRAND,),
        stand_in="400000000000005",
        from_day=EPOCH.date(),
        until_day=EPOCH.date() + 4 * DAY,
    ),
    case(settings.end_stand_in, by="dana", args=lambda _: (BRAND,), given=_away),
    case(settings.stand_ins_due, after=5 * DAY, given=_away),
    case(
        nudges.nudge_due,
        after=4 * DAY,
        given=_used_up,
        case_of="the nudges are used up",
    ),
    case(settings.set_role, by="dana", args=lambda have: (BRAND, have.town.dov.id), role=Role.EMPLOYEE),
    case(settings.remove_member, by="ann", args=lambda have: (AGENCY, have.town.eva.id)),
    case(home.open_home, by="dov"),
    case(home.turn_home, by="dana", args=lambda _: ("reach:10",)),
]

BLOCKS = (one.split("\n", 1) for one in Path(__file__).with_name("verbs.txt").read_text().split("\n\n"))
LEAVES = {
    heading: textwrap.dedent(lines).splitlines()
    for headings, lines in BLOCKS
    for heading in headings.split(", ")
}
"""What each of them leaves: its answer, the rows that are new, changed or gone, events and effects."""

READS = {
    grants.could_end,
    directory.belongs_to,
    directory.find_people_at,
    directory.find_shown,
    requests.find_outcome,
    requests.find_over,
    requests.outcome,
    grants.is_any_moving,
    grants.named_by_operator,
    requests.bundle_name,
    requests.list_bundles,
    requests.last_over,
    requests.contract_end,
    requests.cut_within,
    requests.is_partner,
    requests.parted_since,
    requests.accepted_at_once,
    requests.accepts_now,
    requests.standing_for,
    requests.standing_view,
    requests.who_can_accept,
    requests.ends_so_far,
    requests.ends_with,
    requests.stated,
    requests.stated_by,
    grants.count_between,
    grants.count_leaving,
    grants.count_not_at_meta,
    grants.why_not_held,
    grants.ended_between,
    grants.longer_between,
    requests.holders_side,
    requests.in_force_since,
    requests.is_asked_about,
    requests.is_in_force,
    requests.may_be_asked,
    requests.to_ask,
    drift.find_finding,
    reviews.find_item,
    reviews.review_card,
    reviews.review_page,
    reviews.open_reviews,
    reviews.question_card,
    drift.finding_card,
    comparing.is_due,
    comparing.progress,
    grants.giving,
    grants.endable,
    grants.assigned_with,
    grants.find_called,
    grants.find_colleagues,
    grants.find_grants,
    grants.find_reachable,
    grants.ends_together,
    grants.held_after,
    grants.going_on,
    grants.happened,
    grants.list_between,
    grants.list_ending,
    grants.list_grants,
    grants.list_owned,
    grants.named,
    grants.shared_since,
    grants.people_of,
    grants.people_told,
    grants.claims_at_meta,
    grants.is_being_enforced,
    grants.request_at_meta,
    grants.reach_of,
    grants.through,
    partnerships.contract_between,
    partnerships.counted,
    partnerships.find_partners,
    partnerships.list_partners,
    partnerships.parting,
    partnerships.partnership,
    partnerships.status_between,
    partnerships.why_nothing_ends,
    nudges.digest_card,
    nudges.week_told,
    nudges.next_reminder,
    nudges.place_digest,
    requests.draft_card,
    requests.drafts_for,
    requests.prepared_for,
    requests.extension_of,
    requests.find_draft,
    requests.find_request,
    requests.find_request_by_ref,
    requests.history,
    requests.may_decide_now,
    requests.of_kind,
    requests.open_between,
    requests.preview,
    requests.stands_against,
    requests.request_card,
    requests.requested_by,
    requests.side_of,
    requests.sides_of,
    requests.waiting_for,
    requests.why_not_extend,
    requests.writing_side,
    settings.loosening_card,
    settings.may_register,
    settings.register_objection,
    settings.asked_by,
    settings.away_of,
    settings.stand_in_told,
    settings.find_admins,
    settings.members_of,
    settings.settings_of,
}
STEPS = {
    grants.activate,
    comparing.forget,
    comparing.want,
    grants.all_enforced_again,
    grants.become_owner,
    grants.break_connection,
    grants.claim_at_meta,
    requests.carry_drafts_along,
    requests.cut,
    requests.erase_again,
    grants.given_up_at_meta,
    grants.left_at_meta,
    grants.compare_asset,
    grants.keep_at_meta,
    grants.connected_again,
    grants.assign,
    grants.end_as_known,
    grants.end_between,
    grants.owner_found,
    grants.put_all_at_meta,
    grants.put_in_force,
    grants.shorten,
    grants.undo_given,
    grants.why_not,
    partnerships.bring_over,
    partnerships.status_changed,
    requests.cancel_between,
    settings.accept_no_longer,
    settings.leave,
    settings.leave_channel,
    settings.mark_shared,
    settings.put_account,
    settings.put_place,
    settings.put_role,
    settings.tighten,
}
"""What other verbs do on their way, the outbox when it finishes an effect, and a restore."""


ACTORS = {"": CLOCK, "operator": OPERATOR}


def run(story: Story, which: Case, standing: Standing) -> list[str]:
    story.clock.push(which.after)
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=which.quorum)
    story.set(tables.Request, {}, quorum=which.quorum)
    which.given(story, standing.town)
    by = ACTORS.get(which.by) or getattr(standing.town, which.by).by()
    now = story.clock.now()
    did = changes(
        story.database, act, which.verb, *which.args(standing), watch=ALL, by=by, now=now, **which.more
    )
    assert did.woke == bool(did.of(tables.Effect))
    town = standing.town
    names = {getattr(town, name).id: name for name in ("ann", "abe", "eva", "dana", "dov", "emil")}
    return Told(story.database, now=now, names={**names, AGENCY: "the agency", BRAND: "the brand"}).lines(did)


@pytest.mark.parametrize("which", CASES, ids=str)
def test_a_verb_changes_all_of_this_and_nothing_else(story: Story, standing: Standing, which: Case) -> None:
    assert run(story, which, standing) == LEAVES[str(which)]


def test_every_verb_that_writes_is_among_them() -> None:
    handed_on = {
        found
        for package in (comparing, drift, grants, nudges, partnerships, requests, reviews, settings)
        for found in (getattr(package, name) for name in package.__all__)
        if inspect.isfunction(found) and next(iter(inspect.signature(found).parameters), "") == "ctx"
    }
    assert handed_on - READS - STEPS <= {one.verb for one in CASES}
    assert LEAVES.keys() == {str(one) for one in CASES}
