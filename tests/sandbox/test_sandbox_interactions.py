"""What people do reaches a real Bolt app, by signed HTTP and by socket, and they see its answers."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.clock import PushedClock
from bot.sandbox.slack import CannotDo, Message, View, Way


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def option(value: str) -> dict[str, Any]:
    return {"text": plain(value.title()), "value": value}


SURE = {"title": plain("Sure?"), "text": plain("Really?"), "confirm": plain("Yes"), "deny": plain("No")}
CARD = [
    {"type": "section", "block_id": "what", "text": {"type": "mrkdwn", "text": "*Card*"}},
    {
        "type": "actions",
        "block_id": "decide",
        "elements": [
            {
                "type": "button",
                "action_id": "approve",
                "text": plain("Approve"),
                "value": "r1",
                "confirm": SURE,
            },
            {"type": "button", "action_id": "decline", "text": plain("Decline"), "value": "r1"},
            {"type": "overflow", "action_id": "more", "options": [option("details"), option("history")]},
            {"type": "static_select", "action_id": "level", "options": [option("admin"), option("analyst")]},
        ],
    },
]
FORM = {
    "type": "modal",
    "callback_id": "ask",
    "private_metadata": "m1",
    "notify_on_close": True,
    "title": plain("Ask"),
    "submit": plain("Send"),
    "blocks": [
        {
            "type": "input",
            "block_id": "owner",
            "label": plain("Owner"),
            "dispatch_action": True,
            "element": {"type": "external_select", "action_id": "pick", "min_query_length": 0},
        },
        {
            "type": "input",
            "block_id": "tasks",
            "label": plain("Tasks"),
            "element": {
                "type": "checkboxes",
                "action_id": "ticks",
                "options": [option("one"), option("two")],
            },
        },
        {
            "type": "input",
            "block_id": "why",
            "label": plain("Why"),
            "element": {"type": "plain_text_input", "action_id": "text", "max_length": 10},
        },
        {
            "type": "input",
            "block_id": "days",
            "optional": True,
            "label": plain("Days"),
            "element": {
                "type": "number_input",
                "action_id": "count",
                "is_decimal_allowed": False,
                "min_value": "1",
            },
        },
        {
            "type": "input",
            "block_id": "until",
            "optional": True,
            "label": plain("Until"),
            "element": {"type": "datepicker", "action_id": "day"},
        },
    ],
}
NOTE = {"type": "modal", "title": plain("Note"), "blocks": []}


class Heard(list[Any]):
    """The bodies that listeners received."""

    def listener(self, answer: dict[str, Any] | str | None = None) -> Any:
        async def listen(ack: Any, body: dict[str, Any]) -> None:
            self.append(body)
            await (ack() if answer is None else ack(answer) if isinstance(answer, str) else ack(**answer))

        return listen


@pytest.fixture
def heard() -> Heard:
    return Heard()


async def post_card(stage, channel=None) -> Message:
    where = channel or stage.room
    ts = (await stage.client.chat_postMessage(channel=where.id, text="Card", blocks=CARD))["ts"]
    return stage.slack.message(where.id, ts)


async def open_form(stage, view: dict[str, Any] = FORM, person=None) -> View:
    who = person or stage.ann
    trigger = stage.slack.new_trigger(team_id=stage.agency.id, person=who)
    await stage.client.views_open(trigger_id=trigger, view=view)
    return stage.slack.top_view(who)


async def fill(stage, view: View) -> None:
    slack, ann = stage.slack, stage.ann
    await slack.suggest(ann, view, "pick", "br")
    await slack.set_value(ann, view, "pick", "brand")
    await slack.set_value(ann, view, "ticks", ["one", "two"])
    await slack.set_value(ann, view, "text", "because")


def serve_form(app: AsyncApp, heard: Heard, answer: dict[str, Any] | None = None) -> None:
    app.options("pick")(heard.listener({"options": [option("brand")]}))
    app.action("pick")(heard.listener())
    app.view("ask")(heard.listener(answer))


# --- slash commands ---------------------------------------------------------------------------------


async def test_a_command_payload_has_the_person_the_channel_and_the_text(
    stage, app: AsyncApp, heard: Heard
) -> None:
    app.command("/access")(heard.listener())
    delivered = await stage.slack.command(stage.ann, stage.room, "/access", " request act_1 ")
    assert delivered.ok
    assert (delivered.status, delivered.body) == (200, None)
    assert delivered.ack_ms is not None
    (body,) = heard
    expected = {
        "team_id": stage.agency.id,
        "team_domain": "northwind",
        "channel_id": stage.room.id,
        "channel_name": "approvals",
        "user_id": stage.ann.id,
        "user_name": "ann",
        "command": "/access",
        "text": "request act_1",
        "api_app_id": stage.slack.app.id,
        "is_enterprise_install": "false",
        "token": stage.slack.app.verification_token,
    }
    assert expected.items() <= body.items()
    assert set(body) - set(expected) == {"trigger_id", "response_url"}
    assert body["response_url"].startswith(stage.slack.base_url + "commands/")


async def test_payloads_hide_the_names_of_private_channels(stage, app: AsyncApp, heard: Heard) -> None:
    app.command("/access")(heard.listener())
    await stage.slack.command(stage.ann, stage.secret_room, "/access")
    await stage.slack.command(stage.ann, stage.slack.open_dm(stage.agency, stage.ann), "/access")
    assert [body["channel_name"] for body in heard] == ["privategroup", "directmessage"]


async def test_a_commands_answer_is_private_unless_it_says_otherwise(
    stage, app: AsyncApp, heard: Heard
) -> None:
    slack = stage.slack
    app.command("/access")(heard.listener("Only you"))
    await slack.command(stage.ann, stage.room, "/access")
    (private,) = slack.ephemerals(stage.ann, stage.room)
    assert (private.text, private.ephemeral_to) == ("Only you", stage.ann.id)
    assert slack.messages(stage.room) == []


async def test_a_commands_answer_in_channel_is_seen_by_everyone(stage, app: AsyncApp, heard: Heard) -> None:
    app.command("/access")(heard.listener({"text": "All", "blocks": CARD, "response_type": "in_channel"}))
    await stage.slack.command(stage.ann, stage.room, "/access")
    (public,) = stage.slack.messages(stage.room)
    assert (public.text, public.blocks) == ("All", CARD)


async def test_an_invalid_answer_to_a_command_shows_slacks_error(stage, app: AsyncApp, heard: Heard) -> None:
    app.command("/access")(heard.listener({"text": "x", "blocks": [{"type": "carousel"}]}))
    delivered = await stage.slack.command(stage.ann, stage.room, "/access")
    assert delivered.error == "invalid_command_response"
    assert "unsupported type: carousel" in delivered.detail
    assert stage.slack.ephemerals(stage.ann) == []


async def test_a_command_that_is_not_answered_in_time_shows_a_timeout(stage, app: AsyncApp) -> None:
    release = asyncio.Event()

    @app.command("/access")
    async def slow(ack: Any) -> None:
        await release.wait()
        await ack("too late")

    stage.slack.ack_seconds = 0.3
    delivered = await stage.slack.command(stage.ann, stage.room, "/access")
    release.set()
    assert (delivered.error, delivered.status) == ("operation_timeout", None)
    assert stage.slack.ephemerals(stage.ann) == []


async def test_a_command_without_a_listener_fails(stage, app: AsyncApp, way: Way) -> None:
    if way is Way.SOCKET:  # nobody answers there
        stage.slack.ack_seconds = 0.3
    delivered = await stage.slack.command(stage.ann, stage.room, "/access")
    assert delivered.error == ("dispatch_failed" if way is Way.HTTP else "operation_timeout")


async def test_a_command_fails_when_the_app_is_not_running(stage) -> None:
    delivered = await stage.slack.command(stage.ann, stage.room, "/access")
    assert delivered.error == "dispatch_failed"
    stage.slack.app.use_http("http://127.0.0.1:9/slack/events")
    delivered = await stage.slack.command(stage.ann, stage.room, "/access")
    assert delivered.error == "dispatch_failed"
    await stage.slack.close_http()


async def test_only_members_of_the_channel_in_a_workspace_with_the_app_can_use_commands(stage) -> None:
    slack = stage.slack
    with pytest.raises(CannotDo, match="ben is not in #approvals"):
        await slack.command(stage.ben, stage.room, "/access")
    with pytest.raises(CannotDo, match="/other is not a valid command"):
        await slack.command(stage.ann, stage.room, "/other")
    await slack.uninstall(stage.brand, events=())
    with pytest.raises(CannotDo, match="/access is not a valid command"):
        await slack.command(stage.eva, stage.shared, "/access")
    await slack.deactivate(stage.ann)
    with pytest.raises(CannotDo, match="ann is deactivated"):
        await slack.command(stage.ann, stage.room, "/access")


async def test_an_outsider_uses_the_commands_of_their_own_workspace(
    stage, app: AsyncApp, heard: Heard
) -> None:
    app.command("/access")(heard.listener())
    await stage.slack.command(stage.eva, stage.shared, "/access")
    assert (heard[0]["team_id"], heard[0]["channel_id"]) == (stage.brand.id, stage.shared.id)


# --- response URLs ----------------------------------------------------------------------------------


async def test_a_response_url_answers_five_times_within_half_an_hour(
    stage, app: AsyncApp, heard: Heard, clock: PushedClock
) -> None:
    app.command("/access")(heard.listener())
    await stage.slack.command(stage.ann, stage.room, "/access")
    await stage.slack.command(stage.ann, stage.room, "/access")
    hook, late = (AsyncWebhookClient(body["response_url"]) for body in heard)
    answers = [await hook.send(text=f"Answer {n}") for n in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [404]
    assert "used_url" in answers[-1].body
    assert len(stage.slack.ephemerals(stage.ann)) == 5
    bad = await late.send(text="x", blocks=[{"type": "carousel"}])
    assert (bad.status_code, "invalid_blocks" in bad.body) == (400, True)
    clock.push_real(timedelta(minutes=30, seconds=1))
    assert "expired_url" in (await late.send(text="x")).body
    assert len(stage.slack.calls_of("response_url")) == 8


async def test_the_response_url_of_a_click_can_replace_and_delete_the_message(
    stage, app: AsyncApp, heard: Heard
) -> None:
    app.action("decline")(heard.listener())
    card = await post_card(stage)
    await stage.slack.click(stage.ann, card, "decline")
    hook = AsyncWebhookClient(heard[0]["response_url"])
    await hook.send(text="Instead", replace_original=True)
    assert (card.text, card.blocks) == ("Instead", [])
    await hook.send(text="Beside", response_type="in_channel")
    assert [message.text for message in stage.slack.messages(stage.room)] == ["Instead", "Beside"]
    await hook.send(delete_original=True)
    assert card.deleted


# --- presses in messages ----------------------------------------------------------------------------


async def test_a_click_payload_has_the_message_and_the_action(stage, app: AsyncApp, heard: Heard) -> None:
    app.action("approve")(heard.listener())
    card = await post_card(stage)
    delivered = await stage.slack.click(stage.ann, card, "approve")
    assert delivered.ok
    (body,) = heard
    assert body["type"] == "block_actions"
    assert body["user"] == {"id": stage.ann.id, "username": "ann", "name": "ann", "team_id": stage.agency.id}
    assert body["team"] == {"id": stage.agency.id, "domain": "northwind"}
    assert body["api_app_id"] == stage.slack.app.id
    assert (body["enterprise"], body["is_enterprise_install"]) == (None, False)
    assert body["container"] == {
        "type": "message",
        "message_ts": card.ts,
        "channel_id": stage.room.id,
        "is_ephemeral": False,
    }
    assert body["channel"] == {"id": stage.room.id, "name": "approvals"}
    assert (body["message"]["ts"], body["message"]["blocks"]) == (card.ts, CARD)
    (pressed,) = body["actions"]
    assert (pressed["action_id"], pressed["block_id"], pressed["value"]) == ("approve", "decide", "r1")
    assert pressed["type"] == "button"
    assert pressed["action_ts"]
    assert body["response_url"].startswith(stage.slack.base_url + "actions/")
    assert body["state"]["values"]["decide"]["level"]["selected_option"] is None


async def test_a_choice_in_a_message_sends_the_chosen_value(stage, app: AsyncApp, heard: Heard) -> None:
    app.action("more")(heard.listener())
    app.action("level")(heard.listener())
    card = await post_card(stage)
    await stage.slack.click(stage.ann, card, "more", selected="history")
    await stage.slack.click(stage.ann, card, "level", selected="analyst")
    assert heard[0]["actions"][0]["selected_option"] == option("history")
    assert heard[1]["actions"][0]["selected_option"] == option("analyst")
    assert heard[1]["state"]["values"]["decide"]["level"]["selected_option"] == option("analyst")


async def test_the_trigger_of_a_click_opens_a_modal(stage, app: AsyncApp) -> None:
    @app.action("decline")
    async def declining(ack: Any, body: dict[str, Any], client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=NOTE)

    await stage.slack.click(stage.ann, await post_card(stage), "decline")
    view = await stage.slack.until(lambda: stage.slack.top_view(stage.ann))
    assert view.title == "Note"


async def test_a_person_can_click_only_what_they_see(stage) -> None:
    slack = stage.slack
    card = await post_card(stage)
    with pytest.raises(CannotDo, match="ben is not in #approvals"):
        await slack.click(stage.ben, card, "approve")
    with pytest.raises(CannotDo, match="0 elements 'undo'"):
        await slack.click(stage.ann, card, "undo")
    with pytest.raises(CannotDo, match="not among the options"):
        await slack.click(stage.ann, card, "level", selected="owner")
    with pytest.raises(CannotDo, match="needs one chosen value"):
        await slack.click(stage.ann, card, "more")
    await slack.leave(stage.ann, stage.room)
    with pytest.raises(CannotDo, match="ann is not in"):
        await slack.click(stage.ann, card, "approve")
    await slack.join(stage.ann, stage.room)
    await slack.delete_message(card)
    with pytest.raises(CannotDo, match="does not see this message"):
        await slack.click(stage.ann, card, "approve")


async def test_a_confirm_dialog_can_be_cancelled(stage, app: AsyncApp, heard: Heard) -> None:
    app.action("approve")(heard.listener())
    card = await post_card(stage)
    assert (await stage.slack.click(stage.ann, card, "approve", confirm=False)).ok
    assert heard == []
    await stage.slack.click(stage.ann, card, "approve", confirm=True)
    assert len(heard) == 1


async def test_a_failed_click_shows_a_warning_until_one_succeeds(
    stage, app: AsyncApp, heard: Heard, way: Way
) -> None:
    card = await post_card(stage)
    if way is Way.SOCKET:  # nobody answers there
        stage.slack.ack_seconds = 0.3
    delivered = await stage.slack.click(stage.ann, card, "decline")
    stage.slack.ack_seconds = 15.0
    assert delivered.error == "warning"
    assert (delivered.status == 404) is (way is Way.HTTP)
    assert card.warnings == {("decide", "decline")}
    app.action("decline")(heard.listener())
    assert (await stage.slack.click(stage.ann, card, "decline")).ok
    assert card.warnings == set()


async def test_a_click_by_a_member_of_another_workspace_names_both_teams(
    stage, app: AsyncApp, heard: Heard
) -> None:
    app.action("approve")(heard.listener())
    await stage.slack.click(stage.eva, await post_card(stage, stage.shared), "approve")
    assert heard[0]["team"]["id"] == stage.agency.id
    assert heard[0]["user"]["team_id"] == stage.brand.id


async def test_a_click_in_an_ephemeral_message_has_no_message_in_its_payload(
    stage, app: AsyncApp, heard: Heard
) -> None:
    app.action("decline")(heard.listener())
    await stage.client.chat_postEphemeral(channel=stage.room.id, user=stage.ann.id, text="x", blocks=CARD)
    (private,) = stage.slack.ephemerals(stage.ann)
    await stage.slack.click(stage.ann, private, "decline")
    assert "message" not in heard[0]
    assert heard[0]["container"]["is_ephemeral"] is True
    with pytest.raises(CannotDo):
        await stage.slack.click(stage.eva, private, "decline")


async def test_buttons_of_an_uninstalled_app_do_nothing(stage, app: AsyncApp, heard: Heard) -> None:
    app.action("decline")(heard.listener())
    card = await post_card(stage)
    await stage.slack.uninstall(stage.agency, events=())
    assert (await stage.slack.click(stage.ann, card, "decline")).error == "warning"
    assert heard == []


# --- modals -----------------------------------------------------------------------------------------


async def test_a_modal_is_filled_in_and_submitted(stage, app: AsyncApp, heard: Heard) -> None:
    serve_form(app, heard)
    view = await open_form(stage)
    suggested = await stage.slack.suggest(stage.ann, view, "pick", "br")
    assert suggested.options == (option("brand"),)
    await fill(stage, view)
    await stage.slack.set_value(stage.ann, view, "count", "30")
    await stage.slack.set_value(stage.ann, view, "day", "2025-01-31")
    delivered = await stage.slack.submit(stage.ann, view)
    assert delivered.ok
    assert stage.slack.top_view(stage.ann) is None
    assert [body["type"] for body in heard] == [
        "block_suggestion",
        "block_suggestion",
        "block_actions",
        "view_submission",
    ]
    asked, _, acted, sent = heard
    assert (asked["value"], asked["action_id"], asked["block_id"]) == ("br", "pick", "owner")
    assert asked["container"] == {"type": "view", "view_id": view.id}
    assert acted["actions"][0]["selected_option"] == option("brand")
    assert acted["view"]["state"]["values"]["owner"]["pick"]["selected_option"] == option("brand")
    shown = sent["view"]
    assert (shown["id"], shown["callback_id"], shown["private_metadata"]) == (view.id, "ask", "m1")
    assert (shown["root_view_id"], shown["previous_view_id"]) == (view.id, None)
    assert shown["state"]["values"] == {
        "owner": {"pick": {"type": "external_select", "selected_option": option("brand")}},
        "tasks": {"ticks": {"type": "checkboxes", "selected_options": [option("one"), option("two")]}},
        "why": {"text": {"type": "plain_text_input", "value": "because"}},
        "days": {"count": {"type": "number_input", "value": "30"}},
        "until": {"day": {"type": "datepicker", "selected_date": "2025-01-31"}},
    }
    assert "trigger_id" in sent
    assert sent["response_urls"] == []


async def test_slacks_client_itself_shows_errors_for_missing_and_invalid_values(
    stage, app: AsyncApp, heard: Heard
) -> None:
    serve_form(app, heard)
    slack, ann = stage.slack, stage.ann
    view = await open_form(stage)
    delivered = await slack.submit(ann, view)
    assert delivered.error == "required"
    assert set(view.errors) == {"owner", "tasks", "why"}
    await fill(stage, view)
    await slack.set_value(ann, view, "text", "far too long to be sent")
    await slack.set_value(ann, view, "count", "0")
    assert (await slack.submit(ann, view)).error == "required"
    assert view.errors == {
        "why": "Please enter no more than 10 characters.",
        "days": "Please enter a number of at least 1.",
    }
    await slack.set_value(ann, view, "count", "1.5")
    assert (await slack.submit(ann, view)).error == "required"
    assert view.errors["days"] == "Please enter a whole number."
    assert all(body["type"] != "view_submission" for body in heard)


async def test_field_errors_are_shown_at_their_fields(stage, app: AsyncApp, heard: Heard) -> None:
    serve_form(app, heard, {"response_action": "errors", "errors": {"why": "Say more."}})
    view = await open_form(stage)
    await fill(stage, view)
    delivered = await stage.slack.submit(stage.ann, view)
    assert delivered.error == "invalid"
    assert view.errors == {"why": "Say more."}
    assert view.is_open
    await stage.slack.set_value(stage.ann, view, "text", "more")
    assert view.errors == {}


BAD_ANSWERS = {
    "errors at a field that is not there": (
        {"response_action": "errors", "errors": {"nowhere": "x"}},
        "no input block 'nowhere'",
    ),
    "errors without words": ({"response_action": "errors", "errors": {"why": ""}}, "no words for 'why'"),
    "a view without title": (
        {"response_action": "update", "view": {"type": "modal", "blocks": []}},
        "missing required field: title",
    ),
    "a push onto a full stack": ({"response_action": "push", "view": NOTE}, "push_limit_reached"),
    "unknown": ({"response_action": "dance"}, "response_action 'dance'"),
}


@pytest.mark.parametrize(("answer", "why"), BAD_ANSWERS.values(), ids=BAD_ANSWERS.keys())
async def test_an_invalid_answer_to_a_submission_shows_a_connection_error(
    stage, app: AsyncApp, heard: Heard, answer: dict[str, Any], why: str
) -> None:
    serve_form(app, heard, answer)
    await open_form(stage, NOTE)
    for view in (NOTE, FORM):
        trigger = stage.slack.new_trigger(
            team_id=stage.agency.id, person=stage.ann, view=stage.slack.top_view(stage.ann)
        )
        await stage.client.views_push(trigger_id=trigger, view=view)
    view = stage.slack.top_view(stage.ann)
    await fill(stage, view)
    delivered = await stage.slack.submit(stage.ann, view)
    assert delivered.error == "trouble_connecting"
    assert why in delivered.detail
    assert view.banner == "We had some trouble connecting. Try again?"
    assert view.is_open


async def test_a_modal_that_is_not_answered_shows_an_error_and_can_be_submitted_again(
    stage, app: AsyncApp, heard: Heard, way: Way
) -> None:
    app.options("pick")(heard.listener({"options": [option("brand")]}))
    app.action("pick")(heard.listener())
    view = await open_form(stage)
    await fill(stage, view)
    if way is Way.SOCKET:  # nobody answers there
        stage.slack.ack_seconds = 0.3
    assert (await stage.slack.submit(stage.ann, view)).error == "trouble_connecting"
    stage.slack.ack_seconds = 15.0
    app.view("ask")(heard.listener())
    assert (await stage.slack.submit(stage.ann, view)).ok
    assert not view.is_open


async def test_an_answer_can_change_push_and_clear_views(stage, app: AsyncApp, heard: Heard) -> None:
    small = FORM | {"blocks": [], "callback_id": "small"}
    answers = iter(
        [
            {"response_action": "update", "view": small | {"title": plain("Changed")}},
            {"response_action": "push", "view": small | {"title": plain("Pushed")}},
            {"response_action": "clear"},
        ]
    )

    @app.view("small")
    async def answer(ack: Any) -> None:
        await ack(**next(answers))

    slack, ann = stage.slack, stage.ann
    view = await open_form(stage, small)
    await slack.submit(ann, view)
    assert view.title == "Changed"
    await slack.submit(ann, view)
    pushed = slack.top_view(ann)
    assert (pushed.title, pushed.previous_view_id) == ("Pushed", view.id)
    with pytest.raises(CannotDo):
        await slack.submit(ann, view)
    await slack.submit(ann, pushed)
    assert slack.views(ann) == []


async def test_closing_is_sent_only_for_views_that_ask_for_it(stage, app: AsyncApp, heard: Heard) -> None:
    app.view_closed("ask")(heard.listener())
    slack, ann = stage.slack, stage.ann
    await slack.close(ann, await open_form(stage))
    await slack.close(ann, await open_form(stage), cleared=True)
    await slack.close(ann, await open_form(stage, NOTE))
    assert [(body["type"], body["is_cleared"]) for body in heard] == [
        ("view_closed", False),
        ("view_closed", True),
    ]
    assert slack.views(ann) == []


async def test_a_submission_from_another_workspace_names_both_teams(
    stage, app: AsyncApp, heard: Heard
) -> None:
    small = FORM | {"blocks": [], "callback_id": "ask"}
    app.view("ask")(heard.listener())
    view = await open_form(stage, small, person=stage.eva)
    await stage.slack.submit(stage.eva, view)
    (body,) = heard
    assert body["team"]["id"] == body["user"]["team_id"] == stage.brand.id
    assert body["view"]["app_installed_team_id"] == stage.agency.id


async def test_invalid_options_leave_a_menu_empty(stage, app: AsyncApp, heard: Heard) -> None:
    app.options("pick")(heard.listener({"options": [option(f"o{n}") for n in range(101)]}))
    view = await open_form(stage)
    suggested = await stage.slack.suggest(stage.ann, view, "pick")
    assert (suggested.error, suggested.options) == ("options_failed", ())
    assert "no more than 100 items" in suggested.detail
    with pytest.raises(CannotDo, match="not among the options"):
        await stage.slack.set_value(stage.ann, view, "pick", "o1")
    with pytest.raises(CannotDo, match="is a plain_text_input"):
        await stage.slack.suggest(stage.ann, view, "text")


async def test_a_menu_asks_for_options_from_three_characters_on_unless_the_app_says_other(
    stage, app: AsyncApp, heard: Heard
) -> None:
    app.options("pick")(heard.listener({"options": [option("brand")]}))
    element = {"type": "external_select", "action_id": "pick"}
    block = {"type": "input", "block_id": "owner", "label": plain("Owner"), "element": element}
    view = await open_form(stage, FORM | {"blocks": [block]})
    with pytest.raises(CannotDo, match="from 3 characters on"):
        await stage.slack.suggest(stage.ann, view, "pick", "br")
    assert (await stage.slack.suggest(stage.ann, view, "pick", "bra")).ok


async def test_only_the_top_modal_can_be_used_and_only_by_its_person(stage) -> None:
    view = await open_form(stage)
    with pytest.raises(CannotDo):
        await stage.slack.set_value(stage.eva, view, "text", "x")
    with pytest.raises(CannotDo, match="no submit button"):
        await stage.slack.submit(stage.ann, await open_form(stage, NOTE))
    with pytest.raises(CannotDo):
        await stage.slack.set_value(stage.ann, view, "text", "x")


# --- App Home and events ----------------------------------------------------------------------------


async def test_opening_home_is_an_event_and_its_buttons_work(stage, app: AsyncApp, heard: Heard) -> None:
    @app.event("app_home_opened")
    async def opened(event: dict[str, Any], client: Any) -> None:
        heard.append(event)
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": CARD})

    app.action("decline")(heard.listener())
    assert (await stage.slack.open_home(stage.ann)).ok
    assert (heard[0]["user"], heard[0]["tab"]) == (stage.ann.id, "home")
    home = await stage.slack.until(lambda: stage.slack.home(stage.ann))
    await stage.slack.click(stage.ann, home, "decline")
    assert (heard[1]["view"]["type"], heard[1]["container"]["type"]) == ("home", "view")


async def test_changes_of_people_and_channels_are_sent_as_events(stage, app: AsyncApp, heard: Heard) -> None:
    for name in ("user_change", "message", "member_left_channel", "channel_archive", "tokens_revoked"):
        app.event(name)(heard.listener())
    app.event("app_uninstalled")(heard.listener())
    slack = stage.slack
    await slack.say(stage.ann, stage.room, "Hello")
    await slack.leave(stage.ann, stage.room)
    await slack.join(stage.ann, stage.room)
    await slack.archive(stage.room)
    await slack.deactivate(stage.ben)
    await slack.uninstall(stage.agency, events=("app_uninstalled", "tokens_revoked"))
    assert [body["event"]["type"] for body in heard] == [
        "message",
        "member_left_channel",
        "channel_archive",
        "user_change",
        "app_uninstalled",
        "tokens_revoked",
    ]
    said = heard[0]
    assert (said["event"]["text"], said["event"]["channel_type"]) == ("Hello", "channel")
    assert said["authorizations"][0]["user_id"] == stage.agency.bot_user_id
    assert heard[3]["event"]["user"]["deleted"]
    assert heard[5]["event"]["tokens"]["bot"] == [stage.agency.bot_user_id]
    assert all(body["team_id"] == stage.agency.id for body in heard)


async def test_a_retried_event_has_its_retry_number_and_the_same_event_id(
    stage, app: AsyncApp, heard: Heard, way: Way
) -> None:
    app.event("user_change")(heard.listener())
    await stage.slack.change_person(stage.ann, is_restricted=True)
    await stage.slack.redeliver(times=2, retry=True)
    assert len({body["event_id"] for body in heard}) == 1
    assert len(heard) == 3
    first, *again = stage.slack.deliveries
    if way is Way.HTTP:
        assert "X-Slack-Retry-Num" not in first.headers
        assert [sent.headers["X-Slack-Retry-Num"] for sent in again] == ["1", "2"]
        assert again[0].headers["X-Slack-Retry-Reason"] == "http_timeout"
    else:
        assert [sent.envelope["retry_attempt"] for sent in (first, *again)] == [0, 1, 2]
        assert len({sent.envelope["envelope_id"] for sent in (first, *again)}) == 3


async def test_answers_in_a_thread_stay_in_it(stage) -> None:
    card = await post_card(stage)
    await stage.slack.say(stage.ann, stage.room, "Why?", thread_ts=card.ts)
    assert card.reply_count == 1
    with pytest.raises(SlackApiError):
        await stage.client.chat_postMessage(channel=stage.room.id, text="x", thread_ts="1.000002")


async def test_nobody_writes_where_the_manifest_takes_the_message_box_away(stage) -> None:
    stage.slack.app.messages_are_read_only = True
    dm = stage.slack.open_dm(stage.slack.workspace(stage.ann.team_id), stage.ann)
    for attempt in (stage.slack.say(stage.ann, dm, "Hello?"), stage.slack.command(stage.ann, dm, "/access")):
        with pytest.raises(CannotDo, match="turned off"):
            await attempt
