"""What partners have, as people look through it in a browser: a review, who stands in, the report, the API.

Screenshots of each step go to the folder named by `COUNTERSIGN_SCREENSHOTS`, if it is set.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Page, expect
from test_flows_browser import be, demo, messages, page, pick, pinned, says, snap

from bot.graph import openapi
from bot.sandbox.demo.run import Demo
from bot.sandbox.demo.story import ACME, AGENCY
from bot.services import reports
from bot.services.context import act
from bot.slack.report import report_page
from bot.slack.report.markup import STYLE
from bot.slack.report.timeline import Axis, Bar

__all__ = ["demo", "page"]

pytestmark = pytest.mark.browser
ROOM = "#acme-approvals"


@pytest.mark.covers("G9")
async def test_an_owner_looks_through_what_partners_have_and_the_card_says_what_came_of_it(
    demo: Demo, page: Page
):
    await be(page, demo, "ann", demo.story.approvals[AGENCY].id)
    await says(
        page,
        "#northwind-approvals",
        "/access request act_4815162342 reporting only for 90d because Tulip week",
    )
    await be(page, demo, "dana", demo.story.approvals[ACME].id)
    asked = await pinned(messages(page).filter(has_text="Tulip week").last)
    await asked.get_by_role("button", name="Approve request").click()
    await expect(asked).to_contain_text("Access until")
    await expect(asked.get_by_role("button", name="Approve request")).to_have_count(0)
    demo.clock.push(timedelta(days=31))
    await says(page, ROOM, "/access review")
    posted = messages(page, "article:not(.ephemeral)")
    card = await pinned(posted.filter(has_text="do your partners still need what they have").last)
    await expect(card.get_by_role("button", name=re.compile("^Keep: ")).first).to_be_visible()
    await card.get_by_role("button", name=re.compile("^Keep: ")).first.scroll_into_view_if_needed()
    await snap(page, "review-1-card")
    await card.get_by_role("button", name=re.compile("^Shorten")).first.click()
    form = page.get_by_role("dialog")
    await expect(form).to_be_visible()
    await snap(page, "review-2-shorten")
    await form.get_by_role("button", name=re.compile("^(Cancel|Close)")).first.click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await card.get_by_role("button", name=re.compile("^Keep: ")).first.click()
    await expect(card).to_contain_text("is done")
    await snap(page, "review-3-closed")


@pytest.mark.covers("C3")
async def test_an_admin_who_goes_away_names_who_stands_in_and_sees_it_in_the_settings(demo: Demo, page: Page):
    today = demo.clock.now().astimezone(ZoneInfo("America/New_York")).date()
    await be(page, demo, "dana", demo.story.approvals[ACME].id)
    await says(page, ROOM, "/access settings")
    await page.get_by_role("button", name=re.compile("^While I'm away")).last.click()
    form = page.get_by_role("dialog", name="While I'm away")
    await expect(form).to_be_visible()
    await pick(page, "Who stands in for you?", "dov", re.compile("Dov Dekel"))
    days = form.locator("input[type=date]")
    await days.first.fill(today.isoformat())
    await days.last.fill((today + timedelta(days=6)).isoformat())
    await snap(page, "away-1-form")
    await form.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await says(page, ROOM, "/access settings")
    await expect(messages(page).filter(has_text="Dov Dekel stands in").last).to_be_visible()
    await snap(page, "away-2-settings")
    await be(page, demo, "dov", demo.story.approvals[ACME].id)
    await page.get_by_role("button", name=re.compile("^Countersign")).first.click()
    await page.get_by_role("tab", name="Messages").click()
    await expect(messages(page).filter(has_text="Dana Diaz").last).to_contain_text("stand in")
    await snap(page, "away-3-told")


async def test_a_form_that_becomes_another_keeps_the_keyboard_in_it(demo: Demo, page: Page):
    await be(page, demo, "dana", demo.story.approvals[ACME].id)
    await says(page, ROOM, "/access token")
    form = page.get_by_role("dialog", name="Tokens for programs")
    await form.get_by_role("textbox", name="What is it for?").fill("Nightly report")
    await form.get_by_role("button", name="Create token").focus()
    await page.keyboard.press("Enter")
    made = page.get_by_role("dialog", name="Your token")
    await expect(made).to_contain_text("Copy it now")
    await expect(made.locator(":focus")).to_have_count(1)
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_the_report_is_one_page_that_needs_nothing_else_and_can_be_read_on_a_small_screen(
    demo: Demo, page: Page, tmp_path: Path
):
    now = demo.clock.now()
    file = tmp_path / "report.html"
    with demo.bot.database.reading() as tx:
        shared = act(tx, reports.shared_by, ACME, now=now)
        assert shared is not None
        file.write_text("".join(report_page(shared)), encoding="utf-8")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for width in (1280, 400):
        await page.set_viewport_size({"width": width, "height": 900})
        await page.goto(file.as_uri())
        await expect(page.get_by_role("heading", level=1)).to_contain_text("Acme Shoes")
        await expect(page.locator("table").first).to_be_visible()
        await expect(page.locator("svg").first).to_be_visible()
        beyond = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert beyond <= 0, f"{beyond} px are beyond the edge of {width}"
        await page.locator("svg").first.scroll_into_view_if_needed()
        await snap(page, f"report-{width}")
    assert set(asked) == {file.as_uri()}


@pytest.mark.parametrize("width", [1280, 390])
async def test_the_page_of_the_api_is_no_wider_than_the_screen(page: Page, width: int):
    await page.set_viewport_size({"width": width, "height": 900})
    await page.set_content(openapi.page("/v26.0"))
    await expect(page.get_by_text("GET /{id}/clients", exact=True)).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("drawn", ["on", "waits"])
async def test_what_goes_on_beyond_the_edge_of_the_timeline_ends_in_an_arrow_that_is_seen(
    page: Page, drawn: str
):
    begins = datetime(2026, 1, 1, tzinfo=UTC)
    axis = Axis(begins, None, moment=begins + timedelta(days=90), zone=ZoneInfo("UTC"))
    bars = [
        Bar(label="Acme Shoes", begins=begins, ends=ends, drawn=drawn)
        for ends in (begins + timedelta(days=9), None)
    ]
    svg = axis.timeline(bars, id_="t1", title="Timeline", description="Two bars")
    await page.set_content(f"<style>{STYLE}</style><main>{svg}</main>")
    arrows = page.locator(f"svg svg path.{drawn}")
    await expect(arrows).to_have_count(1)
    # Where it is wider than its bar, and where it is narrower: what is drawn there, of what is not cut off.
    shown = await arrows.evaluate(
        """(arrow) => {
            const at = arrow.getBoundingClientRect(), y = at.top + at.height / 2;
            const under = (x, y) => document.elementFromPoint(x, y).getAttribute("class");
            return [under(at.left + 1, at.top + 1.5), under(at.right - 1, y), under(at.right - 1, y - 4)];
        }"""
    )
    assert shown == [drawn, drawn, "cut"]
