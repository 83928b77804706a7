"""What people are told in private in the gallery of what they did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.domain.assets import Kind
from bot.domain.creating import Payment
from bot.domain.denials import DenialReason
from bot.domain.findings import ON_ITS_WAY, Remedy
from bot.domain.grants import EndReason, GrantState
from bot.domain.kinds import RULES, RequestKind
from bot.domain.requests import ErrorCode, RequestState
from bot.domain.reviews import Need, Outcome
from bot.sandbox.gallery import sizes
from bot.sandbox.gallery.exhibit import Exhibit, Exhibits, Part, Size, words_of
from bot.sandbox.gallery.records import NOW, REPORTING, grant
from bot.sandbox.gallery.refusals import LESS, REF, field_error
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
    Result,
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
from bot.services.views.requests import RequestView
from bot.slack import mistyped, replies
from bot.slack.kit import Message
from bot.slack.lines import line
from bot.slack.text import en as texts


def answers() -> Iterator[Exhibit]:
    """Return what every action came to."""
    for state, result in results().items():
        yield _answered(state, _shown(result, Size.USUAL))
    for state, message in _said().items():
        yield _answered(state, message)
    yield from _large_answers()


def _answered(state: str, shown: Message, *, size: Size = Size.USUAL) -> Exhibit:
    return Exhibit(part=Part.ANSWER, title="Answer", state=state, size=size, shown=shown)


def _shown(result: Result, size: Size) -> Message:
    match result:
        case Moved():
            return replies.decided(result, sizes.request(size, result.state, kind=result.kind))
        case Undone():
            undone = sizes.request(size, RequestState.APPROVED, kind=result.kind, undone_at=NOW)
            return replies.decided(result, undone)
        case Sent():
            return replies.submitted(result, sizes.request(size, kind=result.kind))
        case Saved():
            return replies.submitted(result, sizes.draft(size))
        case Ended():
            several = [grant(asset_name=f"US ads {number}") for number in range(len(result.grant_ids))]
            return replies.ended(result, several[: replies.NAMED])
        case Snoozed() | Acknowledged() | Reminded() | Commented() | Answered() | TriedAgain():
            return replies.noted(result, sizes.request(size))
        case Dropped():
            return replies.noted(result, sizes.draft(size))
        case _:
            return replies.answer(result)


# --- what an action came to -------------------------------------------------------------------------

_REQUEST, _DRAFT, _GRANT = "500000000000001", "600000000000001", "700000000000001"
_NEW_ACCOUNT = "act_90000000000000000001"


_SENT = Sent(
    request_id=_REQUEST,
    ref=REF,
    kind=RequestKind.ACCESS,
    owner=sizes.DECIDES[Size.USUAL].name,
    admins=3,
    required_approvals=1,
)


def results() -> dict[str, Result]:
    """Return an example of each answer of a verb, by what it says."""
    owner, asks = sizes.DECIDES[Size.USUAL].name, sizes.ASKS[Size.USUAL].name

    def sent(admins: int, required: int, kind: RequestKind = RequestKind.ACCESS) -> Sent:
        return replace(_SENT, kind=kind, admins=admins, required_approvals=required)

    def reviewed(
        outcome: Outcome, count: int, *, until: datetime | None = None, more: bool = False
    ) -> Reviewed:
        of: dict[str, Any] = {"asset": asks, "holder": asks, "kind": Kind.AD_ACCOUNT, "tasks": LESS.tasks}
        return Reviewed(outcome=outcome, count=count, until=until, more=more, **of)

    def contracted(*, days: int, is_own: bool) -> Contracted:
        removed_at = NOW + timedelta(days=days)
        return Contracted(other=owner, ends_at=NOW, days=days, removed_at=removed_at, is_own=is_own)

    moved: dict[str, Result] = {
        f"{words_of(kind)} is {words_of(state)}": _moved(kind, state)
        for kind in RULES
        for state in RequestState
    }
    undone: dict[str, Result] = {
        f"{words_of(kind)} undone{what}": Undone(request_id=_REQUEST, ref=REF, kind=kind, with_it=with_it)
        for kind in RULES
        for what, with_it in (("", ()), (", with its extension", ("OTTER-7777",)))
    }
    return {
        "sent": sent(3, 1),
        "sent, two must approve": sent(3, 2),
        "sent, too few admins": sent(1, 2),
        "sent, no admin": sent(0, 1),
        "sent, no admin who could confirm": sent(0, 1, RequestKind.CLAIM),
        "saved": Saved(draft_id=_DRAFT, ref=REF, business=asks, admins=2),
        "saved, no admin": Saved(draft_id=_DRAFT, ref=REF, business=asks, admins=0),
        "saved, one of two": Saved(
            draft_id=_DRAFT, ref=REF, business=asks, admins=2, approvals=1, required_approvals=2
        ),
        "saved, takes more admins than there are": Saved(
            draft_id=_DRAFT, ref=REF, business=asks, admins=1, approvals=1, required_approvals=2
        ),
        "dropped": Dropped(draft_id=_DRAFT, ref=REF),
        **moved,
        **undone,
        "snoozed": Snoozed(request_id=_REQUEST, ref=REF, until=NOW),
        "snoozed for good": Snoozed(request_id=_REQUEST, ref=REF, until=None),
        "acknowledged": Acknowledged(request_id=_REQUEST, ref=REF, until=NOW, others=2),
        "acknowledged, nobody else": Acknowledged(request_id=_REQUEST, ref=REF, until=NOW, others=0),
        "acknowledged before": Acknowledged(request_id=_REQUEST, ref=REF, until=None, others=2),
        "reminded": Reminded(request_id=_REQUEST, ref=REF, people=3),
        "reminded, nobody": Reminded(request_id=_REQUEST, ref=REF, people=0),
        "it works": Answered(request_id=_REQUEST, ref=REF, works=True),
        "it can't be used yet": Answered(request_id=_REQUEST, ref=REF, works=False),
        "asked again tomorrow": Answered(request_id=_REQUEST, ref=REF, works=False, again_at=NOW),
        "comment": Commented(request_id=_REQUEST, ref=REF),
        "comment, nobody there": Commented(request_id=_REQUEST, ref=REF, unheard=(owner,)),
        "review begun": Reviewing(business=owner, grants=12, until=NOW, partners=2, left_out=1),
        "review begun, nobody asked": Reviewing(business=owner, grants=12, until=NOW, partners=0),
        "review goes on": Reviewing(business=owner, grants=1, until=NOW),
        "kept": reviewed(Outcome.KEPT, 1),
        "all kept": reviewed(Outcome.KEPT, 12),
        "some kept": reviewed(Outcome.KEPT, 500, more=True),
        "shortened": reviewed(Outcome.SHORTENED, 1, until=NOW),
        "still needed": Needed(owner=owner, need=Need.WORKS),
        "revoked": Ended(grant_ids=(_GRANT,), reason=EndReason.REVOKED, other=asks),
        "revoked, nobody there": Ended(
            grant_ids=(_GRANT,), reason=EndReason.REVOKED, other=asks, unheard=(asks,)
        ),
        "given back": Ended(grant_ids=(_GRANT,) * 3, reason=EndReason.RELINQUISHED, other=owner),
        "revoked, more go on": Ended(
            grant_ids=(_GRANT,) * 500, reason=EndReason.REVOKED, other=asks, left=123
        ),
        "partnership ended": Parted(other=asks, grants=3, requests=1),
        "partnership ended, more go on": Parted(other=asks, grants=500, requests=0, left=123),
        "contract end": contracted(days=14, is_own=True),
        "contract end, no days": contracted(days=0, is_own=True),
        "contract end, the other side's is earlier": contracted(days=1, is_own=False),
        "accepted at once from now on": Stands(other=owner, on=True, others=2),
        "accepted at once, by the only admin": Stands(other=owner, on=True),
        "accepted at once, once another admin agrees": Stands(other=owner, on=True, waits=True, others=1),
        "accepted at once, once there is another admin": Stands(other=owner, on=True, waits=True),
        "no longer accepted at once": Stands(other=owner, on=False),
        "let end": LetEnd(grant_id=_GRANT, asset="Acme Shoes EU", ends_at=NOW),
        "let end, with no end": LetEnd(grant_id=_GRANT, asset="Acme Shoes EU", ends_at=None),
        "tried again at Meta": TriedAgain(request_id=_REQUEST, ref=REF, count=2),
        "registered": Registered(business_id="20531316728", name=owner, channel_id=None),
        "registered, with a channel": Registered(business_id="20531316728", name=owner, channel_id="C1"),
        "connected to Meta, and verified by that": Connected(
            business=owner, name="Countersign", is_verified=True
        ),
        "connected to Meta": Connected(business=owner, name="Countersign"),
        "compared with Meta": Comparing(business=owner),
        "imported from Meta": Imported(business=owner, new=12, renamed=1, people=3),
        "disconnected from Meta": Disconnected(business=owner, left=0),
        "disconnected from Meta, access goes on": Disconnected(business=owner, left=12),
        **{
            f"found at Meta: {words_of(one)}": Remedied(
                holder=asks, asset="Acme Shoes EU", remedy=one, until=NOW if one is Remedy.IGNORE else None
            )
            for one in (*sorted(ON_ITS_WAY), Remedy.IGNORE)
        },
        "changed": Changed(business_id=sizes.DECIDES[Size.USUAL].id),
        "assigned": Assigned(
            person="Eva Ekholm", asset="Acme Shoes EU", kind=Kind.AD_ACCOUNT, tasks=LESS.tasks
        ),
        "not assigned any more": Assigned(
            person="Eva Ekholm", asset="Acme Shoes EU", kind=Kind.AD_ACCOUNT, tasks=frozenset()
        ),
        "being put in force at Meta for somebody": Assigned(
            person="Eva Ekholm",
            asset="Acme Shoes EU",
            kind=Kind.AD_ACCOUNT,
            tasks=LESS.tasks,
            is_at_meta=True,
        ),
        "being taken away from somebody at Meta": Assigned(
            person="Eva Ekholm",
            asset="Acme Shoes EU",
            kind=Kind.AD_ACCOUNT,
            tasks=frozenset(),
            is_at_meta=True,
        ),
        "token made": _token(owner),
        "bundle saved": Bundled(name="Launch kit"),
        "bundle removed": Bundled(name="Launch kit", is_removed=True),
        "token revoked": replace(_token(owner), is_revoked=True),
        **_of_creation(owner),
    }


def _token(business: str) -> Tokened:
    return Tokened(
        token_id=_REQUEST, name="Nightly media sync", business=business, expires_at=NOW + timedelta(days=90)
    )


def _of_creation(business: str) -> dict[str, Result]:
    created = Created(asset_id=_NEW_ACCOUNT, kind=Kind.AD_ACCOUNT, name="Acme DE", incomplete=False)
    prepared = Prepared(name="Acme DE", kind=Kind.AD_ACCOUNT, business=business, admins=2)
    funded = Funded(asset_id=_NEW_ACCOUNT, name="Acme DE", payment=Payment(invoice=True))
    return {
        "created": created,
        "being created at Meta": BeingCreated(creation_id=_REQUEST, kind=Kind.AD_ACCOUNT, name="Acme DE"),
        "created, incomplete": replace(created, incomplete=True),
        "prepared": prepared,
        "prepared, no admin": replace(prepared, admins=0),
        "discarded": Discarded(name="Acme DE"),
        "discarded, at Meta": Discarded(name="Acme DE", was_at_meta=True),
        "paid by invoice": funded,
        "paid by a funding source": replace(funded, payment=Payment(funding_source="visa-1234")),
        "paid later": replace(funded, payment=Payment()),
    }


def _moved(kind: RequestKind, state: RequestState = RequestState.APPROVED) -> Moved:
    return Moved(
        request_id=_REQUEST, ref=REF, kind=kind, state=state, version=3, approvals=1, required_approvals=2
    )


def _said() -> dict[str, Message]:
    """Return what else is answered, by what it is about."""
    return {
        "our fault": replies.fault("3f2a9c81"),
        "busy": replies.busy(),
        "unconfirmed": replies.unconfirmed(),
        "Slack did not say who": replies.error(texts.replies.USER_NOT_KNOWN),
        "Slack did not show it": replies.error(texts.replies.NOT_SHOWN),
        "unknown action": replies.error(texts.replies.UNKNOWN_ACTION),
        "not installed": replies.error(texts.replies.NOT_INSTALLED),
        "a reply under a card": replies.reply_hint(
            sizes.request(Size.USUAL), other=sizes.DECIDES[Size.USUAL], text="Which pages do you mean?"
        ),
        "a line that was refused": mistyped.refused(
            Denied(reason=DenialReason.NO_CREDIT_LINE, name="Acme Shoes"),
            typed='create "Acme DE" EUR Berlin invoice',
        ),
        "not in this workspace": replies.not_in_this_workspace(["Acme Europe", "Acme Asia"]),
        "not reached": replies.error(texts.replies.NOT_REACHED),
        "done before": replies.done_before(),
        "of which business": mistyped.which_own([*sizes.DECIDES.values()], word="review", typed="review"),
        "none of one's own businesses is called so": mistyped.which_own(
            [sizes.DECIDES[Size.USUAL]], word="connect", unknown="Acme Kids", typed="connect Acme Kids"
        ),
        "nobody called so": mistyped.wrong(
            line(texts.command_line.NOBODY_CALLED, text="bea"), typed="people bea"
        ),
        "no asset called so": mistyped.wrong(
            line(texts.command_line.NO_ASSET_CALLED, text="acme"), typed="revoke acme"
        ),
        "no partner called so": mistyped.wrong(
            line(texts.command_line.NO_PARTNER_CALLED, text="acme"), typed="partner acme"
        ),
        "one's own business as a partner": mistyped.wrong(
            line(texts.command_line.OWN_BUSINESS, text="acme shoes"), typed="partner acme shoes"
        ),
        **{
            f"{words_of(kind)} decided, and on its way at Meta": replies.decided(
                _moved(kind), replace(_at_meta(GrantState.PENDING), kind=kind)
            )
            for kind in RULES
        },
        "decided, and not in force at Meta": replies.decided(
            _moved(RequestKind.ACCESS), _at_meta(GrantState.FAILED)
        ),
        "undone, and still to be taken away at Meta": replies.decided(
            Undone(request_id=_REQUEST, ref=REF, kind=RequestKind.ACCESS), _at_meta(GrantState.ENDING)
        ),
        "undone, and other access goes on": replies.decided(
            Undone(request_id=_REQUEST, ref=REF, kind=RequestKind.ACCESS), _goes_on()
        ),
        "undone, and still there at Meta": replies.decided(
            Undone(request_id=_REQUEST, ref=REF, kind=RequestKind.ACCESS), _at_meta(GrantState.STUCK)
        ),
        "given back, and still to be taken away at Meta": replies.ended(
            Ended(
                grant_ids=(_GRANT,),
                reason=EndReason.RELINQUISHED,
                other=sizes.DECIDES[Size.USUAL].name,
                at_meta=1,
            ),
            [sizes.grant(Size.USUAL, state=GrantState.ENDING)],
        ),
        "partnership ended, and access still there at Meta": replies.answer(
            Parted(other=sizes.ASKS[Size.USUAL].name, grants=3, requests=1, at_meta=2)
        ),
        "ended, and still to be taken away at Meta": replies.ended(
            Ended(
                grant_ids=(_GRANT,), reason=EndReason.REVOKED, other=sizes.ASKS[Size.USUAL].name, at_meta=1
            ),
            [sizes.grant(Size.USUAL, state=GrantState.ENDING)],
        ),
        "sent, and not to be seen any more": replies.answer(_SENT),
        "decided, and not to be seen any more": replies.decided(_moved(RequestKind.ACCESS), None),
        "ended, and not to be seen any more": replies.ended(
            Ended(grant_ids=(_GRANT,), reason=EndReason.REVOKED, other=sizes.ASKS[Size.USUAL].name), []
        ),
    }


def _at_meta(state: GrantState) -> RequestView:
    """Return an approved request, what it gave standing so at Meta."""
    view = sizes.request(Size.USUAL, RequestState.APPROVED)
    return replace(view, items=(replace(view.items[0], grant=sizes.grant(Size.USUAL, state=state)),))


def _goes_on() -> RequestView:
    """Return a request whose approval was undone, of which its holder keeps less by another one."""
    view = sizes.request(Size.USUAL, RequestState.APPROVED, undone_at=NOW)
    ended, until = sizes.ended_grant(Size.USUAL, EndReason.UNDONE), NOW + timedelta(days=30)
    return replace(view, items=(replace(view.items[0], grant=ended, held=REPORTING, held_until=until),))


def _large_answers() -> Exhibits:
    other, ref = sizes.LONGEST["business"], sizes.LONGEST_REF
    large: dict[str, Result] = {
        "sent": Sent(
            request_id=_REQUEST,
            ref=ref,
            kind=RequestKind.ACCESS,
            owner=other,
            admins=0,
            required_approvals=10,
        ),
        "saved": Saved(draft_id=_DRAFT, ref=ref, business=other, admins=0),
        "revoked, more go on": Ended(
            grant_ids=(_GRANT,) * 500, reason=EndReason.REVOKED, other=f"{other}, {other}", left=12_345
        ),
        "many errors": Invalid(field_errors=tuple(field_error(code, "x" * 500) for code in ErrorCode)),
    }
    large |= {state: one for state, one in results().items() if isinstance(one, Moved | Undone)}
    for state, result in large.items():
        yield _answered(state, _shown(result, Size.LARGEST), size=Size.LARGEST)
