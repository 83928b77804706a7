"""`countersign break-glass revoke`: what the operator ends, and that it cannot be overlooked."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flow_steps import events, held, notices, press
from make import ACCOUNT, AGENCY, BRAND, PAGE, asset, item, town
from meta_town import KEY, local_meta
from story import Story
from test_command_line import Presses, Run, countersign, file, presses, store
from world import World, running

from bot.cli import break_glass
from bot.clock import PushedClock
from bot.credentials import Credentials
from bot.domain.actors import OPERATOR
from bot.domain.assets import Kind
from bot.sandbox.meta import GraphError, LocalMeta
from bot.services import connections
from bot.services.context import act
from bot.store import tables
from bot.store.database import Database

assert all((countersign, file, presses, store)), "the fixtures"


async def _connected(world: World, meta: LocalMeta) -> None:
    """Have the brand's access be kept at Meta."""
    kept = Credentials([KEY]).encrypt(meta.add_token(BRAND).value)
    how = {"ciphertext": kept, "name": "Countersign", "by": OPERATOR, "now": world.clock.now()}
    await world.database.write(act, connections.connect, BRAND, **how)


@pytest.mark.covers("T41")
async def test_what_the_operator_ends_is_gone_also_at_meta_and_both_sides_read_who_and_why(
    sqlite_url: str, clock: PushedClock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    meta = local_meta(clock)
    async with meta.serve(), running(sqlite_url, clock=clock, meta=meta) as world:
        await _connected(world, meta)
        await press(world, world.dana, await world.send_request(), "approve")
        await world.settle()
        assert held(world)
        monkeypatch.setenv("COUNTERSIGN_DATABASE_URL", sqlite_url)
        named = {"asset": ACCOUNT, "partner": AGENCY, "owner": None, "ref": None}
        with pytest.raises(SystemExit, match="2"):  # nobody is there to be asked
            await asyncio.to_thread(break_glass.revoke, reason="A breach", yes=False, **named)
        assert held(world)
        (given,) = events(world, "request.pending")
        ref = json.loads(given.data)["ref"].lower().replace("-", "\u2013")
        as_people_have_it = {**named, "asset": ACCOUNT.removeprefix("act_"), "ref": ref}
        await asyncio.to_thread(break_glass.revoke, reason="A breach", yes=True, **as_people_have_it)
        world.app.worker.wake()
        await world.settle()
        assert not held(world)
        assert meta.writes("/agencies")[-1][0] == "DELETE"
        with pytest.raises(SystemExit, match="1"):
            await asyncio.to_thread(break_glass.revoke, reason="A breach", yes=True, **named)
        assert "Meta still has" not in capsys.readouterr().err, "all of it is gone"
        (ended,) = events(world, "grant.ending")
        assert ('"kind":"operator"' in ended.actor, ended.business_id) == (True, BRAND)
        brand = " ".join(str(message.blocks) for message in world.slack.messages(world.brand_room))
        for said in (brand, " ".join(notices(world, world.ann))):
            assert "person who runs Countersign" in said
            assert "A breach" in said


async def test_what_meta_has_not_let_go_of_is_not_said_to_be_gone(
    sqlite_url: str, clock: PushedClock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    meta = local_meta(clock)
    async with meta.serve(), running(sqlite_url, clock=clock, meta=meta) as world:
        await _connected(world, meta)
        card = await world.send_request()
        await press(world, world.dana, card, "approve")
        meta.faults.refuse(GraphError(200, "no"), "DELETE", "/agencies", times=1_000)
        await press(world, world.dana, card, "undo")
        assert [row.state for row in world.rows(tables.Grant)] == ["STUCK"]
        monkeypatch.setenv("COUNTERSIGN_DATABASE_URL", sqlite_url)
        for named, is_there in (({"asset": ACCOUNT}, True), ({"asset": PAGE}, False)):
            nothing = {"asset": None, "partner": None, "owner": None, "ref": None}
            with pytest.raises(SystemExit, match="1"):
                await asyncio.to_thread(
                    break_glass.revoke, reason="A breach", yes=True, **{**nothing, **named}
                )
            said = capsys.readouterr().err
            assert "no access goes on that this names" in said
            assert ("But Meta still has 1 that should be gone" in said) is is_there


async def test_what_is_over_by_the_time_that_it_is_confirmed_is_not_said_to_be_ended(
    sqlite_url: str, clock: PushedClock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running(sqlite_url, clock=clock) as world:
        card = await world.send_request()
        await press(world, world.dana, card, "approve")
        await world.settle()
        loop = asyncio.get_running_loop()

        def undone_first(_: str) -> bool:
            asyncio.run_coroutine_threadsafe(press(world, world.dana, card, "undo"), loop).result(10)
            return True

        monkeypatch.setenv("COUNTERSIGN_DATABASE_URL", sqlite_url)
        monkeypatch.setattr(break_glass, "confirmed", undone_first)
        named = {"asset": ACCOUNT, "partner": AGENCY, "owner": None, "ref": None}
        with pytest.raises(SystemExit, match="1"):
            await asyncio.to_thread(break_glass.revoke, reason="A breach", yes=False, **named)
    said = capsys.readouterr()
    assert ("Ended" in said.out, "nothing was changed" in said.err) == (False, True)


def test_erasing_takes_a_day_that_is_past_or_a_person_who_left_and_asks_first(
    countersign: Run, store: str, file: Path
) -> None:
    assert countersign("import", str(file)).code == 0
    assert countersign("erase").code == 2, "neither"
    assert countersign("erase", "--before", "2020-01-01", "--person", "T1/U1").code == 2, "both"
    assert countersign("erase", "--person", "U1").code == 2
    assert countersign("erase", "--person", "T1/UNOBODY").code == 1
    still = countersign("erase", "--person", "T0BRAND/U0BEA")
    assert (still.code, "still belongs to Blue Brand" in still.err) == (1, True)
    file.write_text(file.read_text().replace("user: U0BEA}, name: Bea Lund", "user: U0KIM}, name: Kim Rask"))
    assert countersign("import", str(file)).code == 0
    assert countersign("erase", "--person", "T0BRAND/U0BEA").code == 2, "nobody is there to be asked"
    assert "Erased the name of U0BEA." in countersign("erase", "--person", "T0BRAND/U0BEA", "--yes").out
    assert "Bea Lund" not in countersign("audit", "export").out
    assert countersign("erase", "--before", "2999-01-01", "--yes").code == 2
    assert countersign("erase", "--before", "2020-01-01", "--business", "x", "--yes").code == 2
    nowhere = countersign("erase", "--before", "2020-01-01", "--business", "20000000002", "--yes")
    assert (nowhere.code, "there is no business 20000000002" in nowhere.err) == (1, True)
    assert countersign("erase", "--before", "2020-01-01", "--yes").out == "There is nothing to erase.\n"


@pytest.mark.case("6.6")
def test_an_erasing_that_is_interrupted_says_how_much_it_has_erased_and_goes_on_when_called_again(
    countersign: Run, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, presses: Presses
) -> None:
    monkeypatch.setenv("COUNTERSIGN_DATABASE_URL", sqlite_url)
    clock = PushedClock(start=datetime(2026, 1, 5, 9, tzinfo=UTC))
    with Database.open(sqlite_url, clock=clock) as database:
        story, people = Story(database, clock), town(database)
        for number in range(30):
            one = asset(database, f"act_9{number}", kind=Kind.AD_ACCOUNT, name="Spring", owner=BRAND)
            story.cancel(people.ann, story.submit(people.ann, item(Kind.AD_ACCOUNT, one)).request_id)
    erase = ("erase", "--before", "2026-01-07", "--yes")
    presses.within(1)
    ended = countersign(*erase)
    assert (ended.code, ended.out) == (130, "")
    assert ended.err == "countersign: interrupted: erased 20 of 30; call it again for the rest\n"
    assert countersign(*erase).out == "Erased what people typed. Requests and drafts: 10.\n"


def test_it_says_what_it_needs_and_ends_nothing_else(
    countersign: Run, store: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert countersign("import", str(file)).code == 0
    why = ("--reason", "A breach")
    assert countersign("break-glass", "revoke", *why).code == 2, "nothing is named"
    assert countersign("break-glass", "revoke", "--asset", PAGE).code == 2, "no reason"
    assert countersign("break-glass", "revoke", "--asset", PAGE, "--reason", " ").code == 2
    nothing = countersign("break-glass", "revoke", "--asset", "301", *why)
    assert (nothing.code, "no access goes on that this names: nothing was changed" in nothing.err) == (
        1,
        True,
    )


@pytest.mark.parametrize(
    ("named", "answer"),
    [
        (("--asset", "act_302"), (1, "there is no asset act_302")),
        (("--asset", PAGE), (1, f"there is no asset {PAGE}")),
        (("--asset", "the account"), (2, "--asset: 'the account' is no asset's ID")),
        (("--asset", ""), (2, "--asset: '' is no asset's ID")),
        (("--partner", "20000000002"), (1, "there is no business 20000000002")),
        (("--owner", "Blue Brand"), (2, "--owner: 'Blue Brand' is no Business ID")),
        (("--ref", "AMBER"), (2, "--ref: 'AMBER' is no request's reference")),
        (("--ref", "AMBER-4172"), (1, "there is no request AMBER-4172: nothing was changed")),
    ],
    ids=str,
)
def test_what_is_named_and_not_there_is_not_taken_for_access_that_is_over(
    countersign: Run, store: str, file: Path, named: tuple[str, str], answer: tuple[int, str]
) -> None:
    assert countersign("import", str(file)).code == 0
    ended = countersign("break-glass", "revoke", "--reason", "A breach", "--yes", *named)
    assert (ended.code, answer[1] in ended.err) == (answer[0], True), ended.err
