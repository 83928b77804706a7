"""A strict Slack on your own machine: real Bolt and the real SDK talk to it over HTTP and WebSocket.

`LocalSlack` holds several workspaces with one app installed in them, serves the Web API, Socket Mode and
response URLs, and has a method for everything a person does in Slack. It knows nothing of the app it
serves. It refuses what Slack would refuse, with Slack's error name.

    slack = LocalSlack(clock=Clock(), app=App(commands=("/access",)))
    agency = slack.add_workspace("Northwind", domain="northwind")
    ann = slack.add_person(agency, "ann")
    room = slack.add_channel(agency, "approvals", members=[ann])
    async with slack.serve():
        ...  # start the app with slack.api_url and agency.bot_token
        await slack.command(ann, room, "/access", "help")
"""

from bot.sandbox.serving import serving
from bot.sandbox.slack.blocks import (
    MESSAGE_TEXT_LIMIT,
    VIEW_BYTES_LIMIT,
    complaints_about_message,
    complaints_about_options,
    complaints_about_view,
    completed,
    text_length,
    view_bytes,
)
from bot.sandbox.slack.delivery import Delivered, Forgery, Kind, signature
from bot.sandbox.slack.elements import starting_state
from bot.sandbox.slack.faults import Fault, Faults, Gate
from bot.sandbox.slack.feed import FEED_LENGTH, Change, Notice, Subscription
from bot.sandbox.slack.local_slack import LocalSlack
from bot.sandbox.slack.model import (
    DEFAULT_EVENTS,
    DEFAULT_SCOPES,
    HISTORY_SCOPES,
    App,
    CannotDo,
    Channel,
    Json,
    Message,
    Person,
    View,
    Way,
    Workspace,
)
from bot.sandbox.slack.rules import Surface
from bot.sandbox.slack.sockets import CONNECTION_LIMIT, Connection

__all__ = [
    "CONNECTION_LIMIT",
    "DEFAULT_EVENTS",
    "DEFAULT_SCOPES",
    "FEED_LENGTH",
    "HISTORY_SCOPES",
    "MESSAGE_TEXT_LIMIT",
    "VIEW_BYTES_LIMIT",
    "App",
    "CannotDo",
    "Change",
    "Channel",
    "Connection",
    "Delivered",
    "Fault",
    "Faults",
    "Forgery",
    "Gate",
    "Json",
    "Kind",
    "LocalSlack",
    "Message",
    "Notice",
    "Person",
    "Subscription",
    "Surface",
    "View",
    "Way",
    "Workspace",
    "complaints_about_message",
    "complaints_about_options",
    "complaints_about_view",
    "completed",
    "serving",
    "signature",
    "starting_state",
    "text_length",
    "view_bytes",
]
