"""What the operator does with the installation that the environment names, `serve` running or not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bot.clock import Clock
from bot.credentials import Credentials, Unreadable
from bot.domain.actors import OPERATOR
from bot.domain.connections import FlawKind, Obstacle, TokenFlaw
from bot.domain.faults import Fault, FaultKind
from bot.errors import Busy, Misconfigured, Unconfirmed
from bot.meta.client import Graph
from bot.meta.connecting import Connector, Sealed
from bot.meta.importing import Importer
from bot.services import connections
from bot.services.context import act
from bot.services.directory_file import Reading
from bot.services.results import Disconnected
from bot.settings import (
    PREFIX,
    ApiSettings,
    CheckSettings,
    MetaSettings,
    Mode,
    StoreSettings,
    read_settings,
)
from bot.slack.installing import read_tokens
from bot.slack.wire.validation import validated
from bot.stopping import finished
from bot.store import migrations
from bot.store.database import Database
from bot.store.drivers import Driver, driver_for
from bot.store.mounts import network_of

PATIENCE = 60.0
"""Seconds that a command waits for its turn to write: others may write, or the server may not let it."""


@contextmanager
def open_database() -> Iterator[Database]:
    """Open the store that the environment names, beside a running `serve` if there is one."""
    url = read_settings(StoreSettings).database_url
    with naming_the_store(url), Database.open(url, clock=Clock(), patience=PATIENCE) as database:
        database.set_clock()
        yield database


def may_connect(business_id: str) -> TokenFlaw | None:
    """Return why a business cannot be connected to Meta, whatever its token is, or None."""
    if not read_settings(MetaSettings).meta_keys:
        return TokenFlaw(FlawKind.NO_KEY)
    with open_database() as database:
        is_known = database.read_sync(act, connections.is_known, business_id, now=Clock().now())
    return None if is_known else TokenFlaw(FlawKind.NO_BUSINESS)


def connect_business(business_id: str, value: str) -> str | TokenFlaw:
    """Connect a business to Meta, for the operator, if its token is in order; return whose it is there."""
    settings = read_settings(MetaSettings)
    credentials = Credentials([key.get_secret_value() for key in settings.meta_keys])

    async def sealed() -> Sealed | TokenFlaw:
        graph = Graph(base_url=settings.meta_api_url, clock=Clock())
        try:
            return await Connector(graph, credentials).seal(value, business_id=business_id)
        finally:
            await graph.close()

    with open_database() as database:
        if not database.read_sync(act, connections.is_known, business_id, now=Clock().now()):
            return TokenFlaw(FlawKind.NO_BUSINESS)
        found = asyncio.run(sealed())
        if isinstance(found, TokenFlaw):
            return found
        kept = {"ciphertext": found.ciphertext, "name": found.name}
        _as_operator(database, connections.connect, business_id, **kept)
    return found.name


def read_at_meta(database: Database, business_id: str) -> Reading | Obstacle:
    """Return what a connected business has at Meta, for the operator, or why it can't be read."""
    settings = read_settings(MetaSettings)
    credentials = Credentials([key.get_secret_value() for key in settings.meta_keys])
    kept = database.read_sync(act, connections.kept_token, business_id, now=Clock().now())

    async def reading() -> Reading | Obstacle:
        graph = Graph(base_url=settings.meta_api_url, clock=Clock())
        try:
            return await Importer(graph, credentials, clock=Clock()).read(business_id, kept)
        finally:
            await graph.close()

    return asyncio.run(reading())


def disconnect_business(business_id: str) -> int | None:
    """Disconnect a business from Meta, for the operator; return how many grants go on there, or None."""
    with open_database() as database:
        if not database.read_sync(act, connections.is_known, business_id, now=Clock().now()):
            return None
        done = _as_operator(database, connections.disconnect, business_id)
    return done.left if isinstance(done, Disconnected) else None


def _as_operator(database: Database, verb: Any, *args: Any, **kwargs: Any) -> Any:
    return finished(database.submit(act, verb, *args, by=OPERATOR, now=Clock().now(), **kwargs))


def store() -> Driver:
    """Return where the store is that the environment names. It is not opened."""
    return driver_for(read_settings(StoreSettings).database_url)


def is_in_use() -> bool:
    """Say whether another program of ours has the PostgreSQL database open that the environment names."""
    from bot.store import copies  # noqa: PLC0415 - `serve` needs none of this

    url = read_settings(StoreSettings).database_url
    with naming_the_store(url):
        return copies.is_in_use(driver_for(url))


def migrate_database() -> str:
    """Bring the store that the environment names to the version needed, and return that."""
    url = read_settings(StoreSettings).database_url
    with naming_the_store(url):
        migrations.migrate(url)
    return migrations.HEAD


def examine() -> list[Fault]:
    """Return all that is wrong with the installation that the environment describes. Nothing is changed."""
    from bot.services import reports  # noqa: PLC0415 - `serve` needs none of this
    from bot.slack.wire.checking import Given, check_app, check_slack  # noqa: PLC0415 - the same
    from bot.slack.wire.manifest import expected  # noqa: PLC0415 - the same

    clock = Clock()
    try:
        settings = read_settings(CheckSettings)
    except Misconfigured as error:
        return [Fault(FaultKind.SETTINGS, {"why": line}) for line in str(error).splitlines()]
    try:
        with open_database() as database:
            found = database.read_sync(act, reports.check_up, now=clock.now(), real=clock.real())
    except (Misconfigured, Busy) as error:
        return [Fault(FaultKind.STORE, {"why": str(error)})]
    credentials = Credentials([key.get_secret_value() for key in settings.meta_keys])
    faults = [*found.faults, *_of_the_place()]
    for kept in found.kept:
        try:
            credentials.read(kept.ciphertext)
        except Unreadable:
            faults.append(Fault(FaultKind.META_KEYS, {"business": kept.name}))

    tokens = []
    for number, secret in enumerate(settings.bot_tokens, start=1):
        refused = Fault(FaultKind.TOKEN_REFUSED, {"number": number})
        value = secret.get_secret_value()
        tokens.append(Given(token=value, name=f"token {number}", fault=refused, expired=refused))
    for kept in found.installed:
        about = {"workspace": kept.name}
        try:
            token = read_tokens(credentials, kept.ciphertext).access
        except Unreadable:
            faults.append(Fault(FaultKind.INSTALLATION_KEYS, about))
        else:
            refused = Fault(FaultKind.INSTALLATION_REFUSED, about)
            expired = Fault(FaultKind.INSTALLATION_EXPIRED, about)
            name = f"the token of {kept.name}"
            tokens.append(Given(token=token, name=name, fault=refused, expired=expired))

    async def ask() -> None:
        app_token = settings.app_token.get_secret_value() if settings.app_token else None
        homes = [(home.name, home.team_id, home.channel_id) for home in found.homes]
        there = check_slack(tokens, app_token, homes, base_url=settings.slack_api_url, clock=clock)
        faults.extend([one async for one in there])
        if settings.configuration_token is None:
            faults.append(Fault(FaultKind.MANIFEST_UNKNOWN))
            return
        token = settings.configuration_token.get_secret_value()
        # Slack reaches no plain http, which is for this machine alone.
        url = settings.url if settings.url.lower().startswith("https:") else None
        wanted = expected(url=url, is_http=settings.mode is Mode.HTTP, installs=bool(settings.client_id))
        app = check_app(token, settings.its_app_id, wanted=wanted, base_url=settings.slack_api_url)
        faults.extend([one async for one in app])

    asyncio.run(ask())
    return faults


def _of_the_place() -> Iterator[Fault]:
    driver = store()
    if driver.dialect == "sqlite" and (kind := network_of(Path(driver.place))) is not None:
        yield Fault(FaultKind.NETWORK_STORE, {"place": driver.place, "kind": kind})


def slack_api_url() -> str:
    """Return where Slack's API is. Raise Misconfigured for an address that cannot be its."""
    return read_settings(ApiSettings).slack_api_url


def validate(payloads: Iterable[Mapping[str, Any]], *, base_url: str) -> Iterator[list[str]]:
    """Ask Slack's `blocks.validate` about each payload, and yield what is wrong with it. Raise SlackError."""
    answers = validated(payloads, base_url=base_url)
    with asyncio.Runner() as runner:
        while (found := runner.run(anext(answers, None))) is not None:
            yield found


@contextmanager
def naming_the_store(url: str) -> Iterator[None]:
    """Say with every error of the store, in its one line, which variable names it and where it is."""
    driver = driver_for(url)
    try:
        yield
    except (Misconfigured, Busy, Unconfirmed) as error:
        words = " ".join(str(error).split())  # a server's own words may have several lines
        raise type(error)(f"{PREFIX}DATABASE_URL: {driver.place}: {words}") from error
    except driver.no_right as error:
        why = str(error).splitlines()[0]
        raise Misconfigured(
            f"{PREFIX}DATABASE_URL: {driver.place}: {why}: its user needs all rights on all tables, "
            "also on those that `countersign migrate` adds"
        ) from error
