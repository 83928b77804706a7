"""T5 to T8 and T13: power without a known admin, past the one place that decides, or by the wrong side."""

from __future__ import annotations

import inspect
import json
from datetime import timedelta
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import make
import pytest
from make import ACCOUNT, BRAND, EPOCH, write
from payloads import REQUEST_BUTTONS, sound_submission, words_at_fields
from stages import Stage, nothing_moves
from story import Story
from verbs import OF_SLACK, POWER, Things, calls, do_all, dump, is_no, people, things_of, tried

from bot import services
from bot.clock import PushedClock
from bot.domain.actors import Role
from bot.domain.denials import NOT_THERE, DenialReason
from bot.domain.requests import Approve
from bot.sandbox.slack import Kind
from bot.services import directory, grants, programs, requests, settings
from bot.services.context import act
from bot.services.results import (
    Bundled,
    Changed,
    Denied,
    Discarded,
    Dropped,
    Invalid,
    Prepared,
    Saved,
    Tokened,
)
from bot.services.views.requests import CreationView
from bot.slack import screens
from bot.slack.ids import ActionId
from bot.store import tables
from bot.store.database import Database


def test_every_verb_is_attacked_here(things: Things) -> None:
    """A new verb is added to the calls above: what a package of services hands on and that can deny."""
    packages = [import_module(found.name) for found in iter_modules(services.__path__, "bot.services.")]
    handed_on = [getattr(package, name) for package in packages for name in getattr(package, "__all__", ())]
    verbs = {
        found
        for found in handed_on
        if inspect.isfunction(found)
        if "Context" in [found.annotation for found in inspect.signature(found).parameters.values()][:1]
        if "Denied" in inspect.signature(found).return_annotation
    }
    says_why = {
        grants.why_not_held,
        requests.why_not_extend,
        requests.stands_against,
        requests.outcome,
        requests.find_outcome,
    }  # something else was denied: it does nothing itself
    assert {verb for verb, _, _ in calls(things)} == verbs - says_why


def test_each_of_them_can_be_done_by_somebody(story: Story, things: Things) -> None:
    """Without this the tests below might be refused for another reason than theirs."""
    for call in calls(things):
        answers = [tried(story, call, who) for who in people(things.town)]
        assert all(map(is_no, answers)) == (call[0] in OF_SLACK), call
        assert not any(isinstance(one, Invalid) for one in answers), call


@pytest.mark.covers("T5")
@pytest.mark.parametrize(
    ("table", "values"),
    [
        pytest.param(tables.Membership, {"role": Role.EMPLOYEE}, id="there are only employees"),
        pytest.param(tables.Membership, {"shared": True}, id="all logins are shared"),
        pytest.param(tables.Membership, None, id="nobody is a member of anything"),
        pytest.param(tables.Person, {"guest": None}, id="Slack has said nothing of anybody"),
        pytest.param(tables.BusinessRow, {"team_id": None}, id="no business has a workspace"),
    ],
)
def test_where_nobody_is_admin_no_verb_does_what_only_an_admin_may(
    story: Story, things: Things, table: type[Any], values: dict[str, Any] | None
) -> None:
    found = table.__table__
    change = found.delete() if values is None else found.update().values(**values)
    # An admin of an account decides as a person, whatever they are in a business.
    write(story.database, lambda tx: tx.run(tables.AssetAdmin.__table__.delete()))
    if values is None:  # what was assigned to members goes with them
        write(story.database, lambda tx: tx.run(tables.Assignment.__table__.delete()))
    assert write(story.database, lambda tx: tx.touched(change)) >= 2
    before = dump(story, *POWER)
    for call, who, answer in do_all(story, things.town, calls(things)):
        if not isinstance(answer, _OF_EMPLOYEES.get(call[0], Denied)):
            assert is_no(answer), (call, who.name, answer)
    after = dump(story, *POWER)
    assert {name for name in before if before[name] != after[name]} <= {"Draft", "Creation", "Token"}
    assert not [row for row in after["Creation"] if row.state == "CREATED"]
    assert not [row for row in after["Draft"] if row.state == "SENT"]


@pytest.mark.covers("B10")
@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"guest": True}, DenialReason.GUEST),
        ({"guest": None}, DenialReason.UNCHECKED),
        ({"checked_at": EPOCH - timedelta(days=2)}, DenialReason.UNCONFIRMED),
    ],
)
def test_who_has_no_power_is_told_why_and_never_that_what_they_see_is_not_there(
    story: Story, things: Things, said: dict[str, Any], reason: DenialReason
) -> None:
    change = tables.Person.__table__.update().values(**said)
    write(story.database, lambda tx: tx.run(change))
    town = things.town
    members = (town.ann, town.abe, town.eva, town.dana, town.dov, town.emil)
    for call, who, answer in do_all(story, town, calls(things)):
        if who in members and isinstance(answer, Denied):
            assert answer.reason not in NOT_THERE, (call, who.name)
    forms = (screens.details_modal, screens.history_modal, screens.adjust_modal, screens.cancel_modal)
    for form in forms:
        for about in (things.request_id, "999999999999999"):
            assert story.read(form, about, by=town.dana) == Denied(reason=reason)


# What an employee may do: make a draft, prepare what is to be created, change and drop their own, keep a
# request under a name, and have a token that can do no more than they.
_OF_EMPLOYEES = {
    requests.submit: Saved,
    requests.change_draft: Saved,
    requests.drop_draft: Dropped,
    requests.save_bundle: Bundled,
    requests.remove_bundle: Bundled,
    directory.create_asset: Prepared,
    directory.change_prepared: Prepared,
    directory.drop_prepared: Discarded,
    directory.find_prepared: CreationView,
    directory.may_business_create: type(None),
    programs.create_token: Tokened,
    programs.revoke_token: Tokened,
}


@pytest.mark.covers("T13", "F21")
def test_an_admin_demoted_by_another_process_after_the_modal_opened_decides_nothing(
    either: Story, database_url: str, clock: PushedClock
) -> None:
    story, town = either, make.town(either.database)
    things = things_of(story, town)
    ask = {"by": town.dana.by(), "expected_version": things.version, "now": clock.now()}
    assert write(story.database, act, requests.may_decide_now, things.request_id, **ask) is None
    with Database.open(database_url, clock=clock) as another:
        demoted = write(
            another,
            act,
            settings.set_role,
            BRAND,
            town.dana.id,
            role=Role.EMPLOYEE,
            by=town.dov.by(),
            now=clock.now(),
        )
        assert isinstance(demoted, Changed)
        denied = write(story.database, act, requests.decide, things.request_id, verdict=Approve(), **ask)
    assert denied.reason is DenialReason.NOT_ADMIN
    assert story.rows(tables.Event, kind="denied")[-1].subject_id == things.request_id
    assert story.held(ACCOUNT) == frozenset()


SETTINGS_BUTTONS = ("settings", "members")


@pytest.mark.covers("T6")
@pytest.mark.parametrize("stage", ["http"], indirect=True, scope="module")
@pytest.mark.parametrize("action", [one for one in ActionId if one not in REQUEST_BUTTONS])
async def test_a_name_of_something_else_on_a_card_does_not_decide(
    stage: Stage, caplog: pytest.LogCaptureFixture, action: ActionId
) -> None:
    """Names of inputs and of other buttons, pressed with the value that approves."""
    world = stage.world
    async with nothing_moves(stage, caplog):
        value = json.dumps({"r": stage.request_id, "v": 1})
        delivered = await stage.send(Kind.INTERACTIVE, stage.press(world.dana, action, value))
        assert delivered.status == 200


async def test_only_the_first_of_many_actions_counts(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """Slack sends one; ten thousand are no way around its being read."""
    world = stage.world
    async with nothing_moves(stage, caplog):
        payload = stage.press(world.dana, "launch", None)
        approve = stage.press(world.dana, "approve", json.dumps({"r": stage.request_id, "v": 1}))["actions"][
            0
        ]
        payload["actions"] += [approve] * 1500
        assert (await stage.send(Kind.INTERACTIVE, payload)).status == 200


async def test_an_employee_gets_no_settings_of_their_own_business(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    world = stage.world
    async with nothing_moves(stage, caplog):
        for action in SETTINGS_BUTTONS:
            payload = stage.press(world.emil, action, json.dumps({"r": make.BRAND, "v": 1}))
            assert (await stage.send(Kind.INTERACTIVE, payload)).status == 200
            view = world.slack.top_view(world.emil)
            assert view is None or view.callback_id == "message"


@pytest.mark.covers("T8")
async def test_the_requester_the_author_and_others_of_that_side_do_not_decide(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    world = stage.world
    events = len(stage.events())
    async with nothing_moves(stage, caplog):
        for person in (world.ann, world.abe, world.eva):
            for action in ("approve", "adjust", "decline"):
                value = json.dumps({"r": stage.request_id, "v": 1})
                payload = stage.press(person, action, value)
                assert (await stage.send(Kind.INTERACTIVE, payload)).status == 200
    assert [event.kind for event in stage.events()[events:]] == ["denied"] * 9


@pytest.mark.covers("T6")
@pytest.mark.parametrize(
    "callback", ["comment", "extend", "settings", "members", "asset_people", "assign", "part"]
)
async def test_somebody_who_is_no_admin_of_that_side_changes_nothing(
    stage: Stage, caplog: pytest.LogCaptureFixture, callback: str
) -> None:
    """By an employee, by an admin of a third business, and by somebody whom nobody knows."""
    world = stage.world
    async with nothing_moves(stage, caplog):
        payload = await sound_submission(stage, callback)
        for who in (world.emil, world.eva, world.olga, world.vera):
            payload["user"] |= {"id": who.id, "team_id": who.team_id}
            assert words_at_fields(await stage.send(Kind.INTERACTIVE, payload)), who.name


async def test_an_employee_of_the_owner_cancels_nothing_and_it_is_recorded(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    world = stage.world
    events = len(stage.events())
    async with nothing_moves(stage, caplog):
        for who, room in ((world.eva, world.agency_room), (world.dana, world.brand_room)):
            payload = world.slack.payload_command(who, room, "/access")
            delivered = await stage.send(Kind.COMMAND, payload | {"text": f"cancel {stage.ref}"})
            assert delivered.body["text"]
    assert [event.kind for event in stage.events()[events:]] == ["denied", "denied"]
