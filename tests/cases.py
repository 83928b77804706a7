"""What people tried on the product, by the kind of fault: each row is one kind and has a test of one example.

A test that shows a row says so: `@pytest.mark.case("2.1")`. `covered.py` counts these rows with its own.
"""

from __future__ import annotations

CASES = {
    # --- 1: trust that is older than it may be
    "1.1": "Who has power is looked up at every start and every day; a look-up older than a day gives none",
    "1.2": "While a workspace is suspended its events are refused, so that Slack brings them again",
    "1.3": "A full member whose home is a sister workspace of the same organisation is at home here",
    "1.4": "Who requested or drafted is known by their Slack account, however many people it is linked to",
    "1.5": "One admin alone cannot lower the approvals that open requests need, or that two admins agreed on",
    # --- 2: an approval that is bound to less than its card shows
    "2.1": "What rests on a grant closes with it, and says why",
    "2.2": "Undoing an approval names and ends what rests on it",
    "2.3": "A card follows what is held already: when that ends, the request has a new version",
    "2.4": "Approvals needed and approvals counted are computed and shown from the same facts",
    "2.5": "An extension at a lower level says what goes on and what ends",
    # --- 3: sentences about one row that speak of the whole
    "3.1": "At an end both sides read what ends and what goes on, until when",
    "3.2": "A filter comes before a limit, everywhere",
    "3.3": "A verb acts on all that its words name, not on what a menu can show",
    "3.4": "The same delivery again gets the first answer, a denial as a denial",
    "3.5": "Nothing is cut in silence, and every row can be reached",
    # --- 4: readers fixed too early
    "4.1": "Who may read a message is looked up when it is sent",
    "4.2": "A business that moves channel or workspace: old copies are closed there, new ones posted",
    "4.3": "What was not given is not told to the requester",
    "4.4": "Notices go to the business as it is now",
    "4.5": "A channel that cannot be posted to is said where it is chosen, in settings and on the cards",
    "4.6": "What Slack did not show while the bot was away is repaired by a sweep",
    "4.7": "Any copy of any card that is pressed is adopted",
    # --- 5: too often, or without end
    "5.1": "One message to a person for one act, and a limit on what one business can cause another",
    "5.2": "Acknowledging puts the others' nudges off once, never past the last one",
    "5.3": "A person's direct message channel is opened once and kept",
    # --- 6: a passing fault taken for a verdict
    "6.1": "A workspace that cannot be reached at the start is tried again; only a refusal is final",
    "6.2": "A store whose file was replaced ends the process rather than take clicks",
    "6.3": "A sweep's step is bounded in work, not in rows",
    "6.4": "A sweep's step reads only as much as it may change",
    "6.5": "Being told to stop is no error",
    "6.6": "An interrupted import says what happened, all or nothing",
    "6.7": "A decision writes as much however many homes are open",
    # --- 7: limits at one door only
    "7.1": "A limit has one home and holds at every door; the largest of everything can be shown",
    "7.2": "Slack's escaped characters come back as they were",
    "7.3": "A forged form tells nothing of what exists",
    # --- 8: typed as people have it
    "8.1": "An ad account's number without its prefix is understood",
    "8.2": "Links from Meta's pages are read, with the business they name",
    "8.3": "What was typed is kept in the form that opens",
    "8.4": "Names are found in any case and script, on both databases",
    "8.5": "Any dash is a dash and any quote a quote",
    "8.6": "The end of a reason is not taken for an owner",
    "8.7": "Meta's own words for kinds and levels are understood",
    "8.8": "Invisible characters that join letters or form an emoji stay",
    "8.9": "Two quick choices in a form lose nothing",
    "8.10": "A term is understood everywhere as it is in a request, and people have names",
    "8.11": "A day ends at its last minute, also where clocks go back at midnight",
    # --- 9: the operator's first hour
    "9.1": "Time zones are there on a slim image",
    "9.2": "What is wrong with a setting is one line that names the variable, without the secret",
    # --- 10: what follows when people come and go
    "10.1": "A new admin gets what is open, and who is admin no more loses their cards",
    "10.2": "Names follow Slack, or the file",
    "10.3": "It is said that only one's own side sees replies in a card's thread",
    "10.4": "Exported tables open as they are, in any spreadsheet",
}
