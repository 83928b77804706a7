"""From time to time an owner looks through what partners have, and these say whether they still need it.

The story begins on Monday, 5 January 2026, at 10:00 in Berlin.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import make
import pytest
from make import ACCOUNT, AGENCY, BRAND, OTHER, OTHER_TEAM, PAGE, PIXEL, item
from steps import DAY, TICK, become, denied, give, run

from bot.domain.actors import Role
from bot.domain.assets import Kind
from bot.domain.calendar import working_time
from bot.domain.denials import DenialReason
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.domain.grants import EndReason, GrantState
from bot.domain.messages import Audience, EffectKind, Notice, read_about
from bot.domain.requests import Approve, ErrorCode, FieldError, Term
from bot.domain.reviews import (
    ENDS_ANYWAY,
    LOOKED_AT,
    NEW_FOR,
    OPEN_FOR,
    Need,
    Outcome,
    ReviewState,
    Silence,
    next_step,
)
from bot.errors import AlreadyDecided
from bot.services import grants, partnerships, requests, reviewed, reviews, settings
from bot.services.grants import lifecycle
from bot.services.results import Denied, Invalid, Needed, Reviewed, Reviewing
from bot.store import tables

REASONS = DenialReason


@pytest.fixture
def given(story, town):
    """What the agency has had of the brand for two months: an ad account and a Page."""
    story.set(tables.BusinessRow, {"id": BRAND}, review_days=90, reviewed_at=None)
    first = give(story, town, item(Kind.AD_ACCOUNT, ACCOUNT), item(Kind.PAGE, PAGE), term=Term.without_end())
    second = story.grant_of(first.request_id, 1)
    story.wait(days=60)
    return first, second


@pytest.fixture
def beside(story, town, oda, given):
    """What another partner has had of the brand beside the agency: a pixel and the Page."""
    story.set(tables.BusinessRow, {"id": BRAND}, review_days=0)
    items = (item(Kind.PIXEL, PIXEL), item(Kind.PAGE, PAGE))
    sent = story.submit(oda, *items, requesting_id=OTHER, term=Term.without_end())
    story.decide(town.dana, sent.request_id, Approve())
    story.wait(days=40)
    return tuple(story.grant_of(sent.request_id, position) for position in range(2))


def begin(story, who, business=BRAND):
    return story.do(reviews.open_review, business, by=who)


def keep(story, who, grant, *, version=None):
    now = story.database.read_sync(grants.grant_view, grant.id)
    return story.do(reviews.keep, grant.id, by=who, expected_version=version or now.version)


def shorten(story, who, grant, *, days, version=None):
    now = story.database.read_sync(grants.grant_view, grant.id)
    until = story.clock.now() + days * DAY
    return story.do(reviews.shorten, grant.id, by=who, until=until, expected_version=version or now.version)


def card(story):
    (row, *_) = sorted(story.rows(tables.Review), key=lambda row: row.opened_at, reverse=True)
    return story.read(reviews.review_card, row.id)


def question(story, holder=AGENCY):
    return story.rows(tables.ReviewQuestion, holder_id=holder)[-1]


def outcomes(story):
    return {row.grant_id: row.outcome for row in story.rows(tables.ReviewItem)}


def told(story, *notices):
    """What was told how often, of notices about reviews."""
    found = [read_about(row.about).notice for row in story.effects(EffectKind.POST_NOTICE)]
    return Counter(one for one in found if one in (notices or {Notice.REVIEW, Notice.REVIEW_CLOSED}))


# --- its beginning -----------------------------------------------------------------------------------


@pytest.mark.covers("G9")
def test_a_review_begins_ninety_days_after_something_was_first_given_and_asks_both_sides(story, town):
    policy = {"review_days": 90, "reviewed_at": None, "zone": "America/New_York"}
    story.set(tables.BusinessRow, {"id": BRAND}, **policy)
    grant = give(story, town, term=Term.without_end())
    story.to("2026-04-05 16:00")  # a Sunday
    story.to("2026-04-06 14:59")  # a minute before the brand is at work
    assert story.rows(tables.Review) == []
    story.to("2026-04-06 15:00")
    assert story.rows(tables.Review) != []
    assert [row.reviewed_at for row in story.rows(tables.BusinessRow, id=BRAND)] > [grant.starts_at]
    view = card(story)
    assert (view.open, view.total, view.left_out, view.opened_by) == (1, 1, 0, None)
    assert [one.grant.id for one in view.items] == [grant.id]
    subjects = {row.subject_id: row.user_id for row in story.rows(tables.Card, audience=Audience.SUBMITTERS)}
    assert {view.id, question(story).id} <= subjects.keys()
    asked = story.read(reviews.question_card, question(story).id)
    assert (asked.owner.id, asked.holder.id, asked.open, asked.is_open) == (BRAND, AGENCY, 1, True)


def test_off_means_never_and_what_needs_no_review_is_left_out_and_counted(story, town, given):
    first, second = given
    story.set(tables.BusinessRow, {"id": BRAND}, review_days=0)
    story.to("2026-07-01 10:00")
    assert story.rows(tables.Review) == []
    give(story, town, item(Kind.PIXEL, PIXEL))
    opened = begin(story, town.dana)
    assert (opened.grants, opened.partners, opened.left_out) == (2, 1, 1)
    assert set(outcomes(story)) == {first.id, second.id}
    assert begin(story, town.dov) == Reviewing(business=opened.business, grants=2, until=opened.until)
    for grant in given:
        keep(story, town.dana, grant)
    again = run(story, reviews.open_review, BRAND, by=town.dana)
    nothing = Denied(
        reason=REASONS.NOTHING_TO_REVIEW,
        about=Subject(SubjectKind.BUSINESS, BRAND),
        name="Acme Shoes",
        count=3,
    )
    assert denied(story, again, BRAND, town.dana, kind="business", verb="open_review") == nothing, (
        "what was looked at just now need not be looked at again"
    )


def test_the_time_to_the_next_begins_with_this_one_or_once_something_is_given_again(story, town, given):
    story.set(tables.BusinessRow, {"id": BRAND}, review_days=30)
    story.live(days=3)
    assert len(story.rows(tables.Review)) == 1, "a shorter cadence holds at once"
    story.end(town.ann, *(one.id for one in given), business=AGENCY)
    assert card(story).state is ReviewState.CLOSED
    story.live(days=40, hours=6)
    assert len(story.rows(tables.Review)) == 1
    assert [row.reviewed_at for row in story.rows(tables.BusinessRow, id=BRAND)] == [None]


@pytest.mark.parametrize(
    ("changes", "is_looked_at"),
    [
        ({"starts_at": -NEW_FOR}, True),
        ({"starts_at": -NEW_FOR + TICK}, False),
        ({"ends_at": ENDS_ANYWAY + TICK}, True),
        ({"ends_at": ENDS_ANYWAY}, False),
    ],
)
def test_what_is_new_or_ends_soon_anyway_needs_no_review(story, town, given, changes, is_looked_at):
    at = {name: story.clock.now() + much for name, much in changes.items()}
    story.set(tables.Grant, {"id": given[0].id}, **at)
    assert begin(story, town.dana).grants == (2 if is_looked_at else 1)


def test_only_what_somebody_looked_at_lately_is_left_out_of_the_next(story, town, given):
    first, second = given
    begin(story, town.dana)
    for grant in given:
        keep(story, town.dana, grant)
    story.set(tables.ReviewItem, {"grant_id": first.id}, decided_at=story.clock.now() - LOOKED_AT + TICK)
    assert begin(story, town.dana).reason is REASONS.NOTHING_TO_REVIEW
    story.set(tables.ReviewItem, {"grant_id": first.id}, decided_at=story.clock.now() - LOOKED_AT)
    assert begin(story, town.dana).grants == 1
    assert keep(story, town.dana, first).outcome is Outcome.KEPT
    story.set(tables.ReviewItem, {"grant_id": second.id}, decided_by=None)
    assert begin(story, town.dana).grants == 1, "silence is no look"
    assert shorten(story, town.dov, second, days=9).count == 1
    late = keep(story, town.dana, second)
    assert (late.reason, late.by) == (REASONS.SHORTENED_ALREADY, "Dov"), "what came of it last"


@pytest.mark.parametrize("what", ["all of it is new", "one goes on", "it is in no workspace"])
def test_a_cadence_that_opens_no_review_begins_anew(story, town, given, what):
    now = story.clock.now()
    if what == "all of it is new":
        story.set(tables.Grant, {}, starts_at=now)
    elif what == "one goes on":
        begin(story, town.dana)
    before = story.rows(tables.Review)
    no_team = {"team_id": None} if what == "it is in no workspace" else {}
    story.set(tables.BusinessRow, {"id": BRAND}, review_days=30, reviewed_at=now - 30 * DAY, **no_team)
    story.set(tables.BusinessRow, {"id": AGENCY}, review_days=90, reviewed_at=now - 91 * DAY)
    assert [story.do(reviews.open_due, limit=1) for _ in range(3)] == [1, 1, 0]
    begun = {row.id: row.reviewed_at for row in story.rows(tables.BusinessRow)}
    assert begun == {BRAND: now, AGENCY: None}, "the agency gives nothing"
    assert story.rows(tables.Review) == before


@pytest.mark.parametrize("name", ["Aba", "Northwind"])
def test_it_goes_partner_by_partner_and_asks_each_of_its_own(story, town, given, beside, name):
    story.set(tables.BusinessRow, {"id": OTHER}, name=name)
    first = OTHER if name < "Northwind" else AGENCY
    story.set(tables.Asset, {"id": PIXEL}, name="A pixel")
    begin(story, town.dana)
    listed = [(one.grant.holder.id, one.grant.asset_name) for one in card(story).items]
    pages = [
        (AGENCY, ["Acme Main", given[1].asset_name]),
        (OTHER, ["A pixel", beside[1].asset_name]),
    ]
    pages.sort(key=lambda page: page[0] != first)
    assert listed == [(holder, asset) for holder, assets in pages for asset in assets]
    asked = story.read(reviews.question_card, question(story, OTHER).id)
    assert {one.id for one in asked.grants} == {one.id for one in beside}


def test_with_each_step_the_cards_of_that_partner_follow_until_nothing_of_theirs_waits(
    story, town, oda, given, beside
):
    begin(story, town.dana)

    def versions():
        return question(story, AGENCY).version, question(story, OTHER).version

    def keep_some():
        asked = question(story).id
        kept = story.do(reviews.keep_all, asked, expected_answers=0, limit=1, by=town.dana)
        return kept.outcome, kept.count, kept.more

    assert (keep_some(), versions()) == ((Outcome.KEPT, 1, True), (2, 1))
    keep(story, town.dana, beside[0])
    assert versions() == (2, 2)
    shorten(story, town.dana, beside[1], days=9)
    assert versions() == (2, 3)
    over = run(story, reviews.answer, question(story, OTHER).id, Need.WORKS, by=oda)
    assert over.answer.reason is REASONS.REVIEW_OVER, "though the other's are still looked at"
    assert (keep_some(), card(story).state) == ((Outcome.KEPT, 1, False), ReviewState.CLOSED)


def test_a_review_that_waits_is_shown_to_admins_of_the_owner_until_all_of_it_is_looked_at(story, town, given):
    first, second = given
    become(story, town.dov, role=Role.EMPLOYEE)
    assert story.read(reviews.open_reviews, by=town.dana) == ()
    begin(story, town.dana)
    (waits,) = story.read(reviews.open_reviews, by=town.dana)
    assert (waits.owner.id, waits.open) == (BRAND, 2)
    assert [story.read(reviews.open_reviews, by=who) for who in (town.ann, town.dov)] == [(), ()]
    for one in (first, second):
        keep(story, town.dana, one)
    assert story.read(reviews.open_reviews, by=town.dana) == ()


@pytest.mark.covers("G9")
def test_only_an_admin_of_the_right_business_acts_and_outsiders_learn_nothing(story, town, given):
    first, _ = given
    become(story, town.dov, role=Role.EMPLOYEE)
    assert begin(story, town.ann).reason is REASONS.NOT_MEMBER
    begin(story, town.dana)
    for who, reason in ((town.ann, REASONS.UNKNOWN_REVIEW), (town.dov, REASONS.NOT_ADMIN)):
        assert keep(story, who, first).reason is reason
        assert shorten(story, who, first, days=3).reason is reason
    asked = question(story).id
    all_of_it = {"by": town.ann, "expected_answers": 0}
    assert story.do(reviews.keep_all, asked, **all_of_it).reason is REASONS.UNKNOWN_REVIEW
    assert story.do(reviews.answer, asked, Need.WORKS, by=town.dana).reason is REASONS.UNKNOWN_REVIEW
    assert story.read(reviews.review_page, BRAND, limit=5, offset=0, by=town.ann) is None
    assert set(outcomes(story).values()) == {None}


@pytest.mark.covers("R8", "G9")
def test_nobody_keeps_what_a_business_has_to_which_they_belong_and_can_shorten_or_remove_it(
    story, town, given, bob
):
    first, second = given
    begin(story, town.dana)
    own = Denied(reason=REASONS.KEEPS_OWN, name="Northwind")
    did = run(story, reviews.keep, first.id, by=bob, expected_version=first.version)
    assert denied(story, did, first.id, bob, kind="grant", verb="keep") == own
    did = run(story, reviews.keep_all, question(story).id, by=bob, expected_answers=0)
    assert denied(story, did, card(story).id, bob, kind="review", verb="keep_all") == own
    assert set(outcomes(story).values()) == {None}
    assert shorten(story, bob, first, days=3).outcome is Outcome.SHORTENED
    assert keep(story, town.dana, second).outcome is Outcome.KEPT


@pytest.mark.parametrize("verb", ["open_review", "keep", "keep_all", "answer"])
def test_a_denial_is_on_record_and_tells_a_member_what_it_is_about_and_nobody_else(story, town, given, verb):
    business, outsider, employee = BRAND, town.ann, town.emil
    begin(story, town.dana)
    about = {
        "open_review": Subject(SubjectKind.BUSINESS, BRAND),
        "keep": Subject(SubjectKind.GRANT, given[0].id),
        "keep_all": Subject(SubjectKind.REVIEW, card(story).id),
        "answer": Subject(SubjectKind.REVIEW, question(story).id),
    }[verb]
    pressed = question(story).id if verb == "keep_all" else about.id
    more = {"keep": {"expected_version": 1}, "keep_all": {"expected_answers": 7}}.get(verb, {})
    args = [Need.WORKS] if verb == "answer" else []
    if verb == "answer":
        business, outsider, employee = AGENCY, town.dana, town.eva

    def tried(by, which=pressed):
        return run(story, getattr(reviews, verb), which, *args, by=by, **more)

    nobodys = {"kind": about.kind.value, "verb": verb, "business": None, "role": None}
    unknown = REASONS.NOT_MEMBER if verb == "open_review" else REASONS.UNKNOWN_REVIEW
    assert denied(story, tried(outsider), pressed, outsider, **nobodys) == Denied(reason=unknown)
    if verb != "open_review":
        nothing = tried(town.dana, "nosuch")
        assert denied(story, nothing, "nosuch", town.dana, **nobodys) == Denied(reason=unknown)
    for _ in range(2):
        ours = {"kind": about.kind.value, "verb": verb, "business": business, "role": Role.EMPLOYEE}
        no = denied(story, tried(employee), about.id, employee, **ours)
        assert no.reason is REASONS.NOT_ADMIN, "also once it is over"
        assert no.about == (None if verb == "open_review" else about)
        story.do(reviews.keep_all, question(story).id, expected_answers=0, by=town.dana)


def test_what_no_review_looks_at_is_not_said_to_be_over(story, town, given):
    assert keep(story, town.dana, given[0]).reason is REASONS.UNKNOWN_REVIEW, "none has begun"
    assert isinstance(story.read(reviews.find_item, given[0].id, by=town.dana), Denied)
    begin(story, town.dana)
    assert story.read(reviews.find_item, given[0].id, by=town.dana).id == given[0].id


def test_access_that_has_reached_its_end_is_over_whether_or_not_the_sweep_has_come(story, town, given):
    first, _ = given
    begin(story, town.dana)
    story.set(tables.Grant, {"id": first.id}, ends_at=story.clock.now())
    over = Denied(
        reason=REASONS.GRANT_OVER,
        about=Subject(SubjectKind.GRANT, first.id),
        ref=first.ref,
        name=first.asset_name,
    )
    assert keep(story, town.dana, first) == over


# --- what becomes of each ----------------------------------------------------------------------------


@pytest.mark.covers("G9", "R10")
def test_each_grant_has_one_outcome_and_who_comes_later_is_told_it(story, town, given):
    first, second = given
    begin(story, town.dana)
    done = keep(story, town.dana, first)
    assert done == Reviewed(
        outcome=Outcome.KEPT,
        asset=first.asset_name,
        kind=first.kind,
        tasks=first.tasks,
        holder=first.holder.name,
        count=1,
    )
    late = keep(story, town.dov, first)
    assert late == Denied(
        reason=REASONS.KEPT_ALREADY,
        about=Subject(SubjectKind.GRANT, first.id),
        name=first.asset_name,
        by="Dana",
        at=story.clock.now(),
    )
    assert shorten(story, town.dov, first, days=9).reason is REASONS.KEPT_ALREADY
    shorter = shorten(story, town.dana, second, days=9)
    assert (shorter.outcome, shorter.until) == (Outcome.SHORTENED, story.clock.now() + 9 * DAY)
    assert shorten(story, town.dov, second, days=8).reason is REASONS.SHORTENED_ALREADY
    view = card(story)
    assert (view.state, view.counts, view.silent) == (
        ReviewState.CLOSED,
        {Outcome.KEPT: 1, Outcome.SHORTENED: 1},
        0,
    )
    assert told(story) == {Notice.REVIEW_CLOSED: 1}
    steps = {EventKind.GRANT_KEPT, EventKind.GRANT_SHORTENED}
    read = {
        who.name: [
            (line.kind, line.by)
            for line in story.read(requests.history, first.request_id, by=who)
            if line.kind in steps
        ]
        for who in (town.ann, town.dov)
    }
    assert read["Dov"] == [(EventKind.GRANT_KEPT, "Dana"), (EventKind.GRANT_SHORTENED, "Dana")]
    assert read["Ann"] == [(kind, None) for kind, _ in read["Dov"]], "who looks at it is the owner's to know"


def test_a_decision_is_of_the_grant_that_was_shown_and_never_lengthens(story, town, given):
    first, second = given
    begin(story, town.dana)
    changed = Denied(reason=REASONS.CHANGED, about=Subject(SubjectKind.GRANT, first.id))
    assert keep(story, town.dana, first, version=first.version + 1) == changed
    assert shorten(story, town.dana, first, days=9, version=first.version + 1) == changed
    for days in (0, -1):
        past = FieldError(field="until", code=ErrorCode.DATE_PAST, got=str(story.clock.now() + days * DAY))
        assert shorten(story, town.dana, first, days=days) == Invalid(field_errors=(past,))
    far = FieldError(field="until", code=ErrorCode.DATE, got="9999-12-31 23:59:00-05:00")
    never = datetime.fromisoformat("9999-12-31T23:59-05:00")
    answer = story.do(reviews.shorten, second.id, until=never, expected_version=second.version, by=town.dana)
    assert answer == Invalid(field_errors=(far,))
    end = story.clock.now() + 20 * DAY
    story.do(partnerships.set_contract, BRAND, AGENCY, ends_at=end, days=0, by=town.dana)
    story.set(tables.Grant, {"id": second.id}, ends_at=end)
    longer = shorten(story, town.dana, second, days=20)
    assert longer == Invalid(field_errors=(FieldError(field="until", code=ErrorCode.NOT_SOONER),))
    assert shorten(story, town.dana, second, days=19).until == end - DAY


@pytest.mark.covers("G7", "G9")
def test_what_a_contract_ends_by_then_anyway_is_not_shortened_to_a_later_day(story, town, given):
    first, second = given
    begin(story, town.dana)
    removed_at = story.clock.now() + 18 * DAY
    how = {"ends_at": removed_at - 2 * DAY, "days": 2}
    story.do(partnerships.set_contract, BRAND, AGENCY, **how, by=town.dana)
    longer = shorten(story, town.dana, first, days=18)
    assert longer == Invalid(field_errors=(FieldError(field="until", code=ErrorCode.NOT_SOONER),))
    assert shorten(story, town.dana, first, days=17).until == removed_at - DAY
    said = told(story, Notice.SHORTENED)
    story.set(tables.Review, {"business_id": BRAND}, silence=Silence.WEEK)
    story.to(story.rows(tables.Review)[0].deadline_at)
    assert outcomes(story) == {first.id: Outcome.SHORTENED, second.id: Outcome.KEPT}
    assert told(story, Notice.SHORTENED) == said, "nothing else was"


@pytest.mark.covers("G9")
def test_what_is_cut_while_a_review_waits_for_it_is_shown_so_and_can_be_kept_as_it_is_then(
    story, town, given
):
    first, _ = given
    begin(story, town.dana)
    cards = {row.id: row.subject_id for row in story.rows(tables.Card)}
    (row,) = story.rows(tables.Grant, id=first.id)
    did = run(story, grants.shorten, row, story.clock.now() + 9 * DAY)
    updated = {cards[card_id] for (card_id,) in did.put(tables.Effect, "card_id") if card_id in cards}
    assert {card(story).id, question(story).id} <= updated
    assert keep(story, town.dana, first).outcome is Outcome.KEPT


def test_shortened_access_ends_as_any_and_its_holder_hears_of_it_and_is_warned(story, town, given):
    first, second = given
    begin(story, town.dana)
    keep(story, town.dana, second)
    shorten(story, town.dana, first, days=10)
    assert told(story, Notice.SHORTENED)[Notice.SHORTENED] >= 1
    story.live(days=4)
    assert story.cards_for(Audience.ENDING, first.id) == [town.ann.user]
    story.live(days=7)
    now = story.database.read_sync(grants.grant_view, first.id)
    assert (now.state, now.end_reason) == (GrantState.ENDED, EndReason.REACHED)


def test_who_let_it_end_is_not_warned_again_because_it_was_shortened(story, town, given):
    first, second = given
    begin(story, town.dana)
    keep(story, town.dana, second)
    story.let_end(town.ann, first.id)
    shorten(story, town.dana, first, days=10)
    assert told(story, Notice.SHORTENED)[Notice.SHORTENED] >= 1
    story.live(days=11)
    assert story.cards_for(Audience.ENDING, first.id) == []


@pytest.mark.parametrize(
    ("ended", "follows"), [(Outcome.REMOVED, True), (Outcome.GIVEN_BACK, True), ("kept", False)]
)
def test_the_card_says_how_far_what_was_ended_in_a_review_is_gone_at_meta(story, town, given, ended, follows):
    """Not of what it kept, and later ended otherwise."""
    first, second = given
    story.set(tables.Grant, {"id": first.id}, asked_at=story.clock.now())
    begin(story, town.dana)
    if ended == "kept":
        keep(story, town.dana, first)
    by, business = (town.ann, AGENCY) if ended is Outcome.GIVEN_BACK else (town.dana, BRAND)
    story.end(by, first.id, business=business)
    keep(story, town.dana, second)
    before = card(story).version
    (gone,) = story.rows(tables.Grant, id=first.id)
    assert gone.state == GrantState.ENDING
    for one in (gone, story.rows(tables.Grant, id=second.id)[0]):
        story.do(lambda ctx, one=one: reviewed.gone(ctx, one))
    assert card(story).version == before + follows


@pytest.mark.covers("G9")
def test_removed_or_given_back_is_ended_as_ever_and_settles_its_place_with_it(story, town, given):
    first, second = given
    begin(story, town.dana)
    story.end(town.dana, first.id, business=BRAND)
    assert (card(story).state, card(story).version, question(story).version) == (ReviewState.OPEN, 2, 2)
    story.end(town.ann, second.id, business=AGENCY)
    assert outcomes(story) == {first.id: Outcome.REMOVED, second.id: Outcome.GIVEN_BACK}
    view = card(story)
    assert view.state is ReviewState.CLOSED, "with its last grant it closes by itself"
    assert [(one.outcome, one.by) for one in view.items] == [
        (Outcome.REMOVED, town.dana.name),
        (Outcome.GIVEN_BACK, town.ann.name),
    ]
    assert keep(story, town.dov, first) == Denied(
        reason=REASONS.GRANT_OVER,
        about=Subject(SubjectKind.GRANT, first.id),
        ref=first.ref,
        name=first.asset_name,
        by="Dana",
        at=story.clock.now(),
    )


def test_all_of_a_partner_is_kept_with_one_press_as_long_as_it_said_no_more(story, town, given):
    begin(story, town.dana)
    asked = question(story).id
    assert story.do(reviews.answer, asked, Need.BROKEN, by=town.ann) == Needed(
        owner=given[0].owner.name, need=Need.BROKEN
    )
    for one in card(story).items:
        assert (one.holder.need, one.holder.answered_by) == (Need.BROKEN, town.ann.name)
    about = Subject(SubjectKind.REVIEW, card(story).id)
    stale = run(story, reviews.keep_all, asked, expected_answers=0, by=town.dana)
    changed = Denied(reason=REASONS.CHANGED, about=about)
    assert denied(story, stale, about.id, town.dana, kind="review", verb="keep_all") == changed
    assert story.do(reviews.answer, asked, Need.BROKEN, by=town.ann).need is Need.BROKEN, "she says no more"
    kept = story.do(reviews.keep_all, asked, expected_answers=1, by=town.dana)
    assert (kept.count, kept.more) == (2, False)
    over = Denied(reason=REASONS.REVIEW_OVER, about=about, at=story.clock.now())
    assert story.do(reviews.keep_all, asked, expected_answers=1, by=town.dov) == over
    late = run(story, reviews.answer, asked, Need.WORKS, by=town.ann)
    over = Denied(reason=REASONS.REVIEW_OVER, about=Subject(SubjectKind.REVIEW, asked), at=story.clock.now())
    assert denied(story, late, asked, town.ann, kind="review", verb="answer", business=AGENCY) == over


def test_what_goes_to_another_owner_is_no_longer_the_former_ones_to_review(story, town, given):
    first, second = given
    begin(story, town.dana)
    make.business(story.database, OTHER, name="Other", team=OTHER_TEAM)
    (row,) = story.rows(tables.Grant, id=first.id)
    story.do(lambda ctx: lifecycle.pass_to(ctx, row, OTHER) and None)
    assert outcomes(story) == {first.id: Outcome.OVER, second.id: None}
    assert keep(story, town.dana, first).reason is REASONS.UNKNOWN_REVIEW


# --- the clock ---------------------------------------------------------------------------------------


def test_what_was_missed_is_not_made_up_for():
    opened_at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    deadline_at = opened_at + OPEN_FOR
    working = working_time(hours="Mon-Sun 00:00-23:59", days_off="", zone="UTC", otherwise="UTC")
    dates = {"opened_at": opened_at, "deadline_at": deadline_at, "working": working}
    steps = [opened_at]
    while steps[-1] < deadline_at:
        steps.append(next_step(**dates, after=steps[-1]))
    assert [(at - opened_at).days for at in steps] == [0, 5, 12, 14]
    assert next_step(**dates, after=opened_at + 13 * DAY) == deadline_at


@pytest.mark.covers("C1")
@pytest.mark.parametrize(
    ("opened_at", "off", "reminded"),
    [
        ("2026-03-02T09:00", (), ["Mon 09 09:00", "Fri 13 09:00"]),
        ("2026-03-03T12:00", (13, 14, 15, 16, 17), ["Mon 09 09:00", "Thu 12 09:00"]),
        ("2026-03-02T12:00", range(9, 17), ["Fri 06 09:00"]),
    ],
    ids=[
        "the last reminder comes before the weekend after which it would be too late",
        "and before days off",
        "where nobody works any more before the deadline once it has waited, one comes before that",
    ],
)
def test_an_owner_is_reminded_while_there_is_time_to_look(opened_at, off, reminded):
    days_off = ",".join(f"2026-03-{day:02}" for day in off)
    working = working_time(hours="09:00-17:00", days_off=days_off, zone="UTC", otherwise="UTC")
    begun = at = datetime.fromisoformat(opened_at).replace(tzinfo=UTC)
    dates = {"opened_at": begun, "deadline_at": begun + OPEN_FOR, "working": working}
    steps = []
    while (at := next_step(**dates, after=at)) < begun + OPEN_FOR:
        steps.append(f"{at:%a %d %H:%M}")
    assert steps == reminded


@pytest.mark.covers("G9")
def test_both_sides_are_reminded_before_days_off_that_last_until_the_deadline(story, town, given):
    days_off = ",".join(f"2026-03-{day:02}" for day in range(11, 24))
    for business in (BRAND, AGENCY):
        story.set(tables.BusinessRow, {"id": business}, days_off=days_off)
    story.to("2026-03-07 18:00")  # a Saturday
    begin(story, town.dana)
    story.live(days=15)
    nudged = [(row.business_id, row.at) for row in story.rows(tables.Event, kind=EventKind.REVIEW_NUDGED)]
    last_day = datetime(2026, 3, 10, 8, tzinfo=UTC)
    assert nudged == [(BRAND, last_day), (AGENCY, last_day)]


def test_a_reminder_that_comes_due_on_what_is_a_day_off_since_waits_for_the_next_working_day(
    story, town, given
):
    begin(story, town.dana)
    due = {AGENCY: question(story).due_at, BRAND: story.rows(tables.Review)[0].due_at}
    for business in due:
        days_off = ",".join(str(at.date()) for at in due.values())
        story.set(tables.BusinessRow, {"id": business}, days_off=days_off)
    story.live(until=due[BRAND] + 2 * DAY)
    nudged = {row.business_id: row.at for row in story.rows(tables.Event, kind=EventKind.REVIEW_NUDGED)}
    assert {one: (at.date() - due[one].date()).days for one, at in nudged.items()} == {AGENCY: 1, BRAND: 1}
    assert told(story) == {Notice.REVIEW: 2}


@pytest.mark.covers("G9")
def test_silence_is_nudged_kindly_and_at_the_deadline_all_is_kept_and_said_so(story, town, given):
    for business in (BRAND, AGENCY):
        story.set(tables.BusinessRow, {"id": business}, zone="America/New_York")
    begin(story, town.dana)  # at 4 in the morning there, and so are all the dates that follow from it
    opened_at = card(story).opened_at
    story.live(days=4)
    assert told(story) == {Notice.REVIEW: 1}, "the holder, once"
    story.live(until=opened_at + 13.9 * DAY)
    assert told(story) == {Notice.REVIEW: 3}, "and the owner, twice"
    nudged = [row.at for row in story.rows(tables.Event, kind=EventKind.REVIEW_NUDGED)]
    days = [(at - opened_at).days for at in nudged]
    assert (days, {at.astimezone(ZoneInfo("America/New_York")).hour for at in nudged}) == ([3, 5, 12], {9})
    story.live(days=1)
    view = card(story)
    assert (view.state, view.counts, view.silent) == (ReviewState.CLOSED, {Outcome.KEPT: 2}, 2)
    assert told(story)[Notice.REVIEW_CLOSED] == 1
    story.live(days=5)
    assert told(story) == {Notice.REVIEW: 3, Notice.REVIEW_CLOSED: 1}


@pytest.mark.covers("G9")
def test_a_stricter_policy_has_what_nobody_looked_at_end_some_time_later_and_lengthens_nothing(
    story, town, given, beside
):
    story.set(tables.BusinessRow, {"id": BRAND}, review_silence=Silence.WEEK)
    begin(story, town.dana)
    looked_at = story.clock.now() + 15 * DAY  # an outage: one look settles it
    week = looked_at + 7 * DAY
    cases = {
        None: (week, Outcome.SHORTENED),
        week + TICK: (week, Outcome.SHORTENED),
        week: (week, Outcome.KEPT),
        week - TICK: (week - TICK, Outcome.KEPT),
    }
    those = dict(zip((one.id for one in (*given, *beside)), cases, strict=True))
    for grant_id, ends_at in those.items():
        story.set(tables.Grant, {"id": grant_id}, ends_at=ends_at)
    story.to(looked_at)
    became = outcomes(story)
    for row in story.rows(tables.Grant):
        assert (row.ends_at, became[row.id]) == cases[those[row.id]]
    assert card(story).silent == 4
    assert told(story, Notice.SHORTENED, Notice.REVIEW_CLOSED) == {
        Notice.SHORTENED: 2,
        Notice.REVIEW_CLOSED: 1,
    }


def test_it_says_of_how_many_nobody_said_anything(story, town, given, beside):
    begin(story, town.dana)
    keep(story, town.dana, given[0])
    story.end(town.dana, given[1].id, business=BRAND)
    story.set(tables.Grant, {"id": beside[0].id}, ends_at=story.clock.now() + DAY)
    story.wait(days=15)
    view = card(story)
    assert (view.counts, view.silent) == ({Outcome.KEPT: 2, Outcome.REMOVED: 1, Outcome.OVER: 1}, 1)
    (closed,) = story.rows(tables.Event, kind=EventKind.REVIEW_CLOSED)
    came = {"unanswered": 1, "kept": 2, "shortened": 0, "removed": 1, "given_back": 0, "over": 1}
    assert json.loads(closed.data) == came


def test_what_is_settled_or_closed_a_moment_earlier_is_not_settled_or_closed_again(story, town, given):
    begin(story, town.dana)
    waiting = story.rows(tables.ReviewItem)
    for grant in given:
        keep(story, town.dana, grant)
    with pytest.raises(AlreadyDecided):
        story.do(reviewed.settle, waiting[0], Outcome.OVER)
    with pytest.raises(AlreadyDecided):
        story.do(reviewed.followed, waiting[0].review_id)


def test_a_long_review_is_settled_step_by_step_and_closes_once(story, town, given):
    begin(story, town.dana)
    now = card(story).deadline_at
    story.clock.push(now - story.clock.now())
    steps = [(story.do(reviews.reviews_due, limit=1), question(story).version) for _ in range(3)]
    assert steps == [(1, 2), (1, 3), (0, 3)], "the partner's card follows each"
    assert card(story).state is ReviewState.CLOSED
    assert told(story) == {Notice.REVIEW_CLOSED: 1}


def test_a_partner_of_whom_all_is_settled_is_not_reminded(story, town, given, beside):
    begin(story, town.dana)
    for grant in (*beside, given[0]):
        keep(story, town.dana, grant)
    story.live(days=6)
    reminded = {row.business_id for row in story.rows(tables.Event, kind=EventKind.REVIEW_NUDGED)}
    assert reminded == {AGENCY, BRAND}


@pytest.mark.covers("C3", "G9")
def test_who_was_away_when_it_began_gets_the_card_with_the_reminder_and_others_the_reminder(
    story, town, given
):
    for business, who, stand_in in ((BRAND, town.dana, town.dov), (AGENCY, town.ann, town.abe)):
        story.set(tables.BusinessRow, {"id": business}, channel_id=None)
        today = story.clock.now().date()
        days = {"from_day": today, "until_day": today}
        story.do(settings.name_stand_in, business, by=who, stand_in=stand_in.id, **days)
    begin(story, town.dov)
    for subject, stand_in, who, days in (
        (question(story).id, town.abe, town.ann, 4),
        (card(story).id, town.dov, town.dana, 3),
    ):
        assert story.cards_for(Audience.SUBMITTERS, subject) == [stand_in.user]
        story.live(days=days)
        assert set(story.cards_for(Audience.SUBMITTERS, subject)) == {stand_in.user, who.user}
        (reminder,) = [
            row for row in story.effects(EffectKind.POST_NOTICE) if row.subject_id == subject and row.card_id
        ]
        (beside,) = story.rows(tables.Card, id=reminder.card_id)
        assert beside.user_id == stand_in.user


def test_a_partner_that_is_in_no_workspace_is_not_said_to_be_asked_nor_reminded(story, town, given, beside):
    story.set(tables.BusinessRow, {"id": OTHER}, team_id=None)
    assert begin(story, town.dana).partners == 1
    assert {one.holder.holder.id: one.holder.is_asked for one in card(story).items} == {
        AGENCY: True,
        OTHER: False,
    }
    assert question(story, OTHER).due_at is None
    story.live(days=5)
    reminded = {row.business_id for row in story.rows(tables.Event, kind=EventKind.REVIEW_NUDGED)}
    assert OTHER not in reminded


def test_an_answer_ends_the_nudges_of_the_holder(story, town, given):
    begin(story, town.dana)
    story.do(reviews.answer, question(story).id, Need.WORKS, by=town.ann)
    story.live(days=4.5)
    assert told(story) == {}
    page = story.read(reviews.review_page, BRAND, limit=1, offset=1, by=town.dov)
    assert [(one.holder.need, one.outcome) for one in page.items.rows] == [(Need.WORKS, None)]
    assert (page.items.total, page.items.more) == (2, False)
