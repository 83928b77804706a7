# a sentence stands on one line, as in every catalogue
"""Creating an ad account or a pixel: the form, its card, and how an account is paid."""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.assets import Kind
from bot.domain.creating import NONE, UNFOUND, Payment
from bot.slack.lines import short, short_named
from bot.slack.text.en.basics import KINDS

_NAME = 60

# --- the form ---------------------------------------------------------------------------------------

TITLE = "Create an asset"
EDIT_TITLE = "Change what's prepared"
SUBMIT = "Create"
PREPARE = "Prepare"
SAVE = "Save changes"
BUTTON = "Create an asset…"
FOR = "For which business?"
FOR_ONE = "For {business} (Business ID {id}), which will own it."
PREPARES = "Only admins of {business} create assets. It goes to them as a card, and one of them creates it."
AT_META = "It is created at Meta too, and is yours once Meta shows it."
NOT_AT_META = "It is kept here, and not made at Meta yet."
KIND = "What"
NAME = "Name"
CURRENCY = "Currency"
CURRENCY_PLACEHOLDER = "Choose a currency"
CURRENCY_HINT = "It can't be changed later."
TIMEZONE = "Time zone"
TIMEZONE_PLACEHOLDER = "Type a city or a zone, like Berlin"
TIMEZONE_HINT = "Reports and budgets follow it. It can't be changed later."
NO_TIMEZONES = "Meta has no such time zone: try a larger city"
PARTY_HINT = "NONE if there is none, UNFOUND if it isn't on Facebook."
ADVERTISER = "End advertiser"
ADVERTISER_HINT = f"Whom the ads are for: a Business ID. {PARTY_HINT}"
AGENCY = "Media agency"
PARTNER = "Partner"
HELPER_HINT = f"A Page's ID or alias, or an app's ID. {PARTY_HINT}"
AD_ACCOUNT = "For the ad account"
AD_ACCOUNT_PLACEHOLDER = "Type a name or an ID"
PAYMENT = "How is it paid?"
PAYMENT_HINT = "An admin can change this later: /access create funding act_…"
PAY_MORE = "There are more: set one by its name with /access create funding act_… NAME."
PAY_LATER = "Settle later (it stays incomplete)"
PAY_INVOICE = "By invoice, on your credit line"
PAY_SOURCE = "Funding source {source}"
CHOOSE_CURRENCY = "Choose a currency."
CHOOSE_TIMEZONE = "Choose a time zone from the list."
CURRENCY_NAMES: Mapping[str, str] = {
    "AED": "UAE dirham",
    "ARS": "Argentine peso",
    "AUD": "Australian dollar",
    "BDT": "Bangladeshi taka",
    "BOB": "Bolivian boliviano",
    "BRL": "Brazilian real",
    "CAD": "Canadian dollar",
    "CHF": "Swiss franc",
    "CLP": "Chilean peso",
    "CNY": "Chinese yuan",
    "COP": "Colombian peso",
    "CRC": "Costa Rican colón",
    "CZK": "Czech koruna",
    "DKK": "Danish krone",
    "DZD": "Algerian dinar",
    "EGP": "Egyptian pound",
    "EUR": "euro",
    "GBP": "British pound",
    "GTQ": "Guatemalan quetzal",
    "HKD": "Hong Kong dollar",
    "HNL": "Honduran lempira",
    "HUF": "Hungarian forint",
    "IDR": "Indonesian rupiah",
    "ILS": "Israeli shekel",
    "INR": "Indian rupee",
    "ISK": "Icelandic króna",
    "JPY": "Japanese yen",
    "KES": "Kenyan shilling",
    "KRW": "South Korean won",
    "LKR": "Sri Lankan rupee",
    "MOP": "Macanese pataca",
    "MXN": "Mexican peso",
    "MYR": "Malaysian ringgit",
    "NGN": "Nigerian naira",
    "NIO": "Nicaraguan córdoba",
    "NOK": "Norwegian krone",
    "NZD": "New Zealand dollar",
    "PEN": "Peruvian sol",
    "PHP": "Philippine peso",
    "PKR": "Pakistani rupee",
    "PLN": "Polish złoty",
    "PYG": "Paraguayan guaraní",
    "QAR": "Qatari riyal",
    "RON": "Romanian leu",
    "SAR": "Saudi riyal",
    "SEK": "Swedish krona",
    "SGD": "Singapore dollar",
    "THB": "Thai baht",
    "TRY": "Turkish lira",
    "TWD": "New Taiwan dollar",
    "UAH": "Ukrainian hryvnia",
    "USD": "US dollar",
    "UYU": "Uruguayan peso",
    "VND": "Vietnamese dong",
    "ZAR": "South African rand",
}
CURRENCY_OPTION = "{code}, {name}"

# --- how it is paid ---------------------------------------------------------------------------------

PAY_TITLE = "How it is paid"
PAY_INTRO = "How is {account} paid?"
PAY_SAVE = "Save"
PAY_BUTTON = "Set how it is paid…"
CHANGE_BUTTON = "Change how it is paid…"
FUNDED = "Saved: {account} is paid {how} now."
FUNDED_LATER = "Saved: how {account} is paid is to be settled later. Until then it is incomplete."
_HOW_INVOICE = "by invoice, on the credit line"
_HOW_SOURCE = "by the funding source {source}"

# --- the card, and what is said beside it -----------------------------------------------------------

PREPARED = "*{author} prepared {what}* for {business}. An admin can create it until {at}; then it is dropped."
CREATED = "*{name} created {what}* ({id}) for {business}."
DROPPED = "*{name} dropped {what}*, which {author} had prepared, {at}. Nothing was created."
CREATING = "*{name} is creating {what}* for {business}."
GIVEN_UP = (
    "*{name} gave up creating {what}* at Meta, {at}. Should Meta have it after all, it isn't known here."
)
PREPARED_ROW = "{author} prepared {what} for {business}, to be created by {end}."
EXPIRED = "*Nobody created {what} in time.* What {author} had prepared was dropped {at}."
OWNED = "{business} owns it, confirmed."
NOT_OWNED = "{business} no longer owns it."
ONLY_HERE = "It is not made at Meta yet."
INCOMPLETE = "*Incomplete:* how it is paid is not settled, and nothing else can be created before that."
FACT_MONEY = "{currency}, {zone}"
FACT_ADVERTISER = "End advertiser: {advertiser}"
FACT_AGENCY = "Media agency: {agency}"
FACT_PARTNER = "Partner: {partner}"
FACT_PAID = "Paid {how}"
FACT_ACCOUNT = "For {account}"
_NO_PARTY = {NONE: "none", UNFOUND: "not on Facebook"}
CREATE = "Create"
EDIT = "Edit…"
DROP = "Drop"
GIVE_UP = "Give up"
CONFIRM_GIVE_UP = "Give it up?"
CONFIRM_GIVE_UP_TEXT = "I don't try to create {what} any more. What Meta may have created stays there."
CONFIRM_CREATE = "Create it?"
CONFIRM_CREATE_TEXT = "{business} will own {what}."
CONFIRM_DROP = "Drop it?"
CONFIRM_DROP_TEXT = "Nothing is created. {author} is told."
NOTICE_CREATED = "*{name} created {what}*, which you prepared."
NOTICE_CREATING = "*{name} took up {what}*, which you prepared. It's being created at Meta; I'll message you."
NOTICE_GIVEN_UP = "*{name} gave up creating {what}* at Meta."
NOTICE_MADE = "*Created at Meta:* {what} ({id}). {business} owns it."
NOTICE_NOT_MADE = "*Not created:* {what}."
NOTICE_DROPPED = "*{name} dropped {what}*, which you prepared. Nothing was created."
NOTICE_EXPIRED = "*No admin created {what} in time.* What you prepared was dropped."

# --- answers ----------------------------------------------------------------------------------------

DONE = "Created: {what} ({id}). Your business owns it; it is not made at Meta yet."
BEGUN = "Being created at Meta: {what}. The card says how it goes, and I'll say when your business owns it."
DONE_INCOMPLETE = "It is incomplete until you settle how it is paid: `/access create funding {id}`."
KEPT = "Prepared: {what}. {admins} of {business} can create it. I'll message you when they do."
KEPT_NOBODY = "Prepared: {what}. But {business} has no admin in Slack who could create it now: tell one."
GONE = "Dropped: {name}. Nothing was created."
GONE_AT_META = "Given up: {name}. I don't try to create it at Meta any more."


def what(kind: Kind, name: str) -> str:
    """Return what is created, in a few words: "the ad account Acme DE"."""
    return f"the {KINDS[kind][1]} {short(name, _NAME)}"


def party(text: str | None, name: str = "") -> str:
    """Return an advertiser, an agency or a partner: by its name, where it has one here."""
    return _NO_PARTY.get(text or NONE) or short_named(name, text or "", _NAME)


def paid(payment: Payment) -> str:
    """Return how an account is paid, as it follows "paid"."""
    return _HOW_INVOICE if payment.invoice else _HOW_SOURCE.format(source=payment.funding_source)


def currency(code: str) -> str:
    """Return a currency as a menu says it."""
    return CURRENCY_OPTION.format(code=code, name=CURRENCY_NAMES[code])
