"""Lists that somebody sees in private: what is pending, owned, shared and ending, and their settings."""

from bot.slack.lists.bundles import bundles_list
from bot.slack.lists.pages import (
    BOTH_WAYS,
    GIVEN,
    OF_A_KIND,
    OF_REQUESTS,
    PENDING_ROWS,
    all_list,
    assets_list,
    ending_list,
    grants_list,
    pending,
    with_menu,
    with_others,
)
from bot.slack.lists.paging import ROWS_A_PAGE, titled
from bot.slack.lists.partners import partner_button, partner_line, partners_list, which_partner
from bot.slack.lists.reader import can_decide, decides, for_whom, of_own, who_you_are
from bot.slack.lists.report import journal, with_report
from bot.slack.lists.review import review_line, review_list
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
    "can_decide",
    "decides",
    "ending_list",
    "for_whom",
    "grants_list",
    "journal",
    "of_own",
    "partner_button",
    "partner_line",
    "partners_list",
    "pending",
    "review_line",
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
