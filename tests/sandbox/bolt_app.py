"""A real Bolt app for a local Slack, and its Socket Mode handler."""

from __future__ import annotations

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import LocalSlack


def make_bolt(slack: LocalSlack) -> AsyncApp:
    async def authorize(team_id: str, **_: object) -> AuthorizeResult:
        workspace = slack.workspace(team_id)
        return AuthorizeResult(
            enterprise_id=None,
            team_id=team_id,
            bot_token=workspace.bot_token,
            bot_id=workspace.bot_id,
            bot_user_id=workspace.bot_user_id,
        )

    return AsyncApp(
        signing_secret=slack.app.signing_secret,
        client=AsyncWebClient(base_url=slack.api_url),
        authorize=authorize,
        process_before_response=True,
        raise_error_for_unhandled_request=False,
    )


PATIENT = 5.0
"""Seconds between pings, as in the SDK: a socket is given up after four of them without a pong."""


def make_handler(
    slack: LocalSlack, bolt: AsyncApp, *, ping_interval: float = PATIENT
) -> AsyncSocketModeHandler:
    client = AsyncWebClient(token=slack.app.app_token, base_url=slack.api_url)
    return AsyncSocketModeHandler(bolt, slack.app.app_token, web_client=client, ping_interval=ping_interval)
