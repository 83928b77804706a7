"""What somebody gets to see: the record read in one transaction, and shown.

Each is a query for `Database.read`, so that a form or a list shows one consistent state.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from bot.domain.assets import Kind
from bot.domain.grants import GrantState
from bot.domain.messages import Audience
from bot.domain.policy import Actor, DenialReason
from bot.domain.requests import DraftState, NewItem, NewRequest, RequestState, Term
from bot.services import home as homes
from bot.services.directory import businesses as directory
from bot.services.grants import lifecycle as grants
from bot.services.grants.lifecycle import Direction
from bot.services.requests import moves as requests
from bot.services.requests import views as cards
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
    from bot.store.tx import Tx

_ROWS = 10
_USUAL_TERM = Term.for_days(30)


# --- what was typed -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """A request to take back, and why."""

    request_id: str
    note: str


def typed(tx: Tx, text: str, *, by: Actor, now: datetime) -> Message | View | Denied | NewRequest | Cancel:
    """Return what the words of a command come to: what there is to show, or what is to be done."""
    words = phrases.read_words(text, zone=directory.me(tx, by).zone, now=now)
    match words:
        case Overview():
            return _overview(tx, by=by, now=now)
        case HelpFor():
            return lists.help_message(words.word)
        case PendingWords():
            return pending(tx, by=by, now=now)
        case ListWords():
            return _first_page(tx, words.which, by=by, now=now)
        case RequestWords():
            return _typed_request(tx, words, by=by)
        case CancelWords():
            return _typed_cancel(tx, words, by=by, now=now)
        case RevokeWords(asset_id=None, other_id=None):
            return end_modal(tx, by=by, now=now)
        case RevokeWords():
            return end_preview(
                tx, by=by, now=now, asset_id=words.asset_id, other_id=words.other_id, note=words.note
            )
        case SettingsWords():
            return _settings_list(tx, by=by)
        case ExtendWords():
            return _typed_extension(tx, words, by=by, now=now)
        case WrongWords():
            return lists.error(words.text)


def _typed_cancel(tx: Tx, words: CancelWords, *, by: Actor, now: datetime) -> Message | Denied | Cancel:
    if not words.ref:
        return pending(tx, by=by, now=now)
    view = cards.find_request_by_ref(tx, words.ref, by=by, now=now)
    if view is None:
        return Denied(reason=DenialReason.UNKNOWN_REQUEST, ref=words.ref)
    return Cancel(request_id=view.id, note=words.note)


# --- lists ----------------------------------------------------------------------------------------


def _overview(tx: Tx, *, by: Actor, now: datetime) -> Message:
    """Return what somebody can do, and what waits for them."""
    return lists.overview(
        directory.me(tx, by),
        waiting=cards.waiting_for(tx, by=by, now=now, limit=_ROWS),
        requested=cards.requested_by(tx, by=by, now=now, limit=_ROWS),
        draft=cards.draft_for(tx, by=by, now=now, limit=_ROWS),
    )


def pending(tx: Tx, *, by: Actor, now: datetime, offset: int = 0) -> Message:
    """Return what waits, on either side."""
    most = lists.PENDING_ROWS
    return lists.pending(
        waiting=cards.waiting_for(tx, by=by, now=now, limit=most, offset=offset),
        requested=cards.requested_by(tx, by=by, now=now, limit=most, offset=offset),
        draft=cards.draft_for(tx, by=by, now=now, limit=most, offset=offset),
        offset=offset,
    )


def _first_page(tx: Tx, which: ListWord, *, by: Actor, now: datetime) -> Message:
    """Return the beginning of a list, of the first of somebody's businesses; the others follow as buttons."""
    own = [one.party for one in directory.me(tx, by).businesses]
    if which is ListWord.PENDING:
        return pending(tx, by=by, now=now)
    if not own:
        return lists.answer(Denied(reason=DenialReason.STRANGER))
    first, *others = own
    return lists.with_others(page(tx, Page(which, first.id, 0), by=by, now=now), which=which, others=others)


def page(tx: Tx, wanted: Page, *, by: Actor, now: datetime) -> Message:
    """Return a page of a list of one of somebody's businesses; of any other, only what waits for them."""
    business = next((one.party for one in directory.me(tx, by).businesses if one.party.id == wanted.of), None)
    if wanted.what == ListWord.PENDING or business is None:
        return pending(tx, by=by, now=now, offset=wanted.offset if wanted.what == ListWord.PENDING else 0)
    if wanted.what == ListWord.ENDING:
        ending = grants.list_ending(
            tx, business_id=business.id, by=by, now=now, limit=lists.PENDING_ROWS, offset=wanted.offset
        )
        return lists.ending_list(ending, business=business, offset=wanted.offset, now=now)
    if wanted.what == ListWord.OWNED:
        owned = grants.list_owned(tx, business_id=business.id, by=by, limit=_ROWS, offset=wanted.offset)
        return lists.assets_list(owned, business=business, offset=wanted.offset)
    direction = Direction.SHARED_WITH_US if wanted.what == ListWord.SHARED else Direction.SHARED_BY_US
    rows = grants.list_grants(
        tx, business_id=business.id, direction=direction, by=by, now=now, limit=_ROWS, offset=wanted.offset
    )
    return lists.grants_list(
        rows, word=ListWord(wanted.what), business=business, offset=wanted.offset, now=now
    )


# --- asking ---------------------------------------------------------------------------------------


def request_modal(tx: Tx, state: ModalState | None, *, by: Actor) -> View:
    """Return the form for asking, as far as it is filled in; an empty one for None."""
    me = directory.me(tx, by)
    state = state or forms.blank_request(me)
    preview = None
    if state.owner_id and state.requesting_id:
        preview = directory.preview(tx, requesting_id=state.requesting_id, owner_id=state.owner_id, by=by)
    return forms.request_modal(state, me=me, preview=preview)


def edit_modal(tx: Tx, draft_id: str, *, by: Actor, now: datetime) -> View | Denied:
    """Return the form for editing a prepared ask."""
    view = cards.find_draft(tx, draft_id, by=by, now=now)
    if view is None:
        return Denied(reason=DenialReason.UNKNOWN_DRAFT)
    if view.state is not DraftState.WAITING:
        return Denied(reason=DenialReason.DRAFT_OVER, ref=view.ref, by=view.over_by, at=view.over_at)
    people = {person: directory.name_of(tx, person) or "" for person in view.ask.people}
    return request_modal(tx, forms.draft_state(view, people=people, zone=directory.me(tx, by).zone), by=by)


def _typed_request(tx: Tx, words: RequestWords, *, by: Actor) -> NewRequest | View | Message:
    """Return the ask that was typed where it is complete, else the form filled with it."""
    me = directory.me(tx, by)
    able = [own for own in me.businesses if own.may_administer is None or own.may_draft]
    if words.is_empty or not able:
        return request_modal(tx, None, by=by)
    items: list[NewItem] = []
    names: dict[str, str] = {}
    owner_id = words.owner_id
    for item in words.items:
        asset = directory.find_asset(tx, item.asset_id) if item.asset_id else None
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
        owner_id=owner_id or "",
        items=tuple(items),
        reason=words.reason,
        term=words.term or _USUAL_TERM,
    )
    # Who acts for several businesses says in the form for which one.
    if words.is_complete and owner_id and len(able) == 1:
        return ask
    known = directory.find_business_row(tx, owner_id) if owner_id else None
    owner = directory.party_of(known) if known else None
    if owner is None and owner_id:
        owner = Party(id=owner_id, name=owner_id, verified=False)
    return request_modal(
        tx, forms.request_state(ask, owner=owner, names=names, people={}, zone=me.zone), by=by
    )


def _guessed(asset_id: str | None) -> Kind:
    return Kind.PAGE if asset_id and asset_id.isdigit() else Kind.AD_ACCOUNT


def again_modal(tx: Tx, request_id: str, *, by: Actor, now: datetime) -> View | Denied:
    """Return the form filled with what was asked before, for the side that asked.

    What would have prolonged access that is still in force is asked for as that.
    """
    view = cards.find_request(tx, request_id, by=by, now=now)
    if view is None or cards.side_of(tx, request_id, by=by) is not cards.Side.REQUESTING:
        return Denied(reason=DenialReason.UNKNOWN_REQUEST)
    if view.extends is not None and view.extends.state is GrantState.ACTIVE:
        return forms.extend_modal(view.extends, reason=view.reason)
    people = {one: directory.name_of(tx, one) or "" for one in requests.people_of(tx, request_id)}
    return request_modal(tx, forms.again_state(view, people=people, zone=directory.me(tx, by).zone), by=by)


# --- keeping access for longer --------------------------------------------------------------------


def extend_modal(
    tx: Tx, grant_id: str, *, by: Actor, days: int | None = None, reason: str = ""
) -> View | Denied:
    """Return the form for asking to keep a grant for longer, for the side that holds it."""
    own = {one.party.id for one in directory.me(tx, by).businesses}
    found = [view for view in grants.find_grants(tx, [grant_id], by=by) if view.holder.id in own]
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


def _typed_extension(tx: Tx, words: ExtendWords, *, by: Actor, now: datetime) -> View | Message:
    """Return the form for the one grant that `/access extend` means, else those to choose from."""
    if words.asset_id is None:
        return _first_page(tx, ListWord.ENDING, by=by, now=now)
    meant = [
        grant
        for own in directory.me(tx, by).businesses
        for grant in grants.list_ending(
            tx, business_id=own.party.id, by=by, now=now, query=words.asset_id
        ).rows
        if grant.asset_id == words.asset_id
    ]
    if not meant:
        return lists.answer(Denied(reason=DenialReason.UNKNOWN_GRANT))
    if len(meant) > 1:
        business = meant[0].holder
        return lists.ending_list(
            Rows(rows=tuple(meant), total=len(meant), more=False), business=business, offset=0, now=now
        )
    return forms.extend_modal(meant[0], days=words.days, reason=words.reason)


# --- settings -------------------------------------------------------------------------------------


def _settings_list(tx: Tx, *, by: Actor) -> Message:
    """Return the settings of the businesses that somebody is an admin of."""
    me = directory.me(tx, by)
    return lists.settings_list(
        me, [homes.settings_of(tx, own.party.id) for own in me.businesses if own.may_administer is None]
    )


def settings_modal(tx: Tx, business_id: str, *, by: Actor) -> View | Denied:
    """Return the form for a business's policy, for its admins."""
    found = _settings(tx, business_id, by=by)
    return found if isinstance(found, Denied) else forms.settings_modal(found)


def members_modal(tx: Tx, business_id: str, *, by: Actor, page: int = 0) -> View | Denied:
    """Return the window of a business's members, for its admins."""
    found = _settings(tx, business_id, by=by)
    return found if isinstance(found, Denied) else forms.members_modal(found, page=page)


def _settings(tx: Tx, business_id: str, *, by: Actor) -> SettingsView | Denied:
    own = next((one for one in directory.me(tx, by).businesses if one.party.id == business_id), None)
    if own is None:
        return Denied(reason=DenialReason.NOT_MEMBER)
    if own.may_administer is not None:
        return Denied(reason=own.may_administer)
    return homes.settings_of(tx, business_id)


# --- one request ----------------------------------------------------------------------------------


def find_open(tx: Tx, request_id: str, *, by: Actor, now: datetime) -> RequestView | Denied:
    """Return a request that can still change, or why there is none for this person."""
    view = cards.find_request(tx, request_id, by=by, now=now)
    if view is None:
        return Denied(reason=DenialReason.UNKNOWN_REQUEST)
    if view.state.is_open:
        return view
    reason = DenialReason.EXPIRED if view.state is RequestState.EXPIRED else DenialReason.ALREADY_OVER
    return Denied(
        reason=reason,
        subject_kind="request",
        subject_id=view.id,
        ref=view.ref,
        state=view.state,
        by=view.over_by,
        at=view.over_at,
    )


def adjust_modal(
    tx: Tx, request_id: str, *, state: AdjustState | None = None, by: Actor, now: datetime
) -> View | Denied:
    """Return the form for giving less than was asked."""
    view = find_open(tx, request_id, by=by, now=now)
    if isinstance(view, Denied):
        return view
    return forms.adjust_modal(view, zone=directory.me(tx, by).zone, state=state)


def details(tx: Tx, request_id: str, *, by: Actor, now: datetime, page: int = 0) -> View | Denied:
    """Return the whole of a request, for a member of either side."""
    view = cards.find_request(tx, request_id, by=by, now=now)
    if view is None:
        return Denied(reason=DenialReason.UNKNOWN_REQUEST)
    own = {one.party.id: one for one in directory.me(tx, by).businesses}
    asks, decides = view.requesting.id in own, own.get(view.deciding.id)
    return forms.details_modal(
        view,
        audience=Audience.REQUESTER if asks else Audience.APPROVERS,
        deciding=not asks and decides is not None and decides.may_administer is None,
        now=now,
        page=page,
    )


def history(tx: Tx, request_id: str, *, by: Actor, now: datetime, page: int = 0) -> View | Denied:
    """Return what happened to a request, for a member of either side."""
    view = cards.find_request(tx, request_id, by=by, now=now)
    if view is None:
        return Denied(reason=DenialReason.UNKNOWN_REQUEST)
    return forms.history_modal(view, cards.history(tx, request_id, by=by), page=page)


def comment_modal(tx: Tx, request_id: str, *, by: Actor, now: datetime) -> View | Denied:
    """Return the form for writing to the other side of a request."""
    view = cards.find_request(tx, request_id, by=by, now=now)
    if view is None:
        return Denied(reason=DenialReason.UNKNOWN_REQUEST)
    asks = cards.side_of(tx, request_id, by=by) is cards.Side.REQUESTING
    return forms.comment_modal(view, audience=Audience.REQUESTER if asks else Audience.APPROVERS)


def said_before(tx: Tx, subject: str | None, *, by: Actor, now: datetime) -> Message:
    """Return the answer to what was handled before, anew from what became of its subject."""
    view = cards.subject_of(tx, subject, by=by, now=now)
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
            admins = len(directory.admins_who_can_decide(tx, view.requesting.id))
            return lists.answer(
                Saved(draft_id=view.id, ref=view.ref, business=view.requesting.name, admins=admins)
            )
        case DraftView(state=DraftState.DROPPED):
            return lists.answer(Dropped(draft_id=view.id, ref=view.ref))
        case DraftView(request_id=str(request_id)):
            return said_before(tx, f"request:{request_id}", by=by, now=now)
        case _:
            return lists.error(texts.replies.DONE_BEFORE)


# --- ending ---------------------------------------------------------------------------------------


def end_modal(tx: Tx, *, by: Actor, now: datetime) -> View | Denied:
    """Return the form for choosing what access to end."""
    if not grants.endable(tx, by=by, now=now, limit=1):
        return Denied(reason=DenialReason.UNKNOWN_GRANT)
    return forms.end_modal()


def end_preview(
    tx: Tx,
    *,
    by: Actor,
    now: datetime,
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
            view.id: view for view in grants.find_grants(tx, [grant for _, grant in choices], by=by)
        }
        found = [(business, by_id[grant]) for business, grant in choices if grant in by_id]
    else:
        found = [
            (business, view)
            for business, view in grants.endable(tx, by=by, now=now, query=asset_id or "")
            if asset_id in (None, view.asset_id)
            and (other_id is None or other_id in {view.owner.id, view.holder.id} - {business})
        ]
    if not found:
        return Denied(reason=DenialReason.UNKNOWN_GRANT)
    return forms.end_preview(found, now=now, note=note)
