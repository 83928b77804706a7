"""What leaves as a file."""

from bot.services.reports.journal_export import COLUMNS, as_csv, as_json_lines

__all__ = ["COLUMNS", "as_csv", "as_json_lines"]
