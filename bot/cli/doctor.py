# ruff: noqa: E501  # what one line says stands together
"""What is wrong with an installation, and what to do: `countersign doctor`."""

from __future__ import annotations

import sys
from collections.abc import Mapping

import typer

from bot.cli.terminal import FOUND, say
from bot.domain.faults import Fault, FaultKind

cli = typer.Typer()

WORDS: Mapping[FaultKind, str] = {
    FaultKind.SETTINGS: "{why}.",
    FaultKind.STORE: "{why}.",
    FaultKind.NETWORK_STORE: "The store {place} is on a network file system ({kind}), where SQLite cannot promise that what was decided is kept. Move it to a disk of this machine, or use PostgreSQL.",
    FaultKind.TOKEN_REFUSED: "Slack does not take bot token {number} ({word}). Copy it again from the app's page, under OAuth & Permissions, into COUNTERSIGN_BOT_TOKENS; if the app was removed, install it again.",
    FaultKind.INSTALLATION_REFUSED: "Slack does not take the token of {workspace} ({word}), where the app was added with a browser. Somebody there adds it again, at /slack/install.",
    FaultKind.INSTALLATION_EXPIRED: "The token of {workspace}, where the app was added with a browser, has ended ({word}). `countersign serve` renews it within a minute of its start; if it runs already, its log says why it does not.",
    FaultKind.INSTALLATION_KEYS: "The token of {workspace}, where the app was added with a browser, cannot be decrypted. List the key with which it was kept in COUNTERSIGN_META_KEYS, or have somebody there add the app again.",
    FaultKind.SLACK_UNREACHED: "Slack could not be asked about {what} ({word}). Look at the network, and run this again.",
    FaultKind.APP_TOKEN: "Slack does not take the app token ({word}). Make one with connections:write under Basic Information, and put it into COUNTERSIGN_APP_TOKEN.",
    FaultKind.SCOPES: "In {workspace} the app may not do what it needs: {scopes}. Add that under OAuth & Permissions on the app's page, and install it again.",
    FaultKind.FEWER_SCOPES: "In {workspace} the app has no {scopes}: it works, but without those for history it cannot see whether a lost message arrived, and without those to read whether a channel can be posted in.",
    FaultKind.MANIFEST: "The app's settings at Slack are not those of this version: {what}. Change that under App Manifest on the app's page; `countersign manifest`, with the options it was made with, prints all of it.",
    FaultKind.MANIFEST_UNKNOWN: "The app's settings at Slack were not compared with the manifest. To have that done, make a token at api.slack.com/apps under Your App Configuration Tokens, and put it into COUNTERSIGN_CONFIGURATION_TOKEN for this command alone; it is valid for twelve hours.",
    FaultKind.CONFIGURATION_TOKEN: "Slack does not show the settings of app {app} for the configuration token ({word}). Make a new one at api.slack.com/apps, under Your App Configuration Tokens, as somebody who may edit that app; if it is another app, correct COUNTERSIGN_APP_ID.",
    FaultKind.CLOCK: "This machine's clock is {seconds} seconds {way} Slack's. Set it: clicks that look five minutes old are turned away.",
    FaultKind.WORKSPACE: "{business} is at home in workspace {team}, of which there is no bot token. Nobody there gets anything: have the app added there with a browser, or install it and add its token.",
    FaultKind.CHANNEL: "The approvals channel of {business}, {channel}, is {why}. Its admins are asked in direct messages until somebody invites Countersign there or chooses another one with /access settings.",
    FaultKind.CHANNEL_SHARED: "The approvals channel of {business}, {channel}, is shared with another organisation (Slack Connect). Its people cannot decide, but read all that {business} is asked: an admin chooses another one with /access settings.",
    FaultKind.META_KEYS: "The token of {business} for Meta cannot be decrypted. List the key with which it was kept in COUNTERSIGN_META_KEYS, or have an admin connect again.",
    FaultKind.CONNECTION: "Meta no longer takes the token of {business}. An admin connects it again with /access connect.",
    FaultKind.ADMINS: "Admins of {business} ({id}) who can decide: {has}, and it takes {needs}. Requests to it expire: add an admin, or lower its quorum.",
    FaultKind.ADMINS_UNKNOWN: "Admins of {business} ({id}) of whom Slack has not said yet who they are, so that they cannot decide: {unknown}. `countersign serve` asks within a minute of its start; if it runs already, see `countersign outbox list`.",
    FaultKind.DEAD_END: "Nobody can decide on {ref}: it takes {needs} more, and {has} could. It expires unless an admin is added.",
    FaultKind.OVERDUE: "Messages that should have gone out by now: {count}, the oldest {minutes} minutes ago. Is `countersign serve` running?",
    FaultKind.RETRIED: "Messages that were tried again and again, and have not gone out: {count}. `countersign outbox list` says why.",
    FaultKind.PARKED: "Messages of which nobody knows whether they arrived: {count}. See `countersign outbox list`.",
    FaultKind.DEAD: "Messages that could not be delivered: {count}. See `countersign outbox list`.",
    FaultKind.WEBHOOK: "Events of the journal that the webhook has not taken: {count}, the oldest {minutes} minutes old ({why}). Look at what receives it; they are sent again by themselves.",
    FaultKind.STUCK: "Access that is over and could not be taken away at Meta: {count}. The cards and `/access people` say why; an admin of the business can do it in Business settings.",
}
"""What each kind of fault means, and what to do about it."""


@cli.command()
def doctor() -> None:
    """Say what is wrong with this installation, and what to do.

    Looks at the settings, the store, Slack's tokens, scopes, channels and app, the clock, Meta, and what waits.
    Changes and posts nothing. Ends with 1 if somebody has to do something.
    """
    from bot import operating

    to_do = 0
    for fault in operating.examine():
        to_do += fault.kind.needs_somebody
        say(_line(fault))
    if to_do:
        sys.exit(FOUND)
    say("All is well.")


def _line(fault: Fault) -> str:
    mark = "fix " if fault.kind.needs_somebody else "note"
    words = WORDS[fault.kind].format(**fault.facts)
    return (
        f"{mark}  {words.removesuffix('.') if words.endswith('?.') else words}"  # a cause may be a question
    )
