"""What is approved is put in force at Meta, and what is over is gone there, whatever Meta does meanwhile."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from make import ACCOUNT, AGENCY, BRAND, INSTAGRAM, OTHER, PAGE, PIXEL, item
from meta_world import AtMeta

from bot.credentials import Credentials
from bot.domain.actors import OPERATOR
from bot.domain.assets import Kind
from bot.domain.connections import Obstacle
from bot.domain.grants import Named
from bot.domain.messages import EffectKind
from bot.domain.requests import NewItem, Term
from bot.meta.executor import Executor
from bot.sandbox.meta import DEFAULT_SCOPES, GraphError
from bot.services import connections, delivery, grants, partnerships
from bot.services.results import Denied, TriedAgain
from bot.store import outbox, tables
from bot.store.tables import EffectState


@pytest.fixture
def brand(acme: AtMeta) -> AtMeta:
    return acme


ACCESS = {"ADVERTISE", "ANALYZE"}
ADMIN = item(Kind.AD_ACCOUNT, ACCOUNT, level="Admin")
EDGE = "/agencies"


def events(brand: AtMeta) -> list[str]:
    return [row.kind for row in brand.story.rows(tables.Event) if row.kind.startswith("grant.")]


# --- in and out --------------------------------------------------------------------------------------


@pytest.mark.covers("G1")
async def test_approved_is_not_in_force_before_meta_says_so(on_both: AtMeta):
    brand, story = on_both, on_both.story
    sent = brand.approve(people=(brand.town.eva.id,))
    assert brand.states() == ["PENDING"]
    assert story.rows(tables.Assignment) == []
    brand.told()
    story.wait(hours=2)
    await brand.work()
    assert (brand.states(), brand.there()) == (["ACTIVE"], ACCESS)
    (grant,) = story.rows(tables.Grant)
    assert (grant.starts_at, (grant.ends_at - grant.starts_at).days) == (story.clock.now(), 30)
    assert [row.person_id for row in story.rows(tables.Assignment)] == [brand.town.eva.id]
    assert brand.told() == ["in_force"]
    assert events(brand) == ["grant.pending", "grant.active"]
    assert story.card(sent.request_id).items[0].grant.state == "ACTIVE"


async def test_what_is_revoked_is_gone_at_meta_before_it_is_called_ended(on_both: AtMeta):
    brand = on_both
    brand.approve()
    await brand.work()
    brand.told()
    (grant,) = brand.story.rows(tables.Grant)
    brand.story.end(brand.town.dana, grant.id, business=BRAND)
    assert (brand.states(), brand.there(), brand.told()) == (["ENDING"], ACCESS, [])
    await brand.work()
    assert (brand.states(), brand.there(), brand.told()) == (["ENDED"], set(), ["ended", "ended"])


async def test_what_is_not_in_force_yet_ends_with_the_partnership_and_by_its_name(brand: AtMeta):
    story, dana = brand.story, brand.town.dana
    brand.approve()
    (grant,) = story.rows(tables.Grant)
    assert story.do(grants.named, Named(asset_id=ACCOUNT), by=dana).rows == ((BRAND, grant.id),)
    mark = story.do(partnerships.parting, business_id=BRAND, other_id=AGENCY, limit=1, by=dana).mark
    parted = story.do(partnerships.end_partnership, BRAND, AGENCY, mark, by=dana)
    assert parted.grants == 1
    await brand.work()
    assert (brand.states(), brand.there()) == (["ENDED"], set())


ALL_KINDS = [(PAGE, Kind.PAGE), (PIXEL, Kind.PIXEL), (INSTAGRAM, Kind.INSTAGRAM_ACCOUNT)]


@pytest.mark.parametrize(("asset_id", "kind"), ALL_KINDS)
async def test_every_kind_of_asset_is_shared_and_taken_back(brand: AtMeta, asset_id: str, kind: Kind):
    wanted = item(kind, asset_id)
    sent = brand.approve(wanted)
    await brand.work()
    assert (brand.states(), brand.there(asset_id)) == (["ACTIVE"], wanted.tasks)
    brand.story.undo(brand.town.dana, sent.request_id)
    await brand.work()
    assert (brand.states(), brand.there(asset_id)) == (["ENDED"], set())


async def test_an_end_that_is_reached_is_executed_within_a_minute(brand: AtMeta):
    brand.approve()
    await brand.work()
    await brand.later(days=30, seconds=1)
    assert (brand.states(), brand.there()) == (["ENDED"], set())


async def test_overlapping_access_goes_on_when_one_of_it_ends(brand: AtMeta):
    brand.approve()
    second = brand.approve(ADMIN)
    await brand.work()
    assert brand.there() == {"MANAGE", *ACCESS}
    brand.story.undo(brand.town.dana, second.request_id)
    await brand.work()
    assert (brand.states(), brand.there()) == (["ACTIVE", "ENDED"], ACCESS)


@pytest.mark.covers("T38")
async def test_what_somebody_gave_at_meta_by_hand_is_left_alone(brand: AtMeta):
    brand.meta.set_agency(ACCOUNT, AGENCY, "DRAFT")
    brand.meta.set_agency(ACCOUNT, OTHER, "ANALYZE")
    sent = brand.approve()
    await brand.work()
    assert brand.there() == {"DRAFT", *ACCESS}
    brand.story.undo(brand.town.dana, sent.request_id)
    await brand.work()
    assert (brand.there(), brand.there(business_id=OTHER)) == ({"DRAFT"}, {"ANALYZE"})


async def test_what_is_there_already_takes_no_call(brand: AtMeta):
    brand.meta.set_agency(ACCOUNT, AGENCY, *ACCESS)
    brand.approve()
    await brand.work()
    assert (brand.states(), brand.meta.writes()) == (["ACTIVE"], [])


async def test_a_business_that_is_not_connected_has_access_at_once(brand: AtMeta):
    brand.story.do(connections.disconnect, BRAND, by=OPERATOR)
    brand.approve()
    assert (brand.states(), await brand.work(), brand.meta.calls) == (["ACTIVE"], 0, [])


@pytest.mark.covers("T39")
async def test_what_is_taken_back_before_it_was_given_is_never_given(brand: AtMeta):
    sent = brand.approve()
    brand.story.undo(brand.town.dana, sent.request_id)
    assert brand.states() == ["ENDING"]
    await brand.work()
    assert (brand.states(), brand.meta.writes(), brand.there()) == (["ENDED"], [], set())


async def test_access_that_waits_past_its_end_never_comes(brand: AtMeta):
    brand.meta.faults.outage()
    until = brand.story.clock.now().replace(day=7)
    brand.approve(term=Term.till(until))
    await brand.work()
    await brand.later(days=3)
    assert brand.states() == ["ENDING"]
    brand.meta.faults.clear()
    await brand.later(minutes=10)
    assert (brand.states(), brand.there()) == (["ENDED"], set())


# --- Meta's faults -----------------------------------------------------------------------------------


@pytest.mark.covers("F27")
@pytest.mark.parametrize("code", [1, 2])
async def test_a_passing_fault_is_read_back_and_tried_again(brand: AtMeta, code: int):
    brand.meta.faults.refuse(GraphError(code, "passing", is_transient=True), "POST", EDGE)
    brand.approve()
    await brand.work()
    assert (brand.states(), brand.obstacles()) == (["PENDING"], [Obstacle.UNREACHED])
    await brand.later(seconds=30)
    assert len(brand.meta.writes()) == 1, "it is only looked for as long as it may still show"
    await brand.later(seconds=60)
    assert (brand.states(), brand.there(), len(brand.meta.writes())) == (["ACTIVE"], ACCESS, 2)


@pytest.mark.covers("F28", "FP7")
@pytest.mark.parametrize("fault", ["drop", "html"])
async def test_an_answer_that_was_lost_is_found_by_reading_back(brand: AtMeta, fault: str):
    getattr(brand.meta.faults, fault)("POST", EDGE, after=True)
    brand.approve()
    await brand.work()
    assert (brand.states(), brand.there()) == (["PENDING"], ACCESS)
    await brand.later(seconds=5)
    assert (brand.states(), len(brand.meta.writes())) == (["ACTIVE"], 1)


@pytest.mark.covers("F29")
async def test_meta_is_slowed_down_for_and_taking_away_goes_first(brand: AtMeta):
    sent = brand.approve()
    await brand.work()
    brand.meta.calls_an_hour = 12
    brand.approve(item(Kind.PIXEL, PIXEL))
    brand.approve(item(Kind.INSTAGRAM_ACCOUNT, INSTAGRAM))
    brand.story.undo(brand.town.dana, sent.request_id)
    brand.meta.calls.clear()
    await brand.work()
    assert brand.meta.writes()[0] == ("DELETE", f"{ACCOUNT}{EDGE}")
    assert brand.there() == set()
    assert brand.states().count("PENDING") >= 1, "what is given waits before Meta throttles it"
    assert all(obstacle in {None, Obstacle.UNREACHED} for obstacle in brand.obstacles())


async def test_a_throttle_is_kept_for_as_long_as_meta_says(brand: AtMeta):
    brand.meta.calls_an_hour = 0
    brand.approve()
    await brand.work()
    number = len(brand.meta.calls)
    await brand.later(minutes=30)
    assert (len(brand.meta.calls), brand.obstacles()) == (number, [Obstacle.UNREACHED])
    brand.meta.calls_an_hour = 100
    await brand.later(minutes=31)
    assert brand.states() == ["ACTIVE"]


REFUSALS = [
    (GraphError(190, "invalid"), Obstacle.TOKEN),
    (GraphError(10, "no"), Obstacle.LIMITED),
    (GraphError(3, "no"), Obstacle.LIMITED),
    (GraphError(200, "no"), Obstacle.PERMISSION),
    (GraphError(294, "no"), Obstacle.LIMITED),
    (GraphError(368, "abusive"), Obstacle.BLOCKED),
    (GraphError(100, "no", subcode=33), Obstacle.NOT_THERE),
    (GraphError(100, "no"), Obstacle.REFUSED),
    (GraphError(99999, "never heard of"), Obstacle.REFUSED),
]


@pytest.mark.covers("F30", "G1")
@pytest.mark.parametrize(("error", "obstacle"), REFUSALS)
async def test_a_refusal_waits_for_somebody_who_tries_again(
    brand: AtMeta, error: GraphError, obstacle: Obstacle
):
    brand.meta.faults.refuse(error, "POST", EDGE)
    sent = brand.approve()
    brand.told()
    await brand.work()
    assert (brand.states(), brand.obstacles()) == (["FAILED"], [obstacle])
    broken = ["connection"] if obstacle is Obstacle.TOKEN else []
    assert sorted(brand.told()) == [*broken, "not_in_force", "not_in_force"]
    _, again = brand.story.effects(EffectKind.META_ACCESS)
    assert again.due_at == outbox.BEFORE_ALL, "what was asked for is looked at once more, and first"
    await brand.later(days=1)
    assert len(brand.meta.writes(EDGE)) == 1, "nothing is repeated blindly"
    for who in (brand.town.ann, brand.town.emil):
        assert isinstance(brand.story.do(grants.try_again, sent.request_id, by=who), Denied)
    again = brand.story.do(grants.try_again, sent.request_id, by=brand.town.dana)
    assert again == TriedAgain(request_id=sent.request_id, ref=sent.ref, count=1)
    assert isinstance(brand.story.do(grants.try_again, sent.request_id, by=brand.town.dana), Denied)
    await brand.work()
    assert (brand.states(), brand.obstacles()) == (["ACTIVE"], [None])


async def test_what_failed_can_be_given_up_and_is_gone_at_once(brand: AtMeta):
    brand.meta.faults.refuse(GraphError(200, "no"), "POST", EDGE)
    brand.approve()
    await brand.work()
    (grant,) = brand.story.rows(tables.Grant)
    brand.story.end(brand.town.ann, grant.id, business=AGENCY)
    assert brand.states() == ["ENDED"]


async def test_the_operator_can_have_it_sent_once_more(brand: AtMeta):
    brand.meta.faults.refuse(GraphError(200, "no"), "POST", EDGE)
    brand.approve()
    await brand.work()
    (dead,) = brand.story.rows(tables.Effect, state=EffectState.DEAD)
    assert dead.error == Obstacle.PERMISSION
    brand.story.do(delivery.retry, dead.id, by=OPERATOR)
    await brand.work()
    assert brand.states() == ["ACTIVE"]


@pytest.mark.covers("F31")
async def test_more_than_was_approved_is_taken_back_and_not_called_in_force(brand: AtMeta, monkeypatch):
    given = brand.meta.set_agency

    def gives_more(asset_id: str, to: str, *tasks: str) -> None:
        given(asset_id, to, *tasks, *(["MANAGE"] if tasks else []))

    monkeypatch.setattr(brand.meta, "set_agency", gives_more)
    brand.approve()
    await brand.work()
    assert (brand.states(), brand.obstacles(), brand.there()) == (["FAILED"], [Obstacle.MISMATCH], set())


@pytest.mark.covers("F31")
async def test_less_than_was_approved_is_waited_for_and_then_taken_back(brand: AtMeta, monkeypatch):
    given = brand.meta.set_agency
    monkeypatch.setattr(brand.meta, "set_agency", lambda one, to, *tasks: given(one, to, *tasks[:1]))
    brand.approve()
    await brand.work()
    assert (brand.states(), brand.obstacles()) == (["PENDING"], [Obstacle.SETTLING])
    for _ in range(4):
        await brand.later(minutes=5)
    assert (brand.states(), brand.obstacles(), brand.there()) == (["FAILED"], [Obstacle.MISMATCH], set())


@pytest.mark.covers("T37", "F32", "V2", "P5", "G1")
async def test_what_cannot_be_taken_away_is_an_alarm_each_day_and_gone_when_meta_heals(brand: AtMeta):
    brand.approve()
    await brand.work()
    brand.told()
    brand.meta.faults.refuse(GraphError(200, "no"), "DELETE", EDGE, times=1_000)
    (grant,) = brand.story.rows(tables.Grant)
    brand.story.end(brand.town.dana, grant.id, business=BRAND)
    await brand.work()
    assert (brand.states(), brand.told()) == (["STUCK"], [])
    (waits,) = brand.story.rows(tables.Effect, kind=EffectKind.META_ACCESS, state=EffectState.WAITING)
    assert waits.error == Obstacle.PERMISSION
    await brand.later(minutes=1)
    assert (brand.states(), brand.told()) == (["STUCK"], ["stuck"])
    for _ in range(4):
        await brand.later(hours=6)
    assert (brand.states(), brand.told(), brand.there()) == (["STUCK"], ["stuck"], ACCESS)
    brand.meta.faults.clear()
    await brand.later(minutes=6)
    assert (brand.states(), brand.there()) == (["ENDED"], set())


@pytest.mark.covers("V2")
async def test_an_outage_while_access_should_end_is_an_alarm_after_a_minute(brand: AtMeta):
    sent = brand.approve()
    await brand.work()
    brand.told()
    brand.meta.faults.outage()
    brand.story.undo(brand.town.dana, sent.request_id)
    brand.told()
    await brand.work()
    assert (brand.states(), brand.told()) == (["ENDING"], [])
    await brand.later(seconds=61)
    assert (brand.states(), brand.told()) == (["STUCK"], ["stuck"])
    brand.meta.faults.clear()
    await brand.later(minutes=6)
    assert (brand.states(), brand.there()) == (["ENDED"], set())


ODD = {
    "empty": b"",
    "a list": b"[]",
    "null": b"null",
    "false": b'{"success": false}',
    "a word": b'{"success": "yes"}',
    "no envelope": b'{"error": "x"}',
    "no code": b'{"error": {"message": "x"}}',
    "far too much": b"x" * 2_000_000,
}


@pytest.mark.covers("T40")
@pytest.mark.parametrize("body", ODD.values(), ids=ODD.keys())
async def test_an_answer_that_contradicts_itself_is_taken_for_not_known(brand: AtMeta, body: bytes):
    brand.meta.faults.answer(body, "POST", EDGE, after=True)
    brand.approve()
    await brand.work()
    assert (brand.states(), brand.obstacles()) == (["PENDING"], [Obstacle.UNREACHED])
    await brand.later(seconds=5)
    assert (brand.states(), len(brand.meta.writes())) == (["ACTIVE"], 1)


# --- reviews and delays ------------------------------------------------------------------------------


async def test_metas_own_review_is_followed_to_its_end_and_asked_for_once(brand: AtMeta):
    brand.meta.assets[ACCOUNT].asks_second_admin = True
    brand.approve(ADMIN)
    await brand.work()
    assert (brand.states(), brand.obstacles()) == (["PENDING"], [Obstacle.REVIEW])
    await brand.later(minutes=5)
    assert len(brand.meta.writes()) == 1
    brand.meta.review(ACCOUNT, AGENCY, approve=True)
    await brand.later(minutes=5)
    assert (brand.states(), brand.obstacles()) == (["ACTIVE"], [None])


async def test_a_review_that_nobody_does_ends_and_what_it_would_give_is_called_back(brand: AtMeta):
    brand.meta.assets[ACCOUNT].asks_second_admin = True
    sent = brand.approve(ADMIN, term=Term.without_end())
    await brand.work()
    brand.story.undo(brand.town.dana, sent.request_id)
    await brand.work()
    assert (brand.states(), brand.meta.assets[ACCOUNT].reviews) == (["ENDED"], {})
    brand.approve(ADMIN, term=Term.without_end())
    await brand.work()
    await brand.later(days=15)
    assert (brand.states(), brand.obstacles()) == (["ENDED", "FAILED"], [None, Obstacle.REVIEW])


@pytest.mark.covers("G3")
@pytest.mark.parametrize("how", ["reached", "revoked", "beside another"])
async def test_what_ends_is_gone_at_meta_though_more_waits_for_a_review_there(brand: AtMeta, how: str):
    """What is approved and in review gives nothing yet, so that no end waits for it, nor is an alarm."""
    story, beside = brand.story, how == "beside another"
    if beside:
        brand.approve(item(Kind.AD_ACCOUNT, ACCOUNT, level="Reporting only"), term=Term.without_end())
        await brand.work()
    brand.approve(term=Term.for_days(3))
    await brand.work()
    brand.meta.assets[ACCOUNT].asks_second_admin = True
    brand.approve(ADMIN, term=Term.for_days(60))
    await brand.work()
    (first,) = (row for row in story.rows(tables.Grant) if row.tasks == "ADVERTISE,ANALYZE")
    brand.told()
    if how == "revoked":
        story.end(brand.town.dana, first.id, business=BRAND)
        await brand.work()
    else:
        await brand.later(days=3, seconds=1)
    left = {"ANALYZE"} if beside else set()
    after = ["ACTIVE"] * beside + ["ENDED", "PENDING"]
    assert (brand.states(), brand.there()) == (after, left)
    assert brand.obstacles()[-1] == Obstacle.REVIEW
    await brand.later(minutes=10)
    assert "stuck" not in brand.told()
    assert (brand.states(), brand.there()) == (after, left)
    brand.meta.review(ACCOUNT, AGENCY, approve=True)
    await brand.later(minutes=2)
    assert (brand.states(), brand.there()) == (["ACTIVE"] * (1 + beside) + ["ENDED"], {"MANAGE", *ACCESS})


@pytest.mark.parametrize("delay", [0, 120])
async def test_what_needs_no_review_is_given_beside_what_waits_for_one(brand: AtMeta, delay: int):
    brand.meta.assets[ACCOUNT].asks_second_admin = True
    brand.approve(ADMIN, term=Term.without_end())
    await brand.work()
    brand.meta.delay = delay
    brand.approve(NewItem(kind=Kind.AD_ACCOUNT, tasks=frozenset({"DRAFT"}), asset_id=ACCOUNT))
    await brand.work()
    for _ in range(4):
        await brand.later(minutes=1)
    assert (brand.states(), brand.there()) == (["ACTIVE", "PENDING"], {"DRAFT"})
    assert brand.obstacles() == [None, Obstacle.REVIEW]
    brand.meta.review(ACCOUNT, AGENCY, approve=True)
    for _ in range(6):
        await brand.later(minutes=1)
    assert (brand.states(), brand.there()) == (["ACTIVE", "ACTIVE"], {"DRAFT", "MANAGE", *ACCESS})


async def test_what_needs_a_review_beside_another_is_reviewed_with_it(brand: AtMeta):
    brand.meta.assets[ACCOUNT].asks_second_admin = True
    for tasks in ({"DRAFT", "MANAGE"}, {"ANALYZE", "MANAGE"}):
        brand.approve(NewItem(kind=Kind.AD_ACCOUNT, tasks=frozenset(tasks), asset_id=ACCOUNT))
        await brand.work()
    assert (brand.states(), brand.obstacles()) == (["PENDING"] * 2, [Obstacle.REVIEW] * 2)
    brand.meta.review(ACCOUNT, AGENCY, approve=True)
    await brand.later(minutes=2)
    assert (brand.states(), brand.there()) == (["ACTIVE"] * 2, {"ANALYZE", "DRAFT", "MANAGE"})


async def test_a_review_goes_on_although_meta_does_not_answer_meanwhile(brand: AtMeta):
    brand.meta.assets[ACCOUNT].asks_second_admin = True
    brand.approve(ADMIN)
    await brand.work()
    brand.meta.faults.outage()
    await brand.later(minutes=5)
    brand.meta.faults.clear()
    await brand.later(minutes=30)
    await brand.later(minutes=30)
    assert (brand.states(), brand.obstacles(), len(brand.meta.writes())) == (
        ["PENDING"],
        [Obstacle.REVIEW],
        1,
    )
    brand.meta.review(ACCOUNT, AGENCY, approve=True)
    await brand.later(minutes=5)
    assert brand.states() == ["ACTIVE"]


async def test_what_ends_beside_a_review_is_gone_also_where_meta_shows_it_late(brand: AtMeta):
    brand.approve(term=Term.for_days(3))
    await brand.work()
    brand.meta.assets[ACCOUNT].asks_second_admin = True
    brand.approve(ADMIN, term=Term.for_days(60))
    await brand.work()
    brand.meta.delay = 120
    await brand.later(days=3, seconds=1)
    for _ in range(20):
        await brand.later(minutes=1)
    assert (brand.states(), brand.there()) == (["ENDED", "PENDING"], set())
    brand.meta.review(ACCOUNT, AGENCY, approve=True)
    for _ in range(5):
        await brand.later(minutes=1)
    assert (brand.states(), brand.there()) == (["ACTIVE", "ENDED"], {"MANAGE", *ACCESS})


async def test_what_meta_shows_late_is_waited_for_and_not_asked_for_again(brand: AtMeta):
    brand.meta.delay = 120
    brand.approve()
    await brand.work()
    assert brand.obstacles() == [Obstacle.SETTLING]
    for _ in range(5):
        await brand.later(minutes=1)
    assert (brand.states(), len(brand.meta.writes())) == (["ACTIVE"], 1)


async def test_what_is_still_to_show_is_taken_away_all_the_same(brand: AtMeta):
    brand.meta.delay = 120
    sent = brand.approve()
    await brand.work()
    brand.story.undo(brand.town.dana, sent.request_id)
    await brand.work()
    for _ in range(5):
        await brand.later(minutes=1)
    assert (brand.states(), brand.there()) == (["ENDED"], set())


async def test_what_has_just_come_is_taken_away_also_where_meta_shows_what_was_before(brand: AtMeta):
    """Who reads at Meta may be told of an earlier state than who read before them."""
    sent = brand.approve()
    await brand.later(minutes=5)
    assert (brand.states(), brand.there()) == (["ACTIVE"], ACCESS)
    brand.story.undo(brand.town.dana, sent.request_id)
    brand.meta.delay = 30
    await brand.work()
    assert (brand.states(), brand.there()) == (["ENDED"], set())


async def test_what_is_gone_and_still_shows_for_a_while_is_no_alarm(brand: AtMeta):
    sent = brand.approve()
    await brand.work()
    await brand.later(minutes=2)
    brand.meta.delay = 40
    brand.story.undo(brand.town.dana, sent.request_id)
    await brand.work()
    for _ in range(3):  # asked again, Meta says that there is nothing to take away
        await brand.later(seconds=5)
        assert (brand.states(), brand.obstacles()) == (["ENDING"], [Obstacle.SETTLING])
    await brand.later(seconds=30)
    assert brand.states() == ["ENDED"]
    assert "stuck" not in brand.told()


# --- whose key it is ---------------------------------------------------------------------------------


@pytest.mark.covers("T15", "I17")
async def test_an_asset_that_meta_has_as_anothers_is_not_shared(brand: AtMeta):
    brand.meta.assets[ACCOUNT].owner_id = OTHER
    brand.approve()
    await brand.work()
    assert (brand.states(), brand.obstacles(), brand.meta.writes()) == (["FAILED"], [Obstacle.NOT_THERE], [])


async def test_a_token_that_is_taken_no_more_breaks_the_connection_and_a_new_one_mends_it(brand: AtMeta):
    sent = brand.approve()
    await brand.work()
    for token in brand.meta.tokens.values():
        token.revoked = True
    brand.story.undo(brand.town.dana, sent.request_id)
    await brand.work()
    (row,) = brand.story.rows(tables.Connection)
    assert (row.state, brand.states(), brand.obstacles()) == ("BROKEN", ["STUCK"], [Obstacle.TOKEN])
    brand.connect()
    await brand.work()
    (row,) = brand.story.rows(tables.Connection)
    assert (row.state, brand.states(), brand.there()) == ("CONNECTED", ["ENDED"], set())


async def test_a_token_that_no_listed_key_opens_is_not_called_refused(brand: AtMeta):
    keys = Credentials([Fernet.generate_key().decode()])
    there = Executor(brand.graph, brand.story.database, keys, clock=brand.story.clock)
    brand.approve()
    brand.told()
    known, brand.executor = brand.executor, there
    await brand.work()
    assert (brand.states(), brand.obstacles()) == (["FAILED"], [Obstacle.KEYS])
    assert set(brand.told()) == {"not_in_force"}
    assert len(brand.story.effects(EffectKind.META_ACCESS)) == 1, "nothing was asked for that could be there"
    (row,) = brand.story.rows(tables.Connection)
    assert (row.state, brand.meta.calls) == ("CONNECTED", [])
    brand.executor = known
    brand.connect()
    await brand.work()
    assert brand.states() == ["ACTIVE"], "a token that can be opened is all that it took"


async def test_a_token_with_too_few_permissions_says_so(brand: AtMeta):
    brand.connect(token=brand.meta.add_token(BRAND, scopes=DEFAULT_SCOPES - {"pages_show_list"}).value)
    brand.approve(item(Kind.PAGE, PAGE))
    await brand.work()
    assert (brand.states(), brand.obstacles()) == (["FAILED"], [Obstacle.PERMISSION])


async def test_without_a_connection_what_is_at_meta_cannot_end_silently(brand: AtMeta):
    sent = brand.approve()
    await brand.work()
    gone = brand.story.do(connections.disconnect, BRAND, by=brand.town.dana)
    assert gone.left == 1
    brand.story.undo(brand.town.dana, sent.request_id)
    await brand.work()
    assert (brand.states(), brand.obstacles()) == (["STUCK"], [Obstacle.DISCONNECTED])


@pytest.mark.covers("G1", "P13")
async def test_what_nobody_can_take_away_without_a_connection_is_said_again_less_and_less_often(
    brand: AtMeta,
):
    for asked in ((), (item(Kind.PAGE, PAGE),)):
        brand.approve(*asked)
    await brand.work()
    brand.story.do(connections.disconnect, BRAND, by=brand.town.dana)
    brand.story.end(brand.town.dana, *[row.id for row in brand.story.rows(tables.Grant)], business=BRAND)
    await brand.work()
    brand.told()
    days = []
    for day in range(100):
        await brand.later(days=1)
        said = brand.told()
        assert said in ([], ["stuck"])
        days += [day] if said else []
    assert days == [0, 1, 3, 7, 15, 31, 59, 87]


@pytest.mark.covers("T28")
async def test_no_token_is_in_a_url_a_log_a_row_or_an_event(brand: AtMeta, caplog: pytest.LogCaptureFixture):
    caplog.set_level("DEBUG")
    brand.meta.faults.drop("POST", EDGE)
    brand.meta.faults.refuse(GraphError(190, "no"), "GET", EDGE)
    brand.approve()
    brand.approve(item(Kind.PAGE, PAGE))
    await brand.work()
    await brand.later(minutes=5)
    secrets = [token.value for token in brand.meta.tokens.values()]
    assert len(secrets) == 2, "the business's and the Page's"
    seen = [call.url for call in brand.meta.calls] + [caplog.text, repr(brand.executor.__dict__)]
    seen += [
        str(row)
        for table in (tables.Connection, tables.Effect, tables.Event)
        for row in brand.story.rows(table)
    ]
    assert not [one for one in seen for secret in secrets if secret in one]
