"""What leaves as a file, and what the operator is told about the installation."""

from bot.services.reports.check_up import CheckUp, Home, check_up
from bot.services.reports.journal_export import COLUMNS, as_csv, as_json_lines

__all__ = ["COLUMNS", "CheckUp", "Home", "as_csv", "as_json_lines", "check_up"]
