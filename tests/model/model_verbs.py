"""The fast machine: verbs against the store, predicted by the model, and looked at after every step."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import model_town as town
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    multiple,
    precondition,
    rule,
)
from model import KNOWN_TASKS, Grant, Item, NewRequest, Request, Said, Tasks, User
from model_invariants import SAFETY, SWEPT, as_foretold, check, v5_no_dead_lease
from model_look import Look, look
from story import StandingClock

from bot.domain.assets import Kind
from bot.domain.inbox import InboxKind
from bot.domain.policy import OPERATOR, Actor, DenialReason, Role, Source, WhoMayAsk
from bot.domain.requests import Approve, Decline, NewItem
from bot.domain.requests import NewRequest as TypedRequest
from bot.domain.requests import Term as TypedTerm
from bot.services import delivery as deliveries
from bot.services import directory, grants, nudges, requests, settings, sweeps
from bot.services.context import Context, act
from bot.services.results import (
    Acknowledged,
    Changed,
    Commented,
    Denied,
    Dropped,
    Ended,
    Invalid,
    LetEnd,
    Moved,
    Reminded,
    Saved,
    Sent,
    Snoozed,
    Undone,
)
from bot.store.database import Database, InboxKey, Repeated

# A week before a change of the clocks in America and one in Europe, a day before those in autumn.
BEGINNINGS = tuple(
    datetime.fromisoformat(at).replace(tzinfo=UTC)
    for at in ("2026-03-06T15:00", "2026-03-27T09:30", "2026-10-23T08:00", "2028-02-28T23:50")
)
_NO = {
    "businesses": "unknown_business unverified deactivated restricted own_unverified own_deactivated "
    "own_restricted same_business not_listed nobody_may_ask partner_inactive",
    "who": "stranger linked_twice unchecked deactivated_user guest bot outsider not_member wrong_workspace "
    "shared_login not_admin own_request both_sides",
    "too_many": "too_many_open too_many_drafts too_many_comments reminded_already",
    "asset": "unknown_asset asset_moved",
    "open": "open_already",
    "held": "granted_already",
    "person": "unknown_person",
    "unknown": "unknown_request unknown_grant unknown_draft",
    "over": "already_over expired undo_over grant_over draft_over",
    "expected_version": "changed",
    "voted": "approved_already",
    "wider": "wider whole_only",
    "nothing": "nothing_given",
    "unbound": "unbound",
    "last_admin": "last_admin",
    "elsewhere": "home_elsewhere linked_twice",
}
_YES = {
    Sent: "sent",
    Saved: "saved",
    Dropped: "dropped",
    Ended: "ended",
    Undone: "undone",
    LetEnd: "let_end",
    Snoozed: "snoozed",
    Acknowledged: "acknowledged",
    Reminded: "reminded",
    Commented: "commented",
    Changed: "changed",
    Invalid: "invalid",
}
assert {str(reason) for reason in DenialReason} == {word for words in _NO.values() for word in words.split()}


def kinds_of(answer: Any) -> Said:
    """What kind of answer this is; a few words belong to two kinds."""
    if isinstance(answer, Moved):
        return frozenset({str(answer.state)})
    if isinstance(answer, Denied):
        return frozenset(kind for kind, words in _NO.items() if str(answer.reason) in words.split())
    return frozenset({_YES.get(type(answer), repr(answer))})


def actor(user: User, source: Source = Source.BUTTON) -> Actor:
    return Actor(source=source, team_id=user[0], user_id=user[1])


def typed_term(term: tuple[str, Any]) -> TypedTerm:
    match term:
        case ("DAYS", days):
            return TypedTerm.for_days(days)
        case ("UNTIL", until):
            return TypedTerm.till(until)
        case _:
            return TypedTerm.without_end()


def typed(ask: NewRequest) -> TypedRequest:
    """The ask as the product takes it."""
    return TypedRequest(
        requesting_id=ask.requesting,
        deciding_id=ask.owner,
        items=tuple(
            NewItem(kind=Kind(one.kind), tasks=one.tasks, asset_id=one.asset, words=one.words)
            for one in ask.items
        ),
        reason=ask.reason,
        term=typed_term(ask.term),
        people=ask.people,
    )


@dataclass
class Call:
    """One verb to run, and what the model says of it (given the product's answer, for its new id)."""

    verb: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    foretell: Callable[[Any], Said]
    key: InboxKey | None = None
    answer: Any = None
    expected: Said = field(default_factory=frozenset)


TEXTS = (
    "Spring launch",
    "<!channel> <@U123> <https://evil.example|Approved by Dana>",
    "*APPROVED* by _everyone_ `code` :tada: &lt;",
    "multi\nline > quote @here",
    "ünï © 漢字 👩‍👩‍👧",
    "x" * 500,
    "'; DROP TABLE request; --",
)
BAD_TEXTS = ("", "   ", "y" * 501)
HOURS = ("09:00-17:00", "Sun-Thu 08:00-16:30", "Mon-Sat 22:00-23:30", "Wed 00:00-23:59")
ALL_USERS = (*dict.fromkeys(town.USERS.values()), town.VERA, ("TNOWHERE", "UANN"))
OK_OR_ALL = st.sampled_from([True] * 5 + [False])
Levels = {
    "AD_ACCOUNT": [{"MANAGE", "ADVERTISE", "ANALYZE"}, {"ADVERTISE", "ANALYZE"}, {"ANALYZE"}],
    "PAGE": [{"MANAGE", "CREATE_CONTENT", "MODERATE", "ADVERTISE", "ANALYZE"}, {"ADVERTISE", "ANALYZE"}],
    "PIXEL": [{"ADVERTISE", "ANALYZE", "EDIT", "UPLOAD"}, {"ADVERTISE", "ANALYZE"}],
    "INSTAGRAM_ACCOUNT": [{"ADVERTISE", "ANALYZE"}, {"ANALYZE", "CONTENT"}],
}


class Verbs(RuleBasedStateMachine):
    """People ask, decide, take back and give back, the clock goes on, and the outbox is worked at."""

    expected_version = Bundle("expected_version")  # cards as somebody saw them: request and version
    requested = Bundle("requested")
    given = Bundle("given")
    saved = Bundle("saved")
    claimed = Bundle("claimed")

    url: Callable[[], Any]
    """Gives a fresh store with the town in it, as (url, what to call when done)."""

    def __init__(self) -> None:
        super().__init__()
        self.place, self.done = type(self).url()
        self.clock = StandingClock(start=BEGINNINGS[0])
        self.database = Database.open(self.place, clock=self.clock)
        self.model = town.read(self.database, self.clock.now())
        self.slack: dict[User, str] = {one.user: one.trouble or "" for one in self.model.people.values()}
        self.keys = 0
        self.numbers = 0
        self.last: list[Call] = []
        self.grant_ids: dict[tuple[str, int], str] = {}
        self.before: Look | None = None
        self.failed = False
        self.observe()

    def teardown(self) -> None:
        try:
            if not self.failed:  # else it would only say so again, in other words
                self.clock.push_real(timedelta(hours=2))
                self.sweep_now()
                assert self.database.verify().sound
        finally:
            self.database.close()
            self.done()

    # --- one step

    def observe(self) -> Look:
        """Look, and have every invariant look."""
        self.failed = True
        now = look(
            self.database, self.model, now=self.clock.now(), real=self.clock.real(), before=self.before
        )
        check(now, SAFETY)
        self.before, self.failed = now, False
        self.grant_ids = {(row.request_id, row.position): row.id for row in now.grants}
        return now

    def run(self, *calls: Call, exact: bool = True) -> list[Any]:
        """Do all of it at once, have the model say the same, and compare."""
        futures = []
        for call in calls:
            self.keys += 1
            call.key = InboxKey(InboxKind.EVENT, f"E{self.keys}")
            futures.append(
                self.database.submit(act, call.verb, *call.args, inbox=call.key, deadline=60.0, **call.kwargs)
            )
        for call, future in zip(calls, futures, strict=True):
            try:
                call.answer = future.result(60)
            except Exception as error:  # noqa: BLE001 - whatever it was, it is no answer
                call.answer = error
            written = len(self.model.events)
            call.expected = call.foretell(call.answer)
            if isinstance(call.answer, Invalid) and self.model.events[written:] == [("denied",)]:
                self.model.events.pop()  # of several things against it, one that is only said was named
        self.last = list(calls)
        now = self.observe()
        self.failed = True
        for call in calls:
            assert kinds_of(call.answer) & call.expected, (
                f"{call.verb.__name__}: {call.answer!r}, and the model says {set(call.expected)}"
            )
        self.compare(now, exact=exact)
        return [call.answer for call in calls]

    def compare(self, now: Look, *, exact: bool) -> None:
        """Compare what is kept and what is to be said with what the model says."""
        model, self.failed = self.model, True
        as_foretold(now)
        happened = Counter(told for event in now.new if (told := self.told(event)) is not None)
        assert happened == Counter(model.events), (
            f"i7: events: {happened - Counter(model.events)}, foretold: {Counter(model.events) - happened}"
        )
        copies: Counter[tuple[str, str]] = Counter(
            (card.subject_id, card.audience) for card in now.cards if card.state != "FAILED"
        )
        wanted: Counter[tuple[str, str, str]] = Counter()
        for subject, audience, about in model.notices:
            wanted[subject, audience, about] += copies[subject, audience]
        notices = Counter(
            (
                effect.subject_id,
                next(card.audience for card in now.cards if card.id == effect.card_id),
                effect.about.split(":")[0],
            )
            for effect in now.fresh
            if effect.kind == "POST_NOTICE"
        )
        if exact:
            assert notices == +wanted, f"told: {notices}, foretold: {wanted}"
            posted = Counter(
                (card.subject_id, card.audience, card.channel_id or card.user_id)
                for card in now.new_rows("cards", "id")
                if card.audience in ("APPROVERS", "REQUESTER", "AUTHOR", "SUBMITTERS")
            )
            assert posted == Counter(model.cards), f"told: {posted}, foretold: {model.cards}"
        model.events.clear()
        model.cards.clear()
        model.notices.clear()
        self.failed = False

    def told(self, event: Any) -> tuple[Any, ...] | None:
        """An event in the model's words; None for what the model leaves to the invariants."""
        keys: dict[str, Any] = {grant: key for key, grant in self.grant_ids.items()}
        subject = keys.get(event.subject_id, event.subject_id)
        word = event.kind.split(".")[-1]
        if event.kind == "denied":
            return ("denied",)
        if event.to_state is not None:
            return (event.subject_kind, subject, event.from_state, event.to_state, event.version)
        if word == "undone":
            return (word, subject, event.version)
        return None if word == "nudged" else (word, subject)

    # --- drawing

    def user(self, data: st.DataObject, able: list[User], *, near: str = "") -> User:
        """Mostly somebody who can, sometimes somebody who belongs there and cannot, sometimes anybody."""
        almost = [
            self.model.people[person].user
            for (business, person), (role, _) in self.model.members.items()
            if business == near and role == "ADMIN" and self.model.people[person].user not in able
        ]
        match data.draw(st.sampled_from([0, 0, 0, 0, 1, 1, 2])):
            case 0 if able:
                return data.draw(st.sampled_from(able))
            case 1 if almost:
                return data.draw(st.sampled_from(almost))
        return data.draw(st.sampled_from(ALL_USERS))

    def users(self, business: str) -> list[User]:
        return [one.user for one in self.model.admins(business)]

    def approver(self, data: st.DataObject, request_id: str) -> User:
        request = self.model.requests.get(request_id)
        if request is None:
            return self.user(data, [])
        return self.user(data, [one.user for one in self.model.approvers(request)], near=request.ask.owner)

    def text(self, data: st.DataObject, *, empty: bool = False) -> str:
        if not data.draw(OK_OR_ALL):
            return data.draw(st.sampled_from(BAD_TEXTS))
        return data.draw(st.sampled_from([*TEXTS, *([""] if empty else [])]))

    def item(self, data: st.DataObject, owner: str) -> Item:
        kind_of = {asset: kind for asset, (kind, by) in town.ASSETS.items() if by == owner}
        if data.draw(OK_OR_ALL) and kind_of:
            asset: str | None = data.draw(st.sampled_from(sorted(kind_of)))
        else:
            asset = data.draw(st.sampled_from([None, None, *town.ASSETS]))
        kind = town.ASSETS[asset][0] if asset else data.draw(st.sampled_from(sorted(KNOWN_TASKS)))
        tasks = frozenset(data.draw(st.sampled_from(Levels[kind])))
        odd = data.draw(st.sampled_from([None] * 12 + ["none", "unknown", "few"]))
        if odd:
            tasks = {"none": frozenset(), "unknown": tasks | {"TELEPORT"}, "few": tasks - {"ANALYZE"}}[odd]
        words = None if asset else data.draw(st.sampled_from(["the <!here> account", "main *page*", "  "]))
        return Item(kind, tasks, asset, words)

    def term(self, data: st.DataObject) -> tuple[str, Any]:
        now = self.clock.now()
        days = st.sampled_from([1, 1, 2, 7, 7, 30, 30, 3650, 0, 3651]).map(lambda n: ("DAYS", n))
        until = st.sampled_from([1 / 24, 1, 3, 20, 100, -1, 4000]).map(
            lambda n: ("UNTIL", now + timedelta(days=n))
        )
        return data.draw(st.one_of(days, days, until, st.just(("OPEN_END", None))))

    def an_request(self, data: st.DataObject) -> NewRequest:
        owner = data.draw(st.sampled_from([town.BRAND] * 4 + [town.OTHER, town.AGENCY, "10000009999"]))
        requesting_id = data.draw(st.sampled_from([town.AGENCY] * 4 + [town.OTHER] * 2 + [town.BRAND]))
        number = data.draw(st.sampled_from([1, 1, 1, 2, 2, 3, 4, 0, 26]))
        if number == 26:
            items = tuple(Item("PAGE", frozenset({"ANALYZE"}), None, f"page {n}") for n in range(26))
        else:
            items = tuple(self.item(data, owner) for _ in range(number))
        people = [person for business, person in self.model.members if business == requesting_id]
        whom = data.draw(st.lists(st.sampled_from([*people, *people, town.person_id("Emil")]), max_size=2))
        return NewRequest(
            requesting_id, owner, items, self.text(data), self.term(data), tuple(dict.fromkeys(whom))
        )

    # --- calls

    def call(self, verb: Any, *args: Any, by: User, foretell: Callable[[Any], Said], **kwargs: Any) -> Call:
        return Call(verb, args, {"by": actor(by), "now": self.clock.now(), **kwargs}, foretell)

    def asks(self, data: st.DataObject) -> Call:
        ask = self.an_request(data)
        members = [
            one.user for one in self.model.people.values() if self.model.hears(one.user, ask.requesting)
        ]
        by = self.user(data, members)
        return self.call(
            requests.submit,
            typed(ask),
            by=by,
            foretell=lambda answer: self.model.ask(ask, by=by, new_id=new_id(answer)),
        )

    def approves(
        self,
        data: st.DataObject,
        request_id: str,
        expected_version: int,
        *,
        plain: bool,
        by: User | None = None,
    ) -> Call:
        by = by or self.approver(data, request_id)
        request = self.model.requests.get(request_id)
        given: dict[int, Tasks] = {}
        bound: dict[int, str] = {}
        term, note = None, ""
        for n, item in enumerate(request.items if request else ()):
            if item.words is not None and data.draw(st.booleans()):
                fits = [
                    asset
                    for asset, (kind, by_) in town.ASSETS.items()
                    if kind == item.kind and by_ == request.ask.owner
                ]
                bound[n] = data.draw(st.sampled_from((fits * 4) + sorted(town.ASSETS)))
            if not plain and data.draw(st.booleans()):
                some = KNOWN_TASKS[item.kind] if data.draw(st.integers(0, 2)) == 0 else item.so_far
                given[n] = frozenset(data.draw(st.sets(st.sampled_from(sorted(some or {"ANALYZE"})))))
        if not plain:
            if data.draw(st.booleans()):
                term = self.term(data)
            if data.draw(st.integers(0, 9)) == 0:
                given[9] = frozenset({"ANALYZE"})
            if data.draw(st.integers(0, 2)) == 0:  # another asset than was asked for
                bound[0] = data.draw(st.sampled_from(["act_1002", "act_1001", "500000001", *town.ASSETS]))
            note = self.text(data, empty=True)
        verdict = Approve(
            given=given or None, bound=bound, term=typed_term(term) if term else None, note=note
        )
        return self.call(
            requests.decide,
            request_id,
            by=by,
            verdict=verdict,
            expected_version=expected_version,
            foretell=lambda _: self.model.approve(
                request_id,
                by=by,
                expected_version=expected_version,
                given=given,
                bound=bound,
                term=term,
                note=note,
            ),
        )

    def declines(self, data: st.DataObject, request_id: str, expected_version: int) -> Call:
        by, note = self.approver(data, request_id), self.text(data, empty=True)
        return self.call(
            requests.decide,
            request_id,
            by=by,
            verdict=Decline(note=note),
            expected_version=expected_version,
            foretell=lambda _: self.model.decline(
                request_id, by=by, expected_version=expected_version, note=note
            ),
        )

    def cancels(self, data: st.DataObject, request_id: str) -> Call:
        request = self.model.requests.get(request_id)
        by = (
            self.user(data, self.users(request.ask.requesting), near=request.ask.requesting)
            if request
            else town.VERA
        )
        note = self.text(data, empty=True)
        return self.call(
            requests.cancel,
            request_id,
            by=by,
            note=note,
            foretell=lambda _: self.model.cancel(request_id, by=by, note=note),
        )

    def undoes(self, data: st.DataObject, request_id: str) -> Call:
        request = self.model.requests.get(request_id)
        by = self.user(data, self.users(request.ask.owner), near=request.ask.owner) if request else town.VERA
        return self.call(
            requests.undo,
            request_id,
            by=by,
            foretell=lambda _: self.model.undo(request_id, by=by),
        )

    def demotes(self, data: st.DataObject, business: str = "", person: str = "") -> Call:
        business = business or data.draw(st.sampled_from(town.BUSINESSES))
        members = [person for of, person in self.model.members if of == business]
        role = "EMPLOYEE" if person else data.draw(st.sampled_from(["EMPLOYEE", "EMPLOYEE", "ADMIN"]))
        person = person or data.draw(st.sampled_from([*members, town.person_id("Ann")]))
        by = self.user(data, self.users(business))
        return self.call(
            settings.set_role,
            business,
            person,
            by=by,
            role=Role(role),
            foretell=lambda _: self.model.change_member(business, person, role=role, by=by),
        )

    def opened(self) -> list[Request]:
        return [one for one in self.model.requests.values() if one.is_open]

    def live(self) -> list[Grant]:
        return [one for one in self.model.grants.values() if one.state == "ACTIVE"]

    def fresh(self, data: st.DataObject) -> tuple[str, int]:
        """An open request as it is now, if there is one."""
        found = self.opened() or list(self.model.requests.values())
        one = data.draw(st.sampled_from(found)) if found else None
        return (one.id, one.version) if one else ("999999999999999", 1)

    # --- rules: asking

    @initialize(target=requested, begins=st.sampled_from(BEGINNINGS), data=st.data())
    def begin(self, begins: datetime, data: st.DataObject) -> Any:
        """A moment of the year, and a few requests, so that there is something to decide."""
        self.push(begins - self.clock.now())
        self.settings_change(data, quorum=data.draw(st.sampled_from([1, 1, 2, 3])))
        number = data.draw(st.integers(1, 4))
        return multiple(*[one for _ in range(number) if (one := self.well_requested(data))])

    @rule(target=requested, data=st.data())
    def somebody_asks(self, data: st.DataObject) -> Any:
        (answer,) = self.run(self.asks(data))
        return answer.request_id if isinstance(answer, Sent) else multiple()

    @rule(target=requested, data=st.data())
    def somebody_asks_well(self, data: st.DataObject) -> Any:
        return self.well_requested(data) or multiple()

    def well_requested(self, data: st.DataObject) -> str:
        """Ask for what can be had; return the request's id."""
        requesting_id = data.draw(st.sampled_from([town.AGENCY, town.AGENCY, town.OTHER]))
        kinds = {asset: kind for asset, (kind, by) in town.ASSETS.items() if by == town.BRAND}
        some = data.draw(st.lists(st.sampled_from(sorted(kinds)), min_size=1, max_size=3, unique=True))
        items = [
            Item(kinds[one], frozenset(data.draw(st.sampled_from(Levels[kinds[one]]))), one) for one in some
        ]
        if data.draw(st.booleans()):
            kind = data.draw(st.sampled_from(["AD_ACCOUNT", "PAGE"]))
            items.append(Item(kind, frozenset({"ANALYZE"}), None, "whatever it is called"))
        people = [person for business, person in self.model.members if business == requesting_id]
        whom = data.draw(st.lists(st.sampled_from(people), max_size=2, unique=True))
        ask = NewRequest(requesting_id, town.BRAND, tuple(items), "Spring", self.term(data), tuple(whom))
        by = data.draw(st.sampled_from(self.users(requesting_id) or [town.VERA]))
        call = self.call(
            requests.submit,
            typed(ask),
            by=by,
            foretell=lambda answer: self.model.ask(ask, by=by, new_id=new_id(answer)),
        )
        (answer,) = self.run(call)
        return new_id(answer)

    @rule(target=saved, data=st.data())
    def an_employee_drafts(self, data: st.DataObject) -> Any:
        ask = self.an_request(data)
        employees = [
            self.model.people[person].user
            for (business, person), (role, _) in self.model.members.items()
            if business == ask.requesting and role == "EMPLOYEE"
        ]
        by = self.user(data, employees)
        call = self.call(
            requests.submit,
            typed(ask),
            by=by,
            foretell=lambda answer: self.model.ask(ask, by=by, new_id=new_id(answer)),
        )
        (answer,) = self.run(call)
        return answer.draft_id if isinstance(answer, Saved) else multiple()

    @rule(
        target=requested,
        draft=saved,
        data=st.data(),
        what=st.sampled_from(["SENT", "SENT", "DROPPED", "WAITING"]),
    )
    def what_was_draft_is_handled(self, draft: str, data: st.DataObject, what: str) -> Any:
        one = self.model.draft[draft]
        self.wait_until(data, one.expires)
        able = [
            *self.users(one.ask.requesting),
            *([self.model.people[one.author].user] if what != "SENT" else []),
        ]
        by = self.user(data, able)
        expected_version = (
            one.version
            if data.draw(OK_OR_ALL)
            else data.draw(st.sampled_from([one.version - 1, one.version + 1]))
        )
        ask = replace(self.an_request(data), requesting=one.ask.requesting) if what == "WAITING" else None
        verb = {
            "SENT": requests.submit_draft,
            "DROPPED": requests.drop_draft,
            "WAITING": requests.change_draft,
        }[what]
        (answer,) = self.run(
            self.call(
                verb,
                draft,
                *([typed(ask)] if ask else []),
                by=by,
                expected_version=expected_version,
                foretell=lambda answer: self.model.handle_draft(
                    what, draft, by=by, expected_version=expected_version, new_id=new_id(answer), ask=ask
                ),
            )
        )
        return answer.request_id if isinstance(answer, Sent) else multiple()

    # --- rules: deciding

    @rule(target=expected_version, data=st.data())
    def somebody_looks_at_a_card(self, data: st.DataObject) -> Any:
        return self.fresh(data)

    @precondition(lambda self: self.opened())
    @rule(target=given, data=st.data())
    def the_approvers_agree(self, data: st.DataObject) -> Any:
        request_id, _ = self.fresh(data)
        return self.agreed(data, request_id)

    def agreed(self, data: st.DataObject, request_id: str) -> Any:
        """One after the other says yes to the card as it is, until it is decided or nobody is left."""
        request = self.model.requests[request_id]
        for one in data.draw(st.permutations(self.model.approvers(request))):
            if request.is_open:
                self.run(self.approves(data, request_id, request.version, plain=True, by=one.user))
            if request.is_open and data.draw(st.integers(0, 3)) == 0:  # and loses the right to it
                self.run(self.demotes(data, request.ask.owner, one.id))
        return multiple(*[key for key in self.model.grants if key[0] == request_id])

    @rule(target=given, data=st.data(), key=given)
    def the_holder_asks_for_more(self, data: st.DataObject, key: tuple[str, int]) -> Any:
        """And gets it: two grants of one asset, of which one may end."""
        grant = self.model.grants[key]
        kind = self.model.assets[grant.asset][0]
        people = [person for business, person in self.model.members if business == grant.holder]
        term, item = self.term(data), Item(kind, KNOWN_TASKS[kind], grant.asset)
        ask = NewRequest(grant.holder, grant.owner, (item,), "More of it", term, tuple(people[:2]))
        by = data.draw(st.sampled_from(self.users(grant.holder) or [town.VERA]))
        call = self.call(
            requests.submit,
            typed(ask),
            by=by,
            foretell=lambda answer: self.model.ask(ask, by=by, new_id=new_id(answer)),
        )
        (answer,) = self.run(call)
        return self.agreed(data, answer.request_id) if isinstance(answer, Sent) else multiple()

    @precondition(lambda self: self.opened())
    @rule(data=st.data())
    def approve_otherwise_from_a_fresh_card(self, data: st.DataObject) -> None:
        self.run(self.approves(data, *self.fresh(data), plain=False))

    @precondition(lambda self: self.opened())
    @rule(data=st.data())
    def approve_at_the_last_moment(self, data: st.DataObject) -> None:
        request_id, version = self.fresh(data)
        self.wait_until(data, self.model.requests[request_id].expires)
        self.run(self.approves(data, request_id, version, plain=True))

    @rule(data=st.data(), card=expected_version, plain=st.booleans())
    def approve_from_an_old_card(self, data: st.DataObject, card: tuple[str, int], *, plain: bool) -> None:
        self.run(self.approves(data, *card, plain=plain))

    @rule(data=st.data(), card=expected_version, other=expected_version)
    def decide_with_a_copied_payload(
        self, data: st.DataObject, card: tuple[str, int], other: tuple[str, int]
    ) -> None:
        self.run(self.approves(data, card[0], other[1], plain=True))
        self.run(self.approves(data, "123456789012345", other[1], plain=True))

    @precondition(lambda self: self.opened())
    @rule(data=st.data())
    def decline(self, data: st.DataObject) -> None:
        self.run(self.declines(data, *self.fresh(data)))

    @precondition(lambda self: self.opened())
    @rule(data=st.data())
    def who_requested_changes_sides(self, data: st.DataObject) -> None:
        """They leave who asks, come to who decides, and say yes to their own request."""
        request_id, _ = self.fresh(data)
        request = self.model.requests[request_id]
        requester = self.model.people[
            data.draw(st.sampled_from([request.requester, request.author or request.requester]))
        ]
        requesting_id, owner = request.ask.requesting, request.ask.owner
        for business, verb, more in (
            (requesting_id, settings.remove_member, {}),
            (owner, settings.add_member, {"role": Role.ADMIN}),
        ):
            by = self.user(data, [one for one in self.users(business) if one != requester.user])
            if verb is settings.remove_member:
                foretell = partial(self.model.change_member, business, requester.id, role=None, by=by)
                args: tuple[Any, ...] = (business, requester.id)
            else:
                foretell = partial(
                    self.model.add_member, business, requester.user, role="ADMIN", by=by, new_id=""
                )
                args = (business,)
                more |= {"team_id": requester.user[0], "user_id": requester.user[1], "name": "Turncoat"}
            self.run(
                self.call(verb, *args, by=by, foretell=lambda _, say=foretell: say(), **more), exact=False
            )
        self.run(self.approves(data, request_id, request.version, plain=True, by=requester.user))

    @rule(data=st.data(), request=requested)
    def cancel(self, data: st.DataObject, request: str) -> None:
        self.run(self.cancels(data, request))

    @precondition(lambda self: self.model.requests)
    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        found = [one.id for one in self.model.requests.values() if one.undo_until] or list(
            self.model.requests
        )
        request_id = data.draw(st.sampled_from(found))
        self.wait_until(data, self.model.requests[request_id].undo_until)
        self.run(self.undoes(data, request_id))

    @rule(data=st.data(), request=requested)
    def several_at_once(self, data: st.DataObject, request: str) -> None:
        """I19 (of one writer). What is committed together is as if each came alone, in that order."""
        one = self.model.requests[request]
        expected_version = one.version
        makers = [
            lambda: self.approves(data, request, expected_version, plain=True),
            lambda: self.approves(data, request, expected_version + 1, plain=True),
            lambda: self.declines(data, request, expected_version),
            lambda: self.cancels(data, request),
            lambda: self.undoes(data, request),
            lambda: self.demotes(data),
            lambda: self.asks(data),
        ]
        chosen = data.draw(st.lists(st.sampled_from(makers), min_size=2, max_size=4))
        self.run(*[make() for make in chosen])

    @precondition(lambda self: self.last)
    @rule(data=st.data())
    def the_same_input_comes_again(self, data: st.DataObject) -> None:
        """I18. What came in once is not done twice: the second time it is only told what it led to."""
        for call in data.draw(st.permutations(self.last)):
            if isinstance(call.answer, Exception):
                continue
            again = self.database.submit(
                call.verb, *call.args, inbox=call.key, deadline=60.0, **call.kwargs
            ).result(60)
            assert isinstance(again, Repeated), f"i18: done twice: {again}"
            assert again.subject == call.answer.subject
        now = self.observe()
        assert not now.new, "i18: an event of the same input"
        assert not now.fresh, "i18: an effect of the same input"
        self.compare(now, exact=True)

    @precondition(lambda self: self.last)
    @rule(data=st.data())
    def a_verb_breaks_at_its_end(self, data: st.DataObject) -> None:
        """What does not reach its commit leaves nothing: no row, no event, no effect, no key."""
        call = data.draw(st.sampled_from(self.last))

        def broken(tx: Any, *args: Any, **kwargs: Any) -> None:
            act(tx, call.verb, *args, **kwargs)
            raise RuntimeError("broken on purpose")

        self.keys += 1
        key = InboxKey(InboxKind.EVENT, f"E{self.keys}")
        future = self.database.submit(broken, *call.args, inbox=key, deadline=60.0, **call.kwargs)
        assert isinstance(future.exception(60), RuntimeError)
        now = self.observe()
        assert not now.new
        assert not now.fresh, "i10: an effect of what never happened"
        self.compare(now, exact=True)

    # --- rules: grants

    @rule(target=given)
    def somebody_is_given_access(self) -> Any:
        return multiple(*[key for key, one in self.model.grants.items() if one.state == "ACTIVE"][-2:])

    @rule(data=st.data(), key=given)
    def end_access(self, data: st.DataObject, key: tuple[str, int]) -> None:
        grant = self.model.grants[key]
        more = data.draw(st.lists(st.sampled_from(list(self.model.grants)), max_size=2))
        business = data.draw(st.sampled_from([grant.owner, grant.holder, *town.BUSINESSES]))
        keys = [key, *more] if data.draw(st.booleans()) else [key]
        by, note = self.user(data, self.users(business)), self.text(data, empty=True)
        self.run(
            self.call(
                grants.revoke if business == grant.owner else grants.relinquish,
                [self.grant_ids[one] for one in keys],
                business_id=business,
                by=by,
                note=note,
                foretell=lambda _: self.model.end_access(keys, business=business, by=by, note=note),
            )
        )

    @rule(data=st.data(), key=given)
    def let_it_end(self, data: st.DataObject, key: tuple[str, int]) -> None:
        by = self.user(data, self.users(self.model.grants[key].holder))
        self.run(
            self.call(
                grants.let_end,
                self.grant_ids[key],
                by=by,
                foretell=lambda _: self.model.let_end(key, by=by),
            )
        )

    @rule(target=requested, data=st.data(), key=given, days=st.sampled_from([1, 7, 30, 0, 3651, 3650]))
    def extend(self, data: st.DataObject, key: tuple[str, int], days: int) -> Any:
        self.wait_until(data, self.model.grants[key].end)
        by, reason = self.user(data, self.users(self.model.grants[key].holder)), self.text(data)
        (answer,) = self.run(
            self.call(
                requests.extend,
                self.grant_ids[key],
                days=days,
                reason=reason,
                by=by,
                foretell=lambda answer: self.model.extend(
                    key, days=days, reason=reason, by=by, new_id=new_id(answer)
                ),
            )
        )
        return answer.request_id if isinstance(answer, Sent) else multiple()

    # --- rules: nudges

    @precondition(lambda self: self.opened())
    @rule(data=st.data(), what=st.sampled_from(["reminded", "reminded", "snoozed", "acknowledged"]))
    def a_working_day_and_something_said_in_it(self, data: st.DataObject, what: str) -> None:
        """Nudges go out; then somebody reminds, snoozes or looks; and the hours go on."""
        for _ in range(2):
            for _ in range(9):
                self.push(timedelta(hours=1))
                self.sweep_now()
            self.say_to_a_nudge(data, what)

    @precondition(lambda self: self.model.requests)
    @rule(data=st.data(), what=st.sampled_from(["snoozed", "acknowledged", "reminded"]))
    def somebody_puts_it_off(self, data: st.DataObject, what: str) -> None:
        self.say_to_a_nudge(data, what)

    def say_to_a_nudge(self, data: st.DataObject, what: str) -> None:
        request, _ = self.fresh(data)
        verb = {"snoozed": nudges.snooze, "acknowledged": nudges.acknowledge, "reminded": nudges.remind}[what]
        mine = self.model.requests.get(request)
        by = (
            self.user(data, self.users(mine.ask.requesting))
            if mine and what == "reminded"
            else self.approver(data, request)
        )
        self.run(self.call(verb, request, by=by, foretell=lambda _: self.model.on_open(what, request, by=by)))

    @rule(data=st.data(), request=requested)
    def somebody_writes(self, data: st.DataObject, request: str) -> None:
        mine = self.model.requests[request]
        by, text = (
            self.user(data, [*self.users(mine.ask.requesting), *self.users(mine.ask.owner)]),
            self.text(data),
        )
        self.run(
            self.call(
                requests.comment,
                request,
                text,
                by=by,
                foretell=lambda _: self.model.comment(request, text.strip(), by=by),
            )
        )

    # --- rules: settings and people

    @rule(data=st.data())
    def the_directory_changes(self, data: st.DataObject) -> None:
        """One rule for all of it: what is decided is to happen more often than who may."""
        changes = [
            self.settings_change,
            self.settings_change,
            lambda data: self.run(self.demotes(data)),
            lambda data: self.run(self.demotes(data)),
            self.somebody_is_removed,
            self.somebody_is_added,
            self.slack_says_that_somebody_changed,
            self.slack_says_that_somebody_changed,
            self.the_operator_verifies,
        ]
        data.draw(st.sampled_from(changes))(data)

    def settings_change(self, data: st.DataObject, **wanted: Any) -> None:
        business = town.BRAND if wanted else data.draw(st.sampled_from(town.BUSINESSES))
        own = self.model.businesses[business]
        today = self.clock.now().date()
        values: dict[str, Any] = {
            "quorum": data.draw(st.sampled_from([1, 1, 2, 2, 3, 0, 11])),
            "expires_days": data.draw(st.sampled_from([14, 7, 2, 1, 0, 366])),
            "undo_minutes": data.draw(st.sampled_from([10, 10, 0, 1440, -1])),
            "who_may_ask": data.draw(st.sampled_from(["ANYONE", "ANYONE", "LISTED", "NOBODY"])),
            "hours": data.draw(st.sampled_from(HOURS)),
            "channel": data.draw(st.sampled_from([town.ROOMS[business], town.ROOMS[business], None])),
        }
        off = tuple(today + timedelta(days=n) for n in data.draw(st.sets(st.integers(0, 4), max_size=2)))
        changed = data.draw(st.sets(st.sampled_from(sorted(values)), max_size=2))
        values = {name: value for name, value in values.items() if name in changed} | wanted
        if "days_off" not in values and data.draw(st.booleans()):
            values["days_off"] = ",".join(sorted(day.isoformat() for day in off))
        after = {**vars(own), **values}
        expected_version = own.policy_version if data.draw(OK_OR_ALL) else own.policy_version - 1
        by = town.USERS["Dana"] if wanted else self.user(data, self.users(business))
        policy = settings.Policy(
            channel_id=after["channel"],
            quorum=after["quorum"],
            expires_days=after["expires_days"],
            undo_minutes=after["undo_minutes"],
            who_may_ask=WhoMayAsk(after["who_may_ask"]),
            hours=after["hours"],
            days_off=tuple(date.fromisoformat(day) for day in after["days_off"].split(",") if day),
        )
        self.run(
            self.call(
                settings.change_policy,
                business,
                policy,
                by=by,
                expected_version=expected_version,
                foretell=lambda _: self.model.change_policy(
                    business, by=by, expected_version=expected_version, **values
                ),
            )
        )

    def somebody_is_removed(self, data: st.DataObject) -> None:
        business = data.draw(st.sampled_from(town.BUSINESSES))
        members = [person for of, person in self.model.members if of == business]
        person = data.draw(st.sampled_from(members))
        by = self.user(data, self.users(business))
        self.run(
            self.call(
                settings.remove_member,
                business,
                person,
                by=by,
                foretell=lambda _: self.model.change_member(business, person, role=None, by=by),
            ),
            exact=False,
        )

    def somebody_is_added(self, data: st.DataObject) -> None:
        business = data.draw(st.sampled_from(town.BUSINESSES))
        role = data.draw(st.sampled_from(["ADMIN", "EMPLOYEE"]))
        user = data.draw(st.sampled_from(ALL_USERS[:-1]))
        by = self.user(data, self.users(business))

        def foretell(_: Any) -> Said:
            known = {one.id for one in self.model.people.values()}
            found = [row.id for row in self.rows() if row.id not in known]
            return self.model.add_member(business, user, role=role, by=by, new_id=found[0] if found else "")

        self.run(
            self.call(
                settings.add_member,
                business,
                team_id=user[0],
                user_id=user[1],
                name="Somebody",
                role=Role(role),
                by=by,
                foretell=foretell,
            )
        )
        for one in self.model.people.values():
            self.slack.setdefault(one.user, "")

    def rows(self) -> list[Any]:
        return look(
            self.database, self.model, now=self.clock.now(), real=self.clock.real(), before=None
        ).people

    def slack_says_that_somebody_changed(self, data: st.DataObject) -> None:
        """An event of Slack's, maybe one that has been overtaken: what is true is something else."""
        user = data.draw(st.sampled_from(ALL_USERS[:-2]))
        trouble = data.draw(st.sampled_from(["deactivated", "deactivated", "guest", "stranger", "", "", ""]))
        if data.draw(st.booleans()):
            self.slack[user] = trouble
        known = any(one.user == user for one in self.model.people.values())

        def foretell(_: Any) -> Said:
            if known and trouble:
                self.model.slack_says(user, trouble)
            return frozenset({repr(None)})

        flags = {flag: flag == trouble for flag in town.FLAGS}
        call = Call(
            directory.user_changed,
            (),
            {"team_id": user[0], "user_id": user[1], "now": self.clock.now(), **flags},
            foretell,
        )
        self.run(call)
        self.last = []

    def the_operator_verifies(self, data: st.DataObject) -> None:
        business = data.draw(st.sampled_from(town.BUSINESSES))
        verified = data.draw(st.sampled_from([True, True, True, False]))
        news = self.model.businesses[business].verified != verified

        def foretell(_: Any) -> Said:
            self.model.verify(business, verified=verified)
            return frozenset({repr(news)})

        self.run(
            Call(
                directory.verify_business,
                (business,),
                {"verified": verified, "by": OPERATOR, "now": self.clock.now()},
                foretell,
            )
        )
        self.last = []

    # --- rules: the clock

    def push(self, by: timedelta) -> None:
        self.clock.push(by)
        self.model.now = self.clock.now()

    def sweep_now(self) -> None:
        self.run(Call(_sweep, (), {"now": self.clock.now()}, self._foretell_sweep))
        self.last = []
        assert self.before is not None
        check(self.before, SWEPT)

    def _foretell_sweep(self, answer: Any) -> Said:
        self.model.sweep()
        return frozenset({repr(answer)}) if isinstance(answer, int) else frozenset()

    @rule(
        much=st.sampled_from([1, 599, 601, 3600, 3600, 8 * 3600, 86400, 86400, 3 * 86400]),
        sweeps=st.booleans(),
    )
    def time_passes(self, much: int, *, sweeps: bool) -> None:
        self.push(timedelta(seconds=much))
        if sweeps:
            self.sweep_now()

    def wait_until(self, data: st.DataObject, moment: datetime | None) -> None:
        """Let time pass, half of the time, to the microsecond of a limit or beside it, and sweep nothing."""
        off = data.draw(st.sampled_from([None, None, None, -1, 0, 1]))
        if moment is not None and off is not None and moment > self.clock.now():
            self.push(moment - self.clock.now() + timedelta(microseconds=off))

    @rule(off=st.sampled_from([-1, 0, 1]))
    def time_passes_to_what_is_next_due(self, off: int) -> None:
        """To the very microsecond, or one before or after it."""
        due = self.model.next_due()
        if due is not None:
            self.push(due - self.clock.now() + timedelta(microseconds=off))

    @rule(hours=st.sampled_from([0, 0, 0, 6, 24, 48]))
    def hours_pass_one_by_one(self, hours: int) -> None:
        self.sweep_now()
        for _ in range(hours):
            self.push(timedelta(hours=1))
            self.sweep_now()

    @rule(much=st.sampled_from([1, 60, 3600, 86400]))
    def the_clock_goes_back(self, much: int) -> None:
        self.push(-timedelta(seconds=much))

    # --- rules: the outbox, by hand

    @rule(target=claimed, most=st.sampled_from([1, 3, 8]))
    def a_worker_claims(self, most: int) -> Any:
        found = self.write(act, deliveries.claim, most=most, now=self.clock.now(), real=self.clock.real())
        self.settle()
        return multiple(*found)

    @rule(effect=consumes(claimed), data=st.data())
    def a_worker_delivers(self, effect: deliveries.Delivery, data: st.DataObject) -> None:
        """Mark, send and finish one effect, with whatever Slack may say; a worker may have slept too long."""
        assert self.before is not None
        row = next((one for one in self.before.effects if one.id == effect.id), None)
        mine = (
            row is not None
            and row.state == "SENDING"
            and (row.attempt, row.lease_until) == (effect.attempt, effect.lease_until)
        )
        marked = False
        is_post = effect.kind in ("POST_CARD", "POST_NOTICE")
        if is_post and effect.marked_at is None and data.draw(OK_OR_ALL):
            marked = self.write(deliveries.mark, effect, real=self.clock.real())
            assert marked == mine, "v5: a worker that lost its lease goes on"
            if data.draw(st.integers(0, 4)) == 0:
                self.settle()
                return  # killed between the mark and the answer
        outcome = self.outcome(data, effect, marked=marked or effect.marked_at is not None)
        finished = self.write(
            act, deliveries.finish, effect, outcome, now=self.clock.now(), real=self.clock.real()
        )
        assert finished == mine, "v5: a worker that lost its lease wrote something"
        if finished and isinstance(outcome, deliveries.Done) and outcome.flags is not None:
            user = (effect.team_id, outcome.flags.user_id)
            self.model.slack_says(user, self.slack[user])
        self.settle()

    def outcome(
        self, data: st.DataObject, effect: deliveries.Delivery, *, marked: bool
    ) -> deliveries.Outcome:
        if effect.kind == "CHECK_PERSON":
            user = self.model.people[effect.subject_id].user
            flags = {flag: flag == self.slack[user] for flag in town.FLAGS}
            return deliveries.Done(flags=deliveries.Flags(user_id=user[1], zone="Europe/Berlin", **flags))
        self.numbers += 1
        assert self.before is not None
        versions = {
            row.id: row.version for name in ("requests", "grants", "draft") for row in self.before.rows[name]
        }
        shown = versions.get(effect.subject_id, 0)
        done = (
            deliveries.Done(ts=f"17.{self.numbers:06d}", channel_id=f"D{effect.card_id}", shown=shown)
            if effect.kind == "POST_CARD"
            else deliveries.Done(shown=shown if effect.kind == "UPDATE_CARD" else 0)
        )
        others: list[deliveries.Outcome] = [
            deliveries.Retry(seconds=5, why="ratelimited"),
            deliveries.Unknown(why="timeout", sent=marked),
            deliveries.Rejected(why="channel_not_found", elsewhere=True),
            deliveries.Rejected(why="invalid_blocks"),
        ]
        if marked and effect.marked_at is not None:
            others += [deliveries.NotFound(), deliveries.Unverifiable(why="missing_scope")] * 2
        if effect.kind == "UPDATE_CARD":
            others.append(deliveries.Gone(why="message_not_found"))
        return data.draw(st.sampled_from([done] * 6 + others))

    @rule(data=st.data())
    def the_machinery_goes_on(self, data: st.DataObject) -> None:
        how = [
            lambda _: self.clock.push_real(timedelta(seconds=data.draw(st.sampled_from([1, 31, 70, 600])))),
            self.the_operator_retries,
            self.the_process_is_killed_and_starts_again,
        ]
        data.draw(st.sampled_from(how))(data)

    def the_operator_retries(self, data: st.DataObject) -> None:
        assert self.before is not None
        stuck = self.database.read_sync(deliveries.stuck, limit=10_000)
        known = {one.id for one in self.before.effects if one.state in ("PARKED", "DEAD")}
        assert {one.id for one in stuck} == known, "i28, v1: what nobody could send is not to be seen"
        if stuck:
            effect = data.draw(st.sampled_from(stuck))
            assert self.write(act, deliveries.retry, effect.id, by=OPERATOR, now=self.clock.now())
            self.model.events.append(("retried", str(effect.id)))
        self.settle()

    def the_process_is_killed_and_starts_again(self, _: st.DataObject) -> None:
        """What was claimed stays leased; what was committed is there."""
        self.database.close()
        self.database = Database.open(self.place, clock=self.clock)
        self.clock.push_real(timedelta(seconds=31))
        self.settle()
        found = self.write(act, deliveries.claim, most=1000, now=self.clock.now(), real=self.clock.real())
        del found  # and killed again, with all of it in its hands
        now = self.settle()
        check(now, (v5_no_dead_lease,))

    def write(self, verb: Any, *args: Any, **kwargs: Any) -> Any:
        return self.database.submit(verb, *args, **kwargs).result(60)

    def settle(self) -> Look:
        now = self.observe()
        self.compare(now, exact=False)
        return now

    # --- rules: the journal

    @precondition(lambda self: self.place.startswith("sqlite") and self.before.events)
    @rule(data=st.data())
    def somebody_tampers_with_a_copy(self, data: st.DataObject) -> None:
        """I9. Whatever is changed, dropped or added in the journal behind our back is found."""
        assert self.before is not None
        seq = data.draw(st.integers(1, len(self.before.events)))
        how = data.draw(
            st.sampled_from(
                [
                    "UPDATE event SET kind = kind || 'x' WHERE seq = ?",
                    "UPDATE event SET actor = '{}' WHERE seq = ?",
                    "UPDATE event SET at = at + 1 WHERE seq = ?",
                    "UPDATE event SET version = coalesce(version, 0) + 1 WHERE seq = ?",
                    "DELETE FROM event WHERE seq = ?",
                    "DELETE FROM event WHERE seq >= ?",
                ]
            )
        )
        with tempfile.TemporaryDirectory(dir=ROOM) as folder:
            copy = Path(folder) / "copy.db"
            place = self.place.removeprefix("sqlite:///")
            with closing(sqlite3.connect(place)) as kept, closing(sqlite3.connect(copy)) as other:
                kept.backup(other)
                for (name,) in other.execute(_TRIGGERS).fetchall():
                    other.execute(f"DROP TRIGGER {name}")
                other.execute(how, (seq,))
                other.commit()
            with Database.open(f"sqlite:///{copy}", clock=self.clock) as tampered:
                assert not tampered.verify().sound, f"i9: not found: {how} at {seq}"
        assert self.database.verify().sound


ROOM = "/dev/shm" if Path("/dev/shm").is_dir() else None  # thousands of commits: no disk has to turn


_TRIGGERS = "SELECT name FROM sqlite_master WHERE type = 'trigger'"


def _sweep(ctx: Context) -> int:
    return sum(one(ctx) for one in sweeps.BUSINESS_SWEEPS)


def new_id(answer: Any) -> str:
    return str(getattr(answer, "request_id", "") or getattr(answer, "draft_id", ""))


def on_sqlite(template: Path) -> Callable[[], tuple[str, Callable[[], None]]]:
    """Give out fresh stores with the town in them, each in a folder of its own."""

    def fresh() -> tuple[str, Callable[[], None]]:
        folder = tempfile.mkdtemp(dir=ROOM)
        shutil.copy(template, Path(folder) / "store.db")
        return f"sqlite:///{folder}/store.db", lambda: shutil.rmtree(folder)

    return fresh


def machine(base: type[Verbs], url: Callable[[], Any]) -> Callable[[], Verbs]:
    """The machine over stores that `url` gives."""
    made: Mapping[str, Any] = {"url": staticmethod(url)}
    return type(base.__name__, (base,), dict(made))
