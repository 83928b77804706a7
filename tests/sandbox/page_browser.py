"""Open the page in a real browser and use it as people do."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from page_world import World
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright, expect

expect.set_options(timeout=30_000)  # generous: a busy machine must not fail a test

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


@asynccontextmanager
async def launched() -> AsyncIterator[Browser]:
    chromium = shutil.which("chromium")
    assert chromium is not None, "these tests need Chromium on the PATH"
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield started
        await started.close()


def is_fault(said: ConsoleMessage) -> bool:
    return said.type in ("error", "warning")


@asynccontextmanager
async def looking(
    browser: Browser, world: World, *, width: int = 1280, scheme: Literal["light", "dark"] = "light"
) -> AsyncIterator[Page]:
    """Open a tab; browser errors and requests to other servers fail the test."""
    context = await browser.new_context(
        viewport={"width": width, "height": 800}, reduced_motion="reduce", color_scheme=scheme
    )
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if is_fault(said) else None)
    page.on(
        "request",
        lambda asked: (
            None if asked.url.startswith((world.slack.base_url, "data:")) else complaints.append(asked.url)
        ),
    )
    page.set_default_timeout(40_000)
    yield page
    await context.close()
    assert complaints == []


async def be(page: Page, world: World, person: str) -> None:
    """Open the page as one of the people, in their first channel."""
    at = {"bo": (world.bo, world.team), "cy": (world.cy, world.team), "eva": (world.eva, world.owners)}
    await page.goto("about:blank")  # otherwise a change of the hash alone would not load the page
    await page.goto(world.at(*at[person]))
    await expect(page.locator("html[data-live=yes]")).to_be_attached()
    await expect(page.get_by_role("button", name=f"You are {at[person][0].real_name}")).to_be_visible()


async def send(page: Page, words: str) -> None:
    await expect(page.get_by_role("dialog")).to_have_count(0)  # under a modal the page takes no keys
    box = page.locator("#composer-text")
    await box.fill(words)
    await expect(box).to_be_focused()
    await box.press("Enter")


async def choose(page: Page, field: str, typed: str, option: str) -> None:
    await page.get_by_role("combobox", name=field).click()
    await page.keyboard.type(typed)
    async with page.expect_response(re.compile("/api/(click|set_value)$")):
        await page.get_by_role("option", name=option, exact=True).click()
