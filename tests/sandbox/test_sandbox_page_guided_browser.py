"""The app's Home, replies, the clock bar and the tour in a real browser, and their accessibility."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pytest
from page_browser import be, choose, looking, send
from page_world import World
from playwright.async_api import Browser, Locator, Page, expect

pytestmark = pytest.mark.browser

CONTROLS = {
    "alertdialog", "button", "checkbox", "combobox", "dialog", "link", "listbox", "menu", "menuitem",
    "menuitemradio", "option", "radio", "radiogroup", "tab", "tablist", "tabpanel", "textbox",
}  # fmt: skip


@pytest.fixture
def guided() -> bool:
    return True


def tour(page: Page) -> Locator:
    return page.get_by_role("region", name="Guided tour")


def clock(page: Page) -> Locator:
    return page.get_by_role("group", name="Clock")


async def open_home(page: Page) -> None:
    await (
        page.get_by_role("navigation", name="Conversations")
        .get_by_role("button", name=re.compile("^Deskbot"))
        .click()
    )
    await page.get_by_role("tab", name="Home").click()
    await expect(page.get_by_role("heading", name="Your desks")).to_be_visible()


# --- the app's Home ------------------------------------------------------------------------------------


async def test_the_apps_home_is_a_tab_with_working_buttons(browser: Browser, world: World) -> None:
    async with looking(browser, world) as page:
        await be(page, world, "bo")
        await open_home(page)
        home = page.get_by_role("tabpanel", name="Home")
        await expect(home).to_contain_text("You have 1 desks")
        await expect(page.get_by_label("Message Deskbot")).to_be_hidden()
        await home.get_by_role("button", name="One more").click()
        await expect(home).to_contain_text("You have 2 desks")

        await page.get_by_role("tab", name="Home").focus()
        await page.keyboard.press("ArrowRight")
        await expect(page.get_by_role("tab", name="Messages")).to_be_focused()
        await expect(page.get_by_label("Message Deskbot")).to_be_visible()
        await expect(home).to_be_hidden()
        await page.go_back()
        await page.reload()
        await expect(home).to_contain_text("You have 1 desks")  # the app was told of a new look


async def test_people_and_channels_are_chosen_from_menus(browser: Browser, world: World) -> None:
    async with looking(browser, world) as page:
        await be(page, world, "bo")
        await open_home(page)
        await choose(page, "Choose a person", "cy", "Cy Cho")
        await choose(page, "Where to say so", "", "#desks")
        state = world.slack.home(world.bo).state  # type: ignore[union-attr]  # published when it was opened
        assert state["plants"]["waters"]["selected_user"] == world.cy.id
        assert state["room"]["value"]["selected_conversation"] == world.team.id


async def test_a_message_that_arrives_while_the_home_is_open_stays_unread(
    browser: Browser, world: World
) -> None:
    async with looking(browser, world) as page:
        channel = world.slack.open_dm(world.agency, world.bo).id
        await world.client(world.agency).chat_postMessage(channel=channel, text="hello")
        await be(page, world, "bo")
        entry = page.get_by_role("navigation", name="Conversations").get_by_role("button", name="Deskbot")
        await entry.click()
        await expect(entry).to_have_accessible_name("Deskbot")  # it is read
        await page.get_by_role("tab", name="Home").click()
        await expect(page.get_by_role("heading", name="Your desks")).to_be_visible()
        await world.client(world.agency).chat_postMessage(channel=channel, text="psst")
        await page.get_by_role("tab", name="Messages 1").click()
        await expect(page.get_by_role("log", name="Messages").get_by_text("psst")).to_be_visible()
        await expect(page.get_by_role("separator", name="New")).to_be_visible()


# --- threads -------------------------------------------------------------------------------------------


async def test_new_replies_are_marked_until_the_thread_is_opened(browser: Browser, world: World) -> None:
    root = await world.slack.say(world.bo, world.team, "Who has a key?")
    for words in ("I had", "Cy has"):
        await world.slack.say(world.cy, world.team, words, thread_ts=root.ts)
    async with looking(browser, world) as page:
        await be(page, world, "bo")
        await page.get_by_role("button", name="2 replies 2 new").click()
        await expect(page.get_by_role("button", name="2 replies View thread")).to_be_visible()
        await page.get_by_role("button", name="Close thread").click()
        await world.slack.say(world.cy, world.team, "Found it", thread_ts=root.ts)
        await page.get_by_role("button", name="3 replies 1 new").click()
        thread = page.get_by_role("complementary", name="Thread")
        await expect(thread.get_by_role("separator", name="New")).to_be_visible()


# --- the clock -----------------------------------------------------------------------------------------


async def test_the_clock_shows_the_readers_time_and_is_pushed(browser: Browser, world: World) -> None:
    world.clock.push(world.clock.now().replace(hour=14, minute=3, second=0) - world.clock.now())
    async with looking(browser, world) as page:
        await be(page, world, "bo")  # in Stockholm
        shown = clock(page).get_by_role("timer")
        await expect(shown).to_contain_text(re.compile(r"(15|16):03"))
        await clock(page).get_by_role("button", name="+1 hour").click()
        await expect(shown).to_contain_text(re.compile(r"(16|17):03"))
        before = world.clock.now()
        await clock(page).get_by_role("button", name="+1 day").click()
        tomorrow = (before + timedelta(days=1)).astimezone(ZoneInfo("Europe/Stockholm"))
        await expect(shown).to_contain_text(f"{tomorrow.day} {tomorrow:%b}")
        await expect(clock(page).get_by_role("status")).to_contain_text("It is now")
        await page.goto("about:blank")
        await page.goto(world.at(world.eva, world.owners))  # in New York
        await expect(shown).to_contain_text(re.compile(r"(10|11):03\sAM"))


async def test_the_clock_says_what_is_due_next_and_goes_there(browser: Browser, world: World) -> None:
    world.due.append(world.clock.now() + timedelta(days=2))
    async with looking(browser, world) as page:
        await be(page, world, "bo")
        next_thing = clock(page).get_by_role("button", name="To the next thing due")
        await expect(next_thing).to_contain_text(re.compile(r"next: the plants, \w{3} \d\d:\d\d"))
        assert "the plants" in (await next_thing.get_attribute("title") or "")
        await next_thing.click()
        await expect(page.get_by_role("article")).to_contain_text("It is time to water the plants.")
        await expect(next_thing).to_contain_text("next: nothing")
        await expect(next_thing).to_be_disabled()


async def test_what_is_due_in_another_year_is_shown_with_the_year(browser: Browser, world: World) -> None:
    world.due.append(world.clock.now() + timedelta(days=366))
    async with looking(browser, world) as page:
        await be(page, world, "bo")
        year = world.due[0].astimezone(ZoneInfo("Europe/Stockholm")).year
        await expect(clock(page)).to_contain_text(re.compile(rf"next: the plants, \d+ \w+ {year}"))


async def test_what_is_due_changes_without_a_reload(browser: Browser, world: World) -> None:
    async with looking(browser, world) as page:
        await be(page, world, "bo")
        await expect(clock(page)).to_contain_text("next: nothing")
        world.due.append(world.clock.now() + timedelta(days=30))
        await clock(page).get_by_role("button", name="+1 hour").click()
        await expect(clock(page)).to_contain_text("next: the plants")


async def test_relative_dates_follow_the_clock(browser: Browser, world: World) -> None:
    planted = int(world.clock.now().timestamp())
    await world.slack.say(world.cy, world.team, f"Planted <!date^{planted}^{{date_pretty}}|then>")
    async with looking(browser, world) as page:
        await be(page, world, "bo")
        said = page.get_by_role("article").filter(has_text="Planted")
        await expect(said).to_contain_text("today", ignore_case=True)
        await clock(page).get_by_role("button", name="+1 day").click()
        await expect(said).to_contain_text("yesterday", ignore_case=True)


async def test_restarting_asks_for_confirmation_first(browser: Browser, world: World) -> None:
    async with looking(browser, world) as page:
        await be(page, world, "bo")
        start = clock(page).get_by_role("button", name="Start the story again")
        sure = page.get_by_role("alertdialog", name="Start the story again?")
        await start.click()
        await sure.get_by_role("button", name="Keep going").click()
        await expect(sure).to_be_hidden()
        assert not world.restart_wanted.is_set()
        await start.click()
        await sure.get_by_role("button", name="Start again").click()
        await expect(page.get_by_text("Connecting…")).to_be_visible()
        assert world.restart_wanted.is_set()


# --- the tour ------------------------------------------------------------------------------------------


async def test_the_tour_notices_what_is_done_and_moves_on(browser: Browser, world: World) -> None:
    async with looking(browser, world) as page:
        await be(page, world, "bo")
        await expect(tour(page)).to_contain_text("1 of 5")
        await tour(page).get_by_role("button", name="Type it for me").click()
        await expect(page.get_by_label("Message #desks")).to_have_value("/desk ask")
        world.submitted.append({})
        await world.slack.say(world.cy, world.team, "something moves")
        await expect(tour(page)).to_contain_text("2 of 5")
        await tour(page).get_by_role("button", name="Become Eva").click()
        await expect(page.get_by_role("button", name="You are Eva Eder")).to_be_visible()
        await expect(tour(page)).to_contain_text("3 of 5")
        await tour(page).get_by_role("button", name="Next").click()
        await tour(page).get_by_role("button", name="Open Home").click()
        await expect(page.get_by_role("heading", name="Your desks")).to_be_visible()
        await expect(tour(page)).to_contain_text("4 of 5")  # one may look around
        await tour(page).get_by_role("button", name="Next").click()
        await expect(tour(page)).to_contain_text("5 of 5")
        await tour(page).get_by_role("button", name="Back").click()
        await tour(page).get_by_role("button", name="Next").click()
        await tour(page).get_by_role("button", name="Finish").click()
        await expect(tour(page)).to_be_hidden()


@pytest.mark.parametrize("width", [1280, 390])
async def test_the_tours_buttons_stand_on_one_line(browser: Browser, world: World, width: int) -> None:
    async with looking(browser, world, width=width) as page:
        await be(page, world, "bo")
        await tour(page).get_by_role("button", name="Next").click()
        await expect(tour(page).get_by_role("button", name="Become Eva")).to_be_visible()
        tops = set()
        for name in ("Back", "Become Eva", "Next"):
            box = await tour(page).get_by_role("button", name=name).bounding_box()
            assert box is not None
            tops.add(round(box["y"] + box["height"] / 2))
        assert max(tops) - min(tops) <= 2


async def test_the_tour_can_be_closed_and_opened_from_the_keyboard_and_stays_so(
    browser: Browser, world: World
) -> None:
    async with looking(browser, world) as page:
        await be(page, world, "bo")
        await tour(page).get_by_role("button", name="Next").focus()
        await page.keyboard.press("Enter")
        await expect(tour(page)).to_contain_text("2 of 5")
        await page.keyboard.press("Escape")
        await expect(tour(page)).to_be_hidden()
        await expect(page.get_by_role("button", name="Tour", exact=True)).to_be_focused()
        await page.reload()
        await expect(page.get_by_label("Message #desks")).to_be_visible()
        await expect(tour(page)).to_be_hidden()
        await page.get_by_role("button", name="Tour", exact=True).press("Enter")
        await expect(tour(page)).to_contain_text("2 of 5")


# --- for everybody -------------------------------------------------------------------------------------


async def nameless(page: Page) -> list[str]:
    """Return the roles of controls without an accessible name."""
    tree: Any = await (await page.context.new_cdp_session(page)).send("Accessibility.getFullAXTree")
    return [
        node["role"]["value"]
        for node in tree["nodes"]
        if not node["ignored"] and node["role"]["value"] in CONTROLS and not node.get("name", {}).get("value")
    ]


async def too_wide(page: Page) -> list[str]:
    """Return the elements that overflow the window to the right."""
    found: list[str] = await page.evaluate(
        """() => [...document.querySelectorAll("body *")]
            .filter((node) => node.checkVisibility({ visibilityProperty: true })
                && node.getBoundingClientRect().right > innerWidth + 0.5
                && !node.closest(".toasts, svg"))
            .map((node) => node.className || node.tagName)"""
    )
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
async def test_every_control_has_a_name_and_nothing_overflows_the_window(
    browser: Browser, world: World, width: int, scheme: Literal["light", "dark"]
) -> None:
    world.due.append(world.clock.now() + timedelta(days=2))
    await world.post_card(why="w" * 200)
    root = await world.slack.say(world.bo, world.team, "Who has a key?")
    await world.slack.say(world.cy, world.team, "I do", thread_ts=root.ts)
    await world.slack.join(world.bo, world.owners)

    async def look() -> None:
        assert await nameless(page) == []
        assert await too_wide(page) == []

    async with looking(browser, world, width=width, scheme=scheme) as page:
        await page.goto(world.at(world.bo, world.owners))
        await expect(tour(page)).to_be_visible()
        await expect(page.get_by_role("button", name="Approve")).to_be_visible()
        await look()
        await page.get_by_role("button", name="You are Bo Berg").click()
        await look()
        await page.keyboard.press("Escape")
        await page.goto(world.at(world.bo, world.team))
        await page.get_by_role("button", name="1 reply").click()
        await expect(page.get_by_role("complementary", name="Thread")).to_be_visible()
        await look()
        await page.get_by_role("button", name="Close thread").click()
        await send(page, "/desk ask")
        await expect(page.get_by_role("dialog", name="Ask for a desk")).to_be_visible()
        await page.get_by_role("combobox", name="Desks").click()
        await expect(page.get_by_role("option").first).to_be_visible()
        await look()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("option")).to_have_count(0)
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0)
        dm = world.slack.open_dm(world.agency, world.bo)
        await page.goto("about:blank")  # else the page may be sent there before it has heard of the new room
        await page.goto(f"{world.at(world.bo, dm)}/home")
        await expect(page.get_by_role("heading", name="Your desks")).to_be_visible()
        await look()
        await page.get_by_role("button", name="Start the story again").click()
        await expect(page.get_by_role("alertdialog")).to_be_visible()
        await look()
