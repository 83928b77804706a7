"""What is put in force at Meta beside what grants give: the rows, and the only writer of their state.

Each is one thing of one kind (`EnforcementKind`): what should hold there is wanted, an effect of the outbox
makes it so in a lane of its own, and what was read there moves the row on. What each kind is about, and what
follows from it, is in `bot.services.grants.enforced`.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, case, delete, func, insert, select, update

from bot.domain.assets import Kind, Tasks, pack, unpack
from bot.domain.connections import EnforcementKind, EnforcementState, Obstacle
from bot.domain.creating import NewAsset
from bot.domain.events import EventKind, Subject, SubjectKind
from bot.services.context import Context
from bot.services.views.access import AtMeta
from bot.store import journal, outbox, tables

if TYPE_CHECKING:
    from datetime import datetime

    from bot.store.compiled import Row
    from bot.store.tx import Tx

_enforcement = tables.table_of(tables.Enforcement)
_connection = tables.table_of(tables.Connection)

_CONNECTED = select(_connection.c.business_id).where(_connection.c.business_id == bindparam("business"))
_INSERT = insert(_enforcement).returning(*_enforcement.c)
_ONE = select(_enforcement).where(_enforcement.c.id == bindparam("enforcement"))
_OF_BUSINESS = (
    select(_enforcement)
    .where(_enforcement.c.business_id == bindparam("business"))
    .order_by(_enforcement.c.id)
)
_OF_KIND = _OF_BUSINESS.where(_enforcement.c.kind == bindparam("kind_"))
_OF_SUBJECT = _OF_KIND.where(_enforcement.c.subject_id == bindparam("subject"))
_OF_PERSON = _OF_KIND.where(_enforcement.c.about == bindparam("about_"))
_ABOUT = _OF_BUSINESS.where(_enforcement.c.about == bindparam("about_"))
_THIS = _OF_SUBJECT.where(_enforcement.c.about == bindparam("about_"))
_MOVE = (
    update(_enforcement)
    .where(
        _enforcement.c.id == bindparam("enforcement"),
        _enforcement.c.version == bindparam("expected_version"),
    )
    .values(
        version=_enforcement.c.version + 1,
        state=bindparam("to_state"),
        wanted=bindparam("now_wanted"),
        in_force=bindparam("now_in_force"),
        given=bindparam("now_given"),
        obstacle=bindparam("in_the_way"),
    )
    .returning(*_enforcement.c)
)
_NOTE = (
    update(_enforcement)
    .where(_enforcement.c.id == bindparam("enforcement"))
    .values(
        before=func.coalesce(_enforcement.c.before, bindparam("held_before")),
        obstacle=case(
            (_enforcement.c.obstacle == Obstacle.UNCLEAR.value, None), else_=_enforcement.c.obstacle
        ),
    )
)
"""That people had it tried again, of which nobody knew whether it was done, holds for one call."""
_KNOWN = update(_enforcement).where(_enforcement.c.id == bindparam("enforcement")).values(before=None)
_KEEP_PARTY = (
    update(_enforcement)
    .where(_enforcement.c.id == bindparam("enforcement"))
    .values(party=bindparam("who_there"))
)
_DELETE = delete(_enforcement).where(
    _enforcement.c.id == bindparam("enforcement"), _enforcement.c.version == bindparam("expected_version")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What should hold at Meta of one thing, for who makes it so.

    `how` is its kind, `asset_id` and `kind` are the asset it is about (`new`: it is to be created, and has no
    id before Meta gives it one, which is its party), `owner_id` whose token it takes, and
    `ciphertext` that token, if there is one. `party` is who holds it, by their id there; None: not known yet,
    to be found by the id that is `known` of them, or by `name`. `tasks` is what should hold, `ours` all that
    we ever gave: what else holds there is not ours to take. `before` is what held before a call of which
    nobody knows yet what it did; None: there is no such call. `obstacles` are those of what is to be given.
    `in_review` is what each review gives that somebody there is still to make: it holds once that shows.
    `recalls`: what is to be taken away may still be on its way in, unseen. `is_lost`: the business has
    nothing of the asset any more, so that all is gone once Meta does not show it the asset.
    """

    how: EnforcementKind
    asset_id: str
    kind: Kind
    owner_id: str | None
    party: str | None
    name: str = ""
    known: str | None = None
    tasks: Tasks
    ours: Tasks
    before: Tasks | None
    obstacles: frozenset[Obstacle]
    in_review: tuple[Tasks, ...] = ()
    takes_away: bool
    recalls: bool
    is_lost: bool = False
    ciphertext: str | None
    new: NewAsset | None = None

    @property
    def without_review(self) -> Wanted:
        """Return the same, but for what is in review."""
        return replace(self, in_review=(), obstacles=self.obstacles - {Obstacle.REVIEW})

    @property
    def changes(self) -> bool:
        """Say whether something is being taken away, or given, beside what is in review."""
        return self.takes_away or bool(self.obstacles - {Obstacle.REVIEW})


def is_connected(tx: Tx, business_id: str) -> bool:
    """Say whether a business's access is kept at Meta."""
    return tx.one(_CONNECTED, business=business_id) is not None


def find(tx: Tx, enforcement_id: str) -> Row | None:
    """Return a row, or None."""
    return tx.one(_ONE, enforcement=enforcement_id)


def find_of(
    tx: Tx, kind: EnforcementKind, *, business_id: str, subject_id: str, about: str = ""
) -> Row | None:
    """Return the row of one thing, or None."""
    return tx.one(_THIS, business=business_id, kind_=kind, subject=subject_id, about_=about)


def of_business(tx: Tx, business_id: str) -> list[Row]:
    """Return all that is put in force with a business's token."""
    return tx.all(_OF_BUSINESS, business=business_id)


def of_subject(tx: Tx, kind: EnforcementKind, *, business_id: str, subject_id: str) -> list[Row]:
    """Return what of a kind is put in force for a business about one subject."""
    return tx.all(_OF_SUBJECT, business=business_id, kind_=kind, subject=subject_id)


def of_person(tx: Tx, kind: EnforcementKind, *, business_id: str, about: str) -> list[Row]:
    """Return what of a kind is put in force for a business about one person."""
    return tx.all(_OF_PERSON, business=business_id, kind_=kind, about_=about)


def of_request(tx: Tx, business_id: str, request_id: str) -> list[Row]:
    """Return what is put in force with a business's token because of a request."""
    return tx.all(_ABOUT, business=business_id, about_=request_id)


def how(row: Row) -> AtMeta:
    """Return how far it is in force, and what stands in its way."""
    obstacle = None if row.obstacle is None else Obstacle(row.obstacle)
    return AtMeta(state=EnforcementState(row.state), obstacle=obstacle)


def takes_away(row: Row) -> bool:
    """Say whether something may be at Meta of ours that should not be there."""
    return bool(may_be_there(row) - allowed(row))


def may_be_there(row: Row) -> Tasks:
    """Return all that our calls may have brought about; of what failed, only what is not known to be gone."""
    there = unpack(row.given) | unpack(row.in_force)
    return there if row.state == EnforcementState.FAILED else there | unpack(row.wanted)


def allowed(row: Row) -> Tasks:
    """Return what should hold at Meta: of what could not be given, what was in force before and still may."""
    wanted = unpack(row.wanted)
    return wanted & unpack(row.in_force) if row.state == EnforcementState.FAILED else wanted


def since(tx: Tx, row: Row) -> datetime | None:
    """Return since when what is wanted of it is being made so at Meta."""
    history = journal.history(tx, SubjectKind.ENFORCEMENT, row.id)
    begun = [event.at for event in history if event.kind == EventKind.ENFORCEMENT_PENDING]
    return begun[-1] if begun else None


def want(
    ctx: Context,
    kind: EnforcementKind,
    tasks: Tasks,
    *,
    business_id: str,
    subject_id: str,
    about: str = "",
    party: str | None = None,
) -> None:
    """Have this, and no more of ours, hold at Meta, if the business is connected or something is there."""
    row = find_of(ctx.tx, kind, business_id=business_id, subject_id=subject_id, about=about)
    if row is None:
        if not tasks or not is_connected(ctx.tx, business_id):
            return
        row = ctx.tx.one(
            _INSERT,
            id=secrets.token_hex(8),
            kind=kind,
            business_id=business_id,
            subject_id=subject_id,
            about=about,
            state=EnforcementState.PENDING,
            version=1,
            wanted=pack(tasks),
            in_force="",
            given="",
            before=None,
            party=party,
            obstacle=None,
        )
        assert row is not None
        _record(ctx, row, EventKind.ENFORCEMENT_PENDING)
        outbox.put_enforcement(ctx.tx, row.id, now=ctx.now)
    elif not (tasks or may_be_there(row) or row.before):
        end(ctx, row)
    elif unpack(row.wanted) != tasks or row.state == EnforcementState.FAILED:
        try_again(ctx, row, tasks=tasks)


def try_again(ctx: Context, row: Row, *, tasks: Tasks | None = None) -> None:
    """Have what a row says, or these tasks, be made so at Meta from now on.

    Of what nobody knew whether it was done, that stays noted: it is the word of whoever has it tried again.
    """
    wanted = row.wanted if tasks is None else pack(tasks)
    given = pack(may_be_there(row))
    kept = row.obstacle if row.obstacle == Obstacle.UNCLEAR else None
    after = _move(ctx, row, EnforcementState.PENDING, now_wanted=wanted, now_given=given, in_the_way=kept)
    put(ctx, after)


def put(ctx: Context, row: Row) -> None:
    """Have an effect make Meta's state what a row says."""
    outbox.put_enforcement(ctx.tx, row.id, now=ctx.now, first=takes_away(row))


def seen(ctx: Context, row: Row, there: Tasks) -> Row | None:
    """Move a row on by what holds at Meta, as just read there. None: nothing is wanted, and it is gone."""
    ctx.tx.run(_KNOWN, enforcement=row.id)
    should = allowed(row)
    if not should <= there or (may_be_there(row) - should) & there:
        return row  # it was changed meanwhile, and the next effect in its lane sees to that
    if row.state == EnforcementState.FAILED:
        return _move(ctx, row, EnforcementState.FAILED, now_given="", in_the_way=row.obstacle)
    if not should:
        end(ctx, row)
        return None
    if row.state == EnforcementState.IN_FORCE:
        return row
    return _move(ctx, row, EnforcementState.IN_FORCE, now_in_force=row.wanted, now_given="")


def end(ctx: Context, row: Row) -> None:
    """Want nothing of it any more: it is gone, or nothing was known to be there."""
    ended = ctx.tx.touched(_DELETE, enforcement=row.id, expected_version=row.version)
    assert ended == 1, "one transaction reads it and writes it"
    _record(ctx, row, EventKind.ENFORCEMENT_ENDED)


def hold_up(ctx: Context, row: Row, obstacle: Obstacle) -> bool:
    """Keep why Meta's state is not yet what a row says. It is tried again. False: that was so before."""
    is_news = EnforcementState(row.state).is_on_its_way and row.obstacle not in {obstacle, Obstacle.UNCLEAR}
    if is_news:
        _move(ctx, row, row.state, EventKind.ENFORCEMENT_HELD_UP, in_the_way=obstacle)
    return is_news


def refuse(ctx: Context, row: Row, obstacle: Obstacle) -> Row | None:
    """Note that it needs somebody: FAILED, or STUCK where it is taken away. None: that was so before."""
    to = EnforcementState.STUCK if takes_away(row) else EnforcementState.FAILED
    if row.state == EnforcementState.IN_FORCE or (row.state, row.obstacle) == (to, obstacle):
        return None
    given = row.given if row.before is None else pack(may_be_there(row))
    return _move(ctx, row, to, now_given=given, in_the_way=obstacle)


def is_unfinished(row: Row) -> bool:
    """Say whether something is to be taken away at Meta, or may be there that nobody has seen yet."""
    return takes_away(row) or row.before is not None


def note_call(tx: Tx, enforcement_id: str, *, before: Tasks) -> None:
    """Note that a call is about to be made. What held before an earlier one stays, until that is known."""
    tx.run(_NOTE, enforcement=enforcement_id, held_before=pack(before))


def call_is_known(tx: Tx, enforcement_id: str) -> None:
    """Note that what the calls did was read at Meta, or that they did nothing."""
    tx.run(_KNOWN, enforcement=enforcement_id)


def keep_party(tx: Tx, enforcement_id: str, *, party: str) -> None:
    """Keep who or what it is about, by its id at Meta: a name may change there."""
    tx.run(_KEEP_PARTY, enforcement=enforcement_id, who_there=party)


_EVENTS: Mapping[str, EventKind] = MappingProxyType(
    {state: EventKind(f"enforcement.{state.lower()}") for state in EnforcementState}
)


def _move(ctx: Context, row: Row, to: str, event: EventKind | None = None, **changes: Any) -> Row:
    values = {
        "now_wanted": row.wanted,
        "now_in_force": row.in_force,
        "now_given": row.given,
        "in_the_way": None,
        **changes,
    }
    after = ctx.tx.one(_MOVE, enforcement=row.id, expected_version=row.version, to_state=to, **values)
    assert after is not None, "one transaction reads it and writes it"
    _record(ctx, after, event or _EVENTS[to])
    return after


def _record(ctx: Context, row: Row, event: EventKind) -> None:
    ctx.record(
        event,
        Subject(SubjectKind.ENFORCEMENT, row.id),
        business_id=row.business_id,
        acting_for=row.business_id if ctx.principal.person_id else None,
        version=row.version,
        kind=row.kind,
        of=row.subject_id,
        about=row.about,
        tasks=row.wanted,
        **({"obstacle": row.obstacle} if row.obstacle else {}),
    )
