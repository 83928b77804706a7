"""Looking at an installation from Slack's side: tokens, scopes, the clock, and approvals channels."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from bot.clock import Clock
from bot.domain.faults import Fault, FaultKind
from bot.slack.wire.calls import Refused, Slack, SlackError, asked, make_client, meant, open_session
from bot.slack.wire.manifest import NEEDED_SCOPES, OPTIONAL_SCOPES, lacking

MOST_SECONDS_OFF = 60
"""How far the clock may be from Slack's: requests that are five minutes old are rejected."""
_SCOPES = {FaultKind.SCOPES: NEEDED_SCOPES, FaultKind.FEWER_SCOPES: OPTIONAL_SCOPES}
_EXPIRED = "token_expired"
_UNSAID = frozenset({FaultKind.SLACK_UNREACHED, FaultKind.INSTALLATION_EXPIRED})
"""What leaves open where the app is."""
_GONE = frozenset({"channel_not_found", "is_archived"})

Home = tuple[str, str, str | None]
"""A business's name, its workspace, and its approvals channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A bot token, what it is called, and the fault it is if Slack refuses it, or says that it has ended."""

    token: str = field(repr=False)
    name: str
    fault: Fault
    expired: Fault


async def check_slack(
    tokens: Iterable[Given], app_token: str | None, homes: Iterable[Home], *, base_url: str, clock: Clock
) -> AsyncIterator[Fault]:
    """Ask Slack about each token and channel, and yield what is wrong. Nothing is posted."""
    async with open_session() as session:
        slack = Slack(session=session, base_url=base_url, clock=clock)
        asking = (_listed(_token(slack, given, clock=clock)) for given in tokens)
        # All at once: where Slack does not answer, that is waited for once.
        of_app, *of_tokens = await asyncio.gather(_listed(_app_token(slack, app_token)), *asking)
        found = [fault for each in of_tokens for fault in each]
        is_known = not _UNSAID.intersection(fault.kind for fault in found)  # where the app is
        for fault in (*found, *of_app):
            yield fault
        for name, team_id, channel_id in homes:
            if slack.find(team_id) is None:
                if is_known:
                    yield Fault(FaultKind.WORKSPACE, {"business": name, "team": team_id})
            elif channel_id is not None and (wrong := await _channel(slack, team_id, channel_id)):
                kind, why = wrong
                yield Fault(kind, {"business": name, "channel": channel_id, "why": why})


async def check_app(
    token: str, app_id: str, *, wanted: Mapping[str, Any], base_url: str
) -> AsyncIterator[Fault]:
    """Compare the manifest of the app as it is at Slack with what is `wanted`; yield what is wrong.

    `token` is an app configuration token. docs.slack.dev/reference/methods/apps.manifest.export
    """
    method = "apps.manifest.export"
    async with open_session() as session:
        client = make_client(session, base_url=base_url, token=token)
        try:
            answer = await meant(method, client.apps_manifest_export(app_id=app_id))
        except Refused as error:
            yield Fault(FaultKind.CONFIGURATION_TOKEN, {"word": error.word, "app": app_id})
        except SlackError as error:
            yield Fault(FaultKind.SLACK_UNREACHED, {"what": "the app's manifest", "word": error.word})
        else:
            if lacks := sorted(lacking(answer.get("manifest") or {}, wanted=wanted)):
                yield Fault(FaultKind.MANIFEST, {"what": "; ".join(lacks)})


async def _listed(faults: AsyncIterator[Fault]) -> list[Fault]:
    return [one async for one in faults]


async def _app_token(slack: Slack, app_token: str | None) -> AsyncIterator[Fault]:
    if app_token is None:
        return
    try:
        await slack.open_socket(app_token)
    except Refused as error:
        yield Fault(FaultKind.APP_TOKEN, {"word": error.word})
    except SlackError as error:
        yield Fault(FaultKind.SLACK_UNREACHED, {"what": "the app token", "word": error.word})


async def _token(slack: Slack, given: Given, *, clock: Clock) -> AsyncIterator[Fault]:
    try:
        installed = await slack.install(given.token)
        if installed.is_org:
            await slack.workspaces_of(installed.team_id)
        answer = await asked(installed.client, "auth.test", {})
    except Refused as error:
        fault = given.expired if error.word == _EXPIRED else given.fault
        yield Fault(fault.kind, {**fault.facts, "word": error.word})
        return
    except SlackError as error:
        yield Fault(FaultKind.SLACK_UNREACHED, {"what": given.name, "word": error.word})
        return
    headers = {name.lower(): value for name, value in answer.headers.items()}
    said = headers.get("x-oauth-scopes")
    if said is not None:
        has = {scope.strip() for scope in said.split(",")}
        for kind, wanted in _SCOPES.items():
            if missing := [scope for scope in wanted if scope not in has]:
                yield Fault(kind, {"workspace": installed.name, "scopes": ", ".join(missing)})
    off = _seconds_off(headers.get("date"), clock.real())
    if abs(off) > MOST_SECONDS_OFF:
        yield Fault(FaultKind.CLOCK, {"seconds": abs(off), "way": "ahead of" if off > 0 else "behind"})


def _seconds_off(date: str | None, now: datetime) -> int:
    """Return by how many seconds this machine's clock is ahead of what Slack's answer says."""
    try:
        return 0 if date is None else int((now - parsedate_to_datetime(date)).total_seconds())
    except (ValueError, TypeError):
        return 0


async def _channel(slack: Slack, team_id: str, channel_id: str) -> tuple[FaultKind, str] | None:
    """Return what is wrong with an approvals channel, and why; None if nothing is, or Slack does not say."""
    try:
        answer = await slack.call(team_id, "conversations.info", channel=channel_id)
    except Refused as error:
        is_gone = error.word in _GONE
        return (FaultKind.CHANNEL, "not there, or private and without Countersign in it") if is_gone else None
    except SlackError:
        return None
    channel = answer.get("channel") or {}
    if channel.get("is_archived"):
        return FaultKind.CHANNEL, "archived"
    if channel.get("is_member") is False:
        return FaultKind.CHANNEL, "one that Countersign is not in"
    return (FaultKind.CHANNEL_SHARED, "") if channel.get("is_ext_shared") else None
