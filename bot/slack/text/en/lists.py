"""Lists: what is pending, owned, shared and ending, other than the words of the kind."""

THE_REST_OF_A_LIST = "More rows stand in the message itself."

# --- who somebody is here ---------------------------------------------------------------------------

YOU_ARE = "You act for *{business}* · Business ID `{id}`"
YOU_CAN_DRAFT = "You can draft requests for *{business}*; its admins send and decide · Business ID `{id}`"
YOU_CAN_DRAFT_FOR = (
    "You can draft requests for *{business}*; {admins} can send and decide · Business ID `{id}`"
)
THEY_DECIDE = "{admins} can decide"
WAITING_HEAD_ADMINS = "*Waiting for your admins* ({first} to {last} of {total})"
YOU_BELONG = "You belong to *{business}* · Business ID `{id}`. {why}"
NOT_VERIFIED_OWN = "It isn't verified yet: it can ask only those who listed it, and can't decide."
NO_CHANNEL = (
    "It has no approvals channel yet, so requests to it go nowhere. Ask the person who runs Countersign."
)

# --- pending ----------------------------------------------------------------------------------------

PENDING_TITLE = "Pending"
WAITING_HEAD = "*Waiting for your decision* ({first} to {last} of {total})"
REQUESTED_HEAD = "*Asked by you* ({first} to {last} of {total})"
DRAFT_HEAD = "*Drafts, not sent yet* ({first} to {last} of {total})"
NOTHING_PENDING = "Nothing is pending."
STATE_PENDING = "Not decided yet"
STATE_IN_REVIEW = "{approvals} of {required_approvals} approvals"
MORE_ROWS = "And {count} more."
MORE_OTHERS = "And {count} more of your businesses: see them in my Home here."

# --- owned, shared, ending --------------------------------------------------------------------------

OWNED_TITLE = "What {business} owns"
SHARED_TITLE = "What others share with {business}"
GIVEN_TITLE = "What {business} shares with others"
ALL_TITLE = "Access of {business}"
NONE_AT_ALL = "Nothing is shared with {business} or by it now. To ask: `/access request`."
LIST_OWNED = "What {business} owns"
NONE_OWNED = "{business} owns no assets here."
NONE_SHARED = "Nobody shares anything with {business} now. To ask: `/access request`."
NONE_GIVEN = "{business} shares nothing with others now."
OWNED_ROW = "{asset}: {kind}."
SHARED_ROW = "{asset}: {kind} of {owner}, {level}. {grant}"
GIVEN_ROW = "{asset}: {kind}, shared with {holder}, {level}. {grant}"
ENDING_LIST_TITLE = "What ends for {business}"
NONE_ENDING = "Nothing that {business} holds has an end."
ENDING_ROW = "{asset}: {kind} of {owner}, {level}. {grant}"
ROWS_OF = "{first} to {last} of {total}"
LIST_OF_OTHER = "Show {business}"
