"""The directory file: what an import changes, what it refuses to change, and what an export writes."""

from __future__ import annotations

from dataclasses import asdict

import make
import pytest
from directory_text import AGENCY, BRAND, TWO, bring
from make import EPOCH, item, write
from sqlalchemy import func, select
from steps import become
from story import Story

from bot.clock import PushedClock
from bot.domain.actors import OPERATOR, Role
from bot.domain.assets import Kind
from bot.domain.creating import Payment
from bot.domain.denials import DenialReason
from bot.domain.messages import Audience, EffectKind
from bot.domain.requests import Approve
from bot.services import directory, readers, settings
from bot.services.approvers import admins as admins_who_can_decide
from bot.services.context import act
from bot.services.directory import me, verify_business
from bot.services.directory_file import (
    BadDirectory,
    How,
    export_directory,
    import_directory,
    plan_import,
    read_file,
    write_file,
)
from bot.services.readers import Reading
from bot.store import tables
from bot.store.database import Database
from bot.store.migrations import migrate
from bot.store.tables import NodeKind

KNOWN = {**asdict(make.ORDINARY), "zone": None, "checked_at": make.FRESH}
ACCOUNT = item(Kind.AD_ACCOUNT, "act_301")
BEA = "{slack: {team: T0BRAND, user: U0BEA}, name: Bea Lund, role: ADMIN}"
DESK = "{slack: {team: T0BRAND, user: U0DESK}, name: Front desk, role: ADMIN, shared: true}"
INTERN = BEA.replace("Bea Lund", "Intern")
BLUE_EU = "{id: act_301, kind: AD_ACCOUNT, name: Blue EU, askable: true}"
PAGE = (
    "{id: 4000001, kind: PAGE, name: Blue Page, published: true, "
    "admins: [{slack: {team: T0BRAND, user: U0BEA}, name: Bea Lund}]}"
)


def brand_with(*, more="", **lists):
    says = "".join(f"    {name}: [{entries}]\n" for name, entries in lists.items())
    return f"businesses:\n  - id: {BRAND}\n    name: Blue Brand\n{says}{more}"


@pytest.fixture
def story(database, clock):
    """The two businesses of the file, before Slack was asked about anybody."""
    bring(database, TWO)
    return Story(database, clock)


def somebody(story, name):
    """A person of the file by their name."""
    (row,) = story.rows(tables.Person, name=name)
    return make.Someone(id=row.id, team=row.team_id, user=row.user_id, name=name)


def submitted(story, asset=ACCOUNT):
    """Have Anna ask for an asset of the brand."""
    anna = somebody(story, "Anna Berg")
    become(story, anna, **KNOWN)
    return story.submit(anna, asset, requesting_id=AGENCY, deciding_id=BRAND).request_id


def give(story, asset=ACCOUNT):
    """Have Anna ask for an asset and Bea approve; return the grant's id."""
    bea = somebody(story, "Bea Lund")
    become(story, bea, **KNOWN)
    story.set(tables.BusinessRow, {"id": BRAND}, quorum=1)
    sent = submitted(story, asset)
    story.decide(bea, sent, Approve())
    return story.grant_of(sent).id


def denials(database, text):
    def events():
        return database.read_sync(lambda tx: tx.all(select(tables.Event.__table__)))

    before = events()
    with pytest.raises(BadDirectory) as denied:
        bring(database, text)
    assert events() == before, "a refused import leaves no trace of changes"
    return [str(problem) for problem in denied.value.problems]


# --- what an import makes of the record -----------------------------------------------------------


def test_an_import_makes_the_record_what_the_file_says(story, database):
    (brand,) = story.rows(tables.BusinessRow, id=BRAND)
    assert (brand.quorum, brand.expires_days, brand.undo_minutes) == (2, 7, 10)
    assert (brand.hours, brand.days_off, brand.zone) == ("08:30-16:30", "2026-12-25", "Europe/Berlin")
    assert (brand.who_may_ask, brand.policy_version, brand.verified) == ("LISTED", 1, True)
    assert {(row.id, row.owner_id, row.askable, row.published) for row in story.rows(tables.Asset)} == {
        ("act_301", BRAND, True, False),
        ("4000001", BRAND, False, True),
        ("act_302", None, False, False),
    }
    assert [row.asset_id for row in story.rows(tables.AssetAdmin)] == ["4000001"]
    assert len(story.rows(tables.AssetGroup)) == 1
    nodes = {row.id: row.kind for row in story.rows(tables.Node)}
    assert (nodes[BRAND], nodes["act_301"]) == (NodeKind.BUSINESS, NodeKind.ASSET)
    assert all(nodes[row.id] == NodeKind.PERSON for row in story.rows(tables.Person))


def test_slack_is_asked_about_every_new_person_and_until_then_they_have_no_power(story):
    people = {row.id: row for row in story.rows(tables.Person)}
    checks = story.effects(EffectKind.CHECK_PERSON)
    assert {row.subject_id for row in checks} == people.keys()
    assert all(row.team_id == people[row.subject_id].team_id for row in checks)
    assert all(person.deactivated is None for person in people.values())


def test_every_change_is_an_event_and_settings_count_the_policy_up(story, database):
    kinds = [row.kind for row in story.rows(tables.Event)]
    assert [kinds.count(f"{one}.added") for one in ("business", "member", "asset")] == [2, 4, 3]
    bring(database, brand_with(policy="").replace("[]", "{quorum: 1}") + "    listed: []")
    last, loosened = story.rows(tables.Event)[-2:]
    assert (last.kind, last.policy_version, last.subject_id) == ("business.changed", 2, BRAND)
    assert (loosened.kind, loosened.policy_version) == ("business.loosened", 2)
    assert '"quorum":[2,1]' in last.data
    assert f'"removed":["{AGENCY}"]' in last.data
    assert story.rows(tables.BusinessRow, id=BRAND)[0].policy_version == 2


@pytest.mark.parametrize(
    ("change", "follow"),
    [
        (f"businesses: [{{id: {AGENCY}, name: North by Northwest}}]", True),
        (f"businesses: [{{id: {BRAND}, name: Blue Brand, verified: false}}]", True),
        (TWO.replace("name: Blue EU", "name: Blue Europe"), True),
        (TWO.replace("name: Emil Roth, role: EMPLOYEE", "name: Emil Roth, role: ADMIN"), True),
        (None, True),
        ("businesses: [{id: 999999, name: Someone else}]", False),
        (TWO, False),
    ],
    ids=["name", "verified", "asset", "admins", "a verification by hand", "another business", "nothing"],
)
def test_open_cards_follow_what_changes_and_only_that(story, database, change, follow):
    submitted(story)
    if change is None:
        story.do(verify_business, AGENCY, verified=False, by=OPERATOR)
    else:
        bring(database, change)
    assert bool(story.effects(EffectKind.UPDATE_CARD)) is follow


def test_what_is_not_named_and_what_is_left_out_of_a_named_business_stay_as_they_are(story, database):
    before = database.read_sync(export_directory)
    assert len(bring(database, brand_with())) == 0
    assert database.read_sync(export_directory) == before
    bring(database, f"businesses: [{{id: {AGENCY}, name: North, listed: [], assets: []}}]")
    assert database.read_sync(export_directory).businesses[1] == before.businesses[1]


def test_what_export_writes_imports_as_no_change_and_fills_an_empty_store(story, database, tmp_path):
    text = write_file(database.read_sync(export_directory))
    assert story.read(plan_import, read_file(text), by=OPERATOR).changes == ()
    assert len(bring(database, text)) == 0
    empty = f"sqlite:///{tmp_path / 'empty.db'}"
    migrate(empty)
    with Database.open(empty, clock=PushedClock()) as other:
        bring(other, text)
        for store in (database, other):
            assert write_file(store.read_sync(export_directory)) == text


def test_a_name_that_was_kept_with_what_cannot_be_seen_is_exported_as_it_is_read(story, database):
    make.asset(database, "act_78", kind=Kind.AD_ACCOUNT, name="Acme\u202e ED\nNew", owner=BRAND)
    make.asset(database, "act_79", kind=Kind.AD_ACCOUNT, name="\u200b", owner=BRAND)
    text = write_file(database.read_sync(export_directory))
    assert "name: Acme ED New" in text
    assert "name: act_79" in text
    assert len(bring(database, text)) == 2
    assert write_file(database.read_sync(export_directory)) == text


def test_a_dry_run_shows_the_same_difference_and_changes_nothing(database):
    def says(difference):
        return [(c.what, c.how, c.business_id, c.name, c.details) for c in difference.changes]

    planned = database.read_sync(act, plan_import, read_file(TWO), by=OPERATOR, now=EPOCH)
    assert database.read_sync(export_directory).businesses == ()
    done = bring(database, TWO)
    assert {change.how for change in done.changes} == {How.ADDED}
    assert says(planned) == says(done)


def test_one_bad_line_keeps_everything_out(database):
    bad = TWO.replace("team: T0BRAND, user: U0BEA", "team: T0OTHER, user: U0BEA", 1)
    assert denials(database, bad) == [
        (
            "line 22, businesses[1].members[0].slack: Bea Lund is at home in T0OTHER, not in this business's "
            "workspace T0BRAND: share with their business instead"
        )
    ]
    assert database.read_sync(export_directory).businesses == ()


# --- people ---------------------------------------------------------------------------------------


def test_members_need_a_workspace_to_be_at_home_in_and_a_business_does_not_move_without_them(story, database):
    (said,) = denials(database, f"businesses: [{{id: 12345, name: A, members: [{BEA}]}}]")
    assert "has no workspace yet" in said
    (said,) = denials(database, f"businesses: [{{id: {BRAND}, name: Blue Brand, workspace: T0NEW}}]")
    assert "2 of its members are at home in another workspace" in said


def test_a_member_left_out_is_removed_with_their_assignments_and_it_is_journaled(story, database):
    desk, bea = somebody(story, "Front desk"), somebody(story, "Bea Lund")
    for who in (desk, bea):
        task = {"asset_id": "act_301", "business_id": BRAND, "tasks": "ANALYZE", "since": EPOCH}
        write(database, make.insert_row, tables.Assignment, person_id=who.id, **task)
    bring(database, brand_with(members=BEA))
    assert story.rows(tables.Membership, person_id=desk.id) == []
    assert [row.person_id for row in story.rows(tables.Assignment)] == [bea.id]
    removed = story.rows(tables.Event)[-1]
    assert (removed.kind, removed.subject_id, removed.business_id) == ("member.removed", desk.id, BRAND)


def test_a_shared_login_that_the_file_removed_is_still_one_when_an_admin_adds_it(story, database):
    desk, bea = somebody(story, "Front desk"), somebody(story, "Bea Lund")
    assert [bool(row.shared) for row in story.rows(tables.Membership, person_id=desk.id)] == [True]
    bring(database, brand_with(members=BEA))
    who = {"team_id": desk.team, "user_id": desk.user, "name": "Desk", "role": Role.ADMIN}
    story.slack_says(bea.team, bea.user)
    actor = bea.by()
    story.do(settings.add_member, BRAND, by=actor, **who)
    assert [bool(row.shared) for row in story.rows(tables.Membership, person_id=desk.id)] == [True]


@pytest.mark.case("10.2")
def test_whom_the_file_names_keeps_that_name_whatever_slack_says(story, database):
    story.slack_says("T0BRAND", "U0BEA", name="Bea in Slack")
    assert somebody(story, "Bea Lund").user == "U0BEA"
    bring(database, brand_with(members=BEA.replace("Bea Lund", "Bea Lundgren")))
    story.slack_says("T0BRAND", "U0BEA", name="Bea in Slack")
    assert somebody(story, "Bea Lundgren").user == "U0BEA"


def test_a_member_left_out_hears_nothing_further_of_what_is_open(story, database):
    story.set(tables.BusinessRow, {"id": BRAND}, channel_id=None)
    become(story, somebody(story, "Bea Lund"), **KNOWN)
    story.set(tables.Membership, {"person_id": somebody(story, "Front desk").id}, shared=False)
    become(story, somebody(story, "Front desk"), **KNOWN)
    submitted(story)
    bring(database, brand_with(members=BEA))
    cards = story.rows(tables.Card, audience=Audience.APPROVERS)
    assert {
        row.user_id: story.read(
            readers.reading, row.subject_id, Audience(row.audience), readers.Place.of(row)
        )
        for row in cards
    } == {"U0BEA": Reading.MAY, "U0DESK": Reading.MAY_NOT}


@pytest.mark.parametrize(
    "members", ["", DESK, BEA.replace("ADMIN", "EMPLOYEE"), BEA.replace("ADMIN", "ADMIN, shared: true")]
)
def test_the_last_admin_stays(story, database, members):
    assert denials(database, brand_with(members=members)) == [
        "line 4, businesses[0].members: its last ADMIN cannot be taken away: name another one first"
    ]


def test_a_new_role_is_a_change(story, database):
    carl = BEA.replace("U0BEA", "U0CARL").replace("Bea Lund", "Carl Moe")
    employee = BEA.replace("ADMIN", "EMPLOYEE")
    difference = bring(database, brand_with(members=f"{employee}, {DESK}, {carl}"))
    assert [(c.what, c.how, c.name, c.details) for c in difference.changes] == [
        ("person", How.ADDED, "Carl Moe", (("slack", None, "T0BRAND/U0CARL"),)),
        ("member", How.CHANGED, "Bea Lund", (("role", "ADMIN", "EMPLOYEE"),)),
        ("member", How.ADDED, "Carl Moe", (("role", None, "ADMIN"),)),
    ]


def test_one_slack_user_under_two_names_loses_their_power_until_it_is_one_person_again(story, database):
    bea = somebody(story, "Bea Lund")
    difference = bring(database, brand_with(members=f"{BEA}, {DESK}, {INTERN}"))
    assert difference.notes == (
        (
            "U0BEA in T0BRAND is 2 people here (Bea Lund, Intern): "
            "none of them can act for a business until it is one."
        ),
    )
    (own,) = story.read(me, by=bea).businesses
    assert own.may_administer is DenialReason.LINKED_TWICE
    bring(database, brand_with(members=f"{BEA}, {DESK}"))
    story.slack_says("T0BRAND", "U0BEA")
    (own,) = story.read(me, by=bea).businesses
    assert own.may_administer is None
    assert [row.name for row in database.read_sync(admins_who_can_decide, BRAND)] == ["Bea Lund"]


def test_a_new_name_is_the_same_person_renamed_where_it_can_be_no_one_else(story, database):
    before = somebody(story, "Bea Lund").id
    bring(database, brand_with(members=f"{BEA.replace('Bea Lund', 'Bea Holm')}, {DESK}"))
    assert somebody(story, "Bea Holm").id == before
    assert story.rows(tables.Event, kind="person.renamed")


# --- assets ---------------------------------------------------------------------------------------


SET_UP = """{id: act_301, kind: AD_ACCOUNT, name: Blue EU, askable: true, currency: EUR, timezone_id: 47,
    end_advertiser: NONE, media_agency: UNFOUND, partner: blue.shoes, incomplete: true}"""


@pytest.mark.covers("A4", "A5")
def test_how_an_asset_is_set_up_comes_with_the_file_and_goes_back_into_it(story, database, tmp_path):
    pixel = "{id: 600001, kind: PIXEL, name: Blue Pixel, ad_account_id: act_301}"
    bring(database, brand_with(assets=f"{SET_UP}, {PAGE}, {pixel}"))
    assert [row.ad_account_id for row in story.rows(tables.AssetSetup)] == ["act_301", None]
    test_what_export_writes_imports_as_no_change_and_fills_an_empty_store(story, database, tmp_path)
    # What a file leaves out stays: it may have been set in Slack since.
    assert not bring(
        database, brand_with(assets=f"{BLUE_EU}, {PAGE}, {{id: 600001, kind: PIXEL, name: Blue Pixel}}")
    )
    ready = BLUE_EU.replace("}", ", incomplete: false, funding_source: visa-1}")
    (changed,) = bring(database, brand_with(assets=f"{ready}, {PAGE}, {pixel}")).changes
    assert changed.details == (("funding_source", None, "visa-1"), ("incomplete", True, False))
    assert '"funding_source":[null,"visa-1"]' in story.rows(tables.Event)[-1].data.replace(" ", "")
    bring(database, brand_with(assets=f"{PAGE}, {pixel}"))
    assert [row.asset_id for row in story.rows(tables.AssetSetup)] == ["600001"]


def test_a_setup_that_meta_does_not_have_is_named_with_its_line(story, database):
    for key, value, said in (
        ("currency", "EURO", "'EURO' is no currency at Meta: did you mean EUR?"),
        ("timezone_id", "593", "is 592 or less"),
        ("end_advertiser", "Blue", "is no Business ID"),
        ("partner", "'#1'", "is no id and no alias of a Page"),
        ("ad_account_id", "act_302", "a AD_ACCOUNT has no ad_account_id"),
    ):
        (complaint,) = denials(database, brand_with(assets=BLUE_EU.replace("}", f", {key}: {value}}}")))
        assert complaint.startswith("line 4, businesses[0].assets[0]")
        assert said in complaint


@pytest.mark.covers("I24")
def test_the_card_of_what_was_created_follows_what_the_file_says_of_it(story, database):
    bea = somebody(story, "Bea Lund")
    story.set(tables.Person, {}, **KNOWN)
    made = story.do(directory.create_asset, make.creating(business_id=BRAND, payment=Payment()), by=bea)
    (creation,) = story.rows(tables.Creation)
    new = f"{{id: {made.asset_id}, kind: AD_ACCOUNT, name: Acme DE, incomplete: false}}"
    bring(database, brand_with(assets=f"{BLUE_EU}, {PAGE}, {new}"))
    assert [row.version for row in story.rows(tables.Creation)] == [2]
    bring(database, brand_with(assets=f"{BLUE_EU}, {PAGE}"))
    card = story.read(directory.creation_card, creation.id)
    assert (card.version, card.is_owned) == (3, False)


def test_an_asset_left_out_is_dropped_and_journaled(story, database):
    difference = bring(database, brand_with(assets=PAGE))
    assert [(c.what, c.how, c.id) for c in difference.changes] == [("asset", How.REMOVED, "act_301")]
    assert story.rows(tables.Asset, id="act_301") == story.rows(tables.Node, id="act_301") == []
    assert story.rows(tables.Event)[-1].kind == "asset.removed"


def test_an_asset_with_a_past_is_kept_for_the_record_as_nobodys(story, database):
    story.end(somebody(story, "Bea Lund"), give(story), business=BRAND)
    bring(database, brand_with(assets=PAGE))
    (kept,) = story.rows(tables.Asset, id="act_301")
    assert (kept.owner_id, kept.askable) == (None, False)


@pytest.mark.parametrize("use", [submitted, give])
def test_an_asset_that_is_requested_or_that_others_have_access_to_is_not_dropped(story, database, use):
    use(story)
    (said,) = denials(database, brand_with(assets=PAGE))
    left_out = "line 4, businesses[0].assets: act_301 (Blue EU) is left out, but others have access"
    assert said.startswith(left_out)


def test_an_asset_in_use_does_not_change_its_owner_or_kind(story, database):
    story.set(tables.Asset, {"id": "4000001"}, askable=True)
    give(story, item(Kind.PAGE, "4000001"))
    to_nobody = "assets: [{id: 4000001, kind: PAGE, name: Blue Page}]"
    (said,) = denials(database, brand_with(assets=BLUE_EU, more=to_nobody))
    assert "4000001 cannot change its owner while others have access" in said
    (said,) = denials(database, brand_with(assets=f"{BLUE_EU}, {PAGE.replace('PAGE', 'PIXEL')}"))
    assert "4000001 cannot become a PIXEL" in said


def test_an_asset_moves_only_if_the_file_lists_what_its_owner_keeps(story, database):
    to_agency = "{id: act_301, kind: AD_ACCOUNT, name: Blue EU}"
    agency = f"  - {{id: {AGENCY}, name: North Agency, assets: [{to_agency}]}}"
    (said,) = denials(database, "businesses:\n" + agency)
    assert f"act_301 belongs to business {BRAND}, whose assets this file does not list" in said
    bring(database, brand_with(assets=PAGE, more=agency))
    assert story.rows(tables.Asset, id="act_301")[0].owner_id == AGENCY
    moved = story.rows(tables.Event)[-1]
    assert (moved.kind, moved.business_id, moved.counterpart_id) == ("asset.changed", AGENCY, BRAND)


def test_an_id_is_one_thing_only(story, database):
    (said,) = denials(database, f"assets: [{{id: {BRAND}, kind: PAGE, name: Not a Page}}]")
    assert "is a business's id already" in said
    (said,) = denials(database, "businesses: [{id: 4000001, name: Not a business}]")
    assert "is an asset's id already" in said


def test_ten_thousand_assets_and_five_thousand_people_come_in_together(database):
    person = "{{slack: {{team: T0BIG, user: U{0:06}}}, name: Person {0}, role: ADMIN}}"
    people = "\n".join(f"      - {person.format(n)}" for n in range(5_000))
    assets = "\n".join(f"      - {{id: act_{n + 1}, kind: AD_ACCOUNT, name: No. {n}}}" for n in range(10_000))
    text = (
        f"businesses:\n  - id: 300000000000001\n    name: Big\n    workspace: T0BIG\n"
        f"    members:\n{people}\n    assets:\n{assets}\n"
    )
    told = []

    def progress(done, total):
        told.append((done, total))

    file = read_file(text, progress=progress)
    assert told.pop() == (15_007, 15_007)
    told.clear()
    difference = database.submit(act, import_directory, file, now=EPOCH, progress=progress).result()
    assert len(difference) == 1 + 5_000 + 5_000 + 10_000
    assert told[-1][0] == told[-1][1]
    count = select(func.count().label("n")).select_from(tables.Asset.__table__)
    assert database.read_sync(lambda tx: tx.one(count)).n == 10_000
    assert len(bring(database, text)) == 0


def test_who_members_are_at_meta_stays_unless_the_file_says_it_and_is_never_two_of_them(story):
    def there() -> dict[str, str | None]:
        names = {row.id: row.name for row in story.rows(tables.Person)}
        rows = story.rows(tables.Membership)
        return {names[row.person_id]: row.at_meta for row in rows if row.business_id == BRAND}

    def members(bea="", desk="", *, more=""):
        shown = [f"{one[:-1]}, at_meta: {id_}}}" if id_ else one for one, id_ in ((BEA, bea), (DESK, desk))]
        return brand_with(members=", ".join([*shown, *([more] if more else [])]))

    bring(story.database, members("'17001'", "'17002'"))
    bring(story.database, members())
    assert there() == {"Bea Lund": "17001", "Front desk": "17002"}
    bring(story.database, members("'17002'", "'17001'"))
    assert there() == {"Bea Lund": "17002", "Front desk": "17001"}
    with pytest.raises(BadDirectory) as denied:
        bring(story.database, members("'17001'"))
    (problem,) = denied.value.problems
    assert "Bea Lund and Front desk can't both be 17001 at Meta" in str(problem)
    new = "{slack: {team: T0BRAND, user: U0NEW}, name: Nora, role: EMPLOYEE, at_meta: '17002'}"
    bring(story.database, members("null", more=new))
    assert there() == {"Bea Lund": None, "Front desk": "17001", "Nora": "17002"}


def test_who_is_asked_and_the_weekly_message_come_with_the_file_and_go_back_into_it(story, database):
    bea = "{slack: {team: T0BRAND, user: U0BEA}, name: Bea Lund}"
    ida = "{slack: {team: T0BRAND, user: U0IDA}, name: Ida Holm}"
    (brand,) = story.rows(tables.BusinessRow, id=BRAND)
    assert brand.weekly_at is not None
    more = f"    policy: {{weekly: false}}\n    asked: {{first: [{bea}], backups: [{ida}]}}\n"
    admins = f"{BEA}, {ida[:-1]}, role: ADMIN}}"
    difference = bring(database, brand_with(members=admins, more=more))
    details = {name: (was, becomes) for change in difference.changes for name, was, becomes in change.details}
    assert details["weekly"] == (True, False)
    assert details["asked first"] == (None, "Bea Lund")
    assert details["asked backups"] == (None, "Ida Holm")
    (event,) = story.rows(tables.Event, kind="business.approvers")
    assert event.policy_version == brand.policy_version + 1
    ids = {somebody(story, name).id: turn for name, turn in (("Bea Lund", "FIRST"), ("Ida Holm", "BACKUP"))}

    def asked():
        return {row.person_id: row.turn for row in story.rows(tables.NamedApprover, business_id=BRAND)}

    assert asked() == ids
    assert story.rows(tables.BusinessRow, id=BRAND)[0].weekly_at is None
    assert len(bring(database, write_file(database.read_sync(export_directory)))) == 0
    assert len(bring(database, brand_with())) == 0, "what is left out stays"
    bring(database, brand_with(more="    policy: {weekly: true}\n    asked: {backups: []}\n"))
    assert list(asked().values()) == ["FIRST"]
    assert story.rows(tables.BusinessRow, id=BRAND)[0].weekly_at is not None


def test_only_admins_are_asked_and_each_once(story, database):
    desk = "{slack: {team: T0BRAND, user: U0DESK}, name: Front desk}"
    bea = "{slack: {team: T0BRAND, user: U0BEA}, name: Bea Lund}"
    said = denials(
        database, brand_with(more=f"    asked:\n      first:\n        - {bea}\n        - {desk}\n")
    )
    assert said == [
        "line 7, businesses[0].asked.first[1]: Front desk is no admin of this business, or a shared login"
    ]
    said = denials(database, brand_with(more=f"    asked:\n      first: [{bea}]\n      backups: [{bea}]\n"))
    assert said == ["line 6, businesses[0].asked.backups[0]: Bea Lund is listed under first, too"]
    bring(database, brand_with(more=f"    asked: {{first: [{bea}]}}\n"))
    said = denials(database, brand_with(more=f"    asked: {{backups: [{bea}]}}\n"))
    assert said == [
        "line 4, businesses[0].asked: Bea Lund cannot be asked first and as a backup: list both again"
    ]
