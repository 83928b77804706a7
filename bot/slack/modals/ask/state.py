"""What stands in the form for asking: where it starts, and how it changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.domain.assets import Kind, Tasks
from bot.domain.denials import DenialReason
from bot.domain.kinds import DEFAULT_KIND, RULES, RequestKind, Side
from bot.domain.limits import MOST_DESCRIBED, MOST_ITEMS, MOST_PEOPLE
from bot.domain.requests import ERASED, NewItem, NewRequest
from bot.services.results import Denied
from bot.services.views.parties import Me, OwnBusiness, Party
from bot.services.views.requests import DraftView, ItemView, RequestView
from bot.slack import kit
from bot.slack.ids import ActionId
from bot.slack.lines import short
from bot.slack.modals.inputs import (
    NOTHING,
    Chosen,
    asset_label,
    asset_value,
    entered_end,
    entered_length,
    level_value,
    owner_label,
    read_asset_value,
    read_level,
)
from bot.slack.text import en as texts
from bot.slack.values import Ref

USUAL_TERM = "30"
_NAME = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """An asset in the requester's own words; `key` tells it from the others of the form."""

    key: int
    kind: Kind = Kind.AD_ACCOUNT
    words: str = ""
    level: str | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """What is wrong at a field of the form, before it was sent."""

    field: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModalState:
    """Everything that was entered so far.

    Assets are chosen by `kind:id`; `levels` maps an asset's id to a level's value. `unplaced` are assets
    with their levels that wait for their owner to be chosen, `away` people (their ids) who were chosen for
    another of the requester's businesses. `term` is one of the menu's values, `days` and
    `until` (YYYY-MM-DD, in `zone`) what was entered for two of them; `kept_end` is the instant that `until`
    stands for while it is the day that the form was filled with. `notes` say what of the command `line`
    is not in the form, and at which of its fields. `start` is the earlier request that it was filled with.
    """

    kind: RequestKind = DEFAULT_KIND
    zone: str
    requesting_id: str | None = None
    owner: Chosen | None = None
    assets: tuple[Chosen, ...] = ()
    levels: Mapping[str, str]
    unplaced: Mapping[str, str] = field(default_factory=dict)
    described: tuple[Described, ...] = ()
    next_key: int = 1
    term: str = USUAL_TERM
    days: str = ""
    until: str = ""
    kept_end: str = ""
    people: tuple[Chosen, ...] = ()
    away: tuple[str, ...] = ()
    reason: str = ""
    draft: Ref | None = None
    line: str = ""
    start: str = ""
    notes: tuple[Note, ...] = ()

    @property
    def owner_id(self) -> str | None:
        """Return the Business ID of the owner that was chosen."""
        return None if self.owner is None or self.owner.value == NOTHING else self.owner.value

    @property
    def has_owner(self) -> bool:
        """Say whether it is known whose assets can be chosen: of a business, or of none."""
        return self.owner_id is not None or not RULES[self.kind].names_other

    @property
    def is_empty(self) -> bool:
        """Say whether nothing is asked for yet, so that it can begin as an earlier request or a bundle."""
        return not (self.draft or self.assets or self.described or self.unplaced)

    @property
    def asset_ids(self) -> list[str]:
        """Return the ids of the assets that were chosen."""
        found = [read_asset_value(one.value) for one in self.assets]
        return [asset_id for _, asset_id in filter(None, found)]

    @property
    def assets_of(self) -> str | None:
        """Return the business whose assets can be chosen, which depends on the kind of request."""
        return RULES[self.kind].owner_of(requesting_id=self.requesting_id or "", deciding_id=self.owner_id)


def tasks_of(request: RequestKind, kind: Kind, level: str | None) -> Tasks:
    """Return what a level stands for in such a request; one that cannot be read counts as none.

    `submit` reports that at its item.
    """
    only = RULES[request].only_level(kind)
    if only is not None:
        return only.tasks
    return (read_level(kind, level) if level else None) or frozenset()


def without_assets(state: ModalState) -> ModalState:
    """Return the form with all assets waiting for their owner, as while none is chosen."""
    kept = dict(state.unplaced)
    for one in state.assets:
        found = read_asset_value(one.value)
        if found is not None:
            kept[one.value] = state.levels.get(found[1], "")
    return replace(state, assets=(), levels={}, unplaced=dict(list(kept.items())[:MOST_ITEMS]))


def with_placed(state: ModalState, belongs: Callable[[str], bool]) -> ModalState:
    """Return the form with what waited for the owner that is chosen: `belongs` says so of an asset's id."""
    assets, levels = list(state.assets), dict(state.levels)
    left: dict[str, str] = {}
    for value, level in state.unplaced.items():
        found = read_asset_value(value)
        if found is None or len(assets) >= RULES[state.kind].most_items or not belongs(found[1]):
            left[value] = level
            continue
        assets += [] if value in {one.value for one in assets} else [Chosen(value, found[1])]
        levels |= {found[1]: level} if level else {}
    return replace(state, assets=tuple(assets), levels=levels, unplaced=left)


def with_people(state: ModalState, is_own: Callable[[str], bool]) -> ModalState:
    """Return the form with those who were away and are of the business that is chosen: `is_own` says so."""
    back = [one for one in state.away if is_own(one)]
    left = tuple(one for one in state.away if one not in back)
    people = [*state.people, *(Chosen(one, one) for one in back)][:MOST_PEOPLE]
    return replace(state, people=tuple(people), away=left)


def blank_request(me: Me, kind: RequestKind = DEFAULT_KIND) -> ModalState:
    """Return an empty form; the first business that somebody may ask for is chosen."""
    own = businesses_to_ask_for(me)
    return ModalState(kind=kind, zone=me.zone, requesting_id=own[0].party.id if own else None, levels={})


def businesses_to_ask_for(me: Me) -> list[OwnBusiness]:
    """Return the businesses that somebody may ask for, or draft for."""
    return [one for one in me.businesses if one.may_administer is None or one.may_draft]


def no_power(me: Me, business_id: str = "") -> Denied | None:
    """Return why somebody administers no business, or not this one, and who does; None: they do."""
    own = [one for one in me.businesses if business_id in ("", one.party.id)]
    if any(one.may_administer is None for one in own):
        return None
    if not own:
        return Denied(reason=DenialReason.NOT_MEMBER if me.businesses else DenialReason.NO_BUSINESS)
    return Denied(reason=own[0].may_administer or DenialReason.NOT_ADMIN, people=own[0].admins)


def request_state(
    request: NewRequest,
    *,
    owner: Party | None,
    names: Mapping[str, str],
    people: Mapping[str, str],
    zone: str,
    draft: Ref | None = None,
) -> ModalState:
    """Return the form filled with a request. `names` and `people` name assets and people by their ids."""
    assets = [item for item in request.items if item.asset_id is not None]
    described = [item for item in request.items if item.asset_id is None]
    state = ModalState(
        kind=request.kind,
        zone=zone,
        requesting_id=request.requesting_id,
        owner=Chosen(owner.id, owner_label(owner)) if owner else None,
        assets=tuple(
            Chosen(
                asset_value(item.kind, item.asset_id),
                asset_label(item.asset_id, names.get(item.asset_id, "")),
            )
            for item in assets
            if item.asset_id is not None
        ),
        levels={
            item.asset_id: level_value(item.kind, item.tasks)
            for item in assets
            if item.asset_id and item.tasks
        },
        described=tuple(
            Described(
                key=key,
                kind=item.kind,
                words=item.words or "",
                level=level_value(item.kind, item.tasks) if item.tasks else None,
            )
            for key, item in enumerate(described, start=1)
        ),
        next_key=len(described) + 1,
        people=tuple(
            Chosen(one, short(people.get(one) or texts.modals.UNKNOWN_PERSON, kit.LONGEST_OPTION))
            for one in request.people
        ),
        reason=request.reason,
        draft=draft,
    )
    term, days, until = entered_length(request.term, zone=zone)
    return replace(state, term=term, days=days, until=until, kept_end=entered_end(request.term))


def draft_state(view: DraftView, *, people: Mapping[str, str], zone: str) -> ModalState:
    """Return the form filled with a draft, to edit it. `people` names people by their ids."""
    return request_state(
        view.request,
        owner=_other(view.request.kind, view.deciding),
        names={item.asset_id: item.asset_name or "" for item in view.items if item.asset_id},
        people=people,
        zone=zone,
        draft=Ref(view.id, view.version),
    )


def again_state(view: RequestView, *, zone: str, people: Mapping[str, str] | None = None) -> ModalState:
    """Return the form filled with what was asked before. `people` names those it is for by their ids.

    An end date that has passed by now is noticed when the form is sent.
    """
    request = NewRequest(
        kind=view.kind,
        requesting_id=view.requesting.id,
        deciding_id=other.id if (other := _other(view.kind, view.deciding)) else None,
        items=tuple(_requested_item(item) for item in view.items),
        reason=view.reason,
        term=view.term,
        people=tuple(people or ()),
    )
    names = {item.asset_id: item.asset_name or "" for item in view.items if item.asset_id}
    return request_state(request, owner=other, names=names, people=people or {}, zone=zone)


def bundle_state(view: RequestView, entered: ModalState, *, people: Mapping[str, str]) -> ModalState:
    """Return the form filled with an earlier request, for the other business that is `entered`, if one is.

    Another owner has other assets: of these it keeps kind and level, and asks for the words.
    """
    state = again_state(view, people=people, zone=entered.zone)
    other = entered.owner
    if other is None or entered.owner_id in {None, state.owner_id}:
        return state
    rules = RULES[state.kind]
    if rules.owner is Side.REQUESTING:  # one's own, whoever they are offered to
        return replace(state, owner=other)
    described = tuple(
        Described(
            key=key, kind=item.kind, words=_words(item) or "", level=level_value(item.kind, item.requested)
        )
        for key, item in enumerate(view.items[:MOST_DESCRIBED], start=1)
    )
    names = {
        "deciding": short(view.deciding.name, _NAME),
        "other": short(other.label, _NAME),
        "count": len(view.items),
        "most": MOST_DESCRIBED,
    }
    said = [texts.bundles.ANOTHER_OWNER.format_map(names)]
    said += [texts.bundles.NOT_ALL.format_map(names)] if len(view.items) > MOST_DESCRIBED else []
    return replace(
        state,
        owner=other,
        assets=(),
        levels={},
        described=described,
        next_key=len(described) + 1,
        notes=(Note("assets", " ".join(said)),),
    )


def _other(kind: RequestKind, deciding: Party) -> Party | None:
    """Return the business that the form names; an asset's admins are named by the asset alone."""
    return deciding if RULES[kind].names_other else None


def instead_state(state: ModalState, owner: Party, *, said: str) -> ModalState:
    """Return the form for asking the owner for what cannot be claimed, and why it is that form."""
    kind = RULES[state.kind].instead
    assert kind is not None
    value = Chosen(owner.id, owner_label(owner))
    note = Note("assets", said)
    return replace(state, kind=kind, owner=value, notes=(note,), levels={}, term=USUAL_TERM)


def elsewhere_state(view: RequestView, *, zone: str) -> ModalState:
    """Return the form filled with what was asked before, with the other business left open."""
    return without_assets(replace(again_state(view, zone=zone), owner=None))


def counter_state(view: RequestView, *, zone: str) -> ModalState:
    """Return the form in which the deciding side makes an offer, or a request, about the same assets."""
    kind = RULES[view.kind].counterpart
    assert kind is not None
    mine = replace(
        view,
        kind=kind,
        requesting=view.deciding,
        deciding=view.requesting,
        reason="",
        items=tuple(item for item in view.items if item.asset_id is not None),
    )
    return again_state(mine, zone=zone)


def _requested_item(item: ItemView) -> NewItem:
    # What was described and then named by an approver is asked for by its id now.
    words = None if item.asset_id else _words(item)
    return NewItem(kind=item.kind, asset_id=item.asset_id, words=words, tasks=item.requested)


def _words(item: ItemView) -> str | None:
    """Return how an asset was described: what was erased since is to be said anew."""
    return None if item.words == ERASED else item.words


def change_request_state(state: ModalState, action: Mapping[str, Any]) -> ModalState:
    """Return the state after a button of the form: one description more, or one fewer."""
    which = action.get("action_id")
    if which == ActionId.DESCRIBE:
        added = Described(key=state.next_key)
        return replace(state, described=(*state.described, added), next_key=state.next_key + 1)
    if which == ActionId.UNDESCRIBE:
        left = tuple(one for one in state.described if str(one.key) != action.get("value"))
        return replace(state, described=left)
    return state
