"""What a business shares as one page to read, print and keep: no script, and nothing from outside."""

from bot.slack.report.page import report_page

__all__ = ["report_page"]
