"""A partner's page in the gallery."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.domain.actors import Status
from bot.domain.contracts import Phase
from bot.domain.denials import DenialReason
from bot.domain.grants import EndReason, GrantState
from bot.domain.messages import TOLD, About, Audience, Notice, Parting
from bot.domain.requests import ErrorCode
from bot.sandbox.gallery import sizes
from bot.sandbox.gallery.exhibit import READERS, Exhibit, Exhibits, Part, Size, words_of
from bot.sandbox.gallery.form import ZONE, form_of, refused, sent_back, wrong_at
from bot.sandbox.gallery.records import NOW, rows
from bot.services.results import Denied
from bot.services.views.businesses import (
    ContractView,
    PartingView,
    PartnershipView,
    StandingView,
    StatusView,
    VerifiedTold,
)
from bot.slack import modals
from bot.slack.cards import (
    ended_notice,
    parted_notice,
    passed_notice,
    passed_works_notice,
    status_notice,
    verification_notice,
)

_THEN = NOW - timedelta(days=40)


def partner_pages() -> Exhibits:
    """Return a partner's page with something in each direction, and with nothing."""
    for size in Size:
        yield _shown(_partnership(size), state="now", size=size)
    usual = _partnership(Size.USUAL)
    nothing = replace(usual, grants=rows(), going_on=0, open_requests=0)
    ended = [
        replace(
            one,
            state=GrantState.ENDED,
            end_reason=EndReason.REVOKED,
            ended_at=NOW - timedelta(days=1),
            ended_by="Dana Diaz",
            reason="",
            decided_by=(),
        )
        for one in usual.grants.rows
    ]
    yield _shown(replace(usual, at=_THEN, grants=rows(*ended)), state="as of a day")
    for side in ("own", "other"):
        inactive = replace(getattr(usual, side), status=Status.DEACTIVATED)
        yield _shown(replace(usual, **{side: inactive}), state=f"{side} business deactivated")
    yield _shown(nothing, state="nothing any more")
    for size in Size:
        standing = StandingView(by=sizes.people(2), since=_THEN, suffices=True)
        yield _shown(_partnership(size), state="accepted at once", size=size, standing=standing)
        lost = replace(standing, suffices=False)
        yield _shown(_partnership(size), state="no longer accepted at once", size=size, standing=lost)
    yield from _ends()
    yield from _contracts()
    yield _shown(replace(nothing, at=_THEN), state="nothing on a day")
    yield _shown(replace(nothing, since=None, open_requests=2), state="only requests so far")


def _partnership(size: Size) -> PartnershipView:
    own, other = sizes.DECIDES[size], sizes.ASKS[size]
    most = modals.PARTNER_ROWS // 2
    numbers = range(most if size is Size.LARGEST else 2)
    given = [
        sizes.grant(
            size,
            id=f"7100000000{number:04}",
            asset_id=f"act_1{number:04}",
            owner=own,
            holder=other,
            starts_at=_THEN,
        )
        for number in numbers
    ]
    held = [
        sizes.grant(
            size,
            id=f"7200000000{number:04}",
            asset_id=f"act_2{number:04}",
            owner=other,
            holder=own,
            starts_at=_THEN,
            works=bool(number),
            works_at=_THEN,
        )
        for number in numbers
    ]
    total = 1_234 if size is Size.LARGEST else None
    return PartnershipView(
        own=own,
        other=other,
        at=None,
        since=_THEN,
        grants=rows(*given, *held, total=total),
        going_on=1,
        open_requests=1,
    )


def _ends() -> Exhibits:
    for size in Size:
        both = _partnership(size)
        refs = tuple(sizes.numbered_ref(number, size) for number in range(50 if size is Size.LARGEST else 1))
        parting = PartingView(
            own=both.own,
            other=both.other,
            grants=replace(both.grants, more=size is Size.LARGEST) if size is not Size.SMALLEST else rows(),
            ends=both.grants.total,
            requests=refs if size is not Size.USUAL else (),
            mark="a" * 16,
        )
        yield _part(parting, state="now", size=size)
        if size is Size.LARGEST:
            yield _part(replace(parting, ends=500), state="more than one step takes", size=size)


def contract(size: Size = Size.USUAL, phase: Phase = Phase.RUNS, **fields: Any) -> ContractView:
    """Return the contract of two businesses, which ends in 40 days or has ended."""
    both = _partnership(size)
    ends_at = NOW + timedelta(days=40) if phase is Phase.RUNS else NOW - timedelta(days=14)
    gone = [
        replace(
            one, state=GrantState.ENDED, end_reason=EndReason.REACHED, ended_at=ends_at + timedelta(days=1)
        )
        for one in both.grants.rows
    ]
    most = gone * 4 if size is Size.LARGEST else gone
    days = 1 if size is Size.SMALLEST else 14
    return ContractView(
        **{
            "own": both.own,
            "other": both.other,
            "ends_at": ends_at,
            "days": days,
            "removed_at": ends_at + timedelta(days=days),
            "said_by": both.other,
            "stated_at": ends_at + timedelta(days=9) if phase is Phase.RUNS else None,
            "phase": phase,
            "closed_at": NOW if phase is Phase.CLOSED else None,
            "left": 0 if phase is Phase.CLOSED else both.grants.total,
            "ended": rows(*most, total=321 if size is Size.LARGEST else None),
            **fields,
        }
    )


def _contracts() -> Exhibits:
    for size in Size:
        for phase in Phase:
            view = _partnership(size)
            if phase is Phase.CLOSED:
                view = replace(view, grants=rows())
            state = f"contract: {phase.lower()}"
            yield _shown(view, state=state, size=size, contract=contract(size, phase))
        left = replace(_partnership(size), grants=rows(), going_on=0, open_requests=0)
        over = contract(size, Phase.OFFBOARDING)
        yield _shown(left, state="contract: all is ended early", size=size, contract=over)
        both = contract(size)
        form = modals.contract_modal(both.own, both.other, both, zone=ZONE)
        yield form_of("Contract end", form, state="stated by both", size=size)
    both = contract()
    form = modals.contract_modal(both.own, both.other, None, zone=ZONE)
    yield form_of("Contract end", form, state="nothing stated")
    yield refused("Contract end", form, modals.read_contract(sent_back(form)), state="sent blank")
    late = Denied(reason=DenialReason.CONTRACT_ENDED, name=both.other.name, at=both.removed_at)
    yield refused("Contract end", form, modals.modal_errors(form, late), state="it has ended")
    kept = replace(late, at=None)
    yield refused(
        "Contract end", form, modals.modal_errors(form, kept), state="it has ended, Meta keeps some"
    )
    past = wrong_at("until", ErrorCode.DATE_PAST)
    yield refused("Contract end", form, modals.modal_errors(form, past), state="a day that is past")


def notices_of_status() -> Exhibits:
    """Return what a business and its partners are told of its status."""
    for size in Size:
        own, other = sizes.DECIDES[size], sizes.ASKS[size]
        for status in Status:
            for whose, which, shared in (("partner", own, 3), ("own business", other, 0)):
                view = StatusView(
                    own=which,
                    other=replace(other, status=status),
                    shared=shared,
                    open_requests=shared,
                    are_partners_told=which is other,
                )
                is_first = (whose, status) == ("partner", Status.DEACTIVATED)
                state = words_of(Notice.STATUS)
                yield Exhibit(
                    part=Part.NOTICE,
                    title="Notice",
                    state=state if is_first else f"{state}: {whose} {words_of(status)}",
                    audience=READERS[Audience.SUBMITTERS],
                    size=size,
                    shown=status_notice(view),
                )


def notices_of_verification() -> Exhibits:
    """Return what a business is told when it is verified, and when it no longer is."""
    for size in Size:
        for verified in (True, False):
            state = words_of(Notice.VERIFICATION)
            yield Exhibit(
                part=Part.NOTICE,
                title="Notice",
                state=state if verified else f"{state}: taken back",
                audience=READERS[Audience.SUBMITTERS],
                size=size,
                shown=verification_notice(VerifiedTold(own=replace(sizes.ASKS[size], verified=verified))),
            )


def notices_of_owners() -> Exhibits:
    """Return what a new owner and the holders of its ad account are told: their access goes on."""
    for size, number in ((Size.SMALLEST, 1), (Size.USUAL, 2), (Size.LARGEST, 40)):
        passed = (sizes.grant(size, owner=sizes.ASKS[size], holder=sizes.DECIDES[size]),) * number
        for audience in TOLD[Notice.PASSED]:
            yield Exhibit(
                part=Part.NOTICE,
                title="Notice",
                state=words_of(Notice.PASSED),
                audience=READERS[audience],
                size=size,
                shown=passed_notice(passed, for_owner=audience is Audience.APPROVERS),
            )
            for works in (False, True):
                asked = tuple(replace(one, works=works) for one in passed)
                yield Exhibit(
                    part=Part.NOTICE,
                    title="Notice",
                    state=f"went to another owner, {'works' if works else 'does not work'}",
                    audience=READERS[audience],
                    size=size,
                    shown=passed_works_notice(asked, for_owner=audience is Audience.APPROVERS),
                )
            ended = replace(
                sizes.ended_grant(size, EndReason.REVOKED), owner=passed[0].owner, holder=passed[0].holder
            )
            parting = About(notice=Notice.PARTED, details=(str(Parting(ended.owner.id, number, 0)),))
            for how, shown in (
                ("ended", ended_notice([ended], goes_on=0, for_owner=audience is Audience.APPROVERS)),
                ("parted", parted_notice(parting, ended)),
            ):
                yield Exhibit(
                    part=Part.NOTICE,
                    title="Notice",
                    state=f"went to another owner, {how}",
                    audience=READERS[audience],
                    size=size,
                    shown=shown,
                )


def _part(view: PartingView, *, state: str, size: Size) -> Exhibit:
    shown = modals.part_modal(view, now=NOW)
    return Exhibit(part=Part.FORM, title="End a partnership", state=state, size=size, shown=shown)


def _shown(
    view: PartnershipView,
    *,
    state: str,
    size: Size = Size.USUAL,
    contract: ContractView | None = None,
    standing: StandingView | None = None,
) -> Exhibit:
    on = None if view.at is None else view.at.date()
    which = modals.PartnerPage(own_id=view.own.id, other_id=view.other.id, on=on)
    shown = modals.partner_modal(
        view,
        which,
        now=NOW,
        contract=contract,
        standing=standing,
        zone=ZONE,
        can_end=size is not Size.SMALLEST,
    )
    return Exhibit(part=Part.FORM, title="Partner", state=state, size=size, shown=shown)
