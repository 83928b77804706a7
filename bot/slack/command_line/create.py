"""What follows `create`: an asset with its name, currency and time zone, or how an ad account is paid."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.assets import KINDS_CALLED, Kind, spoken
from bot.domain.creating import CREATABLE, Payment, is_advertiser, is_helper, read_helper
from bot.domain.currencies import CURRENCIES
from bot.domain.limits import LONGEST_NAME
from bot.domain.naming import read_business_id
from bot.domain.requests import ErrorCode, FieldError
from bot.domain.timezones import timezones_called
from bot.domain.typed import one_line
from bot.slack.command_line.people import take_asset
from bot.slack.command_line.tokens import Tokens, Wrong
from bot.slack.command_line.words import CreateWords, FundWords
from bot.slack.lines import short
from bot.slack.text import en as texts

_LONGEST = 60
_PARTIES = {
    "advertiser": "end_advertiser",
    "for": "end_advertiser",
    "agency": "media_agency",
    "partner": "partner",
}
_PAID = frozenset({"funding", "paid", "payment"})
_INVOICE = frozenset({"invoice", "invoiced"})
_LATER = frozenset({"later"})
_BEFORE_KIND = frozenset({"a", "an", "another", "new", "the"})
_BEFORE_NAME = frozenset({"called", "named"})
_BETWEEN = frozenset({"in", "and", "with"})
"""What may stand between a name, a currency and a time zone."""
_KEYWORDS = _PARTIES.keys() | _PAID | _INVOICE


def read_create(tokens: Tokens) -> CreateWords | FundWords:
    """Read what is to be created, or how an account is to be paid."""
    if tokens.peek().casefold() in _PAID:
        tokens.take()
        try:
            return _funding(tokens)
        except Wrong as wrong:
            raise Wrong(str(wrong), example=texts.command_line.FUNDING_EXAMPLE) from wrong
    start = tokens.at
    tokens.skip(_BEFORE_KIND)
    kind = KINDS_CALLED.get(tokens.phrase(KINDS_CALLED) or "")
    if kind is None:
        tokens.at = start
    tokens.skip(_BEFORE_NAME if kind else ())
    if kind is not None and kind not in CREATABLE:
        raise Wrong(_said("kind", ErrorCode.NOT_CREATED))
    read = CreateWords(kind=kind)
    while tokens.peek():
        read = _next(tokens, read)
    return read


def _next(tokens: Tokens, read: CreateWords) -> CreateWords:
    if not read.name and (name := tokens.quoted()):
        return replace(read, name=_name(name))
    start = tokens.at
    zone = tokens.phrase(timezones_called()) if read.name else None
    if zone is not None:
        return replace(read, timezone_id=timezones_called()[zone])
    token = tokens.take()
    word = token.casefold()
    if word == "," or (read.name and word in _BETWEEN):
        return read
    if token.upper() in CURRENCIES:
        return replace(read, currency=token.upper())
    if word == "for" and read.kind is Kind.PIXEL:
        return replace(read, account=_account(tokens, after=token))
    if word in _PARTIES:
        return _party(tokens, read, word)
    if word in _INVOICE | _PAID:
        return replace(read, payment=_payment(token, tokens))
    if read.name:
        code = ErrorCode.TIME_ZONE if "/" in token else None
        wrong = texts.command_line.NOT_UNDERSTOOD.format(text=short(token, _LONGEST))
        raise Wrong(_said("timezone_id", code, token) if code else wrong)
    tokens.at = start
    return replace(read, name=_name(_words(tokens)))


def _words(tokens: Tokens) -> str:
    """Take all words up to one that means else: a currency, a time zone in full, a keyword."""
    start = tokens.at
    tokens.take()
    while not _means_else(tokens):
        between = tokens.at
        if tokens.take().casefold() in _BETWEEN and tokens.peek() and _means_else(tokens):
            return tokens.text[start:between]  # "Acme DE in EUR"
    return tokens.text[start : tokens.at]


def _means_else(tokens: Tokens) -> bool:
    word = tokens.peek()
    is_zone = "/" in word and spoken(word) in timezones_called()
    is_other = word.upper() in CURRENCIES or word.casefold() in _KEYWORDS
    return word in {"", ","} or is_zone or is_other


def _name(text: str) -> str:
    name = one_line(text)
    if len(name) > LONGEST_NAME:
        raise Wrong(_said("name", ErrorCode.TOO_LONG, str(len(name))))
    return name


def _party(tokens: Tokens, read: CreateWords, word: str) -> CreateWords:
    field = _PARTIES[word]
    typed = tokens.quoted() or tokens.take()
    if field == "end_advertiser":
        party = read_business_id(typed) or read_helper(typed)
        is_right, code = is_advertiser(party), ErrorCode.ADVERTISER
    else:
        party = read_helper(typed)
        is_right, code = is_helper(party), ErrorCode.HELPER
    if not typed or not is_right:
        raise Wrong(_said(field, code, typed) if typed else _nothing_after(word))
    return replace(read, parties={**read.parties, field: party})


def _payment(word: str, tokens: Tokens) -> Payment:
    if word.casefold() in _INVOICE:
        return Payment(invoice=True)
    source = tokens.take()
    if source.casefold() == "by":
        source = tokens.take()
    if not source:
        raise Wrong(_nothing_after(word))
    if source.casefold() in _LATER:
        return Payment()
    return Payment(invoice=True) if source.casefold() in _INVOICE else Payment(funding_source=source)


def _account(tokens: Tokens, *, after: str) -> str:
    token = tokens.take()
    named = take_asset(token, tokens) if token else None
    if named is None:
        wrong = texts.command_line.NOT_AN_ASSET.format(text=short(token, _LONGEST))
        raise Wrong(wrong if token else _nothing_after(after))
    return named.id_as(Kind.AD_ACCOUNT)


def _funding(tokens: Tokens) -> FundWords:
    asset_id = _account(tokens, after="funding")
    if not tokens.peek():
        return FundWords(asset_id=asset_id)
    payment = _payment("funding", tokens)
    if tokens.peek():
        raise Wrong(texts.command_line.NOT_UNDERSTOOD.format(text=short(tokens.peek(), _LONGEST)))
    return FundWords(asset_id=asset_id, payment=payment)


def _nothing_after(word: str) -> str:
    return texts.command_line.NO_WORDS_AFTER.format(word=word)


def _said(field: str, code: ErrorCode, got: str = "") -> str:
    return texts.errors.field_error(FieldError(field=field, code=code, got=got))
