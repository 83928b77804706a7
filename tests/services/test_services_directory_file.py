"""Reading a directory file: every complaint names its line and its key, and what would be right."""

from __future__ import annotations

import textwrap
from contextlib import suppress

import pytest
from directory_text import AGENCY, BRAND, TWO
from hypothesis import given
from hypothesis import strategies as st

from bot.services.directory_file import BadDirectory, read_file


def complaints(text):
    with pytest.raises(BadDirectory) as denied:
        read_file(textwrap.dedent(text))
    return [str(problem) for problem in denied.value.problems]


def test_a_sound_file_is_read_with_ids_and_dates_as_they_are_written():
    directory = read_file(TWO).directory
    assert [business.id for business in directory.businesses] == [AGENCY, BRAND]
    assert directory.businesses[1].policy.days_off == ("2026-12-25",)
    assert directory.businesses[1].funding_sources == ("990001",)
    (written,) = read_file("businesses: [{id: 012345, name: No}]").directory.businesses
    assert (written.id, written.name) == ("012345", "No")


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
        (
            "businesses: [{id: 12345, name: A, policy: {days_off: ["
            + ", ".join(f"2{n:03d}-12-25" for n in range(101))
            + "]}}]",
            "has 101 days; 100 are the most",
        ),
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
def test_a_problem_is_told_with_what_would_be_right(text, said):
    assert any(said in complaint for complaint in complaints(text)), complaints(text)


def test_all_problems_are_told_at_once_each_with_its_line():
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
def test_an_id_that_stands_twice_is_refused(text):
    assert "stands here as" in complaints(text)[0]


def test_an_asset_that_two_businesses_own_is_refused():
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


def test_a_member_that_stands_twice_is_refused():
    member = "{slack: {team: T0A, user: U0A}, name: Ann, role: ADMIN}"
    (complaint,) = complaints(
        f"businesses: [{{id: 12345, name: A, workspace: T0A, members: [{member}, {member}]}}]"
    )
    assert complaint == "line 1, businesses[0].members[1]: Ann (U0A) stands twice here"


def test_a_file_that_is_too_large_or_not_text_is_refused():
    with pytest.raises(BadDirectory, match="1 problem"):
        read_file(b" " * 20_000_001)
    with pytest.raises(BadDirectory) as denied:
        read_file(b"businesses: []\n\xff")
    assert str(denied.value.problems[0]) == "line 2: the file is not UTF-8 text"


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200)))
def test_whatever_stands_in_a_file_is_read_or_refused(content):
    with suppress(BadDirectory):
        read_file(content)


@given(
    st.integers(0, len(TWO)),
    st.integers(0, 30),
    st.text(alphabet="{}[]:-,#&*!|>'\"%@`\n\t a1\u2028", max_size=5),
)
def test_a_file_that_was_damaged_is_read_or_refused(at, cut, put):
    with suppress(BadDirectory):
        read_file(TWO[:at] + put + TWO[at + cut :])
