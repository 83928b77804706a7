"""Two days after access began its holder is asked, once and kindly, whether it works; the answer is kept.

The story begins on Monday, 5 January 2026, at 10:00 in Berlin, where everybody is unless a test says so.
"""

from __future__ import annotations

import make
import pytest
from make import ACCOUNT, AGENCY, AGENCY_TEAM, BRAND, PAGE, PIXEL, item
from steps import DAY, become, denied, effects, give, run, said, told
from store_changes import ALL, changes

from bot.domain.actors import OPERATOR, Role
from bot.domain.assets import Kind
from bot.domain.denials import DenialReason
from bot.domain.kinds import RequestKind, Side
from bot.domain.messages import Audience, EffectKind
from bot.domain.requests import Approve, NewRequest, Term
from bot.services import connections, grants, moves, nudges, readers, requests
from bot.services.context import act
from bot.services.readers import Place, Reading
from bot.services.results import Answered, Denied
from bot.store import tables


def questions(story, who):
    """When somebody was asked whether access works, and of which requests."""
    asked = {row.digest_id for row in story.rows(tables.DigestItem) if row.is_question}
    own = {row.id for row in story.rows(tables.Digest, person_id=who.id)} & asked
    rows = [row for row in story.rows(tables.DigestItem) if row.digest_id in own and row.is_question]
    return [row.request_id for row in rows]


def offer(story, town):
    """The brand's Dana offers the agency a Page; the agency's Ann accepts. Return the grant."""
    new = NewRequest(
        kind=RequestKind.INVITATION,
        requesting_id=BRAND,
        deciding_id=AGENCY,
        items=(item(Kind.PAGE, PAGE),),
        reason="For spring",
        term=Term.without_end(),
    )
    sent = story.do(requests.submit, new, by=town.dana)
    story.decide(town.ann, sent.request_id, Approve())
    return story.grant_of(sent.request_id)


@pytest.mark.covers("P12", "G8")
def test_the_requester_is_asked_once_two_days_after_it_began_in_their_working_hours(story, town):
    first = give(story, town)
    story.live(days=1.9)
    assert story.nudged(town.ann) == []
    story.live(days=8)
    assert story.nudged(town.ann) == ["Wed 07 10:00"]
    assert questions(story, town.ann) == [first.request_id]
    assert story.nudged(town.abe) == story.nudged(town.eva) == []
    assert questions(story, town.dana) == []
    assert "request.asked" in story.history(town.ann, first.request_id)
    assert "request.asked" not in story.history(town.dana, first.request_id), "whom they asked is theirs"


@pytest.mark.covers("P12", "G8")
@pytest.mark.parametrize(
    ("said", "more_at", "asked"),
    [
        ([], "2026-01-13 10:00", ["Thu 15 10:00"]),
        (["yes"], "2026-01-13 10:00", []),
        (["no", "later"], "2026-01-13 10:00", ["Tue 13 12:00"]),
        (["asked", "no"], "2026-01-14 15:00", ["Wed 14 12:00", "Fri 16 15:00"]),
    ],
    ids=["nobody was asked", "it works", "wants to be asked again", "it did not work"],
)
def test_what_takes_meta_days_is_asked_about_two_days_after_the_last_of_it_began(
    story, town, said, *, more_at, asked
):
    def begin(asset_id):
        seen = grants.KEPT[EffectKind.META_ACCESS].seen
        tasks = frozenset({"ADVERTISE", "ANALYZE"})
        story.do(seen, asset_id=asset_id, holder_id=AGENCY, tasks=tasks)

    story.do(connections.connect, BRAND, ciphertext="kept", name="Countersign", by=OPERATOR)
    given = give(story, town, item(Kind.AD_ACCOUNT, ACCOUNT), item(Kind.PIXEL, PIXEL))
    story.live(until="2026-01-12 12:00", hours=6)
    begin(ACCOUNT)
    if "asked" in said:
        story.live(until="2026-01-14 13:00")
    if "yes" in said or "no" in said:
        story.do(requests.say_works, given.request_id, works="yes" in said, by=town.abe)
    if "later" in said:
        story.do(requests.check_later, given.request_id, by=town.abe)
    story.live(until=more_at)
    begin(PIXEL)
    story.live(until="2026-01-19 10:00")
    assert story.nudged(town.ann) == asked
    for digest in story.rows(tables.Digest, person_id=town.ann.id):
        (one,) = story.read(nudges.digest_card, digest.id).items
        assert f"{one.since:%d %H:%M}" == "12 11:00", "which is noon in Berlin"


@pytest.mark.covers("P12")
def test_one_of_those_for_whom_it_is_gets_the_question_an_employee_too(story, town):
    pixel = item(Kind.PIXEL, words="the pixel of the shop")
    given = story.submit(town.ann, item(Kind.AD_ACCOUNT, ACCOUNT), pixel, people=(town.eva.id,))
    story.decide(town.dana, given.request_id, Approve(given={1: frozenset()}))
    story.set(tables.Item, {"position": 1}, asset_id=PIXEL)  # which the first of two approvals had meant
    story.live(days=3)
    assert questions(story, town.eva) == [given.request_id]
    assert questions(story, town.ann) == []
    (digest,) = story.rows(tables.Digest, person_id=town.eva.id)
    place = Place(team_id=AGENCY_TEAM, user_id=town.eva.user)
    assert story.read(readers.reading, digest.id, Audience.DIGEST, place) is Reading.MAY
    (one,) = story.read(nudges.digest_card, digest.id).items
    assert (one.is_question, one.since, one.request.works) == (True, story.begins, None)
    assert story.do(nudges.place_digest, digest.id) is not None
    assert one.request.items[1].asset_id is None, "which asset was meant and not given is the owner's to know"
    become(story, town.eva, deactivated=True)
    assert story.read(nudges.digest_card, digest.id).items == ()


def test_of_several_for_whom_it_is_the_first_by_name_is_asked(story, town):
    given = give(story, town, people=(town.ann.id, town.abe.id, town.eva.id))

    def asked(ctx):
        return [one.name for one in requests.to_ask(ctx, moves.find_row(ctx.tx, given.request_id))]

    assert story.read(asked) == ["Abe"]
    become(story, town.abe, deactivated=True)
    become(story, town.ann, checked_at=None)
    assert story.read(asked) == ["Ann"], "as long as Slack has not said who they are"
    story.do(requests.say_works, given.request_id, works=False, by=town.eva)
    assert story.read(asked) == ["Ann"]
    story.do(requests.say_works, given.request_id, works=True, by=town.eva)
    assert story.read(asked) == []


def test_whoever_is_left_is_asked_when_the_one_who_was_to_be_has_gone(story, town):
    become(story, town.eva, zone="America/New_York")
    given = give(story, town, people=(town.eva.id,))
    story.live(until="2026-01-07 12:00")
    assert story.rows(tables.Nudge, person_id=town.eva.id), "marked for when she begins to work"
    become(story, town.eva, deactivated=True)
    story.live(days=1)
    assert questions(story, town.eva) == []
    assert questions(story, town.ann) == [given.request_id]


def test_who_was_taken_off_it_is_not_asked_whether_they_can_use_it(story, town):
    given = give(story, town, people=(town.eva.id,))
    taken = {"business_id": AGENCY, "asset_id": ACCOUNT, "by": town.ann}
    story.do(grants.unassign_person, town.eva.id, **taken)
    story.live(days=8)
    assert (questions(story, town.eva), questions(story, town.ann)) == ([], [given.request_id])


def test_what_another_has_answered_meanwhile_is_not_asked_of_who_was_to_be(story, town):
    become(story, town.eva, zone="America/New_York")
    given = give(story, town, people=(town.eva.id,))
    story.live(until="2026-01-07 12:00")
    story.do(requests.say_works, given.request_id, works=True, by=town.ann)
    story.to("2026-01-07 15:00")
    assert questions(story, town.eva) == []
    assert story.rows(tables.Request)[0].nudge_at is None, "nor of anybody else"


def test_where_nobody_can_be_asked_that_is_tried_again_until_somebody_can(story, town):
    given = give(story, town)
    for who in (town.ann, town.abe):
        become(story, who, role=Role.EMPLOYEE)
    story.live(days=4)
    assert questions(story, town.ann) == []
    become(story, town.abe, role=Role.ADMIN)
    story.live(days=3)
    assert questions(story, town.abe) == [given.request_id]


@pytest.mark.covers("P12")
def test_after_an_outage_of_weeks_the_question_comes_once(story, town):
    given = give(story, town)
    story.wait(days=21)
    story.live(days=3)
    assert questions(story, town.ann) == [given.request_id]


def test_an_invitation_asks_the_partner_who_accepted_it(story, town):
    given = offer(story, town)
    story.live(days=3)
    assert [*questions(story, town.ann), *questions(story, town.abe)] == [given.request_id]
    assert questions(story, town.dana) == questions(story, town.dov) == []


@pytest.mark.parametrize("what", ["ended", "ends within a day", "only extended", "undone"])
def test_nobody_is_asked_about_access_that_is_over_or_nearly_or_was_only_extended(story, town, what):
    given = give(story, town, term=Term.for_days(30))
    if what == "ended":
        story.end(town.dana, given.id, business=BRAND)
    elif what == "undone":
        story.undo(town.dana, given.request_id)
    elif what == "ends within a day":
        story.set(tables.Grant, {"id": given.id}, ends_at=story.clock.now() + 3 * DAY)
    else:
        story.live(days=4)
        assert questions(story, town.ann) == [given.request_id]
        more = story.extend(town.ann, given.id)
        story.decide(town.dana, more.request_id, Approve())
    before = questions(story, town.ann)
    story.live(days=5)
    assert questions(story, town.ann) == before


def test_the_question_stands_in_the_one_digest_of_a_day_after_what_waits(story, town):
    given = offer(story, town)
    story.live(until="2026-01-06 10:00")
    make.asset(story.database, "act_55", kind=Kind.AD_ACCOUNT, name="Media plan", owner=AGENCY)
    asked = NewRequest(
        requesting_id=BRAND,
        deciding_id=AGENCY,
        items=(item(Kind.AD_ACCOUNT, "act_55"),),
        reason="To see the plan",
        term=Term.without_end(),
    )
    waits = story.do(requests.submit, asked, by=town.dana)
    story.live(days=2)
    (asked_one,) = [who for who in (town.ann, town.abe) if questions(story, who)]
    days = [ids for _, ids in story.digests(asked_one)]
    assert days == [[waits.request_id, given.request_id]]


# --- the answer --------------------------------------------------------------------------------------


@pytest.mark.covers("P12")
def test_yes_is_kept_and_both_sides_see_it_with_no_message(story, town):
    given = give(story, town)
    story.live(days=3)
    said(story)
    answer = story.do(requests.say_works, given.request_id, works=True, by=town.ann)
    assert answer == Answered(request_id=given.request_id, ref=given.ref, works=True)
    for side in Side:
        kept = story.read(requests.request_card, given.request_id, side=side).works
        assert (kept.works, kept.by, kept.holder.id, kept.at) == (True, "Ann", AGENCY, story.clock.now())
    assert story.grant_of(given.request_id).works is True
    assert not [one for one in story.effects(EffectKind.POST_NOTICE) if "works" in one.about]
    assert "request.works" in story.history(town.dana, given.request_id)
    story.live(days=4)
    assert len(questions(story, town.ann)) == 1


@pytest.mark.covers("P7", "P12")
def test_no_is_told_to_both_sides_where_their_cards_are_and_yes_after_it_too(story, town):
    given = give(story, town, people=(town.eva.id,))
    story.live(days=3)
    said(story)

    def answered(works):
        return changes(
            story.database,
            act,
            requests.say_works,
            given.request_id,
            works=works,
            by=town.eva.by(),
            now=story.clock.now(),
            watch=ALL,
        )

    notices = [
        (audience, about) for audience, _, about in effects(story, answered(works=False), "POST_NOTICE")
    ]
    assert notices == [(Audience.APPROVERS, "works"), (Audience.REQUESTER, "works")]
    assert effects(story, answered(works=False), "POST_NOTICE") == [], "a second no is no news"
    assert len(effects(story, answered(works=True), "POST_NOTICE")) == 2
    assert effects(story, answered(works=True), "POST_NOTICE") == [], "nor is a second yes"
    assert story.card(given.request_id).works.by == "Eva"


@pytest.mark.covers("P7")
def test_check_again_later_asks_once_more_the_next_day(story, town):
    given = give(story, town)
    story.live(until="2026-01-07 12:00")
    story.do(requests.say_works, given.request_id, works=False, by=town.ann)
    answer = story.do(requests.check_later, given.request_id, by=town.ann)
    assert answer.again_at == story.clock.now() + DAY
    story.live(days=6)
    assert story.nudged(town.ann) == ["Wed 07 10:00", "Thu 08 12:00"]
    story.do(requests.say_works, given.request_id, works=True, by=town.ann)
    assert story.do(requests.check_later, given.request_id, by=town.ann).works
    assert story.rows(tables.Request)[0].nudge_at is None
    story.live(days=3)
    assert len(questions(story, town.ann)) == 2, "what works is not asked about again"


def test_only_those_who_use_it_answer_and_only_while_it_is_in_force(story, town):
    given = give(story, town, item(Kind.AD_ACCOUNT, ACCOUNT), people=(town.eva.id,))
    other = give(story, town, item(Kind.PIXEL, PIXEL))

    def no(who, about, verb, *, business=None, role=None, **more):
        did = run(story, getattr(requests, verb), getattr(about, "request_id", about), by=who, **more)
        return denied(story, did, about, who, verb=verb, business=business, role=role)

    unknown = Denied(reason=DenialReason.UNKNOWN_REQUEST)
    both = (("say_works", {"works": False}), ("check_later", {}))
    for verb, more in both:
        assert no(town.dana, given, verb, **more) == unknown
        assert no(town.ann, "123", verb, **more) == unknown
        employee = no(town.eva, other, verb, business=AGENCY, role=Role.EMPLOYEE, **more)
        assert employee == told(other, DenialReason.NOT_ADMIN)
    story.end(town.ann, given.id, business=AGENCY)
    for verb, more in both:
        over = no(town.ann, given, verb, business=AGENCY, role=Role.ADMIN, **more)
        assert over == told(given, DenialReason.GRANT_OVER)
    assert story.card(given.request_id).works is None


def test_who_is_no_admin_any_more_when_they_would_be_asked_is_not_and_another_one_is(story, town):
    story.to("2026-01-05 20:00")
    given = give(story, town)
    story.live(until="2026-01-07 21:00")
    become(story, town.ann, role=Role.EMPLOYEE)  # her working hours begin the next morning
    story.live(until="2026-01-09 12:00")
    assert questions(story, town.ann) == []
    assert questions(story, town.abe) == [given.request_id]
    become(story, town.abe, role=Role.EMPLOYEE)
    (digest,) = story.rows(tables.Digest, person_id=town.abe.id)
    assert story.read(nudges.digest_card, digest.id).items == (), "nothing that they could answer"
