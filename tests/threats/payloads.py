"""What modals send, as values of their fields and as whole submissions that would be taken."""

from __future__ import annotations

import copy
import json
import uuid
from typing import Any

import make
from flow_steps import cards, menu_choice
from stages import Json, Stage, changed

from bot.sandbox.slack import Delivered, Kind, Person, View

VALUES = ("view", "state", "values")


PRIVATE = ("view", "private_metadata")


OLD_MODAL = "is from an older message"


NOT_OURS = "no such request"


ASSETS_BLOCK = f"assets:{make.AGENCY}:{make.BRAND}"


PEOPLE_BLOCK = f"people:{make.AGENCY}"


LEVEL_BLOCK = f"level:{make.INSTAGRAM}"


# Every button that refers to a request.
REQUEST_BUTTONS = (
    *("approve", "adjust", "decline", "cancel", "details", "history", "open"),
    *("undo", "look", "comment", "snooze", "remind", "again", "works", "works_not", "check_later"),
)

MODALS = (
    *("ask", "adjust", "decline", "cancel", "end_now", "comment", "extend", "settings", "members"),
    *("asset_people", "assign", "part", "contract", "create", "fund", "tokens", "connection", "ignore"),
    *("bundle", "asked", "away"),
)
"""The callbacks of all modals that act when they are submitted and have a field for what is wrong.

That of the import has none, and opens only with a Meta: it is attacked in flows/test_flows_importing.py. That
in which a business registers itself keeps nothing: it is attacked in flows/test_flows_registering.py. That in
which access is shortened opens only in a review: it is attacked in flows/test_flows_reviews.py.
"""


UNTIL = {"until": {"type": "datepicker", "selected_date": "2030-01-31"}}


def option(value: Any, text: str = "shown") -> Json:
    return {"text": {"type": "plain_text", "text": text}, "value": value}


def several(name: str, *values: Any) -> Json:
    return {name: {"type": "multi_external_select", "selected_options": [option(one) for one in values]}}


def chosen(name: str, value: Any) -> Json:
    return {name: {"type": "static_select", "selected_option": option(value)}}


def typed(name: str, value: Any) -> Json:
    return {name: {"type": "plain_text_input", "value": value}}


def request_metadata(**fields: Any) -> str:
    kept = {"zone": "UTC", "requesting": make.AGENCY, "owner": make.BRAND, "next": 1, "draft": None, **fields}
    return json.dumps(kept)


def field_errors(delivered: Delivered) -> dict[str, str]:
    assert delivered.status == 200, delivered
    assert delivered.body["response_action"] == "errors", delivered.body
    return dict(delivered.body["errors"])


async def sound_request(stage: Stage) -> Json:
    """Ann's request for an asset that nobody has requested yet. The modal is opened once."""
    world = stage.world
    if "ask" in stage.sound:
        return resent(stage.sound["ask"])
    form = await stage.form(world.ann, f"request {make.INSTAGRAM} advertiser for 30d from {make.BRAND}")
    await world.slack.set_value(world.ann, form, "reason", "Spring")
    payload = world.slack.payload_submit(world.ann, form)
    values = payload["view"]["state"]["values"]
    assert {"owner", ASSETS_BLOCK, LEVEL_BLOCK, PEOPLE_BLOCK, "term", "reason"} == set(values)
    stage.sound["ask"] = payload
    return resent(payload)


async def sound_approval(stage: Stage) -> Json:
    """Dana's approval of everything requested, from the modal. The modal is opened once."""
    if "approval" not in stage.sound:
        form = await stage.modal_of(stage.world.dana, "adjust")
        stage.sound["approval"] = stage.world.slack.payload_submit(stage.world.dana, form)
    return resent(stage.sound["approval"])


def resent(payload: Json) -> Json:
    """A copy that is no replay: the same bytes within a second would be answered as the first time."""
    return copy.deepcopy(payload) | {"trigger_id": uuid.uuid4().hex}


def approval_metadata(stage: Stage, **fields: Any) -> str:
    sound = {
        "r": stage.request_id,
        "v": 1,
        "zone": "UTC",
        "of": make.BRAND,
        "kinds": {"0": ["AD_ACCOUNT", make.ACCOUNT]},
    }
    return json.dumps({**sound, **fields})


async def open_modal(stage: Stage, who: Person, action: str, subject: str) -> View:
    """The modal that a button opens for a subject."""
    await stage.send(Kind.INTERACTIVE, stage.press(who, action, json.dumps({"r": subject, "v": 1})))
    view = stage.world.slack.top_view(who)
    assert view is not None, stage.world.told(who)
    return view


async def sound_on_the_page(stage: Stage, callback: str) -> Json:
    """A submission of a form that a partner's page opens."""
    world = stage.world
    page = await stage.form(world.dana, "partner northwind")
    await world.click(world.dana, page, callback)
    await world.settle()
    form = world.slack.top_view(world.dana)
    assert form is not None
    payload = world.slack.payload_submit(world.dana, form)
    if callback == "part":
        return payload
    return changed(payload, (*VALUES, "until"), UNTIL)


async def sound_submission(stage: Stage, callback: str) -> Json:
    """A submission of one of our modals, by somebody who may do what it says."""
    world = stage.world
    if callback == "ask":
        return await sound_request(stage)
    if callback in ("adjust", "decline", "cancel"):
        with_note = changed(await sound_approval(stage), (*VALUES, "note"), typed("note", "Too early"))
        return changed(with_note, ("view", "callback_id"), callback)
    if callback == "end_now":
        return world.slack.payload_submit(world.dana, await stage.form(world.dana, f"revoke {make.PAGE}"))
    if callback == "extend":
        return world.slack.payload_submit(world.ann, await stage.form(world.ann, f"extend {make.PAGE}"))
    if callback == "assign":
        return world.slack.payload_submit(
            world.dana, await stage.form(world.dana, f"people {make.PAGE} add Emil")
        )
    if callback == "asset_people":
        form = await stage.form(world.dana, f"people {make.PAGE}")
        whom = chosen("colleague", world.town.emil.id)
        return changed(world.slack.payload_submit(world.dana, form), (*VALUES, "person"), whom)
    words = {
        "create": "create Acme DE EUR",
        "fund": f"create funding {make.ACCOUNT}",
        "tokens": "token",
        "connection": "connect",
    }
    if callback in words:
        payload = world.slack.payload_submit(world.dana, await stage.form(world.dana, words[callback]))
        named = callback == "tokens"
        return changed(payload, (*VALUES, "name", "name", "value"), "Nightly") if named else payload
    if callback in {"part", "contract", "bundle"}:
        of_its_own = sound_bundle(stage) if callback == "bundle" else sound_on_the_page(stage, callback)
        return await of_its_own
    subject = stage.request_id if callback == "comment" else make.BRAND
    if callback == "ignore":
        subject = make.found(world.database, now=world.clock.now())
    payload = world.slack.payload_submit(world.dana, await open_modal(stage, world.dana, callback, subject))
    for path, value in entered_in(stage, callback):
        payload = changed(payload, (*VALUES, *path), value)
    return payload


def entered_in(stage: Stage, callback: str) -> list[tuple[tuple[str, ...], Any]]:
    """What is entered in a form that opens empty."""
    first = {"from_day": {"type": "datepicker", "selected_date": "2030-01-31"}}
    last = {"until_day": {"type": "datepicker", "selected_date": "2030-01-31"}}
    return {
        "comment": [(("text", "text", "value"), "Hello")],
        "members": [(("user", "user", "selected_user"), stage.world.vera.id)],
        "ignore": [(("until",), UNTIL)],
        "away": [
            (("stand_in",), chosen("stand_in", stage.world.town.dov.id)),
            (("from_day",), first),
            (("until_day",), last),
        ],
    }.get(callback, [])


async def sound_bundle(stage: Stage) -> Json:
    """A submission of the form that keeps a request under a name."""
    world = stage.world
    card = next(one for one in cards(world, world.ann) if "save_bundle" in str(one.blocks))
    await world.click(world.ann, card, "more", selected=menu_choice(card, "save_bundle"))
    await world.settle()
    form = world.slack.top_view(world.ann)
    assert form is not None
    return changed(
        world.slack.payload_submit(world.ann, form), (*VALUES, "name", "name", "value"), "Launch kit"
    )


def words_at_fields(delivered: Delivered) -> str:
    """The field errors of a modal that stays open, as one text."""
    return " ".join(field_errors(delivered).values())


def first_value(view: View) -> str:
    """The value of the first button that removes somebody."""
    return next(
        str(element["value"])
        for block in view.blocks
        for element in block.get("elements", [])
        if element.get("action_id") == "remove_member"
    )
