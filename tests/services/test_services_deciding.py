"""What a yes, a no, a cancel, an undo and the clock leave behind: each said whole, and nothing besides."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path

import make
import pytest
from make import ACCOUNT, AGENCY, BRAND, EPOCH, PAGE, insert_row, item, write
from store_changes import changes
from story import StandingClock, Story

from bot.clock import PushedClock
from bot.domain.assets import Kind
from bot.domain.events import Subject, SubjectKind
from bot.domain.grants import GrantState
from bot.domain.kinds import RequestKind
from bot.domain.messages import Audience
from bot.domain.policy import Actor, DenialReason, Role, Source, Status
from bot.domain.requests import Approve, Decline, ErrorCode, FieldError, RequestState, Term
from bot.errors import AlreadyDecided
from bot.services import grants, requests, settings
from bot.services.context import act
from bot.services.grants import lifecycle
from bot.services.requests import moves
from bot.services.results import Denied, Invalid, Moved, Sent, Undone
from bot.store import tables
from bot.store.database import Database
from bot.store.tables import CardState, EffectState, NodeKind

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
TICK = timedelta(microseconds=1)
ADMIN = item(Kind.AD_ACCOUNT, ACCOUNT, level="Admin")
WATCHED = (
    tables.Request,
    tables.Item,
    tables.Decision,
    tables.Opened,
    tables.Nudge,
    tables.Grant,
    tables.Assignment,
    tables.Card,
    tables.Effect,
    tables.Event,
    tables.EventText,
)


@pytest.fixture
def clock() -> PushedClock:
    return StandingClock(start=EPOCH)


@pytest.fixture(scope="module")
def built(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory):
    """The town, built once: each test gets a copy of it."""
    path = tmp_path_factory.mktemp("town") / "store.db"
    shutil.copy(sqlite_template, path)
    with Database.open(f"sqlite:///{path}", clock=StandingClock(start=EPOCH)) as database:
        town = make.town(database)
    return path, town


@pytest.fixture
def database(built, tmp_path: Path):
    """One store is enough: what is told here in whole is told on both of them in the other files.

    Its own clock is another, so that the time a verb is given cannot be mistaken for it.
    """
    shutil.copy(built[0], tmp_path / "store.db")
    with Database.open(f"sqlite:///{tmp_path / 'store.db'}", clock=PushedClock()) as opened:
        yield opened


@pytest.fixture
def town(built):
    return built[1]


@pytest.fixture
def sent(story: Story, town):
    """A request whose makers and deciders have all looked at their homes, and who were nudged once."""
    for who in (town.ann, town.dana):
        story.open_home(who)
    sent = story.ask(
        town.ann,
        item(Kind.AD_ACCOUNT, ACCOUNT, level="General user"),
        item(Kind.PAGE, PAGE),
        people=(town.eva.id,),
    )
    nudge(story, sent.request_id, town.dana)
    another = story.ask(town.ann, item(Kind.PIXEL, make.PIXEL))
    nudge(story, another.request_id, town.dana)
    said(story)
    story.clock.push(MINUTE)
    return sent


def said(story):
    """All that was to be said is said: a home that waits to be published is not put twice."""
    story.set(tables.Effect, {"state": EffectState.WAITING}, state=EffectState.DONE)


def nudge(story, request_id, who):
    row = {
        "request_id": request_id,
        "person_id": who.id,
        "due_at": EPOCH + DAY,
        "quiet_until": None,
        "sent": 0,
    }
    write(story.database, insert_row, tables.Nudge, **row)


def run(story, verb, *args, by=None, **kwargs):
    if by is not None:
        kwargs["by"] = by if isinstance(by, Actor) else by.by()
    return changes(story.database, verb, *args, now=story.clock.now(), watch=WATCHED, **kwargs)


def decide(story, sent, who, verdict, *, expected_version=1):
    return run(
        story,
        act,
        requests.decide,
        sent.request_id,
        by=who,
        verdict=verdict,
        expected_version=expected_version,
    )


def events(did):
    """The events that were put, whole but for the chain."""
    return [
        {**row, "actor": json.loads(row["actor"]), "data": json.loads(row["data"])}
        for _, row in sorted(did.of(tables.Event).items())
        if [row.pop(name) for name in ("seq", "prev", "hash", "text_hash")]
    ]


def person(who, role: Role | None = Role.ADMIN):
    """Somebody, as the journal keeps them."""
    return {
        "kind": "person",
        "team": who.team,
        "user": who.user,
        "enterprise": None,
        "person": who.id,
        "role": role,
    }


def event(story, kind, subject_id, *, by, subject_kind="request", source=Source.BUTTON, **more):
    return {
        "at": story.clock.now(),
        "kind": kind,
        "subject_kind": subject_kind,
        "subject_id": subject_id,
        "business_id": AGENCY,
        "counterpart_id": BRAND,
        "from_state": None,
        "to_state": None,
        "version": None,
        "actor": by,
        "source": source,
        "inbox_key": None,
        "policy_version": 1,
        "data": {},
        **more,
    }


def effects(story, did):
    """What is to happen outside: what, where to, which version, about what. All of it is put now."""
    cards = {row.id: row for row in story.rows(tables.Card)}
    found = []
    for row in did.put(tables.Effect, "kind", "card_id", "subject_id", "version", "about", "put_at"):
        kind, card_id, subject_id, version, about, put_at = row
        assert put_at == story.clock.now()
        where = cards[card_id].audience if card_id else subject_id
        found.append((str(kind), str(where), version, about))
    return sorted(found)


def homes(*who):
    return [("PUBLISH_HOME", one.user, 0, "") for one in who]


def updates(version, *audiences):
    return [("UPDATE_CARD", audience, version, "") for audience in audiences]


def notices(version, about, *audiences):
    return [("POST_NOTICE", audience, version, about) for audience in audiences]


def typed(did):
    return [text for (text,) in did.put(tables.EventText, "text")]


# --- a yes ----------------------------------------------------------------------------------------


def test_a_yes_that_is_enough_is_all_of_this_and_nothing_else(story, town, sent):
    given = {0: frozenset({"ANALYZE"}), 1: frozenset()}
    did = decide(story, sent, town.dana, Approve(given=given, term=Term.for_days(7), note="Fine"))
    now, id_ = story.clock.now(), sent.request_id
    assert did.answer == Moved(
        request_id=id_,
        ref=sent.ref,
        kind=RequestKind.ACCESS,
        state=RequestState.APPROVED,
        version=2,
        approvals=1,
        required_approvals=1,
    )
    assert did.woke
    assert did.of(tables.Request) == {
        (id_,): {
            "state": RequestState.APPROVED,
            "version": 2,
            "over_at": now,
            "over_by": town.dana.id,
            "note": "Fine",
            "given_kind": "DAYS",
            "given_days": 7,
            "approvals": 1,
            "nudge_at": None,
            "warn_at": None,
            "undo_until": now + 10 * MINUTE,
        }
    }
    assert did.of(tables.Item) == {
        (id_, 0): {"given": "ANALYZE", "is_open": False},
        (id_, 1): {"given": "", "is_open": False},
    }
    decision = {
        "request_id": id_,
        "round": 1,
        "person_id": town.dana.id,
        "approves": True,
        "expected_version": 1,
        "note": "Fine",
    }
    assert did.of(tables.Decision) == {(id_, 1, town.dana.id): {**decision, "at": now}}
    assert did.of(tables.Nudge) == {(id_, town.dana.id): {"due_at": None}}
    ((grant_id,),) = did.of(tables.Grant)
    assert [row.kind for row in story.rows(tables.Node, id=grant_id)] == [NodeKind.GRANT]
    assert did.of(tables.Grant)[grant_id,] == {
        "id": grant_id,
        "request_id": id_,
        "position": 0,
        "asset_id": ACCOUNT,
        "holder_id": AGENCY,
        "owner_id": BRAND,
        "tasks": "ANALYZE",
        "capability": None,
        "state": "ACTIVE",
        "version": 2,
        "starts_at": now,
        "ends_at": now + 7 * DAY,
        "ended_at": None,
        "end_reason": None,
        "ended_by": None,
        "end_note": "",
        "warn_at": now + 6 * DAY,
        "may_end": False,
    }
    assigned = {"asset_id": ACCOUNT, "business_id": AGENCY, "person_id": town.eva.id, "tasks": "ANALYZE"}
    assert list(did.of(tables.Assignment).values()) == [{**assigned, "since": now}]
    by = person(town.dana)
    data = {
        "ref": sent.ref,
        "round": 1,
        "approvals": 1,
        "required_approvals": 1,
        "given": {"0": "ANALYZE", "1": ""},
    }
    states = {"from_state": "PENDING", "to_state": "APPROVED"}
    moved = {"from_state": "PENDING", "to_state": "ACTIVE", "business_id": BRAND, "counterpart_id": AGENCY}
    rests = {"request": id_, "asset": ACCOUNT, "tasks": "ANALYZE", "reason": None}
    assert events(did) == [
        event(story, "request.approved", id_, by=by, version=2, data=data, **states),
        event(story, "grant.active", grant_id, by=by, subject_kind="grant", version=2, data=rests, **moved),
    ]
    assert typed(did) == ["Fine"]
    assert effects(story, did) == sorted(
        [
            *updates(2, "APPROVERS", "REQUESTER"),
            *notices(2, "approved", "REQUESTER"),
            *homes(town.ann, town.dana),
        ]
    )
    assert did.of(tables.Opened) == did.of(tables.Card) == {}


def test_a_yes_that_is_not_enough_fixes_what_is_given_and_keeps_the_request_open(story, town, sent):
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=2)
    until = story.clock.now() + 5 * DAY
    did = decide(story, sent, town.dana, Approve(term=Term.till(until)))
    id_ = sent.request_id
    assert did.answer == Moved(
        request_id=id_,
        ref=sent.ref,
        kind=RequestKind.ACCESS,
        state=RequestState.IN_REVIEW,
        version=2,
        approvals=1,
        required_approvals=2,
    )
    fixed = {"given_kind": "UNTIL", "given_until": until, "approvals": 1, "required_approvals": 2}
    assert did.of(tables.Request) == {(id_,): {"state": RequestState.IN_REVIEW, "version": 2, **fixed}}
    assert did.of(tables.Item) == {(id_, 0): {"given": "ADVERTISE,ANALYZE"}, (id_, 1): {"given": "ANALYZE"}}
    assert did.rows.keys() == {"request", "item", "decision", "effect", "event"}
    data = {
        "ref": sent.ref,
        "round": 1,
        "approvals": 1,
        "required_approvals": 2,
        "given": {"0": "ADVERTISE,ANALYZE", "1": "ANALYZE"},
    }
    states = {"from_state": "PENDING", "to_state": "IN_REVIEW"}
    assert events(did) == [
        event(story, "request.in_review", id_, by=person(town.dana), version=2, data=data, **states)
    ]
    assert effects(story, did) == sorted(
        [
            *updates(2, "APPROVERS", "REQUESTER"),
            *notices(2, "in_review", "APPROVERS"),
            *homes(town.ann, town.dana),
        ]
    )

    story.clock.push(DAY)
    did = decide(story, sent, town.dov, Approve(), expected_version=2)
    assert did.answer.approvals == 2
    assert {row["ends_at"] for row in did.of(tables.Grant).values()} == {until}
    assert {row["given"] for row in did.of(tables.Item).values() if "given" in row} == set()


def test_without_an_end_there_is_no_warning_and_without_a_window_no_undo(story, town):
    story.set(tables.BusinessRow, {"id": BRAND}, undo_minutes=0)
    sent = story.ask(town.ann, term=Term.without_end())
    did = decide(story, sent, town.dana, Approve())
    (row,) = did.of(tables.Grant).values()
    assert (row["ends_at"], row["warn_at"]) == (None, None)
    assert "undo_until" not in did.of(tables.Request)[sent.request_id,]
    assert did.of(tables.Request)[sent.request_id,]["given_kind"] == "OPEN_END"


def test_a_yes_counts_those_of_its_round_who_can_still_decide(story, town, sent):
    dia = make.someone(story.database, 7, name="Dia", team=make.BRAND_TEAM, roles={BRAND: Role.ADMIN})
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=3)
    decide(story, sent, town.dana, Approve())
    did = decide(story, sent, town.dov, Approve(term=Term.for_days(30)), expected_version=2)
    assert (did.answer.approvals, did.answer.required_approvals) == (2, 3), (
        "the term that holds already is no new one"
    )
    assert did.of(tables.Decision).keys() == {(sent.request_id, 1, town.dov.id)}
    did = decide(story, sent, dia, Approve(term=Term.for_days(29)), expected_version=3)
    assert (did.answer.approvals, did.answer.state) == (1, RequestState.IN_REVIEW)
    assert did.of(tables.Request)[sent.request_id,] == {
        "version": 4,
        "round": 2,
        "given_days": 29,
        "approvals": 1,
    }
    assert did.of(tables.Decision).keys() == {(sent.request_id, 2, dia.id)}
    assert events(did)[0]["data"]["round"] == 2
    make.member(story.database, town.dov.id, of=AGENCY, role=Role.EMPLOYEE)
    did = decide(story, sent, town.dana, Approve(), expected_version=4)
    assert (did.answer.approvals, did.answer.state) == (2, RequestState.IN_REVIEW)


def test_the_yes_of_who_came_to_sit_on_both_sides_no_longer_counts(story, town, sent):
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=2)
    decide(story, sent, town.dana, Approve())
    make.member(story.database, town.dana.id, of=AGENCY, role=Role.EMPLOYEE)
    did = decide(story, sent, town.dov, Approve(), expected_version=2)
    assert (did.answer.approvals, did.answer.state) == (1, RequestState.IN_REVIEW)


def test_a_first_yes_starts_no_new_round_however_narrow_it_is(story, town, sent):
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=2)
    did = decide(story, sent, town.dana, Approve(given={1: frozenset()}, term=Term.for_days(1)))
    assert did.of(tables.Decision).keys() == {(sent.request_id, 1, town.dana.id)}
    assert "round" not in did.of(tables.Request)[sent.request_id,]


def test_who_left_since_it_was_asked_gets_nothing_and_the_others_get_it(story, town):
    sent = story.ask(town.ann, people=(town.abe.id, town.eva.id))
    run(story, act, settings.remove_member, AGENCY, town.abe.id, by=town.ann)
    did = decide(story, sent, town.dana, Approve())
    assert did.of(tables.Assignment).keys() == {(ACCOUNT, AGENCY, town.eva.id)}


def test_more_people_who_hold_it_already_may_do_what_is_added_too(story, town):
    first = story.ask(town.ann, item(Kind.AD_ACCOUNT, ACCOUNT, level="Reporting only"), people=(town.eva.id,))
    decide(story, first, town.dana, Approve())
    more = story.ask(town.ann, people=(town.eva.id, town.abe.id))
    given = {0: frozenset({"ADVERTISE"})}
    did = decide(story, more, town.dana, Approve(given=given))
    assert {key[2]: row["tasks"] for key, row in did.of(tables.Assignment).items()} == {
        town.eva.id: "ADVERTISE,ANALYZE",
        town.abe.id: "ADVERTISE",
    }


# --- a yes that cannot be -------------------------------------------------------------------------


def denied(story, did, sent, by, *, verb="decide", business=BRAND, field="", role=Role.ADMIN):
    """See that a refusal is an event and nothing else."""
    assert did.rows.keys() == {"event"}
    data = {"verb": verb, "reason": did.answer.reason, "field": field}
    about = sent if isinstance(sent, str) else sent.request_id
    sides = {"business_id": business, "counterpart_id": None, "policy_version": 1 if business else None}
    assert events(did) == [event(story, "denied", about, by=person(by, role), data=data, **sides)]
    return did.answer


@pytest.mark.parametrize(
    ("verdict", "reason", "field", "tasks"),
    [
        (Approve(given={2: frozenset()}), DenialReason.WIDER, "items", ()),
        (Approve(bound={2: PAGE}), DenialReason.WIDER, "items", ()),
        (Approve(given={1: frozenset({"MANAGE"})}), DenialReason.WIDER, "items.1", ("ANALYZE",)),
        (Approve(bound={1: ACCOUNT}), DenialReason.WIDER, "items.1", ()),
        (Approve(given={0: frozenset(), 1: frozenset()}), DenialReason.NOTHING_GIVEN, "items", ()),
        (Approve(term=Term.for_days(31)), DenialReason.WIDER, "term", ()),
        (Approve(term=Term.without_end()), DenialReason.WIDER, "term", ()),
    ],
)
def test_what_cannot_be_given_is_said_at_its_field(story, town, sent, *, verdict, reason, field, tasks):
    did = decide(story, sent, town.dana, verdict)
    assert denied(story, did, sent, town.dana, field=field) == Denied(
        reason=reason,
        about=Subject(SubjectKind.REQUEST, sent.request_id),
        ref=sent.ref,
        field=field,
        tasks=frozenset(tasks),
    )


@pytest.mark.parametrize(
    ("verdict", "field_error"),
    [
        (Approve(term=Term.for_days(0)), FieldError(field="term", code=ErrorCode.DAYS, got="0")),
        (Approve(term=Term.till(EPOCH)), FieldError(field="term", code=ErrorCode.DATE_PAST, got=str(EPOCH))),
        (Approve(note="x" * 501), FieldError(field="note", code=ErrorCode.TOO_LONG, got="501")),
        (Decline(note="x" * 501), FieldError(field="note", code=ErrorCode.TOO_LONG, got="501")),
    ],
)
def test_what_cannot_stand_as_it_was_typed_changes_nothing_at_all(story, town, sent, verdict, field_error):
    did = decide(story, sent, town.dana, verdict)
    assert (did.answer, did.rows) == (Invalid(field_errors=(field_error,)), {})


@pytest.mark.parametrize("verdict", [Approve(note="x" * 500), Decline(note="x" * 500)])
def test_the_longest_note_may_stand(story, town, sent, verdict):
    assert typed(decide(story, sent, town.dana, verdict)) == ["x" * 500]


def test_an_asset_that_is_its_owners_no_more_is_named(story, town, sent):
    story.set(tables.Asset, {"id": PAGE}, owner_id=AGENCY)
    moved = denied(story, decide(story, sent, town.dana, Approve()), sent, town.dana, field="items.1")
    assert (moved.reason, moved.name) == (DenialReason.ASSET_MOVED, "Acme Page")
    assert (moved.about, moved.ref) == (Subject(SubjectKind.REQUEST, sent.request_id), sent.ref)
    story.set(tables.Asset, {"id": PAGE}, owner_id=None)
    moved = decide(story, sent, town.dana, Approve()).answer
    assert (moved.reason, moved.name) == (DenialReason.ASSET_MOVED, "Acme Page")
    given = {1: frozenset()}
    assert decide(story, sent, town.dana, Approve(given=given)).answer.state is RequestState.APPROVED


def test_a_partner_that_is_not_active_is_named(story, town, sent):
    story.set(tables.BusinessRow, {"id": AGENCY}, status=Status.RESTRICTED)
    did = decide(story, sent, town.dana, Approve())
    assert denied(story, did, sent, town.dana) == Denied(
        reason=DenialReason.PARTNER_INACTIVE,
        about=Subject(SubjectKind.REQUEST, sent.request_id),
        ref=sent.ref,
        name="Northwind",
    )


def test_what_was_only_described_is_bound_to_what_could_be_asked_for(story, town):
    described = (item(Kind.PAGE, words="the page"), item(Kind.PAGE, words="the other one"))
    sent = story.ask(town.ann, *described)
    make.asset(story.database, "500000002", kind=Kind.PAGE, name="Second", owner=BRAND)

    def field(bound, **more):
        answer = decide(story, sent, town.dana, Approve(bound=bound, **more)).answer
        if isinstance(answer, Invalid):
            return answer.field_errors
        return answer.reason, answer.field, answer.name

    unbound = denied(
        story, decide(story, sent, town.dana, Approve(bound={0: PAGE})), sent, town.dana, field="items.1"
    )
    assert unbound == Denied(
        reason=DenialReason.UNBOUND,
        about=Subject(SubjectKind.REQUEST, sent.request_id),
        ref=sent.ref,
        field="items.1",
    )
    assert field({0: PAGE, 1: ACCOUNT}) == (DenialReason.UNKNOWN_ASSET, "items.1", ACCOUNT)
    assert field({0: PAGE, 1: PAGE}) == (
        FieldError(field="items", code=ErrorCode.SAME_ASSET_TWICE, got=PAGE),
    )
    other = story.ask(town.ann, item(Kind.PAGE, "500000002"))
    did = decide(story, sent, town.dana, Approve(bound={0: PAGE, 1: "500000002"}))
    taken = denied(story, did, sent, town.dana, field="items.1")
    assert (taken.reason, taken.name, taken.ref) == (DenialReason.OPEN_ALREADY, "Second", other.ref)
    decide(story, other, town.dana, Approve())
    assert field({0: PAGE, 1: "500000002"}) == (DenialReason.GRANTED_ALREADY, "items.1", "Second")
    assert field({}, given={0: frozenset(), 1: frozenset()}) == (DenialReason.NOTHING_GIVEN, "items", "")
    bound = {0: PAGE, 1: "500000002"}
    did = decide(story, sent, town.dana, Approve(bound=bound, given={1: frozenset()}))
    assert did.of(tables.Item)[sent.request_id, 0]["asset_id"] == PAGE
    assert "asset_id" not in did.of(tables.Item)[sent.request_id, 1]
    assert [row["asset_id"] for row in did.of(tables.Grant).values()] == [PAGE]


def test_the_asset_that_two_described_items_are_bound_to_is_named(story, town):
    sent = story.ask(town.ann, *(item(Kind.PAGE, words=words) for words in ("one", "two", "three")))
    make.asset(story.database, "500000002", kind=Kind.PAGE, name="Second", owner=BRAND)
    did = decide(story, sent, town.dana, Approve(bound={0: "500000002", 1: PAGE, 2: PAGE}))
    assert did.answer.field_errors == (FieldError(field="items", code=ErrorCode.SAME_ASSET_TWICE, got=PAGE),)


def test_a_described_item_beside_a_named_one_is_bound_by_its_place(story, town):
    sent = story.ask(town.ann, item(Kind.AD_ACCOUNT, ACCOUNT), item(Kind.PAGE, words="the page"))
    did = decide(story, sent, town.dana, Approve(bound={1: PAGE}))
    assert sorted(row["asset_id"] for row in did.of(tables.Grant).values()) == [PAGE, ACCOUNT]


def test_what_the_first_yes_bound_is_what_a_plain_second_yes_gives(story, town):
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=2)
    sent = story.ask(town.ann, item(Kind.PAGE, words="the page"))
    decide(story, sent, town.dana, Approve(bound={0: PAGE}))
    did = decide(story, sent, town.dov, Approve(), expected_version=2)
    assert [row["asset_id"] for row in did.of(tables.Grant).values()] == [PAGE]


# --- who may not ----------------------------------------------------------------------------------


def denials(story, town, sent):
    return {
        "over": (
            DenialReason.ALREADY_OVER,
            RequestState.DECLINED,
            "Dov",
            lambda: story.decide(town.dov, sent.request_id, Decline()),
        ),
        "changed": (
            DenialReason.CHANGED,
            RequestState.IN_REVIEW,
            None,
            lambda: (
                story.set(tables.BusinessRow, {"id": BRAND}, quorum=2),
                story.decide(town.dov, sent.request_id, Approve()),
            ),
        ),
        "expired": (DenialReason.EXPIRED, RequestState.PENDING, None, lambda: story.clock.push(14 * DAY)),
        "swept": (
            DenialReason.EXPIRED,
            RequestState.EXPIRED,
            None,
            lambda: (story.clock.push(14 * DAY), story.sweep()),
        ),
    }


@pytest.mark.parametrize("case", ["over", "changed", "expired", "swept"])
def test_a_decider_who_comes_too_late_is_told_what_became_of_it(story, town, sent, case):
    reason, state, by, happens = denials(story, town, sent)[case]
    happens()
    row = story.rows(tables.Request, id=sent.request_id)[0]
    asked = run(story, act, requests.may_decide_now, sent.request_id, by=town.dana, expected_version=1)
    told = Denied(
        reason=reason,
        about=Subject(SubjectKind.REQUEST, sent.request_id),
        ref=sent.ref,
        state=state,
        by=by,
        at=row.over_at or row.expires_at,
    )
    assert denied(story, asked, sent, town.dana, verb="may_decide_now") == told
    assert denied(story, decide(story, sent, town.dana, Approve()), sent, town.dana) == told


def test_who_said_yes_already_is_told_so(story, town, sent):
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=2)
    decide(story, sent, town.dana, Approve())
    did = decide(story, sent, town.dana, Approve(), expected_version=2)
    again = denied(story, did, sent, town.dana)
    assert (again.reason, again.state, again.by) == (
        DenialReason.APPROVED_ALREADY,
        RequestState.IN_REVIEW,
        None,
    )
    assert again.at == EPOCH + 14 * DAY


def test_who_is_of_the_business_but_may_not_decide_learns_which_request_and_no_more(story, town, sent):
    for verb, more in ((requests.decide, {"verdict": Approve()}), (requests.may_decide_now, {})):
        did = run(story, act, verb, sent.request_id, by=town.emil, expected_version=1, **more)
        assert denied(story, did, sent, town.emil, verb=verb.__name__, role=Role.EMPLOYEE) == Denied(
            reason=DenialReason.NOT_ADMIN, about=Subject(SubjectKind.REQUEST, sent.request_id), ref=sent.ref
        )


def test_who_is_of_neither_learns_nothing(story, town, sent):
    for verb, more in ((requests.decide, {"verdict": Approve()}), (requests.may_decide_now, {})):
        did = run(story, act, verb, sent.request_id, by=town.ann, expected_version=1, **more)
        outsider = denied(story, did, sent, town.ann, verb=verb.__name__, role=None)
        assert outsider == Denied(reason=DenialReason.NOT_MEMBER)
        did = run(story, act, verb, "nosuch", by=town.dana, expected_version=1, **more)
        unknown = denied(story, did, "nosuch", town.dana, verb=verb.__name__, business=None, role=None)
        assert unknown == Denied(reason=DenialReason.UNKNOWN_REQUEST)


def test_who_may_decide_now_is_told_nothing_and_nothing_is_kept(story, town, sent):
    did = run(story, act, requests.may_decide_now, sent.request_id, by=town.dana, expected_version=1)
    assert (did.answer, did.rows) == (None, {})


# --- a no -----------------------------------------------------------------------------------------


def over(story, state, *, by, note=""):
    changed = {"state": state, "version": 2, "over_at": story.clock.now(), "nudge_at": None, "warn_at": None}
    return {**changed, **({"over_by": by.id} if by else {}), **({"note": note} if note else {})}


def closed(sent):
    return {(sent.request_id, at): {"is_open": False} for at in (0, 1)}


def moved(story, sent, kind, *, by, source=Source.BUTTON):
    states = {"from_state": "PENDING", "to_state": kind.upper()}
    data = {"ref": sent.ref, "round": 1, "approvals": 0, "required_approvals": 1}
    return [
        event(story, f"request.{kind}", sent.request_id, by=by, source=source, version=2, data=data, **states)
    ]


def test_a_no_is_all_of_this_and_nothing_else(story, town, sent):
    did = decide(story, sent, town.dana, Decline(note="Not now"))
    id_ = sent.request_id
    assert did.answer == Moved(
        request_id=id_,
        ref=sent.ref,
        kind=RequestKind.ACCESS,
        state=RequestState.DECLINED,
        version=2,
        approvals=0,
        required_approvals=1,
    )
    assert did.of(tables.Request) == {
        (id_,): over(story, RequestState.DECLINED, by=town.dana, note="Not now")
    }
    assert did.of(tables.Item) == closed(sent)
    decision = {
        "request_id": id_,
        "round": 1,
        "person_id": town.dana.id,
        "approves": False,
        "expected_version": 1,
        "note": "Not now",
    }
    assert did.of(tables.Decision) == {(id_, 1, town.dana.id): {**decision, "at": story.clock.now()}}
    assert did.of(tables.Nudge) == {(id_, town.dana.id): {"due_at": None}}
    assert did.rows.keys() == {"request", "item", "decision", "nudge", "effect", "event", "event_text"}
    assert events(did) == moved(story, sent, "declined", by=person(town.dana))
    assert typed(did) == ["Not now"]
    assert effects(story, did) == sorted(
        [
            *updates(2, "APPROVERS", "REQUESTER"),
            *notices(2, "declined", "REQUESTER"),
            *homes(town.ann, town.dana),
        ]
    )


def test_a_no_after_ones_own_yes_is_kept_beside_it_and_the_count_stands(story, town, sent):
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=2)
    decide(story, sent, town.dana, Approve())
    did = decide(story, sent, town.dana, Decline(), expected_version=2)
    assert did.of(tables.Decision).keys() == {(sent.request_id, 2, town.dana.id)}
    assert (did.answer.approvals, did.answer.required_approvals) == (1, 2)
    kept = {"round", "given_kind", "given_days", "approvals", "required_approvals"}
    assert not kept & did.of(tables.Request)[sent.request_id,].keys()
    assert typed(did) == []


def test_a_no_after_somebody_elses_yes_is_of_the_same_round(story, town, sent):
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=2)
    decide(story, sent, town.dov, Approve())
    did = decide(story, sent, town.dana, Decline(), expected_version=2)
    assert did.of(tables.Decision).keys() == {(sent.request_id, 1, town.dana.id)}


# --- taken back, and too late ---------------------------------------------------------------------


def test_what_its_asker_takes_back_is_all_of_this_and_nothing_else(story, town, sent):
    did = run(story, act, requests.cancel, sent.request_id, by=town.ann, note="Moved")
    id_ = sent.request_id
    assert did.answer == Moved(
        request_id=id_,
        ref=sent.ref,
        kind=RequestKind.ACCESS,
        state=RequestState.CANCELLED,
        version=2,
        approvals=0,
        required_approvals=1,
    )
    assert did.of(tables.Request) == {(id_,): over(story, RequestState.CANCELLED, by=town.ann, note="Moved")}
    assert did.of(tables.Item) == closed(sent)
    assert did.rows.keys() == {"request", "item", "nudge", "effect", "event", "event_text"}
    assert events(did) == moved(story, sent, "cancelled", by=person(town.ann))
    assert typed(did) == ["Moved"]
    told = [*updates(2, "APPROVERS", "REQUESTER"), *homes(town.ann, town.dana)]
    assert effects(story, did) == sorted(told), "who did it is not told of it"


def test_who_asked_is_told_when_a_colleague_takes_it_back_and_who_prepared_it_always(story, town):
    def draft():
        saved = story.ask(town.eva)
        return run(story, act, requests.submit_draft, saved.draft_id, by=town.ann, expected_version=1).answer

    sent = draft()
    did = run(story, act, requests.cancel, sent.request_id, by=town.abe)
    assert typed(did) == []
    assert [one for one in effects(story, did) if one[0] == "POST_NOTICE"] == sorted(
        notices(2, "cancelled", "REQUESTER", "AUTHOR")
    )
    another = draft()
    did = run(story, act, requests.cancel, another.request_id, by=town.ann)
    assert [one for one in effects(story, did) if one[0] == "POST_NOTICE"] == notices(
        2, "cancelled", "AUTHOR"
    )


def test_who_prepared_it_is_told_that_it_was_undone(story, town):
    saved = story.ask(town.eva)
    sent = run(story, act, requests.submit_draft, saved.draft_id, by=town.ann, expected_version=1).answer
    decide(story, sent, town.dana, Approve())
    did = run(story, act, requests.undo, sent.request_id, by=town.dana)
    told = notices(3, "undone", "APPROVERS", "AUTHOR", "REQUESTER")
    assert [one for one in effects(story, did) if one[3] == "undone"] == told


def test_what_cannot_be_taken_back_is_refused_with_why(story, town, sent):
    did = run(story, act, requests.cancel, sent.request_id, by=town.dana)
    nothing = denied(story, did, sent, town.dana, verb="cancel", business=None, role=None)
    assert nothing == Denied(reason=DenialReason.NOT_MEMBER)
    did = run(story, act, requests.cancel, "nosuch", by=town.ann)
    unknown = denied(story, did, "nosuch", town.ann, verb="cancel", business=None, role=None)
    assert unknown == Denied(reason=DenialReason.UNKNOWN_REQUEST)
    did = run(story, act, requests.cancel, sent.request_id, by=town.ann, note="x" * 501)
    field_error = FieldError(field="note", code=ErrorCode.TOO_LONG, got="501")
    assert (did.answer, did.rows) == (Invalid(field_errors=(field_error,)), {})
    assert isinstance(
        run(story, act, requests.cancel, sent.request_id, by=town.abe, note="x" * 500).answer, Moved
    )
    did = run(story, act, requests.cancel, sent.request_id, by=town.ann)
    assert denied(story, did, sent, town.ann, verb="cancel", business=AGENCY) == Denied(
        reason=DenialReason.ALREADY_OVER,
        about=Subject(SubjectKind.REQUEST, sent.request_id),
        ref=sent.ref,
        state=RequestState.CANCELLED,
        by="Abe",
        at=story.clock.now(),
    )


def test_what_nobody_decided_in_time_is_all_of_this_and_nothing_else(story, town, sent):
    story.clock.push(14 * DAY - MINUTE - TICK)
    assert run(story, act, requests.expire_due).answer == 0
    story.clock.push(TICK)
    story.set(tables.Request, {"ref": sent.ref}, expires_at=EPOCH + 14 * DAY - TICK)
    did = run(story, act, requests.expire_due, limit=1)
    id_ = sent.request_id
    assert did.answer == 1
    assert did.of(tables.Request) == {(id_,): over(story, RequestState.EXPIRED, by=None)}
    assert did.of(tables.Item) == closed(sent)
    assert did.rows.keys() == {"request", "item", "nudge", "effect", "event"}
    assert events(did) == moved(story, sent, "expired", by={"kind": "clock"}, source=Source.CLOCK)
    assert effects(story, did) == sorted(
        [
            *updates(2, "APPROVERS", "REQUESTER"),
            *notices(2, "expired", "REQUESTER"),
            *homes(town.ann, town.dana),
        ]
    )
    assert run(story, act, requests.expire_due).answer == 1, "the other one, at its very moment"


def test_the_longest_overdue_expire_first_also_those_that_have_a_yes(story, town):
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=2)
    first = story.ask(town.ann)
    second = story.ask(town.ann, item(Kind.PAGE, PAGE))
    third = story.ask(town.ann, item(Kind.PIXEL, make.PIXEL))
    story.decide(town.dana, third.request_id, Approve())
    for one, ago in ((first, 1), (second, 3), (third, 2)):
        story.set(tables.Request, {"id": one.request_id}, expires_at=EPOCH - ago * DAY)
    did = run(story, act, requests.expire_due, limit=2)
    assert did.of(tables.Request).keys() == {(second.request_id,), (third.request_id,)}
    assert did.answer == 2


def test_the_card_of_the_grant_that_would_be_extended_follows_its_request(story, town):
    given = story.ask(town.ann)
    story.decide(town.dana, given.request_id, Approve())
    grant = story.grant_of(given.request_id)
    story.wait(days=24)
    assert story.cards_for(Audience.ENDING, grant.id)
    longer = story.extend(town.ann, grant.id)
    did = decide(story, longer, town.dana, Decline())
    assert [one for one in effects(story, did) if one[:2] == ("UPDATE_CARD", "ENDING")] == updates(
        2, "ENDING"
    )


def test_who_moved_it_a_moment_earlier_wins(story, town, sent):
    row = story.rows(tables.Request, id=sent.request_id)[0]
    for stale in ({"version": 2}, {"state": RequestState.IN_REVIEW}, {"id": "other"}):
        with pytest.raises(AlreadyDecided, match=sent.ref):
            run(story, act, moves.move, row._replace(**stale), RequestState.EXPIRED)
    assert story.card(sent.request_id).state is RequestState.PENDING


# --- undone ---------------------------------------------------------------------------------------


@pytest.fixture
def given(story, town, sent):
    """The request, approved a moment ago; and another that was too, whose access goes on."""
    decide(story, sent, town.dana, Approve())
    another = story.ask(town.ann, ADMIN, people=(town.eva.id,))
    decide(story, another, town.dana, Approve(given={0: frozenset({"ANALYZE"})}))
    said(story)
    story.clock.push(MINUTE)
    return sent


def test_an_undone_approval_is_all_of_this_and_nothing_else(story, town, given):
    did = run(story, act, requests.undo, given.request_id, by=town.dov)
    now, id_ = story.clock.now(), given.request_id
    assert did.answer == Undone(request_id=id_, ref=given.ref, kind=RequestKind.ACCESS)
    undone = {"version": 3, "undo_until": None, "undone_at": now, "undone_by": town.dov.id}
    assert did.of(tables.Request) == {(id_,): undone}
    grants_ = {row.id: row for row in story.rows(tables.Grant, request_id=id_)}
    ended = {
        "state": "ENDED",
        "version": 4,
        "ended_at": now,
        "end_reason": "UNDONE",
        "ended_by": town.dov.id,
        "warn_at": None,
    }
    assert did.of(tables.Grant) == {(grant_id,): ended for grant_id in grants_}
    assert did.of(tables.Assignment) == {
        (ACCOUNT, AGENCY, town.eva.id): {"tasks": "ANALYZE"},
        (PAGE, AGENCY, town.eva.id): {},
    }
    assert did.rows.keys() == {"request", "grant_", "assignment", "effect", "event"}
    by = person(town.dov)
    first, *others = events(did)
    assert first == event(story, "request.undone", id_, by=by, version=3, data={"ref": given.ref})
    sides = {"subject_kind": "grant", "business_id": BRAND, "counterpart_id": AGENCY}
    assert others == [
        event(
            story,
            f"grant.{to.lower()}",
            row.id,
            by=by,
            from_state=from_,
            to_state=to,
            version=version,
            data={"request": id_, "asset": row.asset_id, "tasks": row.tasks, "reason": "UNDONE"},
            **sides,
        )
        for row in sorted(grants_.values(), key=lambda row: row.position)
        for from_, to, version in (("ACTIVE", "ENDING", 3), ("ENDING", "ENDED", 4))
    ]
    assert effects(story, did) == sorted(
        [
            *updates(3, "APPROVERS", "REQUESTER"),
            *notices(3, "undone", "APPROVERS", "REQUESTER"),
            *homes(town.ann, town.dana),
        ]
    )
    assert typed(did) == []

    did = run(story, act, requests.undo, id_, by=town.dana)
    assert denied(story, did, given, town.dana, verb="undo") == Denied(
        reason=DenialReason.UNDO_OVER,
        about=Subject(SubjectKind.REQUEST, id_),
        ref=given.ref,
        by="Dov",
        at=now,
    )


def test_what_ended_meanwhile_is_not_ended_again_by_an_undo(story, town, given):
    first, second = story.rows(tables.Grant, request_id=given.request_id)
    story.end(town.dana, first.id, business=BRAND)
    did = run(story, act, requests.undo, given.request_id, by=town.dana)
    assert did.of(tables.Grant).keys() == {(second.id,)}


def test_it_can_be_undone_until_the_window_is_over_and_not_at_its_end(story, town, given):
    story.clock.push(9 * MINUTE)
    assert (
        run(story, act, requests.undo, given.request_id, by=town.dana).answer.reason is DenialReason.UNDO_OVER
    )
    story.clock.push(-TICK)
    assert isinstance(run(story, act, requests.undo, given.request_id, by=town.dana).answer, Undone)


def test_who_may_not_undo_is_refused_with_why(story, town, given):
    for who, role in ((town.emil, None), (town.ann, None)):
        did = run(story, act, requests.undo, given.request_id, by=who)
        answer = denied(story, did, given, who, verb="undo", business=None, role=role)
        assert answer == Denied(
            reason=DenialReason.NOT_ADMIN if who is town.emil else DenialReason.NOT_MEMBER
        )
    did = run(story, act, requests.undo, "nosuch", by=town.dana)
    unknown = denied(story, did, "nosuch", town.dana, verb="undo", business=None, role=None)
    assert unknown == Denied(reason=DenialReason.UNKNOWN_REQUEST)
    make.member(story.database, town.dana.id, of=AGENCY, role=Role.EMPLOYEE)
    did = run(story, act, requests.undo, given.request_id, by=town.dana)
    assert denied(story, did, given, town.dana, verb="undo").reason is DenialReason.BOTH_SIDES
    story.clock.push(DAY)
    did = run(story, act, requests.undo, given.request_id, by=town.dana)
    assert did.answer.reason is DenialReason.BOTH_SIDES, "whether or not there was still time"
    waiting = story.ask(town.ann, ADMIN)
    did = run(story, act, requests.undo, waiting.request_id, by=town.dov)
    assert did.answer.reason is DenialReason.UNDO_OVER


def test_who_undid_it_a_moment_earlier_wins(story, town, given):
    story.clock.push(9 * MINUTE)
    did = run(story, act, requests.close_undo_due, limit=1)
    assert did.answer == 1
    (id_,) = did.of(tables.Request)
    assert did.of(tables.Request) == {id_: {"undo_until": None}}
    assert did.rows.keys() == {"request", "effect"}
    (row,) = story.rows(tables.Request, id=id_[0])
    assert effects(story, did) == sorted(updates(row.version, "APPROVERS", "REQUESTER"))
    assert run(story, act, requests.close_undo_due).answer == 1
    assert run(story, act, requests.close_undo_due).answer == 0


def test_the_windows_for_undoing_are_closed_the_oldest_first_and_not_before_their_end(story, town, given):
    story.set(tables.Request, {"id": given.request_id}, undo_until=story.clock.now() + 2 * TICK)
    assert run(story, act, requests.close_undo_due).answer == 0
    story.clock.push(9 * MINUTE)
    did = run(story, act, requests.close_undo_due, limit=1)
    assert did.of(tables.Request).keys() == {(given.request_id,)}


# --- the end --------------------------------------------------------------------------------------


def test_access_whose_end_is_reached_is_all_of_this_and_nothing_else(story, town, given):
    ours = story.rows(tables.Grant, request_id=given.request_id)
    first = ours[0]
    story.set(tables.Grant, {"id": first.id}, ends_at=first.ends_at - TICK, warn_at=first.ends_at - DAY)
    story.clock.push(first.ends_at - story.clock.now() - 2 * TICK)
    assert run(story, act, grants.end_due).rows == {}
    story.clock.push(TICK)
    did = run(story, act, grants.end_due)
    now = story.clock.now()
    ended = {"state": "ENDED", "version": 4, "ended_at": now, "end_reason": "REACHED", "warn_at": None}
    assert did.answer == 1
    assert did.of(tables.Grant) == {(first.id,): ended}
    kept = {"asset": first.asset_id, "person": town.eva.id}
    assert did.of(tables.Assignment).keys() == {(kept["asset"], AGENCY, kept["person"])}
    sides = {"subject_kind": "grant", "business_id": BRAND, "counterpart_id": AGENCY, "source": Source.CLOCK}
    data = {"request": given.request_id, "asset": first.asset_id, "tasks": first.tasks, "reason": "REACHED"}
    assert events(did) == [
        event(
            story,
            f"grant.{to.lower()}",
            first.id,
            by={"kind": "clock"},
            from_state=from_,
            to_state=to,
            version=version,
            data=data,
            **sides,
        )
        for from_, to, version in (("ACTIVE", "ENDING", 3), ("ENDING", "ENDED", 4))
    ]
    assert effects(story, did) == sorted(
        [
            *updates(2, "APPROVERS", "REQUESTER"),
            *notices(2, f"ended:{first.id}", "APPROVERS", "REQUESTER"),
            *homes(town.ann, town.dana),
        ]
    )
    assert did.rows.keys() == {"grant_", "assignment", "effect", "event"}


def test_nobody_may_do_more_because_something_ended(story, town):
    less = story.ask(town.ann, item(Kind.AD_ACCOUNT, ACCOUNT, level="Reporting only"), people=(town.eva.id,))
    decide(story, less, town.dana, Approve())
    decide(story, story.ask(town.ann), town.dana, Approve())
    story.set(tables.Grant, {"request_id": less.request_id}, ends_at=story.clock.now())
    did = run(story, act, grants.end_due)
    assert (did.answer, did.of(tables.Assignment)) == (1, {})


def test_the_word_with_which_access_is_taken_away_is_kept_once(story, town, given):
    (row, _) = story.rows(tables.Grant, request_id=given.request_id)
    did = run(story, act, grants.revoke, [row.id], business_id=BRAND, by=town.dov, note="Bye")
    assert typed(did) == ["Bye"]
    ended = did.of(tables.Grant)[row.id,]
    assert (ended["end_note"], ended["end_reason"], ended["ended_by"]) == ("Bye", "REVOKED", town.dov.id)


def test_the_longest_overdue_end_first(story, town, given):
    rows = story.rows(tables.Grant)
    for row, ago in zip(rows, (1, 3, 2), strict=True):
        story.set(tables.Grant, {"id": row.id}, ends_at=story.clock.now() - ago * TICK)
    did = run(story, act, grants.end_due, limit=2)
    assert (did.answer, did.of(tables.Grant).keys()) == (2, {(rows[1].id,), (rows[2].id,)})
    assert run(story, act, grants.end_due).answer == 1


def test_both_cards_of_a_grant_that_ends_follow_and_each_is_shown_its_own_version(story, town, given):
    (row, _) = story.rows(tables.Grant, request_id=given.request_id)
    story.set(tables.Grant, {"id": row.id}, warn_at=story.clock.now())
    story.sweep()
    assert story.cards_for(Audience.ENDING, row.id)
    story.set(tables.Grant, {"id": row.id}, ends_at=story.clock.now())
    did = run(story, act, grants.end_due)
    shown = [one for one in effects(story, did) if one[1] == "ENDING"]
    assert shown == [*updates(3, "ENDING"), *updates(4, "ENDING")]


def test_who_ended_it_a_moment_earlier_wins(story, town, given):
    (row, _) = story.rows(tables.Grant, request_id=given.request_id)
    for stale in ({"version": 3}, {"id": "other"}):
        with pytest.raises(AlreadyDecided, match="no longer ACTIVE"):
            run(story, act, lifecycle.move, row._replace(**stale), GrantState.ENDING, acting_for=None)
    assert story.is_live(row.id)


# --- copies, and looking --------------------------------------------------------------------------


def adopt(story, sent, who, **where):
    message = {"team_id": make.BRAND_TEAM, "channel_id": "CCOPY", "ts": "7.1", **where}
    return run(
        story, act, requests.adopt_copy, sent if isinstance(sent, str) else sent.request_id, by=who, **message
    )


def test_a_copy_that_a_decider_pressed_follows_the_request_from_then_on(story, town, sent):
    did = adopt(story, sent, town.dana)
    assert did.answer is True
    columns = ("subject_id", "audience", "team_id", "user_id", "channel_id", "ts", "state")
    copy = (sent.request_id, Audience.APPROVERS, make.BRAND_TEAM, None, "CCOPY", "7.1", CardState.POSTED)
    assert did.put(tables.Card, *columns) == [copy]
    assert effects(story, did) == sorted(updates(1, "APPROVERS", "APPROVERS", "REQUESTER"))
    assert did.rows.keys() == {"card", "effect"}
    again = adopt(story, sent, town.dana)
    assert (again.answer, again.rows) == (False, {})


def test_nobody_else_makes_a_message_a_copy(story, town, sent):
    make.member(story.database, town.dov.id, of=AGENCY, role=Role.EMPLOYEE)
    tried = [
        adopt(story, sent, town.dov),
        adopt(story, sent, town.emil),
        adopt(story, sent, town.ann),
        adopt(story, sent, town.dana, team_id=make.AGENCY_TEAM),
        adopt(story, "nosuch", town.dana),
    ]
    assert [(did.answer, did.rows) for did in tried] == [(False, {})] * 5


def test_that_a_decider_looked_is_noted_once_for_each(story, town, sent):
    did = run(story, act, requests.open_details, sent.request_id, by=town.emil)
    now, id_ = story.clock.now(), sent.request_id
    opened = {"request_id": id_, "person_id": town.emil.id, "at": now}
    assert did.of(tables.Opened) == {(id_, town.emil.id): opened}
    by = person(town.emil, Role.EMPLOYEE)
    assert events(did) == [event(story, "request.opened", id_, by=by, version=1)]
    assert effects(story, did) == sorted(updates(1, "APPROVERS", "REQUESTER"))
    assert did.rows.keys() == {"opened", "event", "effect"}
    assert run(story, act, requests.open_details, id_, by=town.emil).rows == {}
    assert run(story, act, requests.open_details, id_, by=town.dana).of(tables.Opened).keys() == {
        (id_, town.dana.id)
    }


def test_that_others_looked_is_not_noted(story, town, sent):
    make.member(story.database, town.dov.id, of=AGENCY, role=Role.EMPLOYEE)
    for who, which in ((town.ann, sent.request_id), (town.dov, sent.request_id), (town.dana, "nosuch")):
        assert run(story, act, requests.open_details, which, by=who).rows == {}
    story.set(tables.Person, {"id": town.emil.id}, guest=True)
    assert run(story, act, requests.open_details, sent.request_id, by=town.emil).rows == {}
    story.cancel(town.ann, sent.request_id)
    assert run(story, act, requests.open_details, sent.request_id, by=town.dana).rows == {}


# --- what stands in the way of asking -------------------------------------------------------------


@pytest.fixture
def asked(story, town):
    """What Ann would be answered to a request; nothing of it is kept."""

    def answered(*items):
        by = town.ann.by()
        new = make.requesting(*items)
        return make.attempt(story.database, act, requests.submit, new, by=by, now=story.clock.now())

    return answered


def test_a_denied_request_is_kept_with_what_stands_in_its_way(story, town, sent):
    did = run(story, act, requests.submit, make.requesting(), by=town.abe)
    again = denied(story, did, sent, town.abe, verb="submit", business=AGENCY, field="items.0")
    assert again.reason is DenialReason.OPEN_ALREADY
    theirs = make.requesting(requesting_id=BRAND, deciding_id=AGENCY)
    did = run(story, act, requests.submit, theirs, by=town.ann)
    foreign = denied(story, did, "", town.ann, verb="submit", business=None, role=None)
    assert foreign.reason is DenialReason.NOT_MEMBER


@pytest.mark.parametrize(
    ("kind", "asset_id", "owner"),
    [
        pytest.param(Kind.AD_ACCOUNT, "act_9", BRAND, id="no asset"),
        pytest.param(Kind.PIXEL, PAGE, BRAND, id="of another kind"),
        pytest.param(Kind.PAGE, PAGE, AGENCY, id="of another owner"),
        pytest.param(Kind.PAGE, PAGE, None, id="of no owner"),
    ],
)
def test_what_is_not_the_owners_asset_of_that_kind_is_unknown(story, asked, kind, asset_id, owner):
    story.set(tables.Asset, {"id": PAGE}, owner_id=owner)
    unknown = Denied(reason=DenialReason.UNKNOWN_ASSET, field="items.0", name=asset_id)
    assert asked(item(kind, asset_id)) == unknown


def test_what_is_asked_for_already_is_named(story, town, asked):
    story.ask(town.ann, item(Kind.PIXEL, make.PIXEL))
    sent = story.ask(town.ann)
    assert asked() == Denied(
        reason=DenialReason.OPEN_ALREADY,
        about=Subject(SubjectKind.REQUEST, sent.request_id),
        field="items.0",
        ref=sent.ref,
        name="Acme Main",
    )
    assert isinstance(asked(item(Kind.PAGE, PAGE)), Sent)


@pytest.mark.parametrize(
    "other",
    [
        {"is_extension": True},
        {"is_open": False},
        {"request_kind": "CLAIM"},
        {"holder_id": make.OTHER},
    ],
)
def test_an_extension_what_is_over_another_kind_and_another_holder_stand_in_no_way(story, town, asked, other):
    make.business(story.database, make.OTHER, name="Other", team=make.OTHER_TEAM)
    sent = story.ask(town.ann)
    story.set(tables.Item, {"request_id": sent.request_id}, **other)
    assert isinstance(asked(), Sent)


def test_what_is_given_already_says_what_is_held_and_more_can_be_asked_for(story, town, asked):
    story.decide(town.dana, story.ask(town.ann).request_id, Approve())
    held = Denied(
        reason=DenialReason.GRANTED_ALREADY,
        field="items.0",
        name="Acme Main",
        tasks=frozenset({"ADVERTISE", "ANALYZE"}),
    )
    assert asked() == held
    assert asked(item(Kind.AD_ACCOUNT, ACCOUNT, level="Reporting only")) == held
    assert isinstance(asked(ADMIN), Sent)
    story.clock.push(30 * DAY)
    assert isinstance(asked(), Sent)


@pytest.mark.parametrize(
    ("channel", "who_left", "told"),
    [
        pytest.param("CBRAND", None, ["CBRAND"], id="the channel"),
        pytest.param(None, None, ["UDANA", "UDOV"], id="each approver"),
        pytest.param(None, "both sides", ["UDANA"], id="nobody who is on both sides"),
        pytest.param(None, "demoted", ["UDANA", "UDOV", "UEMIL"], id="each member"),
    ],
)
def test_a_card_goes_to_the_channel_or_else_to_each_approver_or_else_to_each_member(
    story, town, channel, who_left, told
):
    story.set(tables.BusinessRow, {"id": BRAND}, channel_id=channel)
    if who_left == "both sides":
        make.member(story.database, town.dov.id, of=AGENCY, role=Role.EMPLOYEE)
    elif who_left == "demoted":
        story.set(tables.Membership, {"business_id": BRAND}, role=Role.EMPLOYEE)
    sent = story.ask(town.ann)
    cards = story.rows(tables.Card, audience=Audience.APPROVERS, subject_id=sent.request_id)
    assert sorted(card.channel_id or card.user_id for card in cards) == told
    assert {card.team_id for card in cards} == {make.BRAND_TEAM}
    puts = [row for row in story.effects("POST_CARD") if row.card_id in {card.id for card in cards}]
    assert [(row.version, row.put_at) for row in puts] == [(1, story.clock.now())] * len(told)
