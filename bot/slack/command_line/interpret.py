"""What a command comes to: something to show, or something to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.domain.assets import find_level
from bot.domain.creating import CREATABLE, NewAsset
from bot.domain.denials import DenialReason
from bot.domain.grants import Named
from bot.domain.limits import MOST_BUNDLES
from bot.domain.naming import TypedAsset, read_name
from bot.domain.requests import NewRequest
from bot.domain.typed import folded
from bot.services import directory, grants, requests, reviews
from bot.services.context import Context
from bot.services.results import Denied
from bot.services.views.access import GrantView
from bot.services.views.parties import AssetChoice, Party, Rows
from bot.slack import lists, mistyped, modals, replies, screens
from bot.slack.command_line.listing import first_page
from bot.slack.command_line.meant import Assign, Begun, Cancel, Fund, Review, Stand
from bot.slack.command_line.overview import help_message, overview
from bot.slack.command_line.own import of_an_own_business
from bot.slack.command_line.parse import parse
from bot.slack.command_line.partners import of_a_partner
from bot.slack.command_line.requesting import assets_called, fixed_term, typed_request
from bot.slack.command_line.words import (
    AgainWords,
    AuditWords,
    AwayWords,
    BundleWords,
    CancelWords,
    ConnectWords,
    CreateWords,
    DeclineWords,
    ExtendWords,
    FundWords,
    HelpFor,
    ImportWords,
    ListWords,
    OffboardWords,
    Overview,
    PartnerWords,
    PendingWords,
    PeopleWords,
    ReportWords,
    RequestWords,
    ReviewWords,
    RevokeWords,
    SettingsWords,
    SetupWords,
    ShowWords,
    StandingWords,
    Step,
    TokenWords,
    WrongWords,
)
from bot.slack.ids import ListWord
from bot.slack.kit import Message, View
from bot.slack.lines import line, short, short_named
from bot.slack.text import en as texts
from bot.slack.values import Seat

_LONGEST_NAME = 60


def interpret(
    ctx: Context, text: str
) -> Message | View | Denied | NewRequest | Cancel | Assign | NewAsset | Fund | Stand | Review | Begun:
    """Return what a command comes to: what there is to show, or what is to be done."""
    me = directory.me(ctx)
    words = parse(text, zone=me.zone, now=ctx.now, is_business=lambda one: _is_business(ctx, one))
    match words:
        case Overview() | HelpFor() | PendingWords() | ListWords() | SettingsWords():
            return _to_read(ctx, words)
        case PartnerWords() | OffboardWords() | StandingWords():
            return of_a_partner(ctx, words, typed=text)
        case RequestWords() | BundleWords() | AgainWords():
            return _asked(ctx, words, typed=text)
        case CancelWords() | DeclineWords() | ShowWords():
            return _of_one_request(ctx, words)
        case RevokeWords():
            return _typed_end(ctx, words, typed=text)
        case PeopleWords():
            return _people(ctx, words, typed=text)
        case CreateWords():
            return _create(ctx, words)
        case FundWords():
            return _fund(ctx, words)
        case (
            TokenWords()
            | ConnectWords()
            | ImportWords()
            | SetupWords()
            | ReviewWords()
            | AwayWords()
            | ReportWords()
            | AuditWords()
        ):
            return of_an_own_business(ctx, words, typed=text)
        case ExtendWords():
            return _typed_extension(ctx, words, typed=text)
        case WrongWords():
            return mistyped.wrong(words.said, typed=text)


def _asked(
    ctx: Context, words: RequestWords | BundleWords | AgainWords, *, typed: str
) -> NewRequest | View | Message | Denied:
    """Return the request that was typed or its form; of a bundle, the form, or those that may be meant."""
    if isinstance(words, RequestWords):
        return typed_request(ctx, words, typed=typed)
    if isinstance(words, AgainWords):
        return _again(ctx, words)
    own = [one.party.id for one in directory.me(ctx).businesses]
    found = [
        bundle
        for one in own
        for bundle in requests.list_bundles(ctx, business_id=one, limit=MOST_BUNDLES, query=words.name).rows
    ]
    called = [one for one in found if folded(one.name) == folded(words.name)] or found
    if words.name and len(called) == 1:
        return screens.start_modal(ctx, called[0].request.id, reason=words.reason)
    return first_page(ctx, ListWord.BUNDLES, query=words.name)


def _again(ctx: Context, words: AgainWords) -> View | Denied:
    """Return the form filled with an earlier request; empty where they have asked for nothing yet."""
    if words.ref is not None:
        view = requests.find_request_by_ref(ctx, words.ref)
        return screens.again_modal(ctx, view.id) if view else Denied(reason=DenialReason.UNKNOWN_REQUEST)
    last = requests.last_over(ctx, words.kind)
    return screens.new_request_modal(ctx, words.kind) if last is None else screens.again_modal(ctx, last)


def _to_read(ctx: Context, words: Overview | HelpFor | PendingWords | ListWords | SettingsWords) -> Message:
    """Return a message that was asked for."""
    match words:
        case Overview():
            return _overview(ctx)
        case HelpFor():
            return help_message(words.word, unknown=words.unknown)
        case PendingWords():
            return first_page(ctx, ListWord.PENDING)
        case ListWords():
            return first_page(ctx, words.which, query=words.query)
        case SettingsWords():
            return screens.own_settings(ctx)


def _is_business(ctx: Context, typed: str) -> bool:
    """Say whether there is a business with this ID, or one of this name that the person may know."""
    return ctx.business_row(typed) is not None or bool(_businesses_called(ctx, typed))


def _businesses_called(ctx: Context, name: str) -> dict[str, Party]:
    return {
        one.id: one
        for own in directory.me(ctx).businesses
        for one in directory.find_called_owners(ctx, read_name(name), requesting_id=own.party.id)
    }


def _typed_end(ctx: Context, words: RevokeWords, *, typed: str) -> View | Message | Denied:
    """Return the form for choosing what to end, or what would end of all that was named."""
    if words == RevokeWords(note=words.note):
        return screens.end_modal(ctx)
    other_id = words.other_id
    if words.other_name is not None:
        called = _businesses_called(ctx, words.other_name)
        if len(called) != 1:
            names = [short_named(one.name, one.id, _LONGEST_NAME) for one in called.values()]
            return _which(words.other_name, names, none=texts.command_line.NOT_AN_OWNER, typed=typed)
        (other_id,) = called
    if words.ref is not None:
        given = requests.find_request_by_ref(ctx, words.ref)
        # Of a request that is not theirs, as of one that gave nothing: there is no such access.
        which = Named(request_id=given.id if given else words.ref, other_id=other_id)
        return screens.end_named_modal(ctx, which, note=words.note)
    asset_id = _asset_id(ctx, words.asset)
    if words.name is not None:
        assets = _assets_called(ctx, words.name, other_id=other_id, with_own=True)
        partners = [] if assets or other_id else [*_businesses_called(ctx, words.name)]
        if len(partners) == 1:
            return screens.end_named_modal(ctx, Named(other_id=partners[0]), note=words.note)
        if len(assets) != 1:
            return _which_asset(words.name, assets, typed=typed)
        asset_id = assets[0].id
    return screens.end_named_modal(ctx, Named(asset_id=asset_id, other_id=other_id), note=words.note)


def _assets_called(
    ctx: Context, name: str, *, other_id: str | None = None, with_own: bool = False
) -> list[AssetChoice]:
    """Return the assets of this name: of others or of the one other, and one's own where these count."""
    found: dict[str, AssetChoice] = {}
    for own in directory.me(ctx).businesses:
        for owner_id in (other_id or "", *([own.party.id] if with_own else [])):
            assets = assets_called(ctx, name, requesting_id=own.party.id, owner_id=owner_id)
            found.update((one.id, one) for one in assets)
    return list(found.values())


def _which_asset(name: str, assets: Sequence[AssetChoice], *, typed: str) -> Message:
    names = [short_named(one.name, one.id, _LONGEST_NAME) for one in assets]
    return _which(name, names, none=texts.command_line.NO_ASSET_CALLED, typed=typed)


def _which(name: str, found: Sequence[str], *, none: str, typed: str) -> Message:
    """Return that nothing is called so, or what is, to be named by its ID."""
    template = texts.command_line.WHICH if found else none
    text, names = short(name, _LONGEST_NAME), texts.basics.listed(found)
    return mistyped.wrong(line(template, text=text, found=names), typed=typed)


def _asset_id(ctx: Context, named: TypedAsset | None) -> str | None:
    """Return the id of the asset that was named: the one that the record has, else the likeliest."""
    if named is None:
        return None
    known = directory.find_named(ctx.tx, named)
    return known[0].id if known else named.ids[0]


def _of_one_request(
    ctx: Context, words: CancelWords | DeclineWords | ShowWords
) -> Message | Denied | Cancel | View:
    """Return a request to look at or to cancel; of a draft, its row with what can be done about it."""
    view = requests.find_request_by_ref(ctx, words.ref)
    if view is None and requests.drafts_for(ctx, limit=1, query=words.ref).rows:
        return first_page(ctx, ListWord.PENDING, query=words.ref)
    if view is None:
        return Denied(reason=DenialReason.UNKNOWN_REQUEST, ref=words.ref)
    if isinstance(words, DeclineWords) and lists.can_decide(directory.me(ctx), view):
        return screens.decline_modal(ctx, view.id, note=words.note)
    if isinstance(words, ShowWords | DeclineWords):
        return screens.details_modal(ctx, view.id)
    return Cancel(request_id=view.id, note=words.note)


def _overview(ctx: Context) -> Message:
    """Return what somebody can do, and what waits for them."""
    return overview(
        directory.me(ctx),
        waiting=requests.waiting_for(ctx, limit=lists.ROWS_A_PAGE),
        requested=requests.requested_by(ctx, limit=lists.ROWS_A_PAGE),
        drafts=requests.drafts_for(ctx, limit=lists.ROWS_A_PAGE),
        prepared=requests.prepared_for(ctx, limit=lists.ROWS_A_PAGE),
        reviews=reviews.open_reviews(ctx),
    )


def _typed_extension(ctx: Context, words: ExtendWords, *, typed: str) -> View | Message | Denied:
    """Return the form for the one grant that `/access extend` means, else those to choose from."""
    me, asset_id = directory.me(ctx), _asset_id(ctx, words.asset)
    if not me.businesses:
        return Denied(reason=DenialReason.NO_BUSINESS)
    if words.name is not None:
        assets = _assets_called(ctx, words.name)
        if len(assets) != 1:
            return _which_asset(words.name, assets, typed=typed)
        asset_id = assets[0].id
    given = None if words.ref is None else requests.find_request_by_ref(ctx, words.ref)
    request_id = None if given is None else given.id

    def ending(holder: Party) -> Rows[GrantView]:
        return grants.list_ending(
            ctx, business_id=holder.id, limit=2, asset_id=asset_id, request_id=request_id
        )

    held = [(one.party, ending(one.party)) for one in me.businesses]
    meant = [grant for _, rows in held for grant in rows.rows]
    is_named = asset_id is not None or words.ref is not None
    if is_named and (not meant or (words.ref is not None and given is None)):
        return replies.answer(Denied(reason=DenialReason.UNKNOWN_GRANT))
    if not is_named or len(meant) > 1:
        holders = [party for party, rows in held if rows.rows or not is_named]
        page = first_page(ctx, ListWord.ENDING, query=words.ref or asset_id or "", of=holders)
        is_said = bool(meant) and (words.term is not None or words.reason != "")
        return mistyped.to_extend(page, typed=typed) if is_said else page
    sides = (meant[0].holder.id, meant[0].owner.id)
    term = None if words.term is None else fixed_term(ctx, words.term, sides)
    if words.term is not None and term is None:
        return mistyped.wrong(line(texts.command_line.NO_CONTRACT), typed=typed)
    state = modals.extend_state(meant[0], zone=me.zone, term=term, reason=words.reason)
    form = screens.extend_modal(ctx, meant[0].id, state=state)
    return mistyped.refused(form, typed=typed) if isinstance(form, Denied) else form


def _people(ctx: Context, words: PeopleWords, *, typed: str) -> Message | View | Denied | Assign:
    """Return the people of an asset, what a person can reach, or what is to be done with the one's other."""
    asset_id, to_choose, called_so = _asset_id(ctx, words.asset), screens.people_modal(ctx), None
    if not isinstance(to_choose, Denied) and (asset_name := _named_of(ctx, words)):
        assets = _assets_called(ctx, asset_name, with_own=True)
        if len(assets) != 1:
            return _which_asset(asset_name, assets, typed=typed)
        called_so = assets[0].name
        asset_id, words = assets[0].id, replace(words, name=words.name if words.step else "")
    if isinstance(to_choose, Denied) or (asset_id is None and not words.name):
        return to_choose
    business_id = None if asset_id is None else grants.through(ctx, asset_id)
    if asset_id is not None and business_id is None:
        why = grants.why_not_held(ctx, asset_id, *ctx.principal.memberships)
        return replies.answer(replace(why, name=called_so or why.name))
    if asset_id is not None and business_id is not None and words.step is None:
        return screens.asset_people_modal(ctx, business_id, asset_id)
    called = grants.find_called(ctx, words.name, business_id=business_id)
    if len(called) != 1:
        template = texts.command_line.SEVERAL_CALLED if called else texts.command_line.NOBODY_CALLED
        return mistyped.wrong(line(template, text=short(words.name, _LONGEST_NAME)), typed=typed)
    if asset_id is None or business_id is None:
        return screens.reach_modal(ctx, called[0].id)
    seat = Seat(business_id, asset_id, called[0].id)
    if words.step is Step.REMOVE:
        return Assign(seat=seat, tasks=frozenset())
    asset = directory.find_asset(ctx.tx, asset_id)
    level = find_level(asset.kind, words.level) if asset and words.level else None
    if asset is not None and words.level and level is None:
        misfit = texts.basics.level_misfit(asset.kind, words.level)
        return mistyped.wrong(line("{text}", text=misfit), typed=typed)
    tasks = level.tasks if level else words.tasks
    return Assign(seat=seat, tasks=tasks) if tasks else screens.assign_modal(ctx, seat)


def _fund(ctx: Context, words: FundWords) -> View | Denied | Fund:
    if words.payment is None:
        return screens.fund_modal(ctx, words.asset_id)
    return Fund(asset_id=words.asset_id, payment=words.payment)


def _create(ctx: Context, words: CreateWords) -> View | Denied | NewAsset:
    """Return the asset that was typed if that is all it takes, else the form with what was understood."""
    kind = words.kind or modals.DEFAULT_CREATED
    if words == CreateWords(kind=words.kind):
        return screens.new_asset_modal(ctx, kind)
    me = directory.me(ctx)
    own = modals.businesses_to_ask_for(me)
    if not own:
        return screens.new_asset_modal(ctx, kind)
    own_id = screens.creating_for(ctx, own, account_id=words.account)
    blank = modals.blank_creation(own_id, zone=me.zone, kind=kind)
    account = directory.find_asset(ctx.tx, words.account) if words.account else None
    called = account.name if account else ""
    state = replace(
        blank,
        name=words.name,
        currency=words.currency or "",
        timezone_id=words.timezone_id or blank.timezone_id,
        end_advertiser=words.parties.get("end_advertiser", ""),
        media_agency=words.parties.get("media_agency", ""),
        partner=words.parties.get("partner", ""),
        payment=words.payment or blank.payment,
        account=modals.account_chosen(words.account, called) if words.account else None,
    )
    is_complete = words.name and ("currency" not in CREATABLE[kind] or (words.currency and words.timezone_id))
    # Somebody with several businesses chooses in the form which of them will own it.
    if is_complete and len(own) == 1:
        return modals.new_asset(state)
    return screens.create_modal(ctx, state)


def _named_of(ctx: Context, words: PeopleWords) -> str:
    """Return the name that was typed for an asset: a name alone is one if no person is called so."""
    alone = words.name if words.asset is None and words.step is None else ""
    if alone and not grants.find_called(ctx, alone) and _assets_called(ctx, alone, with_own=True):
        return alone
    return words.asset_name
