"""The end of a contract: either side states it, both are told, and what they share is removed after it.

The story begins on Monday, 5 January 2026, at 10:00 in Berlin.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, datetime

import make
import pytest
from make import ACCOUNT, AGENCY, BRAND, INSTAGRAM, OTHER, OTHER_TEAM, PAGE, PIXEL, item
from steps import ADMIN, DAY, give

from bot.domain.actors import Role
from bot.domain.assets import Kind
from bot.domain.calendar import working_time
from bot.domain.contracts import Contract, Phase, earliest
from bot.domain.denials import DenialReason
from bot.domain.events import EventKind, SubjectKind
from bot.domain.grants import EndReason, GrantState
from bot.domain.kinds import RequestKind, Side
from bot.domain.limits import LONGEST_DAYS
from bot.domain.messages import EffectKind, Notice, read_about
from bot.domain.requests import Approve, Decline, ErrorCode, NewRequest, Revision, Term
from bot.services import context, grants, nudges, partnerships, programs, requests, reviews
from bot.services.results import Contracted, Denied
from bot.slack.cards import ending_card
from bot.store import tables


def state(story, who, *, own=AGENCY, other=BRAND, on=60, days=14):
    """State that a contract ends so many days from now."""
    ends_at = story.clock.now() + on * DAY
    return story.do(partnerships.set_contract, own, other, ends_at=ends_at, days=days, by=who)


def contract(story, own=BRAND, other=AGENCY):
    return story.read(partnerships.contract_between, business_id=own, other_id=other)


def week_of(story):
    """What ends soon, as the brand's week says it."""
    return story.read(nudges.week_told, BRAND, date.fromisoformat("2026-01-05")).ending.rows


def told(story):
    """How often each side was told what of its contract."""
    rows = [row for row in story.effects(EffectKind.POST_NOTICE) if "+" in row.subject_id]
    return Counter((row.subject_id.split("+")[0], read_about(row.about).notice) for row in rows)


def back(story, town):
    """The agency shares an asset with the brand. Return the grant."""
    make.asset(story.database, "act_55", kind=Kind.AD_ACCOUNT, name="Media plan", owner=AGENCY)
    new = NewRequest(
        requesting_id=BRAND,
        deciding_id=AGENCY,
        items=(item(Kind.AD_ACCOUNT, "act_55"),),
        reason="To see the plan",
        term=Term.without_end(),
    )
    sent = story.do(requests.submit, new, by=town.dana)
    story.decide(town.ann, sent.request_id, Approve())
    return story.grant_of(sent.request_id)


def test_the_earlier_end_counts_and_announcements_that_were_missed_are_not_made_up_for():
    end = datetime.fromisoformat("2026-03-31T22:00:00+00:00")
    one = Contract(ends_at=end, days=14)
    assert earliest([one, Contract(ends_at=end - DAY, days=90)]) == Contract(ends_at=end - DAY, days=90)
    assert earliest([one, Contract(ends_at=end, days=0)]) == Contract(ends_at=end, days=0)
    assert earliest([]) is None
    always = working_time(hours="Mon-Sun 00:00-23:59", days_off="", zone="UTC", otherwise="UTC")

    def following(after: datetime) -> datetime:
        return one.next_step(after=after, since=end - 40 * DAY, working=always)

    steps = [end - 40 * DAY]
    while steps[-1] < end:
        steps.append(following(steps[-1]))
    assert [(end - at).days for at in steps] == [40, 30, 7, 1, 0]
    assert following(end - 3 * DAY) == end - DAY
    assert following(end + 13.5 * DAY) == one.removed_at
    late = one.removed_at + DAY
    assert late < following(late) < late + DAY, "never a time that is past"


# --- stating it --------------------------------------------------------------------------------------


@pytest.mark.covers("P11", "P17")
def test_either_side_s_admin_states_the_end_and_both_sides_are_told(story, town):
    give(story, town)
    answer = state(story, town.ann)
    assert answer == Contracted(
        other=story.settings(BRAND).party.name,
        ends_at=story.clock.now() + 60 * DAY,
        days=14,
        removed_at=story.clock.now() + 74 * DAY,
        is_own=True,
    )
    assert told(story) == {(BRAND, Notice.CONTRACT_SET): 1, (AGENCY, Notice.CONTRACT_SET): 1}
    about = {row.subject_id for row in story.effects(EffectKind.POST_NOTICE) if "+" in row.subject_id}
    assert about == {f"{BRAND}+{AGENCY}", f"{AGENCY}+{BRAND}"}
    (event,) = story.rows(tables.Event, kind=EventKind.BUSINESS_CONTRACT)
    ends_at = answer.ends_at.isoformat()
    assert json.loads(event.data) == {"ends_at": ends_at, "days": 14, "counts": ends_at}
    assert json.loads(event.actor)["role"] == Role.ADMIN
    for own, other in ((BRAND, AGENCY), (AGENCY, BRAND)):
        seen = contract(story, own, other)
        assert (seen.phase, seen.said_by.id, seen.ends_at, seen.days) == (
            Phase.RUNS,
            AGENCY,
            answer.ends_at,
            14,
        )
        assert seen.stated_at == (answer.ends_at if own == AGENCY else None)
        assert (seen.own.id, seen.other.id, seen.left) == (own, other, 1)
        assert seen.removed_at == answer.ends_at + 14 * DAY


@pytest.mark.covers("P11")
def test_either_side_moves_it_earlier_and_neither_puts_off_the_other_s(story, town):
    give(story, town)
    state(story, town.dana, own=BRAND, other=AGENCY, on=60)
    state(story, town.ann, on=60, days=7)
    assert contract(story).said_by.id == AGENCY, "of two ends on one day that with fewer days after it"
    earlier = state(story, town.ann, on=40, days=7)
    assert earlier.is_own
    later = state(story, town.ann, on=300, days=90)
    assert (later.is_own, later.ends_at, later.days) == (False, story.clock.now() + 60 * DAY, 14)
    state(story, town.dana, own=BRAND, other=AGENCY, on=400)
    assert contract(story).ends_at == story.clock.now() + 300 * DAY
    assert contract(story).said_by.id == AGENCY
    assert told(story)[BRAND, Notice.CONTRACT_SET] == 5, "each change of what counts"
    until = story.read(requests.contract_end, BRAND, AGENCY)
    assert until == contract(story).ends_at, "until then access can be asked for"
    state(story, town.dana, own=BRAND, other=AGENCY, on=401)
    assert isinstance(state(story, town.dana, own=BRAND, other=AGENCY, on=LONGEST_DAYS), Contracted)
    assert told(story)[BRAND, Notice.CONTRACT_SET] == 5, "what changes nothing is no news"


def test_only_admins_of_a_partner_state_it_and_only_what_makes_sense(story, town):
    def reason(who, **values):
        return state(story, who, **values).reason

    def codes(**values):
        return {(one.field, one.code) for one in state(story, town.ann, **values).field_errors}

    assert reason(town.ann) is DenialReason.UNKNOWN_PARTNER, "before anything was between them"
    give(story, town)
    assert reason(town.eva) is DenialReason.NOT_ADMIN
    assert reason(town.dana) is DenialReason.NOT_MEMBER, "not for the other side"
    assert reason(town.ann, other=OTHER) is DenialReason.UNKNOWN_PARTNER
    assert codes(on=0) == {("until", ErrorCode.DATE_PAST)}
    assert codes(on=4000, days=91) == {("until", ErrorCode.DATE), ("days", ErrorCode.NUMBER)}
    assert codes(days=-1) == {("days", ErrorCode.NUMBER)}
    assert state(story, town.ann, days=91).field_errors[0].got == "0 to 90"
    assert contract(story) is None
    assert told(story) == {}
    denied = [
        (row.business_id, row.subject_kind, row.subject_id)
        for row in story.rows(tables.Event, kind=EventKind.DENIED)
    ]
    of = [AGENCY, AGENCY, None, AGENCY]
    assert denied == [(own, SubjectKind.BUSINESS, OTHER if n == 3 else BRAND) for n, own in enumerate(of)], (
        "an attempt by somebody who is no member is none of the business's"
    )


# --- what follows ------------------------------------------------------------------------------------


@pytest.mark.covers("P11", "G7")
def test_both_sides_are_told_thirty_days_seven_days_and_a_day_before_once_each(story, town):
    give(story, town, term=Term.without_end())
    state(story, town.ann)
    for days, times in ((29, 0), (31, 1), (52, 1), (54, 2), (58.5, 2), (59.5, 3)):
        story.to(story.begins + days * DAY)
        story.sweep()
        both = [told(story)[own, Notice.CONTRACT_ENDS] for own in (BRAND, AGENCY)]
        assert both == [times, times], days
    kinds = Counter(row.kind for row in story.rows(tables.Event))
    assert kinds[EventKind.BUSINESS_CONTRACT_TOLD] == 6
    assert not kinds[EventKind.BUSINESS_CONTRACT_ENDED], "what it ends is not over yet"


@pytest.mark.covers("C1")
def test_each_side_is_told_in_its_working_hours_and_once_also_when_the_same_end_is_stated_again(story, town):
    give(story, town, term=Term.without_end())
    story.set(tables.BusinessRow, {"id": AGENCY}, zone="America/Los_Angeles")
    sunday = 13.5  # at 22:00 in Berlin; so is the day seven days before
    state(story, town.ann, on=sunday)

    def due() -> dict[str, str]:
        return {row.business_id: f"{row.due_at:%a %d %H:%M}" for row in story.rows(tables.Contract)}

    assert due() == {BRAND: "Fri 09 08:00", AGENCY: "Fri 09 17:00"}
    story.wait(days=4.1)
    assert due() == {BRAND: "Fri 16 08:00", AGENCY: "Fri 09 17:00"}
    state(story, town.ann, on=sunday - 4.1)
    story.wait(days=0.5)
    assert due() == {BRAND: "Fri 16 08:00", AGENCY: "Fri 16 17:00"}
    story.wait(days=8.5)
    assert told(story)[BRAND, Notice.CONTRACT_ENDS] == told(story)[AGENCY, Notice.CONTRACT_ENDS] == 2


@pytest.mark.covers("P11")
def test_an_end_that_is_brought_forward_is_announced_by_its_new_day_and_it_is_kept_who_did_so(story, town):
    give(story, town, term=Term.without_end())
    state(story, town.ann, on=300)
    story.wait(days=1)
    state(story, town.abe, on=20)
    first = story.clock.now()

    def said():
        return {row.business_id: (row.set_by, row.set_at) for row in story.rows(tables.Contract)}

    assert said() == {AGENCY: (town.abe.id, first), BRAND: (None, None)}
    story.wait(days=1)
    state(story, town.dana, own=BRAND, other=AGENCY, on=300)
    assert said() == {AGENCY: (town.abe.id, first), BRAND: (town.dana.id, story.clock.now())}
    story.wait(days=13)
    assert told(story)[AGENCY, Notice.CONTRACT_ENDS] == 1


def test_after_an_outage_there_is_one_announcement_and_not_three(story, town):
    give(story, town, term=Term.without_end())
    state(story, town.ann)
    story.wait(days=59.5)
    assert told(story)[BRAND, Notice.CONTRACT_ENDS] == 1
    story.wait(hours=1)
    assert told(story)[BRAND, Notice.CONTRACT_ENDS] == 1
    story.wait(days=1)
    assert told(story)[BRAND, Notice.CONTRACT_ENDED] == 1


@pytest.mark.covers("P11", "G7")
def test_at_the_end_all_that_is_shared_gets_an_end_and_is_gone_on_that_day_in_both_directions(story, town):
    one, other = give(story, town, term=Term.without_end()), back(story, town)
    short = give(story, town, item(Kind.PAGE, PAGE), term=Term.for_days(61))
    answer = state(story, town.ann)
    removed_at = answer.ends_at + 14 * DAY
    story.wait(days=60.1)
    assert contract(story).phase is Phase.OFFBOARDING
    ends = {row.id: row.ends_at for row in story.rows(tables.Grant)}
    assert ends == {one.id: removed_at, other.id: removed_at, short.id: short.ends_at}
    assert {own for own, what in told(story) if what is Notice.CONTRACT_ENDED} == {BRAND, AGENCY}
    late = state(story, town.dana, own=BRAND, other=AGENCY)
    assert late == Denied(reason=DenialReason.CONTRACT_ENDED, name=contract(story).other.name, at=removed_at)
    story.live(days=13, hours=12)
    assert story.held(ACCOUNT)
    assert story.do(partnerships.contracts_due) == 0, "it is looked at once a day"
    story.live(days=2, hours=6)
    assert {(row.state, row.end_reason) for row in story.rows(tables.Grant)} == {
        (GrantState.ENDED, EndReason.REACHED)
    }
    closed = contract(story, AGENCY, BRAND)
    assert closed.phase is Phase.CLOSED
    assert [grant.id for grant in closed.ended.rows] == [short.id, *sorted([one.id, other.id])]
    assert {what: n for what, n in told(story).items() if what[1] is Notice.CONTRACT_CLOSED} == {
        (BRAND, Notice.CONTRACT_CLOSED): 1,
        (AGENCY, Notice.CONTRACT_CLOSED): 1,
    }
    for kind in (EventKind.BUSINESS_CONTRACT_ENDED, EventKind.BUSINESS_OFFBOARDED):
        rows = story.rows(tables.Event, kind=kind)
        said = {(row.business_id, row.counterpart_id): json.loads(row.data) for row in rows}
        data = {"ends_at": answer.ends_at.isoformat()}
        assert said == {(BRAND, AGENCY): data, (AGENCY, BRAND): data}
        assert {row.subject_kind for row in rows} == {SubjectKind.BUSINESS}
    assert story.database.verify().sound
    story.live(days=3)
    assert set(told(story).values()) == {1}, "nothing is said again"


@pytest.mark.covers("P11", "I34")
def test_what_is_too_much_for_one_step_goes_on_and_both_sides_are_told_once_all_has_an_end(
    story, town, monkeypatch
):
    make.gives(story.database, 3, to=AGENCY, by=town.ann, now=story.clock.now())
    removed_at = state(story, town.ann, on=10, days=5).ends_at + 5 * DAY
    story.clock.push(10 * DAY)
    monkeypatch.setattr(context, "MOST_WORK", 0)

    def step():
        taken = story.do(partnerships.contracts_due)
        ends = [row.ends_at for row in story.rows(tables.Grant)]
        return taken, ends.count(removed_at), sum(what is Notice.CONTRACT_ENDED for _, what in told(story))

    assert [step() for _ in range(4)] == [(1, 1, 0), (1, 2, 0), (1, 3, 1), (1, 3, 2)]


@pytest.mark.covers("P11")
def test_what_either_side_ends_early_closes_it_early(story, town):
    one, other = give(story, town, term=Term.without_end()), back(story, town)
    state(story, town.ann)
    story.live(until=story.begins + 60.5 * DAY, hours=12)
    story.end(town.dana, one.id, business=BRAND)
    story.end(town.dana, other.id, business=BRAND)
    story.live(days=2, hours=12)
    closed = contract(story)
    assert closed.phase is Phase.CLOSED
    assert closed.closed_at < story.begins + 63 * DAY
    assert {grant.end_reason for grant in closed.ended.rows} == {EndReason.REVOKED, EndReason.RELINQUISHED}


def test_where_all_was_ended_before_the_contract_did_it_closes_at_once(story, town):
    one = give(story, town, term=Term.without_end())
    state(story, town.ann)
    story.end(town.dana, one.id, business=BRAND)
    story.wait(days=60)
    assert contract(story).phase is Phase.CLOSED
    assert Notice.CONTRACT_ENDED not in {notice for _, notice in told(story)}, "nothing is left to end"


def test_after_an_outage_that_saw_all_of_it_access_goes_and_the_report_says_so(story, town):
    give(story, town, term=Term.without_end())
    state(story, town.ann)
    story.wait(days=100)
    for _ in range(4):
        story.wait(minutes=2)
    assert not story.held(ACCOUNT)
    closed = contract(story)
    assert (closed.phase, closed.left, closed.ended.total) == (Phase.CLOSED, 0, 1)


def test_once_it_is_closed_the_end_of_a_new_contract_can_be_stated(story, town):
    give(story, town, term=Term.without_end())
    state(story, town.ann, on=10, days=0)
    for _ in range(3):
        story.wait(days=11)
    assert contract(story).phase is Phase.CLOSED
    again = state(story, town.dana, own=BRAND, other=AGENCY, on=90)
    assert (again.is_own, contract(story).phase) == (True, Phase.RUNS)
    assert contract(story).ends_at == again.ends_at


def closed_once(story):
    """The closing report that each side got, told once."""
    return {own: n for (own, what), n in told(story).items() if what is Notice.CONTRACT_CLOSED}


@pytest.mark.covers("P11", "G7")
def test_what_is_given_while_access_is_being_removed_ends_with_the_rest_and_says_so_at_once(story, town):
    give(story, town, term=Term.without_end())
    removed_at = state(story, town.ann, on=10, days=5).ends_at + 5 * DAY
    early = give(story, town, item(Kind.INSTAGRAM_ACCOUNT, INSTAGRAM), term=Term.for_days(20))
    assert early.ends_at == story.begins + 20 * DAY, "while the contract runs its end may be moved"
    story.wait(days=10)
    assert contract(story).phase is Phase.OFFBOARDING, "from that moment on"
    assert story.read(requests.contract_end, BRAND, AGENCY) is None
    story.wait(days=1)
    assert give(story, town, item(Kind.PAGE, PAGE), term=Term.for_days(20)).ends_at == removed_at
    soon = give(story, town, item(Kind.PIXEL, PIXEL), term=Term.for_days(2))
    assert soon.ends_at == story.clock.now() + 2 * DAY, "what ends before that keeps its end"
    story.live(days=5, hours=12)
    assert (contract(story).phase, contract(story).left) == (Phase.CLOSED, 0)


@pytest.mark.covers("P11", "G5")
def test_nothing_is_extended_past_the_day_on_which_all_is_removed(story, town):
    grant = give(story, town, term=Term.for_days(40))
    soon = give(story, town, item(Kind.PIXEL, PIXEL), term=Term.for_days(12))
    removed_at = state(story, town.ann, on=10, days=5).removed_at
    sent = story.extend(town.ann, grant.id)
    story.wait(days=10)
    no = story.decide(town.dana, sent.request_id, Approve())
    assert (no.reason, no.name, no.at) == (DenialReason.OFF_BOARDING, "Northwind", removed_at)
    assert (no.about.id, no.ref) == (sent.request_id, sent.ref)
    story.decide(town.dana, sent.request_id, Decline())
    no = story.extend(town.ann, grant.id)
    assert (no.reason, no.name, no.at) == (DenialReason.OFF_BOARDING, "Acme Shoes", removed_at)
    assert story.is_live(grant.id)
    longer = story.extend(town.ann, soon.id, days=2)
    story.decide(town.dana, longer.request_id, Approve())
    assert story.grant_of(longer.request_id).ends_at == soon.ends_at + 2 * DAY


@pytest.mark.covers("P11")
def test_what_is_given_once_all_is_removed_goes_on_also_before_that_is_reported(story, town):
    give(story, town, term=Term.without_end())
    state(story, town.ann, on=10, days=0)
    story.wait(days=10)
    story.sweep()
    new = give(story, town, item(Kind.PAGE, PAGE), term=Term.for_days(20))
    assert (contract(story).phase, contract(story).left) == (Phase.REMOVING, 0)
    story.wait(minutes=2)
    assert (contract(story).phase, closed_once(story)) == (Phase.CLOSED, {BRAND: 1, AGENCY: 1})
    assert story.grant_of(new.request_id).ends_at == story.begins + 30 * DAY


@pytest.mark.covers("P11", "I16")
def test_a_contract_with_one_partner_says_nothing_of_what_is_shared_with_another(story, town):
    make.business(story.database, OTHER, name="Studio", team=OTHER_TEAM)
    oda = make.someone(story.database, 7, name="Oda", team=OTHER_TEAM, roles={OTHER: Role.ADMIN})
    sent = story.submit(oda, requesting_id=OTHER)
    story.decide(town.dana, sent.request_id, Approve())
    give(story, town, item(Kind.PIXEL, PIXEL))
    earlier = state(story, town.dana, own=BRAND, other=OTHER, on=20).ends_at
    state(story, oda, own=OTHER, on=25)
    assert story.read(requests.contract_end, BRAND, AGENCY) is None
    until = give(story, town, item(Kind.PAGE, PAGE), term=Term.till(earlier))
    state(story, town.ann, on=10)
    assert story.grant_of(until.request_id).ends_at == earlier, "it is no end of their own contract"
    story.wait(days=10.5)
    assert contract(story).phase is Phase.OFFBOARDING
    assert contract(story, BRAND, OTHER).phase is Phase.RUNS
    assert contract(story, BRAND, OTHER).left == 1


# --- when access ends --------------------------------------------------------------------------------


@pytest.mark.covers("G7")
@pytest.mark.parametrize("term", [Term.for_days(90), Term.without_end()])
def test_access_is_shown_until_the_contract_ends_it_where_that_is_sooner(story, town, term):
    longer = give(story, town, term=term)
    shorter = give(story, town, item(Kind.PAGE, PAGE), term=Term.for_days(50))

    def until():
        shown = story.read(grants.list_grants, business_id=BRAND, direction="SHARED_BY_US", by=town.dana)
        by_asset = {one.asset_id: one.until for one in shown.rows}
        return by_asset[ACCOUNT], by_asset[PAGE]

    assert until() == (longer.ends_at, shorter.ends_at)
    begins = story.clock.now()
    state(story, town.ann, on=60, days=14)
    assert until() == (begins + 74 * DAY, shorter.ends_at)
    state(story, town.dana, own=BRAND, other=AGENCY, on=30, days=10)
    assert until() == (begins + 40 * DAY,) * 2, "the earlier end counts, whoever states it"
    story.wait(days=29)
    assert until() == (begins + 40 * DAY,) * 2
    story.wait(days=2)
    assert [row.ends_at for row in story.rows(tables.Grant)] == [begins + 40 * DAY] * 2, "and so it is kept"
    assert until() == (begins + 40 * DAY,) * 2
    story.wait(days=10)
    again = give(story, town, term=term)
    assert story.read(grants.find_grants, [again.id], by=town.dana)[0].until == again.ends_at, (
        "what is given once all is removed is of no contract"
    )


@pytest.mark.covers("C6", "G7")
@pytest.mark.parametrize("term", [Term.for_days(90), Term.without_end()])
def test_what_goes_on_is_said_to_go_on_until_the_contract_ends_it_where_that_is_sooner(story, town, term):
    smaller = give(story, town, term=Term.for_days(10))
    grant = give(story, town, ADMIN, term=term)

    def until():
        """As the form for people says it, somebody's list of what they reach, programs, and notices."""
        pair = {"asset_id": ACCOUNT, "holder_id": AGENCY}
        form = story.read(grants.people_of, business_id=AGENCY, asset_id=ACCOUNT, limit=9, by=town.ann)
        (reach,) = story.read(grants.reach_of, town.ann.id, limit=9, by=town.ann).rows.rows
        program = story.read(programs.access, **pair)
        shown = story.read(requests.request_card, grant.request_id, side=Side.REQUESTING)
        view = story.read(grants.find_grants, [smaller.id], by=town.ann)[0]
        after = story.read(grants.held_after, view)
        return {form.until, reach.until, program.ends_at, shown.items[0].held_until, after.until}

    begins, assigned = story.clock.now(), {"business_id": AGENCY, "asset_id": ACCOUNT}
    story.do(grants.assign_person, town.ann.id, **assigned, tasks=frozenset({"ANALYZE"}), by=town.ann)
    assert until() == {grant.ends_at}
    state(story, town.ann, on=60, days=14)
    assert until() == {begins + 74 * DAY}
    assert story.let_end(town.ann, grant.id).ends_at == begins + 74 * DAY, "and so the answer says"


def test_an_extension_that_a_contract_cuts_to_the_same_end_is_not_said_to_extend(story, town):
    grant = give(story, town, term=Term.for_days(40))
    story.decide(town.dana, story.extend(town.ann, grant.id, days=30).request_id, Approve())

    def warning():
        extension = story.read(requests.extension_of, grant.id, by=town.ann)
        view = story.database.read_sync(grants.grant_view, grant.id)
        now = story.clock.now()
        return ending_card(view, now=now, extension=extension, further=None, after=None).text

    assert "Extended" in warning()
    state(story, town.ann, on=20, days=10)
    assert "Not extended any more" in warning()
    story.wait(days=21)
    assert "Not extended any more" in warning(), "as once it is so"


def test_other_access_is_not_said_to_go_on_that_the_same_contract_ends(story, town):
    grant = give(story, town, term=Term.for_days(12))
    give(story, town, ADMIN, term=Term.for_days(90))

    def kept():
        row = week_of(story)[0]
        view = story.read(grants.find_grants, [grant.id], by=town.ann)[0]
        return row.goes_on, story.read(grants.held_after, view, by=town.ann) is not None

    assert kept() == (True, True)
    state(story, town.ann, on=3, days=4)
    assert kept() == (False, False)


def test_what_ends_soon_with_a_contract_is_among_what_ends_soon(story, town):
    give(story, town, term=Term.without_end())
    give(story, town, item(Kind.PAGE, PAGE), term=Term.for_days(6))
    begins = story.clock.now()

    def ending():
        week = date.fromisoformat("2026-01-05")
        told = [story.read(nudges.week_told, one, week).ending for one in (BRAND, AGENCY)]
        home = story.home(town.ann).ends_soon
        assert told[0].total == told[1].total == home.total
        rows = [sorted((one.at, one.asset_id) for one in each.rows) for each in told]
        assert rows[0] == rows[1] == sorted((one.until, one.asset_id) for one in home.rows)
        return rows[0]

    page = (begins + 6 * DAY, PAGE)
    state(story, town.ann, on=10, days=5)
    assert ending() == [page], "fifteen days are not soon"
    state(story, town.ann, on=10, days=3)
    assert ending() == [page, (begins + 13 * DAY, ACCOUNT)]
    state(story, town.ann, on=2, days=3)
    assert ending() == [(begins + 5 * DAY, PAGE), (begins + 5 * DAY, ACCOUNT)]


def test_the_cards_of_what_ends_sooner_with_the_contract_follow_once_that_is_stated(story, town):
    longer, shorter = give(story, town), give(story, town, item(Kind.PAGE, PAGE), term=Term.for_days(3))
    story.set(tables.Effect, {}, state="DONE")
    state(story, town.ann, on=10, days=0)
    cards = {row.id: row.subject_id for row in story.rows(tables.Card)}
    updated = {cards[row.card_id] for row in story.effects(EffectKind.UPDATE_CARD, state="WAITING")}
    assert updated == {longer.request_id}
    assert shorter.request_id in cards.values()


@pytest.mark.covers("G7", "G9", "R16")
def test_so_do_those_of_its_review_and_of_the_request_to_extend_it_which_is_decided_anew(story, town):
    grant = give(story, town, term=Term.for_days(90))
    story.wait(days=40)
    sent = story.extend(town.ann, grant.id)
    story.do(reviews.open_review, BRAND, by=town.dana)
    (review,), (question,) = story.rows(tables.Review), story.rows(tables.ReviewQuestion)
    seen = story.card(sent.request_id).version
    story.set(tables.Effect, {}, state="DONE")
    state(story, town.ann, on=5, days=0)
    cards = {row.id: row.subject_id for row in story.rows(tables.Card)}
    updated = {cards[row.card_id] for row in story.effects(EffectKind.UPDATE_CARD, state="WAITING")}
    assert updated == {grant.request_id, sent.request_id, review.id, question.id}
    answer = story.decide(town.dana, sent.request_id, Approve(), expected_version=seen)
    assert answer.reason is DenialReason.CHANGED


# --- until the contract ends -------------------------------------------------------------------------


def until_contract_end(story):
    """The term until the contract of the two ends, as it stands now."""
    return Term.till(contract(story).ends_at)


@pytest.mark.covers("P11", "G2")
def test_access_until_the_contract_ends_follows_it_to_an_earlier_day_and_to_no_later_one(story, town):
    give(story, town, item(Kind.PIXEL, PIXEL), term=Term.for_days(70))
    state(story, town.ann, on=60)
    first = contract(story).ends_at
    second = make.asset(story.database, "act_77", kind=Kind.AD_ACCOUNT, name="Second", owner=BRAND)
    sixty = give(story, town, item(Kind.AD_ACCOUNT, second), term=Term.for_days(60))
    grant = give(story, town, term=until_contract_end(story))
    assert sixty.ends_at == grant.ends_at
    other = give(story, town, item(Kind.PAGE, PAGE), term=Term.till(first - DAY))
    assert grant.ends_at == first

    def ends():
        return story.grant_of(grant.request_id).ends_at, story.grant_of(other.request_id).ends_at

    state(story, town.ann, on=90)
    assert ends() == (first, other.ends_at), "what is given keeps its end"
    state(story, town.dana, own=BRAND, other=AGENCY, on=40)
    assert ends() == (contract(story).ends_at, other.ends_at), "also where the contract was put off between"
    assert [row.kind for row in story.rows(tables.Event) if row.kind == "grant.shortened"] == [
        "grant.shortened"
    ]
    assert story.grant_of(sixty.request_id).ends_at == first, "so many days are counted"
    assert story.database.verify().sound
    story.wait(days=41)
    assert not story.held(ACCOUNT)


@pytest.mark.parametrize("moved", [30, 90])
def test_what_a_first_approval_gives_until_then_follows_too_and_a_term_of_its_own_does_not(
    story, town, moved
):
    give(story, town, item(Kind.PIXEL, PIXEL))
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=2)
    state(story, town.ann, on=60)
    term, shorter = until_contract_end(story), Term.till(story.clock.now() + 5 * DAY)
    whole, less = story.submit(town.ann, term=term), story.submit(town.ann, item(Kind.PAGE, PAGE), term=term)
    story.decide(town.dana, whole.request_id, Approve())
    story.decide(town.dana, less.request_id, Approve(term=shorter))
    state(story, town.ann, on=moved)
    for sent in (whole, less):
        story.decide(town.dov, sent.request_id, Approve())
    ends = [story.grant_of(sent.request_id).ends_at for sent in (whole, less)]
    assert ends == [contract(story).ends_at, shorter.until]


@pytest.mark.covers("P11")
def test_a_request_until_the_contract_ends_follows_it_either_way_until_it_is_decided(story, town):
    give(story, town, item(Kind.PIXEL, PIXEL))
    state(story, town.ann, on=60)
    waits = story.submit(town.ann, term=until_contract_end(story))
    dated = story.submit(town.ann, item(Kind.PAGE, PAGE), term=Term.till(story.clock.now() + 30 * DAY))
    before = story.card(dated.request_id)
    for on, version in ((90, 2), (10, 3)):
        state(story, town.ann, on=on)
        view = story.card(waits.request_id)
        assert (view.term.until, view.version) == (contract(story).ends_at, version), (
            "who decides looks again"
        )
    assert story.card(waits.request_id).expires_at <= contract(story).ends_at
    revised = [json.loads(row.data) for row in story.rows(tables.Event, kind=EventKind.REQUEST_REVISED)]
    assert revised == [{"because": Revision.CONTRACT}] * 2
    assert story.card(dated.request_id) == before
    ends_at = contract(story).ends_at
    state(story, town.ann, on=20)
    same = story.submit(town.ann, item(Kind.INSTAGRAM_ACCOUNT, INSTAGRAM), term=Term.till(ends_at))
    state(story, town.ann, on=10)
    assert story.card(same.request_id).version == 1, "what is until then already is not changed"
    story.decide(town.dana, waits.request_id, Approve())
    assert story.grant_of(waits.request_id).ends_at == contract(story).ends_at
    state(story, town.ann, on=300)
    assert story.grant_of(waits.request_id).ends_at < contract(story).ends_at


@pytest.mark.covers("P11", "G2")
def test_a_draft_until_the_contract_ends_follows_it_too_and_its_sending_is_approved_anew(story, town, oda):
    give(story, town, item(Kind.PIXEL, PIXEL))
    state(story, town.ann, on=60)
    sides = {"requesting_id": BRAND, "deciding_id": AGENCY}
    offer = make.requesting(ADMIN, kind=RequestKind.INVITATION, term=until_contract_end(story), **sides)
    offered = story.do(requests.submit, offer, by=town.emil)
    story.do(requests.submit_draft, offered.draft_id, expected_version=1, by=town.dana)
    asked = story.submit(town.eva, item(Kind.PAGE, PAGE), term=until_contract_end(story))
    dated = story.submit(town.eva, ADMIN, term=Term.for_days(60))
    gone = story.submit(town.eva, item(Kind.INSTAGRAM_ACCOUNT, INSTAGRAM), term=until_contract_end(story))
    story.do(requests.drop_draft, gone.draft_id, expected_version=1, by=town.eva)
    new = make.requesting(item(Kind.PAGE, words="Theirs"), deciding_id=OTHER, term=until_contract_end(story))
    elsewhere = story.do(requests.submit, new, by=town.eva)

    def seen(draft):
        view = story.read(requests.draft_card, draft.draft_id)
        return view.request.term, view.version, view.approved_by

    assert seen(offered)[1:] == (2, ("Dana",))
    for _ in ("stated", "stated again"):
        state(story, town.dana, own=BRAND, other=AGENCY, on=10)
        assert seen(offered) == (until_contract_end(story), 3, ())
        assert seen(asked) == (until_contract_end(story), 2, ())
        assert [seen(one)[1] for one in (dated, gone, elsewhere)] == [1, 2, 1]
    changed = story.rows(tables.Event, kind=EventKind.DRAFT_CHANGED)
    assert [json.loads(row.actor)["role"] for row in changed] == [Role.ADMIN] * 2, "as one of the brand's"
    ends_at = contract(story).ends_at
    state(story, town.dana, own=BRAND, other=AGENCY, on=20)
    same = story.submit(town.eva, item(Kind.PIXEL, words="A second"), term=Term.till(ends_at))
    state(story, town.dana, own=BRAND, other=AGENCY, on=10)
    assert seen(same)[1] == 1, "what is until then already is not changed"
