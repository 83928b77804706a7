"""What was found at Meta."""

from __future__ import annotations

from bot.domain.findings import Remedy
from bot.services import directory, drift
from bot.services.context import Context
from bot.services.results import Denied
from bot.slack import modals
from bot.slack.kit import View


def ignore_modal(ctx: Context, finding_id: str) -> View | Denied:
    """Return the form that asks until when a finding is to be ignored."""
    view = drift.find_finding(ctx, finding_id, Remedy.IGNORE)
    return view if isinstance(view, Denied) else modals.ignore_modal(view, zone=directory.me(ctx).zone)
