"""Whatever two or three replicas do at once: what is answered and kept is as if it were done one by one.

Hypothesis makes up what each does. It runs at one instant in a process for each; then an order is looked for
in which one writer alone gives the same answers and leaves the same rows, down to the hashes of the journal,
and in which nothing that was answered comes after what had not begun by then. What the verbs draw by lot
follows from the step's name for that.
"""

from __future__ import annotations

import itertools
import logging
import random
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import make
import pytest
from databases import drop_database, make_database
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from make import AGENCY, BRAND, EPOCH, Town, write
from racing import Did, Do, Parties, Raised, do, parties
from sqlalchemy import make_url, select
from sqlmodel import SQLModel
from unkept import unkept

from bot.clock import PushedClock
from bot.domain.actors import Role, Source
from bot.domain.assets import Kind
from bot.domain.inbox import InboxKind
from bot.domain.requests import Approve, Decline, Term
from bot.services import grants, nudges, requests, settings, sweeps
from bot.services.context import act
from bot.store import journal, tables
from bot.store.database import Database, InboxKey, Tx
from bot.store.drivers import driver_for
from bot.store.tx import is_concurrent
from bot.store.writer import Job, Writer

log = logging.getLogger(__name__)

MINUTE = timedelta(minutes=1)
LATER = EPOCH + 5 * MINUTE
SOON = EPOCH + timedelta(days=1, minutes=5)
"""When a request expires, access ends, and who must decide is to be nudged."""

CLICK = InboxKey(InboxKind.ENVELOPE, "the-same")


# --- the store that all of it begins with, and what can be done in it ---------------------------------


@contextmanager
def drawn_by(name: str) -> Iterator[None]:
    """Have what is drawn by lot follow from a name."""
    lot = random.Random(name)
    with mock.patch.multiple(
        secrets,
        randbelow=lot.randrange,
        choice=lot.choice,
        token_hex=lambda size: lot.randbytes(size).hex(),
    ):
        yield


def step(tx: Tx, name: str, verb: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    with drawn_by(name):
        return verb(tx, *args, **kwargs)


@dataclass(frozen=True)
class Named:
    """A verb as a step of this name, which may run beside others if the verb may."""

    name: str
    verb: Callable[..., Any]
    is_concurrent: bool

    def __call__(self, tx: Tx, *args: Any, **kwargs: Any) -> Any:
        """Run it."""
        return step(tx, self.name, self.verb, *args, **kwargs)


def sow(database: Database) -> dict[str, Do]:
    """Build a town in which much can happen at once, and return the steps that can be taken."""
    town = make.town(database)
    dita = make.someone(database, 7, name="Dita", team=make.BRAND_TEAM, roles={BRAND: Role.ADMIN})
    make.asset(database, "act_1002", kind=Kind.AD_ACCOUNT, name="Acme Second", owner=BRAND)

    def submit(name: str, *items: Any, who: Any = town.ann, **values: Any) -> Any:
        requested = make.requesting(*items, **values)
        return write(database, step, name, act, requests.submit, requested, by=who.by(Source.FORM), now=EPOCH)

    reporting, control = (
        make.item(Kind.AD_ACCOUNT, make.ACCOUNT),
        make.item(Kind.AD_ACCOUNT, "act_1002", level="Admin"),
    )
    one = submit("one", reporting, term=Term.till(SOON)).request_id
    two = submit("two", control).request_id
    given = submit("given", make.item(Kind.PAGE, make.PAGE), term=Term.till(SOON)).request_id
    draft = submit("draft", make.item(Kind.PIXEL, make.PIXEL), who=town.eva).draft_id
    write(
        database,
        step,
        "giving",
        act,
        requests.decide,
        given,
        by=town.dana.by(),
        verdict=Approve(),
        expected_version=1,
        now=EPOCH,
    )
    (grant,) = database.read_sync(lambda tx: tx.all(select(tables.table_of(tables.Grant))))
    return steps_of(town, dita, one=one, two=two, given=given, grant=grant.id, draft=draft)


def steps_of(
    town: Town, dita: make.Someone, *, one: str, two: str, given: str, grant: str, draft: str
) -> dict[str, Do]:
    dana, dov, ann, abe = town.dana, town.dov, town.ann, town.abe
    pixel = make.requesting(make.item(Kind.PIXEL, make.PIXEL))
    found: dict[str, Do] = {}
    for who, request, expected_version in itertools.product((dana, dov, dita), (one, two), (1, 2)):
        for verdict in (Approve(), Decline(note="No")):
            what = f"{type(verdict).__name__} {'one' if request == one else 'two'}"
            found[f"{who.name}: {what} at {expected_version}"] = do(
                act,
                requests.decide,
                request,
                by=who.by(),
                verdict=verdict,
                expected_version=expected_version,
                now=LATER,
            )
    found["the same click"] = do(
        act, requests.decide, one, by=dana.by(), verdict=Approve(), expected_version=1, now=LATER, inbox=CLICK
    )
    for number, request in enumerate((one, two)):
        found[f"Ann cancels {number}"] = do(act, requests.cancel, request, by=ann.by(), now=LATER)
        found[f"Dov looks into {number}"] = do(act, nudges.acknowledge, request, by=dov.by(), now=LATER)
        found[f"Ann reminds {number}"] = do(act, nudges.remind, request, by=ann.by(), now=LATER)
    for who in (dana, dov):
        for lost in (dana, dov, dita):
            found[f"{who.name} removes {lost.name}"] = do(
                act, settings.remove_member, BRAND, lost.id, by=who.by(), now=LATER
            )
        found[f"{who.name} undoes"] = do(act, requests.undo, given, by=who.by(), now=LATER)
    found["Dana demotes Dov"] = do(
        act, settings.set_role, BRAND, dov.id, role=Role.EMPLOYEE, by=dana.by(), now=LATER
    )
    found["Dana revokes"] = do(act, grants.revoke, [grant], business_id=BRAND, by=dana.by(), now=LATER)
    found["Ann gives back"] = do(act, grants.relinquish, [grant], business_id=AGENCY, by=ann.by(), now=LATER)
    for who in (ann, abe):
        found[f"{who.name} asks"] = do(act, requests.submit, pixel, by=who.by(Source.FORM), now=LATER)
        found[f"{who.name} sends"] = do(
            act, requests.submit_draft, draft, by=who.by(), expected_version=1, now=LATER
        )
        found[f"{who.name} extends"] = do(
            act, requests.extend, grant, term=Term.for_days(9), reason="It goes on", by=who.by(), now=LATER
        )
    for sweep in sweeps.BUSINESS_SWEEPS:
        found[f"{sweep.__module__}.{sweep.__name__}"] = do(sweep, now=SOON)
    return found


# --- looking for an order -----------------------------------------------------------------------------

Rows = dict[str, list[tuple[Any, ...]]]

# The number of an effect is the database's, and how long a key is kept goes by the machine's own time.
_NOT_LOOKED_AT = {("effect", "id"), ("inbox", "forget_at")}
# What is sent about different things may be numbered in another order than that of the commits.
_effect = tables.table_of(tables.Effect)
_IN_ORDER = {_effect: (_effect.c.lane, _effect.c.subject_id, _effect.c.id)}


def rows_of(tx: Tx) -> Rows:
    """Return all that is kept, table by table."""
    found = {}
    for table in SQLModel.metadata.sorted_tables:
        columns = [column for column in table.c if (table.name, column.name) not in _NOT_LOOKED_AT]
        rows = tx.all(select(*columns).order_by(*_IN_ORDER.get(table, table.primary_key.columns)))
        found[table.name] = [tuple(row) for row in rows]
    return found


def serial_order(
    url: str, programs: Sequence[Sequence[Do]], done: Sequence[Sequence[Did]], kept: Rows
) -> list[tuple[int, int]] | None:
    """Return an order, as (party, step), that gives the same answers and leaves the same rows, or None.

    Tries every order that respects each party's own and real time, and gives up on one at its first answer
    that differs. Keeps nothing.
    """
    clock = PushedClock()
    with closing(Writer(driver_for(url), clock=clock)) as writer, unkept(url, clock) as tx:

        def next_steps(at: tuple[int, ...]) -> Iterator[int]:
            left = [(n, did) for n, own in enumerate(done) for did in own[at[n] :]]
            for n, own in enumerate(done):
                if at[n] < len(own) and all(own[at[n]].began <= did.ended for _, did in left):
                    yield n

        def search(at: tuple[int, ...], order: list[tuple[int, int]]) -> list[tuple[int, int]] | None:
            if len(order) == sum(map(len, programs)):
                journal.store_head(tx, tx.head)
                return order if rows_of(tx) == kept else None
            for n in next_steps(at):
                head, mark = tx.head, f"step{len(order)}"
                tx.command(f"SAVEPOINT {mark}")
                answer = alone(writer, tx, programs[n][at[n]])
                found = None
                if answer == done[n][at[n]].answer:
                    after = (*at[:n], at[n] + 1, *at[n + 1 :])
                    found = search(after, [*order, (n, at[n])])
                tx.command(f"ROLLBACK TO SAVEPOINT {mark}")
                tx.head = head
                if found:
                    return found
            return None

        return search((0,) * len(programs), [])


def alone(writer: Writer, tx: Tx, one: Do) -> Any:
    """Run a verb in this transaction as the writer runs it, and return its answer."""
    job = Job(verb=one.verb, args=one.args, kwargs=one.kwargs, inbox=one.inbox, urgent=True, due=None)
    outcome = writer.do(tx, job)
    if outcome.error is not None:
        return Raised(type(outcome.error).__name__, str(outcome.error))
    return outcome.result


# --- stores -------------------------------------------------------------------------------------------


@contextmanager
def copy_of(url: str, name: str) -> Iterator[str]:
    """Make a store like the one at `url`, which nobody has open, and drop it at the end."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        path = Path(str(parsed.database))
        copied = path.with_name(f"{name}.db")
        shutil.copy(path, copied)
        try:
            yield f"sqlite:///{copied}"
        finally:
            for one in path.parent.glob(f"{name}.db*"):
                one.unlink()
        return
    copied_name = f"{parsed.database}_{name}"
    server = parsed.set(database="postgres").render_as_string(hide_password=False)
    make_database(server, copied_name, template=str(parsed.database))
    try:
        yield parsed.set(database=copied_name).render_as_string(hide_password=False)
    finally:
        drop_database(server, copied_name)


def named(steps: dict[str, Do], programs: Sequence[Sequence[str]]) -> list[list[Do]]:
    """Return the steps of each party, each under a name of its own."""
    return [
        [
            do(
                Named(
                    f"{party}.{number}",
                    steps[name].verb,
                    is_concurrent(steps[name].verb, steps[name].args),
                ),
                *steps[name].args,
                inbox=steps[name].inbox,
                **steps[name].kwargs,
            )
            for number, name in enumerate(names)
        ]
        for party, names in enumerate(programs)
    ]


@contextmanager
def together(
    url: str, all_: Parties, programs: Sequence[Sequence[Do]]
) -> Iterator[tuple[list[list[Did]], Rows]]:
    """Run the programs at one instant on a copy of the store. Give what was answered, and what is kept."""
    with copy_of(url, "together") as copied:
        all_.open(copied)
        done = all_.race(*programs)
        all_.leave()
        with Database.open(copied, clock=PushedClock()) as database:
            assert database.verify().sound
            kept = database.read_sync(rows_of)
        yield done, kept


@pytest.fixture
def url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


@pytest.fixture
def sown(url: str) -> dict[str, Do]:
    with Database.open(url, clock=PushedClock()) as database:
        return sow(database)


@pytest.mark.covers("I19", "I2", "I20", "T35", "I18")
@pytest.mark.parametrize(
    ("url", "many", "pool"),
    [
        ("sqlite_url", 6, None),
        pytest.param("postgresql_url", 6, 3, marks=pytest.mark.postgres, id="at the same time"),
        pytest.param("sqlite_url", 300, None, marks=pytest.mark.long),
        pytest.param("postgresql_url", 60, 0, marks=[pytest.mark.postgres, pytest.mark.long]),
        pytest.param("postgresql_url", 150, 3, marks=[pytest.mark.postgres, pytest.mark.long]),
    ],
    indirect=["url"],
)
def test_what_happens_at_once_is_what_happens_in_some_order(
    url: str, sown: dict[str, Do], many: int, pool: int | None
) -> None:
    mixed = 0
    # Of a few things that all of them do, so that they get into each other's way.
    few = st.lists(st.sampled_from(sorted(sown)), min_size=2, max_size=5, unique=True)
    own = few.map(st.sampled_from).map(lambda one: st.lists(one, min_size=1, max_size=3))
    schedules = own.flatmap(lambda one: st.lists(one, min_size=2, max_size=3))

    with parties(count=3, pool=pool) as all_, copy_of(url, "alone") as copied:

        @hypothesis_settings(
            max_examples=many,
            derandomize=many < 10,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(schedules)
        def check(programs: list[list[str]]) -> None:
            nonlocal mixed
            steps = named(sown, programs)
            with together(url, all_, steps) as (done, kept):
                order = serial_order(copied, steps, done, kept)
                answers = [[did.answer for did in own] for own in done]
                assert order is not None, (programs, answers)
                mixed += order != sorted(order)

        check()
    log.info("%d of %d schedules were not one party after the other", mixed, many)


@pytest.mark.parametrize("url", ["sqlite_url"], indirect=True)
def test_an_answer_that_no_order_gives_is_found_out(url: str, sown: dict[str, Do]) -> None:
    programs = named(sown, [["Dana: Approve one at 1"], ["Dov: Decline one at 1"]])
    with parties() as both, together(url, both, programs) as (done, kept):
        assert serial_order(url, programs, done, kept) is not None
        assert serial_order(url, programs, done[::-1], kept) is None
        assert serial_order(url, programs, done, kept | {"grant_": []}) is None
