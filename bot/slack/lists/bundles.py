"""The bundles of a business: what each would ask for, and what can be done with it."""

from __future__ import annotations

from bot.domain.calendar import zone_of
from bot.services.views.parties import Me, Party, Rows
from bot.services.views.requests import BundleView
from bot.slack.cards.headline import requested
from bot.slack.cards.row import Row
from bot.slack.ids import ActionId
from bot.slack.kit import Element, Message, button, confirm
from bot.slack.lines import line, short
from bot.slack.lists.paging import paged_rows
from bot.slack.text import en as texts
from bot.slack.values import Page, Ref, button_value

_NAME = 60


def bundles_list(rows: Rows[BundleView], *, business: Party, at: Page, me: Me) -> Message:
    """Return a page of the bundles of a business, each with buttons. Read it with `PENDING_ROWS`."""
    shown = [_row(one, business=short(business.name, _NAME), me=me) for one in rows.rows]
    return paged_rows(
        at,
        texts.bundles.LIST_TITLE,
        texts.bundles.NONE,
        [(tuple(row.lines), row.blocks) for row in shown],
        total=rows.total,
        business=business,
    )


def _row(one: BundleView, *, business: str, me: Me) -> Row:
    view = one.request
    said = line(
        texts.bundles.ROW,
        name=one.name,
        what=requested(view),
        term=texts.basics.day_term(view.term),
    )
    facts = [
        line(texts.bundles.FACT_MADE, deciding=short(view.deciding.name, _NAME)),
        line(texts.bundles.FACT_SAVED, name=short(one.saved_by, _NAME)),
        line("{ref}", ref=view.ref),
    ]
    return Row(said, facts, zone=zone_of(me.zone), others=_buttons(one, business=business))


def _buttons(one: BundleView, *, business: str) -> list[Element]:
    value = button_value(Ref(one.request.id, one.request.version))

    def about(text: str) -> str:
        return short(texts.buttons.ABOUT.format(button=text.rstrip("…"), what=short(one.name, 30)), 75)

    return [
        button(texts.bundles.USE, ActionId.USE_BUNDLE, value=value, label=about(texts.bundles.USE)),
        button(texts.bundles.RENAME, ActionId.SAVE_BUNDLE, value=value, label=about(texts.bundles.RENAME)),
        button(
            texts.bundles.REMOVE,
            ActionId.REMOVE_BUNDLE,
            value=value,
            confirm=confirm(
                title=texts.bundles.CONFIRM_REMOVE,
                text=texts.bundles.CONFIRM_REMOVE_TEXT.format(business=business, name=one.name),
                confirm=texts.bundles.REMOVE,
                deny=texts.buttons.KEEP,
                style="danger",
            ),
            label=about(texts.bundles.REMOVE),
        ),
    ]
