"""`countersign doctor`: what it finds, that it says what to do, and that it changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import make
import pytest
from command import command
from make import BRAND, write
from meta_town import KEY
from sqlalchemy import insert, update
from story import Story

from bot.cli.doctor import WORDS
from bot.clock import Clock, PushedClock
from bot.credentials import Credentials, Token
from bot.domain.faults import FaultKind
from bot.sandbox.slack import App, LocalSlack
from bot.sandbox.slack.state import DEFAULT_SCOPES
from bot.slack.wire.manifest import OPTIONAL_SCOPES, manifest
from bot.store import mounts, tables
from bot.store.database import Database

OTHER_KEY = "b25lIHRoYXQgbm90aGluZyB3YXMga2VwdCB3aXRoICE="


@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    served = LocalSlack(clock=Clock(), app=App(manifest=manifest()))
    async with served.serve():
        for name, team, room in (
            ("Northwind", make.AGENCY_TEAM, "CAGENCY"),
            ("Acme", make.BRAND_TEAM, "CBRAND"),
        ):
            scopes = (*DEFAULT_SCOPES, *OPTIONAL_SCOPES)
            place = served.add_workspace(name, domain=name.lower(), scopes=scopes, team_id=team)
            served.add_channel(place, "approvals", members=[], channel_id=room)
        yield served


async def doctor(slack: LocalSlack, url: str, **settings: str) -> tuple[int, list[str]]:
    """Run `countersign doctor` beside what this test serves; return its exit code and its lines."""
    tokens = ",".join(one.bot_token for one in slack.workspaces.values())
    environment = {
        "DATABASE_URL": url,
        "BOT_TOKENS": tokens,
        "APP_TOKEN": slack.app.app_token,
        "APP_ID": slack.app.id,
        "SLACK_API_URL": slack.api_url,
        "META_KEYS": KEY,
        "CONFIGURATION_TOKEN": slack.app.configuration_token,
        **settings,
    }
    ended = await command("doctor", folder=Path(), **environment)
    return ended.code, ended.out.splitlines()


def install(tx: Any, which: str, *, ciphertext: str, is_org: bool = False) -> None:
    tx.run(
        insert(tables.Installation.__table__),
        **dict.fromkeys(("rotates_at", "removed_at")),
        **dict.fromkeys(("url", "bot_id", "bot_user_id", "installed_by"), ""),
        id=which,
        is_org=is_org,
        enterprise_id=which if is_org else None,
        name=f"Workspace {which}",
        ciphertext=ciphertext,
        version=1,
        installed_at=make.EPOCH,
    )


def test_every_kind_of_fault_has_words() -> None:
    assert set(WORDS) == set(FaultKind)


async def test_where_nothing_is_wrong_it_says_so_and_ends_with_0(
    slack: LocalSlack, database: Database, database_url: str
) -> None:
    make.town(database)
    assert await doctor(slack, database_url) == (0, ["All is well."])
    methods = {call.method for call in slack.calls}
    reads = {"auth.test", "apps.connections.open", "apps.manifest.export", "conversations.info"}
    assert methods == reads, "nothing is posted"


async def test_each_thing_that_is_wrong_is_one_line_with_what_to_do(
    slack: LocalSlack, database: Database, database_url: str, clock: PushedClock
) -> None:
    town, story = make.town(database), Story(database, clock)
    story.submit(town.ann)
    agency, brand = slack.workspaces.values()
    await slack.archive(slack.channel("CBRAND"))
    agency.scopes -= {"users:read", "groups:read"}

    def spoil(tx: Any) -> None:
        tx.run(update(tables.BusinessRow.__table__).values(quorum=5).where(tables.BusinessRow.id == BRAND))
        tx.run(update(tables.Request.__table__).values(quorum=5, required_approvals=5))
        tx.run(update(tables.Effect.__table__).values(put_at=Clock().now() - timedelta(minutes=8)))
        first = tables.Effect.__table__.select().order_by(tables.Effect.id).limit(1)
        tx.run(
            update(tables.Effect.__table__).values(state="DEAD").where(tables.Effect.id == tx.one(first).id)
        )
        tx.run(
            insert(tables.Connection.__table__),
            business_id=BRAND,
            ciphertext="kept with a key that is gone",
            name="Countersign",
            state="BROKEN",
            version=1,
            connected_at=make.EPOCH,
            connected_by=None,
        )
        kept = Token('["xoxb-gone",null]').encrypted_with(Credentials([OTHER_KEY]))
        install(tx, "TGONE", ciphertext=kept)
        install(tx, "TODD", ciphertext="of a key that is gone")

    write(database, spoil)
    before = (story.rows(tables.Event), story.rows(tables.Effect))
    code, lines = await doctor(slack, database_url, META_KEYS=OTHER_KEY)
    assert code == 1
    assert [line[:6] for line in lines].count("note  ") == 1, lines
    for said in (
        f"Admins of Acme Shoes ({BRAND}) who can decide: 2, and it takes 5.",
        "Nobody can decide on",
        "should have gone out by now: 1, the oldest 8 minutes ago",
        "could not be delivered: 1",
        "Meta no longer takes the token of Acme Shoes",
        "The token of Acme Shoes for Meta cannot be decrypted",
        "Slack does not take the token of Workspace TGONE (invalid_auth)",
        "The token of Workspace TODD, where",
        "In Northwind the app may not do what it needs: users:read",
        "In Northwind the app has no groups:read",
        "The approvals channel of Acme Shoes, CBRAND, is archived",
    ):
        assert [line for line in lines if said in line], (said, lines)
    assert (story.rows(tables.Event), story.rows(tables.Effect)) == before

    slack.channel("CAGENCY").shared_with.add(brand.id)
    slack.invite_bot(slack.channel("CAGENCY"))
    brand.token_error = "token_revoked"
    code, lines = await doctor(slack, database_url)
    shared = "fix   The approvals channel of Northwind, CAGENCY, is shared with another organisation"
    assert [line for line in lines if line.startswith(shared)], lines
    assert "fix   Slack does not take bot token 2 (token_revoked)" in "\n".join(lines)
    assert "Acme Shoes is at home in workspace" in "\n".join(lines)


async def test_who_slack_was_not_asked_about_yet_is_no_admin_that_is_missing(
    slack: LocalSlack, database: Database, database_url: str, clock: PushedClock
) -> None:
    town, story = make.town(database, quorum=2), Story(database, clock)
    story.submit(town.ann)
    flags = dict.fromkeys(("deactivated", "guest", "bot", "stranger"))
    for who in (town.dana, town.dov):
        story.set(tables.Person, {"id": who.id}, **flags)  # as the directory file leaves it
    story.set(tables.Effect, {}, put_at=Clock().now())
    code, lines = await doctor(slack, database_url)
    said = f"fix   Admins of Acme Shoes ({BRAND}) of whom Slack has not said yet who they are"
    assert (code, [line.startswith(said) for line in lines]) == (1, [True]), lines
    assert "cannot decide: 2." in lines[0]
    story.set(tables.Person, {"id": town.dov.id}, **{**flags, "guest": True, "bot": False})
    code, lines = await doctor(slack, database_url)
    assert "who can decide: 0, and it takes 2" in "\n".join(lines), "one is known to be a guest"


async def test_slack_is_asked_about_all_tokens_at_once(slack: LocalSlack, sqlite_url: str) -> None:
    with Database.open(sqlite_url, clock=Clock()) as database:
        make.town(database)
    gates = [slack.faults.hang("auth.test", team_id=team) for team in slack.workspaces]
    examining = asyncio.create_task(doctor(slack, sqlite_url))
    for gate in gates:
        await gate.reached()
    for gate in gates:
        gate.release()
    assert await examining == (0, ["All is well."])


@pytest.mark.covers("F40")
async def test_a_sqlite_store_on_a_network_file_system_is_named(
    slack: LocalSlack, sqlite_url: str, clock: PushedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Path(sqlite_url.removeprefix("sqlite:///"))
    with Database.open(sqlite_url, clock=clock) as database:
        make.town(database)
    table = tmp_path / "mountinfo"
    monkeypatch.setattr(mounts, "_MOUNTS", table)
    disk = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
    share = f"40 22 0:40 / {store.parent} rw,relatime shared:2 master:1 - nfs4 files:/store rw,vers=4.2\n"
    table.write_text(f"{disk}{share}41 40 0:41 / {store.parent}/other rw - ext4 /dev/sdb1 rw\n")
    code, lines = await doctor(slack, sqlite_url)
    named = f"fix   The store {store} is on a network file system (nfs4), where SQLite cannot promise that "
    assert (code, lines[0].startswith(named)) == (1, True), lines
    for said in (disk, disk + share + share.replace("nfs4", "xfs"), "nonsense\n"):
        table.write_text(said)
        assert await doctor(slack, sqlite_url) == (0, ["All is well."]), said
    table.unlink()  # another system than Linux
    assert await doctor(slack, sqlite_url) == (0, ["All is well."])


async def test_settings_that_are_wrong_are_named_before_anything_is_asked(
    slack: LocalSlack, sqlite_url: str
) -> None:
    code, lines = await doctor(slack, sqlite_url, BOT_TOKENS="", APP_TOKEN="no")
    assert code == 1
    assert "COUNTERSIGN_BOT_TOKENS" in "\n".join(lines)
    assert slack.calls == []
    code, lines = await doctor(slack, "sqlite:////nowhere/at/all.db")
    assert (code, len(lines)) == (1, 1)
    assert "COUNTERSIGN_DATABASE_URL" in lines[0]
    code, (line,) = await doctor(slack, sqlite_url, METRIC="true")
    assert (code, line.endswith("is COUNTERSIGN_METRICS meant?")) == (1, True)


async def test_the_app_s_settings_at_slack_are_compared_with_the_manifest(
    slack: LocalSlack, sqlite_url: str, clock: PushedClock
) -> None:
    with Database.open(sqlite_url, clock=clock) as database:
        make.town(database)
    app = slack.app.manifest
    app["display_information"]["name"] = "Access"
    app["settings"]["event_subscriptions"]["bot_events"] = ["app_home_opened", "user_change", "team_join"]
    app["features"]["shortcuts"].pop()
    app["features"]["slash_commands"][0] |= {"usage_hint": "help", "should_escape": True}
    del app["settings"]["interactivity"], app["settings"]["org_deploy_enabled"]
    (line,) = (await doctor(slack, sqlite_url))[1]
    for lacking in (
        "features.shortcuts: request_named",
        "features.slash_commands./access.should_escape: false",
        "settings.event_subscriptions.bot_events: app_uninstalled, tokens_revoked",
        "settings.interactivity.is_enabled: true",
    ):
        assert lacking in line
    assert line.count(": ") == 5, "and nothing else"

    http = {"MODE": "http", "SIGNING_SECRET": "0" * 32, "URL": "https://access.example.com"}
    slack.app.manifest = manifest(url=http["URL"])
    assert await doctor(slack, sqlite_url, **http) == (0, ["All is well."])
    local = http | {"URL": "http://127.0.0.1:3000"}
    assert await doctor(slack, sqlite_url, **local) == (0, ["All is well."]), "nor does Slack know that one"
    slack.app.manifest = manifest(url="https://slack.example.com")
    assert await doctor(slack, sqlite_url, **http) == (0, ["All is well."]), "Slack may know another host"
    slack.app.manifest["settings"]["interactivity"]["request_url"] = "https://access.example.com/slack"
    slack.app.manifest["oauth_config"]["redirect_urls"] = []
    installs = {"CLIENT_ID": "1.2", "CLIENT_SECRET": "0" * 32}
    (line,) = (await doctor(slack, sqlite_url, **http, **installs))[1]
    assert "settings.interactivity.request_url: https://access.example.com/slack/events" in line
    assert "oauth_config.redirect_urls: https://access.example.com/slack/oauth_redirect" in line


async def test_without_a_token_for_it_the_comparison_is_said_to_be_missing(
    slack: LocalSlack, sqlite_url: str, clock: PushedClock
) -> None:
    with Database.open(sqlite_url, clock=clock) as database:
        make.town(database)
    code, lines = await doctor(slack, sqlite_url, CONFIGURATION_TOKEN="")
    assert (code, lines[-1]) == (0, "All is well.")
    assert "were not compared" in lines[0]
    code, (line,) = await doctor(slack, sqlite_url, CONFIGURATION_TOKEN="xoxe.xoxp-1-old")
    assert (code, "for the configuration token (invalid_auth)" in line) == (1, True)


async def test_what_serve_renews_by_itself_and_what_slack_did_not_say_is_for_nobody_to_add_again(
    slack: LocalSlack, sqlite_url: str, clock: PushedClock
) -> None:
    agency, brand = slack.workspaces.values()
    org = slack.add_org("Acme", org_id="EACME", workspaces=[brand])
    org.installed, org.scopes = True, set(brand.scopes)
    slack.grant(org, brand)
    slack.invite_bot(slack.channel("CBRAND"))
    tokens = {one.id: Token(f'["{one.bot_token}",null]') for one in (agency, org)}
    with Database.open(sqlite_url, clock=clock) as database:
        make.town(database)
        for which, token in tokens.items():
            kept = token.encrypted_with(Credentials([KEY]))
            write(database, lambda tx, w=which, k=kept: install(tx, w, ciphertext=k, is_org=w == org.id))
    installs = {"CLIENT_ID": "1.2", "CLIENT_SECRET": "0" * 32, "URL": "https://access.example.com"}
    how = {"BOT_TOKENS": "", "CONFIGURATION_TOKEN": "", **installs}
    code, (_, line) = await doctor(slack, sqlite_url, **how)
    assert (code, line) == (0, "All is well.")

    slack.faults.http_error("auth.teams.list")
    code, (line, _) = await doctor(slack, sqlite_url, **how)
    assert (code, "could not be asked about the token of Workspace EACME" in line) == (1, True)

    slack.faults.clear()
    agency.token_error = "token_expired"
    code, (line, _) = await doctor(slack, sqlite_url, **how)
    assert code == 1
    assert "The token of Workspace TAGENCY, where the app was added with a browser, has ended" in line
    assert "`countersign serve` renews it" in line
