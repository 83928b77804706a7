"""What menus offer as people type. Where nothing is found, one line says so and what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.assets import Kind
from bot.domain.kinds import DEFAULT_KIND, RequestKind
from bot.domain.naming import read_business_id
from bot.domain.timezones import find_timezones, timezones
from bot.domain.typed import tidy
from bot.services.views.parties import AssetChoice, Party, PersonChoice
from bot.slack import kit
from bot.slack.ids import PICKERS, ActionId, Callback, Json
from bot.slack.kit import Element
from bot.slack.lines import short
from bot.slack.modals.ask import read_request_state
from bot.slack.modals.create import read_create_state
from bot.slack.modals.end import Grants, grant_option
from bot.slack.modals.inputs import NOTHING, asset_label, asset_value, owner_label
from bot.slack.modals.people import read_shown
from bot.slack.text import en as texts
from bot.slack.values import Unreadable, is_value, read_metadata, read_ref

OPTIONS_ASKED = kit.MOST_OPTIONS + 1
"""How many rows to look for: one more than a menu can show tells that there are more."""

_LONGEST_QUERY = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What a menu asks for: its text so far, and what is chosen around it.

    `request`, `requesting_id` and `owner_id` (whose assets can be chosen) are set in the form for asking;
    `owner_id` and `kind` for binding a described asset, `owner_id` for a pixel's ad account.
    """

    action: ActionId
    text: str
    requesting_id: str | None = None
    owner_id: str | None = None
    kind: Kind | None = None
    request: RequestKind = DEFAULT_KIND


def read_query(payload: Mapping[str, Any]) -> Query:
    """Return what a `block_suggestion` asks for; raise `Unreadable` for one that is not ours."""
    action, text, view = payload.get("action_id"), payload.get("value"), payload.get("view")
    if action not in set(PICKERS) or not isinstance(view, Mapping):
        raise Unreadable("no such menu")
    which = ActionId(str(action))
    # No name is longer, and a database has a limit for what it searches.
    text = tidy(text)[:_LONGEST_QUERY] if isinstance(text, str) else ""
    if which is ActionId.GRANTS:
        return Query(action=which, text=text)
    if which is ActionId.TIMEZONE:
        return Query(action=which, text=text)
    if which is ActionId.ACCOUNT:
        return Query(action=which, text=text, owner_id=read_create_state(view).business_id)
    if which in {ActionId.FIRST, ActionId.BACKUPS, ActionId.STAND_IN}:
        return Query(action=which, text=text, requesting_id=read_ref(read_metadata(view)).id)
    if which in {ActionId.REACHABLE, ActionId.COLLEAGUE}:
        if view.get("callback_id") == Callback.PEOPLE:
            return Query(action=which, text=text)
        return Query(action=which, text=text, requesting_id=read_shown(view).business_id or None)
    if which is ActionId.BOUND:
        kind = str(payload.get("block_id", "")).rpartition(":")[2]
        owner = read_metadata(view).get("of")
        is_modal = view.get("callback_id") == Callback.ADJUST and kind in set(Kind)
        if not is_modal or not isinstance(owner, str) or not is_value(owner):
            raise Unreadable("no such menu")
        return Query(action=which, text=text, owner_id=owner, kind=Kind(kind))
    state = read_request_state(view)
    return Query(
        action=which,
        text=text,
        requesting_id=state.requesting_id,
        owner_id=state.assets_of,
        request=state.kind,
    )


def owner_options(owners: Sequence[Party], *, text: str) -> Json:
    """Return businesses to ask. An exact Business ID that is not known can be chosen: the form says so."""
    options = [
        kit.option(
            owner_label(one),
            one.id,
            description=texts.modals.VERIFIED_OPTION if one.verified else texts.modals.NOT_VERIFIED_OPTION,
        )
        for one in owners
    ]
    typed = read_business_id(text)
    if not options and typed:
        options = [kit.option(texts.modals.UNKNOWN_OWNER_ID.format(id=typed), typed)]
    if not options and any(char.isdigit() for char in text):
        return _options([], texts.modals.NO_OWNER_ID.format(text=short(text, 20)))
    return _options(options, texts.modals.NO_OWNERS)


def asset_options(assets: Sequence[AssetChoice], *, request: RequestKind) -> Json:
    """Return assets to ask for, or to offer."""
    return _options([_asset(one) for one in assets], texts.kinds.WORDS[request].form.no_assets)


def bind_options(assets: Sequence[AssetChoice], *, kind: Kind) -> Json:
    """Return own assets of a kind, to name what was described."""
    return _options(
        [_asset(one) for one in assets], texts.modals.NO_OWN_ASSETS.format(kind=texts.basics.KINDS[kind][1])
    )


def person_options(people: Sequence[PersonChoice]) -> Json:
    """Return own people to assign."""
    return _options(_people(people), texts.modals.NO_PEOPLE)


def admin_options(admins: Sequence[PersonChoice]) -> Json:
    """Return admins of one's business."""
    return _options(_people(admins), texts.asked.NO_ADMINS)


def grant_options(grants: Grants) -> Json:
    """Return access that can be ended."""
    return _options(
        [grant_option(business_id, grant) for business_id, grant in grants], texts.modals.NO_GRANTS
    )


def reachable_options(assets: Sequence[tuple[Party, AssetChoice]]) -> Json:
    """Return assets that own people can be assigned to, each with the business of theirs that has it."""
    options = [
        kit.option(
            asset_label(asset.id, asset.name),
            f"{business.id}:{asset.id}",
            description=texts.people.ASSET_OPTION.format(
                kind=texts.basics.kind_name(asset.kind), business=short(business.name, 40)
            ),
        )
        for business, asset in assets
    ]
    return _options(options, texts.people.NO_ASSETS)


def timezone_options(text: str) -> Json:
    """Return time zones by their names, for an ad account."""
    found = find_timezones(text)
    return _options(
        [kit.option(timezones()[number], str(number)) for number in found], texts.creating.NO_TIMEZONES
    )


def no_options() -> Json:
    """Return no options at all, for somebody who may not see any."""
    return {"options": []}


def _people(people: Sequence[PersonChoice]) -> list[Element]:
    """Return people as options; of those who are called the same, their profile in Slack tells who is who."""
    called = Counter(one.name.casefold() for one in people)
    return [
        kit.option(
            one.name,
            one.id,
            description=texts.modals.MEMBER_ID.format(id=one.user_id)
            if one.user_id and called[one.name.casefold()] > 1
            else None,
        )
        for one in people
    ]


def _asset(one: AssetChoice) -> Element:
    return kit.option(
        asset_label(one.id, one.name),
        asset_value(one.kind, one.id),
        description=texts.basics.kind_name(one.kind),
    )


def _options(options: Sequence[Element], nothing: str) -> Json:
    if len(options) > kit.MOST_OPTIONS:
        more = kit.option(texts.modals.MORE_OPTIONS, NOTHING)
        return {"options": [*options[: kit.MOST_OPTIONS - 1], more]}
    return {"options": list(options) or [kit.option(nothing, NOTHING)]}
