"""Every verb, attacked: where nobody is admin, out of what is over, for more than was asked, in a flood."""

from __future__ import annotations

import inspect
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import make
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from make import ACCOUNT, AGENCY, BRAND, PAGE, PIXEL, Someone, Town, item, requesting, write
from story import Story

from bot import services
from bot.clock import PushedClock
from bot.domain.assets import TASKS, Kind
from bot.domain.policy import DenialReason, Role, WhoMayAsk
from bot.domain.requests import MOST_ITEMS, Approve, Decline, NewItem, Term
from bot.errors import ConstraintBroken
from bot.services import directory, grants, nudges, requests, settings
from bot.services.context import act
from bot.services.results import Changed, Denied, Dropped, Invalid, Moved, Saved, Sent
from bot.store import tables
from bot.store.database import Database

Call = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]

# What it takes an admin to change.
POWER = (
    tables.BusinessRow,
    tables.Person,
    tables.Membership,
    tables.Request,
    tables.Item,
    tables.RequestPerson,
    tables.Decision,
    tables.Grant,
    tables.Assignment,
    tables.Draft,
    tables.Acknowledgement,
    tables.Comment,
)


@dataclass(frozen=True, kw_only=True)
class Things:
    """One of each thing that a verb can be about."""

    request_id: str
    version: int = 1
    approved_id: str
    grant_id: str
    draft_id: str
    draft_version: int = 1
    town: Town


@pytest.fixture
def story(sqlite_url: str, clock: PushedClock) -> Iterator[Story]:
    """On SQLite alone: what is attacked here are the rules, and those are the same on both databases."""
    with Database.open(sqlite_url, clock=clock) as database:
        yield Story(database, clock)


@pytest.fixture
def town(story: Story) -> Town:
    return make.town(story.database)


@pytest.fixture
def things(story: Story, town: Town) -> Things:
    return things_of(story, town)


@pytest.fixture
def either(database: Database, clock: PushedClock) -> Story:
    """On each database: for what takes the database itself."""
    return Story(database, clock)


def things_of(story: Story, town: Town) -> Things:
    given_ = story.ask(town.ann, item(Kind.PAGE, PAGE))
    story.decide(town.dana, given_.request_id, Approve())
    sent = story.ask(town.ann)
    draft = story.ask(town.eva, item(Kind.PIXEL, PIXEL))
    return Things(
        request_id=sent.request_id,
        approved_id=given_.request_id,
        grant_id=story.grant_of(given_.request_id).id,
        draft_id=draft.draft_id,
        town=town,
    )


def calls(things: Things) -> list[Call]:
    """Every verb that takes somebody's word for something, about each of the things."""
    about, draft, grant, town = things.request_id, things.draft_id, things.grant_id, things.town
    expected_version, saw = {"expected_version": things.version}, {"expected_version": things.draft_version}
    policy = settings.Policy(
        channel_id="CMINE",
        quorum=1,
        expires_days=14,
        undo_minutes=10,
        who_may_ask=WhoMayAsk.ANYONE,
        hours="09:00-17:00",
        days_off=(),
    )
    found: list[Call] = [
        (requests.submit, (requesting(item(Kind.PIXEL, PIXEL)),), {}),
        (requests.submit_draft, (draft,), saw),
        (requests.change_draft, (draft, requesting(item(Kind.PIXEL, PIXEL), reason="Changed")), saw),
        (requests.drop_draft, (draft,), saw),
        (requests.extend, (grant,), {"days": 30, "reason": "Longer"}),
        (grants.let_end, (grant,), {}),
        (requests.decide, (about,), {"verdict": Approve(), **expected_version}),
        (
            requests.decide,
            (about,),
            {"verdict": Approve(given={0: frozenset({"ANALYZE"})}), **expected_version},
        ),
        (requests.decide, (about,), {"verdict": Decline(note="No"), **expected_version}),
        (requests.may_decide_now, (about,), expected_version),
        (requests.cancel, (about,), {}),
        (requests.undo, (things.approved_id,), {}),
        (nudges.snooze, (about,), {}),
        (nudges.acknowledge, (about,), {}),
        (nudges.remind, (about,), {}),
        (requests.comment, (about, "Hello"), {}),
    ]
    for business, member, end in ((BRAND, town.emil, grants.revoke), (AGENCY, town.eva, grants.relinquish)):
        found += [
            (end, ([grant],), {"business_id": business}),
            (grants.end_each, ([(business, grant)],), {}),
            (settings.change_policy, (business, policy), {"expected_version": 1}),
            (settings.set_role, (business, member.id), {"role": Role.ADMIN}),
            (settings.remove_member, (business, member.id), {}),
        ]
    for business, team in ((BRAND, make.BRAND_TEAM), (AGENCY, make.AGENCY_TEAM)):
        who = {"team_id": team, "user_id": "UNEW", "name": "New", "role": Role.ADMIN}
        found.append((settings.add_member, (business,), who))
    return found


def people(town: Town) -> list[Someone]:
    return [town.ann, town.abe, town.eva, town.dana, town.dov, town.emil]


def tried(story: Story, call: Call, by: Someone) -> Any:
    """What a verb would answer; nothing of it stays."""
    verb, args, kwargs = call
    return make.attempt(story.database, act, verb, *args, by=by.by(), now=story.clock.now(), **kwargs)


def do_all(story: Story, town: Town, some: list[Call]) -> Iterator[tuple[Call, Someone, Any]]:
    """Have everybody do each of these, one after the other."""
    waiting = [
        (call, who, story.database.submit(act, verb, *args, by=who.by(), now=story.clock.now(), **kwargs))
        for call in some
        for who in people(town)
        for verb, args, kwargs in (call,)
    ]
    for call, who, answer in waiting:
        yield call, who, answer.result(30)


def is_no(answer: Any) -> bool:
    return all(isinstance(one, Denied) for one in (answer if isinstance(answer, tuple) else (answer,)))


def dump(story: Story, *some: type[Any]) -> dict[str, list[Any]]:
    return {table.__name__: story.rows(table) for table in some}


# --- where nobody is admin ---------------------------------------------------------------------------


def test_every_verb_is_attacked_here(things: Things) -> None:
    """A new verb is added to the calls above: what a package of services hands on and that can deny."""
    packages = [import_module(found.name) for found in iter_modules(services.__path__, "bot.services.")]
    handed_on = [getattr(package, name) for package in packages for name in getattr(package, "__all__", ())]
    verbs = {
        found
        for found in handed_on
        if inspect.isfunction(found)
        if "Context" in [found.annotation for found in inspect.signature(found).parameters.values()][:1]
        if "Denied" in inspect.signature(found).return_annotation
    }
    assert {verb for verb, _, _ in calls(things)} == verbs


def test_each_of_them_can_be_done_by_somebody(story: Story, things: Things) -> None:
    """Without this the tests below might be refused for another reason than theirs."""
    for call in calls(things):
        answers = [tried(story, call, who) for who in people(things.town)]
        assert not all(map(is_no, answers)), call
        assert not any(isinstance(one, Invalid) for one in answers), call


@pytest.mark.covers("T5")
@pytest.mark.parametrize(
    ("table", "values"),
    [
        pytest.param(tables.Membership, {"role": Role.EMPLOYEE}, id="there are only employees"),
        pytest.param(tables.Membership, {"shared": True}, id="all logins are shared"),
        pytest.param(tables.Membership, None, id="nobody is a member of anything"),
        pytest.param(tables.Person, {"guest": None}, id="Slack has said nothing of anybody"),
        pytest.param(tables.BusinessRow, {"team_id": None}, id="no business has a workspace"),
    ],
)
def test_where_nobody_is_admin_no_verb_does_what_takes_one(
    story: Story, things: Things, table: type[Any], values: dict[str, Any] | None
) -> None:
    found = table.__table__
    change = found.delete() if values is None else found.update().values(**values)
    if values is None:  # what was assigned to members goes with them
        write(story.database, lambda tx: tx.run(tables.Assignment.__table__.delete()))
    assert write(story.database, lambda tx: tx.run(change)) >= 2
    before = dump(story, *POWER)
    for call, who, answer in do_all(story, things.town, calls(things)):
        if not isinstance(answer, _OF_EMPLOYEES.get(call[0], Denied)):
            assert is_no(answer), (call, who.name, answer)
    after = dump(story, *POWER)
    assert {name for name in before if before[name] != after[name]} <= {"Draft"}
    assert not [row for row in after["Draft"] if row.state == "SENT"]


# What an employee may do: prepare, and change and drop what they prepared themselves.
_OF_EMPLOYEES = {
    requests.submit: Saved,
    requests.change_draft: Saved,
    requests.drop_draft: Dropped,
}


@pytest.mark.covers("T13", "F21")
def test_who_was_demoted_by_another_process_after_the_form_was_opened_decides_nothing(
    either: Story, database_url: str, clock: PushedClock
) -> None:
    story, town = either, make.town(either.database)
    things = things_of(story, town)
    ask = {"by": town.dana.by(), "expected_version": things.version, "now": clock.now()}
    assert write(story.database, act, requests.may_decide_now, things.request_id, **ask) is None
    with Database.open(database_url, clock=clock) as another:
        demoted = write(
            another,
            act,
            settings.set_role,
            BRAND,
            town.dana.id,
            role=Role.EMPLOYEE,
            by=town.dov.by(),
            now=clock.now(),
        )
        assert isinstance(demoted, Changed)
        denied = write(story.database, act, requests.decide, things.request_id, verdict=Approve(), **ask)
    assert denied.reason is DenialReason.NOT_ADMIN
    assert story.rows(tables.Event, kind="denied")[-1].subject_id == things.request_id
    assert story.held(ACCOUNT) == frozenset()


# --- out of what is over -----------------------------------------------------------------------------


def _decline(story: Story, things: Things) -> None:
    story.decide(things.town.dana, things.request_id, Decline(note="No"))


def _cancel(story: Story, things: Things) -> None:
    story.cancel(things.town.abe, things.request_id)


def _expire(story: Story, _: Things) -> None:
    story.wait(days=15)


def _approve(story: Story, things: Things) -> None:
    story.decide(things.town.dana, things.request_id, Approve())


@pytest.mark.covers("T36", "I4")
@pytest.mark.parametrize(
    ("end", "state"),
    [(_decline, "DECLINED"), (_cancel, "CANCELLED"), (_expire, "EXPIRED"), (_approve, "APPROVED")],
    ids=["declined", "cancelled", "expired", "approved"],
)
def test_nothing_leads_out_of_a_request_that_is_over(
    story: Story, things: Things, end: Callable[[Story, Things], None], state: str
) -> None:
    """By no verb, of nobody, whatever version they saw, and at no time, the past included."""
    end(story, things)
    (row,) = story.rows(tables.Request, id=things.request_id)
    assert row.state == state
    before = dump(story, tables.Item, tables.Decision)
    given_ = [one.id for one in story.rows(tables.Grant, request_id=things.request_id)]
    assert len(given_) == (1 if state == "APPROVED" else 0)
    about = [
        call
        for expected_version in sorted({1, row.version})
        for call in calls(replace(things, version=expected_version))
        if call[1][0] == things.request_id
    ]
    for days in (0, -30, 400):
        story.clock.push(timedelta(days=days))
        for call, _, answer in do_all(story, things.town, about):
            assert is_no(answer) or call[0] is requests.comment, (call, answer)
        story.sweep()
        story.clock.push(timedelta(days=-days))

    (now,) = story.rows(tables.Request, id=things.request_id)
    assert now._replace(undo_until=row.undo_until) == row  # which the clock takes away
    assert dump(story, tables.Item, tables.Decision) == before
    assert [one.id for one in story.rows(tables.Grant, request_id=things.request_id)] == given_


@pytest.mark.covers("T36")
def test_nothing_leads_out_of_a_grant_that_has_ended_or_a_prepared_ask_that_is_over(
    story: Story, things: Things, town: Town
) -> None:
    story.end(town.dana, things.grant_id, business=BRAND)
    dropped = {"by": town.ann.by(), "expected_version": 1, "now": story.clock.now()}
    write(story.database, act, requests.drop_draft, things.draft_id, **dropped)
    over = (things.grant_id, [things.grant_id], things.draft_id)
    about = [
        call
        for version in (1, 2)
        for call in calls(replace(things, draft_version=version))
        if call[1][0] in over or call[0] is grants.end_each
    ]
    assert len(about) == 18
    before = dump(story, tables.Grant, tables.Draft, tables.Assignment)
    for days in (0, -30, 400):
        story.clock.push(timedelta(days=days))
        for call, _, answer in do_all(story, town, about):
            assert is_no(answer), call
    story.sweep()
    assert dump(story, tables.Grant, tables.Draft, tables.Assignment) == before


@pytest.mark.covers("T36")
def test_asking_again_is_a_new_request_to_be_decided_anew(story: Story, things: Things, town: Town) -> None:
    _decline(story, things)
    again = story.ask(town.ann)
    assert isinstance(again, Sent)
    assert again.request_id != things.request_id
    states = {row.id: row.state for row in story.rows(tables.Request)}
    assert (states[things.request_id], states[again.request_id]) == ("DECLINED", "PENDING")
    assert story.held(ACCOUNT) == frozenset()


# --- with more than was asked ------------------------------------------------------------------------


NOON = datetime.fromisoformat("2030-06-03T12:00:00+00:00")
TERMS = st.one_of(
    st.integers(1, 60).map(Term.for_days),
    st.integers(1, 60).map(lambda days: Term.till(NOON + timedelta(days=days))),
    st.just(Term.without_end()),
)


def tasks_of(kind: Kind, *, least: int = 1) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(sorted(TASKS[kind])[:4]), min_size=least)


ITEMS = st.lists(
    st.sampled_from([Kind.PAGE, Kind.AD_ACCOUNT, Kind.PIXEL]).flatmap(
        lambda kind: st.tuples(st.just(kind), tasks_of(kind))
    ),
    min_size=1,
    max_size=3,
)


def verdicts(kinds: list[Kind]) -> st.SearchStrategy[Approve]:
    """A yes with any tasks for any item, at times for one that there is not, or with another asset."""
    given_ = st.fixed_dictionaries(
        {}, optional={at: tasks_of(kind, least=0) for at, kind in enumerate(kinds)}
    )
    beyond = st.dictionaries(st.sampled_from([-1, 3]), st.just(frozenset({"ANALYZE"})), max_size=1)
    others = st.dictionaries(st.integers(0, 3), st.sampled_from([ACCOUNT, PAGE, "act_666"]), max_size=1)
    return st.one_of(
        st.just(Approve()),
        st.builds(Approve, term=TERMS),
        st.builds(Approve, given=given_, term=st.none() | TERMS),
        st.builds(Approve, given=st.builds(lambda one, more: one | more, given_, beyond), bound=others),
    )


@pytest.mark.covers("T14", "I6")
def test_whatever_deciders_send_what_is_given_is_within_what_was_asked(story: Story) -> None:
    """Of each asset, for each task and in time; over two votes, the second within the first."""
    town = make.town(story.database, quorum=2)
    make.business(story.database, make.OTHER, name="Other", team=make.OTHER_TEAM)
    make.asset(story.database, "act_666", kind=Kind.AD_ACCOUNT, name="Not theirs", owner=make.OTHER)
    story.clock.push(NOON - story.clock.now())
    numbers = iter(range(10_000, 90_000))
    expected_version: Counter[str] = Counter()

    @hypothesis_settings(max_examples=40, deadline=None, derandomize=True, database=None)
    @given(ITEMS, TERMS, st.data())
    def decided(wanted: list[tuple[Kind, frozenset[str]]], term: Term, data: st.DataObject) -> None:
        items = []
        for kind, tasks in wanted:
            asset = f"{'act_' if kind is Kind.AD_ACCOUNT else '6000'}{next(numbers)}"
            make.asset(story.database, asset, kind=kind, name="x", owner=BRAND)
            items.append(NewItem(kind=kind, tasks=tasks, asset_id=asset))
        sent = story.ask(town.ann, *items, term=term)
        assert isinstance(sent, Sent)
        requested = allowed = {one.asset_id: one.tasks for one in items}
        for who in (town.dana, town.dov):
            verdict = data.draw(verdicts([kind for kind, _ in wanted]))
            answer = story.decide(who, sent.request_id, verdict)
            if not isinstance(answer, Moved):
                expected_version[str(getattr(answer, "reason", "invalid"))] += 1
                continue
            view = story.card(sent.request_id)
            assert view.given_term is None or view.given_term.is_within(term, at=story.clock.now())
            given_ = {one.asset_id: one.given for one in view.items}
            assert all(tasks is None or tasks <= allowed[asset] for asset, tasks in given_.items())
            allowed = {asset: allowed[asset] if tasks is None else tasks for asset, tasks in given_.items()}
        until = term.ends_at(starts_at=story.clock.now())
        for grant in story.rows(tables.Grant, request_id=sent.request_id):
            expected_version["given"] += 1
            assert frozenset(grant.tasks.split(",")) <= allowed[grant.asset_id] <= requested[grant.asset_id]
            assert (grant.owner_id, grant.holder_id) == (BRAND, AGENCY)
            assert until is None or (grant.ends_at is not None and grant.ends_at <= until)
        story.cancel(town.ann, sent.request_id)

    decided()
    assert min(expected_version["given"], expected_version[DenialReason.WIDER]) > 10, (
        "or it has shown nothing"
    )
    assert story.held("act_666") == frozenset()


# --- in a flood --------------------------------------------------------------------------------------


@pytest.mark.covers("T35")
def test_of_two_processes_that_ask_for_the_same_at_one_instant_one_has_asked(
    either: Story, database_url: str, clock: PushedClock
) -> None:
    story, town = either, make.town(either.database)
    rounds = 10
    for number in range(rounds):
        asset = f"act_7{number:03d}"
        make.asset(story.database, asset, kind=Kind.AD_ACCOUNT, name=asset, owner=BRAND)
    with Database.open(database_url, clock=clock) as another:
        start = threading.Barrier(2)
        answers: dict[str, list[Any]] = {"Ann": [], "Abe": []}

        def run(database: Database, who: Someone) -> None:
            for number in range(rounds):
                wanted = requesting(item(Kind.AD_ACCOUNT, f"act_7{number:03d}"))
                start.wait(10)
                answers[who.name].append(
                    write(database, act, requests.submit, wanted, by=who.by(), now=clock.now())
                )

        threads = [
            threading.Thread(target=run, args=(database, who))
            for database, who in ((story.database, town.ann), (another, town.abe))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    for one, other in zip(answers["Ann"], answers["Abe"], strict=True):
        sent, denied = (one, other) if isinstance(one, Sent) else (other, one)
        assert isinstance(sent, Sent)
        assert isinstance(denied, Denied)
        assert (denied.reason, denied.ref) == (DenialReason.OPEN_ALREADY, sent.ref)
    assert len(story.rows(tables.Request)) == rounds


@pytest.mark.covers("T35")
def test_the_database_itself_keeps_no_second_open_item_for_one_asset_and_holder(either: Story) -> None:
    """Whatever a verb might overlook."""
    story = either
    things = things_of(story, make.town(story.database))
    (row,) = story.rows(tables.Item, request_id=things.request_id)
    another = {**row._asdict(), "request_id": things.approved_id, "position": 7}
    with pytest.raises(ConstraintBroken):
        write(story.database, make.insert_row, tables.Item, **another)


class Flood:
    """Two businesses that ask one owner, and what each of them must have open by now."""

    def __init__(self, story: Story, town: Town, requesters: dict[str, Someone], *, cap: int) -> None:
        self.story, self.town, self.requesters, self.cap = story, town, requesters, cap
        self.waiting: dict[str, dict[int, str]] = {business: {} for business in requesters}
        self.full = 0

    def ask(self, business: str, number: int) -> None:
        mine = self.waiting[business]
        wanted = item(Kind.AD_ACCOUNT, f"act_8{number}")
        answer = self.story.ask(self.requesters[business], wanted, requesting_id=business)
        if len(mine) == self.cap:
            self.full += 1
            assert answer.reason is DenialReason.TOO_MANY_OPEN
        elif number in mine:
            assert answer.reason is DenialReason.OPEN_ALREADY
        else:
            mine[number] = answer.request_id

    def cancel(self, business: str, number: int) -> None:
        if number in self.waiting[business]:
            self.story.cancel(self.requesters[business], self.waiting[business].pop(number))

    def decline(self, business: str, number: int) -> None:
        if number in self.waiting[business]:
            request_id = self.waiting[business].pop(number)
            self.story.decide(self.town.dana, request_id, Decline(note="No"))

    def expire(self, *_: Any) -> None:
        self.story.wait(days=15)
        self.waiting = {business: {} for business in self.requesters}

    def check(self) -> None:
        for business, mine in self.waiting.items():
            rows = self.story.rows(tables.Request, requesting_id=business, state="PENDING")
            assert {row.id for row in rows} == set(mine.values())


@pytest.mark.covers("T34", "I28")
def test_however_it_is_asked_and_decided_never_more_than_the_cap_is_open_between_two(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.services.directory.businesses.MOST_OPEN_BETWEEN", 2)
    database = story.database
    town = make.town(database)
    make.business(database, make.OTHER, name="Rival Media", team=make.AGENCY_TEAM)
    olga = make.someone(database, 7, name="Olga", team=make.AGENCY_TEAM, roles={make.OTHER: Role.ADMIN})
    for number in range(6):
        make.asset(database, f"act_8{number}", kind=Kind.AD_ACCOUNT, name=str(number), owner=BRAND)
    flood = Flood(story, town, {AGENCY: town.ann, make.OTHER: olga}, cap=2)
    steps = st.tuples(
        st.sampled_from([flood.ask] * 6 + [flood.cancel, flood.decline, flood.expire]),
        st.sampled_from(list(flood.requesters)),
        st.integers(0, 5),
    )

    @hypothesis_settings(max_examples=25, deadline=None, derandomize=True, database=None)
    @given(st.lists(steps, min_size=12, max_size=20))
    def flooded(taken: list[Any]) -> None:
        for step, business, number in taken:
            step(business, number)
        flood.check()

    flooded()
    assert flood.full > 20, "or it has shown nothing"


def _flood(story: Story, requested: int) -> None:
    """Ask so often, for all that a big owner has; what is over the cap is refused, and told to nobody."""
    town = make.town(story.database)
    for number in range(requested // 10):
        make.asset(story.database, f"act_9{number}", kind=Kind.AD_ACCOUNT, name=str(number), owner=BRAND)
    waiting = [
        story.database.submit(
            act,
            requests.submit,
            requesting(item(Kind.AD_ACCOUNT, f"act_9{number % (requested // 10)}")),
            by=(town.ann, town.abe)[number % 2].by(),
            now=story.clock.now(),
        )
        for number in range(requested)
    ]
    answers = [one.result(120) for one in waiting]
    assert sum(isinstance(one, Sent) for one in answers) == directory.MOST_OPEN_BETWEEN
    assert {one.reason for one in answers if isinstance(one, Denied)} == {DenialReason.TOO_MANY_OPEN}
    assert len(story.rows(tables.Request)) == directory.MOST_OPEN_BETWEEN
    channel = [row for row in story.rows(tables.Card) if row.channel_id == "CBRAND"]
    assert len(channel) <= directory.MOST_OPEN_BETWEEN
    for _ in range(20):
        story.live(days=1, hours=6)
    for approver in (town.dana, town.dov):
        assert len(story.digests(approver)) <= 14
        for _, about in story.digests(approver):
            assert len(about) <= 10
    assert story.database.verify().sound


@pytest.mark.covers("T34")
def test_a_flood_of_asks_leaves_fifty_and_few_nudges(story: Story) -> None:
    _flood(story, 700)


@pytest.mark.long
@pytest.mark.covers("T34")
def test_a_flood_of_ten_thousand_asks_leaves_fifty_and_few_nudges(story: Story) -> None:
    _flood(story, 10_000)


@pytest.mark.covers("T34")
def test_one_ask_takes_no_more_than_so_many_assets(story: Story, town: Town) -> None:
    """Or fifty requests would be many thousands."""
    many = tuple(item(Kind.AD_ACCOUNT, f"act_{number}") for number in range(MOST_ITEMS + 1))
    assert isinstance(story.ask(town.ann, *many), Invalid)
    assert story.rows(tables.Request) == []
