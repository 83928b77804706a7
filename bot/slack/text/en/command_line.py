# ruff: noqa: E501  # a sentence stands on one line, as in every catalogue
"""`/access`: its help, what it says alone, and what is wrong with what was typed."""

from __future__ import annotations

from collections.abc import Mapping

# --- /access alone, and help ------------------------------------------------------------------------
from bot.domain.limits import LONGEST_DAYS, LONGEST_NOTE, LONGEST_QUERY, LONGEST_REASON, LONGEST_WORDS

OVERVIEW_TITLE = "Access between businesses"
WAITING_COUNT = "*Waiting for you:* {requests}."
WAITING_COUNT_SOME = "*Waiting for a decision:* {requests}."
WAITING_COUNT_ADMINS = "*Waiting for your admins:* {requests}."
NOTHING_WAITS = "Nothing waits for your decision."
REQUESTED_COUNT = "*Sent, not decided yet:* {requests}."
PREPARED_COUNT = "*Prepared, not created yet:* {assets}."
DRAFT_COUNT = "*Drafts, not sent yet:* {drafts}."
OVERVIEW_HELP = "Type `/access help` to see all commands."

LISTS_NAMED = "owned, shared (with you), given (by you), partners, agencies, clients, pending, received, sent, ending, review, bundles, claims, claims confirmed, claims declined, obo, obo approved, obo declined"
HELP_TITLE = "What you can type"
HELP: Mapping[str, tuple[str, str]] = {
    "request": (
        "Ask another business for access. Alone it opens a form; in one line it names assets, level, how long and why.",
        "/access request act_123 general user for 30d because Q1 launch from 998877",
    ),
    "again": (
        "Ask again for what you asked before: the last request that is over, or the one with a reference. It opens the form, filled in.",
        "/access again AMBER-1234",
    ),
    "share": (
        "Offer a partner access to your assets. Alone it opens a form; nothing is shared before they accept.",
        "/access share act_123 general user with 998877 for 90d because we start in May",
    ),
    "claim": (
        "Have your business own an ad account that none owns yet. The account's admins confirm it; if you are one, it's yours at once.",
        "/access claim act_123 because we run this account",
    ),
    "obo": (
        "Ask a business to act on its behalf for an ad account: its custom audiences and audience overlap.",
        "/access obo act_123 from 998877 for 90d because we plan your audiences",
    ),
    "pending": (
        "See what waits for you, what you asked for, and drafts. Or only what was received or sent; a name, ID or kind finds rows.",
        "/access pending sent",
    ),
    "list": (
        f"See what is shared with you and by you. Or one list: {LISTS_NAMED}. A name, ID or kind (pages) after it finds rows.",
        "/access list agencies act_123",
    ),
    "partner": (
        "See all that you and a partner share, since when, until when, why and decided by whom; now or on a day.",
        "/access partner 998877 on 2026-10-01",
    ),
    "report": (
        "See your partners, and how you get all that you share on paper: a matrix, each partner, a timeline.",
        "/access report",
    ),
    "audit": (
        "See how you get the journal: who did what, when and why.",
        "/access audit",
    ),
    "offboard": (
        "Say when the contract with a partner ends: both sides are told, and what you share is removed after it.",
        "/access offboard 998877 on 2026-12-31 then 14 days",
    ),
    "standing": (
        "Have what a partner offers you accepted at once from now on, or no longer.",
        "/access standing 998877 on",
    ),
    "connect": (
        "Connect your business to Meta, so that what you approve is put in force there.",
        "/access connect",
    ),
    "import": (
        "See what your business has at Meta, and import its Pages, ad accounts, pixels and Instagram accounts.",
        "/access import",
    ),
    "setup": (
        "Register a business in this workspace, if you manage the workspace.",
        "/access setup",
    ),
    "review": (
        "Look through what your partners have: keep, shorten or remove each. They are asked whether they still need it.",
        "/access review",
    ),
    "token": (
        "Make, see and revoke tokens with which programs use the API for you.",
        "/access token",
    ),
    "bundle": (
        "Start a request from one that you saved under a name. Alone it lists your bundles.",
        "/access bundle Launch kit because the spring campaign starts",
    ),
    "show": (
        "See one request, with all that you can do about it.",
        "/access show AMBER-1234",
    ),
    "cancel": (
        "Take back a request that is not decided yet. Alone it lists what you sent.",
        "/access cancel AMBER-1234 because wrong account",
    ),
    "decline": (
        "Decline a request of another business: its form opens, with why as you typed it. Alone it lists what waits.",
        "/access decline AMBER-1234 because our agency has this already",
    ),
    "revoke": (
        "End access: revoke what you share, or give back what is shared with you; name the asset or the reference. You see a preview first.",
        "/access revoke act_123 from 998877",
    ),
    "extend": (
        "Ask for more time on access that ends; name its asset or the reference. Alone it lists what ends.",
        "/access extend act_123 for 30d because the campaign goes on",
    ),
    "people": (
        "See and change who of your own people can do what. Alone it opens a form; or name an asset or a person.",
        "/access people act_123 add @bea reporting only",
    ),
    "create": (
        "Create an ad account or a pixel that your business owns. Alone it opens a form; “create funding” and an account set how that is paid.",
        "/access create ad account Acme DE EUR Europe/Berlin",
    ),
    "away": (
        "Name another admin who gets what would come to you while you are away; who and until when may follow.",
        "/access away until friday",
    ),
    "settings": ("See your Business ID, and as an admin change settings and members.", "/access settings"),
    "help": ("See this, or one command.", "/access help request"),
}
HELP_UNKNOWN = "I don't know “{word}”. This is all there is:"
HELP_START = "After `/access`:"
HELP_ROW = "*{word}:* {text}"

# --- what is wrong with what was typed --------------------------------------------------------------

UNKNOWN_WORD_NEAR = "I don't know “{word}”. Did you mean `/access {near}`? {example}"
UNKNOWN_WORD = "I don't know “{word}”. Type `/access help` to see what there is. {example}"
EXAMPLE = "For example: `{example}`"
NOT_AN_ASSET = (
    "“{text}” is neither an asset ID, nor a link to one, nor a task or level. An ad account's ID is act_ and "
    "digits; others are 5 to 20 digits."
)
NO_ASSET_CALLED = (
    "“{text}” is neither the name of an asset that you own or that is shared with you, nor an asset ID, nor a "
    "link to one, nor the reference of a request. An ad account's ID is act_ and digits; others are 5 to 20 digits."
)
ONE_ASSET = "Name one asset, or one reference: “{text}” would be a second."
NO_CONTRACT = (
    "I don't know when your contract with them ends: choose how long, or set its end with /access offboard."
)
CHOOSE_TO_EXTEND = "*Choose which access you mean* with its button, and say there again for how long and why."
OPEN_TO_OFFBOARD = "*Open the partner* whose contract ends, then choose *Contract end…*."
STANDS = "What {partner} offers you is accepted at once. To stop that: `/access standing {id} off`."
OPEN_TO_STAND = "*Open the partner* whose offers you want to have accepted at once, or no longer."
NAMES_NONE = (
    "That message names no asset that I can read: no ID with act_, no long number, and no link to a Page or an "
    "Instagram account that I know. Choose the assets here."
)
NAMES_MANY = (
    "That message names more than {most} assets, the most that one request takes; here are the first {most}."
)
SEVERAL_CALLED = "More than one is called “{text}”. Choose the one you mean."
WHICH = "More than one is called “{text}”: {found}. Name the one you mean by its ID."
NEAR_TASK = "“{text}” is not a task or level. Did you mean {near}?"
TOO_MANY_ASSETS = "You named {count} assets; one request takes at most {most}. Split it into several."
TOO_MANY_DESCRIBED = (
    "One request takes at most {most} assets in words; these are {count}. Give their IDs, or split it."
)
TWICE = "You named {asset} twice."
NO_LENGTH = "“{text}” is not a length of time. Say for 30 days, for 2 weeks, until 31 Dec, or no end."
NO_DATE = "“{text}” is not a date. Write it as 31 Dec or 2026-12-31."
WHICH_DAY = "“{text}” can be two days. Write {either} or {other}."
DAY_TO_COME = "{text} is still to come. Choose a day up to today."
PAST_DATE = "{text} is over already. Choose a day from today on."
TOO_MANY_DAYS = f"“{{text}}” is not possible: between 1 and {LONGEST_DAYS} days."
FUNDING_EXAMPLE = "/access create funding act_123 invoice"
NO_WORDS_AFTER = "Something must follow “{word}”."
NOT_AN_OWNER = "“{text}” is neither a Business ID nor the name of a business that you work with. An ID is 5 to 20 digits; they'll find it in Business Settings → Business info."
NEAR_OWNER = "“{text}” is not a whole name. Did you mean {near}?"
REASON_TOO_LONG = f"The reason has {{count}} characters; at most {LONGEST_REASON} fit. Please shorten it."
NOTE_TOO_LONG = (
    f"What follows “because” has {{count}} characters; at most {LONGEST_NOTE} fit. Please shorten it."
)
WORDS_TOO_LONG = f"The description has {{count}} characters; at most {LONGEST_WORDS} fit. Please shorten it."
NOT_A_KIND = "“{text}” is not a kind of asset here. There are Pages, ad accounts, pixels (data sets) and Instagram accounts."
NO_DESCRIPTION = "Put the description in quotes after “described”."
QUOTE_OPEN = "A quotation mark is opened and not closed."
LEVEL_AND_TASKS = "You named a level and tasks. Name one level, or tasks."
TWO_LEVELS = "You named two levels. A line gives all assets one level; choose each asset's here."
TWO_LEVELS_OF_ONE = "You named two levels. Name one level, or tasks."
SAID_TWICE = "You said “{word}” twice."
NOT_A_REF = (
    "“{text}” is not a request's reference. It stands in small print on the card and looks like AMBER-1234."
)
WHICH_REQUEST = "Which request? Name its reference, as it stands in small print on the card."
WHICH_OWN = "Which of your businesses?"
NOT_OWN = "None of your businesses is called “{text}”."
OWN = "`/access {word} {id}`: {business}"
WHICH_PARTNER = "Which partner? Name it by its name or Business ID."
OWN_BUSINESS = "“{text}” is your own business: name the other one."
NO_PARTNER_CALLED = "You have no partner “{text}”. See those you have with `/access list partners`."
WHICH_LIST = f"There is no list “{{text}}”. Did you mean /access list {{near}}? There are {LISTS_NAMED}."
QUERY_TOO_LONG = (
    f"What you look for has {{count}} characters; at most {LONGEST_QUERY} fit. Please shorten it."
)
ADD_OR_REMOVE = "After the asset say add or remove, and whom; “{text}” is neither."
NOBODY_CALLED = "None of your people is called “{text}”."
NO_TERM = "A claim is for good, so I left out for how long."
NOT_UNDERSTOOD = "I don't understand “{text}” there."
