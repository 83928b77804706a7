"""The cards, digests and notices of the gallery."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

from bot.domain.actors import ApiSharing, Status, WhoMayAsk
from bot.domain.assets import LEVELS, TASKS, Kind
from bot.domain.grants import EndReason, GrantState
from bot.domain.kinds import DEFAULT_KIND, RULES, RequestKind
from bot.domain.messages import Audience
from bot.domain.requests import DraftState, RequestState, Term
from bot.domain.reviews import Silence
from bot.sandbox.gallery import records, sizes
from bot.sandbox.gallery.endings import endings
from bot.sandbox.gallery.exhibit import READERS, Exhibit, Exhibits, Part, Size, words_of
from bot.sandbox.gallery.records import ADMIN, GENERAL, NOW, REPORTING
from bot.services.views.access import GrantView
from bot.services.views.businesses import LooseningState, LooseningView
from bot.services.views.parties import Signer
from bot.services.views.requests import DigestItemView, DigestView, EscalationView, RequestView
from bot.slack.cards import (
    digest_card,
    draft_card,
    loosening_card,
    request_card,
)

LATER = timedelta(hours=2)
NOTICE = "Notice"
_SIDES = (Audience.APPROVERS, Audience.REQUESTER, Audience.EXPIRY, Audience.AUTHOR)
DRAFTED = (Audience.SUBMITTERS, Audience.AUTHOR)
SENDERS = (Audience.SUBMITTERS,)
BOTH_SIDES = (Audience.APPROVERS, Audience.REQUESTER)
_UNASKED: Mapping[str, Mapping[str, Any]] = {
    "accepted beforehand": {"standing_since": NOW - timedelta(days=30)},
    "given through the API": {"direct": True},
    "recorded, as found at Meta": {"found": True},
}


def cards() -> Iterator[Exhibit]:
    """Return every card and digest."""
    yield from _requests()
    yield from _drafts()
    yield from endings()
    yield from _loosenings()
    yield from _digests()


# --- requests ---------------------------------------------------------------------------------------


def _requests() -> Exhibits:
    for kind in RULES:
        for state in RequestState:
            for size in Size:
                yield from _of_request(words_of(state), sizes.request(size, state, kind=kind), size=size)
        for what, view in _odd_requests(kind).items():
            yield from _of_request(what, view)


def _of_request(state: str, view: RequestView, *, size: Size = Size.USUAL) -> Exhibits:
    for audience in _SIDES:
        yield Exhibit(
            part=Part.CARD,
            title=f"Request for {words_of(view.kind)}",
            state=state,
            audience=READERS[audience],
            size=size,
            shown=request_card(view, audience=audience, now=NOW + LATER),
        )


def _odd_requests(kind: RequestKind) -> dict[str, RequestView]:
    """Return requests of which a card says more than of a usual one, by what it says."""
    pending, approved = RequestState.PENDING, RequestState.APPROVED

    def usual(state: RequestState = pending, **fields: Any) -> RequestView:
        return sizes.request(Size.USUAL, state, kind=kind, **fields)

    (account, page) = sizes.ITEMS[Size.USUAL]
    risky = (replace(account, requested=ADMIN, held=REPORTING), page)
    words = (records.described(0), replace(account, position=1))
    bound = (
        replace(page, kind=Kind.PIXEL, words="the pixel of the Berlin shop", requested=records.PIXEL_ANALYST),
    )
    given = sizes.request(Size.USUAL, approved).items
    less = (replace(given[0], given=REPORTING), replace(given[1], given=frozenset[str](), grant=None))
    undone = {"undo_until": None, "undone_at": NOW + LATER, "undone_by": "Max Maple"}
    states = [*GrantState]
    grants = tuple(
        replace(given[0], position=number, grant=sizes.grant(Size.USUAL, state=state, ends_at=None))
        for number, state in enumerate(states)
    )
    ended = tuple(
        replace(given[0], position=number, grant=sizes.ended_grant(Size.USUAL, reason, end_note="Thank you!"))
        for number, reason in enumerate(EndReason)
    )
    return {
        "it works, says the holder": usual(approved, works=records.works(usual(), works=True)),
        "it can't be used yet, says the holder": usual(approved, works=records.works(usual(), works=False)),
        "risky, two must approve": usual(items=risky, required_approvals=2),
        "one asset, of which they have less": usual(items=(replace(account, held=REPORTING),)),
        "one asset, three must approve": usual(items=(account,), required_approvals=3),
        "adds all there is": usual(
            items=tuple(
                records.item(
                    number,
                    kind=kind,
                    requested=LEVELS[kind][0].tasks,
                    held=frozenset({task}),
                )
                for kind in Kind
                for number, task in enumerate(sorted(TASKS[kind])[:2])
            )
        ),
        "risky, with no end": usual(items=risky, term=Term.without_end()),
        "too few admins": usual(required_approvals=4),
        "admins who count as fewer": usual(
            required_approvals=2, admins=2, enough_from=NOW + timedelta(days=5)
        ),
        "enough approved, of whom one could not decide for a while": usual(
            RequestState.IN_REVIEW,
            required_approvals=2,
            approvals=2,
            approved_by=(Signer("Dana Diaz"), Signer("Max Maple")),
        ),
        "the deciding business deactivated": usual(
            deciding=replace(usual().deciding, status=Status.DEACTIVATED)
        ),
        "the requesting business deactivated": usual(
            requesting=replace(usual().requesting, status=Status.DEACTIVATED)
        ),
        "the deciding business not verified any more": usual(
            deciding=replace(usual().deciding, verified=False)
        ),
        "while the two are off-boarding": usual(cut_at=NOW + timedelta(days=14)),
        "no admin": usual(admins=0, undelivered="channel_not_found", opened_by=()),
        "lost channel": usual(channel_error="channel_not_found"),
        "first request of a business nobody verified": usual(
            requesting=replace(usual().requesting, verified=False), past_requests=0, live_assets=0
        ),
        "first request of a business called like a partner": usual(
            past_requests=0,
            live_assets=0,
            lookalike=replace(usual().requesting, id="30000000001", name="N0rthwind"),
        ),
        "first request of a business called like one's own": usual(
            past_requests=0, live_assets=0, lookalike=usual().deciding
        ),
        "described in words": usual(items=words),
        "described, and named by the approver": usual(approved, items=bound),
        "custom tasks": usual(items=(replace(account, requested=frozenset({"ANALYZE", "DRAFT"})),)),
        "for two people": usual(people=("Eva Ekholm", "Bob Birch")),
        "first request of a kind, with access by others": usual(past_requests=0, live_assets=2),
        "drafted by an employee": usual(author="Eva Ekholm"),
        "made by a program": usual(program="Nightly media sync"),
        "drafted by a program": usual(program="Nightly media sync", author="Eva Ekholm"),
        "approved by a program": usual(approved, approved_by=(Signer("Dana Diaz", "Nightly media sync"),)),
        "declined by a program": usual(RequestState.DECLINED, over_with="Nightly media sync"),
        "cancelled by a program": usual(RequestState.CANCELLED, over_with="Nightly media sync"),
        "nobody answered, and a backup was asked": usual(
            escalation=EscalationView(unanswered=("Sofia Sand", "Ben Birk"), days=4, asked=("Dana Diaz",))
        ),
        "the one who was asked has not answered yet": usual(
            escalation=EscalationView(unanswered=("Sofia Sand",), days=0, asked=("Dana Diaz", "Max Maple"))
        ),
        "somebody is looking at it": usual(acknowledged_by=(records.acknowledger("Dana Diaz"),)),
        "with comments": usual(
            comments=tuple(
                records.comment(number, by=by, business=sides[Size.USUAL], text=text)
                for number, (by, sides, text) in enumerate(
                    [
                        ("Dana Diaz", sizes.DECIDES, "Which campaign is it for?"),
                        ("Ann Alder", sizes.ASKS, "The spring collection."),
                        ("Dana Diaz", sizes.DECIDES, "And who runs it?"),
                    ]
                )
            )
        ),
        "reminded": usual(remind_after=NOW + timedelta(days=1)),
        "its time ran out just now": usual(expires_at=NOW),
        "extension": usual(extends=sizes.grant(Size.USUAL), items=(replace(account, requested=REPORTING),)),
        "extension approved": usual(
            approved,
            extends=sizes.grant(Size.USUAL),
            items=(replace(given[0], requested=REPORTING, given=REPORTING),),
        ),
        "extension approved in part": usual(
            approved,
            extends=sizes.grant(Size.USUAL, tasks=GENERAL),
            items=(replace(given[0], requested=GENERAL, given=REPORTING),),
        ),
        **{
            f"extension closed, since the access was {words_of(reason)}": usual(
                RequestState.CANCELLED,
                extends=sizes.ended_grant(Size.USUAL, reason),
                closed_with=reason,
                items=(replace(account, requested=REPORTING),),
                note="",
            )
            for reason in EndReason
            if reason is not EndReason.REACHED
        },
        "extension closed, since the access was ended by who runs Countersign": usual(
            RequestState.CANCELLED,
            extends=sizes.ended_grant(Size.USUAL, EndReason.REVOKED, ended_by=None, by_operator=True),
            closed_with=EndReason.REVOKED,
            items=(replace(account, requested=REPORTING),),
            note="",
        ),
        "access ended by who runs Countersign": usual(
            approved,
            items=tuple(replace(given[0], grant=grant) for _, grant in by_operator(Size.USUAL)),
        ),
        "extension declined": usual(
            RequestState.DECLINED,
            extends=sizes.grant(Size.USUAL),
            items=(replace(account, requested=REPORTING),),
        ),
        "first approval gave less": usual(
            RequestState.IN_REVIEW,
            items=tuple(replace(one, grant=None) for one in less),
            given_term=Term.for_days(7),
            required_approvals=3,
        ),
        "approved with changes": usual(
            approved, items=less, given_term=Term.for_days(7), note="Less, for now."
        ),
        "approved, can no longer be undone": usual(approved, undo_until=None),
        "undone": usual(approved, **undone),
        "approved, access in every state": usual(approved, items=grants),
        "approved, access ended in every way": usual(approved, items=ended),
        **(
            {state: usual(approved, **how) for state, how in _UNASKED.items()}
            if RULES[kind].may_stand
            else {}
        ),
        "until a day": usual(term=Term.till(NOW + timedelta(days=70))),
        "cancelled, since the partnership was ended": usual(
            RequestState.CANCELLED, parted_by=sizes.DECIDES[Size.USUAL], note="The contract is over."
        ),
        "cancelled with a note": usual(RequestState.CANCELLED, note="Wrong account, sorry."),
    }


# --- drafts, and access that ends -------------------------------------------------------------------


def _drafts() -> Exhibits:
    for state in DraftState:
        for size in Size:
            for audience in DRAFTED:
                yield Exhibit(
                    part=Part.CARD,
                    title="Draft",
                    state=words_of(state),
                    audience=READERS[audience],
                    size=size,
                    shown=draft_card(sizes.draft(size, state), audience=audience, now=NOW + LATER),
                )
    for kind, size, count, audience in product(RULES, Size, (0, 1), DRAFTED):
        view = sizes.draft(
            size, kind=kind, approved_by=sizes.people(count), approvals=count, required_approvals=2
        )
        yield Exhibit(
            part=Part.CARD,
            title=f"Draft that takes two to send, of {words_of(kind)}",
            state=f"{count} approved",
            audience=READERS[audience],
            size=size,
            shown=draft_card(view, audience=audience, now=NOW + LATER),
        )
    for size, audience in product(Size, DRAFTED):
        view = sizes.draft(size, required_approvals=2, enough_from=NOW + timedelta(days=5))
        yield Exhibit(
            part=Part.CARD,
            title="Draft that takes two to send",
            state="admins who count as fewer",
            audience=READERS[audience],
            size=size,
            shown=draft_card(view, audience=audience, now=NOW + LATER),
        )


def by_operator(size: Size) -> Iterator[tuple[str, GrantView]]:
    """Return grants that the operator ended, and how."""
    grant = sizes.ended_grant(size, EndReason.REVOKED, ended_by=None, by_operator=True, end_note="A breach")
    yield "ended: by who runs Countersign", grant


def _loosenings() -> Exhibits:
    for size in Size:
        for state in LooseningState:
            yield _loosening(words_of(state), state, size=size)
        yield _loosening("confirmed", LooseningState.IN_FORCE, size=size, by_two=True)
        yield _loosening("by the directory file", LooseningState.IN_FORCE, size=size, by_file=True)


def _loosening(
    what: str, state: LooseningState, *, size: Size, by_two: bool = False, by_file: bool = False
) -> Exhibit:
    name = sizes.LONGEST["person"] if size is Size.LARGEST else "Dana Diaz"
    view = LooseningView(
        party=sizes.DECIDES[size],
        version=7,
        state=state,
        changes={
            "quorum": (2, 1),
            "who_may_ask": (WhoMayAsk.NOBODY, WhoMayAsk.ANYONE),
            "api_sharing": (ApiSharing.AFTER_ACCEPTANCE, ApiSharing.AT_ONCE),
            "review_days": (90, 0),
            "review_silence": (Silence.WEEK, Silence.KEEP),
            "expires_days": (14, 30),
            "undo_minutes": (10, 60),
            "accepts": (None, sizes.ASKS[size].name),
        },
        by=None if by_file else name,
        confirmed_by=name if by_two else None,
        expires_at=NOW + timedelta(days=7),
    )
    return Exhibit(
        part=Part.CARD,
        title="Settings that let more through",
        state=what,
        audience=READERS[Audience.SUBMITTERS],
        size=size,
        shown=loosening_card(view),
    )


# --- digests ----------------------------------------------------------------------------------------

_MOST_IN_A_DIGEST = 10


def as_parted(view: RequestView) -> RequestView:
    """Return a request that was cancelled because the deciding side ended the partnership."""
    return replace(
        view,
        state=RequestState.CANCELLED,
        over_at=NOW,
        over_by="Dana Diaz",
        parted_by=view.deciding,
        note="The contract is over.",
    )


def unasked(size: Size) -> Iterator[tuple[str, RequestView]]:
    """Return the invitations whose receiving side was not asked to accept them, and why."""
    invitation = next(kind for kind, rules in RULES.items() if rules.may_stand)
    for state, how in _UNASKED.items():
        yield state, sizes.request(size, RequestState.APPROVED, kind=invitation, **how)


def _digests() -> Exhibits:
    def waiting(size: Size, number: int) -> RequestView:
        return sizes.request(size, id=f"50000000000{number:04}", ref=sizes.numbered_ref(number, size))

    many = [waiting(Size.LARGEST, number) for number in range(_MOST_IN_A_DIGEST)]
    usual = [waiting(Size.USUAL, number) for number in range(len(RequestState))]

    def in_each_state(kind: RequestKind) -> list[RequestView]:
        return [
            sizes.request(Size.USUAL, state, kind=kind, id=view.id, ref=view.ref)
            for state, view in zip(RequestState, usual, strict=True)
        ]

    over = in_each_state(DEFAULT_KIND)
    until = usual[0].expires_at
    snoozed = [
        DigestItemView(request=usual[0], snoozed_until=NOW + timedelta(days=1)),
        DigestItemView(request=usual[1], snoozed_until=until),
    ]
    unable = replace(usual[0].deciding, verified=False)
    for_another = DigestItemView(request=usual[0], snoozed_until=None, instead_of="Ben Birk")
    days = [
        replace(view, created_at=NOW - timedelta(days=age))
        for view, age in zip(usual, (0, 1, 3), strict=False)
    ]
    shown: list[tuple[str, Size, list[RequestView] | list[DigestItemView]]] = [
        ("one waits", Size.SMALLEST, [waiting(Size.SMALLEST, 1)]),
        ("some wait", Size.USUAL, days),
        ("ten wait", Size.LARGEST, many),
        ("snoozed", Size.USUAL, snoozed),
        ("for somebody who is away", Size.USUAL, [for_another]),
        ("nobody can decide now", Size.USUAL, [replace(usual[0], deciding=unable)]),
        *((f"{words_of(kind)} in each state", Size.USUAL, in_each_state(kind)) for kind in RULES),
        *(
            (f"{words_of(kind)} undone, and given in part", Size.USUAL, _taken_back(kind))
            for kind, rules in RULES.items()
            if rules.may_undo
        ),
        ("a partnership was ended", Size.USUAL, [as_parted(usual[0])]),
        *((state, Size.USUAL, [view]) for state, view in unasked(Size.USUAL)),
        *_questions(),
        ("nothing waits any more", Size.USUAL, [one for one in over if not one.state.is_open]),
    ]
    for state, size, held in shown:
        yield _digest(state, records.digest(*held), size=size)
    yield _digest("not at Meta", records.digest(*days, failed=2, stuck=1), size=Size.USUAL)


def _digest(state: str, view: DigestView, *, size: Size) -> Exhibit:
    return Exhibit(
        part=Part.DIGEST,
        title="Digest",
        state=state,
        audience=READERS[Audience.DIGEST],
        size=size,
        shown=digest_card(view, now=NOW + LATER),
    )


def _questions() -> Iterator[tuple[str, Size, list[RequestView] | list[DigestItemView]]]:
    """Return the digests that ask whether access works, and what became of that."""

    def asked(size: Size, *, works: bool | None = None, goes_on: bool = True) -> DigestItemView:
        view = sizes.request(size, RequestState.APPROVED)
        said = None if works is None else records.works(view, works=works)
        return DigestItemView(
            request=replace(view, works=said),
            snoozed_until=None,
            is_question=True,
            since=view.over_at if goes_on else None,
        )

    for size in Size:
        yield "asks whether it works", size, [asked(size)]
    waits = DigestItemView(request=sizes.request(Size.USUAL), snoozed_until=None)
    yield "one waits, and a question", Size.USUAL, [waits, asked(Size.USUAL)]
    approved = replace(waits.request, approvals=1, required_approvals=2, approved_by_reader=True)
    yield "one waits for others to approve", Size.USUAL, [replace(waits, request=approved)]
    yield "asks for somebody who is away", Size.USUAL, [replace(asked(Size.USUAL), instead_of="Sofia Sand")]
    yield "ten questions", Size.LARGEST, [asked(Size.LARGEST)] * _MOST_IN_A_DIGEST
    yield "asks again", Size.USUAL, [asked(Size.USUAL, works=False)]
    yield "it works", Size.USUAL, [asked(Size.USUAL, works=True)]
    yield "asked about what is over", Size.USUAL, [asked(Size.USUAL, goes_on=False)]


def _taken_back(kind: RequestKind) -> list[RequestView]:
    given = sizes.request(Size.USUAL, RequestState.APPROVED, kind=kind)
    less = replace(given.items[0], requested=GENERAL, given=REPORTING)
    return [
        replace(given, undone_at=NOW, undone_by="Max Maple"),
        replace(given, id="500000000000099", items=(less, *given.items[1:])),
    ]
