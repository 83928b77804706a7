"""The main job as people see it: the demo in headless Chromium, from the ask to the access listed.

Screenshots of each step go to the folder named by `COUNTERSIGN_SCREENSHOTS`, if it is set.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect

from bot.sandbox.demo import Demo, running
from bot.sandbox.story import ACME, AGENCY

pytestmark = pytest.mark.browser

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Demo]:
    async with running(folder=tmp_path) as started:
        yield started


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    chromium = shutil.which("chromium")
    assert chromium is not None, "this test needs Chromium on the PATH"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        context = await browser.new_context(
            viewport={"width": 1280, "height": 900}, timezone_id="Europe/Berlin", reduced_motion="reduce"
        )
        tab = await context.new_page()
        tab.set_default_timeout(8_000)
        complaints: list[str] = []
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        yield tab
        await browser.close()
        assert complaints == []


async def snap(page: Page, name: str) -> None:
    folder = os.environ.get("COUNTERSIGN_SCREENSHOTS")
    if folder:
        await page.screenshot(path=Path(folder) / f"{name}.png")


async def be(page: Page, demo: Demo, name: str, channel: str) -> None:
    person = demo.story.people[name]
    await page.goto("about:blank")
    await page.goto(f"{demo.url}ui/#/{person.team_id}/{person.id}/{channel}")
    await expect(page.locator("html[data-live=yes]")).to_be_attached()
    await expect(page.get_by_role("button", name=f"You are {person.real_name}")).to_be_visible()


async def pick(page: Page, label: str, query: str, option: str | re.Pattern[str]) -> None:
    box = page.get_by_role("combobox", name=label)
    await box.click()
    await box.fill(query)
    await page.get_by_role("option", name=option).click()


async def choose(page: Page, label: re.Pattern[str], option: re.Pattern[str]) -> None:
    await page.get_by_role("combobox", name=label).click()
    await page.get_by_role("option", name=option).click()


async def test_two_assets_are_asked_for_one_is_lowered_both_are_given_and_listed(demo: Demo, page: Page):
    story = demo.story
    await be(page, demo, "ann", story.approvals[AGENCY].id)

    # Ann of the agency asks for two assets of Acme Shoes, in the form.
    box = page.get_by_label("Message #northwind-approvals")
    await box.fill("/access request")
    await box.press("Enter")
    form = page.get_by_role("dialog", name="Request access")
    await expect(form).to_be_visible()
    await pick(page, "Which business owns the assets?", "acme", re.compile("Acme Shoes"))
    await expect(form.get_by_text(re.compile("2 admins of Acme Shoes"))).to_be_visible()
    await pick(page, "Which assets?", "EU", re.compile("Acme Shoes EU"))
    needs = page.get_by_role("combobox", name=re.compile("what do you need"))
    await expect(needs).to_have_count(1)  # the form is rebuilt with each asset
    await pick(page, "Which assets?", "outlet", re.compile("Acme Outlet"))
    await page.keyboard.press("Escape")  # closes the list, not the form
    await expect(needs).to_have_count(2)
    await choose(page, re.compile("Acme Shoes EU .*what do you need"), re.compile("General user"))
    await choose(page, re.compile("Acme Outlet .*what do you need"), re.compile("Employee"))
    await form.get_by_label("Why?").fill("Spring launch: we run the ads and answer comments")
    await snap(page, "1-form")
    await form.get_by_role("button", name="Send request").click()
    await expect(page.get_by_role("dialog").get_by_role("button", name="Send request")).to_have_count(0)
    await expect(page.get_by_role("dialog")).to_contain_text("Acme Shoes")
    await snap(page, "2-sent")
    await page.get_by_role("dialog").get_by_role("button", name="Close").last.click()
    await expect(page.get_by_role("dialog")).to_have_count(0)

    # Dana of Acme Shoes sees the card in her own workspace, and gives less of one of the two.
    await be(page, demo, "dana", story.approvals[ACME].id)
    card = page.get_by_role("article").filter(has_text="Acme Outlet").last
    await expect(card).to_contain_text("Spring launch")
    await snap(page, "3-card")
    await card.get_by_role("button", name="Adjust").click()
    adjust = page.get_by_role("dialog", name=re.compile("Adjust"))
    await expect(adjust).to_be_visible()
    await snap(page, "4-adjust")
    await choose(page, re.compile("Acme Shoes EU"), re.compile("Reporting only"))
    await adjust.get_by_label("A word to Northwind").fill("Reporting is enough until May")
    await adjust.get_by_role("button", name="Approve").click()
    await expect(card.get_by_role("button", name="Approve")).to_have_count(0)
    await snap(page, "5-given")
    await page.get_by_role("dialog").get_by_role("button", name="Close").last.click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(card).to_contain_text("Dana Diaz")
    await expect(card).to_contain_text("Reporting is enough until May")
    await snap(page, "5-decided")

    # Ann's own card follows, she is told, and what she got is listed: less of the one, all of the other.
    await be(page, demo, "ann", story.approvals[AGENCY].id)
    await page.get_by_role("button", name=re.compile("^Countersign")).click()
    mine = page.get_by_role("article").filter(has_text="Acme Outlet").first
    await expect(mine).to_contain_text("Reporting only")
    await expect(mine.get_by_role("button", name="Cancel")).to_have_count(0)
    await snap(page, "6-followed")
    await page.get_by_label("Message Countersign").fill("/access list shared")
    await page.keyboard.press("Enter")
    listed = page.get_by_role("article", name=re.compile("only visible to you"))
    await expect(listed).to_contain_text("Acme Shoes EU")
    await expect(listed).to_contain_text("Reporting only")
    await expect(listed).to_contain_text("Acme Outlet")
    await expect(listed).to_contain_text("Employee")
    await snap(page, "7-listed")
