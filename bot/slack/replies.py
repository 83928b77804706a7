"""What the answer of a verb says to the person, in private."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.grants import EndReason
from bot.domain.limits import LONGEST_COMMENT
from bot.services.results import (
    Acknowledged,
    Assigned,
    Changed,
    Commented,
    Denied,
    Dropped,
    Ended,
    Invalid,
    LetEnd,
    Moved,
    Reminded,
    Result,
    Saved,
    Sent,
    Snoozed,
    Undone,
)
from bot.services.views import Party, RequestView
from bot.slack.ids import ActionId, Ref, reply_value
from bot.slack.kit import Message, actions, button, rich
from bot.slack.lines import Line, Passage, Quote, line, short, spoken
from bot.slack.text import en as texts

_NAME = 60
_LINE = 2_000


def answer(result: Result) -> Message:
    """Return what a verb's result is to the one who did it."""
    match result:
        case Undone() | Snoozed() | Acknowledged() | Reminded() | Commented() | LetEnd() | Changed():
            return _said(_small_answer(result))
        case Sent():
            return _said(
                line(
                    texts.replies.SENT
                    if result.admins >= result.required_approvals
                    else texts.replies.SENT_STUCK,
                    ref=result.ref,
                    owner=short(result.owner, _NAME),
                    admins=texts.basics.counted(result.admins, "admin")
                    if result.admins
                    else texts.basics.NO_ADMIN,
                    required_approvals=texts.basics.counted(
                        result.required_approvals, "approval is needed", "approvals are needed"
                    ),
                )
            )
        case Saved():
            return _said(
                line(
                    _saved(result),
                    ref=result.ref,
                    business=short(result.business, _NAME),
                    admins=texts.basics.counted(result.admins, "admin"),
                    approvals=result.approvals,
                    required_approvals=result.required_approvals,
                )
            )
        case Dropped():
            return _said(line(texts.replies.DROPPED, ref=result.ref))
        case Moved():
            return _said(
                line(
                    texts.kinds.WORDS[result.kind].answer_moved[result.state],
                    ref=result.ref,
                    approvals=result.approvals,
                    required_approvals=result.required_approvals,
                )
            )
        case Ended():
            template = (
                texts.replies.REVOKED if result.reason is EndReason.REVOKED else texts.replies.RELINQUISHED
            )
            return _said(
                line(
                    template,
                    other=short(result.other, 2 * _NAME),
                ),
                *([line(texts.replies.ENDED_NOT_ALL, count=result.left)] if result.left else []),
            )
        case Assigned():
            return _said(
                line(
                    texts.replies.ASSIGNED if result.tasks else texts.replies.UNASSIGNED,
                    person=short(result.person, _NAME),
                    level=texts.basics.level_row(result.kind, result.tasks),
                    asset=short(result.asset, _NAME),
                )
            )
        case Denied():
            return _said(texts.errors.denial(result))
        case Invalid():
            return _said(*(line("{text}", text=texts.errors.field_error(one)) for one in result.field_errors))


def _saved(result: Saved) -> str:
    if result.admins == 0:
        return texts.replies.SAVED_NOBODY
    if result.admins < result.required_approvals:
        return texts.replies.SAVED_TOO_FEW
    return texts.replies.SAVED_NEEDS if result.approvals else texts.replies.SAVED


def _small_answer(
    result: Undone | Snoozed | Acknowledged | Reminded | Commented | LetEnd | Changed,
) -> Line:
    match result:
        case Undone():
            words = texts.kinds.WORDS[result.kind]
            template = words.answer_undone_with if result.with_it else words.answer_undone
            return line(template, ref=result.ref, refs=texts.basics.names_of(result.with_it))
        case Snoozed(until=None):
            return line(texts.replies.SNOOZED_FOR_GOOD, ref=result.ref)
        case Snoozed(until=datetime() as until):
            return line(texts.replies.SNOOZED, ref=result.ref, at=until)
        case Acknowledged(until=None):
            return line(texts.replies.ACKNOWLEDGED_NO_LONGER, ref=result.ref)
        case Acknowledged(until=datetime() as until):
            template = texts.replies.ACKNOWLEDGED if result.others else texts.replies.ACKNOWLEDGED_ALONE
            others = texts.basics.counted(result.others, "other admin is", "other admins are")
            return line(template, ref=result.ref, at=until, others=others)
        case Reminded():
            template = texts.replies.REMINDED if result.people else texts.replies.REMINDED_NOBODY
            return line(template, ref=result.ref, people=texts.basics.counted(result.people, "admin"))
        case Commented():
            return line(texts.replies.COMMENTED, ref=result.ref)
        case LetEnd(ends_at=datetime() as ends_at):
            return line(texts.replies.LET_END, at=ends_at)
        case LetEnd():
            return line(texts.replies.LET_END_OPEN)
        case Changed(waits=True):
            return line(texts.settings.LOOSENING_SAVED)
        case _:
            return line(texts.replies.CHANGED)


def error(text: str) -> Message:
    """Return a message that says what did not work."""
    return _said(line("{text}", text=text))


def not_in_this_workspace(sisters: Sequence[str]) -> Message:
    """Return in which workspaces of the person's organisation the app is, as it is not in theirs."""
    return _said(line(texts.replies.NOT_IN_THIS_ONE, workspaces=texts.basics.listed(sisters, word="or")))


def reply_hint(view: RequestView, *, other: Party, text: str) -> Message:
    """Return that only one's own side reads what was written under a card, with a button to send it on."""
    said = line(texts.replies.ONLY_YOUR_SIDE, ref=view.ref, business=short(other.name, _NAME))
    reply = button(
        texts.buttons.REPLY,
        ActionId.REPLY,
        value=reply_value(Ref(view.id, view.version), short(text, LONGEST_COMMENT)),
    )
    return Message(spoken([(said,)]), [rich((said,)), actions(reply)])


def wrong(text: str, *, typed: str) -> Message:
    """Return what is wrong with a command, with the line to correct: Slack has taken it off the composer."""
    passage = (line("{text}", text=text), Quote(short(f"/access {typed}", _LINE)))
    return Message(spoken([passage]), [rich(passage)])


def fault(reference: str) -> Message:
    """Return what is said when the fault is ours, with a reference to quote."""
    return _said(line(texts.replies.FAULT, reference=reference))


def busy() -> Message:
    """Return what is said when nothing was changed because the store did not get to it."""
    return _said(line(texts.replies.BUSY))


def done_before() -> Message:
    """Return what is said of input that was handled before, where it is not known how it was answered."""
    return _said(line(texts.replies.DONE_BEFORE))


def unconfirmed() -> Message:
    """Return what is said when it is not known whether something was kept."""
    return _said(line(texts.replies.UNCONFIRMED))


def _said(*lines: Line) -> Message:
    passage: Passage = tuple(lines)
    return Message(spoken([passage]), [rich(passage)])
