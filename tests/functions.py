"""What people do with partners, assets and ad accounts: each function that Countersign is to have, in Slack.

The three sources are a guide to partners (`P…`), what businesses do with each other's assets (`B…`), and ad
accounts (`A…`); what is found at Meta is our own (`M…`). A test that shows one says so:
`@pytest.mark.covers("P1")`. `covered.py` counts these rows with its own.
"""

from __future__ import annotations

FUNCTIONS = {
    # --- partners: sharing, asking, checking, ending
    "P1": "An owner shares assets with a partner by its Business ID, each at a level of its own",
    "P2": "The partner's admins get the invitation where they work; nothing is shared before they accept",
    "P3": "A partner asks an owner by its Business ID, naming or describing the assets, with a note",
    "P4": "The owner's admins decide which assets and at which level; the requester is told",
    "P5": "After that the partner is listed with each asset and its level, on both sides",
    "P6": "A Business ID is digits; unknown, deactivated and restricted are three answers",
    "P7": "Access that was accepted and cannot be seen has help: wait, check again, ask both sides",
    "P8": "An invitation to the wrong business is cancelled, or its access ended, and sent to the right one",
    "P9": "An invitation that expired is sent again",
    "P10": "Each partnership is documented: which assets, at which level, since when and why",
    "P11": "Off-boarding: within a number of days after the contract's end all is removed, on both sides",
    "P12": "Soon after it starts the partner is asked whether the access works",
    "P13": "A partner can only use what was shared: not create, and not pass it on",
    "P14": "An asset is shared with several partners at once, each at a level of its own",
    "P15": "When access ends it ends at once; what was made with it stays with the asset",
    "P16": "A partner manages by itself which of its people use what was shared",
    "P17": "Only an admin sets a partnership up",
    # --- businesses: requests, grants, agencies, clients, acting on behalf
    "B1": "A business asks for tasks with another's ad account",
    "B2": "A business asks for tasks with another's Page",
    "B3": "Requests that wait are listed, with when they were made",
    "B4": "The owner accepts a request, with the tasks it gives",
    "B5": "The owner gives access without a request",
    "B6": "Some access to ad accounts takes the review of a second admin",
    "B7": "The owner takes a partner's access to an asset away",
    "B8": "The partners of an ad account are listed, with their tasks",
    "B9": "The partners of a Page are listed, with their tasks",
    "B10": "The partners of a business's assets are listed",
    "B11": "The businesses that share assets with one are listed",
    "B12": "A request to act on behalf of a business shows its two sides, its account and its status",
    "B13": "Requests to act on behalf are listed by status",
    "B14": "Requests to act on behalf that were received, and that were sent, are listed while they wait",
    # --- ad accounts: claiming, creating, people
    "A1": "An admin of an ad account claims it for their business, confirmed at once",
    "A2": "Who is not its admin claims it, and the account's admins are asked",
    "A3": "A group of ad accounts cannot be claimed; joining a business changes nobody's access through one",
    "A4": "An admin creates an ad account: name, currency, time zone, advertiser, agency, partner",
    "A5": "An ad account is created on the business's credit line, and has a funding source",
    "A6": "The ad accounts of a business are listed: owned or as an agency, and with which tasks",
    "A7": "The ad accounts to which access is pending are listed",
    "A8": "What a business owns and has confirmed cannot be removed; what is pending or an agency's can",
    "A9": "What somebody may use is listed, and what they may do with an ad account",
    "A10": "People are added to an ad account, and their tasks changed",
    "A11": "People are removed from an ad account",
    # --- what Meta keeps: not of the guides, but of the businesses that are connected
    "M1": "What a partner was given or lost at Meta by hand is found, and said once on a card",
    "M2": "What was found is adopted, revoked, put back, recorded as ended, or ignored until a day",
}

BY_PROGRAM = {f"{row}-API": f"{what} (by a program)" for row, what in FUNCTIONS.items() if row[0] in "BA"}
"""The same through the API: of what has endpoints at Meta, everything."""
