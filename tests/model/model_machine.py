"""What the fast machine does in each step: run verbs, have the model predict them, look, and compare."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import wait
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import model_town as town
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine
from model_answers import actor, kinds_of
from model_invariants import SAFETY, SWEPT, check, check_rows
from model_look import Look, current_admins, look
from model_records import Kinds, User
from sqlalchemy import update
from story import StandingClock

from bot.domain.actors import OPERATOR
from bot.domain.inbox import InboxKind
from bot.services import sweeps
from bot.services.context import Context, act
from bot.services.results import Invalid
from bot.store import tables
from bot.store.database import Database, InboxKey, Tx

# A week before a change of the clocks in America and one in Europe, a day before those in autumn.
BEGINNINGS = tuple(
    datetime.fromisoformat(at).replace(tzinfo=UTC)
    for at in ("2026-03-06T15:00", "2026-03-27T09:30", "2026-10-23T08:00", "2028-02-28T23:50")
)
ROOM = "/dev/shm" if Path("/dev/shm").is_dir() else None  # in memory: a run makes thousands of commits

# What rules hand on to later rules.
SEEN_CARDS = Bundle("seen_cards")  # a request and the version that somebody saw
REQUESTS = Bundle("requests")
DRAFTS = Bundle("drafts")
CLAIMED = Bundle("claimed")  # effects that a worker has claimed


@dataclass
class Call:
    """One verb to run, and the model's prediction (given the product's answer, for a new id)."""

    verb: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    predict: Callable[[Any], Kinds]
    key: InboxKey | None = None
    answer: Any = None
    expected: Kinds = field(default_factory=frozenset)


def _side(audience: str) -> str:
    return "deciding" if audience == "APPROVERS" else "requesting"


class Machine(RuleBasedStateMachine):
    """One store, its clock and the model of it, without rules."""

    url: Callable[[], Any]
    """Makes a store with the town in it: its URL, and what removes it."""

    def __init__(self) -> None:
        super().__init__()
        self.place, self.done = type(self).url()
        self.clock = StandingClock(start=BEGINNINGS[0])
        self.database = Database.open(self.place, clock=self.clock)
        self.model = town.read(self.database, self.clock.now())
        self.slack: dict[User, str] = {one.user: one.slack_flag or "" for one in self.model.people.values()}
        self.keys = 0
        self.numbers = 0
        self.last: list[Call] = []
        self.grant_ids: dict[tuple[str, int], str] = {}
        self.before: Look | None = None
        self.failed = False
        self.is_slack_silent = False
        self.slack_confirms()
        self.observe()

    def teardown(self) -> None:
        try:
            if not self.failed:  # else it would fail a second time for the same reason
                self.clock.push_real(timedelta(hours=2))
                self.sweep_now()
                assert self.database.verify().sound
        finally:
            self.database.close()
            self.done()

    # --- one step

    def observe(self) -> Look:
        """Look at the store, and check every invariant."""
        self.failed = True
        now = look(
            self.database, self.model, now=self.clock.now(), real=self.clock.real(), before=self.before
        )
        check(now, SAFETY)
        self.before, self.failed = now, False
        self.grant_ids = {(row.request_id, row.position): row.id for row in now.grants}
        return now

    def run(self, *calls: Call, exact: bool = True) -> list[Any]:
        """Run the verbs, where it can be in one batch, have the model predict each, and compare."""
        futures = []
        for call in calls:
            self.keys += 1
            is_inbound = call.kwargs.get("by") not in (None, OPERATOR)  # others are delivered only once
            call.key = InboxKey(InboxKind.EVENT, f"E{self.keys}") if is_inbound else None
            futures.append(
                self.database.submit(act, call.verb, *call.args, inbox=call.key, deadline=60.0, **call.kwargs)
            )
            if not self.place.startswith("sqlite"):  # some run beside others there, in no order of ours
                wait(futures)
        for call, future in zip(calls, futures, strict=True):
            try:
                call.answer = future.result(60)
            except Exception as error:  # noqa: BLE001 - whatever it was, the comparison names it
                call.answer = error
            written = len(self.model.events)
            call.expected = call.predict(call.answer)
            if isinstance(call.answer, Invalid) and self.model.events[written:] == [("denied",)]:
                self.model.events.pop()  # the answer named a field error, which is not recorded
        self.last = list(calls)
        now = self.observe()
        self.failed = True
        for call in calls:
            assert kinds_of(call.answer) & call.expected, (
                f"{call.verb.__name__}: {call.answer!r}, and the model predicts {set(call.expected)}"
            )
        self.compare(now, exact=exact)
        return [call.answer for call in calls]

    def compare(self, now: Look, *, exact: bool) -> None:
        """Compare rows, events, notices and (if `exact`) cards with the prediction."""
        model, self.failed = self.model, True
        check_rows(now)
        happened = Counter(words for event in now.new if (words := self.in_model_words(event)) is not None)
        assert happened == Counter(model.events), (
            f"i7: events: {happened - Counter(model.events)}, predicted: {Counter(model.events) - happened}"
        )
        if exact:
            told = {one for effect in now.fresh for one in self.told_by(effect, now)}
            wanted = {(subject, _side(audience), about) for subject, audience, about in model.notices}
            assert told <= wanted, f"told: {told - wanted}, which the model does not predict"
            for one in wanted - told:
                assert self.has_nobody_to_tell(*one), f"not told: {one}"
            posted = Counter(
                (card.subject_id, card.audience, card.channel_id or card.user_id)
                for card in now.new_rows("cards", "id")
                if card.audience in ("APPROVERS", "REQUESTER", "AUTHOR", "SUBMITTERS")
            )
            assert posted == Counter(model.cards), f"cards: {posted}, predicted: {model.cards}"
        model.events.clear()
        model.cards.clear()
        model.notices.clear()
        self.failed = False

    def told_by(self, effect: Any, now: Look) -> set[tuple[str, str, str]]:
        """Return what a notice tells: for each subject, to which side and what about."""
        if effect.kind != "POST_NOTICE":
            return set()
        what, *reader = effect.about.split(" ")
        about, _, ids = what.partition(":")
        audience = reader[0] if reader else now.by_id("cards")[effect.card_id].audience
        grants = now.by_id("grants")
        subjects = [grants[one].request_id for one in ids.split(",")] if about == "ended" else []
        return {(subject, _side(audience), about) for subject in subjects or [effect.subject_id]}

    def has_nobody_to_tell(self, subject: str, side: str, about: str) -> bool:
        """Say whether a side may hear nothing: it did it itself, or nobody is left who could be told."""
        own, is_of_business, _ = subject.partition("+")
        if is_of_business:
            return self.model.businesses[own].channel is None
        of = self.model.requests.get(subject) or self.model.drafts[subject]
        doers = {(by.team_id, by.user_id) for call in self.last if (by := call.kwargs.get("by"))}
        business = of.deciding if side == "deciding" else of.requesting
        if side == "deciding":
            return self.model.businesses[business].channel is None
        admins = [one.user for one in self.model.admins(business)]
        readers = [self.model.people[of.author].user] if subject in self.model.drafts else admins
        assert self.before is not None
        given_up = {  # direct messages that could not be delivered before
            (card.team_id, card.user_id)
            for card in self.before.cards
            if (card.subject_id, card.state) == (subject, "FAILED") and card.error != "withdrawn"
        }
        is_own = any(self.model.belongs(user, business) for user in doers) and about != "comment"
        is_left = all(user in given_up or not self.model.at_home(user, business) for user in readers)
        return is_own or is_left or not admins

    def in_model_words(self, event: Any) -> tuple[Any, ...] | None:
        """Return an event in the model's words; None for nudges, which an invariant judges."""
        keys: dict[str, Any] = {grant: key for key, grant in self.grant_ids.items()}
        subject = keys.get(event.subject_id, event.subject_id)
        word = event.kind.split(".")[-1]
        if event.kind == "denied":
            return ("denied",)
        if event.to_state is not None:
            return (event.subject_kind, subject, event.from_state, event.to_state, event.version)
        if word == "undone":
            return (word, subject, event.version)
        if word == "trimmed":  # of grants that end at one moment, whichever was taken first is named
            grant = self.model.grants[subject]
            return (word, (grant.asset, grant.holder))
        return None if word in {"nudged", "asked"} else (word, subject)

    def call(self, verb: Any, *args: Any, by: User, predict: Callable[[Any], Kinds], **kwargs: Any) -> Call:
        return Call(verb, args, {"by": actor(by), "now": self.clock.now(), **kwargs}, predict)

    def write(self, verb: Any, *args: Any, **kwargs: Any) -> Any:
        return self.database.submit(verb, *args, **kwargs).result(60)

    def settle(self) -> Look:
        """Look and compare after something that is no verb of a person."""
        now = self.observe()
        self.compare(now, exact=False)
        return now

    # --- the clock

    def push(self, by: timedelta) -> None:
        """Push the business clock, by less than nothing too, and the model's with it."""
        self.clock.push(by)
        self.model.now = self.clock.now()
        if not self.is_slack_silent:
            self.slack_confirms()
        if self.before is not None:  # a clock that goes back gives power again to whom Slack has confirmed
            self.before.admins |= current_admins(self.model)

    def slack_confirms(self) -> None:
        """Have Slack say of everybody what it said before; what is older than a day gives no power."""
        self.write(_confirm)
        for one in self.model.people.values():
            if one.slack_flag is not None:
                one.confirmed = self.clock.now()

    def sweep_now(self) -> None:
        self.run(Call(_sweep, (), {"now": self.clock.now()}, self._predict_sweep))
        self.last = []
        assert self.before is not None
        check(self.before, SWEPT)

    def _predict_sweep(self, answer: Any) -> Kinds:
        self.model.sweep()
        return frozenset({repr(answer)}) if isinstance(answer, int) else frozenset()

    def maybe_wait_until(self, data: st.DataObject, moment: datetime | None) -> None:
        """In half of the cases push the clock to a moment, or a microsecond beside it, without a sweep."""
        off = data.draw(st.sampled_from([None, None, None, -1, 0, 1]))
        if moment is not None and off is not None and moment > self.clock.now():
            self.push(moment - self.clock.now() + timedelta(microseconds=off))


def _confirm(tx: Tx) -> None:
    people = tables.Person.__table__
    tx.run(update(people).where(people.c.guest.is_not(None)).values(checked_at=tx.now()))


def _sweep(ctx: Context) -> int:
    """Do what is due, in the order in which the product does it."""
    return sum(one(ctx) for one in sweeps.BUSINESS_SWEEPS)


def on_sqlite(template: Path) -> Callable[[], tuple[str, Callable[[], None]]]:
    """Return what makes copies of a store, each in a folder of its own."""

    def fresh() -> tuple[str, Callable[[], None]]:
        folder = tempfile.mkdtemp(dir=ROOM)
        shutil.copy(template, Path(folder) / "store.db")
        return f"sqlite:///{folder}/store.db", lambda: shutil.rmtree(folder)

    return fresh


def machine(base: type[RuleBasedStateMachine], url: Callable[[], Any]) -> Callable[[], RuleBasedStateMachine]:
    """Return the machine on the stores that `url` makes."""
    made: Mapping[str, Any] = {"url": staticmethod(url)}
    return type(base.__name__, (base,), dict(made))
