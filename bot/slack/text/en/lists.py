# ruff: noqa: E501  # a sentence stands on one line, as in every catalogue
"""Lists: what is pending, owned, shared and ending, other than the words of the kind."""

from bot.slack.ids import ListWord

THE_REST_OF_A_LIST = "More rows stand in the message itself."

# --- who somebody is here ---------------------------------------------------------------------------

YOU_ARE = "You act for *{business}* · Business ID `{id}`"
YOU_SEE_CLAIMS = "You aren't in a business here, so you can neither ask nor share. You see the claims of what you are an admin of yourself: *{assets}*."
YOU_CAN_DRAFT = "You can draft requests for *{business}*; its admins send and decide · Business ID `{id}`"
YOU_CAN_DRAFT_FOR = (
    "You can draft requests for *{business}*; {admins} can send and decide · Business ID `{id}`"
)
THEY_DECIDE = "{admins} can decide"
YOU_APPROVED = "You approved it; another admin decides"
YOU_ASKED = "You sent or drafted it; somebody else decides"
YOU_APPROVED_SENDING = "You approved it; another admin has to send it"
OF_OWN = "For {business}"
OF_OWN_SAID = "For {business}."
NOBODY_DECIDES = "{business} is {status}, so nobody can decide"
WAITING_HEAD_SOME = "*Waiting for a decision* ({first} to {last} of {total})"
WAITING_HEAD_ADMINS = "*Waiting for your admins* ({first} to {last} of {total})"
YOU_BELONG = "You belong to *{business}* · Business ID `{id}`. {why}"
NOT_VERIFIED_OWN = "It isn't verified yet: it can ask only those who listed it, and can't decide."
INACTIVE_OWN = "It is {status}: it can neither ask, decide nor create."
NO_CHANNEL = "It has no approvals channel yet, so requests go to its admins directly."

# --- pending ----------------------------------------------------------------------------------------

PENDING_TITLE = "Pending"
WAITING_HEAD = "*Waiting for your decision* ({first} to {last} of {total})"
REQUESTED_HEAD = "*Sent, not decided yet* ({first} to {last} of {total})"
DRAFT_HEAD = "*Drafts, not sent yet* ({first} to {last} of {total})"
PREPARED_HEAD = "*Prepared, not created yet* ({first} to {last} of {total})"
RECEIVED_TITLE = "Requests you received"
SENT_TITLE = "Requests you sent"
NOTHING_PENDING = "Nothing is pending. To ask for access: `/access request`."
NOTHING_RECEIVED = "Nothing that you received waits for a decision. What you sent: `/access list sent`."
NOTHING_SENT = "Nothing that you sent waits for a decision. To ask for access: `/access request`."
OBO_TITLE = "Requests to act on behalf"
OBO_APPROVED_TITLE = "Approved: acting on behalf"
OBO_DECLINED_TITLE = "Declined: acting on behalf"
NO_OBO = "No request to act on behalf is in progress. To ask: `/access obo`."
NO_OBO_APPROVED = "No request to act on behalf was approved. What is in progress: `/access list obo`."
NO_OBO_DECLINED = "No request to act on behalf was declined. What is in progress: `/access list obo`."
CLAIMS_TITLE = "Claims"
CLAIMS_APPROVED_TITLE = "Confirmed claims"
CLAIMS_DECLINED_TITLE = "Declined claims"
NO_CLAIMS = (
    "No claim waits. To claim an ad account: `/access claim`. Those that are over: "
    "`/access list claims confirmed` and `/access list claims declined`."
)
NO_CLAIMS_APPROVED = "No claim was confirmed. Those that wait: `/access list claims`."
NO_CLAIMS_DECLINED = "No claim was declined. Those that wait: `/access list claims`."
RECEIVED_HEAD = "*Received* ({first} to {last} of {total})"
SENT_HEAD = "*Sent* ({first} to {last} of {total})"
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
AGENCIES_TITLE = "Agencies of {business}"
CLIENTS_TITLE = "Clients of {business}"
NONE_OWNED = "{business} owns no assets here. The person who runs Countersign can add them."
NONE_SHARED = "Nobody shares anything with {business} now. To ask: `/access request`."
NONE_GIVEN = "{business} shares nothing with others now. What waits for you: `/access list received`."
NONE_AGENCIES = "No business has access to what {business} owns now. Who asked: `/access list received`."
NONE_CLIENTS = "No business gives {business} access now. To ask one: `/access request`."
OWNED_ROW = "{asset}: {kind}. Owner: can {means}."
OWNED_ONLY_HERE = "Not made at Meta yet."
OWNED_INCOMPLETE = "*Incomplete:* how it is paid is not settled."
SHARED_ROW = "{asset}: {kind} of {owner}. Agency, {level}. {grant}"
GIVEN_ROW = "{asset}: {kind}, shared with {holder}. {level}. {grant}"
PARTNERS_TITLE = "Partners of {business}"
NONE_PARTNERS = "{business} shares nothing with anybody now, in either direction. To ask: `/access request`."
WHICH_PARTNER = "Which partner?"
WHICH_PARTNER_MORE = "There are more. Write more of the name, or the Business ID."
PARTNER_ROW = "*{partner}* (Business ID `{id}`): you share {given} with them, they share {held} with you."
PARTNER_NOTHING = "nothing"
PARTNER_NOT_VERIFIED = "Not verified."
PARTNER_INACTIVE = "It is {status} now."
AGENCY_ROW = "*{partner}* (Business ID `{id}`): you share {given} with them."
CLIENT_ROW = "*{partner}* (Business ID `{id}`): they share {held} with you."
ENDING_LIST_TITLE = "What ends for {business}"
NONE_ENDING = "Nothing that {business} holds has an end. All that it holds: `/access list shared`."
ENDING_ROW = "{asset}: {kind} of {owner}, {level}. {grant}"
ROWS_OF = "{first} to {last} of {total}"
LIST_OF_OTHER = "Show {business}"

# --- what is looked for, and the way to the other lists -----------------------------------------------

ONLY_MATCHES = "Only what matches “{query}”."
NO_MATCH = "Nothing here matches “{query}”. Try part of a name, a whole ID, or a kind, such as pages."
OTHER_LISTS = "Another list…"
LISTS = {
    ListWord.ALL: "All shared access",
    ListWord.OWNED: "Owned",
    ListWord.SHARED: "Shared with us",
    ListWord.GIVEN: "Shared by us",
    ListWord.PARTNERS: "Partners",
    ListWord.AGENCIES: "Agencies",
    ListWord.CLIENTS: "Clients",
    ListWord.PENDING: "Pending",
    ListWord.RECEIVED: "Requests received",
    ListWord.SENT: "Requests sent",
    ListWord.ENDING: "What ends",
    ListWord.REVIEW: "Access review",
    ListWord.BUNDLES: "Bundles",
    ListWord.CLAIMS: "Claims: not decided",
    ListWord.CLAIMS_APPROVED: "Claims: confirmed",
    ListWord.CLAIMS_DECLINED: "Claims: declined",
    ListWord.OBO: "On behalf: in progress",
    ListWord.OBO_APPROVED: "On behalf: approved",
    ListWord.OBO_DECLINED: "On behalf: declined",
}

# --- the report on paper ----------------------------------------------------------------------------

ON_PAPER = "On paper, with a matrix and a timeline, and also as of a day: ask the person who runs Countersign for {commands}. It writes one page that you can print."
ON_PAPER_COMMAND = "`countersign report {id}`"
JOURNAL_TITLE = "The journal"
JOURNAL = "It holds who did what, when and why. To have it as a file, ask the person who runs Countersign for {commands}."
JOURNAL_COMMAND = "`countersign audit export --business {id}`"
JOURNAL_OF_ONE = "What was done about one request: `/access show` and its reference, then *History*."
