"""The bot is killed at each of its steps, with each thing it could be doing, and goes on as if nothing was.

Every case: a bot in a process of its own does something and dies with SIGKILL at a step. What it left
behind is looked at; another bot starts on it; what Slack brought is brought again; leases and settle times
pass. Then everything is as it would have been, by what stands in the local Slack.
"""

from __future__ import annotations

import asyncio
import itertools
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

import make
import pytest
from crash_launcher import End, Step
from crash_world import (
    REQUEST,
    Launcher,
    again,
    check,
    check_record,
    events,
    heal,
    left_behind,
    said,
    states,
)
from make import ACCOUNT, AGENCY, BRAND, found, insert_row, unowned
from meta_town import KEY, local_meta
from receiver import Receiver
from sqlalchemy import update
from world import Way, World, running

from bot.clock import PushedClock
from bot.credentials import Credentials
from bot.domain.actors import OPERATOR, Actor, Source
from bot.domain.findings import EVERY
from bot.domain.messages import Audience, EffectKind
from bot.sandbox.meta import AssetKind
from bot.sandbox.slack import Message
from bot.services import connections, partnerships, settings
from bot.services.context import act
from bot.services.sweeps import BUSINESS_SWEEPS
from bot.store import tables

CLAIMED = "act_7001"

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
STORES = ("sqlite", "postgresql")
HISTORY = ("history", "blind")

Act = Callable[[World], Awaitable[Any]]


# --- what happens -----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What was there before, what is done, and how one sees that it is done, once."""

    before: Act
    act: Act
    is_done: Callable[[World], bool]


async def nothing(_: World) -> None:
    pass


async def requested(world: World) -> None:
    await world.send_request(REQUEST)


async def approved(world: World) -> None:
    await world.click(world.dana, await world.send_request(REQUEST), "approve")
    await world.settle()


async def briefly_approved(world: World) -> None:
    """As `approved`, for less long than it is kept what was sent."""
    await world.click(world.dana, await world.send_request(REQUEST.replace("30d", "10d")), "approve")
    await world.settle()


async def connected(world: World) -> None:
    """Something is asked of a brand that is connected to Meta."""
    await connect(world)
    await requested(world)


async def connect(world: World, business_id: str = BRAND) -> None:
    assert world.meta is not None
    kept = Credentials([KEY]).encrypt(world.meta.add_token(business_id).value)
    how = {"ciphertext": kept, "name": "Countersign", "by": OPERATOR, "now": world.clock.now()}
    await world.database.write(act, connections.connect, business_id, **how)


async def with_people(world: World) -> None:
    """A brand is connected to Meta, where its Emil is known."""
    await connect(world)
    assert world.meta is not None
    world.meta.add_person(BRAND, "Emil")


async def assign(world: World) -> None:
    await world.command(world.dana, "people act_1001 add @Emil reporting only")


async def create(world: World) -> None:
    await world.command(world.dana, 'create ad account "Acme DE" EUR Berlin')


async def claimed_at_meta(world: World) -> None:
    """The agency, which is connected, has claimed an account of which Dana is an admin."""
    await connect(world, AGENCY)
    assert world.meta is not None
    world.meta.add_asset(CLAIMED, AssetKind.AD_ACCOUNT, "Spring Ads").managed_by.add(AGENCY)
    await claimed(world)


async def claimed(world: World) -> None:
    """The agency has claimed an account of which Dana is an admin."""
    unowned(world.database, CLAIMED, world.town.dana)
    await world.command(world.ann, f"claim {CLAIMED} because we run it")
    await world.settle()
    await world.slack.submit(world.ann, world.slack.top_view(world.ann))
    await world.settle()


async def confirm(world: World) -> None:
    (found,) = [one for one in world.dms(world.dana) if "claims an ad account" in one.text]
    await world.click(world.dana, found, "approve")


async def offered(world: World) -> None:
    """The brand has offered its account to the agency."""
    await world.command(world.dana, f"share act_1001 general user with {AGENCY} for 30d because it starts")
    await world.settle()


async def accept(world: World) -> None:
    found = world.card_in(world.agency_room)
    assert found is not None
    await world.click(world.ann, found, "approve")


async def on_behalf(world: World) -> None:
    """The agency has asked to act on behalf of the brand."""
    await world.send_request(f"obo act_1001 from {BRAND} for 30d because we plan")


async def in_force_at_meta(world: World) -> None:
    await connected(world)
    await approve(world)
    await world.settle()


async def under_contract(world: World) -> None:
    """As `approved`, with a contract that ends in twenty days."""
    await approved(world)
    by = Actor(source=Source.FORM, team_id=world.ann.team_id, user_id=world.ann.id)
    now = world.clock.now()
    ends = {"ends_at": now + 20 * DAY, "days": 14}
    await world.database.write(act, partnerships.set_contract, AGENCY, BRAND, **ends, by=by, now=now)
    await world.settle()


async def read_weekly(world: World) -> None:
    """As `requested`, of a brand that is told of its week."""
    await requested(world)
    business = tables.table_of(tables.BusinessRow)
    weekly = update(business).where(business.c.id == BRAND).values(weekly_at=world.clock.now() + DAY)
    await world.database.write(lambda tx: tx.run(weekly))


async def proposed(world: World) -> None:
    """One admin of the brand wants one approval to be enough again, which another has not confirmed."""
    by = Actor(source=Source.FORM, team_id=world.dana.team_id, user_id=world.dana.id)
    for quorum in (2, 1):
        now = world.clock.now()
        shown: Any = await world.database.read(act, settings.settings_of, BRAND, by=by, now=now)
        policy = settings.Policy(
            **{one.name: getattr(shown, one.name) for one in fields(settings.Policy)} | {"quorum": quorum}
        )
        seen = {"expected_version": shown.policy_version}
        await world.database.write(act, settings.change_policy, BRAND, policy, **seen, by=by, now=now)
    await world.settle()


async def draft(world: World) -> None:
    await world.command(world.eva, REQUEST)
    await world.settle()


async def prepared(world: World) -> None:
    """Emil has prepared an ad account for the admins of his business to create."""
    await world.command(world.emil, "create ad account Acme AT EUR Europe/Vienna")
    await world.settle()


async def revoking(world: World) -> None:
    """What was given is asked to be extended, and Dana has the form open that ends it."""
    await approved(world)
    await world.command(world.ann, "extend act_1001 for 30d because it goes on")
    await world.settle()
    await world.slack.submit(world.ann, world.slack.top_view(world.ann))
    await world.settle()
    await world.command(world.dana, "revoke act_1001 because of a breach")
    await world.settle()


async def setting_a_quorum(world: World) -> None:
    """A request is open, and Dana has the settings open in which two must approve."""
    await requested(world)
    await world.command(world.dana, "settings")
    await world.settle()
    await world.click(world.dana, world.slack.ephemerals(world.dana)[-1], "settings")
    await world.settle()
    await world.slack.set_value(world.dana, world.slack.top_view(world.dana), "quorum", "2")


async def declining(world: World) -> None:
    """Dana has the form open in which she says no, and has said why."""
    await world.click(world.dana, await world.send_request(REQUEST), "decline")
    await world.settle()
    await world.slack.set_value(world.dana, world.slack.top_view(world.dana), "note", "Not this year")


def card(world: World) -> Message:
    found = world.card_in(world.brand_room)
    assert found is not None
    return found


async def submit(world: World) -> None:
    await world.command(world.ann, REQUEST)


async def approve(world: World) -> None:
    await world.click(world.dana, card(world), "approve")


async def undo(world: World) -> None:
    await world.click(world.dov, card(world), "undo")


async def submit_form(world: World) -> None:
    await world.slack.submit(world.dana, world.slack.top_view(world.dana))


async def cancel(world: World) -> None:
    await world.command(world.ann, f"cancel {world.rows(tables.Request)[0].ref}")


async def open_home(world: World) -> None:
    await world.slack.open_home(world.dana)


async def move(world: World) -> None:
    await world.slack.change_person(world.emil, tz="Asia/Tokyo")


async def become_guest(world: World) -> None:
    await world.slack.change_person(world.dov, is_restricted=True)


def once(kind: str, *, times: int = 1) -> Callable[[World], bool]:
    """Say that it happened, by an event in the journal; seeing more of them is a failure at once."""

    def is_done(world: World) -> bool:
        count = len(events(world, kind))
        assert count in (0, times)
        return count == times

    return is_done


def closes_with_it(world: World) -> bool:
    """Say that the access has ended and the request to extend it is closed: both or neither."""
    has_ended = once("grant.ended")(world)
    assert ("CANCELLED" in states(world)) == has_ended
    return has_ended


def is_home_opened(world: World) -> bool:
    return len(world.rows(tables.HomeTab)) == 1


def home_stands(world: World) -> bool:
    return world.slack.home(world.dana) is not None


def zone_is_known(world: World) -> bool:
    return "Asia/Tokyo" in {row.zone for row in world.rows(tables.Person)}


def sent(audience: Audience, *, times: int) -> Callable[[World], bool]:
    """Say that so many cards of one kind were put."""

    def is_done(world: World) -> bool:
        count = len([row for row in world.rows(tables.Card) if row.audience == audience])
        assert count in (0, times)
        return count == times

    return is_done


def has_no_undo(world: World) -> bool:
    return all(row.undo_until is None for row in world.rows(tables.Request))


def is_seen_to_be_over(world: World) -> bool:
    """Say that the proposal waits no more, and that its cards will say so."""
    is_over = all(row.proposal_ends_at is None for row in world.rows(tables.BusinessRow))
    assert is_over is (EffectKind.UPDATE_CARD in {row.kind for row in world.rows(tables.Effect)})
    return is_over


def is_escalated(world: World) -> bool:
    """Say that the one backup was asked, once, and the card will say so."""
    marked = [row.person_id for row in world.rows(tables.Nudge)]
    asked = [row.asked for row in world.rows(tables.Escalation)]
    assert marked == asked
    return once("request.escalated")(world)


def is_in_force_at_meta(world: World) -> bool:
    """Say that it is in force here and there, for which Meta was told once."""
    assert world.meta is not None
    is_there = AGENCY in world.meta.assets[ACCOUNT].agencies
    is_read = is_there and not world.rows(tables.MetaCall)
    return once("grant.active")(world) and is_read and len(world.meta.writes()) == 1


def is_assigned_at_meta(world: World) -> bool:
    """Say that it is in force here and there, for which Meta was told once."""
    assert world.meta is not None
    (row,) = world.rows(tables.Enforcement)
    there = list(world.meta.assets[ACCOUNT].users.values())
    is_read = row.state == "IN_FORCE" and row.before is None
    return there == [("ANALYZE",)] and is_read and len(world.meta.writes()) == 1


def is_owned_at_meta(world: World) -> bool:
    """Say that it is the business's own here and there, for which Meta was told once."""
    assert world.meta is not None
    (row,) = world.rows(tables.Enforcement)
    (account,) = [one for one in world.rows(tables.Asset) if one.id == CLAIMED]
    is_there = world.meta.assets[CLAIMED].owner_id == AGENCY
    return (
        is_there and (account.owner_id, row.state) == (AGENCY, "IN_FORCE") and len(world.meta.writes()) == 1
    )


def is_created_at_meta(world: World) -> bool:
    """Say that it is the brand's own here and there, with one id, for which Meta was told once."""
    assert world.meta is not None
    here = [(one.id, one.owner_id) for one in world.rows(tables.Asset) if one.name == "Acme DE"]
    there = [(one.id, one.owner_id) for one in world.meta.assets.values() if one.name == "Acme DE"]
    (row,) = world.rows(tables.Enforcement)
    is_said = once("asset.created")(world) and (row.state, row.before) == ("IN_FORCE", None)
    return is_said and here == there and len(there) == len(world.meta.writes()) == 1


def is_gone_at_meta(world: World) -> bool:
    """Say that it is gone here and there, for which Meta was told once, and has been read there."""
    assert world.meta is not None
    is_gone = once("grant.ended")(world) and not world.meta.assets[ACCOUNT].agencies
    return is_gone and len(world.meta.writes()) == 2 and not world.rows(tables.MetaCall)


def is_taken_whole(world: World) -> bool:
    """Say that the webhook has all of the journal, each event once by the ids of its messages."""
    assert world.receiver is not None
    return once("request.approved")(world) and world.receiver.check() == len(world.rows(tables.Event))


def is_put_whole(world: World) -> bool:
    """Say that all of the journal is on its way to the webhook, or there."""
    put = [int(one.about) for one in world.rows(tables.Effect) if one.kind == EffectKind.SEND_EVENTS]
    return max(put, default=0) == len(world.rows(tables.Event))


APPROVE = Scene(before=requested, act=approve, is_done=once("request.approved"))
INBOUND = {
    "submit": Scene(before=nothing, act=submit, is_done=lambda world: states(world) == ["PENDING"]),
    "approve": APPROVE,
    "decline": Scene(before=declining, act=submit_form, is_done=once("request.declined")),
    "cancel": Scene(before=requested, act=cancel, is_done=once("request.cancelled")),
    "undo": Scene(before=approved, act=undo, is_done=once("request.undone")),
    "guest": Scene(before=requested, act=become_guest, is_done=once("person.flags")),
    "home": Scene(before=requested, act=open_home, is_done=is_home_opened),
    "revoke": Scene(before=revoking, act=submit_form, is_done=closes_with_it),
    "accept": Scene(before=offered, act=accept, is_done=once("request.approved")),
    "claim": Scene(before=claimed, act=confirm, is_done=once("request.approved")),
    "on behalf": Scene(before=on_behalf, act=approve, is_done=once("request.approved")),
    "quorum": Scene(before=setting_a_quorum, act=submit_form, is_done=once("request.revised")),
}
EFFECTS = {
    EffectKind.POST_CARD: INBOUND["submit"],
    EffectKind.UPDATE_CARD: APPROVE,
    EffectKind.POST_NOTICE: APPROVE,
    EffectKind.CHECK_PERSON: Scene(before=nothing, act=move, is_done=zone_is_known),
    EffectKind.PUBLISH_HOME: Scene(before=requested, act=open_home, is_done=home_stands),
    EffectKind.META_ACCESS: Scene(before=connected, act=approve, is_done=is_in_force_at_meta),
    EffectKind.META_ENFORCE: Scene(before=with_people, act=assign, is_done=is_assigned_at_meta),
    EffectKind.SEND_EVENTS: Scene(before=requested, act=approve, is_done=is_taken_whole),
}
TAKEN_AWAY = "taken away at Meta"
OWNED = "claimed at Meta"
CREATED = "created at Meta"
AT_META = {
    EffectKind.META_ACCESS: EffectKind.META_ACCESS,
    EffectKind.META_ENFORCE: EffectKind.META_ENFORCE,
    TAKEN_AWAY: EffectKind.META_ACCESS,
    OWNED: EffectKind.META_ENFORCE,
    CREATED: EffectKind.META_ENFORCE,
}
"""The scenes in which something is done at Meta, and the effect that does it."""
OUTBOUND = {
    **EFFECTS,
    TAKEN_AWAY: Scene(before=in_force_at_meta, act=undo, is_done=is_gone_at_meta),
    OWNED: Scene(before=claimed_at_meta, act=confirm, is_done=is_owned_at_meta),
    CREATED: Scene(before=connect, act=create, is_done=is_created_at_meta),
}


@dataclass(frozen=True, kw_only=True)
class Due:
    """What was there before, how much time passes then, and how one sees that the sweep was there."""

    before: Act
    after: timedelta
    is_done: Callable[[World], bool]


async def leaving_meta(world: World) -> None:
    """Have access be on its way out at Meta, in the store alone."""
    await approved(world)
    now = world.clock.now()

    def leave(tx: Any) -> None:
        statement = update(tables.table_of(tables.Grant))
        tx.run(statement.values(state="ENDING", asked_at=now, look_at=now + MINUTE, warn_at=None))

    await world.database.write(leave)


async def unanswered(world: World) -> None:
    """As `requested`, where the nudges are used up and a backup is named, in the store alone."""
    await requested(world)
    now = world.clock.now()

    def use_up(tx: Any) -> None:
        insert_row(tx, tables.NamedApprover, business_id=BRAND, person_id=world.town.dov.id, turn="BACKUP")
        tx.run(update(tables.table_of(tables.Request)).values(nudge_at=now + 3 * DAY + HOUR))

    await world.database.write(use_up)


async def away(world: World) -> None:
    """Dov stands in for Dana today."""
    by = Actor(source=Source.FORM, team_id=world.dana.team_id, user_id=world.dana.id)
    now = world.clock.now()
    days = {"from_day": now.date(), "until_day": now.date() + DAY}
    dov = world.town.dov.id
    await world.database.write(act, settings.name_stand_in, BRAND, stand_in=dov, **days, by=by, now=now)
    await world.settle()


async def ignored(world: World) -> None:
    """What was found at Meta is ignored for a day, in the store alone."""
    until = world.clock.now() + DAY
    found(world.database, now=world.clock.now(), state="IGNORED", remedy="IGNORE", ignored_until=until)


async def reviewing(world: World) -> None:
    """What was given long ago is reviewed."""
    await approved(world)
    make.reviewed(world.database, now=world.clock.now(), by=world.town.dana)


async def to_review(world: World) -> None:
    """What was given long ago has no end, and is to be reviewed in ten days, in the store alone."""
    await approved(world)
    now = world.clock.now()

    def schedule(tx: Any) -> None:
        given = {"starts_at": now - 40 * DAY, "ends_at": None, "warn_at": None}
        tx.run(update(tables.table_of(tables.Grant)).values(given))
        last = {"review_days": 30, "reviewed_at": now - 20 * DAY}
        tx.run(update(tables.table_of(tables.BusinessRow)).values(last))

    await world.database.write(schedule)


SWEEPS = {
    "end_due": Due(before=briefly_approved, after=11 * DAY, is_done=once("grant.ended")),
    "look_due": Due(before=leaving_meta, after=2 * MINUTE, is_done=once("grant.stuck")),
    "expire_due": Due(before=requested, after=15 * DAY, is_done=once("request.expired")),
    "expire_drafts_due": Due(before=draft, after=15 * DAY, is_done=once("draft.expired")),
    "expire_prepared_due": Due(before=prepared, after=15 * DAY, is_done=once("creation.expired")),
    "close_undo_due": Due(before=approved, after=11 * MINUTE, is_done=has_no_undo),
    "contracts_due": Due(
        before=under_contract,
        after=13 * DAY + HOUR,
        is_done=once("business.contract_told", times=2),
    ),
    "ignored_due": Due(before=ignored, after=2 * DAY, is_done=sent(Audience.SUBMITTERS, times=1)),
    "stand_ins_due": Due(before=away, after=8 * DAY, is_done=once("business.stand_in_ended")),
    "proposals_due": Due(before=proposed, after=8 * DAY, is_done=is_seen_to_be_over),
    "open_due": Due(before=to_review, after=11 * DAY, is_done=once("review.opened")),
    "reviews_due": Due(before=reviewing, after=15 * DAY, is_done=once("review.closed")),
    "questions_due": Due(before=reviewing, after=3 * DAY + HOUR, is_done=once("review.nudged")),
    "warn_requester_due": Due(
        before=requested, after=13 * DAY + HOUR, is_done=sent(Audience.EXPIRY, times=1)
    ),
    "warn_due": Due(before=approved, after=23 * DAY + HOUR, is_done=sent(Audience.ENDING, times=1)),
    "nudge_due": Due(before=unanswered, after=4 * DAY, is_done=is_escalated),
    "digest_due": Due(before=requested, after=DAY + MINUTE, is_done=sent(Audience.DIGEST, times=2)),
    "weekly_due": Due(before=read_weekly, after=7 * DAY, is_done=once("business.week")),
    "send_due": Due(before=requested, after=15 * DAY, is_done=is_put_whole),
}


def is_found(world: World) -> bool:
    """Say that what is at Meta was found, for which one card was put."""
    return once("finding.open")(world) and sent(Audience.SUBMITTERS, times=1)(world)


COMPARISON = "comparison"
"""Not one of the sweeps, which read nothing outside."""


def by_turns(step: int, kind: int) -> bool:
    """Pick one step for each kind, all steps in turn."""
    return kind % len(ON_THE_WAY_IN) == step


# --- the matrix -------------------------------------------------------------------------------------

ON_THE_WAY_IN = (Step.SIGNED, Step.TAKEN, Step.APPENDED, Step.COMMITTING, Step.COMMITTED, Step.ACKED)
ON_THE_WAY_OUT = (Step.CLAIMED, Step.MARKED, Step.SENT, Step.FINISHED)
IN_TIME = (Step.TICKING, Step.TICKED)
KEPT = {Step.COMMITTED, Step.ACKED, Step.TICKED}
"""After these what was done is there; before them nothing of it is."""

CANNOT_BE = {
    (Step.MARKED, EffectKind.UPDATE_CARD): "an update is no first post: done twice it does no harm",
    (Step.MARKED, EffectKind.PUBLISH_HOME): "the same",
    (Step.MARKED, EffectKind.CHECK_PERSON): "it only asks",
    (Step.MARKED, EffectKind.SEND_EVENTS): "who takes it knows a message that comes again by its id",
    (Step.APPENDED, "home"): "that somebody looks at their home is no event of the journal",
}
FAULTS = {
    Step.TAKEN: "F1",
    Step.COMMITTING: "F1",
    Step.COMMITTED: "F2",
    Step.CLAIMED: "F3",
    Step.SENT: "F4",
    Step.TICKING: "F5",
    Step.TICKED: "F5",
}


@dataclass(frozen=True, kw_only=True)
class Case:
    """One square of the matrix."""

    step: Step
    kind: str
    store: str
    history: str
    way: str = "http"

    @property
    def is_in_doubt(self) -> bool:
        """Whether nobody knows if a message has been posted: then it matters who can look."""
        first_posts = (EffectKind.POST_CARD, EffectKind.POST_NOTICE)
        return self.step in (Step.MARKED, Step.SENT) and self.kind in first_posts

    @property
    def marks(self) -> list[Any]:
        rows = [self.step.failpoint, *([FAULTS[self.step]] if self.step in FAULTS else [])]
        stores = [pytest.mark.postgres] if self.store == "postgresql" else []
        return [pytest.mark.covers(*rows), *stores]

    def __str__(self) -> str:
        return f"{self.step.name}-{self.kind}-{self.store}-{self.way}-{self.history}"


def cases(
    steps: Collection[Step],
    kinds: Collection[str],
    *,
    ways: Sequence[str] = ("http",),
    short: Callable[[int, int], bool] = lambda *_: True,
) -> list[Any]:
    """Return every case there is.

    The short form of the tests takes each step once with each kind, or with those that `short` picks by their
    numbers. The stores, with history and without, take turns at it; what is in doubt is tried both with it
    and without.
    """
    found = []
    turns = itertools.cycle(itertools.product(STORES, HISTORY, ways))
    for (number, step), (place, kind) in itertools.product(enumerate(steps), enumerate(kinds)):
        if (step, kind) in CANNOT_BE:
            continue
        turn = next(turns) if short(number, place) else None
        for store, history, way in itertools.product(STORES, HISTORY, ways):
            case = Case(step=step, kind=kind, store=store, history=history, way=way)
            its_turn = {turn, turn and (turn[0], history, turn[2])} if case.is_in_doubt else {turn}
            length = [] if (store, history, way) in its_turn else [pytest.mark.long]
            found.append(pytest.param(case, marks=[*case.marks, *length], id=str(case)))
    return found


@asynccontextmanager
async def world_of(case: Case, request: pytest.FixtureRequest, clock: PushedClock) -> AsyncIterator[World]:
    url = request.getfixturevalue(f"{case.store}_url")
    how = {"way": Way(case.way), "clock": clock, "history": case.history == "history"}
    async with AsyncExitStack() as stack:
        is_at_meta = case.kind in {*AT_META, COMPARISON}
        meta = await stack.enter_async_context(local_meta(clock).serve()) if is_at_meta else None
        is_sent = case.kind in {EffectKind.SEND_EVENTS, "send_due"}
        receiver = await stack.enter_async_context(Receiver().serve()) if is_sent else None
        world = await stack.enter_async_context(running(url, meta=meta, receiver=receiver, **how))
        yield world


@pytest.mark.covers("I2", "I7", "I9", "I10", "I13", "I18", "V5")
@pytest.mark.parametrize("case", cases(ON_THE_WAY_IN, INBOUND, ways=("http", "socket"), short=by_turns))
async def test_what_came_in_is_there_after_a_kill_if_and_only_if_it_was_committed(
    case: Case, request: pytest.FixtureRequest, clock: PushedClock, launcher: Launcher
) -> None:
    scene = INBOUND[case.kind]
    async with world_of(case, request, clock) as world:
        await scene.before(world)
        doomed = await launcher.start(
            world, step=case.step, end=End.HOLD if case.step is Step.ACKED else End.DIE
        )
        act = asyncio.create_task(scene.act(world))
        if case.step is Step.ACKED:
            await act
            await doomed.says("hit")
            await doomed.is_killed()
        else:
            await doomed.dies()
            world.slack.sockets.give_up()
            await act
        brought = world.slack.deliveries[-1].delivered
        assert brought is not None
        assert brought.ok == (case.step is Step.ACKED), brought

        with left_behind(world):
            check_record(world)
            assert scene.is_done(world) == (case.step in KEPT)
        await world.start()
        assert (await again(world)).ok
        await heal(world)

        assert scene.is_done(world)
        assert not events(world, "denied"), "what was done before is answered, not judged, again"
        check(world)


@pytest.mark.covers("I11", "V1", "V4", "V5")
@pytest.mark.parametrize("case", [*cases(ON_THE_WAY_OUT, OUTBOUND), *cases((Step.CALLED,), AT_META)])
async def test_what_is_to_be_sent_is_sent_once_whatever_kills_the_sender(
    case: Case, request: pytest.FixtureRequest, clock: PushedClock, launcher: Launcher
) -> None:
    scene = OUTBOUND[case.kind]
    async with world_of(case, request, clock) as world:
        await scene.before(world)
        of = AT_META.get(case.kind, case.kind)
        doomed = await launcher.start(world, step=case.step, of=of)
        await scene.act(world)
        await doomed.dies()

        with left_behind(world):
            check_record(world)
        await world.start()
        await heal(world)
        await world.app.ticks.sweep()
        await heal(world)

        assert scene.is_done(world)
        check(world)


@pytest.mark.covers("I10", "I21", "V1", "V4")
@pytest.mark.parametrize("case", cases(IN_TIME, SWEEPS, short=lambda step, kind: (step + kind) % 2 == 0))
async def test_a_sweep_that_is_killed_has_done_all_of_a_step_or_nothing_and_nothing_twice(
    case: Case, request: pytest.FixtureRequest, clock: PushedClock, launcher: Launcher
) -> None:
    due = SWEEPS[case.kind]
    async with world_of(case, request, clock) as world:
        await due.before(world)
        doomed = await launcher.start(world, step=case.step, of=case.kind)
        assert doomed.said.get("hit") is None
        clock.push(due.after)  # Slack's too: what is posted before the end is not older than what it is about
        launcher.write({"push": due.after.total_seconds()})
        await doomed.dies()

        with left_behind(world):
            check_record(world)
            assert due.is_done(world) == (case.step in KEPT)
        await world.start()
        await world.app.ticks.sweep()
        await heal(world)

        assert due.is_done(world)
        check(world)
        # A later tick finds nothing of it due any more.
        before = len(said(world)), len(world.rows(tables.Event))
        await world.app.ticks.sweep()
        await heal(world)
        assert (len(said(world)), len(world.rows(tables.Event))) == before


@pytest.mark.covers("V1", "V4", "V5")
@pytest.mark.parametrize("case", cases((Step.READ,), (COMPARISON,)))
async def test_a_comparison_with_meta_that_is_killed_is_made_again_and_says_nothing_twice(
    case: Case, request: pytest.FixtureRequest, clock: PushedClock, launcher: Launcher
) -> None:
    async with world_of(case, request, clock) as world:
        assert world.meta is not None
        await connect(world)
        world.meta.set_agency(ACCOUNT, AGENCY, "ANALYZE")
        doomed = await launcher.start(world, step=case.step)
        launcher.write({"push": 1})
        await doomed.dies()

        with left_behind(world):
            check_record(world)
            assert not is_found(world)
        await world.start()
        for _ in range(2):
            clock.push(EVERY)
            await world.app.ticks.compare()
            await heal(world)
            assert is_found(world)
            check(world)


def test_no_sweep_is_missing() -> None:
    assert list(SWEEPS) == [sweep.__name__ for sweep in BUSINESS_SWEEPS]


def test_no_kind_of_effect_is_missing() -> None:
    assert set(EFFECTS) == set(EffectKind)


@pytest.mark.long
@pytest.mark.parametrize(
    "case",
    [Case(step=step, kind=kind, store="sqlite", history="history") for step, kind in CANNOT_BE],
    ids=str,
)
async def test_what_the_matrix_leaves_out_cannot_happen(
    case: Case, request: pytest.FixtureRequest, clock: PushedClock, launcher: Launcher
) -> None:
    scene = {**INBOUND, **EFFECTS}[case.kind]
    async with world_of(case, request, clock) as world:
        await scene.before(world)
        doomed = await launcher.start(world, step=case.step, of=case.kind)
        await scene.act(world)
        assert world.slack.deliveries[-1].delivered.ok
        doomed.gets(signal.SIGTERM)
        assert await doomed.says("ended") == 0
        assert "hit" not in doomed.said

        await world.start()
        await heal(world)
        assert scene.is_done(world)
        check(world)
