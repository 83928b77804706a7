"""What somebody gets to see: the record, read in one transaction and shown.

Each is a query for `Database.read`, so that a form or a list shows one consistent state.
"""

from bot.slack.screens.asking import (
    again_modal,
    bundle_modal,
    counter_modal,
    earlier_modal,
    edit_modal,
    elsewhere_modal,
    extend_modal,
    new_request_modal,
    request_modal,
    start_modal,
)
from bot.slack.screens.connection import connection_modal, to_import
from bot.slack.screens.creating import create_modal, creating_for, fund_modal, new_asset_modal, rework_modal
from bot.slack.screens.ending import (
    end_modal,
    end_named_modal,
    end_now_modal,
    end_one_modal,
)
from bot.slack.screens.finding import ignore_modal
from bot.slack.screens.one_request import (
    adjust_modal,
    answer,
    cancel_modal,
    comment_modal,
    decline_modal,
    details_modal,
    find_open,
    help_modal,
    history_modal,
    reply_hint,
)
from bot.slack.screens.owning import (
    asked_modal,
    away_modal,
    members_modal,
    no_power,
    settings_modal,
)
from bot.slack.screens.pages import (
    contract_modal,
    own_settings,
    page,
    part_modal,
    partner_modal,
    pending,
)
from bot.slack.screens.people import (
    asset_people_modal,
    assign_modal,
    people_modal,
    reach_modal,
    shown_people,
)
from bot.slack.screens.review import shorten_modal
from bot.slack.screens.tokens import tokens_modal

__all__ = [
    "adjust_modal",
    "again_modal",
    "answer",
    "asked_modal",
    "asset_people_modal",
    "assign_modal",
    "away_modal",
    "bundle_modal",
    "cancel_modal",
    "comment_modal",
    "connection_modal",
    "contract_modal",
    "counter_modal",
    "create_modal",
    "creating_for",
    "decline_modal",
    "details_modal",
    "earlier_modal",
    "edit_modal",
    "elsewhere_modal",
    "end_modal",
    "end_named_modal",
    "end_now_modal",
    "end_one_modal",
    "extend_modal",
    "find_open",
    "fund_modal",
    "help_modal",
    "history_modal",
    "ignore_modal",
    "members_modal",
    "new_asset_modal",
    "new_request_modal",
    "no_power",
    "own_settings",
    "page",
    "part_modal",
    "partner_modal",
    "pending",
    "people_modal",
    "reach_modal",
    "reply_hint",
    "request_modal",
    "rework_modal",
    "settings_modal",
    "shorten_modal",
    "shown_people",
    "start_modal",
    "to_import",
    "tokens_modal",
]
