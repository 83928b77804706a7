"""What leaves as a file, and what the operator is told about the installation."""

from bot.services.reports.check_up import CheckUp, Home, check_up
from bot.services.reports.journal_export import COLUMNS, as_csv, as_json_lines, is_in_journal
from bot.services.reports.shared import HOLDERS_AT_ONCE, Shared, shared_by

__all__ = [
    "COLUMNS",
    "HOLDERS_AT_ONCE",
    "CheckUp",
    "Home",
    "Shared",
    "as_csv",
    "as_json_lines",
    "check_up",
    "is_in_journal",
    "shared_by",
]
