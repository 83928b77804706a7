from __future__ import annotations

import pytest
from slack_make import (
    NOW,
    assert_sendable,
    both,
)

from bot.domain.grants import EndReason
from bot.domain.kinds import RequestKind
from bot.domain.policy import DenialReason
from bot.domain.requests import ErrorCode, FieldError, RequestState
from bot.services.results import (
    Acknowledged,
    Changed,
    Commented,
    Denied,
    Dropped,
    Ended,
    Invalid,
    LetEnd,
    Moved,
    Reminded,
    Saved,
    Sent,
    Snoozed,
    Undone,
)
from bot.slack import replies


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (
            Sent(request_id="5", ref="AMBER-1234", owner="Brand", admins=3, required_approvals=2),
            "Sent to Brand (3 admins): AMBER-1234. 2 approvals are needed.",
        ),
        (
            Sent(request_id="5", ref="AMBER-1234", owner="Brand", admins=0, required_approvals=1),
            "Sent to Brand (no admin): AMBER-1234. But nobody there can decide it now: 1 approval is needed.",
        ),
        (
            Saved(draft_id="6", ref="AMBER-1234", business="Northwind", admins=2),
            "AMBER-1234 is saved, not sent. 2 admins of Northwind can send it.",
        ),
        (
            Saved(draft_id="6", ref="AMBER-1234", business="Northwind", admins=0),
            "AMBER-1234 is saved, not sent.",
        ),
        (Dropped(draft_id="6", ref="AMBER-1234"), "AMBER-1234 is dropped. Nothing was sent."),
        (
            Ended(grant_ids=("7", "8"), reason=EndReason.REVOKED, other="Northwind"),
            "Done: Northwind no longer has this access.",
        ),
        (
            Ended(grant_ids=("7",), reason=EndReason.RELINQUISHED, other="Brand"),
            "Done: you gave this back to Brand.",
        ),
        (Denied(reason=DenialReason.WIDER), "That is more than an approval can give here"),
        (Invalid(field_errors=(FieldError(field="x", code=ErrorCode.NO_REASON),)), "Say why you need it"),
        (
            Undone(request_id="1", ref="AMBER-1234", kind=RequestKind.ACCESS),
            "The approval of AMBER-1234 is undone",
        ),
        (Snoozed(request_id="1", ref="AMBER-1234", until=NOW), "is snoozed until"),
        (
            Snoozed(request_id="1", ref="AMBER-1234", until=None),
            "no more reminders before it expires",
        ),
        (
            Acknowledged(request_id="1", ref="AMBER-1234", until=NOW, others=2),
            "2 other admins are not reminded before",
        ),
        (
            Acknowledged(request_id="1", ref="AMBER-1234", until=NOW, others=0),
            "that you are looking at it, until",
        ),
        (Reminded(request_id="1", ref="AMBER-1234", people=3), "3 admins will get a reminder of AMBER-1234"),
        (Reminded(request_id="1", ref="AMBER-1234", people=0), "Nobody is left to remind"),
        (Commented(request_id="1", ref="AMBER-1234"), "Both sides see it at AMBER-1234"),
        (LetEnd(grant_id="1", ends_at=NOW), "I won't warn you again."),
        (LetEnd(grant_id="1", ends_at=None), "That access has no end"),
        (Changed(business_id="1"), "Saved."),
    ],
)
def test_every_answer_says_what_was_done(result, said):
    for words in both(replies.answer(result)):
        assert said in words


@pytest.mark.parametrize("state", list(RequestState))
def test_every_move_is_answered(state):
    moved = Moved(
        request_id="5",
        ref="AMBER-1234",
        kind=RequestKind.ACCESS,
        state=state,
        version=2,
        approvals=1,
        required_approvals=2,
    )
    assert "AMBER-1234" in replies.answer(moved).text


def test_a_fault_of_ours_has_a_reference_to_quote():
    assert "K7F2" in replies.fault("K7F2").text
    for message in (replies.busy(), replies.unconfirmed(), replies.error("No <!channel> here.")):
        assert_sendable(message)
    assert "<!channel>" not in replies.error("No <!channel> here.").text
