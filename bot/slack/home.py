"""App Home: what waits for somebody, what they asked and can reach, what ends, and their settings.

Long parts have pages, a few rows at a time, so that Slack's hundred blocks always do.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from bot.domain.calendar import zone_of
from bot.domain.requests import Term
from bot.services.home import ROWS
from bot.services.views.access import GrantView, HeldAfter
from bot.services.views.businesses import HomeView, PartnerView, SettingsView
from bot.services.views.parties import Rows
from bot.services.views.requests import CreationView, DraftView, RequestView
from bot.slack import kit, lists
from bot.slack.cards import buttons
from bot.slack.cards.creation import waiting_line
from bot.slack.cards.items import grant_line
from bot.slack.cards.outcome import outcome_line
from bot.slack.cards.row import Row, draft_row, requested_row, waiting_row
from bot.slack.ids import ActionId, Callback, Section
from bot.slack.kit import Block, Element, View, actions, divider, header, rich
from bot.slack.lines import Bullets, Line, joined, line, short, short_named
from bot.slack.text import en as texts
from bot.slack.values import Page, page_value

T = TypeVar("T")
_NAME = 60
_REASON = 160


def home_view(view: HomeView, *, now: datetime) -> View:
    """Return somebody's home, for `views.publish`."""
    if not view.me.is_somebody:
        blocks = [
            header(texts.home.TITLE),
            rich((line(texts.home.STRANGER), line(texts.home.STRANGER_NEXT))),
        ]
    else:
        blocks = _Home(view, now=now).blocks()
    return {"type": "home", "callback_id": str(Callback.HOME), "private_metadata": "", "blocks": blocks}


class _Home:
    """One home as it is put together: whose it is, and on which page each part stands."""

    def __init__(self, view: HomeView, *, now: datetime) -> None:
        self._view = view
        self._now = now
        self._zone = zone_of(view.me.zone)
        section, _, number = view.page.partition(":")
        self._offsets = {section: int(number)} if number.isascii() and number.isdigit() else {}
        self._acts_for = view.me.acts_for

    def blocks(self) -> list[Block]:
        """Return all of it."""
        view = self._view
        parts = [
            *self._part(Section.WAITING, view.waiting, self._waiting),
            *self._reviews(),
            *self._part(Section.REQUESTED, view.requested, self._requested),
            *self._part(Section.DRAFTS, view.drafts, self._draft),
            *self._listed(Section.PREPARED, view.prepared, _prepared),
            *self._listed(Section.REACH, view.reach, self._reach),
            *self._part(Section.PARTNERS, view.partners, self._partner),
            *self._part(Section.ENDS_SOON, view.ends_soon, self._ends),
            *self._part(Section.DECIDED_AWAY, view.decided_away, self._decided),
        ]
        return [
            header(texts.home.TITLE),
            rich(lists.who_you_are(view.me)),
            *([actions(*self._openers())] if view.me.businesses else []),
            *(parts or [rich((line(texts.home.QUIET),))]),
            *self._part(Section.SETTINGS, self._page_of_settings(), _settings),
        ]

    def _openers(self) -> list[Element]:
        """Return the buttons that open a form."""
        asking = [
            kit.button(
                words.form.title,
                words.opens,
                style="primary" if words.opens is ActionId.REQUEST else None,
            )
            for words in texts.kinds.WORDS.values()
        ]
        ending = [kit.button(texts.buttons.END_ACCESS_MORE, ActionId.END)] if self._acts_for else []
        return [*asking, kit.button(texts.people.BUTTON, ActionId.SHOW_PEOPLE), *ending]

    def _part(self, section: Section, rows: Rows[T], show: Callable[[T], list[Block]]) -> list[Block]:
        """Return a part whose rows have buttons of their own."""
        shown = [block for row in rows.rows for block in show(row)]
        return [*self._head(section, rows), *shown, *self._turning(section, rows)]

    def _listed(self, section: Section, rows: Rows[T], show: Callable[[T], Line]) -> list[Block]:
        """Return a part whose rows are only to be read."""
        shown = [rich((Bullets(tuple(show(row) for row in rows.rows)),))] if rows.rows else []
        return [*self._head(section, rows), *shown, *self._turning(section, rows)]

    def _head(self, section: Section, rows: Rows[T]) -> list[Block]:
        """Return a part's heading; nothing for a part that is empty."""
        head = texts.home.HEADS[section] if self._acts_for else texts.home.HEADS_OF_EMPLOYEES[section]
        if section is Section.WAITING:
            heads = (
                texts.home.HEADS[section],
                texts.home.WAITING_SOME,
                texts.home.HEADS_OF_EMPLOYEES[section],
            )
            head = lists.for_whom(self._view.me, self._view.waiting.rows, heads)
        if not rows.total:
            return []
        if not rows.rows:
            return [divider(), header(head), rich((line(texts.home.PAGE_EMPTY),))]
        offset = self._offset(section)
        last = offset + len(rows.rows)
        if offset or rows.more:
            head = texts.home.HEAD_ROWS.format(head=head, first=offset + 1, last=last, total=rows.total)
        return [divider(), header(head)]

    def _reviews(self) -> list[Block]:
        """Return the reviews that wait; nothing if none does."""
        waits = self._view.reviews
        if not waits:
            return []
        rows = [lists.review_line(one) for one in waits[:ROWS]]
        more = len(waits) - len(rows)
        rows += [line(texts.home.REVIEWS_MORE, count=more)] if more else []
        return [divider(), header(texts.home.REVIEWS), rich((Bullets(tuple(rows)),))]

    def _turning(self, section: Section, rows: Rows[T]) -> list[Block]:
        offset = self._offset(section) if rows.total else 0
        row = []
        if offset:
            before = page_value(Page(section, "", max(0, offset - ROWS)))
            row.append(_turn(texts.buttons.BACK, ActionId.HOME_BACK, before, section))
        if rows.more and rows.rows:
            after = page_value(Page(section, "", offset + len(rows.rows)))
            row.append(_turn(texts.buttons.MORE, ActionId.HOME_MORE, after, section))
        return [actions(*row)] if row else []

    def _offset(self, section: Section) -> int:
        return self._offsets.get(section, 0)

    def _page_of_settings(self) -> Rows[SettingsView]:
        offset, settings = self._offset(Section.SETTINGS), self._view.settings
        rows = settings[offset : offset + ROWS]
        return Rows(rows=rows, total=len(settings), more=offset + len(rows) < len(settings))

    # --- rows

    def _waiting(self, view: RequestView) -> list[Block]:
        details = buttons.details_button(view)
        main, others = details, []
        if lists.can_decide(self._view.me, view):
            others = [buttons.decline_button(view)]
            if buttons.can_be_approved(view):
                main, others = buttons.approve_button(view), [*others, details]
        return waiting_row(
            view,
            room=_REASON,
            zone=self._zone,
            main=main,
            others=others,
            decide=lists.decides(self._view.me, view),
            whose=lists.of_own(self._view.me, view.deciding.id),
        ).blocks

    def _requested(self, view: RequestView) -> list[Block]:
        is_ours = view.requesting.id in self._acts_for and view.remind_after is None
        can_remind = is_ours and buttons.can_remind(view, now=self._now)
        main = buttons.remind_button(view) if can_remind else buttons.details_button(view)
        return requested_row(view, zone=self._zone, main=main).blocks

    def _draft(self, view: DraftView) -> list[Block]:
        controls = buttons.draft_buttons(view, me=self._view.me)
        return draft_row(view, zone=self._zone, others=controls).blocks

    def _reach(self, grant: GrantView) -> Line:
        row = line(
            texts.home.REACH_ROW,
            asset=short_named(grant.asset_name, grant.asset_id, 90),
            kind=texts.basics.kind_name(grant.kind),
            owner=short(grant.owner.name, _NAME),
            level=texts.basics.level_row(grant.kind, grant.tasks),
            grant=grant_line(grant, for_owner=False, now=self._now),
        )
        return joined([row, lists.of_own(self._view.me, grant.holder.id, sentence=True)])

    def _partner(self, partner: PartnerView) -> list[Block]:
        whose = lists.of_own(self._view.me, partner.partner_of, sentence=True)
        said = joined([lists.partner_line(partner), whose])
        return Row(said, zone=self._zone, main=lists.partner_button(partner)).blocks

    def _ends(self, grant: GrantView) -> list[Block]:
        after = self._view.held_after.get(grant.id)
        goes_on = after is not None and grant.tasks <= after.tasks
        ends = line(
            texts.home.ENDS_ROW,
            holder=short(grant.holder.name, _NAME),
            level=texts.basics.level_said(grant.kind, grant.tasks),
            asset=short_named(grant.asset_name, grant.asset_id, 90),
            owner=short(grant.owner.name, _NAME),
            ref=grant.ref,
            at=grant.until or "",
        )
        can_extend = grant.holder.id in self._acts_for and not goes_on
        main = buttons.extend_button(grant) if can_extend else None
        return Row(joined([ends, _still(grant, after)]), zone=self._zone, main=main).blocks

    def _decided(self, view: RequestView) -> list[Block]:
        can_undo = view.deciding.id in self._view.me.decides_for and buttons.can_undo(view, now=self._now)
        main = buttons.undo_button(view) if can_undo else buttons.details_button(view)
        whose = lists.of_own(self._view.me, view.deciding.id, sentence=True)
        return Row(joined([outcome_line(view, now=self._now), whose]), zone=self._zone, main=main).blocks


def _still(grant: GrantView, after: HeldAfter | None) -> Line:
    """Return what the holder of a grant has of the like once it has ended; empty if nothing."""
    if after is None:
        return ()
    return line(
        texts.home.ENDS_STILL,
        holder=short(grant.holder.name, _NAME),
        level=texts.basics.level_said(grant.kind, after.tasks),
        term=texts.basics.confirm_term(Term.without_end() if after.until is None else Term.till(after.until)),
    )


def _prepared(view: CreationView) -> Line:
    return joined([waiting_line(view), line(texts.home.PREPARED_NEXT)])


def _turn(text: str, action: ActionId, value: str, section: Section) -> Element:
    label = texts.buttons.ABOUT.format(button=text, what=texts.home.HEADS[section])
    return kit.button(text, action, value=value, label=label)


def _settings(settings: SettingsView) -> list[Block]:
    return [rich(lists.settings_words(settings)), lists.settings_row(settings)]
