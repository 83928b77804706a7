"""CLAIM: a business asks to own an ad account that no business owns; the account's own admins decide."""

from __future__ import annotations

import pytest
from make import (
    ACCOUNT,
    AGENCY,
    AGENCY_TEAM,
    BRAND,
    BRAND_TEAM,
    PAGE,
    asset,
    insert_row,
    member,
    someone,
    unowned,
    write,
)
from steps import become, told

from bot.domain.actors import Role
from bot.domain.assets import OWNERSHIP, Kind
from bot.domain.denials import DenialReason
from bot.domain.events import EventKind
from bot.domain.kinds import RequestKind, Side
from bot.domain.messages import Audience, EffectKind, Notice
from bot.domain.requests import Approve, Decline, ErrorCode, NewItem, RequestState, Term
from bot.services import directory, grants, home, nudges, requests
from bot.services.directory_file import import_directory, read_file
from bot.services.readers import Place, Reading, reading
from bot.services.results import Commented, Denied, Invalid, Moved, Saved, Sent
from bot.services.views.parties import Signer
from bot.store import tables

SPRING = "act_7001"
OWN = OWNERSHIP[Kind.AD_ACCOUNT].tasks


@pytest.fixture
def spring(story, town):
    """An ad account that no business owns; Dana, who works for the brand, is its admin."""
    return unowned(story.database, SPRING, town.dana)


@pytest.fixture
def claim(story, spring):
    """Have somebody claim an account for the agency, unless said."""

    def claimed(by, asset_id=SPRING, *, kind=Kind.AD_ACCOUNT, **values):
        new = NewItem(kind=kind, tasks=OWN, asset_id=asset_id)
        how = {"kind": RequestKind.CLAIM, "deciding_id": None, "term": Term.without_end(), **values}
        return story.submit(by, new, **how)

    return claimed


def owner_of(story, asset_id=SPRING):
    (row,) = story.rows(tables.Asset, id=asset_id)
    return row.owner_id


def test_what_somebody_administers_is_listed_by_name_while_they_act_for_themselves(story, town, spring):
    for asset_id, name in (("act_7000", "Winter"), ("act_7002", "Autumn")):
        unowned(story.database, asset_id, town.dana, name=name)
    unowned(story.database, "act_7003", town.dov)

    def listed():
        return [(one.id, one.name) for one in story.read(directory.me, by=town.dana).assets]

    assert listed() == [("act_7002", "Autumn"), (SPRING, "Spring Ads"), ("act_7000", "Winter")]
    become(story, town.dana, shared=True)
    assert listed() == []


def waiting(story, who):
    return [one.id for one in story.read(requests.waiting_for, by=who).rows]


# --- who is asked, and who decides ------------------------------------------------------------------


@pytest.mark.covers("A2", "R3")
def test_the_admins_of_the_account_are_asked_where_they_work_and_one_of_them_gives_it(story, town, claim):
    sent = claim(town.ann)
    assert (sent.owner, sent.admins, sent.required_approvals) == ("Spring Ads", 1, 1)
    assert story.cards_for(Audience.APPROVERS, sent.request_id) == [town.dana.user], "and no channel"
    assert waiting(story, town.dana) == [sent.request_id]
    assert owner_of(story) is None, "before that it is nobody's"
    view = story.card(sent.request_id)
    assert (view.kind, view.deciding.name, view.admins) == (RequestKind.CLAIM, "Spring Ads", 1)

    given = story.decide(town.dana, sent.request_id, Approve())
    assert (given.state, owner_of(story)) == (RequestState.APPROVED, AGENCY)
    assert story.rows(tables.Grant) == [], "it gives the account itself"
    (event,) = story.rows(tables.Event, kind=EventKind.ASSET_CHANGED)
    assert (event.subject_id, event.business_id, AGENCY in event.data) == (SPRING, AGENCY, True)
    assert story.database.verify().sound


@pytest.mark.covers("A1", "R3")
def test_who_is_admin_of_the_account_has_it_for_their_business_at_once(story, town, claim):
    write(story.database, insert_row, tables.AssetAdmin, asset_id=SPRING, person_id=town.ann.id)
    given = claim(town.ann)
    assert isinstance(given, Moved)
    assert (given.state, owner_of(story)) == (RequestState.APPROVED, AGENCY)
    view = story.card(given.request_id)
    assert (view.approved_by, view.over_by, view.undo_until) == ((Signer("Ann"),), "Ann", None)
    assert story.history(town.ann, given.request_id) == ["request.pending", "request.approved"]
    # The account's other admin reads that it was, and is asked nothing.
    assert story.cards_for(Audience.APPROVERS, given.request_id) == [town.dana.user]
    assert waiting(story, town.dana) == []
    notices = story.rows(tables.Effect, kind=EffectKind.POST_NOTICE)
    assert notices == [], "nobody is told what they did themselves"


@pytest.mark.covers("A1", "T7")
def test_what_they_are_to_the_account_and_to_the_business_is_looked_up_when_they_claim(story, town, claim):
    write(story.database, insert_row, tables.AssetAdmin, asset_id=SPRING, person_id=town.eva.id)
    assert isinstance(claim(town.eva), Saved), "an employee drafts it for the admins"
    assert owner_of(story) is None
    sent = story.do(requests.submit_draft, story.rows(tables.Draft)[0].id, by=town.ann, expected_version=1)
    assert isinstance(sent, Sent), "the admin who sends it is no admin of the account"
    assert sent.admins == 1, "who drafted it does not decide"
    assert story.decide(town.eva, sent.request_id, Approve()).reason is DenialReason.OWN_REQUEST


@pytest.mark.covers("A1")
def test_a_draft_that_an_admin_of_the_account_sends_is_confirmed_at_once(story, town, claim):
    saved = claim(town.eva)
    write(story.database, insert_row, tables.AssetAdmin, asset_id=SPRING, person_id=town.ann.id)
    given = story.do(requests.submit_draft, saved.draft_id, by=town.ann, expected_version=1)
    assert (given.state, owner_of(story)) == (RequestState.APPROVED, AGENCY)
    notices = story.rows(tables.Effect, kind=EffectKind.POST_NOTICE)
    assert {row.about.split(":")[0] for row in notices} <= {Notice.APPROVED, Notice.SENT}


@pytest.mark.covers("T7")
@pytest.mark.parametrize(
    ("flags", "reason"),
    [
        ({"guest": True}, DenialReason.GUEST),
        ({"deactivated": True}, DenialReason.DEACTIVATED_USER),
        ({"stranger": True}, DenialReason.OUTSIDER),
        ({"bot": None}, DenialReason.UNCHECKED),
    ],
)
def test_an_admin_of_the_account_without_power_in_slack_decides_nothing(story, town, claim, flags, reason):
    sent = claim(town.ann)
    story.set(tables.Person, {"id": town.dana.id}, **flags)
    assert story.decide(town.dana, sent.request_id, Approve()).reason is reason
    assert story.card(sent.request_id).admins == 0
    assert owner_of(story) is None


def test_a_shared_login_and_a_user_who_is_two_people_have_no_power_over_an_account(story, town, claim):
    sent = claim(town.ann)
    story.set(tables.Membership, {"person_id": town.dana.id}, shared=True)
    assert story.decide(town.dana, sent.request_id, Approve()).reason is DenialReason.SHARED_LOGIN
    assert story.card(sent.request_id).admins == 0
    story.set(tables.Membership, {"person_id": town.dana.id}, shared=False)
    second = someone(story.database, 71, name="Dana", team=BRAND_TEAM, roles={BRAND: Role.EMPLOYEE})
    assert second.user == town.dana.user
    assert story.decide(town.dana, sent.request_id, Approve()).reason is DenialReason.LINKED_TWICE
    assert story.card(sent.request_id).admins == 0


@pytest.mark.covers("T7")
def test_nobody_else_decides_and_they_learn_nothing(story, town, claim):
    sent = claim(town.ann)
    write(story.database, insert_row, tables.AssetAdmin, asset_id=SPRING, person_id=town.abe.id)
    for who, reason in (
        (town.dov, DenialReason.NOT_ASSET_ADMIN),  # an admin of the business where the account's admin works
        (town.ann, DenialReason.NOT_ASSET_ADMIN),
        (town.abe, DenialReason.BOTH_SIDES),
    ):
        no = story.decide(who, sent.request_id, Approve())
        assert (no.reason, owner_of(story)) == (reason, None)
    assert story.decide(town.dov, sent.request_id, Decline()).ref == ""
    assert story.read(requests.find_request, sent.request_id, by=town.dov) is None
    assert waiting(story, town.dov) == waiting(story, town.abe) == []
    assert story.history(town.dov, sent.request_id) == []
    denials = story.rows(tables.Event, kind=EventKind.DENIED)
    assert len(denials) == 4, "each attempt is an event"


def test_an_admin_of_the_account_who_is_in_no_business_decides_too(story, town, claim):
    uma = someone(story.database, 72, name="Uma", team=AGENCY_TEAM, roles={})
    write(story.database, insert_row, tables.AssetAdmin, asset_id=SPRING, person_id=uma.id)
    sent = claim(town.ann)
    assert waiting(story, uma) == [sent.request_id]
    assert story.card(sent.request_id).admins == 2
    assert isinstance(story.decide(uma, sent.request_id, Approve()), Moved)


def test_who_becomes_an_admin_of_the_account_by_import_or_is_known_to_slack_later_gets_the_claim_s_card(
    story, town, claim
):
    sent = claim(town.ann)
    uma = someone(story.database, 72, name="Uma", team=AGENCY_TEAM, roles={})
    admins = (
        ", ".join(
            f"{{slack: {{team: {who.team}, user: {who.user}}}, name: {who.name}}}"
            for who in (town.dana, town.abe, uma)
        )
        + ", {slack: {team: T0NEW, user: U0NEW}, name: Nils}"
    )
    file = f"assets: [{{id: {SPRING}, kind: AD_ACCOUNT, name: Spring Ads, admins: [{admins}]}}]"
    for _ in range(2):
        story.do(import_directory, read_file(file))
        asked = story.cards_for(Audience.APPROVERS, sent.request_id)
        assert sorted(asked) == sorted([town.dana.user, uma.user]), "not who is on the other side, nor twice"
    story.slack_says("T0NEW", "U0NEW")
    assert "U0NEW" in story.cards_for(Audience.APPROVERS, sent.request_id)


@pytest.mark.covers("T18", "R14")
def test_a_claim_has_one_outcome_and_cannot_be_undone(story, town, claim):
    sent = claim(town.ann)
    story.decide(town.dana, sent.request_id, Approve())
    late = story.decide(town.dana, sent.request_id, Decline(), expected_version=1)
    assert (late.reason, late.by) == (DenialReason.ALREADY_OVER, "Dana")
    write(story.database, insert_row, tables.AssetAdmin, asset_id=SPRING, person_id=town.abe.id)
    reasons = {
        town.dana: DenialReason.NO_UNDO,
        town.ann: DenialReason.NOT_ASSET_ADMIN,
        town.abe: DenialReason.BOTH_SIDES,
    }
    assert {who: story.undo(who, sent.request_id).reason for who in reasons} == reasons
    assert owner_of(story) == AGENCY
    assert story.do(requests.close_undo_due) == 0


def test_a_decision_on_an_older_card_is_denied_and_one_on_a_part_of_it_too(story, town, claim):
    sent = claim(town.ann)
    older = story.decide(town.dana, sent.request_id, Approve(), expected_version=9)
    assert (older.reason, older.ref) == (DenialReason.CHANGED, sent.ref), "they may know which one it is"
    narrowed = Approve(given={0: frozenset()})
    assert story.decide(town.dana, sent.request_id, narrowed).reason is DenialReason.WHOLE_ONLY
    shorter = Approve(term=Term.for_days(3))
    assert story.decide(town.dana, sent.request_id, shorter).reason is DenialReason.WHOLE_ONLY
    assert owner_of(story) is None


def test_where_several_claim_one_account_the_first_that_is_confirmed_has_it(story, town, oda, claim):
    mine = claim(town.ann)
    theirs = claim(oda, requesting_id="30000000001")
    other = story.submit(town.ann)
    story.decide(town.dana, mine.request_id, Approve())
    assert story.card(other.request_id).state is RequestState.PENDING, "which is no claim of it"
    view = story.card(theirs.request_id)
    assert (view.state, view.over_by, owner_of(story)) == (RequestState.DECLINED, "Dana", AGENCY)
    assert story.decide(town.dana, theirs.request_id, Approve()).reason is DenialReason.ALREADY_OVER


def test_what_got_an_owner_while_a_claim_was_on_its_way_to_meta_stays_theirs(story, town, claim):
    (request,) = story.rows(tables.Request, id=claim(town.ann).request_id)
    story.set(tables.Asset, {"id": SPRING}, owner_id=BRAND)
    assert story.do(grants.become_owner, request, SPRING, told=Notice.APPROVED) is False
    assert owner_of(story) == BRAND


def test_what_got_an_owner_meanwhile_is_given_to_nobody(story, town, claim):
    sent = claim(town.ann)
    story.set(tables.Asset, {"id": SPRING}, owner_id=BRAND)
    no = story.decide(town.dana, sent.request_id, Approve())
    assert no == told(sent, DenialReason.ASSET_MOVED, field="items.0", name="Spring Ads")
    assert owner_of(story) == BRAND


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": "DEACTIVATED"}, DenialReason.PARTNER_INACTIVE),
        ({"verified": False}, DenialReason.PARTNER_UNVERIFIED),
    ],
)
def test_a_business_that_can_own_nothing_is_given_nothing(story, town, claim, changes, reason):
    sent = claim(town.ann)
    story.set(tables.BusinessRow, {"id": AGENCY}, **changes)
    assert story.decide(town.dana, sent.request_id, Approve()) == told(sent, reason, name="Northwind")
    assert owner_of(story) is None


# --- what can be claimed ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asset_id", "why"),
    [
        ("act_999", (DenialReason.NO_SUCH_ACCOUNT, "act_999")),
        ("act_8001", (DenialReason.GROUP, "act_8001")),
        (ACCOUNT, (DenialReason.OWNED_BY_OTHER, "Acme Main")),
        ("act_7002", (DenialReason.OWNED_ALREADY, "Ours")),
        (SPRING, (DenialReason.OPEN_ALREADY, "Spring Ads")),
    ],
)
@pytest.mark.covers("A3", "D6")
def test_what_cannot_be_claimed_is_said_with_its_reason(story, town, claim, asset_id, why):
    write(story.database, insert_row, tables.AssetGroup, id="8001", accounts=SPRING, people=town.emil.id)
    unowned(story.database, "act_7002", name="Ours")
    story.set(tables.Asset, {"id": "act_7002"}, owner_id=AGENCY)
    sent = claim(town.ann)
    reason, name = why
    no = Denied(reason=reason, field="items.0", name=name)
    is_open = told(sent, reason, field="items.0", name=name)
    assert claim(town.abe, asset_id) == (is_open if asset_id == SPRING else no)


@pytest.mark.covers("A3", "D6")
def test_joining_a_business_changes_nobodys_access_through_a_group(story, town, claim):
    write(story.database, insert_row, tables.AssetGroup, id="8001", accounts=SPRING, people=town.emil.id)
    before = story.rows(tables.AssetGroup)
    member(story.database, town.emil.id, of=AGENCY, role=Role.EMPLOYEE)
    story.decide(town.dana, claim(town.ann).request_id, Approve())
    assert (story.rows(tables.AssetGroup), story.rows(tables.Assignment)) == (before, [])


def test_only_an_ad_account_for_good_and_of_no_business_is_a_claim(story, town, claim):
    for wrong, values, code in (
        (PAGE, {"kind": Kind.PAGE}, ErrorCode.AD_ACCOUNTS_ONLY),
        (SPRING, {"term": Term.for_days(3)}, ErrorCode.NO_TERM),
        (SPRING, {"deciding_id": BRAND}, ErrorCode.BUSINESS_ID),
    ):
        if "kind" in values:
            answer = claim(town.ann, wrong, kind=Kind.PAGE)
        else:
            answer = claim(town.ann, wrong, **values)
        assert isinstance(answer, Invalid)
        assert code in {one.code for one in answer.field_errors}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"verified": False}, DenialReason.OWN_UNVERIFIED),
        ({"status": "RESTRICTED"}, DenialReason.OWN_RESTRICTED),
        ({"status": "DEACTIVATED"}, DenialReason.OWN_DEACTIVATED),
    ],
)
@pytest.mark.covers("D8")
def test_a_business_that_can_own_nothing_claims_nothing(story, town, claim, changes, reason):
    write(story.database, insert_row, tables.AssetAdmin, asset_id=SPRING, person_id=town.ann.id)
    story.set(tables.BusinessRow, {"id": AGENCY}, **changes)
    assert (claim(town.ann), owner_of(story)) == (Denied(reason=reason, field="items"), None)


def test_there_are_only_so_many_claims_at_once_and_within_a_day(story, town, claim):
    for number in range(50):
        sent = claim(town.ann, unowned(story.database, f"act_75{number:02}", name=f"S{number}"))
        assert isinstance(sent, Sent), sent
    assert claim(town.ann).reason is DenialReason.TOO_MANY_CLAIMS
    story.cancel(town.ann, sent.request_id)
    no = claim(town.ann)
    assert (no.reason, no.count) == (DenialReason.TOO_MANY_CLAIMS_TODAY, 50)
    story.wait(days=1, minutes=1)
    assert isinstance(claim(town.ann), Sent)


# --- like every request -----------------------------------------------------------------------------


def test_a_claim_is_looked_at_snoozed_acknowledged_reminded_and_discussed(story, town, claim):
    sent = claim(town.ann).request_id
    story.do(requests.open_details, sent, by=town.dana)
    story.do(requests.open_details, sent, by=town.dov)
    assert story.card(sent).opened_by == ("Dana",)
    assert story.snooze(town.dana, sent).until is not None
    assert story.acknowledge(town.dana, sent).others == 0
    for verb in (nudges.snooze, nudges.acknowledge):
        assert story.do(verb, sent, by=town.dov).reason is DenialReason.NOT_ASSET_ADMIN
    assert story.remind(town.ann, sent).people == 1
    assert isinstance(story.comment(town.dana, sent, "Which campaigns?"), Commented)
    story.wait(minutes=1)
    assert isinstance(story.comment(town.ann, sent, "All of them"), Commented)
    assert story.comment(town.dov, sent, "And mine?").reason is DenialReason.UNKNOWN_REQUEST
    said = [(one.by, one.business.name) for one in story.card(sent).comments]
    assert said == [("Dana", "Spring Ads"), ("Ann", "Northwind")]
    assert "request.opened" in story.history(town.dana, sent)
    assert "request.opened" not in story.history(town.ann, sent)


def test_its_approvers_have_it_in_their_digest_and_it_expires(story, town, claim):
    other = story.submit(town.ann)
    sent = claim(town.ann)
    story.live(days=2, hours=6)
    ((_, items),) = story.digests(town.dana)
    assert set(items) == {other.request_id, sent.request_id}, "one digest for what they decide for whom"
    digest = story.rows(tables.Digest, person_id=town.dana.id)[0].id
    assert len(story.read(nudges.digest_card, digest).items) == 2
    story.live(days=14, hours=6)
    assert (story.card(sent.request_id).state, owner_of(story)) == (RequestState.EXPIRED, None)
    assert town.ann.user in story.cards_for(Audience.EXPIRY, sent.request_id)


def test_it_is_in_the_lists_and_homes_of_both_sides(story, town, claim):
    for who in (town.ann, town.dana, town.dov):
        story.open_home(who)
    write(story.database, lambda tx: tx.run(tables.Effect.__table__.delete()))
    sent = claim(town.ann).request_id
    assert [one.id for one in story.read(home.home_of, by=town.dana).waiting.rows] == [sent]
    assert [one.id for one in story.read(home.home_of, by=town.ann).requested.rows] == [sent]
    assert story.read(home.home_of, by=town.dov).waiting.total == 0
    assert story.read(requests.waiting_for, by=town.dana, query="Northwind").total == 1
    assert story.read(requests.waiting_for, by=town.dana, query="spring").total == 1
    assert story.read(requests.waiting_for, by=town.dana, query="Acme").total == 0
    assert story.read(requests.requested_by, by=town.ann, query="Spring").total == 1
    homes = story.rows(tables.Effect, kind=EffectKind.PUBLISH_HOME)
    assert {row.subject_id for row in homes} == {town.ann.user, town.dana.user}
    story.wait(hours=1)
    story.decide(town.dana, sent, Approve())
    story.open_home(town.ann)
    assert [one.id for one in story.read(home.home_of, by=town.ann).decided_away.rows] == [sent]


@pytest.mark.covers("A8", "R3")
def test_what_is_pending_can_be_withdrawn_and_what_is_owned_cannot(story, town, claim):
    sent = claim(town.ann)
    assert story.cancel(town.dana, sent.request_id).reason is DenialReason.NOT_SENDER
    assert isinstance(story.cancel(town.abe, sent.request_id), Moved)
    assert story.decide(town.dana, sent.request_id, Approve()).reason is DenialReason.ALREADY_OVER
    again = claim(town.ann)
    story.decide(town.dana, again.request_id, Approve())
    assert story.cancel(town.ann, again.request_id).reason is DenialReason.ALREADY_OVER
    assert owner_of(story) == AGENCY


@pytest.mark.covers("T13")
def test_who_is_no_admin_of_the_account_any_more_reads_its_card_no_more(story, town, claim):
    sent = claim(town.ann).request_id
    place = Place(team_id=town.dana.team, user_id=town.dana.user)
    assert story.read(reading, sent, Audience.APPROVERS, place) is Reading.MAY
    dov = Place(team_id=town.dov.team, user_id=town.dov.user)
    assert story.read(reading, sent, Audience.APPROVERS, dov) is Reading.MAY_NOT
    write(story.database, lambda tx: tx.run(tables.AssetAdmin.__table__.delete()))
    assert story.read(reading, sent, Audience.APPROVERS, place) is Reading.MAY_NOT
    assert story.decide(town.dana, sent, Approve()).reason is DenialReason.NOT_ASSET_ADMIN


def test_who_is_asked_is_shown_before_it_is_sent(story, town, claim):
    def preview(who, *named):
        return story.read(
            requests.preview,
            RequestKind.CLAIM,
            requesting_id=AGENCY,
            deciding_id=None,
            requested=[(Kind.AD_ACCOUNT, OWN)],
            asset_ids=named,
            by=who,
        )

    shown = preview(town.ann, SPRING)
    assert (shown.owner.name, shown.admins, shown.is_own) == ("Spring Ads", 1, False)
    assert (preview(town.ann), preview(town.ann, "act_7999")) == (None, None)
    write(story.database, insert_row, tables.AssetAdmin, asset_id=SPRING, person_id=town.ann.id)
    assert preview(town.ann, SPRING).is_own


def test_what_stands_against_a_claim_is_shown_before_it_is_sent(story, town, claim):
    def against(asset_id, kind=Kind.AD_ACCOUNT):
        how = {"requesting_id": AGENCY, "requested": [(kind, OWN)], "asset_ids": [asset_id], "by": town.ann}
        return story.read(requests.stands_against, RequestKind.CLAIM, **how)

    assert against(SPRING) is None
    sent = claim(town.ann)
    waits = against(SPRING)
    assert (waits.reason, waits.ref, waits.name) == (DenialReason.OPEN_ALREADY, sent.ref, "Spring Ads")
    asset(story.database, "act_577", kind=Kind.AD_ACCOUNT, name="Ours", owner=AGENCY)
    assert against("act_577").reason is DenialReason.OWNED_ALREADY
    asset(story.database, "57777", kind=Kind.PAGE, name="Nobody's", owner=None)
    (wrong,) = against("57777", Kind.PAGE).field_errors
    assert wrong.code is ErrorCode.AD_ACCOUNTS_ONLY


def test_the_answer_to_who_asked_counts_only_those_who_can_decide(story, town, oda):
    unowned(story.database, SPRING)
    new = NewItem(kind=Kind.AD_ACCOUNT, tasks=OWN, asset_id=SPRING)
    how = {"kind": RequestKind.CLAIM, "deciding_id": None, "term": Term.without_end()}
    sent = story.submit(town.ann, new, **how)
    assert (sent.admins, sent.required_approvals) == (0, 1)
    assert story.cards_for(Audience.APPROVERS, sent.request_id) == []
    assert story.read(requests.side_of, sent.request_id, by=town.ann) is Side.REQUESTING


def test_claims_that_are_decided_are_listed_for_the_claimer_and_the_account_s_admins(story, town, claim):
    unowned(story.database, "act_7002", town.dana, name="Autumn Ads")
    confirmed, declined = claim(town.ann), claim(town.ann, "act_7002")
    of_claims = {"kind": RequestKind.CLAIM, "limit": 5}

    def listed(who, side, state):
        rows = story.read(requests.of_kind, state=state, side=side, by=who.by(), **of_claims)
        return {one.id for one in rows.rows}

    both = {confirmed.request_id, declined.request_id}
    assert listed(town.dana, Side.DECIDING, RequestState.PENDING) == both
    assert listed(town.ann, Side.REQUESTING, RequestState.PENDING) == both
    story.decide(town.dana, confirmed.request_id, Approve())
    story.decide(town.dana, declined.request_id, Decline(note="It is ours"))
    for state, one in ((RequestState.APPROVED, confirmed), (RequestState.DECLINED, declined)):
        assert listed(town.dana, Side.DECIDING, state) == {one.request_id}
        assert listed(town.ann, Side.REQUESTING, state) == {one.request_id}
        assert listed(town.dov, Side.DECIDING, state) == set(), "no admin of the account"
