"""The names in what Slack sends back: actions, views, pages, and the values of buttons.

A button carries an id and the version that was shown, nothing else: who may do what is looked up at
the click. All that is read here came over the wire, so reading is strict: anything unexpected raises
`Unreadable`, and nothing else is raised.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

Json = dict[str, Any]


class ActionId(StrEnum):
    """Everything that can be pressed, chosen or typed into."""

    # Buttons, in messages and in the modal that shows a request.
    APPROVE = "approve"
    APPROVE_AS = "approve_as"
    ADJUST = "adjust"
    DECLINE = "decline"
    CANCEL = "cancel"
    SEND = "send"
    EDIT = "edit"
    DROP = "drop"
    DETAILS = "details"
    HISTORY = "history"
    OPEN = "open"
    MORE = "more"
    REQUEST = "request"
    SHARE = "share"
    ELSEWHERE = "elsewhere"
    COUNTER = "counter"
    CLAIM = "claim"
    OBO = "obo"
    END = "end"
    PENDING = "pending"
    LIST = "list"
    LISTS = "lists"
    PARTNER = "partner"
    PART = "part"
    CONTRACT = "contract"
    STANDING_ON = "standing_on"
    STANDING_OFF = "standing_off"
    END_ONE = "end_one"
    PAGE = "page"
    UNDO = "undo"
    ACKNOWLEDGE = "look"
    COMMENT = "comment"
    REPLY = "reply"
    SNOOZE = "snooze"
    REMIND = "remind"
    AGAIN = "again"
    EXTEND = "extend"
    LET_END = "let_end"
    TRY_AGAIN = "try_again"
    WORKS = "works"
    WORKS_NOT = "works_not"
    CHECK_LATER = "check_later"
    # Buttons about what was found at Meta.
    ADOPT = "adopt"
    REVOKE_FOUND = "revoke_found"
    PUT_BACK = "put_back"
    RECORD_END = "record_end"
    IGNORE = "ignore"
    # Buttons of access reviews.
    KEEP = "keep"
    KEEP_ALL = "keep_all"
    SHORTEN = "shorten"
    STILL_NEEDED = "still_needed"
    NEEDED_NOT_WORKING = "needed_not_working"
    # Buttons of the home, and of the modals of settings.
    HOME_MORE = "home_more"
    HOME_BACK = "home_back"
    SETTINGS = "settings"
    MEMBERS = "members"
    MAKE_ADMIN = "make_admin"
    MAKE_EMPLOYEE = "make_employee"
    REMOVE_MEMBER = "remove_member"
    CONFIRM_POLICY = "confirm_policy"
    ASKED = "asked"
    AWAY = "away"
    BACK_AGAIN = "back_again"
    # Buttons beside people and what they can reach.
    SHOW_PEOPLE = "show_people"
    CHANGE_PERSON = "change_person"
    REMOVE_PERSON = "remove_person"
    TRY_PERSON_AGAIN = "try_person_again"
    # Buttons about what is created.
    CREATE = "create"
    MAKE = "make"
    REWORK = "rework"
    DISCARD = "discard"
    TRY_MAKING_AGAIN = "try_making_again"
    FUND = "fund"
    TOKENS = "tokens"
    REVOKE_TOKEN = "revoke_token"  # noqa: S105 - the name of a button
    BUSINESS_ID = "business_id"
    CONNECTION = "connection"
    DISCONNECT = "disconnect"
    COMPARE = "compare"
    IMPORT = "import"
    IMPORT_PAGE = "import_page"
    SECRET = "secret"  # noqa: S105 - the name of a box
    SCOPES = "scopes"
    BEARER = "bearer"
    # Buttons about bundles.
    SAVE_BUNDLE = "save_bundle"
    USE_BUNDLE = "use_bundle"
    REMOVE_BUNDLE = "remove_bundle"
    # Inputs of forms.
    REQUESTING = "requesting"
    OWNER = "owner"
    EARLIER = "earlier"
    ASSETS = "assets"
    LEVEL = "level"
    KIND = "kind"
    DESCRIBE = "describe"
    UNDESCRIBE = "undescribe"
    TERM = "term"
    DAYS = "days"
    UNTIL = "until"
    PEOPLE = "people"
    REASON = "reason"
    WORDS = "words"
    NOTE = "note"
    GIVEN = "given"
    BOUND = "bound"
    GRANTS = "grants"
    TEXT = "text"
    CHANNEL = "channel"
    QUORUM = "quorum"
    EXPIRES = "expires"
    UNDO_FOR = "undo_for"
    WHO_MAY_ASK = "who_may_ask"
    API_SHARING = "api_sharing"
    WEEKLY = "weekly"
    HOURS = "hours"
    DAYS_OFF = "days_off"
    REVIEW_DAYS = "review_days"
    REVIEW_SILENCE = "review_silence"
    USER = "user"
    ROLE = "role"
    REACHABLE = "reachable"
    COLLEAGUE = "colleague"
    THEIR_LEVEL = "their_level"
    OWNER_TO_BE = "owner_to_be"
    CREATED_KIND = "created_kind"
    NAME = "name"
    CURRENCY = "currency"
    TIMEZONE = "timezone"
    ADVERTISER = "advertiser"
    AGENCY = "agency"
    HELPER = "helper"
    ACCOUNT = "account"
    PAYMENT = "payment"
    FIRST = "first"
    BACKUPS = "backups"
    STAND_IN = "stand_in"
    FROM_DAY = "from_day"
    UNTIL_DAY = "until_day"


MODAL_ACTIONS = frozenset(
    {
        ActionId.REQUESTING,
        ActionId.OWNER,
        ActionId.EARLIER,
        ActionId.ASSETS,
        ActionId.LEVEL,
        ActionId.KIND,
        ActionId.DESCRIBE,
        ActionId.UNDESCRIBE,
        ActionId.GIVEN,
        ActionId.TERM,
        ActionId.OWNER_TO_BE,
        ActionId.CREATED_KIND,
    }
)
"""Inputs whose changes Slack sends while a form is open, so that the form can be built again."""

PICKERS = frozenset(
    {
        ActionId.OWNER,
        ActionId.ASSETS,
        ActionId.PEOPLE,
        ActionId.BOUND,
        ActionId.GRANTS,
        ActionId.REACHABLE,
        ActionId.COLLEAGUE,
        ActionId.TIMEZONE,
        ActionId.ACCOUNT,
        ActionId.FIRST,
        ActionId.BACKUPS,
        ActionId.STAND_IN,
    }
)
"""Menus whose options Slack asks us for as people type."""


class Shortcut(StrEnum):
    """The shortcuts, by their callback id: one found anywhere in Slack, one on each message."""

    REQUEST = "request_access"
    REQUEST_NAMED = "request_named"


class Callback(StrEnum):
    """The modals and the home, by their callback id."""

    ASK = "ask"
    ADJUST = "adjust"
    DECLINE = "decline"
    CANCEL = "cancel"
    END = "end"
    END_NOW = "end_now"
    DETAILS = "details"
    HISTORY = "history"
    MESSAGE = "message"
    EXTEND = "extend"
    COMMENT = "comment"
    SETTINGS = "settings"
    MEMBERS = "members"
    ASKED = "asked"
    AWAY = "away"
    PARTNER = "partner"
    PEOPLE = "people"
    ASSET_PEOPLE = "asset_people"
    REACH = "reach"
    ASSIGN = "assign"
    PART = "part"
    CONTRACT = "contract"
    WORKS = "works"
    CREATE = "create"
    FUND = "fund"
    TOKENS = "tokens"
    REGISTER = "register"
    CONNECTION = "connection"
    IMPORT = "import"
    BUNDLE = "bundle"
    IGNORE = "ignore"
    SHORTEN = "shorten"
    HOME = "home"


ANSWERED = frozenset(
    {
        Callback.END,
        Callback.END_NOW,
        Callback.CONTRACT,
        Callback.CREATE,
        Callback.FUND,
        Callback.BUNDLE,
    }
)
"""Forms of which no card shows to the sender what came: it is said in private where they were opened."""


class ListWord(StrEnum):
    """What `/access list` can list.

    Assets: all that is shared in either direction, owned, shared (with us), given (by us), ending.
    Businesses: partners, of which agencies (we share with them) and clients (they share with us).
    Requests: pending in either direction, received, sent; those to act on behalf and
    claims, by how they stand; and bundles, from which others are started.
    Review: all that the newest access review is about.
    """

    ALL = "all"
    OWNED = "owned"
    SHARED = "shared"
    GIVEN = "given"
    PARTNERS = "partners"
    AGENCIES = "agencies"
    CLIENTS = "clients"
    PENDING = "pending"
    RECEIVED = "received"
    SENT = "sent"
    ENDING = "ending"
    REVIEW = "review"
    BUNDLES = "bundles"
    OBO = "obo"
    OBO_APPROVED = "obo approved"
    OBO_DECLINED = "obo declined"
    CLAIMS = "claims"
    CLAIMS_APPROVED = "claims confirmed"
    CLAIMS_DECLINED = "claims declined"


class Section(StrEnum):
    """The parts of a home that have pages; named as in `bot.services.views.HomeView`."""

    WAITING = "waiting"
    REQUESTED = "requested"
    DRAFTS = "drafts"
    PREPARED = "prepared"
    REACH = "reach"
    PARTNERS = "partners"
    ENDS_SOON = "ends_soon"
    DECIDED_AWAY = "decided_away"
    SETTINGS = "settings"
