"""What Countersign holds to: who and what there is (D…), requests (R…), grants (G…) and the clock (C…).

A test that shows one says so: `@pytest.mark.covers("R5")`. `covered.py` counts these rows with its own.
"""

from __future__ import annotations

RULES = {
    # --- businesses, people, assets
    "D1": "A Business ID is 5 to 20 digits; anything else is refused where it was typed; ours can be copied",
    "D2": "Only an admin acts for a business; an employee prepares; shared logins and doubles have no power",
    "D3": "A partner does what was granted, passes nothing on, and sees nothing else of the other business",
    "D4": "Several partners hold one asset at once, each with tasks of its own",
    "D5": "People do no more than their business holds, and lose it with it; for whom it is has it at once",
    "D6": "A group of ad accounts is not claimed, and gives nobody access",
    "D7": "Ad accounts and pixels are created by admins of an active business that is set up for it",
    "D8": "A business that nobody verified asks only who listed it, owns nothing and decides nothing",
    "D9": "A member is at home in the business's workspace; the last admin stays",
    "D10": "What Slack says of somebody gives power for a day; then it is asked again",
    # --- requests
    "R1": "Access is requested for named or described assets, with levels, a reason, people and a length",
    "R2": "What an owner offers is in force once the partner accepts, or has accepted beforehand",
    "R3": "An ad account of nobody is claimed: at once by its admin, else its admins are asked",
    "R4": "To act on behalf is requested, listed by status and ended like access, and gives no task",
    "R5": "What is open or held already is said and not requested twice; for more of it is a change",
    "R6": "Who decides gives all, less or nothing, asks back or offers something else; never more",
    "R7": "What is risky takes two approvals; one decline is enough; narrowing begins a new round",
    "R8": "Nobody decides on what they or their business requested",
    "R9": "The right to decide is looked up in the transaction that decides",
    "R10": "A request has one outcome, and who comes later is told it",
    "R11": "Any admin of the requesting business cancels; what went to the wrong business goes to another",
    "R12": "What is not decided in time expires; who requested it is told before, and requests it again",
    "R13": "Before sending it is said how many are asked; where nobody can decide, that is said",
    "R14": "An approval is undone within its time by any admin who could have given it",
    "R15": "A request has a reference that can be said aloud, and an id that cannot be guessed",
    "R16": "An approval is of what its card shows; what rests on access ends with it",
    "R17": "A looser policy is told to the admins, takes two where two decide, and changes nothing open",
    # --- grants
    "G1": "Approved is not in force: at Meta it is once Meta says so, and cards say which",
    "G2": "The time of access begins when it is in force; the contract only makes it shorter",
    "G3": "What a holder may do is what all its grants give; the end of one cuts no other",
    "G4": "The owner revokes, the holder gives back, and either side ends all of it, at once",
    "G5": "More time is requested by the holder and decided like a request",
    "G6": "What two businesses share is listed, now and as of a day: since when, until when, by whom",
    "G7": "A contract's end is announced; what is left is ended by hand, then by itself, and reported",
    "G8": "The holder is asked whether access works, gets help, and the answer is kept",
    "G9": "Access is reviewed from time to time, kept, shortened or removed",
    "G10": "What two businesses share is reported on paper, with a matrix and a timeline",
    # --- the clock
    "C1": "Reminders come in working hours, in one digest a day, and stop with the decision",
    "C2": "When all reminders are used up, those are asked who are named for that",
    "C3": "An admin names who stands in for them for some days",
    "C4": "Before access ends its holder is warned, can ask for more time or let it end; then it ends",
    "C5": "A time is shown in the zone of who reads it",
    "C6": "Who is concerned hears of an end once, in words that are true of the access",
    "C7": "Each business reads once a week what happened",
}
