"""Who is told of a subject, in whose stead, and who may read it where it goes."""

from __future__ import annotations

import make
import pytest
from make import AGENCY, BRAND, BRAND_TEAM, PAGE, claiming, creating, item, unowned, write
from steps import become, give, said

from bot.domain.actors import Role
from bot.domain.assets import Kind
from bot.domain.messages import Audience, EffectKind
from bot.domain.requests import Approve, Term
from bot.services import cards, installations, readers, requests, reviews, settings
from bot.services.readers import Place, Reading
from bot.store import tables

MAY, MAY_NOT, UNKNOWN = Reading
APPROVERS, REQUESTER, AUTHOR, SUBMITTERS, DIGEST, *_ = Audience
SPRING = "act_7001"


@pytest.fixture
def database(here):
    return here


def of(who):
    return Place(team_id=who.team, user_id=who.user)


def told(story, subject_id, audience):
    """The names, or channels, of those who are told of something now."""
    names = {row.user_id: row.name for row in story.rows(tables.Person)}

    def look(ctx):
        return readers.places(ctx, readers.find_subject(ctx.tx, subject_id), audience)

    return [names.get(one.user_id, one.channel_id) for one in story.read(look)]


def may_read(story, place, subject_id, audience):
    return story.read(readers.reading, subject_id, audience, place)


def asked_first(story, *who):
    version = story.settings().policy_version
    names = {"first": [one.id for one in who], "backups": []}
    story.do(settings.name_approvers, BRAND, **names, expected_version=version, by=who[0])


def stands_in(story, who, stand_in, *, business):
    days = {"from_day": story.begins.date(), "until_day": story.begins.date()}
    story.do(settings.name_stand_in, business, by=who, stand_in=stand_in.id, **days)


def a_draft_sent(story, town):
    """A request that Eva drafted and Ann sent."""
    draft = story.submit(town.eva)
    return story.do(requests.submit_draft, draft.draft_id, expected_version=1, by=town.ann).request_id


def digest_of(story, who, *requests_of_it):
    """A digest of somebody, of (request, whether it is asked if its access works)."""
    day = {"day": "2026-01-06", "created_at": story.begins}
    write(story.database, make.insert_row, tables.Digest, id="d1", person_id=who.id, **day)
    for position, (request_id, is_question) in enumerate(requests_of_it):
        one = {"position": position, "request_id": request_id, "is_question": is_question, "for_id": None}
        write(story.database, make.insert_row, tables.DigestItem, digest_id="d1", **one)
    return "d1"


# --- what it is about ------------------------------------------------------------------------------


def test_what_is_told_of_two_businesses_is_for_the_first_and_waits_for_nobody(here):
    id_ = f"{BRAND}+{AGENCY}"
    about = readers.Subject(id=id_, version=1, is_undecided=False, requesting_id=BRAND)
    assert here.read_sync(readers.find_subject, id_) == about


def test_what_a_message_is_about_may_be_nothing_any_more_which_nobody_reads(story, town):
    assert story.read(lambda ctx: readers.find_subject(ctx.tx, "nosuch")) is None
    assert may_read(story, of(town.dana), "nosuch", APPROVERS) is MAY_NOT
    assert story.read(readers.instead_of, "nosuch", APPROVERS, of(town.dana)) == ()


# --- who is told -----------------------------------------------------------------------------------


def test_where_a_card_stands_more_is_told(story, town):
    sent = story.submit(town.ann)
    story.set(tables.Card, {"audience": APPROVERS}, error="cant_update_message")  # it replaced another one
    assert told(story, sent.request_id, APPROVERS) == ["CBRAND"]


def test_where_no_admin_is_left_and_no_channel_is_known_the_members_are_told(story, town):
    sent, draft = story.submit(town.ann), story.submit(town.eva, item(Kind.PAGE, PAGE))
    assert told(story, draft.draft_id, APPROVERS) == [], "of a draft nobody decides"
    story.set(tables.BusinessRow, {"id": BRAND}, channel_id=None)
    assert told(story, sent.request_id, APPROVERS) == ["Dana", "Dov"]
    for who in (town.dana, town.dov, town.ann, town.abe):
        become(story, who, role=Role.EMPLOYEE)
    assert told(story, sent.request_id, APPROVERS) == ["Dana", "Dov", "Emil"]
    assert told(story, sent.request_id, REQUESTER) == ["Abe"], "one, as when there are admins"
    become(story, town.dana, guest=None)
    make.someone(story.database, 7, name="Two", team=BRAND_TEAM, roles={AGENCY: Role.EMPLOYEE})
    become(story, make.Someone(id=f"4{7:014d}", team="", user="", name=""), user_id=town.dov.user)
    assert told(story, sent.request_id, APPROVERS) == ["Dana", "Emil"], "of Dana Slack is still asked"
    story.set(tables.BusinessRow, {"id": BRAND}, channel_id="CBRAND", team_id=None)
    assert told(story, sent.request_id, APPROVERS) == [], "a channel of no workspace is none"


def test_of_the_members_the_first_ten_are_told_who_are_people_at_home_or_may_be(story, town):
    sent = story.submit(town.ann).request_id
    story.set(tables.BusinessRow, {"id": BRAND}, channel_id=None)
    story.set(tables.Membership, {"business_id": BRAND}, role=Role.EMPLOYEE)
    flags = ("deactivated", "guest", "bot", "stranger")
    others = [{"name": f"A{flag}", flag: True} for flag in flags]
    others.append({"name": "Away", "team": make.AGENCY_TEAM})
    others += [{"name": f"B{number}", **dict.fromkeys(flags)} for number in range(9, 0, -1)]
    for number, one in enumerate(others, start=10):
        make.someone(story.database, number, **{"team": BRAND_TEAM, "roles": {BRAND: Role.EMPLOYEE}, **one})
    expected = [f"B{number}" for number in range(1, 10)] + ["Dana"]
    assert told(story, sent, APPROVERS) == expected, "of some of them Slack is still to be asked"


def test_what_is_decided_is_told_to_all_who_can_decide_and_not_only_to_who_was_asked(story, town):
    story.set(tables.BusinessRow, {"id": BRAND}, channel_id=None)
    asked_first(story, town.dov)
    sent = story.submit(town.ann)
    assert told(story, sent.request_id, APPROVERS) == ["Dov"]
    story.decide(town.dana, sent.request_id, Approve())
    assert told(story, sent.request_id, APPROVERS) == ["Dana", "Dov"]


def test_who_has_the_id_of_somebody_who_asks_in_another_workspace_is_the_same_person_and_not_asked(
    story, town
):
    story.set(tables.BusinessRow, {"id": BRAND}, channel_id=None)
    for number, name in ((7, "Ann"), (8, "Abe")):
        make.someone(story.database, number, name=name, team=BRAND_TEAM, roles={BRAND: Role.ADMIN})
    assert told(story, story.submit(town.ann).request_id, APPROVERS) == ["Dana", "Dov"]


@pytest.mark.parametrize(
    ("what", "who"), [({}, ["Eva"]), ({"guest": None}, ["Eva"]), ({"guest": True}, [])], ids=str
)
def test_who_drafted_what_was_sent_is_told_of_it_unless_they_could_not_read_it(story, town, what, who):
    sent = a_draft_sent(story, town)
    become(story, town.eva, **{"guest": False, **what})
    assert told(story, sent, AUTHOR) == who
    assert told(story, story.submit(town.ann, item(Kind.PAGE, PAGE)).request_id, AUTHOR) == []


def test_somebody_gets_things_for_all_who_are_away_but_nobody_stands_in_for_an_author(story, town, dia):
    sent = a_draft_sent(story, town)
    become(story, town.eva, role=Role.ADMIN)
    asked_first(story, town.dana, town.dov)
    for who, stand_in, business in (
        (town.dana, dia, BRAND),
        (town.dov, dia, BRAND),
        (town.ann, town.eva, AGENCY),
        (town.abe, town.eva, AGENCY),
    ):
        stands_in(story, who, stand_in, business=business)

    def gets_for(who, audience):
        return story.read(readers.instead_of, sent, audience, of(who))

    assert gets_for(dia, APPROVERS) == ("Dana", "Dov")
    assert [gets_for(town.eva, audience) for audience in (REQUESTER, AUTHOR)] == [("Ann",), ()]
    assert story.read(readers.instead_of, digest_of(story, dia, (sent, False)), DIGEST, of(dia)) == ()


# --- who may read ----------------------------------------------------------------------------------


def test_a_channel_may_be_written_to_while_it_is_its_businesss(story, town):
    sent = story.submit(town.ann).request_id

    def reads(team_id, channel_id):
        return may_read(story, Place(team_id=team_id, channel_id=channel_id), sent, APPROVERS)

    assert reads(BRAND_TEAM, "CBRAND") is MAY
    assert [reads(BRAND_TEAM, "CAGENCY"), reads(make.AGENCY_TEAM, "CBRAND")] == [MAY_NOT] * 2


@pytest.mark.parametrize(
    ("what", "who"),
    [
        ("request APPROVERS", "Dana Dov"),
        ("request REQUESTER", "Ann Abe"),
        ("request EXPIRY", "Ann Abe"),
        ("grant ENDING", "Ann Abe"),
        ("claim APPROVERS", "Dana"),
        ("claim REQUESTER", "Ann Abe"),
        ("draft APPROVERS", ""),
        ("draft SUBMITTERS", "Ann Abe"),
        ("digest of nothing", ""),
        ("digest of request", "Dana Dov"),
        ("digest of claim", "Dana"),
        ("digest of question", "Ann Abe Eva"),
        ("digest of question claim", "Ann Abe Eva Dana"),
        ("digest of request others", "Dana Dov"),
    ],
)
def test_a_message_is_read_by_who_decides_by_who_acts_for_the_other_side_or_by_who_is_asked(
    story, town, what, who
):
    make.business(story.database, make.OTHER, name="Other", team=BRAND_TEAM)
    make.asset(story.database, "act_666", kind=Kind.AD_ACCOUNT, name="Other's", owner=make.OTHER)
    subjects = {
        "request": story.submit(town.ann).request_id,
        "question": story.submit(town.ann, item(Kind.PAGE, PAGE)).request_id,
        "claim": story.do(
            requests.submit, claiming(unowned(story.database, SPRING, town.dana)), by=town.ann
        ).request_id,
        "draft": story.submit(town.eva, item(Kind.PIXEL, make.PIXEL)).draft_id,
        "others": story.submit(
            town.ann, item(Kind.AD_ACCOUNT, "act_666"), deciding_id=make.OTHER
        ).request_id,  # which has no admin who could decide
    }
    if what.startswith("grant"):
        subjects["grant"] = give(story, town, item(Kind.INSTAGRAM_ACCOUNT, make.INSTAGRAM)).id
    if what.startswith("digest"):
        holds = [(subjects[one], one == "question") for one in what.split() if one in subjects]
        about = digest_of(story, town.dana, *holds), DIGEST
    else:
        subject, audience = what.split()
        about = subjects[subject], Audience(audience)
    everybody = [getattr(town, one) for one in town.__slots__]

    def reading(which):
        return [one.name for one in everybody if may_read(story, of(one), *about) is which]

    reading_it = [one for one in everybody if one.name in who.split()]
    assert (reading(MAY), reading(UNKNOWN)) == ([one.name for one in reading_it], [])
    for one in reading_it:
        become(story, one, guest=None)
        assert reading(UNKNOWN) == [one.name], "Slack is asked who they are"
        become(story, one, guest=False)


def test_a_business_cannot_be_told_without_a_channel_or_member_or_where_the_app_was_removed(story, town):
    def unheard():
        return story.read(readers.unheard, "99999", None, AGENCY, BRAND, AGENCY)

    assert unheard() == ()
    for one in (town.ann, town.abe, town.eva):
        story.set(tables.Person, {"id": one.id}, deactivated=True)
    assert unheard() == (), "in its channel"
    story.set(tables.BusinessRow, {"id": BRAND}, channel_id=None)
    assert unheard() == (), "its members"
    story.set(tables.BusinessRow, {"id": AGENCY}, channel_id=None)
    assert unheard() == ("Northwind",)
    story.set(tables.BusinessRow, {"id": AGENCY}, channel_id="CAGENCY", team_id=None)
    assert unheard() == ("Northwind",), "of no workspace"
    place = dict.fromkeys(("name", "url", "bot_id", "bot_user_id"), "x")
    tokens = {"is_org": False, "enterprise_id": None, "ciphertext": "x", "rotates_at": None}
    story.do(installations.install, BRAND_TEAM, **place, **tokens)
    assert unheard() == ("Northwind",)
    story.do(installations.remove, BRAND_TEAM, version=1, why="uninstalled")
    assert unheard() == ("Northwind", "Acme Shoes")


# --- what came to admins directly ------------------------------------------------------------------


@pytest.fixture
def waiting(story, town):
    """What waits for the brand's admins, and what the agency's are asked; neither has a channel."""
    for business in (BRAND, AGENCY):
        story.set(tables.BusinessRow, {"id": business}, channel_id=None)
    give(story, town, term=Term.without_end())
    story.wait(days=40)
    story.do(reviews.open_review, BRAND, by=town.dana)
    (review,), (question,) = story.rows(tables.Review), story.rows(tables.ReviewQuestion)
    now = story.clock.now()
    others = (
        make.found(story.database, now=now),
        make.prepared(story.database, "900000000000001", creating(), by=town.emil, at=now),
    )
    for one in others:
        story.do(lambda ctx, one=one: cards.post_where_told(ctx, one, SUBMITTERS))
    said(story)
    return {BRAND: {review.id, *others}, AGENCY: {question.id}}


def is_removed(story, by, who, business):
    story.do(settings.remove_member, business, who.id, by=by)


def is_demoted(story, by, who, business):
    story.do(settings.set_role, business, who.id, role=Role.EMPLOYEE, by=by)


def is_a_guest(story, by, who, business):
    story.slack_says(who.team, who.user, guest=True)


@pytest.mark.case("4.1", "10.1")
@pytest.mark.parametrize("happens", [is_removed, is_demoted, is_a_guest])
def test_what_waits_and_came_to_an_admin_directly_is_closed_once_they_are_none(story, town, waiting, happens):
    for by, who, business in ((town.dov, town.dana, BRAND), (town.abe, town.ann, AGENCY)):
        happens(story, by, who, business)
        own = {row.id: row.subject_id for row in story.rows(tables.Card, user_id=who.user)}
        followed = {own.get(row.card_id) for row in story.effects(EffectKind.UPDATE_CARD)}
        assert waiting[business] <= followed
        assert {may_read(story, of(who), one, SUBMITTERS) for one in waiting[business]} == {MAY_NOT}


@pytest.mark.case("10.1")
def test_who_becomes_an_admin_gets_the_review_that_waits_what_is_asked_in_one_and_what_was_found(
    story, town, waiting
):
    (review,), (question,) = story.rows(tables.Review), story.rows(tables.ReviewQuestion)
    (finding,) = story.rows(tables.Finding)
    for _ in range(2):
        story.do(settings.set_role, BRAND, town.emil.id, role=Role.ADMIN, by=town.dana)
        story.do(settings.set_role, AGENCY, town.eva.id, role=Role.ADMIN, by=town.ann)
    for one in (review, finding):
        assert sorted(story.cards_for(SUBMITTERS, one.id)) == ["UDANA", "UDOV", "UEMIL"]
    assert sorted(story.cards_for(SUBMITTERS, question.id)) == ["UABE", "UANN", "UEVA"]
    (grant,) = story.rows(tables.Grant)
    story.do(reviews.keep, grant.id, expected_version=grant.version, by=town.emil)
    story.do(settings.set_role, AGENCY, town.eva.id, role=Role.EMPLOYEE, by=town.ann)
    nia = make.someone(story.database, 8, name="Nia", team=town.ann.team, roles={AGENCY: Role.EMPLOYEE})
    story.do(settings.set_role, AGENCY, nia.id, role=Role.ADMIN, by=town.ann)
    assert nia.user not in story.cards_for(SUBMITTERS), "nothing waits any more"
