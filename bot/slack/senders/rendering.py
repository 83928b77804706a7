"""What a delivery says: the message as the record is now, read in one transaction and rendered after it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from bot.domain.contracts import Phase
from bot.domain.grants import GrantState
from bot.domain.messages import (
    About,
    Audience,
    EffectKind,
    Notice,
    read_about,
    read_importing,
    read_standing_in,
)
from bot.domain.reviews import ReviewState
from bot.services import (
    connections,
    directory,
    directory_file,
    drift,
    grants,
    nudges,
    partnerships,
    readers,
    requests,
    reviews,
    settings,
)
from bot.services.context import Context, act
from bot.services.delivery import (
    Delivery,
    Target,
)
from bot.services.views.access import ConnectionTold, GrantView, HeldAfter, ImportTold, PeopleTold
from bot.services.views.businesses import ContractView, LooseningView, StandInTold, StatusView, VerifiedTold
from bot.services.views.requests import CreationView, DigestView, DraftView, FindingView, RequestView
from bot.services.views.reviews import QuestionView, ReviewView
from bot.services.views.weeks import WeekView
from bot.slack import cards
from bot.slack.kit import Message

if TYPE_CHECKING:
    from bot.store.database import Database


# --- what a message shows ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shown:
    """A message, the version of the record that it shows, and whether nothing is left to do about it."""

    message: Message
    version: int = 0
    is_over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ending:
    """A grant that ends, the newest request to extend it, and what its holder has then by other grants.

    `further` is the newest request to extend what that extension gave, `others` are the assets to which its
    request gave access that ends with it.
    """

    grant: GrantView
    extension: RequestView | None
    further: RequestView | None
    after: HeldAfter | None
    others: Sequence[str]


async def render(database: Database, delivery: Delivery, target: Target, *, now: datetime) -> Shown:
    """Return what the message of a delivery shows now: a card, or the line of a notice.

    Somebody who gets it because they stand in for others is told for whom.
    """
    read: _Read = await database.read(act, _read, delivery, target, now=now)
    shown = _shown(read, delivery, target, now=now)
    return replace(shown, message=cards.for_whom(shown.message, read.instead_of))


def _shown(read: _Read, delivery: Delivery, target: Target, *, now: datetime) -> Shown:
    audience, view, trimmed = target.audience, read.view, read.trimmed
    match view:
        case _Shortened():
            return Shown(cards.shortened_notice(view.grants, after=view.after))
        case _Ended() | _Parted() | _Passed():
            about = read_about(delivery.about)
            said = _of_grants(view, about, for_owner=audience is Audience.APPROVERS, trimmed=trimmed)
            return Shown(said, is_over=_is_past(view, about.notice))
        case (
            StatusView()
            | VerifiedTold()
            | ConnectionTold()
            | ImportTold()
            | PeopleTold()
            | LooseningView()
            | FindingView()
            | StandInTold()
            | WeekView()
            | ReviewView()
            | QuestionView()
        ):
            return _by_itself(view, _about(delivery))
        case ContractView():
            what = read_about(delivery.about).notice
            return Shown(cards.contract_notice(view, what), is_over=_is_past(view, what))
        case DigestView():
            return Shown(cards.digest_card(view, now=now))
        case _Ending(grant=grant):
            message = cards.ending_card(
                grant,
                now=now,
                extension=view.extension,
                further=view.further,
                after=view.after,
                others=view.others,
            )
            return Shown(message, grant.version, is_over=grant.state is not GrantState.ACTIVE)
        case CreationView() if delivery.kind is EffectKind.POST_NOTICE:
            return Shown(cards.creation_notice(read_about(delivery.about).notice, view))
        case CreationView():
            return Shown(cards.creation_card(view, audience=audience), view.version)
        case _ if delivery.kind is EffectKind.POST_NOTICE:
            about = read_about(delivery.about)
            said = cards.notice(about, view, audience=audience, trimmed=trimmed, with_it=read.with_it)
            return Shown(said)
        case RequestView():
            is_over = audience is Audience.EXPIRY and not view.state.is_open
            message = cards.request_card(view, audience=audience, now=now)
            return Shown(message, view.version, is_over=is_over)
        case DraftView():
            return Shown(cards.draft_card(view, audience=audience, now=now), view.version)


def _of_grants(
    view: _Ended | _Parted | _Passed, about: About, *, for_owner: bool, trimmed: Sequence[str]
) -> Message:
    if isinstance(view, _Ended):
        return cards.ended_notice(view.grants, goes_on=view.goes_on, for_owner=for_owner, trimmed=trimmed)
    if isinstance(view, _Parted):
        return cards.parted_notice(about, view.grant)
    return _OF_PASSED[about.notice](view.grants, for_owner=for_owner)


def _by_itself(view: _OfOneKind, about: About | None) -> Shown:
    said = _TOLD_BY_ITSELF.get(type(view)) if about is not None else None
    is_over = about is not None and _is_past(view, about.notice)
    if said is not None and about is not None:
        return Shown(said(about.notice, view), is_over=is_over)
    version = view.version if isinstance(view, FindingView | ReviewView | QuestionView) else 0
    return Shown(_BY_ITSELF[type(view)](view), version, is_over=is_over)


def _is_past(view: _View, what: Notice) -> bool:
    """Say whether a notice comes too late: what it would tell is not so any more."""
    match view:
        case WeekView():
            return view.is_past or view.is_empty
        case ConnectionTold():
            return not view.is_connected
        case ContractView() if what in {Notice.CONTRACT_SET, Notice.CONTRACT_ENDS}:
            return view.phase is not Phase.RUNS
        case ContractView() if what is Notice.CONTRACT_ENDED:
            return view.phase is Phase.CLOSED
        case ReviewView() if what is Notice.REVIEW:
            return view.state is ReviewState.CLOSED
        case QuestionView():
            return not view.is_open
        case _Passed() if what is Notice.STUCK:
            return all(one.state is not GrantState.STUCK for one in view.grants)
        case _:
            return False


_BY_ITSELF: Mapping[type, Callable[[Any], Message]] = {
    StatusView: cards.status_notice,
    VerifiedTold: cards.verification_notice,
    ConnectionTold: cards.connection_notice,
    ImportTold: cards.import_notice,
    StandInTold: cards.stand_in_notice,
    PeopleTold: cards.people_notice,
    WeekView: cards.week_notice,
    LooseningView: cards.loosening_card,
    FindingView: cards.finding_card,
    ReviewView: cards.review_card,
    QuestionView: cards.question_card,
}
"""Messages that show all there is in the same way to each of their readers."""

_TOLD_BY_ITSELF: Mapping[type, Callable[[Notice, Any], Message]] = {
    ReviewView: cards.review_notice,
    QuestionView: cards.question_notice,
}
"""What is said about these beside their cards."""

_OF_PASSED = {
    Notice.PASSED: cards.passed_notice,
    Notice.WORKS: cards.passed_works_notice,
    Notice.STUCK: cards.stuck_notice,
}
"""What is said of grants that are not over; of a request by itself, its own notice."""

_OVER = frozenset({Notice.ENDED, Notice.UNDONE})
_OF_ITSELF = frozenset({Notice.ENDED, Notice.PARTED})
"""What may be told of a grant by itself, and not of its request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ended:
    """Grants that ended together, and to how many of their assets other access goes on."""

    grants: tuple[GrantView, ...]
    goes_on: int


@dataclass(frozen=True, slots=True)
class _Parted:
    """Access that ended with a partnership, on an asset that has another owner than gave it."""

    grant: GrantView


@dataclass(frozen=True, slots=True)
class _Passed:
    """Grants that go on: under another owner, or as they could not be taken away."""

    grants: tuple[GrantView, ...]


@dataclass(frozen=True, slots=True)
class _Shortened:
    """Grants that end sooner, and by their ids what their holders have then of the like by others."""

    grants: tuple[GrantView, ...]
    after: Mapping[str, HeldAfter]


_Standing = DigestView | LooseningView | FindingView | ReviewView | QuestionView
_OfPartners = (
    ContractView
    | StatusView
    | VerifiedTold
    | ConnectionTold
    | ImportTold
    | PeopleTold
    | StandInTold
    | WeekView
)
_OfOneKind = (
    StatusView
    | VerifiedTold
    | ConnectionTold
    | ImportTold
    | PeopleTold
    | LooseningView
    | FindingView
    | ReviewView
    | QuestionView
    | StandInTold
    | WeekView
)
_View = (
    RequestView
    | DraftView
    | CreationView
    | FindingView
    | _Standing
    | _OfPartners
    | _Ending
    | _Ended
    | _Parted
    | _Passed
    | _Shortened
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What the record says for one message.

    `trimmed` and `with_it`: see the functions; `instead_of` are those for whom its reader stands in.
    """

    view: _View
    trimmed: tuple[str, ...]
    with_it: tuple[RequestView, ...]
    instead_of: tuple[str, ...]


def _read(ctx: Context, delivery: Delivery, target: Target) -> _Read:
    subject_id, audience, about = target.subject_id, target.audience, _about(delivery)
    return _Read(
        view=_view_of(ctx, subject_id, audience=audience, about=about),
        with_it=_with_it(ctx, about, audience),
        trimmed=_trimmed(ctx, subject_id, audience=audience, delivery=delivery),
        instead_of=readers.instead_of(ctx, subject_id, audience, target.place),
    )


def _about(delivery: Delivery) -> About | None:
    """Return what a notice is about; None for a card."""
    return read_about(delivery.about) if delivery.kind is EffectKind.POST_NOTICE else None


def _trimmed(ctx: Context, subject_id: str, *, audience: Audience, delivery: Delivery) -> tuple[str, ...]:
    """Return the reader's own people who could do more with the access that a notice says is over."""
    if delivery.kind is not EffectKind.POST_NOTICE:
        return ()
    about, subject = read_about(delivery.about), readers.find_subject(ctx.tx, subject_id)
    own = subject.business_of(audience) if subject else None
    if subject is None or own is None or about.notice not in _OVER:
        return ()
    ended = about.details
    if about.notice is Notice.UNDONE or not ended:
        of_requests = (subject.request_id, *ended)
        given = (grants.grants_of_request(ctx.tx, one).values() for one in of_requests)
        ended = tuple(view.id for views in given for view in views)
    return grants.trimmed_with(ctx.tx, ended, business_id=own)


def _with_it(ctx: Context, about: About | None, audience: Audience) -> tuple[RequestView, ...]:
    """Return the extensions that are over with an approval that was undone."""
    if about is None or about.notice is not Notice.UNDONE:
        return ()
    return tuple(requests.request_card(ctx, one, side=audience.side) for one in about.details)


def _grants_of(ctx: Context, grant_ids: Sequence[str]) -> tuple[GrantView, ...]:
    found = (grants.grant_view(ctx.tx, one) for one in grant_ids)
    return tuple(view for view in found if view is not None)


def _ended(ctx: Context, grant_ids: Sequence[str]) -> _Ended:
    found = _grants_of(ctx, grant_ids)
    pairs = {(one.asset_id, one.holder.id) for one in found}
    left = {
        asset_id
        for asset_id, holder_id in pairs
        if grants.holds_any(ctx.tx, asset_id=asset_id, holder_id=holder_id, at=ctx.now)
    }
    return _Ended(grants=found, goes_on=len(left))


def _shortened(ctx: Context, grant_ids: Sequence[str]) -> _Shortened:
    found = _grants_of(ctx, grant_ids)
    after = {one.id: held for one in found if (held := grants.held_after(ctx, one)) is not None}
    return _Shortened(found, after)


def _about_grants(
    ctx: Context, subject_id: str, about: About
) -> _Ended | _Parted | _Passed | _Shortened | None:
    """Return the grants that a notice is about; None if what it says is said of their request."""
    if about.notice is Notice.SHORTENED:
        return _shortened(ctx, about.details)
    if about.notice is Notice.STUCK:
        found = _grants_of(ctx, about.details or (subject_id,))
        stuck = tuple(one for one in found if one.state is GrantState.STUCK)
        return _Passed(stuck or found)
    if about.notice in _OF_PASSED and about.details:
        return _Passed(_grants_of(ctx, about.details))
    if about.notice is Notice.ENDED and len(about.details) > 1:  # of one its request says more
        return _ended(ctx, about.details)
    grant = grants.grant_view(ctx.tx, subject_id) if about.notice in _OF_ITSELF else None
    if grant is None:
        return None
    return _Parted(grant) if about.notice is Notice.PARTED else _ended(ctx, [subject_id])


def _view_of(ctx: Context, subject_id: str, *, audience: Audience, about: About | None) -> _View:
    of_grants = None if about is None else _about_grants(ctx, subject_id, about)
    if of_grants is not None:
        return of_grants
    if readers.OF_PARTNERS in subject_id:
        return _of_partners(ctx, subject_id, about)
    if audience is Audience.DIGEST:
        return nudges.digest_card(ctx, subject_id)
    if audience is Audience.ENDING:
        grant = grants.grant_view(ctx.tx, subject_id)
        if grant is None:
            raise KeyError(subject_id)
        extension = requests.extension_of(ctx, subject_id)
        longer = None if extension is None else extension.items[0].grant
        return _Ending(
            grant=grant,
            extension=extension,
            further=None if longer is None else requests.extension_of(ctx, longer.id),
            after=grants.held_after(ctx, grant),
            others=grants.ends_together(ctx, grant),
        )
    try:
        return requests.request_card(ctx, subject_id, side=audience.side)
    except KeyError:
        pass
    for other in (
        requests.draft_card,
        directory.creation_card,
        drift.finding_card,
        reviews.review_card,
        reviews.question_card,
    ):
        try:
            return other(ctx, subject_id)
        except KeyError:
            pass
    return settings.loosening_card(ctx, subject_id)


def _of_partners(ctx: Context, subject_id: str, about: About | None) -> _OfPartners:
    own_id, _, other_id = subject_id.partition(readers.OF_PARTNERS)
    read = _ABOUT_PARTNERS.get(about.notice, _contract) if about is not None else _contract
    view = read(ctx, own_id, other_id, about.details if about is not None else ())
    if view is None:
        raise KeyError(subject_id)
    return view


def _contract(ctx: Context, own_id: str, other_id: str, _: tuple[str, ...]) -> ContractView | None:
    return partnerships.contract_between(ctx, business_id=own_id, other_id=other_id)


_ABOUT_PARTNERS: Mapping[Notice, Callable[[Context, str, str, tuple[str, ...]], _OfPartners | None]] = {
    Notice.STATUS: lambda ctx, own, other, _: partnerships.status_between(
        ctx, business_id=own, other_id=other
    ),
    Notice.VERIFICATION: lambda ctx, own, *_: directory.verified_told(ctx, own),
    Notice.CONNECTION: lambda ctx, own, *_: connections.connection_told(ctx, own),
    Notice.WEEK: lambda ctx, own, _, details: nudges.week_told(ctx, own, date.fromisoformat(details[0])),
    Notice.PEOPLE: lambda ctx, own, *_: grants.people_told(ctx, own),
    Notice.IMPORTED: lambda ctx, own, _, details: directory_file.import_told(
        ctx, own, read_importing(details[0])
    ),
    Notice.STANDS_IN: lambda ctx, own, _, details: settings.stand_in_told(
        ctx, own, read_standing_in(details[0]), is_over=False
    ),
    Notice.STOOD_IN: lambda ctx, own, _, details: settings.stand_in_told(
        ctx, own, read_standing_in(details[0]), is_over=True
    ),
}
"""What is told of two businesses, or of one alone, where it is not their contract."""
