"""Tokens: who makes, sees and revokes one, for whom, and what it stands for until when."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import make
import pytest
from make import AGENCY, BRAND, BRAND_TEAM, OTHER, PAGE
from steps import DAY, MINUTE, TICK, become, denied, run

from bot.clock import PushedClock
from bot.domain.actors import OPERATOR, Actor, Role, Source
from bot.domain.denials import DenialReason
from bot.domain.events import EventKind, SubjectKind
from bot.domain.requests import ErrorCode, FieldError, too_long
from bot.domain.tokens import Scope
from bot.services import installations, programs
from bot.services.programs import Bearer, NotValid, TokenView
from bot.services.results import Denied, Invalid, Tokened
from bot.store import tables
from bot.store.database import Database

READ = frozenset({Scope.READ})
NOTHING = frozenset[Scope]()


@pytest.fixture
def database(sqlite_url: str, clock: PushedClock) -> Iterator[Database]:
    """On SQLite alone: the graph's tests run with tokens on both databases."""
    with Database.open(sqlite_url, clock=clock) as opened:
        yield opened


def sound(**values):
    """What a sound token of somebody's own is made with, unless said."""
    return {
        "digest": "d" * 64,
        "name": "Nightly",
        "scopes": READ,
        "days": 30,
        "is_program": False,
        **values,
    }


def makes(story, by, business=BRAND, **values):
    return story.do(programs.create_token, business, **sound(**values), by=by)


def serves(story, call, *, digest="d" * 64):
    """Have something be done with a token."""
    return make.write(
        story.database, programs.serve, call, digest=digest, verb="called", now=story.clock.now()
    )


def page_token(story, parent, *, digest):
    """Have the bearer of a token be given one that is bound to the brand's Page."""

    def verb(ctx, bearer):
        return programs.page_token(ctx, bearer, digest=digest, page_id=PAGE)

    return serves(story, verb, digest=parent)


def bearer(story, digest="d" * 64, *, at=None):
    """What a token stands for now, or at another time."""

    def what(_, found):
        return found

    now = at or story.clock.now()
    return story.database.read_sync(programs.serve, what, digest=digest, verb="me", now=now)


# --- making ------------------------------------------------------------------------------------------


def test_a_token_of_ones_own_stands_for_who_made_it_until_it_is_over(story, town):
    made = makes(story, town.emil, name="  Nightly ", scopes=frozenset(Scope))
    (row,) = story.rows(tables.Token)
    over_at = story.clock.now() + 30 * DAY
    assert made == Tokened(
        token_id=row.id, name="Nightly", business="Acme Shoes", expires_at=over_at, fingerprint="d" * 12
    )
    kept = (row.created_at, row.created_by, row.revoked_at, row.revoked_by)
    assert kept == (story.clock.now(), town.emil.id, None, None)
    actor = Actor(
        source=Source.API,
        team_id=BRAND_TEAM,
        user_id=town.emil.user,
        token_id=row.id,
        business_id=BRAND,
    )
    whole = Bearer(
        id=row.id,
        name="Nightly",
        is_program=False,
        business_id=BRAND,
        person_id=town.emil.id,
        person="Emil",
        scopes=frozenset(Scope),
        page_id=None,
        actor=actor,
        expires_at=over_at,
    )
    assert bearer(story) == bearer(story, at=over_at - TICK) == whole
    assert bearer(story, at=over_at) == NotValid(since=over_at)
    assert bearer(story, "e" * 64) == NotValid()
    (event,) = story.rows(tables.Event, kind=EventKind.TOKEN_CREATED)
    assert (event.subject_kind, event.subject_id, event.business_id) == ("token", row.id, BRAND)
    assert json.loads(event.actor)["role"] == Role.EMPLOYEE
    assert json.loads(event.data) == {
        "person": town.emil.id,
        "is_program": False,
        "scopes": "read ask decide",
        "expires_at": over_at.isoformat(),
        "page": None,
    }


def test_a_program_goes_by_its_name_and_an_admin_answers_for_it(story, town):
    story.set(tables.Person, {"id": town.dana.id}, enterprise_id="E1")
    makes(story, town.dana, is_program=True)
    found = bearer(story)
    assert (found.is_program, found.person) == (True, "Dana")
    assert (found.actor.program, found.actor.enterprise_id) == ("Nightly", "E1")


@pytest.mark.parametrize(
    ("who", "is_program", "reason", "own"),
    [
        ("emil", True, DenialReason.NOT_ADMIN, BRAND),
        ("ann", False, DenialReason.NOT_MEMBER, None),
        ("ann", True, DenialReason.NOT_MEMBER, None),
        ("dov", False, DenialReason.SHARED_LOGIN, BRAND),
    ],
)
def test_who_may_not_make_one_is_told_why_and_that_is_on_record(story, town, *, who, is_program, reason, own):
    become(story, town.dov, shared=True)
    by = getattr(town, who)
    role = story.rows(tables.Membership, person_id=by.id)[0].role if own else None
    did = run(story, programs.create_token, BRAND, **sound(is_program=is_program), by=by)
    how = {"kind": "business", "verb": "create_token", "business": own, "role": role}
    assert denied(story, did, own or "", by, **how) == Denied(reason=reason)


def test_nobody_makes_a_token_with_a_token(story, town):
    makes(story, town.dana)

    def again(ctx, _):
        return programs.create_token(ctx, BRAND, **sound(digest="e" * 64))

    assert serves(story, again) == Denied(reason=DenialReason.BEYOND_TOKEN)
    assert len(story.rows(tables.Token)) == 1
    (event,) = story.rows(tables.Event, kind=EventKind.DENIED)
    assert json.loads(event.data)["verb"] == "called"


def test_the_operator_makes_one_for_a_member_as_far_as_these_could(story, town):
    become(story, town.dov, shared=True)

    def made(who, **values):
        return makes(story, OPERATOR, person_id=who and who.id, **values)

    for who, values, reason in (
        (None, {}, DenialReason.UNKNOWN_PERSON),
        (town.ann, {}, DenialReason.UNKNOWN_PERSON),
        (town.dov, {}, DenialReason.SHARED_LOGIN),
        (town.emil, {"is_program": True}, DenialReason.NOT_ADMIN),
    ):
        assert made(who, **values).reason is reason
    refused = story.rows(tables.Event, kind=EventKind.DENIED)
    assert {(one.subject_id, one.business_id) for one in refused} == {(BRAND, BRAND)}
    assert isinstance(made(town.emil), Tokened)
    assert isinstance(made(town.dana, is_program=True, digest="e" * 64), Tokened)
    assert [bearer(story, one * 64).person for one in "de"] == ["Emil", "Dana"]
    make.business(story.database, OTHER, name="Other", team=BRAND_TEAM)
    make.member(story.database, town.emil.id, of=OTHER, shared=True)
    assert made(town.emil).reason is DenialReason.SHARED_LOGIN, "also one of another business"


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"name": "x" * 121}, too_long("x" * 121, most=120, field="name")),
        ({"name": "  "}, (FieldError(field="name", code=ErrorCode.NO_NAME),)),
        ({"scopes": frozenset()}, (FieldError(field="scopes", code=ErrorCode.NO_SCOPES),)),
        ({"days": 0}, (FieldError(field="days", code=ErrorCode.NUMBER, got="1 to 365"),)),
        ({"days": 366}, (FieldError(field="days", code=ErrorCode.NUMBER, got="1 to 365"),)),
        ({"days": 1}, ()),
        ({"days": 365}, ()),
    ],
)
def test_what_is_wrong_with_a_token_is_said_at_its_field(story, town, values, wrong):
    answer = makes(story, town.dana, **values)
    assert answer == Invalid(field_errors=wrong) if wrong else isinstance(answer, Tokened)
    assert bool(story.rows(tables.Token)) is not bool(wrong)


def test_a_form_that_is_sent_twice_makes_one_token_and_the_secret_of_another_makes_none(story, town):
    first = makes(story, town.dana)
    assert makes(story, town.dana) == first
    did = run(story, programs.create_token, BRAND, **sound(), by=town.dov)
    no = denied(story, did, "", town.dov, verb="create_token")
    assert no == Denied(reason=DenialReason.UNKNOWN_TOKEN)
    assert makes(story, town.ann, AGENCY).reason is DenialReason.UNKNOWN_TOKEN
    assert len(story.rows(tables.Token)) == 1


@pytest.mark.covers("T34")
def test_a_business_has_at_most_forty_tokens_that_are_valid(story, town):
    makes(story, town.ann, AGENCY, digest="a" * 64)
    for n in range(40):
        makes(story, town.dana, digest=f"{n:064d}", days=1 + bool(n))
    page_token(story, f"{1:064d}", digest="p" * 64)  # which is not counted
    did = run(story, programs.create_token, BRAND, **sound(), by=town.emil)
    how = {"kind": "business", "verb": "create_token", "role": Role.EMPLOYEE}
    no = denied(story, did, BRAND, town.emil, **how)
    assert no == Denied(reason=DenialReason.TOO_MANY_TOKENS, count=40)
    story.clock.push(DAY)
    assert isinstance(makes(story, town.emil), Tokened), "the first is over"
    last = f"{39:064d}"
    story.do(programs.revoke_token, bearer(story, last).id, by=town.dana)
    assert isinstance(makes(story, town.emil, digest="e" * 64), Tokened)
    assert makes(story, town.emil, digest="f" * 64).reason is DenialReason.TOO_MANY_TOKENS


# --- for one Page ------------------------------------------------------------------------------------


def test_a_page_token_is_kept_once_reaches_what_its_parent_does_and_is_over_with_it(story, town):
    parent = makes(story, town.dana, is_program=True, scopes=frozenset({Scope.READ, Scope.ASK}))
    story.clock.push(DAY)
    bound = page_token(story, "d" * 64, digest="p" * 64)
    assert page_token(story, "d" * 64, digest="p" * 64) == bound
    assert bound.expires_at == parent.expires_at
    whole = bearer(story, "p" * 64)
    ours = bearer(story)
    assert whole == replace(
        ours, id=bound.token_id, page_id=PAGE, actor=replace(ours.actor, token_id=bound.token_id)
    )
    assert [row.parent_id for row in story.rows(tables.Token, page_id=PAGE)] == [parent.token_id]
    pages = [json.loads(row.data)["page"] for row in story.rows(tables.Event, kind=EventKind.TOKEN_CREATED)]
    assert pages == [None, PAGE]
    assert [one.id for one in story.read(programs.list_tokens, business_id=BRAND, by=town.dana)] == [
        parent.token_id
    ]


# --- seeing and revoking ---------------------------------------------------------------------------------


def test_an_admin_sees_all_tokens_of_the_business_an_employee_their_own_and_others_none(story, town):
    program = makes(story, town.dana, is_program=True, digest="e" * 64)
    story.clock.push(MINUTE)
    own = makes(story, town.emil, scopes=frozenset({Scope.READ, Scope.ASK}), days=2)
    revoked_at = story.clock.now()
    story.do(programs.revoke_token, program.token_id, by=town.dov)
    theirs = TokenView(
        id=program.token_id,
        name="Nightly",
        is_program=True,
        person="Dana",
        business="Acme Shoes",
        scopes=READ,
        can=READ,
        created_at=story.begins,
        expires_at=story.begins + 30 * DAY,
        revoked_at=revoked_at,
    )
    emils = TokenView(
        id=own.token_id,
        name="Nightly",
        is_program=False,
        person="Emil",
        business="Acme Shoes",
        scopes=frozenset({Scope.READ, Scope.ASK}),
        can=frozenset({Scope.READ, Scope.ASK}),
        created_at=story.clock.now(),
        expires_at=story.clock.now() + timedelta(days=2),
        revoked_at=None,
    )
    for who, sees in (
        (town.dana, [emils, theirs]),
        (OPERATOR, [emils, theirs]),
        (town.emil, [emils]),
        (town.ann, []),
    ):
        assert story.read(programs.list_tokens, business_id=BRAND, by=who) == sees
    become(story, town.emil, business_id=AGENCY)
    assert story.read(programs.list_tokens, business_id=BRAND, by=town.emil) == [], "who has left"
    for name in "abcdef":
        story.clock.push(MINUTE)
        makes(story, town.ann, AGENCY, digest=f"0{name}" * 32, name=name)
    of_theirs = story.read(programs.list_tokens, business_id=AGENCY, by=town.abe)
    assert [one.name for one in of_theirs] == list("fedcba"), "the newest first"


ALL = frozenset(Scope)
ASKS = ALL - {Scope.DECIDE}


@pytest.mark.covers("A3", "P16")
@pytest.mark.parametrize(
    ("happens", "can", "why"),
    [
        ({}, ALL, None),
        ({"role": Role.EMPLOYEE}, ASKS, DenialReason.NOT_ADMIN),
        ({"shared": True}, READ, DenialReason.SHARED_LOGIN),
        ({"deactivated": True}, NOTHING, DenialReason.DEACTIVATED_USER),
        ({"guest": True}, NOTHING, DenialReason.GUEST),
        ({"business_id": AGENCY}, NOTHING, DenialReason.NOT_MEMBER),
        ({"status": "DEACTIVATED"}, READ, DenialReason.OWN_DEACTIVATED),
        ({"verified": False}, ASKS, DenialReason.OWN_UNVERIFIED),
    ],
    ids=lambda value: next(iter(value), "nothing") if isinstance(value, dict) else "",
)
def test_the_list_says_what_a_token_lets_do_now_and_why_it_is_less(story, town, happens, can, why):
    makes(story, town.dana, scopes=ALL)
    if happens.keys() & {"status", "verified"}:
        story.set(tables.BusinessRow, {"id": BRAND}, **happens)
    elif happens:
        become(story, town.dana, **happens)
    (one,) = story.read(programs.list_tokens, business_id=BRAND, by=town.dov)
    assert (one.scopes, one.can, one.why) == (ALL, can, why)


def test_whose_it_is_any_admin_and_the_operator_revoke_a_token_and_what_rests_on_it(story, town):
    for digit, by in (("1", town.emil), ("2", town.dana), ("3", town.dov)):
        made = makes(story, by, digest=digit * 64)
        page_token(story, digit * 64, digest=f"p{digit}" * 32)
        story.clock.push(MINUTE)
        revoker = {"1": town.emil, "2": town.dov, "3": OPERATOR}[digit]
        gone = story.do(programs.revoke_token, made.token_id, by=revoker)
        assert gone == replace(made, is_revoked=True)
        for one in (digit * 64, f"p{digit}" * 32):
            assert bearer(story, one) == NotValid(since=story.clock.now())
        story.clock.push(MINUTE)
        assert story.do(programs.revoke_token, made.token_id, by=town.dana).is_revoked, "and again"
        (row,) = story.rows(tables.Token, id=made.token_id)
        assert (row.revoked_at, row.revoked_by) == (
            story.clock.now() - MINUTE,
            getattr(revoker, "id", None),
        )
    events = story.rows(tables.Event, kind=EventKind.TOKEN_REVOKED)
    assert {one.subject_kind for one in events} == {SubjectKind.TOKEN}
    assert [json.loads(one.data) for one in events] == [{}] * 3
    # What it was called was typed: the chain has its salted hash.
    named = [*story.rows(tables.Event, kind=EventKind.TOKEN_CREATED), *events]
    texts = [row.text for row in story.rows(tables.EventText) if row.seq in {one.seq for one in named}]
    assert (len(named), texts) == (9, ["Nightly"] * 9)
    assert [(one.business_id, json.loads(one.actor).get("role")) for one in events] == [
        (BRAND, Role.EMPLOYEE),
        (BRAND, Role.ADMIN),
        (BRAND, None),
    ]


def test_nobody_else_revokes_a_token_nor_learns_that_there_is_one(story, town):
    dana, ann = makes(story, town.dana), makes(story, town.ann, AGENCY, digest="a" * 64)

    def no(by, token_id, *, business=None, role=None):
        did = run(story, programs.revoke_token, token_id, by=by)
        how = {"kind": "token", "verb": "revoke_token", "business": business, "role": role}
        return denied(story, did, token_id, by, **how)

    unknown = Denied(reason=DenialReason.UNKNOWN_TOKEN)
    assert no(town.ann, dana.token_id) == no(town.dana, ann.token_id) == no(town.dana, "404") == unknown
    beyond = no(town.emil, dana.token_id, business=BRAND, role=Role.EMPLOYEE)
    assert beyond == Denied(reason=DenialReason.NOT_ADMIN)
    assert story.do(programs.revoke_token, "404", by=OPERATOR) == unknown
    assert isinstance(bearer(story), Bearer)


def test_who_leaves_a_business_loses_the_tokens_of_that_business_alone(story, town):
    make.business(story.database, OTHER, name="Other", team=BRAND_TEAM)
    make.member(story.database, town.dana.id, of=OTHER)
    makes(story, town.dana, digest="1" * 64, days=1)
    makes(story, town.dana, digest="2" * 64)
    makes(story, town.dana, OTHER, digest="3" * 64)
    makes(story, town.dov, digest="4" * 64)
    page_token(story, "2" * 64, digest="5" * 64)
    story.set(tables.Token, {"digest": "5" * 64}, id="0")  # which is found first
    story.clock.push(DAY)
    story.do(programs.revoke_tokens_of, town.dana.id, business_id=BRAND, by=town.dov)
    valid = [one for one in "12345" if isinstance(bearer(story, one * 64), Bearer)]
    assert valid == ["3", "4"]
    revoked = [row.subject_id for row in story.rows(tables.Event, kind=EventKind.TOKEN_REVOKED)]
    (row,) = story.rows(tables.Token, digest="2" * 64)
    assert revoked == [row.id], "what is over already is not revoked, and what rests on one goes with it"


def test_the_operator_names_a_member_by_their_slack_user_where_that_is_one_person(story, town):
    def called(business, user):
        return story.database.read_sync(programs.member_called, business_id=business, user_id=user)

    assert called(BRAND, town.dana.user) == town.dana.id
    assert called(AGENCY, town.dana.user) is None
    assert called(BRAND, "UNOBODY") is None
    make.someone(story.database, 8, name="Second", team=make.OTHER_TEAM, roles={BRAND: Role.EMPLOYEE})
    story.set(tables.Person, {"name": "Second"}, user_id=town.dana.user)
    assert called(BRAND, town.dana.user) is None


def test_a_token_of_a_page_reaches_that_page_alone_and_any_other_all(story, town):
    makes(story, town.dana)
    page_token(story, "d" * 64, digest="e" * 64)
    reached = {digest: [bearer(story, digest * 64).reaches(one) for one in (PAGE, BRAND)] for digest in "de"}
    assert reached == {"d": [True, True], "e": [True, False]}


def test_a_token_stands_for_nothing_while_the_app_is_removed_from_its_persons_workspace(story, town):
    makes(story, town.dana)
    place = dict.fromkeys(("name", "url", "bot_id", "bot_user_id"), "x")
    tokens = {"is_org": False, "enterprise_id": None, "ciphertext": "x", "rotates_at": None}
    for version in (1, 2):
        story.do(installations.install, BRAND_TEAM, **place, **tokens)
        assert isinstance(bearer(story), Bearer)
        (row,) = story.rows(tables.Installation)
        story.do(installations.remove, BRAND_TEAM, version=row.version, why="uninstalled")
        assert bearer(story) == NotValid(is_removed=True), version
