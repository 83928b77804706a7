"""What the tests show: the rows of our tables, each with the tests that carry its mark.

A test that shows a row says so: `@pytest.mark.covers("T1", "F3")`. `pytest --covered` collects all tests,
runs none, and prints each row with its tests, or why it has none yet; it fails if that does not add up.

| rows | table |
| --- | --- |
| T1 to T44 | threats: what somebody might try |
| F1 to F40 | faults: what may break |
| I1 to I35, V1 to V6 | what always holds, and what comes true once all is well again |
| FP1 to FP16 | the steps at which the process is killed |
| P1 to P17, B1 to B14, A1 to A11 | what people do with partners and ad accounts (`functions.py`) |
| B1-API to A11-API | the same, by a program |
| D1 to D10, R1 to R17, G1 to G10, C1 to C7 | what holds for requests and all around them (`rules.py`) |
| 1.1 to 10.4 | what people tried, by the kind of fault (`cases.py`; the mark is `case`) |
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest
from cases import CASES
from functions import BY_PROGRAM, FUNCTIONS
from rules import RULES

TESTS = Path(__file__).parent

ROWS = {
    # --- threats
    "T1": "HTTP cannot be served without a signing secret, nor signed with an empty one",
    "T2": "There is no second door: whatever can be posted to must be signed, Slack's own checks too",
    "T3": "A signed request that is sent again does nothing again, and after five minutes it is denied",
    "T4": "Odd headers and bodies are turned away, and never break anything",
    "T5": "Where no admin is known nobody has an admin's power, rather than everybody",
    "T6": "No button and no form goes round the one place that decides",
    "T7": "Being in the channel gives no right",
    "T8": "Nobody decides what they requested or drafted, or what a business of theirs requests",
    "T9": "A surplus field in what is sent cannot set what only the product sets",
    "T10": "The id of somebody else's row is answered like an id of nothing",
    "T11": "What the message says decides nothing: only the record, the person and the version do",
    "T12": "An approval is of what was looked at; once that has changed, it approves nothing",
    "T13": "Somebody who was admin when the card came and is not now decides nothing",
    "T14": "Nobody gives more than was requested",
    "T15": "One business's key to Meta is never used for another's asset",
    "T16": "What comes from another app, workspace or organisation is turned away, of whatever kind it is",
    "T17": "Somebody of another workspace is no admin here, whatever channel they share with us",
    "T18": "One stolen account is not enough for what is risky, and an approval can be undone",
    "T19": "A name or an e-mail address makes nobody somebody else",
    "T20": "An installation cannot be bound to a business that did not ask for it",
    "T21": "No address in a payload makes us call anybody but Slack",
    "T22": "No answer of Meta's and no id makes us call anybody but Meta",
    "T23": "What people type mentions, links and formats nothing, and forges no card",
    "T24": "Text of any length and script fits, or is refused where it was typed",
    "T25": "Looking at a link of ours changes nothing, and our messages unfurl none",
    "T26": "What other apps can read in our messages' metadata tells them nothing",
    "T27": "A look-alike of a card has no more power than the person who presses it",
    "T28": "No token and nothing that people typed gets into the log",
    "T29": "Somebody who is turned away writes nothing of their own into the log, and cannot fill it",
    "T30": "A key that is kept can be put in, and never read out again",
    "T31": "A change to the journal is found out, even if all of it is rewritten",
    "T32": "Several who write make one journal with no gap",
    "T33": "No cell of an exported table is a formula",
    "T34": "Nobody can bury a business in requests, comments or reminders",
    "T35": "Of two that request the same at one instant, one request is made",
    "T36": "Nothing leads out of what is over",
    "T37": "Access that should have ended ends, however long Meta refuses",
    "T38": "Access that we did not give is reported, and left alone",
    "T39": "A late approval never overtakes a revocation on its way to Meta",
    "T40": "An answer from outside that contradicts itself is taken for not known",
    "T41": "Work on the record by the command line leaves a trace that its owner sees",
    "T42": "Nothing is installed or run that was not pinned and checked",
    "T43": "What makes tests possible is not in what is served",
    "T44": "A name that looks like another is seen to be another",
    # --- faults
    "F1": "Killed before the commit: nothing happened, and the next click counts",
    "F2": "Killed after the commit and before the answer: it stands, and again is the same",
    "F3": "Killed with a message taken and not sent: it is sent once",
    "F4": "Killed after Slack took a message and before we knew: it is looked for, and not posted twice",
    "F5": "Killed within a sweep: nothing is doubled and nothing lost",
    "F6": "Killed within a migration: the old schema or the new one",
    "F7": "Killed within a backup: the one before it is whole",
    "F8": "Told to stop: what was begun is finished, and nothing stays taken",
    "F9": "Slack wants us to wait: that one channel or method waits",
    "F10": "Slack says something absurd about how long: a sensible time",
    "F11": "Slack has a fault before it did anything: it is done once, later",
    "F12": "Slack's answer is lost after it did it: one card",
    "F13": "Slack reports a fault though it did it: one card",
    "F14": "Slack answers rubbish, nothing or far too much: taken for not known, and nothing breaks",
    "F15": "Slack refuses for good: somebody else is told, and the requester sees that",
    "F16": "Somebody deleted the card: it is posted again with what holds now",
    "F17": "A workspace takes our token back: its messages wait, the other workspaces do not",
    "F18": "Uninstalled and token revoked, in either order or one alone: the same",
    "F19": "The requester is deactivated: the request stays, and somebody else is told",
    "F20": "The only admin is deactivated: it goes on to those the business named, and never gives itself",
    "F21": "Demoted between looking and clicking: denied and recorded",
    "F22": "Two decide at one instant in two processes: one outcome, and the other is told whose",
    "F23": "One envelope at two processes: one effect",
    "F24": "A socket that goes, in whatever way: the other covers for it",
    "F25": "Events late, twice or in the wrong order: what is stale does nothing",
    "F26": "The store stands still: told in time, and nothing acknowledged that is not kept",
    "F27": "Meta has a passing fault: read back, then tried again",
    "F28": "Meta's answer is lost after it gave access: found by reading back",
    "F29": "Meta wants us to wait: taking away goes first",
    "F30": "Meta says no: it waits, with the reason and who can put it right",
    "F31": "Meta gave something else than was said: not called in force",
    "F32": "Meta takes nothing away for a day: an alarm, again and again",
    "F33": "The clock jumps, either way: what is due is due, and nothing comes back",
    "F34": "Clocks change, a leap day: once each, and no end moves",
    "F35": "Processes whose clocks differ: the database's clock counts",
    "F36": "The store is locked by another: busy is said in time, and nothing is lost",
    "F37": "The disk is full: nothing by halves, and it goes on once there is room",
    "F38": "The power fails: what was acknowledged is there",
    "F39": "PostgreSQL restarts, fails over or gives up a transaction: whole transactions again, or none",
    "F40": "The database's files are exchanged or damaged: it does not start on them",
    # --- what always holds
    "I1": "Access rests on approvals of people who were admins in that moment",
    "I2": "One outcome, and one vote for each person and version",
    "I3": "Nobody votes on their own",
    "I4": "What is declined, expired or cancelled stays so and gives nothing",
    "I5": "An approval comes before expiry and names the version that was seen",
    "I6": "What is given is within what was requested",
    "I7": "One event for each change, denial and setting",
    "I8": "The journal, replayed, gives the record",
    "I9": "The journal is one chain without gaps",
    "I10": "A change and what is to be sent because of it are kept together",
    "I11": "One card for each request and side, or a parked row says why",
    "I12": "No access out there that is not on record",
    "I13": "No access without an approval at any instant",
    "I14": "An end is only ever brought forward",
    "I15": "What is done about one asset and holder arrives in order",
    "I16": "What one business does changes nothing for another",
    "I17": "The key used at Meta is the owner's",
    "I18": "Once or many times is the same",
    "I19": "However things overlap, it is as if one came after the other",
    "I20": "A version counts every change by one",
    "I21": "Nudges are few, spaced, in working hours, and end with the decision",
    "I22": "What was typed is text",
    "I23": "No secret stands anywhere it can be read",
    "I24": "A card says what is true, and never goes back",
    "I25": "Ends are instants",
    "I26": "Somebody who lost the role decides nothing from then on",
    "I27": "A clock going back undoes nothing and repeats nothing",
    "I28": "Everything that grows has a limit",
    "I29": "Nobody may do more with an asset than their business",
    "I30": "Power never rests on what Slack said more than a day ago",
    "I31": "No open request names a grant that is over",
    "I32": "Every end of access is told to each side once, where it changes something",
    "I33": "Few messages for one act",
    "I34": "A step of a sweep is bounded in work",
    "I35": "No setting lowers what an open request needs",
    "V1": "Everything to be sent is sent, superseded, or stands where it can be seen",
    "V2": "What has ended is gone, or there is an alarm",
    "V3": "What nobody decided in time expires",
    "V4": "Every card comes to show what holds",
    "V5": "Nothing stays with a worker that is dead",
    "V6": "After a restore nothing is sent or given again",
    # --- where the process is killed
    "FP1": "After the signature was checked",
    "FP2": "With the delivery noted, before the commit",
    "FP3": "After the commit, before the answer",
    "FP4": "After the answer",
    "FP5": "With a message taken, before the call",
    "FP6": "With the call marked as begun",
    "FP7": "After the call, before that is noted",
    "FP8": "With the outcome noted, before the commit",
    "FP9": "Within a sweep",
    "FP10": "With an event appended, before the head",
    "FP11": "After the call to Meta, before it is read back",
    "FP12": "Between two steps of a migration",
    "FP13": "Within a backup, before it is renamed",
    "FP14": "After a lease was made longer",
    "FP15": "Within a sweep, after reading outside",
    "FP16": "With a token renewed, before it is kept",
    **CASES,
    # --- what people do
    **FUNCTIONS,
    **BY_PROGRAM,
    # --- what holds for businesses, requests, grants and the clock
    **RULES,
}


NOT_YET = {
    "FP14": "there is no such step: no lease is made longer, a delivery gets less time than its lease",
}
"""Why a row has no test yet. The first test of a row removes its entry here."""


def _rows(letters: str, *numbers: int | range) -> frozenset[str]:
    return frozenset(
        f"{letters}{one}" for some in numbers for one in (some if isinstance(some, range) else (some,))
    )


REQUIRED = (
    _rows("T", range(1, 9), range(10, 15), range(16, 20), 21, range(23, 30), range(31, 37))
    | _rows("F", range(1, 7), range(8, 17), 19, range(21, 27), range(33, 37))
    | frozenset(CASES)
)
"""The rows that what is built so far must show: none of them may be put off."""

Shown = Mapping[str, tuple[str, ...]]
"""The tests of each row that a mark names, in the order of collection."""


def shown_by(items: Iterable[pytest.Item]) -> Shown:
    """Return which tests show which rows, by their marks; a test with parameters counts once."""
    found: dict[str, dict[str, None]] = {}
    for item in items:
        for mark in (*item.iter_markers("covers"), *item.iter_markers("case")):
            for row in mark.args:
                name = getattr(item, "originalname", item.name)
                found.setdefault(row, {})[f"{item.path.relative_to(TESTS)}::{name}"] = None
    return {row: tuple(tests) for row, tests in found.items()}


def flaws(shown: Shown) -> list[str]:
    """Return what does not add up: every row has tests or a reason, not both, and no other row is named."""
    return [
        *(f"{row} is no row; named by {', '.join(tests)}" for row, tests in shown.items() if row not in ROWS),
        *(f"{row} has no test, and must have one" for row in ROWS if row in REQUIRED and row not in shown),
        *(
            f"{row} has no test, and no reason for that"
            for row in ROWS
            if row not in REQUIRED and row not in shown and row not in NOT_YET
        ),
        *(f"{row} has tests, and still a reason why it has none" for row in NOT_YET if row in shown),
        *(f"{row} may not be put off" for row in NOT_YET if row in REQUIRED),
        *(f"{row} is no row, and has a reason" for row in NOT_YET if row not in ROWS),
    ]


def table(shown: Shown) -> Iterator[str]:
    """Yield the lines of the table: each row in our words, and its tests or why there are none."""
    for row, says in ROWS.items():
        yield f"{row:<9}{says}"
        for test in shown.get(row, ()):
            yield f"       {test}"
        if row not in shown:
            yield f"       none yet: {NOT_YET.get(row, 'and no reason')}"
    yield ""
    yield f"{len(shown.keys() & ROWS.keys())} of {len(ROWS)} rows are shown by {_count(shown)} tests."


def _count(shown: Shown) -> int:
    return len({test for tests in shown.values() for test in tests})


def is_whole(items: Iterable[pytest.Item]) -> bool:
    """Say whether these are all the tests there are: some of every file."""
    return {item.path for item in items} >= set(TESTS.rglob("test_*.py"))
