"""The gallery's page in a real browser, opened as a file: all of it is drawn, and it can be searched."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

import pytest
from exhibited import every
from playwright.async_api import Browser, Locator, Page, expect

from bot.sandbox.gallery.page import page as gallery_page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("gallery") / "gallery.html"
    path.write_text(gallery_page(every()), encoding="utf-8")
    return path


@asynccontextmanager
async def looking(
    browser: Browser,
    file: Path,
    address: str = "",
    *,
    width: int = 1280,
    scheme: Literal["light", "dark"] = "light",
) -> AsyncIterator[Page]:
    """Open the file; errors in it and requests for anything else fail the test."""
    context = await browser.new_context(
        viewport={"width": width, "height": 900}, reduced_motion="reduce", color_scheme=scheme
    )
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on(
        "request",
        lambda asked: None if asked.url.startswith(("file:", "data:")) else complaints.append(asked.url),
    )
    page.set_default_timeout(30_000)
    await page.goto(f"{file.as_uri()}{address}")
    await expect(page.locator("#found")).not_to_be_empty()
    yield page
    await context.close()
    assert complaints == []


def shown(page: Page) -> Locator:
    return page.locator(".exhibit")


async def draw_all(page: Page) -> None:
    await page.evaluate("window.dispatchEvent(new Event('beforeprint'))")


async def is_wider_than_the_window(page: Page) -> bool:
    wider = await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return bool(wider)


@pytest.mark.parametrize("width", [1280, 390])
async def test_everything_is_drawn_and_nothing_is_wider_than_the_screen(
    browser: Browser, file: Path, width: int
) -> None:
    async with looking(browser, file, width=width) as page:
        await expect(shown(page)).to_have_count(len(every()))
        await draw_all(page)
        empty = "each => each.filter(one => !one.querySelector('.picture-of').textContent.trim()).length"
        assert await shown(page).evaluate_all(empty) == 0
        await expect(page.locator(".unknown")).to_have_count(0)
        assert not await is_wider_than_the_window(page)


async def test_filters_and_the_index_leave_what_fits_and_stand_in_the_address(
    browser: Browser, file: Path
) -> None:
    async with looking(browser, file) as page:
        await page.get_by_role("navigation").get_by_role("link", name="Draft").first.click()
        drafts = [one for one in every() if one.title == "Draft"]
        await expect(shown(page)).to_have_count(len(drafts))
        await page.get_by_label("Size").select_option("largest")
        await page.get_by_label("State").select_option("waiting")
        fits = [one for one in drafts if one.size == "largest" and one.state == "waiting"]
        await expect(shown(page)).to_have_count(len(fits))
        assert "title=Draft" in page.url
        assert "size=largest" in page.url
        await page.reload()
        await expect(shown(page)).to_have_count(len(fits))
        await page.get_by_role("button", name="Show all").click()
        await expect(shown(page)).to_have_count(len(every()))


async def test_any_word_is_found(browser: Browser, file: Path) -> None:
    async with looking(browser, file) as page:
        await page.get_by_label("Search").fill("last admin of this business")
        await expect(shown(page).first).to_contain_text("last admin")
        assert 0 < await shown(page).count() < 10
        await expect(page.get_by_label("Search")).to_be_focused()


async def test_dialogs_errors_and_what_is_read_aloud_can_be_looked_at(browser: Browser, file: Path) -> None:
    async with looking(browser, file, "#title=Request+for+access&state=risky%2C+with+no+end") as page:
        card = shown(page).first
        await card.get_by_role("button", name="Approve request").click()
        await expect(page.get_by_role("alertdialog")).to_contain_text("Acme Shoes EU")
        await page.get_by_role("alertdialog").get_by_role("button", name="Not yet").click()
        await card.get_by_text("Read aloud").click()
        await expect(card.locator(".aloud")).to_contain_text("Northwind requests Admin on Acme Shoes EU")
        await card.get_by_text("Payload").click()
        await expect(card.locator(".payload")).to_contain_text('"action_id": "approve"')
        await page.goto(f"{file.as_uri()}#title=Decline&state=sent+blank")
        await expect(shown(page).get_by_role("alert")).to_contain_text("Say in a few words why not")


@pytest.mark.parametrize(("scheme", "other"), [("light", "Dark"), ("dark", "Light")])
async def test_it_is_light_or_dark_as_the_system_is_or_as_one_chooses(
    browser: Browser, file: Path, scheme: Literal["light", "dark"], other: str
) -> None:
    async with looking(browser, file, scheme=scheme) as page:

        async def back() -> str:
            return str(await page.evaluate("getComputedStyle(document.body).backgroundColor"))

        before = await back()
        await page.get_by_role("button", name=other, exact=True).click()
        chosen = await back()
        assert chosen != before
        await page.get_by_role("button", name="System", exact=True).click()
        assert await back() == before
        assert {before, chosen} == {"rgb(255, 255, 255)", "rgb(26, 29, 33)"}


async def test_on_a_phone_the_whole_index_can_be_reached_behind_a_button(
    browser: Browser, file: Path
) -> None:
    async with looking(browser, file, width=390) as page:
        links = page.get_by_role("navigation").get_by_role("link")
        await expect(links.first).to_be_hidden()
        await page.get_by_role("button", name="Index").click()
        await expect(links.first).to_be_in_viewport(ratio=1)
        clear = await page.evaluate("document.querySelector('.titlebar').getBoundingClientRect().bottom")
        box = await links.first.bounding_box()
        assert box is not None
        assert box["y"] >= clear
        await links.last.scroll_into_view_if_needed()
        await expect(links.last).to_be_in_viewport(ratio=1)
        await links.last.click()
        await expect(links.first).to_be_hidden()
        await expect(page.get_by_role("heading", level=2)).to_have_count(1)
