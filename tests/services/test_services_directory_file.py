"""The directory file: what it may say, what an import changes, and what it refuses to change."""

from __future__ import annotations

import textwrap
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from make import EPOCH
from sqlalchemy import func, insert, select

from bot.clock import PushedClock
from bot.domain.messages import Audience, EffectKind
from bot.domain.policy import OPERATOR, Actor, Source
from bot.services.approvers import admins as admins_who_can_decide
from bot.services.context import act
from bot.services.directory import me, record_person_flags, verify_business
from bot.services.directory_file import (
    BadDirectory,
    Difference,
    How,
    export_directory,
    import_directory,
    plan_import,
    read_file,
    write_file,
)
from bot.store import outbox, tables
from bot.store.database import Database
from bot.store.migrations import migrate
from bot.store.tables import NodeKind

BRAND = "200000000000001"
AGENCY = "100000000000001"

TWO = f"""
businesses:
  - id: {AGENCY}
    name: North Agency
    verified: true
    workspace: T0AGENCY
    channel: C0AGENCY
    listed: [{BRAND}]
    members:
      - {{slack: {{team: T0AGENCY, user: U0ANNA}}, name: Anna Berg, role: ADMIN}}
      - {{slack: {{team: T0AGENCY, user: U0EMIL}}, name: Emil Roth, role: EMPLOYEE}}
  - id: {BRAND}
    name: Blue Brand
    verified: true
    workspace: T0BRAND
    channel: C0BRAND
    policy: {{quorum: 2, expires_days: 7, who_may_ask: LISTED, hours: "08:30-16:30",
              days_off: [2026-12-25], zone: Europe/Berlin}}
    listed: [{AGENCY}]
    funding_sources: [990001]
    members:
      - {{slack: {{team: T0BRAND, user: U0BEA}}, name: Bea Lund, role: ADMIN}}
      - {{slack: {{team: T0BRAND, user: U0DESK}}, name: Front desk, role: ADMIN, shared: true}}
    assets:
      - {{id: act_301, kind: AD_ACCOUNT, name: Blue EU, askable: true}}
      - {{id: 4000001, kind: PAGE, name: Blue Page, published: true,
         admins: [{{slack: {{team: T0BRAND, user: U0BEA}}, name: Bea Lund}}]}}
assets:
  - {{id: act_302, kind: AD_ACCOUNT, name: Nobody's yet}}
groups:
  - {{id: 700001, accounts: [act_301], people: [{{slack: {{team: T0BRAND, user: U0BEA}}, name: Bea Lund}}]}}
"""


def bring(database: Database, text: str, *, clock: PushedClock | None = None) -> Difference:
    now = (clock or PushedClock()).now()
    return database.submit(
        act, import_directory, read_file(textwrap.dedent(text)), by=OPERATOR, now=now
    ).result()


def table(model: type) -> Any:
    return model.__table__  # type: ignore[attr-defined]


def rows(database: Database, model: type) -> list[Any]:
    return database.read_sync(lambda tx: tx.all(select(table(model))))


def complaints(text: str) -> list[str]:
    with pytest.raises(BadDirectory) as denied:
        read_file(textwrap.dedent(text))
    return [str(problem) for problem in denied.value.problems]


def denials(database: Database, text: str) -> list[str]:
    before = rows(database, tables.Event)
    with pytest.raises(BadDirectory) as denied:
        bring(database, text)
    assert rows(database, tables.Event) == before, "a refused import leaves no trace of changes"
    return [str(problem) for problem in denied.value.problems]


def kinds(database: Database) -> list[str]:
    return [row.kind for row in rows(database, tables.Event)]


def person_id(database: Database, name: str) -> str:
    return next(row.id for row in rows(database, tables.Person) if row.name == name)


def give_access(database: Database, *, asset_id: str, state: str, clock: PushedClock) -> None:
    """Put a closed request of the agency's and the grant that rests on it, ACTIVE or ENDED."""
    now, anna = clock.now(), person_id(database, "Anna Berg")
    request = _request_row("500000000000001", "AB-1", "APPROVED", anna=anna, now=now) | {"over_at": now}
    grant = {
        "id": "600000000000001",
        "request_id": request["id"],
        "position": 0,
        "asset_id": asset_id,
        "holder_id": AGENCY,
        "owner_id": BRAND,
        "tasks": "ANALYZE",
        "capability": None,
        "state": state,
        "version": 1,
        "starts_at": now,
        "ends_at": None,
        "ended_at": now if state == "ENDED" else None,
        "end_reason": "REVOKED" if state == "ENDED" else None,
        "ended_by": None,
        "end_note": "",
        "warn_at": None,
        "may_end": False,
    }

    def put(tx: Any) -> None:
        tx.run(insert(table(tables.Request)), **request)
        tx.run(insert(table(tables.Item)), **_item_row(request, asset_id, is_open=False))
        tx.run(insert(table(tables.Grant)), **grant)

    database.submit(put).result()


def request_for(database: Database, *, asset_id: str, clock: PushedClock) -> None:
    request = _request_row(
        "500000000000002", "AB-2", "PENDING", anna=person_id(database, "Anna Berg"), now=clock.now()
    )

    def put(tx: Any) -> None:
        tx.run(insert(table(tables.Request)), **request)
        tx.run(insert(table(tables.Item)), **_item_row(request, asset_id, is_open=True))

    database.submit(put).result()


def _request_row(request_id: str, ref: str, state: str, *, anna: str, now: Any) -> dict[str, Any]:
    nothing = dict.fromkeys([column.key for column in table(tables.Request).columns])
    return nothing | {
        "id": request_id,
        "ref": ref,
        "kind": "ACCESS",
        "state": state,
        "version": 1,
        "requesting_id": AGENCY,
        "owner_id": BRAND,
        "holder_id": AGENCY,
        "deciding_id": BRAND,
        "requester_id": anna,
        "reason": "Q1",
        "term_kind": "OPEN_END",
        "round": 1,
        "approvals": 0,
        "required_approvals": 1,
        "created_at": now,
        "expires_at": now + timedelta(days=14),
        "note": "",
    }


def _item_row(request: dict[str, Any], asset_id: str, *, is_open: bool) -> dict[str, Any]:
    return {
        "request_id": request["id"],
        "position": 0,
        "request_kind": "ACCESS",
        "holder_id": AGENCY,
        "is_open": is_open,
        "is_extension": False,
        "kind": "AD_ACCOUNT",
        "asset_id": asset_id,
        "words": None,
        "tasks": "ANALYZE",
        "given": None,
    }


# --- reading: every complaint names its line and its key ------------------------------------------


def test_a_sound_file_is_read_with_ids_and_dates_as_they_are_written() -> None:
    directory = read_file(TWO).directory
    assert [business.id for business in directory.businesses] == [AGENCY, BRAND]
    assert directory.businesses[1].policy.days_off == ("2026-12-25",)
    assert directory.businesses[1].funding_sources == ("990001",)
    assert read_file("businesses: [{id: 012345, name: No}]").directory.businesses[0].id == "012345"
    assert read_file("businesses: [{id: 012345, name: No}]").directory.businesses[0].name == "No"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is empty"),
        ("- 1", "a directory has the keys businesses, assets and groups"),
        ("businesses: [{id: 12a45, name: A}]", "'12a45' is no Business ID: that is 5 to 20 digits"),
        ("businesses: [{id: 1234, name: A}]", "'1234' is no Business ID"),
        ("businesses: [{id: 1234😀5, name: A}]", "is no Business ID"),
        ("businesses: [{id: ١٢٣٤٥, name: A}]", "is no Business ID"),
        ("businesses: [{id: 12345}]", "businesses[0].name: is missing"),
        ("businesses: [{id: 12345, name: }]", "name: is empty"),
        ("businesses: [{id: 12345, name: ''}]", "name: is empty"),
        ('businesses: [{id: 12345, name: "A\\u200bB"}]', "characters in it that cannot be seen"),
        (f"businesses: [{{id: 12345, name: {'A' * 121}}}]", "121 characters long; 120 are the most"),
        (
            "businesses: [{id: 12345, name: A, chanel: C1}]",
            "chanel: there is no such key: did you mean channel?",
        ),
        ("businesses: [{id: 12345, name: A, channel: general}]", "'general' is no Slack channel id"),
        ("businesses: [{id: 12345, name: A, workspace: blue}]", "'blue' is no Slack workspace id"),
        (
            "businesses: [{id: 12345, name: A, status: CLOSED}]",
            "status: is 'ACTIVE', 'DEACTIVATED' or 'RESTRICTED'",
        ),
        ("businesses: [{id: 12345, name: A, verified: perhaps}]", "verified: is true or false"),
        ("businesses: [{id: 12345, name: A, listed: 67890}]", "listed: is a list"),
        ("businesses: [{id: 12345, name: A, listed: [12345]}]", "a business does not list itself"),
        ("businesses: [{id: 12345, name: A, listed: [67890, 67890]}]", "67890 stands twice here"),
        ("businesses: [{id: 12345, name: A, policy: {quorum: 0}}]", "policy.quorum: is 1 or more, not '0'"),
        ("businesses: [{id: 12345, name: A, policy: {quorum: two}}]", "policy.quorum: is a whole number"),
        ("businesses: [{id: 12345, name: A, policy: {hours: 9-17}}]", "'9-17' are no working hours"),
        ('businesses: [{id: 12345, name: A, policy: {hours: "17:00-09:00"}}]', "are no working hours"),
        ("businesses: [{id: 12345, name: A, policy: {days_off: [25.12.2026]}}]", "'25.12.2026' is no date"),
        ("businesses: [{id: 12345, name: A, policy: {days_off: [2026-02-30]}}]", "'2026-02-30' is no date"),
        ("businesses: [{id: 12345, name: A, policy: {zone: Europe/Berln}}]", "did you mean Europe/Berlin?"),
        ("businesses: [{id: 12345, name: A, policy: {zone: ../etc/passwd}}]", "is no time zone"),
        ("assets: [{id: 301, kind: AD_ACCOUNT, name: A}]", "'301' is no id of a AD_ACCOUNT: that is act_"),
        ("assets: [{id: act_301, kind: PAGE, name: A}]", "'act_301' is no id of a PAGE"),
        ("assets: [{id: act_301, kind: BILLBOARD, name: A}]", "assets[0].kind: is 'PAGE'"),
        (
            "assets: [{id: act_301, kind: AD_ACCOUNT, name: A, askable: true}]",
            "askable: there is no such key",
        ),
        ("groups: [{id: 70001, accounts: [301]}]", "'301' is no ad account"),
        ("businesses: [{id: 12345, name: A, name: B}]", "'name' stands twice here"),
        ("a: &x [1]\nb: *x", "anchors (&) and aliases (*) are not read here"),
        ("businesses: !!python/object:os.system []", "tags are not read here"),
        ("businesses: !!set {}", "tags are not read here"),
        ("businesses: [", "not YAML"),
        ("businesses: []\n---\nbusinesses: []", "one document"),
        ("? [a]\n: b", "a key is plain text"),
        ("businesses: " + "[" * 50 + "]" * 50, "nested deeper"),
        ("businesses: " + "[" * 5000, "nesting depth"),
        ("businesses: []\nbell: \a", "not YAML"),
    ],
)
def test_a_problem_is_told_with_what_would_be_right(text: str, said: str) -> None:
    assert any(said in complaint for complaint in complaints(text)), complaints(text)


def test_all_problems_are_told_at_once_each_with_its_line() -> None:
    assert complaints(
        """\
        businesses:
          - id: 12345
            name: A
            members:
              - {slack: {team: T0A, user: U0A}, name: Ann, role: BOSS}
              - slack: {team: T0A}
                name: Ben
                role: ADMIN
        """
    ) == [
        "line 5, businesses[0].members[0].role: is 'ADMIN' or 'EMPLOYEE', not 'BOSS'",
        "line 6, businesses[0].members[1].slack.user: is missing",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "businesses: [{id: 12345, name: A}, {id: 12345, name: B}]",
        "businesses: [{id: 12345, name: A}]\nassets: [{id: 12345, kind: PAGE, name: B}]",
        "assets: [{id: act_1, kind: AD_ACCOUNT, name: A}, {id: act_1, kind: AD_ACCOUNT, name: A}]",
        "groups: [{id: 70001}, {id: 70001}]",
    ],
)
def test_an_id_that_stands_twice_is_refused(text: str) -> None:
    assert "stands here as" in complaints(text)[0]


def test_an_asset_that_two_businesses_own_is_refused() -> None:
    (complaint,) = complaints(
        """\
        businesses:
          - {id: 12345, name: A, assets: [{id: act_1, kind: AD_ACCOUNT, name: X}]}
          - {id: 67890, name: B, assets: [{id: act_1, kind: AD_ACCOUNT, name: X}]}
        """
    )
    assert complaint == (
        "line 3, businesses[1].assets[0].id: "
        "act_1 stands here as an asset of 67890 and above as an asset of 12345"
    )


def test_a_member_that_stands_twice_is_refused() -> None:
    member = "{slack: {team: T0A, user: U0A}, name: Ann, role: ADMIN}"
    (complaint,) = complaints(
        f"businesses: [{{id: 12345, name: A, workspace: T0A, members: [{member}, {member}]}}]"
    )
    assert complaint == "line 1, businesses[0].members[1]: Ann (U0A) stands twice here"


def test_a_file_that_is_too_large_or_not_text_is_refused() -> None:
    with pytest.raises(BadDirectory, match="1 problem"):
        read_file(b" " * 20_000_001)
    with pytest.raises(BadDirectory) as denied:
        read_file(b"businesses: []\n\xff")
    assert str(denied.value.problems[0]) == "line 2: the file is not UTF-8 text"


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200)))
def test_whatever_stands_in_a_file_is_read_or_refused(content: bytes | str) -> None:
    with suppress(BadDirectory):
        read_file(content)


@given(
    st.integers(0, len(TWO)),
    st.integers(0, 30),
    st.text(alphabet="{}[]:-,#&*!|>'\"%@`\n\t a1\u2028", max_size=5),
)
def test_a_file_that_was_damaged_is_read_or_refused(at: int, cut: int, put: str) -> None:
    with suppress(BadDirectory):
        read_file(TWO[:at] + put + TWO[at + cut :])


# --- importing ------------------------------------------------------------------------------------


def test_an_import_makes_the_record_what_the_file_says(database: Database) -> None:
    changes = bring(database, TWO)
    assert {change.how for change in changes.changes} == {How.ADDED}
    brand = next(row for row in rows(database, tables.BusinessRow) if row.id == BRAND)
    assert (brand.quorum, brand.expires_days, brand.undo_minutes) == (2, 7, 10)
    assert (brand.hours, brand.days_off, brand.zone) == ("08:30-16:30", "2026-12-25", "Europe/Berlin")
    assert (brand.who_may_ask, brand.policy_version, brand.verified) == ("LISTED", 1, True)
    assert {(row.id, row.owner_id, row.askable, row.published) for row in rows(database, tables.Asset)} == {
        ("act_301", BRAND, True, False),
        ("4000001", BRAND, False, True),
        ("act_302", None, False, False),
    }
    assert [row.asset_id for row in rows(database, tables.AssetAdmin)] == ["4000001"]
    assert len(rows(database, tables.AssetGroup)) == 1


def test_every_id_is_a_node(database: Database) -> None:
    bring(database, TWO)
    nodes = {row.id: row.kind for row in rows(database, tables.Node)}
    assert nodes[BRAND] == NodeKind.BUSINESS
    assert nodes["act_301"] == NodeKind.ASSET
    assert all(nodes[row.id] == NodeKind.PERSON for row in rows(database, tables.Person))


def test_slack_is_asked_about_every_new_person_and_until_then_they_have_no_power(database: Database) -> None:
    bring(database, TWO)
    people = {row.id: row for row in rows(database, tables.Person)}
    checks = [row for row in rows(database, tables.Effect) if row.kind == EffectKind.CHECK_PERSON]
    assert {row.subject_id for row in checks} == people.keys()
    assert all(row.team_id == people[row.subject_id].team_id for row in checks)
    assert all(person.deactivated is None for person in people.values())


def test_every_change_is_an_event_and_settings_count_the_policy_up(database: Database) -> None:
    bring(database, TWO)
    assert kinds(database).count("business.added") == 2
    assert kinds(database).count("member.added") == 4
    assert kinds(database).count("asset.added") == 3
    bring(database, f"businesses: [{{id: {BRAND}, name: Blue Brand, policy: {{quorum: 1}}, listed: []}}]")
    last = rows(database, tables.Event)[-1]
    assert (last.kind, last.policy_version, last.subject_id) == ("business.changed", 2, BRAND)
    assert '"quorum":[2,1]' in last.data
    assert f'"removed":["{AGENCY}"]' in last.data
    assert next(row for row in rows(database, tables.BusinessRow) if row.id == BRAND).policy_version == 2


def open_card(database: Database, clock: PushedClock) -> None:
    bring(database, TWO)
    request_for(database, asset_id="act_301", clock=clock)
    card = {"audience": Audience.APPROVERS, "version": 1, "team_id": "T0BRAND", "channel_id": "C0BRAND"}
    database.submit(outbox.put_card, subject_id="500000000000002", now=clock.now(), **card).result()


def updates(database: Database) -> int:
    return len([row for row in rows(database, tables.Effect) if row.kind == EffectKind.UPDATE_CARD])


@pytest.mark.parametrize(
    "change",
    [
        f"businesses: [{{id: {AGENCY}, name: North by Northwest}}]",
        f"businesses: [{{id: {BRAND}, name: Blue Brand, verified: false}}]",
        TWO.replace("name: Blue EU", "name: Blue Europe"),
        TWO.replace("name: Emil Roth, role: EMPLOYEE", "name: Emil Roth, role: ADMIN"),
    ],
    ids=["name", "verified", "asset", "admins"],
)
def test_open_cards_follow_what_changes(database: Database, clock: PushedClock, change: str) -> None:
    open_card(database, clock)
    bring(database, change)
    assert updates(database) == 1


def test_open_cards_follow_a_verification(database: Database, clock: PushedClock) -> None:
    open_card(database, clock)
    database.submit(act, verify_business, AGENCY, verified=False, by=OPERATOR, now=clock.now()).result()
    assert updates(database) == 1


def test_cards_that_nothing_changes_for_are_left_alone(database: Database, clock: PushedClock) -> None:
    open_card(database, clock)
    bring(database, "businesses: [{id: 999999, name: Someone else}]")
    bring(database, TWO)
    assert updates(database) == 0


def test_what_is_left_out_of_a_named_business_stays_as_it_is(database: Database) -> None:
    bring(database, TWO)
    before = database.read_sync(export_directory)
    assert len(bring(database, f"businesses: [{{id: {BRAND}, name: Blue Brand}}]")) == 0
    assert database.read_sync(export_directory) == before


def test_a_business_that_is_not_named_stays_as_it_is(database: Database) -> None:
    bring(database, TWO)
    before = database.read_sync(export_directory).businesses[1]
    bring(database, f"businesses: [{{id: {AGENCY}, name: North, listed: [], assets: []}}]")
    assert database.read_sync(export_directory).businesses[1] == before


def test_what_export_writes_imports_as_no_change(database: Database) -> None:
    bring(database, TWO)
    text = write_file(database.read_sync(export_directory))
    assert (
        database.read_sync(act, plan_import, read_file(text), by=OPERATOR, now=PushedClock().now()).changes
        == ()
    )
    assert len(bring(database, text)) == 0
    assert write_file(database.read_sync(export_directory)) == text


def test_an_export_makes_the_same_directory_in_an_empty_store(database: Database, tmp_path: Path) -> None:
    bring(database, TWO)
    text = write_file(database.read_sync(export_directory))
    empty = f"sqlite:///{tmp_path / 'empty.db'}"
    migrate(empty)
    with Database.open(empty, clock=PushedClock()) as other:
        bring(other, text)
        assert write_file(other.read_sync(export_directory)) == text


def test_a_dry_run_shows_the_same_difference_and_changes_nothing(database: Database) -> None:
    now = PushedClock().now()
    planned = database.read_sync(act, plan_import, read_file(TWO), by=OPERATOR, now=now)
    assert rows(database, tables.BusinessRow) == []
    done = bring(database, TWO)

    def expected_version(difference: Difference) -> list[tuple[Any, ...]]:
        return [(c.what, c.how, c.business_id, c.name, c.details) for c in difference.changes]

    assert expected_version(planned) == expected_version(done)


def test_one_bad_line_keeps_everything_out(database: Database) -> None:
    bad = TWO.replace("team: T0BRAND, user: U0BEA", "team: T0OTHER, user: U0BEA", 1)
    assert denials(database, bad) == [
        (
            "line 22, businesses[1].members[0].slack: Bea Lund is at home in T0OTHER, not in this business's "
            "workspace T0BRAND: share with their business instead"
        )
    ]
    assert rows(database, tables.BusinessRow) == []


def test_members_need_a_workspace_to_be_at_home_in(database: Database) -> None:
    member = "{slack: {team: T0A, user: U0A}, name: Ann, role: ADMIN}"
    (said,) = denials(database, f"businesses: [{{id: 12345, name: A, members: [{member}]}}]")
    assert "has no workspace yet" in said


def test_a_business_does_not_move_to_another_workspace_without_its_members(database: Database) -> None:
    bring(database, TWO)
    (said,) = denials(database, f"businesses: [{{id: {BRAND}, name: Blue Brand, workspace: T0NEW}}]")
    assert "2 of its members are at home in another workspace" in said


def brand_with(members: str) -> str:
    return f"businesses:\n  - id: {BRAND}\n    name: Blue Brand\n    members: [{members}]"


BEA = "{slack: {team: T0BRAND, user: U0BEA}, name: Bea Lund, role: ADMIN}"
DESK = "{slack: {team: T0BRAND, user: U0DESK}, name: Front desk, role: ADMIN, shared: true}"


def test_a_member_left_out_is_removed_with_their_assignments_and_it_is_journaled(database: Database) -> None:
    bring(database, TWO)
    desk = person_id(database, "Front desk")
    bea = person_id(database, "Bea Lund")
    put = insert(table(tables.Assignment))
    now = PushedClock().now()
    for who in (desk, bea):
        values = {
            "asset_id": "act_301",
            "business_id": BRAND,
            "person_id": who,
            "tasks": "ANALYZE",
            "since": now,
        }
        database.submit(lambda tx, values=values: tx.run(put, **values)).result()
    bring(database, brand_with(BEA))
    assert desk not in {row.person_id for row in rows(database, tables.Membership)}
    assert [row.person_id for row in rows(database, tables.Assignment)] == [bea]
    removed = rows(database, tables.Event)[-1]
    assert (removed.kind, removed.subject_id, removed.business_id) == ("member.removed", desk, BRAND)


def test_a_member_left_out_hears_nothing_further_of_what_is_open(
    database: Database, clock: PushedClock
) -> None:
    open_card(database, clock)
    card = {"audience": Audience.APPROVERS, "version": 1, "team_id": "T0BRAND"}
    for user in ("U0DESK", "U0BEA"):
        database.submit(
            outbox.put_card, subject_id="500000000000002", user_id=user, now=clock.now(), **card
        ).result()
    bring(database, brand_with(BEA))
    states = {row.user_id or row.channel_id: (row.state, row.error) for row in rows(database, tables.Card)}
    assert states == {
        "C0BRAND": ("WAITING", None),
        "U0BEA": ("WAITING", None),
        "U0DESK": ("FAILED", "left"),
    }


def test_the_last_admin_stays(database: Database) -> None:
    bring(database, TWO)
    for members in ("", DESK, BEA.replace("ADMIN", "EMPLOYEE"), BEA.replace("ADMIN", "ADMIN, shared: true")):
        (said,) = denials(database, brand_with(members))
        assert said == (
            "line 4, businesses[0].members: its last ADMIN cannot be taken away: name another one first"
        )


def test_a_new_role_is_a_change(database: Database) -> None:
    bring(database, TWO)
    carl = BEA.replace("U0BEA", "U0CARL").replace("Bea Lund", "Carl Moe")
    difference = bring(database, brand_with(f"{BEA.replace('ADMIN', 'EMPLOYEE')}, {DESK}, {carl}"))
    assert [(c.what, c.how, c.name, c.details) for c in difference.changes] == [
        ("person", How.ADDED, "Carl Moe", (("slack", None, "T0BRAND/U0CARL"),)),
        ("member", How.CHANGED, "Bea Lund", (("role", "ADMIN", "EMPLOYEE"),)),
        ("member", How.ADDED, "Carl Moe", (("role", None, "ADMIN"),)),
    ]


def test_one_slack_user_under_two_names_is_two_people_and_loses_their_power(database: Database) -> None:
    bring(database, TWO)
    difference = bring(database, brand_with(f"{BEA}, {DESK}, {BEA.replace('Bea Lund', 'Intern')}"))
    assert difference.notes == (
        (
            "U0BEA in T0BRAND is 2 people here (Bea Lund, Intern): "
            "none of them can act for a business until it is one."
        ),
    )
    bea = Actor(source=Source.BUTTON, team_id="T0BRAND", user_id="U0BEA")
    (own,) = database.read_sync(act, me, by=bea, now=EPOCH).businesses
    assert own.may_administer is not None
    assert own.may_administer.value == "linked_twice"


def test_a_shared_slack_user_gets_their_power_back_once_it_is_one_person_again(database: Database) -> None:
    bring(database, TWO)
    bring(database, brand_with(f"{BEA}, {DESK}, {BEA.replace('Bea Lund', 'Intern')}"))
    bring(database, brand_with(f"{BEA}, {DESK}"))
    database.submit(
        act,
        record_person_flags,
        team_id="T0BRAND",
        user_id="U0BEA",
        deactivated=False,
        guest=False,
        bot=False,
        stranger=False,
        zone=None,
        now=PushedClock().now(),
    ).result()
    bea = Actor(source=Source.BUTTON, team_id="T0BRAND", user_id="U0BEA")
    (own,) = database.read_sync(act, me, by=bea, now=EPOCH).businesses
    assert own.may_administer is None
    assert [row.name for row in database.read_sync(admins_who_can_decide, BRAND)] == ["Bea Lund"]


def test_a_new_name_is_the_same_person_renamed_where_it_can_be_no_one_else(database: Database) -> None:
    bring(database, TWO)
    before = person_id(database, "Bea Lund")
    bring(database, brand_with(f"{BEA.replace('Bea Lund', 'Bea Holm')}, {DESK}"))
    assert person_id(database, "Bea Holm") == before
    assert "person.renamed" in kinds(database)


def with_assets(assets: str, *, more: str = "") -> str:
    return f"businesses:\n  - id: {BRAND}\n    name: Blue Brand\n    assets: [{assets}]\n{more}"


PAGE = (
    "{id: 4000001, kind: PAGE, name: Blue Page, published: true, "
    "admins: [{slack: {team: T0BRAND, user: U0BEA}, name: Bea Lund}]}"
)


def test_an_asset_left_out_is_dropped_and_journaled(database: Database) -> None:
    bring(database, TWO)
    difference = bring(database, with_assets(PAGE))
    assert [(c.what, c.how, c.id) for c in difference.changes] == [("asset", How.REMOVED, "act_301")]
    assert "act_301" not in {row.id for row in rows(database, tables.Asset)}
    assert "act_301" not in {row.id for row in rows(database, tables.Node)}
    assert rows(database, tables.Event)[-1].kind == "asset.removed"


def test_an_asset_with_a_past_is_kept_for_the_record_as_nobodys(
    database: Database, clock: PushedClock
) -> None:
    bring(database, TWO)
    give_access(database, asset_id="act_301", state="ENDED", clock=clock)
    bring(database, with_assets(PAGE))
    kept = next(row for row in rows(database, tables.Asset) if row.id == "act_301")
    assert (kept.owner_id, kept.askable) == (None, False)


def test_an_asset_that_others_have_access_to_is_not_dropped(database: Database, clock: PushedClock) -> None:
    bring(database, TWO)
    give_access(database, asset_id="act_301", state="ACTIVE", clock=clock)
    (said,) = denials(database, with_assets(PAGE))
    assert said.startswith(
        "line 4, businesses[0].assets: act_301 (Blue EU) is left out, but others have access"
    )


def test_an_asset_that_is_requested_is_not_dropped(database: Database, clock: PushedClock) -> None:
    bring(database, TWO)
    request_for(database, asset_id="act_301", clock=clock)
    (said,) = denials(database, with_assets(PAGE))
    assert "act_301 (Blue EU) is left out" in said


def test_an_asset_in_use_does_not_change_its_owner_or_kind(database: Database, clock: PushedClock) -> None:
    bring(database, TWO)
    give_access(database, asset_id="4000001", state="ACTIVE", clock=clock)
    account = "{id: act_301, kind: AD_ACCOUNT, name: Blue EU, askable: true}"
    to_nobody = "assets: [{id: 4000001, kind: PAGE, name: Blue Page}]"
    (said,) = denials(database, with_assets(account, more=to_nobody))
    assert "4000001 cannot change its owner while others have access" in said
    (said,) = denials(database, with_assets(f"{account}, {PAGE.replace('PAGE', 'PIXEL')}"))
    assert "4000001 cannot become a PIXEL" in said


def test_an_asset_moves_only_if_the_file_lists_what_its_owner_keeps(database: Database) -> None:
    bring(database, TWO)
    to_agency = "{id: act_301, kind: AD_ACCOUNT, name: Blue EU}"
    agency = f"  - {{id: {AGENCY}, name: North Agency, assets: [{to_agency}]}}"
    (said,) = denials(database, "businesses:\n" + agency)
    assert f"act_301 belongs to business {BRAND}, whose assets this file does not list" in said
    bring(database, with_assets(PAGE, more=agency))
    assert next(row for row in rows(database, tables.Asset) if row.id == "act_301").owner_id == AGENCY
    moved = rows(database, tables.Event)[-1]
    assert (moved.kind, moved.business_id, moved.counterpart_id) == ("asset.changed", AGENCY, BRAND)


def test_an_id_is_one_thing_only(database: Database) -> None:
    bring(database, TWO)
    (said,) = denials(database, f"assets: [{{id: {BRAND}, kind: PAGE, name: Not a Page}}]")
    assert "is a business's id already" in said
    (said,) = denials(database, "businesses: [{id: 4000001, name: Not a business}]")
    assert "is an asset's id already" in said


def test_ten_thousand_assets_and_five_thousand_people_come_in_within_seconds(database: Database) -> None:
    people = "\n".join(
        f"      - {{slack: {{team: T0BIG, user: U{n:06}}}, name: Person {n}, role: ADMIN}}"
        for n in range(5_000)
    )
    assets = "\n".join(
        f"      - {{id: act_{n + 1}, kind: AD_ACCOUNT, name: Account {n}}}" for n in range(10_000)
    )
    text = (
        f"businesses:\n  - id: 300000000000001\n    name: Big\n    workspace: T0BIG\n"
        f"    members:\n{people}\n    assets:\n{assets}\n"
    )
    told: list[tuple[int, int]] = []
    started = time.monotonic()
    file = read_file(text, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (15_007, 15_007)
    told.clear()
    difference = database.submit(
        act,
        import_directory,
        file,
        now=PushedClock().now(),
        progress=lambda done, total: told.append((done, total)),
    ).result()
    took = time.monotonic() - started
    assert len(difference) == 1 + 5_000 + 5_000 + 10_000
    assert told[-1][0] == told[-1][1]
    count = select(func.count().label("n")).select_from(table(tables.Asset))
    assert database.read_sync(lambda tx: tx.one(count)).n == 10_000
    assert took < 30
    assert len(bring(database, text)) == 0
