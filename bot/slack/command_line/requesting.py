"""A request in one line, and what a message names: the request if it is complete, else the form."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bot.domain.assets import Kind
from bot.domain.kinds import RULES, Side
from bot.domain.limits import MOST_ITEMS
from bot.domain.naming import TypedAsset, find_addresses, find_assets, read_name
from bot.domain.requests import NewItem, NewRequest, Term
from bot.services import directory, requests
from bot.services.context import Context
from bot.services.views.parties import AssetChoice, Me, Party
from bot.slack import modals, screens
from bot.slack.command_line.own import is_called_own
from bot.slack.command_line.vocabulary import AND, near_task, without_fillers
from bot.slack.command_line.words import (
    NamedItem,
    RequestWords,
)
from bot.slack.kit import View
from bot.slack.lines import short
from bot.slack.modals import Note
from bot.slack.text import en as texts

_USUAL_TERM = Term.for_days(30)
_LONGEST_LINE = 600
_LONGEST_NAME = 60
_AND = re.compile(rf"\s+(?:{'|'.join(map(re.escape, sorted(AND)))})\s+", re.IGNORECASE)
_KINDS_OF_NUMBERS = (Kind.PAGE, Kind.AD_ACCOUNT, Kind.PIXEL, Kind.INSTAGRAM_ACCOUNT)
_KINDS_OF_WORDS = (Kind.AD_ACCOUNT, Kind.PAGE, Kind.PIXEL, Kind.INSTAGRAM_ACCOUNT)


def typed_request(ctx: Context, words: RequestWords, *, typed: str) -> NewRequest | View:
    """Return the request that was typed if it is complete, else the form with all that was understood."""
    me = directory.me(ctx)
    own = modals.businesses_to_ask_for(me)
    if words.is_empty or not own:
        return screens.new_request_modal(ctx, words.kind)
    found = _Found(requesting_id=_own_meant(ctx, words, [one.party.id for one in own]))
    found.notes += [Note(*one) for one in words.wrong]
    other_id = words.owner_id or _owner_called(ctx, words, found)
    rules = RULES[words.kind]
    is_theirs = rules.owner is Side.DECIDING
    if words.term is not None and not rules.has_term:
        found.notes.append(Note("reason", texts.command_line.NO_TERM))
    owner_id = other_id if is_theirs else found.requesting_id
    for item in _apart_at_and(ctx, words, owner_id=owner_id, found=found):
        owner_id = other_id if is_theirs else found.requesting_id
        asset = _known_asset(ctx, item, words, owner_id=owner_id, found=found)
        if asset is not None:
            found.names[asset.id] = asset.name
            if is_theirs:
                other_id = other_id or (asset.owner.id if asset.owner else None)
        elif item.words is None and (item.asset is None or item.asset.is_doubtful):
            continue
        found.items.append(_new_item(item, asset, words, found))
    if is_theirs:
        other_id = other_id or _linked_business(ctx, me, words)
    term = fixed_term(ctx, words.term or _USUAL_TERM, (found.requesting_id, other_id or ""))
    if term is None:
        found.notes.append(Note("term", texts.command_line.NO_CONTRACT))
    request = NewRequest(
        kind=words.kind,
        requesting_id=found.requesting_id,
        deciding_id=(other_id or "") if rules.names_other else None,
        items=tuple(found.items),
        reason=words.reason,
        term=(term or _USUAL_TERM) if rules.has_term else Term.without_end(),
    )
    # Somebody with several businesses chooses in the form for which one they ask.
    if words.is_complete and other_id and len(own) == 1 and not found.notes:
        return request
    state = modals.request_state(
        request, owner=_owner(ctx, other_id), names=found.names, people={}, zone=me.zone
    )
    if found.notes:
        state = replace(state, line=short(typed, _LONGEST_LINE), notes=tuple(found.notes))
    return screens.request_modal(ctx, state)


def fixed_term(ctx: Context, term: Term, sides: tuple[str, str]) -> Term | None:
    """Return for how long as it was typed, "until contract end" as that day; None where no contract runs."""
    if term != Term.with_contract():
        return term
    ends_at = requests.contract_end(ctx, *sides)
    return None if ends_at is None else Term.till(ends_at)


def request_named(ctx: Context, text: str) -> View:
    """Return the form for requesting the assets that a message names."""
    typed, owner_id = _apart(ctx, find_assets(text, most=MOST_ITEMS + 1))
    named = tuple(NamedItem(asset=one) for one in dict.fromkeys((*typed, *_at_addresses(ctx, text))))
    wrong = "" if named else texts.command_line.NAMES_NONE
    if len(named) > MOST_ITEMS:
        wrong = texts.command_line.NAMES_MANY.format(most=MOST_ITEMS)
    words = RequestWords(
        items=named[:MOST_ITEMS], owner_id=owner_id, wrong=(("assets", wrong),) if wrong else ()
    )
    form = typed_request(ctx, words, typed="")
    assert not isinstance(form, NewRequest)  # it has no reason yet
    return form


def _apart(ctx: Context, typed: Sequence[TypedAsset]) -> tuple[list[TypedAsset], str | None]:
    """Return what may be assets, without Business IDs, and the business that is meant as their owner, if any.

    An asset that the record has knows its owner better than a message that names a business.
    """
    known = {one for one in typed if directory.find_named(ctx.tx, one)}
    businesses = {one for one in typed if one.kind is None and ctx.business_row(one.number)} - known
    own = {one.party.id for one in directory.me(ctx).businesses}
    others = [one.number for one in typed if one in businesses and one.number not in own]
    return [one for one in typed if one not in businesses], None if known or not others else others[0]


def _at_addresses(ctx: Context, text: str) -> list[TypedAsset]:
    """Return the assets that the record has at the addresses of Pages and profiles in a message."""
    own = modals.businesses_to_ask_for(directory.me(ctx))
    found = []
    for address in find_addresses(text, most=MOST_ITEMS + 1) if own else ():
        called = assets_called(ctx, address.name, requesting_id=own[0].party.id, owner_id="")
        fit = [one for one in called if one.kind is address.kind]
        found += [TypedAsset(ids=(one.id,), kind=one.kind) for one in fit if len(fit) == 1]
    return found


@dataclass(slots=True)
class _Found:
    """What a request in one line comes to so far, and what the form has to say about it."""

    requesting_id: str
    items: list[NewItem] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)


def _own_meant(ctx: Context, words: RequestWords, own: Sequence[str]) -> str:
    """Return for which of somebody's businesses this is: of what they own the owner.

    Of what others own it is not for these, and for one that may know the names; else for the first.
    """
    owners, side, mine = _owners_named(ctx, words, own), RULES[words.kind].owner, own
    if side is not None:
        mine = [one for one in own if (one in owners) is (side is Side.REQUESTING)] or own
    return next((one for one in mine if _knows(ctx, words, one)), mine[0])


def _owners_named(ctx: Context, words: RequestWords, own: Sequence[str]) -> set[str]:
    """Return the businesses that own what was named, and that were named as owner by their ID."""
    owners = {words.owner_id} if words.owner_id and RULES[words.kind].owner is Side.DECIDING else set()
    for item in words.items:
        named = directory.find_named(ctx.tx, item.asset) if item.asset else []
        if item.name is not None:
            called = (assets_called(ctx, item.name, requesting_id=one, owner_id=one) for one in own)
            named = [one for found in called for one in found]
        owners |= {one.owner.id for one in named if one.owner}
    return owners


def _knows(ctx: Context, words: RequestWords, business_id: str) -> bool:
    """Say whether a business may know all that was called by a name: the other business, and its assets."""
    name = words.owner_name
    if name is not None and not directory.find_called_owners(ctx, read_name(name), requesting_id=business_id):
        return False
    if RULES[words.kind].owner is not Side.DECIDING:
        return True
    names = [item.name for item in words.items if item.name is not None]
    return all(assets_called(ctx, one, requesting_id=business_id, owner_id="") for one in names)


def _new_item(item: NamedItem, asset: AssetChoice | None, words: RequestWords, found: _Found) -> NewItem:
    kind = asset.kind if asset else _likely_kind(item, words)
    misfit = texts.basics.level_misfit(kind, words.level)
    if misfit:
        found.notes.append(Note("assets", misfit))
    # Tasks that this kind does not have go along, so that `submit` names them.
    tasks = words.tasks_for(kind) or words.tasks
    asset_id = asset.id if asset else item.asset.id_as(kind) if item.asset else None
    return NewItem(kind=kind, tasks=tasks, asset_id=asset_id, words=item.words)


def _owner_called(ctx: Context, words: RequestWords, found: _Found) -> str | None:
    """Return the business with the name that was typed as the owner's; of a part, one to confirm."""
    if words.owner_name is None:
        return None
    owners = directory.find_called_owners(ctx, read_name(words.owner_name), requesting_id=found.requesting_id)
    if len(owners) == 1:
        return owners[0].id
    name = short(words.owner_name, _LONGEST_NAME)
    near = directory.find_owners(
        ctx, requesting_id=found.requesting_id, query=read_name(words.owner_name), limit=2
    )
    if not owners and len(near) == 1:
        said = texts.command_line.NEAR_OWNER.format(text=name, near=short(near[0].name, _LONGEST_NAME))
        found.notes.append(Note("owner", said))
        return near[0].id
    none = texts.command_line.NOT_AN_OWNER
    if is_called_own(ctx, read_name(words.owner_name)):
        none = texts.command_line.OWN_BUSINESS
    template = texts.command_line.SEVERAL_CALLED if owners else none
    found.notes.append(Note("owner", template.format(text=name)))
    return None


def _owner(ctx: Context, owner_id: str | None) -> Party | None:
    """Return the business with this ID; one that is not known goes by its ID, so that the form can say so."""
    if not owner_id:
        return None
    known = ctx.business_row(owner_id)
    return directory.party_of(known) if known else Party(id=owner_id, name=owner_id, verified=False)


def _linked_business(ctx: Context, me: Me, words: RequestWords) -> str | None:
    """Return the business in whose settings a typed link stands, unless it is somebody's own."""
    own = {one.party.id for one in me.businesses}
    linked = (item.asset.business_id for item in words.items if item.asset)
    return next((one for one in linked if one and one not in own and ctx.business_row(one)), None)


def _apart_at_and(
    ctx: Context, words: RequestWords, *, owner_id: str | None, found: _Found
) -> list[NamedItem]:
    """Return what was named, with "Acme Main and Acme EU" as two if these are assets."""
    apart = []
    for item in words.items:
        names = _AND.split(without_fillers(item.name or ""))

        def is_known(name: str) -> bool:
            return bool(assets_called(ctx, name, requesting_id=found.requesting_id, owner_id=owner_id or ""))

        is_several = len(names) > 1 and not is_known(item.name or "") and all(map(is_known, names))
        apart += [NamedItem(name=one) for one in names] if is_several else [item]
    return apart


def _known_asset(
    ctx: Context, item: NamedItem, words: RequestWords, *, owner_id: str | None, found: _Found
) -> AssetChoice | None:
    """Return the asset that the record has under a typed id or name; of several, one that the level fits.

    What can be no other than an asset that the record has, and is none, is noted.
    """
    known = directory.find_named(ctx.tx, item.asset) if item.asset else []
    if item.name is not None and RULES[words.kind].owner is None:
        known = directory.find_claimable_called(ctx, read_name(item.name), requesting_id=found.requesting_id)
    elif item.name is not None:
        known = assets_called(ctx, item.name, requesting_id=found.requesting_id, owner_id=owner_id or "")
    fit = [one for one in known if words.tasks_for(one.kind)] or known
    text = item.name or (item.asset.number if item.asset and item.asset.is_doubtful else "")
    if text and not fit and (bare := without_fillers(text)):
        near = near_task(bare)
        template = texts.command_line.NEAR_TASK if near else texts.command_line.NOT_AN_ASSET
        found.notes.append(Note("assets", template.format(text=short(text, _LONGEST_NAME), near=near)))
    if item.name is not None and len(fit) > 1:
        several = texts.command_line.SEVERAL_CALLED.format(text=short(item.name, _LONGEST_NAME))
        found.notes.append(Note("assets", several))
        return None
    return fit[0] if fit else None


def _likely_kind(item: NamedItem, words: RequestWords) -> Kind:
    """Return the kind that was named; else the likeliest that the level or tasks fit."""
    named = item.kind or (item.asset.kind if item.asset else None)
    if named is not None:
        return named
    likely = _KINDS_OF_NUMBERS if item.asset else _KINDS_OF_WORDS
    return next((kind for kind in likely if words.tasks_for(kind)), likely[0])


def assets_called(ctx: Context, name: str, *, requesting_id: str, owner_id: str) -> list[AssetChoice]:
    """Return the assets of this name, else of what is left of it without words that say nothing."""
    names = dict.fromkeys(filter(None, (name, without_fillers(name))))
    found = (
        directory.find_called(ctx, read_name(one), requesting_id=requesting_id, owner_id=owner_id)
        for one in names
    )
    return next(filter(None, found), [])
