"""Modals while they are open: the options of their menus, and how they change with what is chosen."""

from __future__ import annotations

from typing import Any

from bot.domain.assets import Kind
from bot.domain.kinds import RULES
from bot.services import directory, grants, settings
from bot.slack import modals, screens
from bot.slack.ids import MODAL_ACTIONS, PICKERS, ActionId, Callback
from bot.slack.values import Unreadable, read_metadata, read_ref
from bot.slack.wire.inbound import Inbound
from handlers.edge import Answer, Edge, Handler


async def suggest(edge: Edge, inbound: Inbound) -> Answer:
    """Return the options for a menu."""
    return Answer(ack=await _options(edge, inbound))


async def _options(edge: Edge, inbound: Inbound) -> dict[str, Any]:
    query = modals.read_query(inbound.body)
    match query.action:
        case ActionId.OWNER:
            return modals.owner_options(
                await edge.look(
                    inbound,
                    directory.find_owners,
                    requesting_id=query.requesting_id or "",
                    query=query.text,
                    limit=modals.OPTIONS_ASKED,
                ),
                text=query.text,
            )
        case ActionId.ASSETS if RULES[query.request].owner is None:
            return modals.asset_options(
                await edge.look(
                    inbound,
                    directory.find_claimable,
                    requesting_id=query.requesting_id or "",
                    query=query.text,
                    limit=modals.OPTIONS_ASKED,
                ),
                request=query.request,
            )
        case ActionId.ASSETS:
            return modals.asset_options(
                await edge.look(
                    inbound,
                    directory.find_assets,
                    requesting_id=query.requesting_id or "",
                    owner_id=query.owner_id or "",
                    kind=RULES[query.request].asset_kind,
                    query=query.text,
                    limit=modals.OPTIONS_ASKED,
                ),
                request=query.request,
            )
        case ActionId.PEOPLE:
            return modals.person_options(
                await edge.look(
                    inbound,
                    directory.find_people,
                    business_id=query.requesting_id or "",
                    query=query.text,
                    limit=modals.OPTIONS_ASKED,
                )
            )
        case ActionId.REACHABLE:
            return modals.reachable_options(
                await edge.look(inbound, grants.find_reachable, query=query.text, limit=modals.OPTIONS_ASKED)
            )
        case ActionId.COLLEAGUE:
            return modals.person_options(
                await edge.look(
                    inbound,
                    grants.find_colleagues,
                    query=query.text,
                    limit=modals.OPTIONS_ASKED,
                    business_id=query.requesting_id,
                )
            )
        case ActionId.FIRST | ActionId.BACKUPS | ActionId.STAND_IN:
            return modals.admin_options(
                await edge.look(
                    inbound,
                    settings.find_admins,
                    business_id=query.requesting_id or "",
                    query=query.text,
                    limit=modals.OPTIONS_ASKED,
                )
            )
        case ActionId.TIMEZONE:
            return modals.timezone_options(query.text)
        case ActionId.ACCOUNT:
            return await _own_assets(edge, inbound, query, Kind.AD_ACCOUNT)
        case ActionId.BOUND if query.kind is not None:
            return await _own_assets(edge, inbound, query, query.kind)
        case _:
            return modals.grant_options(
                await edge.look(inbound, grants.endable, query=query.text, limit=modals.OPTIONS_ASKED)
            )


async def _own_assets(edge: Edge, inbound: Inbound, query: modals.Query, kind: Kind) -> dict[str, Any]:
    """Return the assets of a kind that the business has which the menu is about."""
    found = await edge.look(
        inbound,
        directory.find_own_assets,
        business_id=query.owner_id or "",
        kind=kind,
        query=query.text,
        limit=modals.OPTIONS_ASKED,
    )
    return modals.bind_options(found, kind=kind)


async def change(edge: Edge, inbound: Inbound) -> Answer:
    """Rebuild a modal after a choice in it that changes its other fields."""
    view = inbound.view
    if view is None:
        raise Unreadable("not in a modal")
    match view.get("callback_id"):
        case Callback.ADJUST:
            state = modals.read_adjust_state(view)
            ref = read_ref(read_metadata(view))
            changed = edge.look(inbound, screens.adjust_modal, ref.id, state=state)
        case Callback.CREATE:
            changed = edge.look(inbound, screens.create_modal, modals.read_create_state(view))
        case Callback.EXTEND:
            longer = modals.read_extend_state(view)
            changed = edge.look(inbound, screens.extend_modal, longer.ref.id, state=longer)
        case _:
            entered = modals.change_request_state(modals.read_request_state(view), inbound.part)
            earlier = modals.read_earlier(inbound.part)
            if earlier is None:
                changed = edge.look(inbound, screens.request_modal, entered)
            else:
                changed = edge.look(inbound, screens.earlier_modal, earlier, entered=entered)
    return edge.change(inbound, await changed)


OPTIONS: dict[str, Handler] = dict.fromkeys(PICKERS, suggest)
ACTIONS: dict[str, Handler] = dict.fromkeys(MODAL_ACTIONS, change)
