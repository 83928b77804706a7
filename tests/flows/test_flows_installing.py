"""The app is installed with a browser, in any number of workspaces, and removed from them."""

from __future__ import annotations

import asyncio
import html
from datetime import timedelta
from typing import Any

import pytest
from browsing import Browser
from flow_steps import events, fills, modal, types
from world import Person, Way, Workspace, World, running, until

from bot.app import build
from bot.clock import PushedClock
from bot.errors import StoreDown
from bot.sandbox.slack import Kind
from bot.services import installations
from bot.slack import installing
from bot.store import tables


def newcomer(world: World) -> tuple[Workspace, Person]:
    """A workspace in which the app is not yet, and its owner."""
    workspace = world.slack.add_workspace("Globex & Sons", domain="globex", team_id="TGLOBEX")
    workspace.installed = False
    workspace.token_error = "account_inactive"
    gus = world.slack.add_person(workspace, "gus", user_id="UGUS", is_admin=True)
    room = world.slack.add_channel(workspace, "general", members=[gus], channel_id="CGLOBEX")
    world.people["gus"] = gus
    world.slack.invite_bot(room)
    return workspace, gus


async def asks(world: World, who: Person) -> str:
    before = len(world.slack.ephemerals(who))
    room = world.slack.channel("CGLOBEX")
    assert (await world.command(who, "help", room=room)).ok
    await world.settle()
    return world.slack.ephemerals(who)[before:][-1].text


async def registers(world: World, who: Person) -> None:
    """Have a business registered by who manages the workspace: they are its admin."""
    assert (await world.command(who, "setup", room=world.slack.channel("CGLOBEX"))).ok
    await world.settle()
    await fills(world, who, modal(world, who), "name", "Globex")
    await fills(world, who, modal(world, who), "business_id", "998877665544")
    await world.slack.submit(who, modal(world, who))
    await world.settle()
    assert person(world, who).deactivated is False


def person(world: World, who: Person) -> Any:
    (row,) = [one for one in world.rows(tables.Person) if one.user_id == who.id]
    return row


async def organisation(world: World) -> tuple[Workspace, Workspace, Person]:
    """An organisation that has the app and gave it both of its workspaces, and who owns it."""
    workspace, gus = newcomer(world)
    second = world.slack.add_workspace("Globex Labs", domain="labs", team_id="TLABS")
    second.installed = False
    org = world.slack.add_org("Globex", org_id="EGLOBEX", workspaces=[workspace, second])
    await allows(world, org, gus)
    world.slack.grant(org, workspace)
    world.slack.grant(org, second)
    await world.app.edge.installer.learn("TLABS")
    assert {workspace.id, second.id} < world.app.slack.teams
    return org, second, gus


async def allows(world: World, org: Workspace, who: Person) -> None:
    async with Browser(world) as browser:
        await browser.get(world.slack.installs.allow(who, await browser.begin(), org=org))


@pytest.mark.covers("T20", "T30", "F18")
async def test_it_is_installed_used_removed_and_installed_again(either_store: World):
    world = either_store
    workspace, gus = newcomer(world)
    async with Browser(world) as browser:
        page = await browser.install(gus)
        assert page.status_code == 200
        assert "Countersign is in Globex &amp; Sons" in page.text
        assert "referrer-policy" in page.headers
        assert (page.headers["cache-control"], browser.cookies["countersign-install"]) == ("no-store", "")
        asked = len(world.slack.calls_of("auth.test"))
        assert "isn't set up" not in await asks(world, gus)
        assert len(world.slack.calls_of("auth.test")) == asked, "a click asks Slack nothing"
        (row,) = world.rows(tables.Installation)
        assert workspace.bot_token not in repr(row)

        await world.stop()
        await world.start()
        assert "isn't set up" not in await asks(world, gus)

        old = [
            world.slack.payload_event(workspace, {"type": "app_uninstalled"}),
            world.slack.payload_event(workspace, {"type": "tokens_revoked", "tokens": {"bot": ["UX"]}}),
        ]
        await world.slack.uninstall(workspace, events=["app_uninstalled", "tokens_revoked"])
        await world.settle()
        (row,) = world.rows(tables.Installation)
        assert (row.ciphertext, row.removed_at is not None, row.version) == (None, True, 2)
        assert workspace.id not in world.app.slack.teams

        assert (await browser.install(gus)).status_code == 200
        for event in old:  # what was sent about the installation before, and comes now
            assert (await world.slack.send_payload(Kind.EVENT, event)).ok
        await world.settle()
        assert "isn't set up" not in await asks(world, gus)
    assert [one.kind for one in events(world) if one.kind.startswith("workspace.")] == [
        "workspace.installed",
        "workspace.removed",
        "workspace.installed",
    ]


@pytest.mark.parametrize("only", ["tokens_revoked", "app_uninstalled"])
async def test_one_of_the_two_events_is_enough(town: World, only: str):
    workspace, gus = newcomer(town)
    async with Browser(town) as browser:
        await browser.install(gus)
    await town.slack.uninstall(workspace, events=[only])
    await town.settle()
    (row,) = town.rows(tables.Installation)
    assert row.ciphertext is None


@pytest.mark.covers("F17")
@pytest.mark.postgres
async def test_of_two_replicas_the_other_one_follows_at_the_next_click(
    postgresql_url: str, clock: PushedClock
):
    async with running(postgresql_url, way=Way.HTTP, clock=clock) as world:
        workspace, gus = newcomer(world)
        async with build(world.settings, clock=clock) as other:
            async with Browser(world) as browser:
                await browser.install(gus)
            world.slack.app.use_http(f"{other.url}/slack/events")
            assert "isn't set up" not in await asks(world, gus)
            await world.slack.uninstall(workspace, events=["tokens_revoked"])
            await until(lambda: other.is_idle)
            await world.app.edge.installer.follow()
            assert workspace.id not in world.app.slack.teams


async def test_tokens_that_end_are_exchanged_before_that(either_store: World):
    world = either_store
    world.slack.app.rotates_tokens = True
    workspace, gus = newcomer(world)
    async with Browser(world) as browser:
        await browser.install(gus)
    first = workspace.bot_token
    installer = world.app.edge.installer
    await installer.rotate()
    assert workspace.bot_token == first, "it is not yet time"
    world.clock.push_real(timedelta(hours=10, minutes=1))
    world.slack.faults.drop("oauth.v2.access", after=False)
    await installer.rotate()
    assert workspace.bot_token == first, "Slack was not reached: it is tried again"
    world.clock.push_real(timedelta(minutes=6))
    calls = len(world.slack.calls_of("oauth.v2.access"))
    await asyncio.gather(*(installer.rotate() for _ in range(5)))
    assert len(world.slack.calls_of("oauth.v2.access")) == calls + 1, "one of many does it"
    assert workspace.bot_token != first
    world.clock.push_real(timedelta(hours=3))  # the first one has ended
    assert "isn't set up" not in await asks(world, gus)
    assert world.slack.calls[-1].answer is None or world.slack.calls[-1].answer["ok"]


@pytest.mark.covers("FP16")
async def test_a_renewal_that_is_lost_before_it_is_kept_is_an_alarm_while_the_old_token_works(
    town: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    town.slack.app.rotates_tokens = True
    _, gus = newcomer(town)
    async with Browser(town) as browser:
        await browser.install(gus)
        town.clock.push_real(timedelta(hours=10, minutes=1))
        with monkeypatch.context() as killed:
            killed.setattr(installations, "rotate", lambda *_, **__: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                await town.app.edge.installer.rotate()
        town.clock.push_real(timedelta(minutes=6))
        await town.app.edge.installer.rotate()
        assert (
            "ALARM: Slack gives no new tokens for installation TGLOBEX: invalid_refresh_token" in caplog.text
        )
        assert "xoxe" not in caplog.text
        assert "isn't set up" not in await asks(town, gus)
        await browser.install(gus)
    town.clock.push_real(timedelta(hours=3))
    assert "isn't set up" not in await asks(town, gus)


async def test_with_another_key_it_says_so_and_goes_on_for_the_others(
    town: World, caplog: pytest.LogCaptureFixture
):
    _, gus = newcomer(town)
    async with Browser(town) as browser:
        await browser.install(gus)
    await town.stop()
    town.settings = town.settings.model_copy(update={"meta_keys": ()})
    await town.start()
    assert "ALARM: the tokens of installation TGLOBEX cannot be decrypted" in caplog.text
    assert await types(town, town.ann, "help")


async def test_tokens_that_nothing_renews_are_an_alarm_before_they_end(
    town: World, caplog: pytest.LogCaptureFixture
):
    town.slack.app.rotates_tokens = True
    workspace, gus = newcomer(town)
    async with Browser(town) as browser:
        await browser.install(gus)
    await town.stop()
    town.settings = town.settings.model_copy(update={"client_id": "", "client_secret": None})
    await town.start()
    town.clock.push_real(timedelta(hours=10, minutes=1))
    await town.app.edge.installer.rotate()
    assert f"ALARM: the tokens of installation {workspace.id} end" in caplog.text
    assert workspace.id in town.app.slack.teams, "they have not ended yet"


async def test_who_cannot_read_newer_tokens_does_not_forget_them_when_the_older_ones_are_refused(town: World):
    """As a replica that does not have the new key yet."""
    workspace, gus = newcomer(town)
    async with Browser(town) as browser:
        await browser.install(gus)
    new = {"ciphertext": "of a key that this one has not", "rotates_at": None, "version": 1}
    assert await town.database.write(installations.rotate, workspace.id, **new)
    await town.app.edge.installer.follow()
    await town.slack.revoke_token(workspace, tell=True)
    await town.settle()
    (row,) = town.rows(tables.Installation)
    assert (row.ciphertext, row.version) == (new["ciphertext"], 2)
    assert workspace.id not in town.app.slack.teams


async def test_a_whole_organisation_has_the_app_and_gives_it_its_workspaces_one_by_one(either_store: World):
    world, slack = either_store, either_store.slack
    workspace, gus = newcomer(world)
    second = slack.add_workspace("Globex Labs", domain="labs", team_id="TLABS")
    second.installed = False
    org = slack.add_org("Globex", org_id="EGLOBEX", workspaces=[workspace, second])
    async with Browser(world) as browser:
        page = await browser.get(slack.installs.allow(gus, await browser.begin(), org=org))
    assert "add it to them on Slack's page for your organisation" in html.unescape(page.text)
    assert "manage/EGLOBEX/integrations/profile" in page.text
    assert world.app.slack.teams == {world.agency.id, world.brand.id}

    slack.grant(org, workspace)
    assert "isn't set up" not in await asks(world, gus), "who comes from a new one is let in at once"
    assert await slack.open_home(gus)
    await world.settle()
    assert slack.home(gus) is not None
    await world.stop()
    await world.start()
    assert world.app.slack.teams == {world.agency.id, world.brand.id, workspace.id}

    assert org.granted is not None
    org.granted.clear()  # the workspace loses the app, the organisation does not
    await slack.open_home(gus)
    await world.settle()
    assert world.app.slack.teams == {world.agency.id, world.brand.id}
    assert world.app.slack.find("EGLOBEX") is not None

    slack.grant(org, second)
    await world.app.edge.installer.learn("TLABS")
    assert "TLABS" in world.app.slack.teams
    org.token_error = "token_revoked"
    gone = {"type": "app_uninstalled"}
    await slack.send_payload(Kind.EVENT, slack.payload_event(second, gone) | {"team_id": None} | of_org(org))
    await world.settle()
    (row,) = world.rows(tables.Installation)
    assert (row.is_org, row.ciphertext) == (True, None)
    assert world.app.slack.teams == {world.agency.id, world.brand.id}


def of_org(org: Workspace) -> dict[str, str]:
    return {"enterprise_id": org.id}


async def test_who_left_while_it_was_stopped_has_no_power_after_it_has_started(either_store: World):
    world = either_store
    _, gus = newcomer(world)
    async with Browser(world) as browser:
        await browser.install(gus)
    await registers(world, gus)
    await world.stop()
    gus.deleted = True
    world.clock.push(timedelta(minutes=5))
    await world.start()
    await world.settle()
    assert person(world, gus).deactivated is True


async def test_who_left_while_its_tokens_had_ended_has_no_power_once_they_are_renewed(town: World):
    town.slack.app.rotates_tokens = True
    _, gus = newcomer(town)
    async with Browser(town) as browser:
        await browser.install(gus)
    await registers(town, gus)
    town.clock.push_real(timedelta(hours=13))
    assert await town.slack.open_home(gus)
    await town.settle()
    assert "TGLOBEX" not in town.app.slack.teams, "the token has ended"
    gus.deleted = True
    await town.app.edge.installer.rotate()
    await town.app.ticks.sweep()
    await town.settle()
    assert "TGLOBEX" in town.app.slack.teams
    assert person(town, gus).deactivated is True


async def test_who_leaves_an_organisation_has_no_power_in_any_of_its_workspaces(town: World):
    org, second, gus = await organisation(town)
    await registers(town, gus)
    inner = {
        "type": "user_change",
        "user": {
            "id": gus.id,
            "team_id": second.id,
            "deleted": True,
            "enterprise_user": {"id": gus.id, "enterprise_id": org.id, "teams": [second.id]},
        },
    }
    for of_whom in ({}, {"team_id": None} | of_org(org)):
        gus.deleted = not gus.deleted
        event = town.slack.payload_event(second, inner) | of_whom  # not of the one in which he is admin
        assert (await town.slack.send_payload(Kind.EVENT, event)).ok
        await town.settle()
        assert person(town, gus).deactivated is gus.deleted, "it is what Slack says of him there"


async def test_an_organisation_that_adds_the_app_again_while_it_is_suspended_is_served_with_the_new_token(
    town: World,
):
    town.slack.app.rotates_tokens = True
    org, second, gus = await organisation(town)
    town.slack.faults.http_error("auth.test", times=50)  # nobody learns whether it is still so
    gone = town.slack.payload_event(second, {"type": "app_uninstalled"}) | {"team_id": None} | of_org(org)
    await town.slack.send_payload(Kind.EVENT, gone)
    await town.settle()
    assert town.app.slack.teams == {town.agency.id, town.brand.id}
    assert town.app.slack.away == 2, "two workspaces"
    town.slack.faults.clear()
    old = org.bot_token
    await allows(town, org, gus)
    for _ in range(2):
        found = [town.app.slack.find(one) for one in (org.id, "TGLOBEX", second.id)]
        assert [one and one.token for one in found] == [org.bot_token] * 3 != [old] * 3
        assert town.app.slack.away == 0
        await town.app.slack.probe()  # the old one works for some hours yet


async def test_a_token_that_is_renewed_while_slack_is_asked_about_it_does_not_come_back(town: World):
    town.slack.app.rotates_tokens = True
    workspace, gus = newcomer(town)
    async with Browser(town) as browser:
        await browser.install(gus)
    gate = town.slack.faults.hang("auth.test", after=True)
    town.app.slack.suspend(workspace.id)
    probing = asyncio.create_task(town.app.slack.probe())
    await gate.reached()
    town.clock.push_real(timedelta(hours=10, minutes=1))
    await town.app.edge.installer.rotate()
    gate.release()
    await probing
    served = town.app.slack.find(workspace.id)
    assert served is not None
    assert served.token == workspace.bot_token


@pytest.mark.covers("FP16")
async def test_tokens_that_slack_has_renewed_are_kept_although_the_store_fails_just_then(
    town: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    town.slack.app.rotates_tokens = True
    workspace, gus = newcomer(town)
    async with Browser(town) as browser:
        await browser.install(gus)
    town.clock.push_real(timedelta(hours=10, minutes=1))
    rotate, tried = installations.rotate, []

    def fails_twice(*args: Any, **kwargs: Any) -> bool:
        tried.append(args)
        if len(tried) < 3:
            raise StoreDown("the disk is full")
        return rotate(*args, **kwargs)

    monkeypatch.setattr(installing, "KEEP_SECONDS", 0.0)
    monkeypatch.setattr(installations, "rotate", fails_twice)
    await town.app.edge.installer.rotate()
    served = town.app.slack.find(workspace.id)
    assert served is not None
    assert served.token == workspace.bot_token
    assert "ALARM" not in caplog.text
