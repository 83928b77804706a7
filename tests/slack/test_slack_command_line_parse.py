from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_make import GENERAL, NOW

from bot.domain.assets import Kind
from bot.domain.creating import Payment
from bot.domain.kinds import RequestKind
from bot.domain.limits import MOST_DESCRIBED
from bot.domain.naming import TypedAsset
from bot.domain.refs import WORDS
from bot.domain.requests import Term
from bot.slack.command_line.parse import parse
from bot.slack.command_line.words import (
    AgainWords,
    AuditWords,
    AwayWords,
    BundleWords,
    CancelWords,
    ConnectWords,
    CreateWords,
    DeclineWords,
    ExtendWords,
    FundWords,
    HelpFor,
    ImportWords,
    ListWords,
    NamedItem,
    OffboardWords,
    Overview,
    PartnerWords,
    PendingWords,
    PeopleWords,
    ReportWords,
    RequestWords,
    ReviewWords,
    RevokeWords,
    SettingsWords,
    SetupWords,
    ShowWords,
    StandingWords,
    Step,
    TokenWords,
    WrongWords,
)
from bot.slack.ids import ListWord
from bot.slack.lines import plain
from bot.slack.text import en as texts

REF = f"{WORDS[0]}-1234"
BERLIN = ZoneInfo("Europe/Berlin")
NEW_YEARS_EVE = Term.till(datetime(2026, 12, 31, 23, 59, fold=1, tzinfo=BERLIN))


def read(text: str, *, zone: str = "Europe/Berlin") -> object:
    return parse(text, zone=zone, now=NOW, is_business={"998877", "northwind", "Acme Shoes"}.__contains__)


def wrong(text: str, *, zone: str = "Europe/Berlin") -> str:
    answer = read(text, zone=zone)
    if isinstance(answer, RequestWords):  # the form says it at the field
        return "".join(said for _, said in answer.wrong)
    assert isinstance(answer, WrongWords), answer
    said = plain(answer.said)
    assert "For example: /access " in said
    return said


ASSET = TypedAsset(ids=("act_123",), kind=Kind.AD_ACCOUNT)
ACCOUNT = NamedItem(asset=ASSET)
TASKS = frozenset({"ADVERTISE", "ANALYZE"})


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("", Overview()),
        ("   ", Overview()),
        ("pending", PendingWords()),
        ("PENDING", PendingWords()),
        ("pending sent", ListWords(ListWord.SENT)),
        ("pending received from Northwind", ListWords(ListWord.RECEIVED, "Northwind")),
        ("pending Acme Shoes", ListWords(ListWord.PENDING, "Acme Shoes")),
        ("help", HelpFor("")),
        ("help request", HelpFor("request")),
        ("help nonsense", HelpFor("", "nonsense")),
        ("help me", HelpFor("")),
        ("help all", HelpFor("")),
        ("help me, please", HelpFor("")),
        ("list", ListWords(ListWord.ALL)),
        ("list owned", ListWords(ListWord.OWNED)),
        ("list shared by us", ListWords(ListWord.GIVEN)),
        ("List  Shared   with us", ListWords(ListWord.SHARED)),
        ("list pending", ListWords(ListWord.PENDING)),
        ("list pending sent", ListWords(ListWord.SENT)),
        ("list Sent requests", ListWords(ListWord.SENT)),
        ("list received", ListWords(ListWord.RECEIVED)),
        ("list pending from Northwind", ListWords(ListWord.PENDING, "Northwind")),
        ("partner", PartnerWords("")),
        ("partner Northwind", PartnerWords("Northwind")),
        ("Partner “On Air” on 2026-01-02", PartnerWords("On Air", date(2026, 1, 2))),
        ("partner Works on Wheels", PartnerWords("Works on Wheels")),
        ("partner Northwind 2025-10-01", PartnerWords("Northwind", date(2025, 10, 1))),
        ("partner 998877 as of 1 Oct 2025", PartnerWords("998877", date(2025, 10, 1))),
        ("partner Northwind on Friday", PartnerWords("Northwind", date(2026, 11, 20))),
        ("report", ReportWords()),
        ("report on Northwind", ReportWords("Northwind")),
        ("offboard", OffboardWords("")),
        ("offboard Works on Wheels", OffboardWords("Works on Wheels")),
        ("offboard “On Air” on 2026-12-31", OffboardWords("On Air", date(2026, 12, 31))),
        ("offboard Northwind 2026-12-31 then 14 days", OffboardWords("Northwind", date(2026, 12, 31), 14)),
        ("token", TokenWords()),
        ("connect", ConnectWords()),
        ("connect to Meta", ConnectWords()),
        ("disconnect", ConnectWords()),
        ("import", ImportWords()),
        ("import from Meta", ImportWords()),
        ("setup", SetupWords()),
        ("review", ReviewWords()),
        ("reviews Acme Shoes", ReviewWords("Acme Shoes")),
        ("set-up", SetupWords()),
        ("api", TokenWords()),
        ("contract 998877 on 31 Dec 2026 then 14 days", OffboardWords("998877", date(2026, 12, 31), 14)),
        ("offboard Northwind within 30d", OffboardWords("Northwind", None, 30)),
        ("bundle", BundleWords()),
        ("Bundles launch kit 2", BundleWords("launch kit 2")),
        ("bundle “Because we can”", BundleWords("Because we can")),
        ("bundle 30 days - admin because  it starts", BundleWords("30 days - admin", "it starts")),
        ("list bundles of launch", ListWords(ListWord.BUNDLES, "launch")),
        ("standing", StandingWords()),
        ("standing Works on Wheels", StandingWords("Works on Wheels")),
        ("Standing Northwind ON", StandingWords("Northwind", on=True)),
        ("standing “On Air” off", StandingWords("On Air", on=False)),
        ("list partners", ListWords(ListWord.PARTNERS)),
        ("list clients", ListWords(ListWord.CLIENTS)),
        ("list agencies act_123", ListWords(ListWord.AGENCIES, "act_123")),
        ("list agencies of “Acme Shoes EU”", ListWords(ListWord.AGENCIES, "Acme Shoes EU")),
        ("list shared with us US ads", ListWords(ListWord.SHARED, "US ads")),
        ("list owned to", ListWords(ListWord.OWNED)),
        ("list acme", ListWords(ListWord.ALL, "acme")),
        ("list of act_123", ListWords(ListWord.ALL, "act_123")),
        ("people Eva", PeopleWords(name="Eva")),
        ("people Acme Shoes EU add Eva", PeopleWords(asset_name="Acme Shoes EU", step=Step.ADD, name="Eva")),
        (f"cancel {REF}", CancelWords(REF, "")),
        (f"cancel {REF.lower()} because wrong account", CancelWords(REF, "wrong account")),
        (f"cancel {REF.replace('-', ' ')} BECAUSE Wrong Account", CancelWords(REF, "Wrong Account")),
        (f"cancel {REF} - wrong account", CancelWords(REF, "wrong account")),
        (f"show {REF}", ShowWords(REF)),
        (f"status {REF.lower()}", ShowWords(REF)),
        (f"approve {REF}", ShowWords(REF)),
        (REF, ShowWords(REF)),
        (REF.replace("-", " "), ShowWords(REF)),
        ("status", PendingWords()),
        ("list ending", ListWords(ListWord.ENDING)),
        ("list claims", ListWords(ListWord.CLAIMS)),
        ("list claims confirmed", ListWords(ListWord.CLAIMS_APPROVED)),
        ("list claims declined act_7", ListWords(ListWord.CLAIMS_DECLINED, "act_7")),
        ("list obo", ListWords(ListWord.OBO)),
        ("list obo in progress", ListWords(ListWord.OBO)),
        ("list obo approved Acme", ListWords(ListWord.OBO_APPROVED, "Acme")),
        ("list obo DECLINE", ListWords(ListWord.OBO_DECLINED)),
        ("settings", SettingsWords()),
        ("extend", ExtendWords()),
        ("extend act_123", ExtendWords(asset=ASSET)),
        ("Extend act_123 for 2 weeks", ExtendWords(asset=ASSET, term=Term.for_days(14))),
        (
            "extend act_123 by 30d because the campaign goes on",
            ExtendWords(asset=ASSET, term=Term.for_days(30), reason="the campaign goes on"),
        ),
        (f"extend {REF} for 30d", ExtendWords(ref=REF, term=Term.for_days(30))),
        (f"revoke {REF.replace('-', ' ').lower()} because over", RevokeWords(ref=REF, note="over")),
        ("again", AgainWords(RequestKind.ACCESS)),
        (f"again {REF}", AgainWords(RequestKind.ACCESS, REF)),
        ("request again", AgainWords(RequestKind.ACCESS)),
        ("request the same", AgainWords(RequestKind.ACCESS)),
        (f"share again {REF}", AgainWords(RequestKind.INVITATION, REF)),
        ("request Again and Again", RequestWords(items=(NamedItem(name="Again and Again"),))),
        ("cancel", ListWords(ListWord.SENT)),
        ("extend act_123 - it goes on", ExtendWords(asset=ASSET, reason="it goes on")),
        ("extend because Q2", ExtendWords(reason="Q2")),
        ("revoke", RevokeWords()),
        ("revoke act_123", RevokeWords(asset=ASSET)),
        ("revoke Acme Shoes EU", RevokeWords(name="Acme Shoes EU")),
        (
            "revoke “Acme from Berlin” from Otter Media",
            RevokeWords(name="Acme from Berlin", other_name="Otter Media"),
        ),
        (
            "revoke act_123 because we part from 998877",
            RevokeWords(asset=ASSET, other_id="998877", note="we part"),
        ),
        (
            "revoke act_123 because we part from northwind",
            RevokeWords(asset=ASSET, other_name="northwind", note="we part"),
        ),
        (
            "revoke act_123 because we part from friends",
            RevokeWords(asset=ASSET, note="we part from friends"),
        ),
        (
            "extend Acme EU by 30 days because it goes on",
            ExtendWords(name="Acme EU", term=Term.for_days(30), reason="it goes on"),
        ),
        (
            "revoke act_123 from 998877 because contract over",
            RevokeWords(asset=ASSET, other_id="998877", note="contract over"),
        ),
        ("revoke of 998877", RevokeWords(other_id="998877")),
        ("give back act_123", RevokeWords(asset=ASSET)),
        ("request", RequestWords()),
    ],
)
def test_the_words_mean_what_they_say(text, means):
    assert read(text) == means


@pytest.mark.parametrize(
    ("text", "means"),
    [
        (
            "request act_123 advertise,analyze for 30d because Q1 launch",
            RequestWords(items=(ACCOUNT,), tasks=TASKS, term=Term.for_days(30), reason="Q1 launch"),
        ),
        (
            "  REQUEST   act_123 ,act_456  General  User  for 2 weeks  from 998877 ",
            RequestWords(
                items=(ACCOUNT, NamedItem(asset=TypedAsset(ids=("act_456",), kind=Kind.AD_ACCOUNT))),
                level="general user",
                term=Term.for_days(14),
                owner_id="998877",
            ),
        ),
        (
            "request act_123 general_user no end because it never ends from 998877",
            RequestWords(
                items=(ACCOUNT,),
                level="general user",
                term=Term.without_end(),
                reason="it never ends",
                owner_id="998877",
            ),
        ),
        (
            "request act_123 admin until 2026-12-31 because we moved from Paris",
            RequestWords(
                items=(ACCOUNT,),
                level="admin",
                term=Term.till(datetime(2026, 12, 31, 22, 59, tzinfo=UTC)),
                reason="we moved from Paris",
            ),
        ),
        (
            "request described “the ad account, Berlin” reporting only for 7 days",
            RequestWords(
                items=(NamedItem(words="the ad account, Berlin"),),
                level="reporting only",
                term=Term.for_days(7),
            ),
        ),
        (
            'request described ad account "because of Berlin" analyze',
            RequestWords(
                items=(NamedItem(kind=Kind.AD_ACCOUNT, words="because of Berlin"),),
                tasks=frozenset({"ANALYZE"}),
            ),
        ),
        (
            "request <https://business.facebook.com/adsmanager?act=123|business.facebook.com/…> analyze",
            RequestWords(items=(ACCOUNT,), tasks=frozenset({"ANALYZE"})),
        ),
        (
            "request https://www.facebook.com/1234567 advertiser",
            RequestWords(
                items=(NamedItem(asset=TypedAsset(ids=("1234567",), kind=Kind.PAGE)),), level="advertiser"
            ),
        ),
    ],
)
def test_a_request_in_one_line_is_understood(text, means):
    assert read(text) == means


@pytest.mark.parametrize(
    ("typed", "term"),
    [
        ("until friday", Term.till(datetime(2026, 11, 27, 23, 59, fold=1, tzinfo=BERLIN))),
        ("until 31.12.2026", NEW_YEARS_EVE),
        ("until 12/31/2026", NEW_YEARS_EVE),
        ("until 31 Dec", NEW_YEARS_EVE),
        ("until Dec 31, 2026", NEW_YEARS_EVE),
        ("til friday", Term.till(datetime(2026, 11, 27, 23, 59, fold=1, tzinfo=BERLIN))),
        ("through 31 December 2026", NEW_YEARS_EVE),
        ("until the end of the year", NEW_YEARS_EVE),
        ("until end of month", Term.till(datetime(2026, 11, 30, 23, 59, fold=1, tzinfo=BERLIN))),
        ("for a quarter", Term.for_days(90)),
        ("for a month", Term.for_days(30)),
        ("for 3 months", Term.for_days(90)),
        ("30 days", Term.for_days(30)),
        ("2w", Term.for_days(14)),
        ("for the next 30 days", Term.for_days(30)),
        ("for another 2 weeks", Term.for_days(14)),
        ("for half a year", Term.for_days(182)),
        ("until Friday next week", Term.till(datetime(2026, 11, 27, 23, 59, fold=1, tzinfo=BERLIN))),
        ("until eoy", NEW_YEARS_EVE),
        ("to 31 Dec", NEW_YEARS_EVE),
        ("to 2026-12-31", NEW_YEARS_EVE),
        ("forever", Term.without_end()),
        *((f"for {time}", Term.without_end()) for time in ("ever", "good", "Forever")),
        *((one, Term.without_end()) for one in ("Indefinitely", "permanently", "open-ended")),
        *((one, Term.without_end()) for one in ("without end", "without an end date", "with no end")),
    ],
)
@pytest.mark.parametrize(
    "why", ["because spring launch", "- spring launch", "— spring launch", "Reason: spring launch"]
)
def test_a_length_and_a_reason_are_read_as_people_write_them(typed, term, why):
    assert read(f"request act_123 analyze {typed} {why}") == RequestWords(
        items=(ACCOUNT,), tasks=frozenset({"ANALYZE"}), term=term, reason="spring launch"
    )
    assert read(f"request act_123 {typed} analyze {why}") == read(f"request act_123 analyze {typed} {why}")


@pytest.mark.parametrize(
    "length", ["30d", "for 30 days", "until 31 Dec", "to Dec 31, 2026", "until end of year"]
)
def test_a_colon_after_a_length_comes_before_the_reason_and_elsewhere_is_part_of_a_name(length):
    said = read(f"request act_123 analyze {length}: spring: the launch from 998877")
    assert said == read(f"request act_123 analyze {length} because spring: the launch from 998877")
    assert said.owner_id == "998877"
    longer = ExtendWords(asset=ASSET, term=Term.for_days(30), reason="it goes on")
    assert read("extend act_123 by 30 days: it goes on") == longer
    assert read("request Acme: EU analyze").items == (NamedItem(name="Acme: EU"),)


def test_words_of_a_length_are_part_of_a_name_where_it_goes_on():
    for name in ("Forever New", "Live Forever EU", "Road to May", "Rebels without a cause"):
        assert read(f"request {name} analyze for 30d").items == (NamedItem(name=name),)
    shared = read("share act_123 analyze to Friday forever")
    assert (shared.owner_name, shared.term) == ("Friday", Term.without_end())
    assert read("share act_123 analyze forever to Otter Media").owner_name == "Otter Media"


def test_the_same_level_may_be_named_with_each_asset():
    named = read("request act_123 general user, act_124 general user for 30d because Spring")
    assert (len(named.items), named.level, named.is_complete) == (2, "general user", True)


@pytest.mark.parametrize("typed", ["aprove", "remind", "revive", "candle", "canal", "lend", "giv", "sned"])
def test_a_word_that_ends_something_is_not_suggested_for_a_harmless_one(typed):
    answer = read(f"{typed} {REF}")
    said = plain(answer.said) if isinstance(answer, WrongWords) else ""
    assert "/access revoke" not in said
    assert "/access cancel" not in said


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("reqest act_1", "/access request"),
        ("lsit", "/access list"),
        ("cancle AMBER-1234", "/access cancel"),
        ("REVOK", "/access revoke"),
        ("hlep", "/access help"),
    ],
)
def test_a_wrong_word_gets_the_nearest_right_one_and_an_example(text, near):
    assert f"Did you mean {near}?" in wrong(text)


@pytest.mark.parametrize("typed", ["send", "edit", "drop", "comment", "snooze"])
def test_what_a_card_has_buttons_for_shows_the_one_that_is_named(typed):
    assert read(f"{typed} {REF}") == ShowWords(REF)


@pytest.mark.parametrize("typed", ["away", "stand-in", "Stand–in", "standin", "delegate", "vacation", "ooo"])
def test_who_is_away_names_who_stands_in(typed):
    assert read(typed) == AwayWords()


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("until friday", AwayWords(until_day=date(2026, 11, 27))),
        ("from monday until 31 Dec", AwayWords("", date(2026, 11, 23), date(2026, 12, 31))),
        ("24 Dec - 2 Jan", AwayWords("", date(2026, 12, 24), date(2027, 1, 2))),
        ("tomorrow", AwayWords("", date(2026, 11, 23), date(2026, 11, 23))),
        ("Acme Shoes until friday", AwayWords("Acme Shoes", None, date(2026, 11, 27))),
    ],
)
def test_the_days_of_an_absence_may_be_typed_with_it(typed, means):
    assert read(f"away {typed}") == means


@pytest.mark.parametrize("typed", ["request help", "request --help", "request —help", "request ?"])
def test_help_after_a_command_explains_it(typed):
    assert read(typed) == HelpFor("request")


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("to run the spring launch", "to run the spring launch"),
        ("so we can start", "so we can start"),
        ("since they need it now", "they need it now"),
        ("as we start on Monday", "we start on Monday"),
    ],
)
def test_a_reason_may_follow_all_else_without_a_word_that_says_so(typed, why):
    for said in ("analyze for 30d", "for 30d general user"):
        assert read(f"request act_123 {said} {typed}").reason == why
    assert read(f"request act_123 {typed} analyze for 30d").reason == "", "it may be a name"


@pytest.mark.parametrize("typed", ["to Acme Shoes", "to Acme because they need it", "to them"])
def test_what_may_be_a_business_or_has_a_reason_of_its_own_is_no_reason(typed):
    assert read(f"request act_123 analyze for 30d {typed}").reason in {"", "they need it"}


@pytest.mark.parametrize(
    "typed",
    [
        "give northwind general user on act_123 for 30d",
        "grant northwind general user access to act_123 for 30d",
        "invite northwind to act_123 as general user for 30d",
        "offer act_123 to northwind as general user for 30d",
        "share act_123 with northwind please general user for 30d",
    ],
)
def test_a_partner_may_be_named_before_or_after_what_is_shared(typed):
    shared = read(typed)
    assert (shared.kind, shared.owner_name) == (RequestKind.INVITATION, "northwind")
    assert (shared.level, shared.term, shared.wrong) == ("general user", Term.for_days(30), ())
    assert [item.asset for item in shared.items if item.asset] == [ASSET]
    by_id = read(typed.replace("northwind", "998877"))
    assert (by_id.owner_id, [item.asset for item in by_id.items if item.asset]) == ("998877", [ASSET])


def test_what_comes_first_of_a_list_is_an_asset_and_no_partner():
    shared = read("share northwind, act_123 analyze for 30d")
    assert (shared.owner_name, [one.name for one in shared.items]) == (None, ["northwind", None])


@pytest.mark.parametrize(
    "typed",
    [
        "revoke act_123 from northwind",
        "remove northwind from act_123",
        "end northwind’s access to act_123",
        "end access of northwind to act_123",
        "revoke northwind act_123",
        "revoke access to act_123 from northwind please",
    ],
)
def test_what_ends_is_named_before_or_after_whose_it_is(typed):
    assert read(typed) == RevokeWords(asset=ASSET, other_name="northwind")
    by_id = read(typed.replace("’s", "").replace("northwind", "998877"))
    assert by_id == RevokeWords(asset=ASSET, other_id="998877")


@pytest.mark.parametrize(
    ("typed", "term"),
    [("30d", 30), ("another month", 30), ("a week", 7), ("by another 2 weeks", 14), ("for 30 more days", 30)],
)
def test_how_much_longer_needs_no_word_before_it(typed, term):
    longer = ExtendWords(asset=ASSET, term=Term.for_days(term), reason="x")
    for named in ("act_123", "my access to act_123"):
        assert read(f"extend {named} {typed} because x") == longer
    assert read(f"extend {REF} {typed}") == ExtendWords(ref=REF, term=Term.for_days(term))
    assert read("extend A Month in Rome for 30d").name == "A Month in Rome"


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("assign Dana Diaz to act_123", PeopleWords(asset=ASSET, step=Step.ADD, name="Dana Diaz")),
        (
            "add Dana to act_123 as general user",
            PeopleWords(asset=ASSET, step=Step.ADD, name="Dana", level="general user"),
        ),
        (
            "people act_123 add Dana as general user",
            PeopleWords(asset=ASSET, step=Step.ADD, name="Dana", level="general user"),
        ),
        ("unassign Dana from act_123", PeopleWords(asset=ASSET, step=Step.REMOVE, name="Dana")),
        ("people Dana off act_123", PeopleWords(asset=ASSET, step=Step.REMOVE, name="Dana")),
        ("who can use act_123", PeopleWords(asset=ASSET)),
        ("people of act_123", PeopleWords(asset=ASSET)),
        ("people Ann On add Dana", PeopleWords(asset_name="Ann On", step=Step.ADD, name="Dana")),
        (f"cancel my request {REF}", CancelWords(REF, "")),
        (f"details of {REF}", ShowWords(REF)),
        (f"decline {REF}", DeclineWords(REF)),
        (f"reject request {REF} because not now", DeclineWords(REF, "not now")),
        ("decline", PendingWords()),
        ("revoke everything from northwind", RevokeWords(other_name="northwind")),
        ("end all access of northwind because over", RevokeWords(other_name="northwind", note="over")),
        ("revoke all", RevokeWords()),
        ("status of my request", PendingWords()),
        ("I’m done with act_123", RevokeWords(asset=ASSET)),
        ("return act_123 to northwind", RevokeWords(asset=ASSET, other_name="northwind")),
        ("list shared by Northwind", ListWords(ListWord.SHARED, "Northwind")),
        ("partner Northwind yesterday", PartnerWords("Northwind", date(2026, 11, 21))),
        ("partner The Last Mile", PartnerWords("The Last Mile")),
        (
            "create an ad account called Acme DE in EUR, Europe/Berlin",
            CreateWords(kind=Kind.AD_ACCOUNT, name="Acme DE", currency="EUR", timezone_id=47),
        ),
        ("create a pixel Walk in Closet", CreateWords(kind=Kind.PIXEL, name="Walk in Closet")),
        ("create A Day in Rome EUR", CreateWords(name="A Day in Rome", currency="EUR")),
    ],
)
def test_other_commands_are_read_as_people_say_them_too(typed, means):
    assert read(typed) == means


def test_what_is_short_for_a_level_is_one_where_it_stands_by_itself():
    assert read("request act_123 general for 30d") == read("request act_123 general user for 30d")
    assert read("request act_123 general access for 30d").level == "general user"
    for name in ("General", "General Motors"):
        assert read(f"request {name} for 30d").items == (NamedItem(name=name),)
    assert read("request General Motors analyze, act_123").items[0] == NamedItem(name="General Motors")


@pytest.mark.parametrize("typed", ["audit", "journal"])
def test_the_journal_is_asked_for_by_its_name(typed):
    assert read(typed) == AuditWords()


@pytest.mark.parametrize(
    ("typed", "which"),
    [
        *(("sent", ListWord.SENT), ("shared by us", ListWord.GIVEN), ("ending", ListWord.ENDING)),
        *(("mine", ListWord.OWNED), ("my requests", ListWord.SENT), ("expiring", ListWord.ENDING)),
    ],
)
def test_a_list_is_shown_by_its_name_alone(typed, which):
    assert read(typed) == ListWords(which)
    assert read(f"{typed} Acme Shoes") == ListWords(which, "Acme Shoes")


def test_to_give_is_to_share_and_to_give_back_is_to_end():
    given = read("give act_123 analyze to 998877 for 30d because we start")
    assert (given.kind, given.owner_id) == (RequestKind.INVITATION, "998877")
    assert read("give back act_123") == read("revoke act_123")


@pytest.mark.parametrize(
    ("typed", "word"),
    [("reqest", "request"), ("approve", "show"), ("stand-in", "away"), ("give back", "revoke"), ("xylo", "")],
)
def test_help_explains_the_command_that_is_meant(typed, word):
    assert read(f"help {typed}") == HelpFor(word, "" if word else typed)


@pytest.mark.parametrize("typed", ["xylophone", "editor", "access"])
def test_a_word_far_from_all_leads_to_help(typed):
    assert "Type /access help" in wrong(typed)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("revoke act_1, act_2", "Name one asset, or one reference: “,” would be a second."),
        ("revoke act_1 act_2", "Name one asset, or one reference: “act_2” would be a second."),
        (f"extend act_1 {REF}", f"Name one asset, or one reference: “{REF}” would be a second."),
        ("request act_1, act_1 analyze", "You named act_1 twice."),
        ("request act_1 analyze for ages", "“ages” is not a length of time."),
        ("request act_1 analyze for spring launch", "“spring launch” is not a length of time."),
        ("request act_1 analyze for 0 days", "between 1 and 3650 days"),
        ("request act_1 analyze for 9999 weeks", "between 1 and 3650 days"),
        ("request act_1 analyze until 2020-01-31", "2020-01-31 is over already."),
        ("request act_1 analyze until 2926-01-31", "within the next ten years"),
        ("request act_1 analyze until 31.13.2026", "Write it as 31 Dec or 2026-12-31."),
        ("request act_1 analyze until 03/04/2027", "Write 2027-04-03 or 2027-03-04."),
        ("show NONSENSE-1234", "is not a request's reference"),
        ("request act_1 analyze for", "Something must follow “for”."),
        ("request act_1 analyze for 3d for 4d", "You said “for” twice."),
        ("request act_1 analyze because", "Something must follow “because”."),
        ("request act_1 analyze because " + "x" * 501, "has 501 characters; at most 500 fit"),
        ("request act_1 analyze from 99", "“99” is neither a Business ID"),
        ("request act_1 analyze from act_998877", "“act_998877” is neither a Business ID"),
        ("request act_1 admin analyze", "You named a level and tasks. Name one level, or tasks."),
        ("request act_1 admin, act_2 general user", "You named two levels. A line gives all assets one"),
        ("people act_1 add Eva admin analyst", "You named two levels. Name one level, or tasks."),
        ("people act_1 add Eva analyze admin", "You named a level and tasks."),
        ("request described pixel analyze", "in quotes after “described”"),
        ("request described “the pixel", "is opened and not closed"),
        ('request described "' + "x" * 201 + '"', "has 201 characters; at most 200 fit"),
        ("request , analyze", "I don't understand “,” there."),
        ("request " + ",".join(f"act_{n}" for n in range(200)) + " analyze", "You named 200 assets"),
        ("cancel because wrong", "Which request?"),
        ("cancel 1234", "“1234” is not a request's reference."),
        ("cancel NONSENSE-1234", "is not a request's reference"),
        (f"cancel {REF} please", "I don't understand “please” there."),
        (f"cancel {REF} because", "Something must follow “because”."),
        (f"cancel {REF} because " + "x" * 501, "at most 500 fit"),
        ("revoke act_1 from", "Something must follow “from”."),
        ("partner Acme on 2100-01-01", "2100-01-01 is still to come"),
        ("partner “Acme” please", "I don't understand “please” there."),
        ("list ownd", "There is no list “ownd”. Did you mean /access list owned?"),
        ("list partnerz", "There is no list “partnerz”. Did you mean /access list partners?"),
        ("list owned " + "x" * 121, "has 121 characters; at most 120 fit"),
        ("list owned “Acme", "is opened and not closed"),
    ],
)
def test_what_is_wrong_is_named(text, said):
    assert said in wrong(text)


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Europe/Berlin", "Pacific/Kiritimati"])
def test_the_last_day_that_there_is_is_too_far_in_every_zone(zone):
    assert "within the next ten years" in wrong("request act_1 analyze until 9999-12-31", zone=zone)


@pytest.mark.parametrize(
    ("text", "wrong_at", "rest"),
    [
        ("act_123 analyze until doomsday because x", ["term"], {"reason": "x"}),
        ("act_123 analyze for ages from 99 because x", ["term", "owner"], {"reason": "x"}),
        ("act_123 described page analyze for 3d", ["assets"], {"term": Term.for_days(3)}),
        ("act_123 analyze for 3d because", ["reason"], {"term": Term.for_days(3)}),
        (
            "act_123 admin, reporting only, general user because x",
            ["assets"],
            {"tasks": frozenset(), "level": None, "reason": "x"},
        ),
    ],
)
def test_what_is_wrong_is_kept_by_its_field_beside_all_that_was_understood(text, wrong_at, rest):
    answer = read(f"request {text}")
    assert isinstance(answer, RequestWords)
    assert [field for field, _ in answer.wrong] == wrong_at
    assert not answer.is_complete
    understood = {"items": (ACCOUNT,), "tasks": frozenset({"ANALYZE"}), **rest}
    assert {name: getattr(answer, name) for name in understood} == understood


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("acme shoes eu general user", ["acme shoes eu"]),
        ('"Shop for Kids", @acmeshoes advertiser for 3d', ["Shop for Kids", "@acmeshoes"]),
        ("Acme Shoes EU 30 days because x", ["Acme Shoes EU"]),
        ("https://www.facebook.com/acmeshoes analyze", ["https://www.facebook.com/acmeshoes"]),
        ("Dana’s shop - spring", ["Dana’s shop"]),
        ("Till Drive Thru through friday", ["Till Drive Thru"]),
    ],
)
def test_an_asset_may_be_called_by_its_name(text, names):
    answer = read(f"request {text}")
    assert isinstance(answer, RequestWords)
    assert [item.name for item in answer.items] == names


@pytest.mark.parametrize("text", ["from Acme Shoes general user", "general user from “Acme Shoes”"])
def test_the_owner_may_be_called_by_its_name(text):
    answer = read(f"request act_123 {text}")
    assert isinstance(answer, RequestWords)
    assert (answer.owner_name, answer.level) == ("Acme Shoes", "general user")


@pytest.mark.case("7.1")
def test_no_more_is_described_in_a_line_than_a_form_could_show():
    items = ",".join(f'described page "shop {n}"' for n in range(MOST_DESCRIBED + 1))
    assert "at most 10 assets in words; these are 11" in wrong(f"request {items} analyze")
    fits = read(f"request {items.rpartition(',')[0]} analyze")
    assert isinstance(fits, RequestWords)
    assert len(fits.items) == MOST_DESCRIBED


ACME_DE = CreateWords(kind=Kind.AD_ACCOUNT, name="Acme DE", currency="EUR", timezone_id=47)


@pytest.mark.covers("A4")
@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("create", CreateWords()),
        ("new pixel", CreateWords(kind=Kind.PIXEL)),
        ('create ad account "Acme DE" EUR Europe/Berlin', ACME_DE),
        ("create ad account Acme DE, eur, europe/berlin", ACME_DE),
        ("create ad account \u201cAcme DE\u201d eur berlin", ACME_DE),
        ('create ad account "Acme DE" Berlin EUR', ACME_DE),
        (
            "create Acme New York USD America/New_York",
            CreateWords(name="Acme New York", currency="USD", timezone_id=7),
        ),
        ('create "A" USD new york', CreateWords(name="A", currency="USD", timezone_id=7)),
        (
            'create "A" advertiser 998877 agency unfound partner acme.shoes invoice',
            CreateWords(
                name="A",
                parties={"end_advertiser": "998877", "media_agency": "UNFOUND", "partner": "acme.shoes"},
                payment=Payment(invoice=True),
            ),
        ),
        ('create "A" paid by visa-1234', CreateWords(name="A", payment=Payment(funding_source="visa-1234"))),
        ('create pixel "A" for act_123', CreateWords(kind=Kind.PIXEL, name="A", account="act_123")),
        ("create funding act_123", FundWords(asset_id="act_123")),
        ("create funding 123 later", FundWords(asset_id="act_123", payment=Payment())),
        ("create payment act_123 by invoice", FundWords(asset_id="act_123", payment=Payment(invoice=True))),
    ],
)
def test_what_is_created_and_how_it_is_paid_are_read_from_one_line(text, means):
    assert read(text) == means


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("create page Acme", "Only ad accounts and pixels"),
        ('create "A" EUR Atlantis/Berlin', "no time zone that Meta has"),
        ('create "A" EUR Berlin please', "please"),
        ('create "A" advertiser Acme', "no Business ID"),
        ('create "A" partner #1', "neither an ID nor a Page's alias"),
        ('create "A" partner', "Something must follow"),
        ('create "A" funding', "Something must follow"),
        ("create pixel A for everybody", "neither an asset ID"),
        ("create funding", "/access create funding act_123 invoice"),
        ("create funding act_1 visa now", "now"),
        (f'create "{"x" * 121}" EUR Berlin', "121"),
        ('create "A', "quotation mark"),
    ],
)
def test_what_is_wrong_with_what_is_to_be_created_is_named(text, said):
    assert said in wrong(text)


def test_twenty_five_assets_fit_into_one_line():
    answer = read("request " + ",".join(f"act_{n}" for n in range(25)) + " analyze")
    assert isinstance(answer, RequestWords)
    assert len(answer.items) == 25


@pytest.mark.parametrize(
    ("text", "complete"),
    [
        ("request act_1 analyze for 3d because x", True),
        ("request act_1 analyze because x", False),
        ("request act_1 for 3d because x", False),
        ("request act_1 analyze for 3d", False),
        ("request analyze for 3d because x", False),
        ('request described pixel "p" analyst for 3d because x', True),  # but for the owner
        ('request described pixel "p" analyst for 3d from 998877 because x', True),
        ('request described "p" analyst for 3d from 998877 because x', False),
        ("request act_1 analyze for ages because x", False),
    ],
)
def test_only_a_request_that_says_everything_needs_no_form(text, complete):
    answer = read(text)
    assert isinstance(answer, RequestWords)
    assert answer.is_complete is complete


def test_a_level_is_meant_for_the_kinds_that_have_it():
    answer = read("request act_1 general user")
    assert isinstance(answer, RequestWords)
    assert answer.tasks_for(Kind.AD_ACCOUNT) == GENERAL
    assert answer.tasks_for(Kind.PAGE) is None
    assert RequestWords().tasks_for(Kind.PAGE) is None
    assert RequestWords(tasks=frozenset({"MODERATE"})).tasks_for(Kind.PIXEL) is None


@pytest.mark.parametrize(
    ("typed", "left"),
    [
        (f"{REF} please", "please"),
        (f"show {REF} and AMBER-2", "and AMBER-2"),
        ("settings two approvals", "two approvals"),
        ("setup Acme Shoes", "Acme Shoes"),
    ],
)
def test_words_that_mean_nothing_after_a_command_are_answered_instead_of_passed_over(typed, left):
    assert f"I don't understand “{left}” there." in wrong(typed)


@pytest.mark.parametrize("typed", ["ends on 31 Dec", "by 2026-12-31", "2026-12-31", "at the end of the year"])
@pytest.mark.parametrize("name", ["Northwind", "Shop on Main", "Ends by Design at Work"])
def test_a_day_at_the_end_is_told_from_words_of_a_name(name, typed):
    assert read(f"offboard {name} {typed}") == OffboardWords(name, date(2026, 12, 31))


@pytest.mark.parametrize("typed", ["partner on 2026-01-02", "offboard then 14 days", "standing on"])
def test_what_is_said_of_a_partner_needs_its_name(typed):
    assert "Which partner?" in wrong(typed)


@pytest.mark.parametrize("which", [one for one in ListWord if one is not ListWord.ALL])
def test_every_list_is_named_where_lists_are_named(which):
    named = {name.partition(" (")[0] for name in texts.command_line.LISTS_NAMED.split(", ")}
    assert which.value in named
    assert read(f"list {which.value}") == ListWords(which)
    assert texts.command_line.LISTS_NAMED in texts.command_line.HELP["list"][0]
    assert texts.command_line.LISTS_NAMED in wrong("list ownd")


def test_who_types_delete_means_to_end_access():
    assert read("delete act_1") == read("revoke act_1")


@pytest.mark.parametrize("word", list(texts.command_line.HELP))
def test_every_example_in_help_is_right(word):
    example = texts.command_line.HELP[word][1].removeprefix("/access ").replace("AMBER-1234", REF)
    assert not isinstance(read(example), WrongWords)


typed_words = (
    "request cancel revoke list pending help act_1 act_ 998877 analyze general user for 3d until 2026-12-31 "
    'no end because from of described “a b” " , , <https://x|y> < > 😀 AMBER-1234 give back '
    "create funding pixel EUR Berlin New partner advertiser invoice later by"
)
words = st.sampled_from(typed_words.split())


@given(st.text() | st.lists(words).map(" ".join))
def test_whatever_is_typed_is_understood_or_answered(text):
    answer = read(text)
    if isinstance(answer, WrongWords):
        assert 0 < len(plain(answer.said)) < 1_000


@pytest.mark.parametrize(
    ("typed", "reason", "owner"),
    [
        ("spring launch from Acme Shoes", "spring launch", "Acme Shoes"),
        ("a letter from them, from Acme Shoes", "a letter from them,", "Acme Shoes"),
        ("spring launch from our customers", "spring launch from our customers", None),
        ("a wish of Acme Shoes", "a wish of Acme Shoes", None),
    ],
)
def test_a_business_that_ends_a_reason_is_the_owner_if_one_is_called_so(typed, reason, owner):
    answer = read(f"request act_123 analyze for 30d because {typed}")
    assert (answer.reason, answer.owner_name, answer.owner_id) == (reason, owner, None)


def test_a_second_business_at_the_end_stays_in_the_reason():
    answer = read("request act_123 analyze from 998877 because a gift from Acme Shoes")
    assert (answer.reason, answer.owner_id, answer.owner_name) == ("a gift from Acme Shoes", "998877", None)
