"""T11 to T14: an approval is to what the record says and was shown, and gives no more than was requested."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import hostile
import make
import pytest
from flow_steps import (
    buttons,
    denials,
    held,
    read,
    request,
)
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from make import ACCOUNT, AGENCY, BRAND, PAGE
from payloads import (
    MODALS,
    NOT_OURS,
    OLD_MODAL,
    PRIVATE,
    VALUES,
    approval_metadata,
    chosen,
    field_errors,
    resent,
    sound_approval,
    sound_submission,
    words_at_fields,
)
from stages import MONDAY, Stage, changed, in_short_by_socket, nothing_moves, over_http_alone
from story import Story
from world import World

from bot.clock import PushedClock
from bot.domain.assets import TASKS
from bot.domain.assets import Kind as AssetKind
from bot.domain.denials import DenialReason
from bot.domain.requests import Approve, NewItem, Term
from bot.sandbox.slack import Kind
from bot.services.results import Moved, Sent
from bot.store import tables


@pytest.fixture
def clock() -> PushedClock:
    return PushedClock(start=MONDAY)


REQUEST, REQUEST_PAGE = (f"request {one} {{}} for 30d because Spring" for one in (make.ACCOUNT, make.PAGE))


def states(world: World) -> dict[str, str]:
    """The states of the requests, by the requested asset."""
    asset = {row.request_id: row.asset_id for row in world.rows(tables.Item)}
    return {asset[row.id]: row.state for row in world.rows(tables.Request)}


@pytest.mark.covers("T11")
async def test_a_press_is_about_what_its_button_names_whatever_message_it_seems_to_come_from(
    either_way: World,
) -> None:
    world = either_way
    first = await world.send_request(REQUEST.format("advertise,analyze"))
    second = await world.send_request(REQUEST_PAGE.format("analyze"))
    payload = world.slack.payload_click(world.dana, first, "approve")
    elsewhere = world.slack.payload_click(world.dana, second, "approve")
    for place in ("container", "channel", "message"):
        payload[place] = elsewhere[place]

    assert (await world.slack.send_payload(Kind.INTERACTIVE, payload)).ok
    await world.settle()

    assert states(world) == {make.ACCOUNT: "APPROVED", make.PAGE: "PENDING"}
    assert buttons(first) == {"undo", "details"}
    assert buttons(second) >= {"approve", "decline"}
    assert "Acme Page" in read(second)


@pytest.mark.covers("T11", "T14")
async def test_a_message_that_was_altered_gives_no_more_than_the_record(socket_world: World) -> None:
    """Other blocks, other text, values that were never inputs, another author: none of it is looked at."""
    card = await socket_world.send_request(REQUEST.format("analyze"))
    payload = socket_world.slack.payload_click(socket_world.dana, card, "approve")
    was = json.dumps(payload["message"])
    payload["message"] = json.loads(was.replace("ANALYZE", "MANAGE").replace("30 days", "10 years"))
    payload["message"] |= {
        "text": "Approved: MANAGE, for ever",
        "user": socket_world.ann.id,
        "thread_ts": "1.000001",
    }
    payload["state"] = {"values": {"item:0": {"given": {"selected_option": {"value": "Admin"}}}}}
    payload["actions"][0] |= {
        "text": {"type": "plain_text", "text": "Approve as Admin"},
        "selected_option": {"value": "Admin"},
        "tasks": ["MANAGE"],
    }

    await socket_world.slack.send_payload(Kind.INTERACTIVE, payload)
    await socket_world.settle()

    assert held(socket_world) == {"ANALYZE"}
    (grant,) = socket_world.rows(tables.Grant)
    assert grant.ends_at - grant.starts_at == timedelta(days=30)


@pytest.mark.covers("T11", "T12")
@pytest.mark.parametrize("version", [0, 2, 99])
async def test_another_version_than_was_shown_is_no_way_to_decide(socket_world: World, version: int) -> None:
    card = await socket_world.send_request(REQUEST.format("analyze"))
    payload = socket_world.slack.payload_click(socket_world.dana, card, "approve")
    value = json.loads(payload["actions"][0]["value"])
    payload["actions"][0]["value"] = json.dumps(value | {"v": version})
    await socket_world.slack.send_payload(Kind.INTERACTIVE, payload)
    await socket_world.settle()
    assert (request(socket_world).state, denials(socket_world)) == ("PENDING", ["changed"])


@pytest.mark.covers("T11")
@pytest.mark.parametrize("value", hostile.REFERENCES.values(), ids=hostile.REFERENCES)
@in_short_by_socket
async def test_a_value_that_is_not_ours_is_answered_privately_whatever_the_button(
    stage: Stage, caplog: pytest.LogCaptureFixture, value: Any
) -> None:
    world = stage.world
    async with nothing_moves(stage, caplog):
        for action in ("approve", "approve_as", "details", "send", "page"):
            seen = len(world.slack.ephemerals(world.dana))
            delivered = await stage.send(Kind.INTERACTIVE, stage.press(world.dana, action, value))
            assert delivered.status == 200, action
            assert OLD_MODAL in stage.told_since(world.dana, seen), action


@pytest.mark.parametrize(
    "selected",
    [
        {},
        {"value": None},
        {"value": "junk"},
        {"value": '{"a":"approve","r":"1","v":1}'},
        {"value": '{"a":["details"],"r":"1","v":1}'},
        {"value": '{"a":{"details":1},"r":"1","v":1}'},
        {"value": 7},
        "junk",
    ],
    ids=json.dumps,
)
async def test_a_choice_that_the_menu_never_offered_does_nothing(
    stage: Stage, caplog: pytest.LogCaptureFixture, selected: Any
) -> None:
    world = stage.world
    async with nothing_moves(stage, caplog):
        seen = len(world.slack.ephemerals(world.dana))
        payload = stage.press(world.dana, "more", None, selected=selected)
        assert (await stage.send(Kind.INTERACTIVE, payload)).status == 200
        assert OLD_MODAL in stage.told_since(world.dana, seen)


@pytest.mark.covers("T11")
async def test_the_menu_cannot_be_made_to_approve(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    world = stage.world
    async with nothing_moves(stage, caplog):
        value = json.dumps({"a": "approve", "r": stage.request_id, "v": 1})
        payload = stage.press(world.dana, "more", None, selected={"value": value})
        await stage.send(Kind.INTERACTIVE, payload)


@pytest.mark.parametrize("action", hostile.ACTIONS)
async def test_a_button_that_there_is_not_does_nothing(
    stage: Stage, caplog: pytest.LogCaptureFixture, action: str
) -> None:
    world = stage.world
    async with nothing_moves(stage, caplog):
        seen = len(world.slack.ephemerals(world.dana))
        value = json.dumps({"r": stage.request_id, "v": 1})
        delivered = await stage.send(Kind.INTERACTIVE, stage.press(world.dana, action, value))
        assert delivered.status == 200
        assert OLD_MODAL in stage.told_since(world.dana, seen)


TOO_MUCH = "more than an approval can give"
BAD_APPROVALS: dict[str, tuple[tuple[Any, ...], Any, str, str]] = {
    "more than was asked": ((*VALUES, "item:0"), chosen("given", "Admin"), "item:0", TOO_MUCH),
    "all tasks as a custom set": ((*VALUES, "item:0"), chosen("given", "custom:4:f"), "note", OLD_MODAL),
    "a level of another kind": ((*VALUES, "item:0"), chosen("given", "Employee"), "note", OLD_MODAL),
    "nothing of it": ((*VALUES, "item:0"), chosen("given", "declined"), "", "You gave nothing of it"),
    "a length that is a word": ((*VALUES, "term"), chosen("term", "forever"), "term", "between 1 and 3650"),
    "no days": ((*VALUES, "term"), chosen("term", "0"), "term", "between 1 and 3650"),
    "longer than was asked": ((*VALUES, "term"), chosen("term", "3000"), "term", TOO_MUCH),
    "no end where one was asked": ((*VALUES, "term"), chosen("term", "none"), "term", TOO_MUCH),
    "metadata with a kind that is a list": (
        PRIVATE,
        {"kinds": {"0": [["AD_ACCOUNT"], "x"]}},
        "note",
        OLD_MODAL,
    ),
    "metadata with a position that is a power": (PRIVATE, {"kinds": {"²": ["PAGE", "1"]}}, "note", OLD_MODAL),
    "metadata with a position of many digits": (
        PRIVATE,
        {"kinds": {"9" * 5000: ["PAGE", "1"]}},
        "note",
        OLD_MODAL,
    ),
    "metadata of a request that is not there": (PRIVATE, {"r": "4" * 15}, "note", NOT_OURS),
    "metadata of a version to come": (PRIVATE, {"v": 99}, "note", "has changed since you saw it"),
    "metadata of a version before the first": (PRIVATE, {"v": 0}, "note", "has changed since you saw it"),
    "metadata of a version that is a word": (PRIVATE, {"v": "1"}, "note", OLD_MODAL),
    "a state that is gone": (("view", "state"), KeyError, "note", OLD_MODAL),
    "an item that has no answer": (
        (*VALUES, "item:0"),
        {"given": {"selected_option": None}},
        "note",
        OLD_MODAL,
    ),
    "items that were not asked": (PRIVATE, {"kinds": {"7": ["PAGE", "1"]}}, "note", OLD_MODAL),
}


@pytest.mark.covers("T11", "T14")
@over_http_alone
@pytest.mark.parametrize(("path", "value", "block", "said"), BAD_APPROVALS.values(), ids=BAD_APPROVALS)
async def test_an_approval_with_something_bad_in_it_gives_nothing(
    stage: Stage,
    caplog: pytest.LogCaptureFixture,
    *,
    path: tuple[Any, ...],
    value: Any,
    block: str,
    said: str,
) -> None:
    async with nothing_moves(stage, caplog):
        payload = await sound_approval(stage)
        if isinstance(value, dict) and path == PRIVATE:
            value = approval_metadata(stage, **value)
        payload = changed(payload, path, value)
        found = field_errors(await stage.send(Kind.INTERACTIVE, payload))
        assert said in (found[block] if block else " ".join(found.values())), found


@over_http_alone
@pytest.mark.parametrize(
    "bad",
    [
        '{"ends":[]}',
        '{"ends":{}}',
        '{"ends":["1"]}',
        '{"ends":["<!channel>:1"]}',
        '{"ends":["10000000001:x"]}',
        '{"ends":[["10000000001:1"]]}',
        '{"ends":["10000000001:1\\u0000"]}',
        '{"ends":["10000000001:٣"]}',
        '{"asset":null,"other":null,"seen":""}',
    ],
)
async def test_an_end_that_cannot_be_read_ends_nothing(
    stage: Stage, caplog: pytest.LogCaptureFixture, bad: str
) -> None:
    world = stage.world
    async with nothing_moves(stage, caplog):
        form = await stage.form(world.dana, f"revoke {make.PAGE}")
        delivered = await stage.send(
            Kind.INTERACTIVE, changed(world.slack.payload_submit(world.dana, form), PRIVATE, bad)
        )
        assert OLD_MODAL in field_errors(delivered)["note"]


@pytest.mark.parametrize("callback", MODALS)
@over_http_alone
async def test_metadata_that_is_not_ours_is_a_field_error_in_every_modal(
    stage: Stage, caplog: pytest.LogCaptureFixture, callback: str
) -> None:
    async with nothing_moves(stage, caplog):
        sound = await sound_submission(stage, callback)
        for what, metadata in hostile.METADATA.items():
            payload = resent(changed(sound, PRIVATE, metadata))
            assert OLD_MODAL in words_at_fields(await stage.send(Kind.INTERACTIVE, payload)), what


NOON = datetime.fromisoformat("2030-06-03T12:00:00+00:00")


TERMS = st.one_of(
    st.integers(1, 60).map(Term.for_days),
    st.integers(1, 60).map(lambda days: Term.till(NOON + timedelta(days=days))),
    st.just(Term.without_end()),
)


def tasks_of(kind: AssetKind, *, least: int = 1) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(sorted(TASKS[kind])[:4]), min_size=least)


ITEMS = st.lists(
    st.sampled_from([AssetKind.PAGE, AssetKind.AD_ACCOUNT, AssetKind.PIXEL]).flatmap(
        lambda kind: st.tuples(st.just(kind), tasks_of(kind))
    ),
    min_size=1,
    max_size=3,
)


def verdicts(kinds: list[AssetKind]) -> st.SearchStrategy[Approve]:
    """An approval of any tasks for any item, at times for one that does not exist, or with another asset."""
    given_ = st.fixed_dictionaries(
        {}, optional={at: tasks_of(kind, least=0) for at, kind in enumerate(kinds)}
    )
    beyond = st.dictionaries(st.sampled_from([-1, 3]), st.just(frozenset({"ANALYZE"})), max_size=1)
    others = st.dictionaries(st.integers(0, 3), st.sampled_from([ACCOUNT, PAGE, "act_666"]), max_size=1)
    return st.one_of(
        st.just(Approve()),
        st.builds(Approve, term=TERMS),
        st.builds(Approve, given=given_, term=st.none() | TERMS),
        st.builds(Approve, given=st.builds(lambda one, more: one | more, given_, beyond), bound=others),
    )


@pytest.mark.covers("T14", "I6")
def test_whatever_approvers_send_what_is_given_is_within_what_was_requested(story: Story) -> None:
    """Of each asset, for each task and in time; over two votes, the second within the first."""
    town = make.town(story.database, quorum=2)
    make.business(story.database, make.OTHER, name="Other", team=make.OTHER_TEAM)
    make.asset(story.database, "act_666", kind=AssetKind.AD_ACCOUNT, name="Not theirs", owner=make.OTHER)
    story.clock.push(NOON - story.clock.now())
    numbers = iter(range(10_000, 90_000))
    answers: Counter[str] = Counter()

    @hypothesis_settings(max_examples=40, derandomize=True, database=None)
    @given(ITEMS, TERMS, st.data())
    def decided(wanted: list[tuple[AssetKind, frozenset[str]]], term: Term, data: st.DataObject) -> None:
        items = []
        for kind, tasks in wanted:
            asset = f"{'act_' if kind is AssetKind.AD_ACCOUNT else '6000'}{next(numbers)}"
            make.asset(story.database, asset, kind=kind, name="x", owner=BRAND)
            items.append(NewItem(kind=kind, tasks=tasks, asset_id=asset))
        sent = story.submit(town.ann, *items, term=term)
        assert isinstance(sent, Sent)
        requested = allowed = {one.asset_id: one.tasks for one in items}
        for who in (town.dana, town.dov):
            verdict = data.draw(verdicts([kind for kind, _ in wanted]))
            answer = story.decide(who, sent.request_id, verdict)
            if not isinstance(answer, Moved):
                answers[str(getattr(answer, "reason", "invalid"))] += 1
                continue
            view = story.card(sent.request_id)
            assert view.given_term is None or view.given_term.is_within(term, at=story.clock.now())
            given_ = {one.asset_id: one.given for one in view.items}
            assert all(tasks is None or tasks <= allowed[asset] for asset, tasks in given_.items())
            allowed = {asset: allowed[asset] if tasks is None else tasks for asset, tasks in given_.items()}
        until = term.ends_at(starts_at=story.clock.now())
        for grant in story.rows(tables.Grant, request_id=sent.request_id):
            answers["given"] += 1
            assert frozenset(grant.tasks.split(",")) <= allowed[grant.asset_id] <= requested[grant.asset_id]
            assert (grant.owner_id, grant.holder_id) == (BRAND, AGENCY)
            assert until is None or (grant.ends_at is not None and grant.ends_at <= until)
        story.cancel(town.ann, sent.request_id)

    decided()
    assert min(answers["given"], answers[DenialReason.WIDER]) > 10, "or it has shown nothing"
    assert story.held("act_666") == frozenset()
