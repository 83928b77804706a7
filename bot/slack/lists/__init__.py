"""Lists that somebody sees in private: what is pending, owned, shared and ending, and their settings."""

from bot.slack.lists.bundles import bundles_list
from bot.slack.lists.pages import (
    BOTH_WAYS,
    GIVEN,
    OF_A_KIND,
    OF_REQUESTS,
    PENDING_ROWS,
    ROWS_A_PAGE,
    all_list,
    assets_list,
    decides,
    ending_list,
    grants_list,
    partner_button,
    partner_line,
    partners_list,
    pending,
    titled,
    which_partner,
    who_you_are,
    with_menu,
    with_others,
)
from bot.slack.lists.report import with_report
from bot.slack.lists.review import review_list
from bot.slack.lists.settings import (
    SETTINGS_ROWS,
    settings_list,
    settings_row,
    settings_words,
)

__all__ = [
    "BOTH_WAYS",
    "GIVEN",
    "OF_A_KIND",
    "OF_REQUESTS",
    "PENDING_ROWS",
    "ROWS_A_PAGE",
    "SETTINGS_ROWS",
    "all_list",
    "assets_list",
    "bundles_list",
    "decides",
    "ending_list",
    "grants_list",
    "partner_button",
    "partner_line",
    "partners_list",
    "pending",
    "review_list",
    "settings_list",
    "settings_row",
    "settings_words",
    "titled",
    "which_partner",
    "who_you_are",
    "with_menu",
    "with_others",
    "with_report",
]
