"""Every notice in every state: what people and businesses are told beside the cards."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import product

from bot.domain.contracts import Phase
from bot.domain.grants import EndReason
from bot.domain.kinds import DEFAULT_KIND, RULES
from bot.domain.limits import MOST_ENDED
from bot.domain.messages import TOLD, About, Audience, Notice, Parting
from bot.domain.requests import DraftState, RequestState
from bot.sandbox.gallery import partners, records, sizes
from bot.sandbox.gallery.cards import BOTH_SIDES, DRAFTED, NOTICE, SENDERS, as_parted, by_operator, unasked
from bot.sandbox.gallery.exhibit import READERS, Exhibit, Exhibits, Part, Size, words_of
from bot.sandbox.gallery.records import GENERAL, NOW, REPORTING
from bot.services.views.businesses import ContractView, StandInTold
from bot.services.views.requests import DraftView, RequestView
from bot.slack.cards import (
    closed_card,
    contract_notice,
    ended_notice,
    for_whom,
    notice,
    request_card,
    stand_in_notice,
)
from bot.slack.kit import Message

# --- notices ----------------------------------------------------------------------------------------

_STATES: dict[Notice, RequestState] = {
    Notice.APPROVED: RequestState.APPROVED,
    Notice.DECLINED: RequestState.DECLINED,
    Notice.IN_REVIEW: RequestState.IN_REVIEW,
    Notice.CANCELLED: RequestState.CANCELLED,
    Notice.EXPIRED: RequestState.EXPIRED,
    Notice.UNDONE: RequestState.APPROVED,
    Notice.IN_FORCE: RequestState.APPROVED,
    Notice.NOT_IN_FORCE: RequestState.APPROVED,  # it was tried again since
}
_DRAFT_STATES: dict[Notice, DraftState] = {
    Notice.SENT: DraftState.SENT,
    Notice.DROPPED: DraftState.DROPPED,
    Notice.EXPIRED: DraftState.EXPIRED,
}


_ENDED_TOGETHER = {Size.SMALLEST: 2, Size.USUAL: 12, Size.LARGEST: MOST_ENDED}


_ENDS = {Notice.ENDED, Notice.UNDONE}
_TRIMMED: dict[Size, tuple[str, ...]] = {
    Size.SMALLEST: (),
    Size.USUAL: ("Eva Ekholm", "Max Maple"),
    Size.LARGEST: (sizes.LONGEST["person"],) * 150,
}
"""The reader's own people who could do more with access that ended."""


def notices() -> Exhibits:
    """Return every notice."""
    yield Exhibit(part=Part.NOTICE, title=NOTICE, state="a copy that is closed", shown=closed_card())
    for size in Size:
        for kind, (what, state) in product(RULES, _STATES.items()):
            undone = {"undone_at": NOW, "undone_by": "Max Maple"} if what is Notice.UNDONE else {}
            view = sizes.request(size, state, kind=kind, **undone)
            title = NOTICE if kind is DEFAULT_KIND else f"{NOTICE} of {words_of(kind)}"
            yield from _of_notice(words_of(what), About(notice=what), view, size, title=title)
        for told, drafted in _DRAFT_STATES.items():
            yield from _of_notice(
                f"draft {words_of(told)}", About(notice=told), sizes.draft(size, drafted), size, told=DRAFTED
            )
        about = About(notice=Notice.APPROVED)
        for how, view in unasked(size):
            yield from _of_notice(how, about, view, size)
        for number in ("1", "12"):
            about = About(notice=Notice.DRAFTS, details=(number,))
            waits = "draft waits" if number == "1" else "drafts"
            yield from _of_notice(waits, about, sizes.draft(size, DraftState.WAITING), size, told=SENDERS)
        yield from _standing_in(size)
        for reason in EndReason:
            grant = sizes.ended_grant(size, reason)
            items = (replace(sizes.ITEMS[size][0], grant=grant),)
            view = sizes.request(size, RequestState.APPROVED, items=items)
            yield from _of_notice(
                f"ended: {words_of(reason)}", About(notice=Notice.ENDED, details=(grant.id,)), view, size
            )
        for how, grant in by_operator(size):
            items = (replace(sizes.ITEMS[size][0], grant=grant),)
            view = sizes.request(size, RequestState.APPROVED, items=items)
            yield from _of_notice(how, About(notice=Notice.ENDED, details=(grant.id,)), view, size)
            shown = ended_notice((grant,) * 2, goes_on=0, for_owner=True)
            yield Exhibit(part=Part.NOTICE, title=NOTICE, state=f"{how}, together", size=size, shown=shown)
        for reason in EndReason:
            ended = (sizes.ended_grant(size, reason),) * _ENDED_TOGETHER[size]
            went_on = 0 if size is Size.SMALLEST else len(ended)
            shown = ended_notice(ended, goes_on=went_on, for_owner=True, trimmed=_TRIMMED[size])
            yield Exhibit(
                part=Part.NOTICE,
                title=NOTICE,
                state=f"ended together: {words_of(reason)}",
                size=size,
                shown=shown,
            )
        said = records.comment(text=sizes.LONGEST["comment"] if size is Size.LARGEST else "Why?")
        view = sizes.request(size, comments=(replace(said, business=sizes.DECIDES[size]),))
        for by in (view.requesting, view.deciding):
            parted = replace(as_parted(view), parted_by=by)
            about = About(notice=Notice.PARTED, details=(str(Parting(by.id, 2, 1)),))
            which = words_of(Notice.PARTED) if by is view.deciding else "parted by the requesting side"
            yield from _of_notice(which, about, parted, size)
        for works in (False, True):
            given = sizes.request(size, RequestState.APPROVED)
            answered = replace(given, works=records.works(given, works=works))
            which = words_of(Notice.WORKS) if works else "it can't be used yet"
            yield from _of_notice(which, About(notice=Notice.WORKS), answered, size, told=TOLD[Notice.WORKS])
        yield from _of_notice("comment", About(notice=Notice.COMMENT, details=(said.id,)), view, size)
    yield from _notices_of_what_goes_on()
    yield from _notices_of_contracts()
    yield from partners.notices_of_status()
    yield from partners.notices_of_verification()
    yield from partners.notices_of_owners()
    for kind in RULES:
        given = sizes.request(Size.USUAL, RequestState.APPROVED, kind=kind)
        less = replace(given.items[0], requested=GENERAL, given=REPORTING)
        view = replace(given, items=(less, *given.items[1:]))
        changed = f"{words_of(kind)} approved with changes"
        yield from _of_notice(changed, About(notice=Notice.APPROVED), view, Size.USUAL)


def _notices_of_contracts() -> Exhibits:
    for size in Size:
        for what, phase in (
            (Notice.CONTRACT_SET, Phase.RUNS),
            (Notice.CONTRACT_ENDS, Phase.RUNS),
            (Notice.CONTRACT_ENDED, Phase.OFFBOARDING),
            (Notice.CONTRACT_CLOSED, Phase.CLOSED),
        ):
            yield _of_contract(words_of(what), what, partners.contract(size, phase), size)
        kept = partners.contract(size, Phase.REMOVING)
        yield _of_contract("contract ended, what is left is being removed", Notice.CONTRACT_ENDED, kept, size)
    nothing = partners.contract(Size.USUAL, Phase.CLOSED, ended=records.rows())
    yield _of_contract("contract closed, nothing was left", Notice.CONTRACT_CLOSED, nothing, Size.USUAL)
    gone = partners.contract(Size.USUAL, Phase.REMOVING, left=0)
    yield _of_contract("contract ended, nothing is left", Notice.CONTRACT_ENDED, gone, Size.USUAL)
    for left in (0, 1):
        few = partners.contract(Size.USUAL, left=left)
        yield _of_contract(f"contract ends, {left} shared", Notice.CONTRACT_ENDS, few, Size.USUAL)


def _of_contract(state: str, what: Notice, view: ContractView, size: Size) -> Exhibit:
    return Exhibit(
        part=Part.NOTICE,
        title=NOTICE,
        state=state,
        audience=READERS[Audience.SUBMITTERS],
        size=size,
        shown=contract_notice(view, what),
    )


def _notices_of_what_goes_on() -> Exhibits:
    reached, undone = (sizes.ended_grant(Size.USUAL, why) for why in (EndReason.REACHED, EndReason.UNDONE))
    given = sizes.request(Size.USUAL, RequestState.APPROVED)
    (one, other) = given.items
    kept = replace(one, grant=reached, held=REPORTING)
    until = replace(kept, held_until=NOW + timedelta(days=30))
    ended = About(notice=Notice.ENDED, details=(reached.id,))
    extension = replace(given, extends=sizes.grant(Size.USUAL), items=(replace(one, grant=undone),))
    taken_back = replace(given, undone_at=NOW, undone_by="Max Maple", items=(kept, other))
    for state, about, view in (
        ("ended, a part goes on", ended, replace(given, items=(kept,))),
        ("ended, a part goes on until a day", ended, replace(given, items=(until,))),
        ("undone, a part goes on", About(notice=Notice.UNDONE), taken_back),
        (
            "extension ended, since what it extended was undone",
            About(notice=Notice.ENDED, details=(undone.id,)),
            extension,
        ),
    ):
        yield from _of_notice(state, about, view, Size.USUAL)
    given_longer = replace(given, ref="OTTER-7777")
    asked_longer = replace(given_longer, ref="AMBER-1234", state=RequestState.CANCELLED)
    about = About(notice=Notice.UNDONE, details=("1", "2"))
    which = "undone, with what extended it"
    yield from _of_notice(which, about, taken_back, Size.USUAL, with_it=(given_longer, asked_longer))


def _of_notice(
    state: str,
    about: About,
    view: RequestView | DraftView,
    size: Size,
    *,
    told: tuple[Audience, ...] = BOTH_SIDES,
    title: str = NOTICE,
    with_it: tuple[RequestView, ...] = (),
) -> Exhibits:
    for audience in told:
        trimmed = _TRIMMED[size] if about.notice in _ENDS and audience is not Audience.APPROVERS else ()
        shown: Message = notice(about, view, audience=audience, trimmed=trimmed, with_it=with_it)
        yield Exhibit(
            part=Part.NOTICE, title=title, state=state, audience=READERS[audience], size=size, shown=shown
        )


def _standing_in(size: Size) -> Exhibits:
    """Return what a stand-in is told, and what they get for somebody."""
    (name,) = sizes.people(1) if size is Size.LARGEST else ("Ben Birk",)
    first, own = date(2026, 12, 21), sizes.DECIDES[size]
    for what in (Notice.STANDS_IN, Notice.STOOD_IN):
        told = StandInTold(
            own=own,
            person=name,
            from_day=first,
            until_day=first + timedelta(days=0 if size is Size.SMALLEST else 14),
            is_over=what is Notice.STOOD_IN,
        )
        audience = READERS[Audience.SUBMITTERS]
        yield Exhibit(
            part=Part.NOTICE,
            title=NOTICE,
            state=words_of(what),
            audience=audience,
            size=size,
            shown=stand_in_notice(told),
        )
    card = request_card(sizes.request(size), audience=Audience.APPROVERS, now=NOW)
    for state, people in (("for one", (name,)), ("for several", (name, *sizes.people(4)))):
        yield Exhibit(
            part=Part.CARD,
            title="Request to those who stand in",
            state=state,
            audience=READERS[Audience.APPROVERS],
            size=size,
            shown=for_whom(card, people),
        )
