"""The form in which people ask for access.

It grows as it is filled in: the owner brings the assets, each asset its level, a described asset its
own questions. On each such change Slack sends the view, `read_request_state` reads all of it, and
`request_modal` builds it again. What Slack does not keep stands in the private metadata: the zone, the
chosen businesses, the next free number for a description, and which draft is edited.
"""

from bot.slack.modals.ask.build import request_modal, requested_levels
from bot.slack.modals.ask.read import (
    ReadRequest,
    lacks_fields,
    read_earlier,
    read_request,
    read_request_state,
    request_errors,
)
from bot.slack.modals.ask.state import (
    ModalState,
    Note,
    again_state,
    blank_request,
    bundle_state,
    businesses_to_ask_for,
    change_request_state,
    counter_state,
    draft_state,
    elsewhere_state,
    instead_state,
    no_power,
    request_state,
    with_people,
    with_placed,
)

__all__ = [
    "ModalState",
    "Note",
    "ReadRequest",
    "again_state",
    "blank_request",
    "bundle_state",
    "businesses_to_ask_for",
    "change_request_state",
    "counter_state",
    "draft_state",
    "elsewhere_state",
    "instead_state",
    "lacks_fields",
    "no_power",
    "read_earlier",
    "read_request",
    "read_request_state",
    "request_errors",
    "request_modal",
    "request_state",
    "requested_levels",
    "with_people",
    "with_placed",
]
