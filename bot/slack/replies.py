"""What the answer of a verb says to the person, in private."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.denials import DenialReason
from bot.domain.grants import EndReason
from bot.domain.limits import LONGEST_COMMENT
from bot.domain.requests import RequestState
from bot.services.results import (
    Acknowledged,
    Answered,
    Assigned,
    BeingCreated,
    Bundled,
    Changed,
    Commented,
    Comparing,
    Connected,
    Contracted,
    Created,
    Denied,
    Discarded,
    Disconnected,
    Dropped,
    Ended,
    Funded,
    Imported,
    Invalid,
    LetEnd,
    Moved,
    Needed,
    Parted,
    Prepared,
    Registered,
    Remedied,
    Reminded,
    Reviewed,
    Reviewing,
    Saved,
    Sent,
    Snoozed,
    Stands,
    Tokened,
    TriedAgain,
    Undone,
)
from bot.services.views.access import GrantView
from bot.services.views.parties import Party
from bot.services.views.requests import DraftView, RequestView
from bot.slack.cards.contract import what_follows
from bot.slack.cards.headline import gives, in_force, requested
from bot.slack.cards.items import given_term
from bot.slack.cards.notice import goes_on
from bot.slack.cards.truth import ends, state_of
from bot.slack.ids import ActionId
from bot.slack.kit import Message, actions, below, button, rich
from bot.slack.lines import (
    Line,
    Passage,
    joined,
    line,
    short,
    short_named,
    spoken,
)
from bot.slack.text import en as texts
from bot.slack.values import Ref, reply_value

NAMED = 10
"""How many of the assets whose access ended are named."""

_NAME = 60

AtMeta = Connected | Disconnected | Comparing | Imported | Remedied
Small = LetEnd | Changed | Stands | AtMeta | Reviewed | Needed
OfRequest = Snoozed | Acknowledged | Reminded | Commented | Answered | TriedAgain | Dropped
OfReview = Reviewing | Reviewed | Needed
Named = Bundled | Tokened
OfCreation = Created | BeingCreated | Prepared | Discarded | Funded | Registered
Said = (
    Sent | Saved | Small | Assigned | Parted | Contracted | OfCreation | OfReview | Named | Denied | Invalid
)


_ASSIGNED = {
    (True, False): texts.replies.ASSIGNED,
    (False, False): texts.replies.UNASSIGNED,
    (True, True): texts.replies.ASSIGNED_AT_META,
    (False, True): texts.replies.UNASSIGNED_AT_META,
}
"""What is said of a person by whether anything is left to them, and whether Meta has yet to do it."""


def decided(result: Moved | Undone, view: RequestView | None) -> Message:
    """Return what came of a request, with who has what now; `view` is None for who may not see it."""
    if view is None:
        return _said(line(texts.replies.DONE, ref=result.ref))
    words = texts.kinds.WORDS[result.kind]
    grants = [item.grant for item in view.items if item.grant is not None]
    at_meta = texts.meta.ANSWERS.get(state_of(view))
    if isinstance(result, Undone):
        template = words.answer_undone_with if result.with_it else words.answer_undone
    else:
        template = words.answer_not_yet if at_meta else words.answer_moved[result.state]
    is_given = isinstance(result, Undone) or result.state in {RequestState.APPROVED, RequestState.IN_REVIEW}
    return _said(
        line(
            template,
            ref=result.ref,
            what=gives(view) if is_given else requested(view),
            term=texts.basics.day_term(given_term(view)),
            requesting=short(view.requesting.name, _NAME),
            deciding=short(view.deciding.name, _NAME),
            access=joined([ends(grants), goes_on(view.items)]) if isinstance(result, Undone) else (),
            approvals=view.approvals,
            required_approvals=view.required_approvals,
            refs=texts.basics.names_of(result.with_it) if isinstance(result, Undone) else "",
            told=_told(result.unheard, both=isinstance(result, Undone)),
            at_meta=line(at_meta or ""),
        ),
    )


def _told(unheard: Sequence[str], *, both: bool = False) -> Line:
    """Return that the other side was told, or that nobody there can be."""
    if unheard:
        return line(texts.replies.UNHEARD, business=_names(unheard))
    return line(texts.replies.TOLD_BOTH if both else texts.replies.TOLD)


def _names(businesses: Sequence[str]) -> str:
    return texts.basics.listed([short(name, _NAME) for name in businesses])


def ended(result: Ended, grants: Sequence[GrantView]) -> Message:
    """Return that access has ended, naming the assets: `grants` are the first of those that ended."""
    names = list(dict.fromkeys(short(one.asset_name, _NAME) or one.asset_id for one in grants))
    more = len(result.grant_ids) - len(grants)
    assets = line(texts.replies.THESE_ASSETS)
    if names and more:
        assets = line(texts.replies.AND_MORE, assets=", ".join(names), count=more)
    elif names:
        assets = line(texts.replies.ASSETS, assets=texts.basics.listed(names))
    template = texts.replies.REVOKED if result.reason is EndReason.REVOKED else texts.replies.RELINQUISHED
    said = line(
        texts.meta.ENDED[result.reason] if result.at_meta else template,
        other=short(result.other, 2 * _NAME),
        assets=assets,
        told=_told(result.unheard),
    )
    rest = [line(texts.replies.ENDED_NOT_ALL, count=result.left)] if result.left else []
    return _said(said, *rest)


def answer(result: Said) -> Message:
    """Return what a verb's result is to the one who did it, where no asset need be named."""
    match result:
        case Denied():
            return _said(texts.errors.denial(result))
        case Sent() | Saved():
            return submitted(result, None)
        case Assigned():
            return _said(
                line(
                    _ASSIGNED[bool(result.tasks), result.is_at_meta],
                    person=short(result.person, _NAME),
                    level=texts.basics.level_row(result.kind, result.tasks),
                    asset=short(result.asset, _NAME),
                )
            )
        case Parted():
            return _said(
                line(
                    texts.partners.DONE,
                    other=short(result.other, _NAME),
                    grants=result.grants,
                    requests=result.requests,
                    told=_told(result.unheard),
                ),
                *([line(texts.meta.PARTED, count=result.at_meta)] if result.at_meta else []),
                *([line(texts.partners.LEFT, count=result.left)] if result.left else []),
            )
        case Created() | BeingCreated() | Prepared() | Discarded() | Funded() | Registered():
            return _said(*_of_creation(result))
        case Reviewing() | Reviewed() | Needed():
            return _said(_of_review(result))
        case Bundled() | Tokened():
            return _said(_of_named(result))
        case Contracted():
            return _said(
                line(
                    texts.contracts.DONE if result.is_own else texts.contracts.DONE_LATER,
                    other=short(result.other, _NAME),
                    at=result.ends_at,
                    then=what_follows(result.days, result.removed_at),
                    told=_told(result.unheard),
                )
            )
        case Invalid():
            passages: list[Passage] = [
                (line("{text}", text=texts.errors.field_error(one)),) for one in result.field_errors
            ]
            return Message(spoken(passages), [rich(one) for one in passages])
        case _:
            return _said(_small_answer(result))


def submitted(result: Sent | Saved, view: RequestView | DraftView | None) -> Message:
    """Return where a request is now, and what it requests; `view` is None for who may not see it."""
    about = line("{ref}", ref=result.ref)
    if view is not None:
        term = view.request.term if isinstance(view, DraftView) else view.term
        what, until = requested(view), texts.basics.day_term(term)
        about = line(texts.replies.ABOUT, what=what, term=until, ref=result.ref)
    if isinstance(result, Sent):
        return _said(_sent(result, about))
    return _said(
        line(
            _saved(result),
            about=about,
            business=short(result.business, _NAME),
            admins=texts.basics.counted(result.admins, "admin"),
            approvals=result.approvals,
            required_approvals=result.required_approvals,
        )
    )


def _sent(result: Sent, about: Line) -> Line:
    owner, admins = short(result.owner, _NAME), texts.basics.admins(result.admins)
    required = texts.basics.counted(result.required_approvals, "approval is", "approvals are")
    if result.admins >= result.required_approvals:
        said = texts.replies.SENT
        return line(said, about=about, owner=owner, admins=admins, required_approvals=required)
    stuck = line(
        texts.kinds.WORDS[result.kind].nobody_can_decide,
        deciding=owner,
        admins=admins,
        required_approvals=required,
    )
    return line(texts.replies.SENT_STUCK, about=about, owner=owner, stuck=stuck)


def _of_named(result: Named) -> Line:
    if isinstance(result, Bundled):
        return line(texts.bundles.REMOVED if result.is_removed else texts.bundles.SAVED, name=result.name)
    return line(
        texts.tokens.REVOKED if result.is_revoked else texts.tokens.MADE,
        name=short(result.name, _NAME),
        business=short(result.business, _NAME),
        at=result.expires_at,
    )


def _of_registered(result: Registered) -> list[Line]:
    done = line(texts.registering.DONE, business=short(result.name, _NAME), id=result.business_id)
    said = [done, line(texts.registering.NOT_VERIFIED), line(texts.registering.NEXT)]
    return said if result.channel_id else [*said, line(texts.registering.NEXT_CHANNEL)]


def _of_creation(result: OfCreation) -> list[Line]:
    match result:
        case Created():
            what = texts.creating.what(result.kind, result.name)
            said = [line(texts.creating.DONE, what=what, id=result.asset_id)]
            if result.incomplete:
                said.append(line(texts.creating.DONE_INCOMPLETE, id=result.asset_id))
            return said
        case BeingCreated():
            return [line(texts.creating.BEGUN, what=texts.creating.what(result.kind, result.name))]
        case Prepared():
            return [
                line(
                    texts.creating.KEPT if result.admins else texts.creating.KEPT_NOBODY,
                    what=texts.creating.what(result.kind, result.name),
                    business=short(result.business, _NAME),
                    admins=texts.basics.counted(result.admins, "admin"),
                )
            ]
        case Discarded():
            gone = texts.creating.GONE_AT_META if result.was_at_meta else texts.creating.GONE
            return [line(gone, name=short(result.name, _NAME))]
        case Registered():
            return _of_registered(result)
        case Funded():
            is_settled = result.payment.is_settled
            return [
                line(
                    texts.creating.FUNDED if is_settled else texts.creating.FUNDED_LATER,
                    account=short_named(result.name, result.asset_id, 2 * _NAME),
                    how=texts.creating.paid(result.payment),
                )
            ]


def _saved(result: Saved) -> str:
    if result.admins == 0:
        return texts.replies.SAVED_NOBODY
    if result.admins < result.required_approvals:
        return texts.replies.SAVED_TOO_FEW
    return texts.replies.SAVED_NEEDS if result.approvals else texts.replies.SAVED


def denied(no: Denied, view: RequestView | DraftView | None) -> Message:
    """Return why not, naming the assets of the request; `view` is None for who may not see it."""
    return _said(texts.errors.denial(no, what=requested(view) if view is not None else ()))


def noted(result: OfRequest, view: RequestView | DraftView | None) -> Message:
    """Return what was noted about a request, naming its assets; `view` is None for who may not see it."""
    about = line("{ref}", ref=result.ref)
    if view is not None:
        if isinstance(view, DraftView):
            what = requested(view)
        else:
            what = in_force(view) if isinstance(result, Answered) else gives(view)
        about = line(texts.replies.ABOUT_SHORT, what=what, ref=result.ref)
    return _said(_noted(result, about))


def _noted(result: OfRequest, about: Line) -> Line:
    match result:
        case Dropped():
            return line(texts.replies.DROPPED, about=about)
        case Snoozed():
            template = texts.replies.SNOOZED if result.until else texts.replies.SNOOZED_FOR_GOOD
            return line(template, about=about, at=result.until or ())
        case Acknowledged(until=datetime() as until):
            template = texts.replies.ACKNOWLEDGED if result.others else texts.replies.ACKNOWLEDGED_ALONE
            others = texts.basics.counted(result.others, "other admin is", "other admins are")
            return line(template, about=about, at=until, others=others)
        case Acknowledged():
            return line(texts.replies.ACKNOWLEDGED_NO_LONGER, about=about)
        case Reminded():
            template = texts.replies.REMINDED if result.people else texts.replies.REMINDED_NOBODY
            return line(template, about=about, people=texts.basics.counted(result.people, "admin"))
        case Commented():
            template = texts.replies.COMMENTED_UNHEARD if result.unheard else texts.replies.COMMENTED
            return line(template, about=about, business=_names(result.unheard))
        case Answered(again_at=datetime()) if not result.works:
            return line(texts.works.ASKS_AGAIN, about=about)
        case Answered():
            return line(texts.works.THANKS if result.works else texts.works.NOTED, about=about)
        case TriedAgain():
            return line(texts.meta.TRIED_AGAIN, about=about)


def _small_answer(result: Small) -> Line:
    match result:
        case LetEnd(ends_at=at):
            template = texts.replies.LET_END_OPEN if at is None else texts.replies.LET_END
            return line(template, asset=short(result.asset, _NAME), at=at or ())
        case Connected() | Disconnected() | Comparing() | Imported() | Remedied():
            return _at_meta(result)
        case Stands():
            waits = texts.standing.DONE_WAITS if result.others else texts.standing.DONE_WAITS_ALONE
            is_on = waits if result.waits else texts.standing.DONE_ON
            return line(
                is_on if result.on else texts.standing.DONE_OFF,
                other=short(result.other, _NAME),
                told=line(texts.standing.OTHERS_TOLD) if result.others else (),
            )
        case _:
            return line(texts.replies.CHANGED)


def _of_review(result: OfReview) -> Line:
    match result:
        case Reviewing():
            begun = texts.reviews.BEGUN if result.partners else texts.reviews.BEGUN_UNASKED
            return line(
                texts.reviews.GOES_ON if result.partners is None else begun,
                business=short(result.business, _NAME),
                grants=texts.basics.counted(result.grants, "grant"),
                partners=texts.basics.counted(result.partners or 0, "partner is", "partners are"),
                at=result.until,
            )
        case Needed():
            return line(texts.reviews.THANKS, owner=short(result.owner, _NAME))
        case Reviewed(count=1, more=False):
            return line(
                texts.reviews.DONE[result.outcome],
                level=texts.basics.level_said(result.kind, result.tasks),
                holder=short(result.holder, _NAME),
                asset=short(result.asset, _NAME),
                until=line("{at}", at=result.until) if result.until else (),
            )
        case Reviewed():
            template = texts.reviews.KEPT_SOME if result.more else texts.reviews.KEPT_ALL
            return line(template, count=result.count, holder=short(result.holder, _NAME))


def reviewing(result: Reviewing, page: Message) -> Message:
    """Return that a review has begun or goes on, above the first page of it."""
    return below((_of_review(result),), page, rest=texts.lists.THE_REST_OF_A_LIST)


def _at_meta(result: AtMeta) -> Line:
    match result:
        case Connected():
            template = texts.meta.CONNECTED_VERIFIED if result.is_verified else texts.meta.CONNECTED
            business, name = short(result.business, _NAME), short(result.name, _NAME)
            return line(template, business=business, name=name)
        case Disconnected():
            template = texts.meta.DISCONNECTED_LEFT if result.left else texts.meta.DISCONNECTED
            return line(template, business=short(result.business, _NAME), count=result.left)
        case Comparing():
            return line(texts.meta.COMPARING)
        case Imported():
            what = texts.importing.amount(result.new, result.renamed, result.people)
            return line(texts.importing.DONE, business=short(result.business, _NAME), what=what)
        case Remedied():
            names = {"holder": short(result.holder, _NAME), "asset": short(result.asset, _NAME)}
            until = line("{at}", at=result.until) if result.until else ()
            return line(texts.findings.DONE[result.remedy], **names, until=until)


def error(text: str) -> Message:
    """Return a message that says what did not work, in words of the catalogue."""
    return _said(line(text))


def stranger_here() -> Message:
    """Return what somebody is told whom nobody knows, and how a business is registered here."""
    no = texts.errors.denial(Denied(reason=DenialReason.NO_BUSINESS))
    return _said(no, line(texts.registering.HINT))


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
