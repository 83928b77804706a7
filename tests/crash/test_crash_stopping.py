"""A bot that is told to stop ends what it has begun; one that stood still too long writes nothing more."""

from __future__ import annotations

import signal

import make
import pytest
from crash_launcher import End, Step
from crash_world import REQUEST, SECOND, Launcher, check, heal, left_behind, said
from world import World, running, until

from bot.clock import PushedClock
from bot.domain.messages import EffectKind
from bot.services.delivery import LEASE
from bot.store import outbox, tables
from bot.store.tables import EffectState


def posts(world: World) -> dict[str, str]:
    """The states of the first posts, by the workspace that they go to."""
    rows = world.rows(tables.Effect)
    return {row.team_id: row.state for row in rows if row.kind == EffectKind.POST_CARD}


@pytest.mark.covers("F8", "V5")
async def test_at_sigterm_what_is_being_sent_is_finished_and_nothing_more_is_begun(
    database_url: str, clock: PushedClock, launcher: Launcher
) -> None:
    async with running(database_url, clock=clock) as world:
        doomed = await launcher.start(world)
        gate = world.slack.faults.hang("chat.postMessage", after=False, team_id=make.BRAND_TEAM)
        assert (await world.command(world.ann, REQUEST)).ok
        await gate.reached()

        with left_behind(world):
            doomed.gets(signal.SIGTERM)
            await doomed.says("claims_no_more")
            someone = [(world.town.emil.id, world.town.emil.team)]  # more to do, for the next process
            make.write(world.database, outbox.put_checks, someone, now=clock.now())
            gate.release()

        assert await doomed.says("ended") == 0
        with left_behind(world):
            assert posts(world)[make.BRAND_TEAM] == EffectState.DONE
            rows = world.rows(tables.Effect)
            assert [row for row in rows if row.lease_until is not None] == []
            checks = [row for row in rows if row.kind == EffectKind.CHECK_PERSON]
            put = [row for row in checks if row.subject_id == world.town.emil.id][-1]
            assert (put.state, put.attempt) == (EffectState.WAITING, 0)
        await world.start()
        await heal(world)
        check(world)


@pytest.mark.long
@pytest.mark.covers("F8", "V5")
async def test_at_sigterm_an_answer_that_never_comes_is_given_up_and_the_lease_with_it(
    database_url: str, clock: PushedClock, launcher: Launcher
) -> None:
    async with running(database_url, clock=clock) as world:
        doomed = await launcher.start(world)
        gate = world.slack.faults.hang("chat.postMessage", after=True, team_id=make.BRAND_TEAM)
        assert (await world.command(world.ann, REQUEST)).ok
        await gate.reached()

        doomed.gets(signal.SIGTERM)
        assert await doomed.says("ended") == 0

        with left_behind(world):
            assert posts(world)[make.BRAND_TEAM] == EffectState.WAITING
            assert [row for row in world.rows(tables.Effect) if row.lease_until is not None] == []
        await world.start()
        await heal(world)
        check(world)


@pytest.mark.postgres
@pytest.mark.parametrize("step", [Step.CLAIMED, Step.MARKED, Step.SENT])
@pytest.mark.covers("V5")
async def test_a_worker_that_was_stopped_past_its_lease_writes_nothing_when_it_goes_on(
    postgresql_url: str, clock: PushedClock, launcher: Launcher, step: Step
) -> None:
    async with running(postgresql_url, clock=clock) as world:
        doomed = await launcher.start(world, step=step, of=EffectKind.POST_CARD, end=End.HOLD)
        assert (await world.command(world.ann, REQUEST)).ok
        await doomed.says("hit")
        with left_behind(world):  # what else it was sending is over: it stands still in this step alone
            await until(lambda: [row.state for row in world.rows(tables.Effect)].count("SENDING") == 1)
        doomed.gets(signal.SIGSTOP)

        await world.start()  # the other replica
        world.clock.push_real(LEASE + SECOND)
        await heal(world)
        check(world)
        before = world.rows(tables.Effect), world.rows(tables.Card), len(said(world))

        doomed.gets(signal.SIGCONT)
        await doomed.obey(push_real=(LEASE + SECOND).total_seconds())  # as much of its time has passed too
        await doomed.obey(go_on=True)
        await doomed.logs("not ours any more")
        doomed.gets(signal.SIGTERM)
        assert await doomed.says("ended") == 0

        assert (world.rows(tables.Effect), world.rows(tables.Card), len(said(world))) == before
        check(world)
