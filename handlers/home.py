"""The home tab, and the modals in which admins change their business's policy and members."""

from __future__ import annotations

from bot.domain.actors import Role
from bot.services import home
from bot.services import settings as business_settings
from bot.services.results import Denied, Invalid
from bot.slack import modals, replies, screens
from bot.slack.ids import ActionId, Callback
from bot.slack.modals.inputs import errors_at
from bot.slack.senders import read_known
from bot.slack.text import en as texts
from bot.slack.values import Ref, Unreadable, read_press
from bot.slack.wire.inbound import Inbound
from handlers.edge import CLOSES, Answer, Edge, Handler, with_field_errors, with_message, with_view
from handlers.lookups import channel_error, find_user
from handlers.presses import with_ref

# --- the home ---------------------------------------------------------------------------------------


async def opened(edge: Edge, inbound: Inbound) -> Answer:
    """Have the home tab published for somebody who has opened it."""
    if inbound.actor.user_id and inbound.part.get("tab") == "home":
        await edge.run(inbound, home.open_home)
    return Answer()


async def turn(edge: Edge, inbound: Inbound) -> Answer:
    """Show another page of one section of the home tab."""
    page = read_press(inbound.part).page
    if page is None:
        raise Unreadable("no page")
    await edge.run(inbound, home.turn_home, f"{page.what}:{page.offset}")
    return Answer()


# --- settings ---------------------------------------------------------------------------------------


async def settings(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Open the modal for a business's policy."""
    return edge.show(inbound, await edge.look(inbound, screens.settings_modal, ref.id))


async def members(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Open the modal with a business's members."""
    return edge.show(inbound, await edge.look(inbound, screens.members_modal, ref.id))


async def settings_sent(edge: Edge, inbound: Inbound) -> Answer:
    """Change a business's policy."""
    read = modals.read_settings(inbound.part)
    if isinstance(read, dict):
        return with_field_errors(read)
    # Who may not change the settings learns nothing of channels either.
    is_admin = not isinstance(await edge.look(inbound, screens.settings_modal, read.ref.id), Denied)
    if is_admin and read.policy.channel_id is not None:
        wrong = await channel_error(edge, inbound, read.policy.channel_id)
        if wrong is not None:
            return with_field_errors(errors_at(inbound.part, [("channel_id", wrong)]))
    result = await edge.run(
        inbound, business_settings.change_policy, read.ref.id, read.policy, expected_version=read.ref.version
    )
    if isinstance(result, Denied | Invalid):
        return with_field_errors(modals.modal_errors(inbound.part, result))
    return CLOSES  # what lets more through has a card of its own


async def confirm_policy(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Bring settings into force that another admin proposed; the card shows it."""
    result = await edge.run(inbound, business_settings.confirm_policy, ref.id, expected_version=ref.version)
    return edge.say(inbound, replies.answer(result)) if isinstance(result, Denied) else Answer()


async def member_sent(edge: Edge, inbound: Inbound) -> Answer:
    """Add a member, with the name and the workspace that Slack gives for them."""
    read = modals.read_member(inbound.part)
    if isinstance(read, dict):
        return with_field_errors(read)
    user = await find_user(edge, inbound, read.user_id)
    known = read_known(user, at=edge.slack.place(inbound.team_id))
    if known is None:
        return with_field_errors(errors_at(inbound.part, [("user", texts.replies.USER_NOT_KNOWN)]))
    result = await edge.run(
        inbound,
        business_settings.add_member,
        read.ref.id,
        team_id=known.team_id,
        user_id=known.user_id,
        name=known.name,
        role=read.role,
    )
    if isinstance(result, Denied | Invalid):
        return with_field_errors(modals.modal_errors(inbound.part, result))
    page = modals.read_members_page(inbound.part)
    view = await edge.look(inbound, screens.members_modal, read.ref.id, page=page)
    if isinstance(view, Denied):
        return with_message(replies.answer(view))
    return with_view(view)


async def make_admin(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Make a member an admin."""
    return await _change_role(edge, inbound, ref, Role.ADMIN)


async def make_employee(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Make a member an employee."""
    return await _change_role(edge, inbound, ref, Role.EMPLOYEE)


async def remove(edge: Edge, inbound: Inbound, ref: Ref) -> Answer:
    """Remove a member."""
    return await _change_role(edge, inbound, ref, None)


async def _change_role(edge: Edge, inbound: Inbound, ref: Ref, role: Role | None) -> Answer:
    business, page = modals.read_business(inbound.view or {}).id, modals.read_members_page(inbound.view or {})
    if role is None:
        result = await edge.run(inbound, business_settings.remove_member, business, ref.id)
    else:
        result = await edge.run(inbound, business_settings.set_role, business, ref.id, role=role)
    if isinstance(result, Denied):
        return edge.say(inbound, replies.answer(result))
    return edge.change(inbound, await edge.look(inbound, screens.members_modal, business, page=page))


EVENTS: dict[str, Handler] = {"app_home_opened": opened}
ACTIONS: dict[str, Handler] = {
    ActionId.HOME_MORE: turn,
    ActionId.HOME_BACK: turn,
    ActionId.SETTINGS: with_ref(settings),
    ActionId.MEMBERS: with_ref(members),
    ActionId.CONFIRM_POLICY: with_ref(confirm_policy),
    ActionId.MAKE_ADMIN: with_ref(make_admin),
    ActionId.MAKE_EMPLOYEE: with_ref(make_employee),
    ActionId.REMOVE_MEMBER: with_ref(remove),
}
SUBMISSIONS: dict[str, Handler] = {Callback.SETTINGS: settings_sent, Callback.MEMBERS: member_sent}
