"""How much people may give us: one home for every limit, however it comes in."""

# --- a request ---------------------------------------------------------------------------------------

MOST_ITEMS = 25
MOST_DESCRIBED = 10
"""How many of the items may be described in words: each takes four blocks of a form."""
MOST_PEOPLE = 25
LONGEST_REASON = 500
LONGEST_WORDS = 200
LONGEST_NOTE = 500
LONGEST_COMMENT = 500
LONGEST_DAYS = 3650

# --- how much waits ----------------------------------------------------------------------------------

USUAL_EXPIRES_DAYS = 14
"""How long a request can be decided, where nobody has set another time."""
MOST_OPEN_BETWEEN = 50
"""How many requests of one business may wait for the same owner: tired approvers approve too much."""
MOST_ASKED_A_DAY = 50
"""How many requests one business may send another within a day, whatever becomes of them."""
MOST_DRAFTS = 20
DRAFT_DAYS = 14
"""How long what was prepared waits for an admin: a draft of a request, and an asset that is to be created."""
MOST_BUNDLES = 50
"""How many bundles one business keeps."""
LONGEST_BUNDLE_NAME = 60
MOST_COMMENTS_A_DAY = 20
MOST_CREATED_A_DAY = 20
"""How many assets one business may create within a day."""

MOST_HOMES_AT_ONCE = 50
"""How many homes of one business's people are published because of one change."""

# --- programs ----------------------------------------------------------------------------------------

MOST_TOKENS = 40
"""How many tokens of one business are valid at once."""
MOST_TOKEN_DAYS = 365
USUAL_TOKEN_DAYS = 90
MOST_CALLS_AN_HOUR = 4_800
"""How many calls one token makes in an hour."""
MOST_IN_BATCH = 50
"""How many calls a batch holds, and how many ids are read in one call (Graph API, batch requests)."""
USUAL_PAGE = 25
MOST_ON_PAGE = 200

# --- ending access -----------------------------------------------------------------------------------

MOST_ENDED = 500
"""How many grants end in one step, which holds the writer for as long."""
MOST_CHOSEN = 25
"""How many grants a form carries by their ids, to end them."""

# --- a business and its people -----------------------------------------------------------------------

LONGEST_NAME = 120
MOST_UNVERIFIED = 10
"""How many businesses at home in one workspace may wait to be verified before another registers itself."""
LONGEST_TOKEN = 2_000
LONGEST_QUERY = LONGEST_NAME
"""How much may be typed to find rows of a list."""
MOST_QUORUM = 10
MOST_EXPIRES_DAYS = 365
MOST_UNDO_MINUTES = 24 * 60
USUAL_UNDO_MINUTES = 10
MOST_DAYS_OFF = 100
