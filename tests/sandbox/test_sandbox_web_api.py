"""The Web API, called with the real SDK: what it does, and each refusal by Slack's error name."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import PushedClock
from bot.sandbox.slack import state

TRIGGER_LIFE = state.TRIGGER_LIFE  # as it is; the tests wait longer

DIVIDER = {"type": "divider"}
SECTION = {"type": "section", "block_id": "s", "text": {"type": "mrkdwn", "text": "*Hello*"}}
MODAL = {"type": "modal", "title": {"type": "plain_text", "text": "Ask"}, "blocks": [SECTION]}
INPUT = {
    "type": "input",
    "block_id": "why",
    "label": {"type": "plain_text", "text": "Why"},
    "element": {"type": "plain_text_input", "action_id": "text", "initial_value": "because"},
}
FORM = MODAL | {"blocks": [INPUT], "submit": {"type": "plain_text", "text": "Send"}}
HOME = {"type": "home", "blocks": [SECTION]}


async def refusal(call: Awaitable[Any]) -> str:
    """Return the error name of a refused `call`."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return caught.value.response["error"]


def trigger(stage) -> str:
    return stage.slack.new_trigger(team_id=stage.agency.id, person=stage.ann)


# --- tokens and scopes ------------------------------------------------------------------------------


async def test_auth_test_names_the_workspace_and_the_bot(stage) -> None:
    answer = await stage.client.auth_test()
    assert answer["team_id"] == stage.agency.id
    assert answer["user_id"] == stage.agency.bot_user_id
    assert answer["bot_id"] == stage.agency.bot_id
    assert answer["url"] == "https://northwind.slack.com/"
    assert (await stage.brand_client.auth_test())["team_id"] == stage.brand.id


async def test_invalid_tokens_are_refused_with_slacks_error_names(stage) -> None:
    slack = stage.slack
    assert await refusal(AsyncWebClient(base_url=slack.api_url).auth_test()) == "not_authed"
    assert (
        await refusal(AsyncWebClient(token="xoxb-no", base_url=slack.api_url).auth_test()) == "invalid_auth"
    )
    app_client = AsyncWebClient(token=slack.app.app_token, base_url=slack.api_url)
    assert await refusal(app_client.auth_test()) == "not_allowed_token_type"
    assert await refusal(stage.client.apps_connections_open(app_token=stage.agency.bot_token)) == (
        "not_allowed_token_type"
    )
    await slack.revoke_token(stage.agency)
    assert await refusal(stage.client.auth_test()) == "token_revoked"
    slack.restore_token(stage.agency)
    assert (await stage.client.auth_test())["ok"]
    await slack.uninstall(stage.agency, events=())
    assert await refusal(stage.client.auth_test()) == "account_inactive"
    assert (await stage.brand_client.auth_test())["ok"]


async def test_a_missing_scope_is_named_beside_the_granted_ones(stage) -> None:
    stage.agency.scopes.discard("chat:write")
    with pytest.raises(SlackApiError) as caught:
        await stage.client.chat_postMessage(channel=stage.room.id, text="Hi")
    assert caught.value.response["error"] == "missing_scope"
    assert caught.value.response["needed"] == "chat:write"
    assert "users:read" in caught.value.response["provided"]


async def test_an_unknown_method_is_refused(stage) -> None:
    assert await refusal(stage.client.api_call("chat.scheduleMessage")) == "unknown_method"


async def test_api_test_needs_no_token_and_returns_an_error_on_demand(stage) -> None:
    client = AsyncWebClient(base_url=stage.slack.api_url)
    assert (await client.api_test())["ok"]
    assert await refusal(client.api_test(error="my_error")) == "my_error"


@pytest.mark.parametrize("way", ["form", "json", "query", "token in the form"])
async def test_arguments_can_be_form_json_or_query(stage, way: str) -> None:
    url = f"{stage.slack.api_url}users.info"
    bearer = {"Authorization": f"Bearer {stage.agency.bot_token}"}
    args = {"user": stage.ann.id}
    async with aiohttp.ClientSession() as session:
        asked = {
            "form": lambda: session.post(url, data=args, headers=bearer),
            "json": lambda: session.post(url, json=args, headers=bearer),
            "query": lambda: session.get(url, params=args, headers=bearer),
            "token in the form": lambda: session.post(url, data=args | {"token": stage.agency.bot_token}),
        }[way]
        async with asked() as answer:
            assert (await answer.json())["user"]["name"] == "ann"
    assert stage.slack.calls[-1].args == args


# --- messages ---------------------------------------------------------------------------------------


async def test_a_message_is_posted_and_logged(stage, clock: PushedClock) -> None:
    clock.push(timedelta(days=30))
    answer = await stage.client.chat_postMessage(channel=stage.room.id, text="Hi", blocks=[SECTION])
    (message,) = stage.slack.messages(stage.room)
    assert answer["ts"] == message.ts
    assert answer["message"]["bot_id"] == stage.agency.bot_id
    assert (message.text, message.blocks, message.app_id) == ("Hi", [SECTION], stage.slack.app.id)
    assert abs(float(message.ts) - clock.now().timestamp()) < 60
    (call,) = stage.slack.calls_of("chat.postMessage")
    assert call.args == {"channel": stage.room.id, "text": "Hi", "blocks": [SECTION]}
    assert (call.team_id, call.status, call.answer["ts"]) == (stage.agency.id, 200, message.ts)


async def test_message_times_are_unique_and_increase_even_when_the_clock_goes_back(
    stage, clock: PushedClock
) -> None:
    times = []
    for days in (0, 10, -10, 0):
        clock.push(timedelta(days=days))
        times += [(await stage.client.chat_postMessage(channel=stage.room.id, text="Hi"))["ts"] for _ in "ab"]
    assert times == sorted(set(times))


async def test_posting_to_a_person_opens_their_direct_message(stage) -> None:
    answer = await stage.client.chat_postMessage(channel=stage.ann.id, text="Hi")
    assert stage.slack.dm(stage.ann).id == answer["channel"]
    assert answer["channel"].startswith("D")


async def test_posting_is_refused_where_slack_refuses_it(stage) -> None:
    slack, post = stage.slack, stage.client.chat_postMessage
    empty = slack.add_channel(stage.agency, "empty", with_bot=False)
    foreign = slack.add_channel(stage.brand, "foreign")
    assert await refusal(post(channel="C404", text="Hi")) == "channel_not_found"
    assert await refusal(post(channel=foreign.id, text="Hi")) == "channel_not_found"
    assert await refusal(post(channel=stage.secret_room.id, text="Hi")) == "channel_not_found"
    assert await refusal(post(channel=empty.id, text="Hi")) == "not_in_channel"
    silent = stage.client.api_call("chat.postMessage", json={"channel": stage.room.id})
    assert await refusal(silent) == "no_text"
    assert await refusal(post(channel=stage.room.id, text="x" * 4001)) == "msg_too_long"
    assert await refusal(post(channel=stage.room.id, text="Hi", blocks="{")) == "invalid_blocks_format"
    assert (
        await refusal(post(channel=stage.room.id, text="Hi", thread_ts="1.000001"))
        == "cannot_reply_to_message"
    )
    await slack.archive(stage.room)
    assert await refusal(post(channel=stage.room.id, text="Hi")) == "is_archived"
    stage.agency.scopes.add("chat:write.public")
    assert (await post(channel=empty.id, text="Hi"))["ok"]
    assert not slack.messages(stage.room)


async def test_invalid_blocks_are_refused_with_json_pointers(stage) -> None:
    long = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}
    with pytest.raises(SlackApiError) as caught:
        await stage.client.chat_postMessage(channel=stage.room.id, text="Hi", blocks=[long])
    answer = caught.value.response
    complaint = "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    assert answer["error"] == "invalid_blocks"
    assert answer["errors"] == [complaint]
    assert answer["response_metadata"]["messages"] == [f"[ERROR] {complaint}"]


async def test_too_much_text_over_all_blocks_is_refused(stage) -> None:
    full = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3000}}
    post = stage.client.chat_postMessage
    assert (await post(channel=stage.room.id, text="Hi", blocks=[full] * 4))["ok"]
    assert await refusal(post(channel=stage.room.id, text="Hi", blocks=[full] * 5)) == "msg_blocks_too_long"


async def test_metadata_is_stored_and_returned_only_on_request(stage) -> None:
    metadata = {"event_type": "card", "event_payload": {"key": "k1"}}
    post = stage.client.chat_postMessage
    ts = (await post(channel=stage.room.id, text="Hi", metadata=metadata))["ts"]
    plain = await stage.client.conversations_history(channel=stage.room.id)
    asked = await stage.client.conversations_history(channel=stage.room.id, include_all_metadata=True)
    assert "metadata" not in plain["messages"][0]
    assert asked["messages"][0]["metadata"] == metadata
    await stage.client.chat_update(channel=stage.room.id, ts=ts, text="Ho")
    assert stage.slack.message(stage.room.id, ts).metadata == metadata
    await stage.client.chat_update(channel=stage.room.id, ts=ts, text="Ho", metadata={})
    assert stage.slack.message(stage.room.id, ts).metadata is None


async def test_invalid_metadata_is_refused(stage) -> None:
    async def error(metadata: Any) -> str:
        return await refusal(
            stage.client.chat_postMessage(channel=stage.room.id, text="Hi", metadata=metadata)
        )

    huge = {"event_type": "card", "event_payload": {"key": "x" * 16_000}}
    assert await error("{") == "invalid_metadata_format"
    assert await error({"event_type": "card"}) == "invalid_metadata_schema"
    assert await error(huge) == "metadata_too_large"


async def test_an_update_changes_text_and_blocks_together(stage) -> None:
    client, room = stage.client, stage.room
    ts = (await client.chat_postMessage(channel=room.id, text="Hi", blocks=[SECTION]))["ts"]
    message = stage.slack.message(room.id, ts)
    await client.chat_update(channel=room.id, ts=ts, text="Ho", blocks=[DIVIDER | {"block_id": "d"}])
    assert (message.text, message.blocks, message.edited) == ("Ho", [DIVIDER | {"block_id": "d"}], None)
    await client.chat_update(channel=room.id, ts=ts, text="Only words")
    assert (message.text, message.blocks) == ("Only words", [])
    assert message.edited


async def test_updating_is_refused_where_slack_refuses_it(stage) -> None:
    client, slack, room = stage.client, stage.slack, stage.room
    ts = (await client.chat_postMessage(channel=room.id, text="Hi"))["ts"]
    theirs = await slack.say(stage.ann, room, "mine")
    seen = (await client.chat_postEphemeral(channel=room.id, user=stage.ann.id, text="psst"))["message_ts"]
    dm = (await client.chat_postMessage(channel=stage.ann.id, text="Hi"))["ts"]
    assert await refusal(client.chat_update(channel=room.id, ts="1.000001", text="x")) == "message_not_found"
    assert await refusal(client.chat_update(channel=room.id, ts=theirs.ts, text="x")) == "cant_update_message"
    assert await refusal(client.chat_update(channel=room.id, ts=seen, text="x")) == "message_not_found"
    assert await refusal(client.chat_update(channel=stage.ann.id, ts=dm, text="x")) == "channel_not_found"
    silent = client.api_call("chat.update", json={"channel": room.id, "ts": ts})
    assert await refusal(silent) == "no_text"
    assert await refusal(client.chat_delete(channel=room.id, ts=theirs.ts)) == "cant_delete_message"
    await slack.archive(room)
    assert await refusal(client.chat_update(channel=room.id, ts=ts, text="x")) == "is_inactive"
    await slack.unarchive(room)
    await client.chat_delete(channel=room.id, ts=ts)
    assert await refusal(client.chat_update(channel=room.id, ts=ts, text="x")) == "message_not_found"
    assert await refusal(client.chat_delete(channel=room.id, ts=ts)) == "message_not_found"


async def test_another_workspaces_bot_cannot_change_our_message(stage) -> None:
    ts = (await stage.client.chat_postMessage(channel=stage.shared.id, text="Hi"))["ts"]
    call = stage.brand_client.chat_update(channel=stage.shared.id, ts=ts, text="x")
    assert await refusal(call) == "cant_update_message"


async def test_an_ephemeral_message_is_seen_only_by_its_person(stage) -> None:
    client, slack = stage.client, stage.slack
    await client.chat_postEphemeral(channel=stage.shared.id, user=stage.eva.id, text="psst")
    assert [message.text for message in slack.ephemerals(stage.eva)] == ["psst"]
    assert slack.ephemerals(stage.ann) == slack.messages(stage.shared) == []
    assert (await client.conversations_history(channel=stage.shared.id))["messages"] == []
    call = client.chat_postEphemeral(channel=stage.room.id, user=stage.ben.id, text="psst")
    assert await refusal(call) == "user_not_in_channel"


async def test_replies_are_counted_and_kept_out_of_the_channels_history(stage) -> None:
    client, room = stage.client, stage.room
    ts = (await client.chat_postMessage(channel=room.id, text="Card"))["ts"]
    await client.chat_postMessage(channel=room.id, text="Reply", thread_ts=ts)
    (shown,) = (await client.conversations_history(channel=room.id))["messages"]
    assert (shown["text"], shown["reply_count"]) == ("Card", 1)
    replies = (await client.conversations_replies(channel=room.id, ts=ts))["messages"]
    assert [reply["text"] for reply in replies] == ["Card", "Reply"]
    assert await refusal(client.conversations_replies(channel=room.id, ts="1.000001")) == "thread_not_found"


async def test_history_is_paged_newest_first_between_two_times(stage) -> None:
    client, room = stage.client, stage.room
    times = [(await client.chat_postMessage(channel=room.id, text=str(n)))["ts"] for n in range(5)]
    first = await client.conversations_history(channel=room.id, limit=3)
    assert [message["text"] for message in first["messages"]] == ["4", "3", "2"]
    assert first["has_more"]
    cursor = first["response_metadata"]["next_cursor"]
    second = await client.conversations_history(channel=room.id, limit=3, cursor=cursor)
    assert [message["text"] for message in second["messages"]] == ["1", "0"]
    between = await client.conversations_history(
        channel=room.id, oldest=times[1], latest=times[3], inclusive=True
    )
    assert [message["text"] for message in between["messages"]] == ["3", "2", "1"]
    assert await refusal(client.conversations_history(channel=room.id, cursor="!")) == "invalid_cursor"
    assert await refusal(client.conversations_history(channel=room.id, limit=5000)) == "invalid_limit"


async def test_history_needs_its_scope_and_the_bot_in_the_channel(stage) -> None:
    assert await refusal(stage.brand_client.conversations_history(channel=stage.shared.id)) == "missing_scope"
    stage.slack.remove_bot(stage.room)
    assert await refusal(stage.client.conversations_history(channel=stage.room.id)) == "not_in_channel"


async def test_a_permalink_points_to_the_message(stage) -> None:
    ts = (await stage.client.chat_postMessage(channel=stage.room.id, text="Hi"))["ts"]
    answer = await stage.client.chat_getPermalink(channel=stage.room.id, message_ts=ts)
    assert (
        answer["permalink"] == f"https://northwind.slack.com/archives/{stage.room.id}/p{ts.replace('.', '')}"
    )
    call = stage.client.chat_getPermalink(channel=stage.room.id, message_ts="1.000001")
    assert await refusal(call) == "message_not_found"


# --- views ------------------------------------------------------------------------------------------


async def test_a_trigger_opens_one_modal_within_three_seconds(stage, clock: PushedClock) -> None:
    client, slack = stage.client, stage.slack
    once, late, foreign = trigger(stage), trigger(stage), trigger(stage)
    answer = await client.views_open(trigger_id=once, view=FORM)
    assert slack.top_view(stage.ann).id == answer["view"]["id"]
    assert answer["view"]["state"]["values"]["why"]["text"]["value"] == "because"
    assert await refusal(client.views_open(trigger_id=once, view=MODAL)) == "exchanged_trigger_id"
    assert await refusal(client.views_open(trigger_id="1.2.x", view=MODAL)) == "invalid_trigger_id"
    assert (
        await refusal(stage.brand_client.views_open(trigger_id=foreign, view=MODAL)) == "invalid_trigger_id"
    )
    assert timedelta(seconds=3) == TRIGGER_LIFE
    clock.push(timedelta(days=1))
    assert slack.clock.real() < clock.now()
    clock.push_real(state.TRIGGER_LIFE + timedelta(milliseconds=1))
    assert await refusal(client.views_open(trigger_id=late, view=MODAL)) == "expired_trigger_id"


async def test_an_invalid_view_is_refused_with_json_pointers_and_uses_no_trigger(stage) -> None:
    once = trigger(stage)
    long = MODAL | {"title": {"type": "plain_text", "text": "x" * 25}}
    with pytest.raises(SlackApiError) as caught:
        await stage.client.views_open(trigger_id=once, view=long)
    assert caught.value.response["error"] == "invalid_arguments"
    assert caught.value.response["response_metadata"]["messages"] == [
        "[ERROR] must be less than 25 characters [json-pointer:/view/title/text]"
    ]
    assert await refusal(stage.client.views_open(trigger_id=once, view="{")) == "invalid_arguments"
    huge = MODAL | {
        "blocks": [
            SECTION | {"block_id": str(n), "fields": [{"type": "mrkdwn", "text": "x" * 2000}] * 2}
            for n in range(70)
        ]
    }
    assert await refusal(stage.client.views_open(trigger_id=once, view=huge)) == "view_too_large"
    assert (await stage.client.views_open(trigger_id=once, view=MODAL))["ok"]


async def test_at_most_three_views_are_stacked(stage) -> None:
    client, slack = stage.client, stage.slack
    await client.views_open(trigger_id=trigger(stage), view=MODAL)
    assert await refusal(client.views_push(trigger_id=trigger(stage), view=MODAL)) == "not_found"

    def pushing() -> str:
        return slack.new_trigger(team_id=stage.agency.id, person=stage.ann, view=slack.top_view(stage.ann))

    for _ in range(2):
        await client.views_push(trigger_id=pushing(), view=MODAL)
    root, middle, top = slack.views(stage.ann)
    assert (top.previous_view_id, top.root_view_id) == (middle.id, root.id)
    assert await refusal(client.views_push(trigger_id=pushing(), view=MODAL)) == "push_limit_reached"


async def test_an_update_keeps_entered_values_and_checks_the_hash(stage) -> None:
    client, slack = stage.client, stage.slack
    opened = (await client.views_open(trigger_id=trigger(stage), view=FORM | {"external_id": "e"}))["view"]
    view = slack.view(opened["id"])
    await slack.set_value(stage.ann, view, "text", "typed")
    more = FORM | {"blocks": [INPUT, DIVIDER], "external_id": "e"}
    answer = await client.views_update(view_id=view.id, view=more, hash=opened["hash"])
    assert answer["view"]["state"]["values"]["why"]["text"]["value"] == "typed"
    assert (
        await refusal(client.views_update(view_id=view.id, view=more, hash=opened["hash"])) == "hash_conflict"
    )
    assert (await client.views_update(external_id="e", view=FORM))["ok"]
    assert await refusal(client.views_update(view_id="V404", view=FORM)) == "not_found"
    assert await refusal(stage.brand_client.views_update(view_id=view.id, view=FORM)) == "not_found"
    await slack.close(stage.ann, view)
    assert await refusal(client.views_update(view_id=view.id, view=FORM)) == "not_found"


async def test_an_external_id_is_used_once(stage) -> None:
    named = MODAL | {"external_id": "e"}
    await stage.client.views_open(trigger_id=trigger(stage), view=named)
    other = stage.slack.new_trigger(team_id=stage.agency.id, person=stage.ben)
    assert await refusal(stage.client.views_open(trigger_id=other, view=named)) == "duplicate_external_id"


async def test_a_home_is_published_for_people_of_the_workspace(stage) -> None:
    client, slack = stage.client, stage.slack
    first = (await client.views_publish(user_id=stage.ann.id, view=HOME))["view"]
    assert slack.home(stage.ann).blocks == [SECTION]
    again = await client.views_publish(user_id=stage.ann.id, view=HOME, hash=first["hash"])
    assert again["view"]["id"] == first["id"]
    stale = client.views_publish(user_id=stage.ann.id, view=HOME, hash=first["hash"])
    assert await refusal(stale) == "hash_conflict"
    assert await refusal(client.views_publish(user_id=stage.eva.id, view=HOME)) == "invalid_arguments"
    assert await refusal(client.views_publish(user_id=stage.ann.id, view=MODAL)) == "invalid_arguments"
    slack.app.home_tab = False
    assert await refusal(client.views_publish(user_id=stage.ann.id, view=HOME)) == "not_enabled"


# --- conversations and people -----------------------------------------------------------------------


async def test_a_direct_message_is_opened_once(stage) -> None:
    client = stage.client
    first = await client.conversations_open(users=stage.ann.id)
    second = await client.conversations_open(users=[stage.ann.id], return_im=True)
    assert first["channel"]["id"] == second["channel"]["id"]
    assert second["already_open"]
    assert second["channel"]["user"] == stage.ann.id
    assert (await client.conversations_open(channel=first["channel"]["id"]))["ok"]
    assert (await client.conversations_open(users=stage.eva.id))["ok"]


async def test_opening_a_direct_message_is_refused_where_slack_refuses_it(stage) -> None:
    client, slack = stage.client, stage.slack
    far = slack.add_person(stage.brand, "far")
    stranger = slack.add_person(stage.brand, "stranger", is_stranger=True)
    bot = stage.agency.bot_user_id
    assert await refusal(client.conversations_open(users="U404")) == "user_not_found"
    assert await refusal(client.conversations_open(users=far.id)) == "user_not_found"
    assert await refusal(client.conversations_open(users=stranger.id)) == "user_not_visible"
    assert await refusal(client.conversations_open(users=bot)) == "cannot_dm_bot"
    assert await refusal(client.conversations_open(users="")) == "users_list_not_supplied"
    assert await refusal(client.conversations_open(users=[stage.ann.id, stage.ben.id])) == "missing_scope"
    await slack.deactivate(stage.ben)
    assert await refusal(client.conversations_open(users=stage.ben.id)) == "user_disabled"


async def test_channel_info_depends_on_the_workspace_that_asks(stage) -> None:
    info = (await stage.client.conversations_info(channel=stage.shared.id))["channel"]
    assert (info["name"], info["is_ext_shared"], info["is_member"]) == ("joint", True, True)
    assert set(info["shared_team_ids"]) == {stage.agency.id, stage.brand.id}
    theirs = (await stage.brand_client.conversations_info(channel=stage.shared.id))["channel"]
    assert theirs["is_member"] is False
    assert await refusal(stage.brand_client.conversations_info(channel=stage.room.id)) == "channel_not_found"
    members = await stage.client.conversations_members(channel=stage.shared.id)
    assert set(members["members"]) == {stage.ann.id, stage.eva.id, stage.agency.bot_user_id}


async def test_channels_are_listed_by_kind_and_page(stage) -> None:
    client, slack = stage.client, stage.slack
    hidden = slack.add_channel(stage.agency, "hidden", private=True)
    page = await client.conversations_list(limit=1)
    names = [channel["name"] for channel in page["channels"]]
    page = await client.conversations_list(limit=1, cursor=page["response_metadata"]["next_cursor"])
    names += [channel["name"] for channel in page["channels"]]
    assert names == ["approvals", "joint"]
    assert page["response_metadata"]["next_cursor"] == ""
    private = await client.conversations_list(types="private_channel")
    assert [channel["id"] for channel in private["channels"]] == [hidden.id]
    await slack.archive(stage.room)
    left = await client.conversations_list(exclude_archived=True)
    assert [channel["name"] for channel in left["channels"]] == ["joint"]
    assert await refusal(client.conversations_list(types="rooms")) == "invalid_types"
    assert await refusal(client.conversations_list(types="mpim")) == "missing_scope"


async def test_the_bot_lists_its_own_channels_and_a_persons(stage) -> None:
    empty = stage.slack.add_channel(stage.agency, "empty", with_bot=False)
    own = await stage.client.users_conversations()
    assert [channel["name"] for channel in own["channels"]] == ["approvals", "joint"]
    anns = await stage.client.users_conversations(user=stage.ann.id)
    assert [channel["name"] for channel in anns["channels"]] == ["approvals", "joint"]
    assert (await stage.client.conversations_join(channel=empty.id))["channel"]["is_member"]
    assert stage.agency.bot_user_id in empty.members
    dm = stage.slack.open_dm(stage.agency, stage.ann)
    call = stage.client.conversations_join(channel=dm.id)
    assert await refusal(call) == "method_not_supported_for_channel_type"


async def test_user_info_has_zone_flags_and_locale(stage) -> None:
    client, slack = stage.client, stage.slack
    user = (await client.users_info(user=stage.ann.id, include_locale=True))["user"]
    assert (user["tz"], user["tz_offset"], user["locale"]) == ("Europe/Berlin", 3600, "en-GB")
    assert (user["deleted"], user["is_restricted"], user["is_ultra_restricted"]) == (False, False, False)
    assert "locale" not in (await client.users_info(user=stage.ann.id))["user"]
    outsider = (await client.users_info(user=stage.eva.id))["user"]
    assert (outsider["team_id"], outsider["is_stranger"]) == (stage.brand.id, False)
    assert await refusal(client.users_info(user="U404")) == "user_not_found"
    assert await refusal(client.users_info(user=slack.add_person(stage.brand, "far").id)) == "user_not_found"
    await slack.change_person(stage.ann, is_restricted=True)
    assert (await client.users_info(user=stage.ann.id))["user"]["is_restricted"]
    await slack.deactivate(stage.ann)
    gone = (await client.users_info(user=stage.ann.id))["user"]
    assert gone["deleted"]
    assert "tz" not in gone
    assert (await client.users_info(user=stage.agency.bot_user_id))["user"]["is_bot"]


async def test_people_are_listed_by_page(stage) -> None:
    first = await stage.client.users_list(limit=2)
    second = await stage.client.users_list(limit=2, cursor=first["response_metadata"]["next_cursor"])
    ids = [user["id"] for page in (first, second) for user in page["members"]]
    assert ids == [stage.agency.bot_user_id, stage.ann.id, stage.ben.id]


async def test_a_missing_argument_is_named(stage) -> None:
    with pytest.raises(SlackApiError) as caught:
        await stage.client.api_call("chat.postMessage", json={"text": "Hi"})
    assert caught.value.response["error"] == "invalid_arguments"
    assert caught.value.response["response_metadata"]["messages"] == [
        "[ERROR] missing required field: channel"
    ]
