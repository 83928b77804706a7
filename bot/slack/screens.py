"""What somebody gets to see: the record read in one transaction, and shown.

Each is a query for `Database.read`, so that a form or a list shows one consistent state.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.assets import Kind
from bot.domain.events import Subject, SubjectKind
from bot.domain.grants import GrantState
from bot.domain.kinds import Side
from bot.domain.messages import Audience
from bot.domain.policy import DenialReason
from bot.domain.requests import DraftState, NewItem, NewRequest, RequestState, Term
from bot.services import approvers, directory, grants, requests, settings
from bot.services.context import Context
from bot.services.grants import Direction
from bot.services.results import (
    Denied,
    DraftView,
    Dropped,
    GrantView,
    Moved,
    Party,
    RequestView,
    Rows,
    Saved,
    SettingsView,
)
from bot.slack import lists
from bot.slack import modals as forms
from bot.slack.ids import ListWord, Page
from bot.slack.kit import Message, View
from bot.slack.modals import AdjustState, ModalState
from bot.slack.text import en as texts
from bot.slack.text import phrases
from bot.slack.text.phrases import (
    CancelWords,
    ExtendWords,
    HelpFor,
    ListWords,
    Overview,
    PendingWords,
    RequestWords,
    RevokeWords,
    SettingsWords,
    WrongWords,
)

if TYPE_CHECKING:
    pass

_ROWS = 10
_USUAL_TERM = Term.for_days(30)


# --- what was typed -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """A request to take back, and why."""

    request_id: str
    note: str


def typed(ctx: Context, text: str) -> Message | View | Denied | NewRequest | Cancel:
    """Return what the words of a command come to: what there is to show, or what is to be done."""
    words = phrases.read_words(text, zone=directory.me(ctx).zone, now=ctx.now)
    match words:
        case Overview():
            return _overview(ctx)
        case HelpFor():
            return lists.help_message(words.word)
        case PendingWords():
            return pending(ctx)
        case ListWords():
            return _first_page(ctx, words.which)
        case RequestWords():
            return _typed_request(ctx, words)
        case CancelWords():
            return _typed_cancel(ctx, words)
        case RevokeWords(asset_id=None, other_id=None):
            return end_modal(ctx)
        case RevokeWords():
            return end_preview(ctx, asset_id=words.asset_id, other_id=words.other_id, note=words.note)
        case SettingsWords():
            return _settings_list(ctx)
        case ExtendWords():
            return _typed_extension(ctx, words)
        case WrongWords():
            return lists.error(words.text)


def _typed_cancel(ctx: Context, words: CancelWords) -> Message | Denied | Cancel:
    if not words.ref:
        return pending(ctx)
    view = requests.find_request_by_ref(ctx, words.ref)
    if view is None:
        return Denied(reason=DenialReason.UNKNOWN_REQUEST, ref=words.ref)
    return Cancel(request_id=view.id, note=words.note)


# --- lists ----------------------------------------------------------------------------------------


def _overview(ctx: Context) -> Message:
    """Return what somebody can do, and what waits for them."""
    return lists.overview(
        directory.me(ctx),
        waiting=requests.waiting_for(ctx, limit=_ROWS),
        requested=requests.requested_by(ctx, limit=_ROWS),
        draft=requests.drafts_for(ctx, limit=_ROWS),
    )


def pending(ctx: Context, *, offset: int = 0) -> Message:
    """Return what waits, on either side."""
    most = lists.PENDING_ROWS
    return lists.pending(
        waiting=requests.waiting_for(ctx, limit=most, offset=offset),
        requested=requests.requested_by(ctx, limit=most, offset=offset),
        draft=requests.drafts_for(ctx, limit=most, offset=offset),
        offset=offset,
    )


def _first_page(ctx: Context, which: ListWord) -> Message:
    """Return the beginning of a list, of the first of somebody's businesses; the others follow as buttons."""
    own = [one.party for one in directory.me(ctx).businesses]
    if which is ListWord.PENDING:
        return pending(ctx)
    if not own:
        return lists.answer(Denied(reason=DenialReason.STRANGER))
    first, *others = own
    return lists.with_others(page(ctx, Page(which, first.id, 0)), which=which, others=others)


def page(ctx: Context, wanted: Page) -> Message:
    """Return a page of a list of one of somebody's businesses; of any other, only what waits for them."""
    business = next((one.party for one in directory.me(ctx).businesses if one.party.id == wanted.of), None)
    if wanted.what == ListWord.PENDING or business is None:
        return pending(ctx, offset=wanted.offset if wanted.what == ListWord.PENDING else 0)
    if wanted.what == ListWord.ENDING:
        ending = grants.list_ending(
            ctx, business_id=business.id, limit=lists.PENDING_ROWS, offset=wanted.offset
        )
        return lists.ending_list(ending, business=business, offset=wanted.offset, now=ctx.now)
    if wanted.what == ListWord.OWNED:
        owned = grants.list_owned(ctx, business_id=business.id, limit=_ROWS, offset=wanted.offset)
        return lists.assets_list(owned, business=business, offset=wanted.offset)
    direction = Direction.SHARED_WITH_US if wanted.what == ListWord.SHARED else Direction.SHARED_BY_US
    rows = grants.list_grants(
        ctx, business_id=business.id, direction=direction, limit=_ROWS, offset=wanted.offset
    )
    return lists.grants_list(
        rows, word=ListWord(wanted.what), business=business, offset=wanted.offset, now=ctx.now
    )


# --- asking ---------------------------------------------------------------------------------------


def request_modal(ctx: Context, state: ModalState | None) -> View:
    """Return the form for asking, as far as it is filled in; an empty one for None."""
    me = directory.me(ctx)
    state = state or forms.blank_request(me)
    preview = None
    if state.owner_id and state.requesting_id:
        preview = requests.preview(ctx, requesting_id=state.requesting_id, owner_id=state.owner_id)
    return forms.request_modal(state, me=me, preview=preview)


def edit_modal(ctx: Context, draft_id: str) -> View | Denied:
    """Return the form for editing a prepared ask."""
    view = requests.find_draft(ctx, draft_id)
    if view is None:
        return Denied(reason=DenialReason.UNKNOWN_DRAFT)
    if view.state is not DraftState.WAITING:
        return Denied(reason=DenialReason.DRAFT_OVER, ref=view.ref, by=view.over_by, at=view.over_at)
    people = {person: directory.name_of(ctx.tx, person) or "" for person in view.ask.people}
    return request_modal(ctx, forms.draft_state(view, people=people, zone=directory.me(ctx).zone))


def _typed_request(ctx: Context, words: RequestWords) -> NewRequest | View | Message:
    """Return the ask that was typed where it is complete, else the form filled with it."""
    me = directory.me(ctx)
    able = [own for own in me.businesses if own.may_administer is None or own.may_draft]
    if words.is_empty or not able:
        return request_modal(ctx, None)
    items: list[NewItem] = []
    names: dict[str, str] = {}
    owner_id = words.owner_id
    for item in words.items:
        asset = directory.find_asset(ctx.tx, item.asset_id) if item.asset_id else None
        kind = asset.kind if asset else item.kind or _guessed(item.asset_id)
        misfit = texts.basics.level_misfit(kind, words.level)
        if misfit:  # no form could show a level that this kind of asset does not have
            return lists.error(misfit)
        items.append(
            NewItem(
                kind=kind,
                # A task that this kind does not have is named as a problem of the ask.
                tasks=words.tasks_for(kind) or words.tasks,
                asset_id=item.asset_id,
                words=item.words,
            )
        )
        if asset is not None:
            names[asset.id] = asset.name
            owner_id = owner_id or (asset.owner.id if asset.owner else None)
    ask = NewRequest(
        requesting_id=able[0].party.id,
        deciding_id=owner_id or "",
        items=tuple(items),
        reason=words.reason,
        term=words.term or _USUAL_TERM,
    )
    # Who acts for several businesses says in the form for which one.
    if words.is_complete and owner_id and len(able) == 1:
        return ask
    known = directory.find_business_row(ctx.tx, owner_id) if owner_id else None
    owner = directory.party_of(known) if known else None
    if owner is None and owner_id:
        owner = Party(id=owner_id, name=owner_id, verified=False)
    return request_modal(ctx, forms.request_state(ask, owner=owner, names=names, people={}, zone=me.zone))


def _guessed(asset_id: str | None) -> Kind:
    return Kind.PAGE if asset_id and asset_id.isdigit() else Kind.AD_ACCOUNT


def again_modal(ctx: Context, request_id: str) -> View | Denied:
    """Return the form filled with what was asked before, for the side that asked.

    What would have prolonged access that is still in force is asked for as that.
    """
    view = requests.find_request(ctx, request_id)
    if view is None or requests.side_of(ctx, request_id) is not Side.REQUESTING:
        return Denied(reason=DenialReason.UNKNOWN_REQUEST)
    if view.extends is not None and view.extends.state is GrantState.ACTIVE:
        return forms.extend_modal(view.extends, reason=view.reason)
    people = {one: directory.name_of(ctx.tx, one) or "" for one in requests.people_of(ctx.tx, request_id)}
    return request_modal(ctx, forms.again_state(view, people=people, zone=directory.me(ctx).zone))


# --- keeping access for longer --------------------------------------------------------------------


def extend_modal(ctx: Context, grant_id: str, *, days: int | None = None, reason: str = "") -> View | Denied:
    """Return the form for asking to keep a grant for longer, for the side that holds it."""
    own = {one.party.id for one in directory.me(ctx).businesses}
    found = [view for view in grants.find_grants(ctx, [grant_id]) if view.holder.id in own]
    if not found:
        return Denied(reason=DenialReason.UNKNOWN_GRANT)
    (grant,) = found
    if grant.state is not GrantState.ACTIVE:
        return Denied(
            reason=DenialReason.GRANT_OVER,
            ref=grant.ref,
            name=grant.asset_name,
            by=grant.ended_by,
            at=grant.ended_at,
        )
    return forms.extend_modal(grant, days=days, reason=reason)


def _typed_extension(ctx: Context, words: ExtendWords) -> View | Message:
    """Return the form for the one grant that `/access extend` means, else those to choose from."""
    if words.asset_id is None:
        return _first_page(ctx, ListWord.ENDING)
    meant = [
        grant
        for own in directory.me(ctx).businesses
        for grant in grants.list_ending(ctx, business_id=own.party.id, query=words.asset_id).rows
        if grant.asset_id == words.asset_id
    ]
    if not meant:
        return lists.answer(Denied(reason=DenialReason.UNKNOWN_GRANT))
    if len(meant) > 1:
        business = meant[0].holder
        return lists.ending_list(
            Rows(rows=tuple(meant), total=len(meant), more=False), business=business, offset=0, now=ctx.now
        )
    return forms.extend_modal(meant[0], days=words.days, reason=words.reason)


# --- settings -------------------------------------------------------------------------------------


def _settings_list(ctx: Context) -> Message:
    """Return the settings of the businesses that somebody is an admin of."""
    me = directory.me(ctx)
    return lists.settings_list(
        me, [settings.settings_of(ctx, own.party.id) for own in me.businesses if own.may_administer is None]
    )


def settings_modal(ctx: Context, business_id: str) -> View | Denied:
    """Return the form for a business's policy, for its admins."""
    found = _settings(ctx, business_id)
    return found if isinstance(found, Denied) else forms.settings_modal(found)


def members_modal(ctx: Context, business_id: str, *, page: int = 0) -> View | Denied:
    """Return the window of a business's members, for its admins."""
    found = _settings(ctx, business_id)
    return found if isinstance(found, Denied) else forms.members_modal(found, page=page)


def _settings(ctx: Context, business_id: str) -> SettingsView | Denied:
    own = next((one for one in directory.me(ctx).businesses if one.party.id == business_id), None)
    if own is None:
        return Denied(reason=DenialReason.NOT_MEMBER)
    if own.may_administer is not None:
        return Denied(reason=own.may_administer)
    return settings.settings_of(ctx, business_id)


# --- one request ----------------------------------------------------------------------------------


def find_open(ctx: Context, request_id: str) -> RequestView | Denied:
    """Return a request that can still change, or why there is none for this person."""
    view = requests.find_request(ctx, request_id)
    if view is None:
        return Denied(reason=DenialReason.UNKNOWN_REQUEST)
    if view.state.is_open:
        return view
    reason = DenialReason.EXPIRED if view.state is RequestState.EXPIRED else DenialReason.ALREADY_OVER
    return Denied(
        reason=reason,
        about=Subject(SubjectKind.REQUEST, view.id),
        ref=view.ref,
        state=view.state,
        by=view.over_by,
        at=view.over_at,
    )


def adjust_modal(ctx: Context, request_id: str, *, state: AdjustState | None = None) -> View | Denied:
    """Return the form for giving less than was asked."""
    view = find_open(ctx, request_id)
    if isinstance(view, Denied):
        return view
    return forms.adjust_modal(view, zone=directory.me(ctx).zone, state=state)


def details(ctx: Context, request_id: str, *, page: int = 0) -> View | Denied:
    """Return the whole of a request, for a member of either side."""
    view = requests.find_request(ctx, request_id)
    if view is None:
        return Denied(reason=DenialReason.UNKNOWN_REQUEST)
    own = {one.party.id: one for one in directory.me(ctx).businesses}
    asks, decides = view.requesting.id in own, own.get(view.deciding.id)
    return forms.details_modal(
        view,
        audience=Audience.REQUESTER if asks else Audience.APPROVERS,
        deciding=not asks and decides is not None and decides.may_administer is None,
        now=ctx.now,
        page=page,
    )


def history(ctx: Context, request_id: str, *, page: int = 0) -> View | Denied:
    """Return what happened to a request, for a member of either side."""
    view = requests.find_request(ctx, request_id)
    if view is None:
        return Denied(reason=DenialReason.UNKNOWN_REQUEST)
    return forms.history_modal(view, requests.history(ctx, request_id), page=page)


def comment_modal(ctx: Context, request_id: str) -> View | Denied:
    """Return the form for writing to the other side of a request."""
    view = requests.find_request(ctx, request_id)
    if view is None:
        return Denied(reason=DenialReason.UNKNOWN_REQUEST)
    asks = requests.side_of(ctx, request_id) is Side.REQUESTING
    return forms.comment_modal(view, audience=Audience.REQUESTER if asks else Audience.APPROVERS)


def said_before(ctx: Context, subject: str | None) -> Message:
    """Return the answer to what was handled before, anew from what became of its subject."""
    view = requests.subject_of(ctx, subject)
    match view:
        case RequestView():
            return lists.answer(
                Moved(
                    request_id=view.id,
                    ref=view.ref,
                    state=view.state,
                    version=view.version,
                    approvals=view.approvals,
                    required_approvals=view.required_approvals,
                )
            )
        case DraftView(state=DraftState.WAITING):
            admins = len(approvers.admins(ctx.tx, view.requesting.id))
            return lists.answer(
                Saved(draft_id=view.id, ref=view.ref, business=view.requesting.name, admins=admins)
            )
        case DraftView(state=DraftState.DROPPED):
            return lists.answer(Dropped(draft_id=view.id, ref=view.ref))
        case DraftView(request_id=str(request_id)):
            return said_before(ctx, f"request:{request_id}")
        case _:
            return lists.error(texts.replies.DONE_BEFORE)


# --- ending ---------------------------------------------------------------------------------------


def end_modal(ctx: Context) -> View | Denied:
    """Return the form for choosing what access to end."""
    if not grants.endable(ctx, limit=1):
        return Denied(reason=DenialReason.UNKNOWN_GRANT)
    return forms.end_modal()


def end_preview(
    ctx: Context,
    *,
    choices: Sequence[tuple[str, str]] = (),
    asset_id: str | None = None,
    other_id: str | None = None,
    note: str = "",
) -> View | Denied:
    """Return what would end: the grants chosen, or those of an asset (and of one other business).

    `note` is why, as far as it was said already.
    """
    if choices:
        by_id: Mapping[str, GrantView] = {
            view.id: view for view in grants.find_grants(ctx, [grant for _, grant in choices])
        }
        found = [(business, by_id[grant]) for business, grant in choices if grant in by_id]
    else:
        found = [
            (business, view)
            for business, view in grants.endable(ctx, query=asset_id or "")
            if asset_id in (None, view.asset_id)
            and (other_id is None or other_id in {view.owner.id, view.holder.id} - {business})
        ]
    if not found:
        return Denied(reason=DenialReason.UNKNOWN_GRANT)
    return forms.end_preview(found, now=ctx.now, note=note)
