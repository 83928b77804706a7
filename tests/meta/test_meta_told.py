"""What people are told of access that Meta keeps: when it starts, how it stands, and that it is gone."""

from __future__ import annotations

from datetime import datetime, timedelta

import make
import pytest
from make import ACCOUNT, AGENCY, BRAND, BRAND_TEAM, INSTAGRAM, PAGE, PIXEL, item
from meta_world import AtMeta

from bot.domain.actors import OPERATOR
from bot.domain.assets import CAPABILITIES, LEVELS, Kind
from bot.domain.connections import Obstacle
from bot.domain.denials import DenialReason
from bot.domain.grants import EndReason
from bot.domain.kinds import RequestKind
from bot.domain.messages import About, Audience, EffectKind, Notice, read_about
from bot.domain.requests import Approve, NewItem, Term
from bot.sandbox.meta import GraphError
from bot.services import connections, delivery, grants, partnerships, reports, requests, reviews
from bot.services.context import act
from bot.services.grants import Direction
from bot.services.results import Denied, Sent
from bot.slack import screens
from bot.slack.cards import connection_notice, notice, request_card, review_card
from bot.slack.modals.partner import PartnerPage
from bot.slack.senders.rendering import Shown, render
from bot.store import tables
from bot.store.tables import EffectState


def test_whether_access_waits_for_meta_is_known_before_it_is_approved(acme: AtMeta):
    story, ann = acme.story, acme.town.ann
    sent = story.submit(ann)
    capability = NewItem(kind=Kind.AD_ACCOUNT, tasks=CAPABILITIES[Kind.AD_ACCOUNT].tasks, asset_id=ACCOUNT)
    behalf = story.submit(ann, capability, kind=RequestKind.ON_BEHALF)
    assert story.card(sent.request_id).is_kept_at_meta
    assert not story.card(behalf.request_id).is_kept_at_meta, "Meta offers no call that gives it"
    story.do(connections.disconnect, BRAND, by=OPERATOR)
    assert not story.card(sent.request_id).is_kept_at_meta


async def test_the_answers_count_what_is_still_to_be_taken_away_at_meta(acme: AtMeta):
    story, dana = acme.story, acme.town.dana
    acme.approve()
    acme.approve(item(Kind.AD_ACCOUNT, ACCOUNT, level="Admin"))
    await acme.work()
    first = story.rows(tables.Grant)[0].id
    assert story.end(dana, first, business=BRAND).at_meta == 1
    again = story.end(dana, first, business=BRAND)
    assert (again.reason, again.at) == (DenialReason.GRANT_OVER, None)
    mark = story.do(partnerships.parting, business_id=BRAND, other_id=AGENCY, limit=1, by=dana).mark
    assert story.do(partnerships.end_partnership, BRAND, AGENCY, mark, by=dana).at_meta == 2
    await acme.work()
    assert (acme.states(), acme.there()) == (["ENDED", "ENDED"], set())


@pytest.mark.covers("R16", "C6")
@pytest.mark.parametrize("how", [EndReason.REVOKED, EndReason.UNDONE])
async def test_a_request_to_extend_says_with_what_it_was_closed_also_while_meta_still_has_that(
    acme: AtMeta, how: EndReason
):
    story, town = acme.story, acme.town
    sent = acme.approve()
    await acme.work()
    grant_id = story.grant_of(sent.request_id).id
    extension = story.extend(town.abe, grant_id)
    if how is EndReason.UNDONE:
        story.undo(town.dana, sent.request_id)
    else:
        story.end(town.dana, grant_id, business=BRAND)
    about = About(notice=Notice.ENDED, details=(grant_id,))
    for state in ("ENDING", "ENDED"):
        assert (acme.states(), story.card(extension.request_id).closed_with) == ([state], how)
        for audience in (Audience.REQUESTER, Audience.APPROVERS):
            view = story.read(requests.request_card, extension.request_id, side=audience.side)
            said = notice(about, view, audience=audience).text
            assert f"that {extension.ref} asked to extend" in said
            card = request_card(view, audience=audience, now=story.clock.now())
            assert f"that {extension.ref} asked to extend" in card.text
        await acme.work()


SIDES = (Audience.REQUESTER, Audience.APPROVERS)


def shown(acme: AtMeta, request_id: str, audience: Audience) -> str:
    """What the card of one side says now."""
    view = acme.story.read(requests.request_card, request_id, side=audience.side)
    return request_card(view, audience=audience, now=acme.story.clock.now()).text


_OF_EFFECT = ("id", "key", "subject_id", "card_id", "version", "about", "team_id", "attempt", "reads")
_OF_EFFECT += ("marked_at", "put_at")

GENERAL = item(Kind.AD_ACCOUNT, ACCOUNT, level="General user")


async def three(acme: AtMeta) -> list[str]:
    """Access of the agency to three assets, in force at Meta, and nothing else to tell."""
    sent = acme.approve(GENERAL, item(Kind.PAGE, PAGE), item(Kind.PIXEL, PIXEL))
    await acme.work()
    acme.told()
    return [acme.story.grant_of(sent.request_id, one).id for one in range(3)]


def gone(acme: AtMeta, asset_id: str) -> None:
    """Have it be read at Meta that the agency has no access to an asset any more."""
    pair = {"asset_id": asset_id, "holder_id": AGENCY}
    acme.story.do(grants.KEPT[EffectKind.META_ACCESS].seen, **pair, tasks=frozenset())


def ended(acme: AtMeta) -> list[set[str]]:
    """Which grants each message names that some ended, in the order in which they were put."""
    found = [read_about(one.about) for one in acme.story.effects(EffectKind.POST_NOTICE)]
    return [set(about.details) for about in found if about.notice is Notice.ENDED]


async def heard(acme: AtMeta) -> list[str]:
    """What is said next at each place."""
    database, clock = acme.story.database, acme.story.clock
    found = []
    for one in await database.write(act, delivery.claim, most=50, now=clock.now(), real=clock.real()):
        if one.kind is EffectKind.POST_NOTICE:
            target = await database.read(act, delivery.find_target, one, now=clock.now())
            found.append((await render(database, one, target, now=clock.now())).message.text)
    return found


@pytest.mark.covers("C6", "G1")
async def test_what_meta_kept_beyond_its_end_is_not_said_to_have_ended_as_planned(acme: AtMeta):
    story = acme.story
    sent = acme.approve(GENERAL, term=Term.for_days(10))
    await acme.work()
    acme.meta.faults.refuse(GraphError(200, "no"), "DELETE", "/agencies", times=1_000)
    acme.story.clock.push(timedelta(days=10, minutes=1))
    for audience in SIDES:
        assert "being taken away at Meta" in shown(acme, sent.request_id, audience), (
            "however late the sweep is"
        )
    for _ in range(3):
        await acme.later(days=1)
    assert acme.states() == ["STUCK"]
    acme.meta.faults.clear()
    await acme.later(minutes=6)
    (grant,) = story.rows(tables.Grant)
    assert (grant.state, grant.ended_at - grant.ends_at > timedelta(days=3)) == ("ENDED", True)
    about = About(notice=Notice.ENDED, details=(grant.id,))
    for audience in SIDES:
        view = story.read(requests.request_card, sent.request_id, side=audience.side)
        for said in (notice(about, view, audience=audience).text, shown(acme, sent.request_id, audience)):
            assert "It was to end <" in said
            assert "couldn't be taken away at Meta before" in said
            assert "as planned" not in said


async def test_an_alarm_that_slack_takes_days_to_take_is_said_once_and_not_once_it_is_gone(acme: AtMeta):
    story, clock = acme.story, acme.story.clock
    await three(acme)
    acme.meta.faults.refuse(GraphError(200, "no"), "DELETE", "/agencies", times=1_000)
    story.end(acme.town.dana, *[row.id for row in story.rows(tables.Grant)], business=BRAND)
    await acme.work()
    for _ in range(4):
        story.wait(days=1)  # nothing is sent meanwhile
    waits = {"kind": EffectKind.POST_NOTICE, "state": EffectState.WAITING}
    alarms = [row for row in story.effects(**waits) if row.about.startswith("stuck")]
    assert len(alarms) == 1

    async def rendered() -> Shown:
        one = delivery.Delivery(
            **{name: getattr(alarms[0], name) for name in _OF_EFFECT},
            kind=EffectKind.POST_NOTICE,
            lease_until=clock.real(),
        )
        target = await story.database.read(act, delivery.find_target, one, now=clock.now())
        assert target is not None
        return await render(story.database, one, target, now=clock.now())

    gone(acme, PIXEL)
    shown = await rendered()
    assert ("Acme Main" in shown.message.text, "Acme Pixel" in shown.message.text) == (True, False)
    gone(acme, ACCOUNT)
    assert not (await rendered()).is_over
    gone(acme, PAGE)
    assert (await rendered()).is_over, "there is nothing left to be alarmed at"


@pytest.mark.covers("G1", "G9")
async def test_a_review_does_not_say_that_something_is_removed_which_meta_still_has(acme: AtMeta):
    story, town = acme.story, acme.town
    acme.approve(GENERAL, term=Term.without_end())
    await acme.work()
    acme.meta.faults.refuse(GraphError(200, "no"), "DELETE", "/agencies", times=1_000)
    await acme.later(days=40)
    story.do(reviews.open_review, BRAND, by=town.dana)
    (review,) = story.rows(tables.Review)
    (grant,) = story.rows(tables.Grant)
    story.end(town.dana, grant.id, business=BRAND)
    versions = []
    for sleeps, said in ((0, "being taken away"), (2, "may still work"), (6, "")):
        if not said:
            acme.meta.faults.clear()
        await acme.later(minutes=sleeps) if sleeps else None
        view = story.read(reviews.review_card, review.id)
        report = review_card(view).text
        assert "removed by Dana" in report
        assert [one for one in ("being taken away", "may still work") if one in report] == [said] * bool(said)
        versions.append(view.version)
    assert versions == sorted({*versions}), "its card follows"
    assert acme.states() == ["ENDED"]


@pytest.mark.covers("C6")
async def test_what_one_act_ended_is_told_in_one_message_once_all_of_it_is_gone(on_both: AtMeta):
    acme = on_both
    story, town = acme.story, acme.town
    grant_ids = await three(acme)
    other = acme.approve(item(Kind.INSTAGRAM_ACCOUNT, INSTAGRAM))
    await acme.work()
    story.end(town.dana, *grant_ids, business=BRAND)
    story.end(town.ann, story.grant_of(other.request_id).id, business=AGENCY)
    for asset_id in (PIXEL, ACCOUNT):
        gone(acme, asset_id)
        assert ended(acme) == [], asset_id
    await acme.work()
    alone = {story.grant_of(other.request_id).id}
    assert sorted(ended(acme), key=len) == [alone] * 2 + [set(grant_ids)] * 2, "each act to each side"
    await acme.later(minutes=2)
    assert len(ended(acme)) == 4


async def test_what_is_gone_waits_no_longer_than_until_the_rest_is_an_alarm(acme: AtMeta):
    *others, last = await three(acme)
    acme.story.end(acme.town.dana, *others, last, business=BRAND)
    for asset_id in (ACCOUNT, PAGE):
        gone(acme, asset_id)
    assert (acme.states(), ended(acme)) == (["ENDED", "ENDED", "ENDING"], [])
    acme.story.wait(minutes=1)
    assert (acme.states(), ended(acme)) == (["ENDED", "ENDED", "STUCK"], [set(others)] * 2)
    gone(acme, PIXEL)
    acme.story.wait(minutes=1)
    assert (acme.states(), ended(acme)) == (["ENDED"] * 3, [set(others)] * 2 + [{last}] * 2)


@pytest.mark.covers("C6")
async def test_what_could_not_be_taken_away_in_time_is_one_alarm_and_again_one_each_day(acme: AtMeta):
    acme.story.end(acme.town.dana, *await three(acme), business=BRAND)
    for _ in range(2):
        acme.story.wait(days=1)
        assert (acme.states(), acme.told()) == (["STUCK"] * 3, ["stuck"])
    (alarm, *_) = await heard(acme)
    for name in ("Acme Main", "Acme Page", "Acme Pixel"):
        assert f"Northwind: {name}" in alarm
    assert alarm.count("Meta doesn't answer") == 1, "one reason that all of them have"


@pytest.mark.covers("C6")
async def test_what_meta_refuses_to_take_away_is_one_alarm_for_all_that_was_ended_together(acme: AtMeta):
    grant_ids = await three(acme)
    for edge in ("/agencies", "/shared_accounts", "/userpermissions"):
        acme.meta.faults.refuse(GraphError(200, "no"), "DELETE", edge, times=1_000)
    acme.story.end(acme.town.dana, *grant_ids, business=BRAND)
    await acme.work()
    assert (acme.states(), acme.told()) == (["STUCK"] * 3, [])
    for _ in range(2):
        acme.story.wait(minutes=1)
        said = [read_about(one.about) for one in acme.story.effects(EffectKind.POST_NOTICE)]
        assert [set(about.details) for about in said if about.notice is Notice.STUCK] == [set(grant_ids)]


async def test_what_the_record_alone_gave_is_told_with_what_the_same_act_ended_at_meta(acme: AtMeta):
    story, town = acme.story, acme.town
    capability = NewItem(kind=Kind.AD_ACCOUNT, tasks=CAPABILITIES[Kind.AD_ACCOUNT].tasks, asset_id=ACCOUNT)
    behalf = acme.approve(capability, kind=RequestKind.ON_BEHALF)
    both = {story.grant_of(acme.approve().request_id).id, story.grant_of(behalf.request_id).id}
    await acme.work()
    story.end(town.dana, *both, business=BRAND)
    assert ended(acme) == []
    await acme.work()
    assert ended(acme) == [both] * 2


async def test_where_all_that_is_left_is_being_taken_away_there_is_no_partnership_to_end(acme: AtMeta):
    story, dana = acme.story, acme.town.dana
    sent = acme.approve(GENERAL)
    await acme.work()
    which = {"which": PartnerPage(own_id=BRAND, other_id=AGENCY), "by": dana}
    assert "End the partnership" in str(story.read(screens.partner_modal, **which))
    acme.meta.faults.refuse(GraphError(200, "no"), "DELETE", "/agencies", times=1_000)
    story.end(dana, story.grant_of(sent.request_id).id, business=BRAND)
    await acme.work()
    shown_now = str(story.read(screens.partner_modal, **which))
    assert ("may still work" in shown_now, "End the partnership" in shown_now) == (True, False)
    no = story.read(screens.part_modal, **which)  # by a button from before
    assert (no.reason, acme.states()) == (DenialReason.NOTHING_TO_END, ["STUCK"])


@pytest.mark.covers("C6")
async def test_what_ended_with_the_partnership_is_not_told_again_once_it_is_gone(acme: AtMeta):
    story, dana = acme.story, acme.town.dana
    await three(acme)
    mark = story.do(partnerships.parting, business_id=BRAND, other_id=AGENCY, limit=1, by=dana).mark
    story.do(partnerships.end_partnership, BRAND, AGENCY, mark, by=dana)
    await acme.work()
    await acme.later(minutes=2)
    assert (acme.states(), acme.told()) == (["ENDED"] * 3, ["parted"] * 2)


@pytest.mark.parametrize("how", ["revoked", "reached"])
async def test_who_asks_had_access_as_long_as_meta_keeps_it(acme: AtMeta, how: str):
    story, town = acme.story, acme.town
    sent = acme.approve(GENERAL, term=Term.for_days(10))
    await acme.work()
    acme.meta.faults.refuse(GraphError(200, "no"), "DELETE", "/agencies", times=1_000)
    if how == "revoked":
        story.end(town.dana, story.grant_of(sent.request_id).id, business=BRAND)
    await acme.later(days=11)
    assert acme.states() == ["STUCK"]
    asked = story.submit(town.ann, item(Kind.PIXEL, PIXEL))
    assert story.card(asked.request_id).live_assets == 1
    acme.meta.faults.clear()
    await acme.later(minutes=6)
    assert story.card(story.submit(town.ann, item(Kind.PAGE, PAGE)).request_id).live_assets == 0


@pytest.mark.covers("P10", "G6")
async def test_as_of_a_moment_access_was_there_as_long_as_meta_kept_it(acme: AtMeta):
    story, dana = acme.story, acme.town.dana
    acme.approve(GENERAL, term=Term.for_days(10))
    await acme.work()
    ends_at = story.rows(tables.Grant)[0].ends_at
    acme.meta.faults.refuse(GraphError(200, "no"), "DELETE", "/agencies", times=1_000)
    await acme.later(days=12)
    day = timedelta(days=1)

    def shared(at: datetime) -> int:
        pair = {"business_id": BRAND, "other_id": AGENCY}
        view = story.read(partnerships.partnership, **pair, at=at, limit=5, by=dana)
        with story.database.reading() as tx:
            report = act(tx, reports.shared_by, BRAND, now=story.clock.now())
            assert len([*report.as_of(at).holders()]) == view.grants.total, "so says the report"
        return int(view.grants.total)

    for state in ("STUCK", "ENDED"):
        assert acme.states() == [state]
        assert [shared(ends_at + n * day) for n in (-1, 1)] == [1, 1]
        acme.meta.faults.clear()
        await acme.later(minutes=6)
    assert shared(story.clock.now()) == 0


async def test_that_meta_asks_for_a_pause_is_not_called_no_answer(acme: AtMeta):
    acme.meta.calls_an_hour = 0
    sent = acme.approve(GENERAL)
    await acme.work()
    assert acme.obstacles() == [Obstacle.UNREACHED]
    for audience in SIDES:
        assert "Meta doesn't answer just now, or asks for a pause." in shown(acme, sent.request_id, audience)


@pytest.mark.covers("C6", "G1")
@pytest.mark.parametrize("how", ["undone", "parted"])
@pytest.mark.parametrize("then", ["waits", "tried again"])
async def test_that_what_was_an_alarm_is_gone_is_told_also_where_its_end_was(
    acme: AtMeta, how: str, then: str
):
    story, dana = acme.story, acme.town.dana
    sent = acme.approve(GENERAL)
    await acme.work()
    acme.meta.faults.refuse(GraphError(200, "no"), "DELETE", "/agencies", times=1_000)
    if how == "undone":
        story.undo(dana, sent.request_id)
    else:
        mark = story.do(partnerships.parting, business_id=BRAND, other_id=AGENCY, limit=1, by=dana).mark
        story.do(partnerships.end_partnership, BRAND, AGENCY, mark, by=dana)
    await acme.work()
    for _ in range(3):
        await acme.later(days=1)
    assert (acme.states(), set(acme.told()) >= {"stuck", how}) == (["STUCK"], True)
    acme.meta.faults.clear()
    if then == "tried again":
        story.do(grants.try_again, sent.request_id, by=dana)
        await acme.work()
    await acme.later(minutes=6)
    await acme.later(days=1)
    assert (acme.states(), acme.told()) == (["ENDED"], ["ended"] * 2), "each side once"


@pytest.mark.covers("C6")
@pytest.mark.case("2.2", "5.1")
async def test_what_ends_with_an_undone_approval_is_said_once_to_who_hears_of_the_undo(acme: AtMeta):
    story, town = acme.story, acme.town
    first = acme.approve(term=Term.for_days(20))
    await acme.work()
    longer = story.extend(town.abe, story.grant_of(first.request_id).id, days=30)
    story.decide(town.dana, longer.request_id, Approve())
    await acme.work()
    acme.told()
    story.undo(town.dana, first.request_id)
    await acme.work()
    assert (acme.states(), acme.told()) == (["ENDED"] * 2, ["undone", "undone", "ended"])
    (card,) = story.rows(tables.Card, id=story.effects(EffectKind.POST_NOTICE)[-1].card_id)
    assert card.user_id == "UABE", "who asked for the extension, and was told of no undo"


async def test_what_is_on_its_way_at_meta_is_not_asked_for_offered_or_extended_once_more(acme: AtMeta):
    story, ann, dana = acme.story, acme.town.ann, acme.town.dana
    acme.approve(term=Term.for_days(20))
    await acme.work()
    (first,) = story.rows(tables.Grant)

    def lengthen(task):
        extension = story.extend(ann, first.id, days=30)
        story.decide(dana, extension.request_id, Approve(given={0: frozenset({task})}))

    lengthen("ANALYZE")
    await acme.work()
    acme.meta.faults.outage("GET")
    lengthen("ADVERTISE")
    coming = Denied(reason=DenialReason.COMING_ALREADY, name="Acme Main")
    assert story.extend(ann, first.id, days=20) == coming
    assert story.rows(tables.Event, kind="denied")[-1].business_id == AGENCY
    assert isinstance(story.extend(ann, first.id, days=60), Sent), "that is longer than what is on its way"
    acme.approve(item(Kind.PIXEL, PIXEL))
    again = story.submit(ann, item(Kind.PIXEL, PIXEL))
    assert (again.reason, again.field, again.name) == (DenialReason.COMING_ALREADY, "items.0", "Acme Pixel")
    offer = {"requesting_id": BRAND, "deciding_id": AGENCY, "kind": RequestKind.INVITATION}
    assert story.submit(dana, item(Kind.PIXEL, PIXEL), **offer).reason is DenialReason.COMING_ALREADY
    more = LEVELS[Kind.PIXEL][0].name
    assert isinstance(story.submit(ann, item(Kind.PIXEL, PIXEL, level=more)), Sent)


async def test_what_is_held_only_once_meta_has_it_is_said_to_be_so_and_to_nobody_else(acme: AtMeta):
    story, town = acme.story, acme.town
    acme.meta.faults.refuse(GraphError(200, "no"), "POST", "/agencies")
    acme.approve()
    one = {"business_id": AGENCY, "asset_id": ACCOUNT, "tasks": frozenset({"ANALYZE"})}
    for _ in range(2):  # on its way, and then refused
        no = story.do(grants.assign_person, town.eva.id, **one, by=town.ann)
        assert (no.reason, no.name) == (DenialReason.NOT_IN_FORCE_YET, "Acme Main")
        await acme.work()
    assert acme.states() == ["FAILED"]
    why = story.read(grants.why_not_held, ACCOUNT, AGENCY, BRAND, by=town.dana)
    assert (why.reason, why.name) == (DenialReason.NOT_HELD, ACCOUNT), (
        "another business's is not theirs to know"
    )


async def test_a_digest_says_how_much_of_its_readers_businesses_is_not_at_meta_as_it_should_be(acme: AtMeta):
    story, town = acme.story, acme.town
    acme.meta.faults.refuse(GraphError(200, "no"), "POST", "/agencies", times=2)
    acme.approve()
    acme.approve(item(Kind.PIXEL, PIXEL))
    await acme.work()
    make.failed_person(story.database, town.eva.id, of=AGENCY, asset_id=PIXEL)
    assert story.read(grants.count_not_at_meta, town.dana.id, by=town.dana) == (2, 0)
    assert story.read(grants.count_not_at_meta, town.ann.id, by=town.ann) == (1, 0)
    assert story.read(grants.count_not_at_meta, town.emil.id, by=town.emil) == (0, 0)


REFUSED = {"FAILED": "POST", "STUCK": "DELETE"}


@pytest.mark.parametrize("state", ["PENDING", "FAILED", "ENDING", "STUCK"])
async def test_what_is_on_its_way_in_or_out_is_where_people_look_for_it(acme: AtMeta, state: str):
    story, town = acme.story, acme.town
    sent = acme.approve(people=(town.eva.id,))
    if state in REFUSED:
        acme.meta.faults.refuse(GraphError(200, "no"), REFUSED[state], "/agencies")
    if state != "PENDING":
        await acme.work()
    if state in {"ENDING", "STUCK"}:
        story.undo(town.dana, sent.request_id)
    if state == "STUCK":
        await acme.work()
    (grant,) = story.rows(tables.Grant)
    assert grant.state == state
    pair = {"business_id": BRAND, "other_id": AGENCY}
    shown = [
        story.read(
            grants.list_grants, business_id=BRAND, direction=Direction.SHARED_BY_US, by=town.dana
        ).rows,
        story.read(
            grants.list_grants, business_id=AGENCY, direction=Direction.SHARED_WITH_US, by=town.ann
        ).rows,
        story.read(partnerships.partnership, **pair, limit=5, by=town.dana).grants.rows,
        story.read(grants.reach_of, town.eva.id, limit=5, by=town.ann).unsettled,
    ]
    for rows in shown:
        assert [(one.id, one.state) for one in rows] == [(grant.id, state)]
    # What is being taken away already is no choice among what can be ended.
    can_end = story.read(grants.endable, limit=5, by=town.dana)
    assert [one.id for _, one in can_end] == ([grant.id] if state in {"PENDING", "FAILED"} else [])


async def test_the_people_of_an_asset_are_shown_with_what_more_is_on_its_way(acme: AtMeta):
    story, ann = acme.story, acme.town.ann
    acme.approve()
    await acme.work()
    acme.approve(item(Kind.AD_ACCOUNT, ACCOUNT, level="Admin"))
    found = story.read(grants.people_of, business_id=AGENCY, asset_id=ACCOUNT, limit=5, by=ann)
    assert (found.tasks, [one.state for one in found.unsettled]) == ({"ADVERTISE", "ANALYZE"}, ["PENDING"])


async def test_a_token_that_meta_refuses_is_told_once_a_break_and_what_waited_is_tried_with_a_new_one(
    acme: AtMeta, caplog: pytest.LogCaptureFixture
):
    def said() -> str:
        return connection_notice(acme.story.read(connections.connection_told, BRAND)).text

    for times in (1, 2):
        for token in acme.meta.tokens.values():
            token.revoked = True
        for asset_id, kind in ((ACCOUNT, Kind.AD_ACCOUNT), (PIXEL, Kind.PIXEL)):
            acme.approve(item(kind, asset_id, level=LEVELS[kind][-times].name))
        acme.told()
        await acme.work()
        assert acme.states()[-2:] == ["FAILED", "FAILED"]
        assert acme.told().count("connection") == 1, "however many calls are refused"
        assert caplog.text.count("ALARM: Meta no longer takes the token") == times
        assert "Acme Shoes" in said()
        assert "Waiting for that now: 2 grants." in said()
        acme.connect()
        assert acme.states()[-2:] == ["PENDING", "PENDING"]
        await acme.work()
        assert set(acme.states()) == {"ACTIVE"}
        assert "is connected to Meta" in said()
        assert "connection" not in acme.told()


async def test_who_is_told_of_a_refused_token_is_the_business_whose_it_is(acme: AtMeta):
    acme.approve()
    acme.meta.faults.refuse(GraphError(190, "no"), "GET", "/agencies")
    await acme.work()
    told = [row for row in acme.story.effects(EffectKind.POST_NOTICE) if row.about.startswith("connection")]
    assert {row.subject_id for row in told} == {f"{BRAND}+{BRAND}"}
    assert {row.team_id for row in told} == {BRAND_TEAM}
