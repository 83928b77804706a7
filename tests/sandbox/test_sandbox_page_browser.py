"""The demo page in a real browser: a request across two workspaces, errors, texts, times, keyboard."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from page_browser import be, choose, looking, send
from page_world import World
from playwright.async_api import Browser, Locator, Page, expect

pytestmark = pytest.mark.browser


def cards(page: Page) -> Locator:
    return page.get_by_role("article").filter(has_text="asks for a desk")


# --- one conversation, from the slash command to the answer --------------------------------------------


async def test_a_desk_is_requested_in_one_workspace_and_approved_in_the_other(
    browser: Browser, world: World
) -> None:
    async with looking(browser, world) as page:
        await be(page, world, "bo")
        await send(page, "/desk ask")
        form = page.get_by_role("dialog", name="Ask for a desk")
        await expect(form).to_be_visible()

        await form.get_by_role("button", name="Send").click()
        await expect(form.get_by_text("Please complete this required field.")).to_have_count(4)
        await expect(form.get_by_role("combobox", name="Which office?")).to_be_focused()

        await form.get_by_label("Why?").fill("short")
        await choose(page, "Which office?", "ly", "Lyon")
        await expect(form.get_by_text("There are 4 desks in Lyon.")).to_be_visible()
        await expect(form.get_by_label("Why?")).to_have_value("short")
        await choose(page, "Desks", "win", "Window")
        await choose(page, "Desks", "wa", "Wall")
        await form.get_by_label("For how many days?").fill("3")
        await form.get_by_label("Or until").fill("2031-05-06")
        await form.get_by_label("I keep it tidy").check()
        await form.get_by_role("button", name="Send").click()
        await expect(form.get_by_text("Please say a little more.")).to_be_visible()
        await expect(form.get_by_label("Why?")).to_be_focused()

        await form.get_by_label("Why?").fill("The sun is good & <b>warm</b> there.")
        await form.get_by_role("button", name="Send").click()
        await expect(form).to_be_hidden()
        (values,) = world.submitted
        assert values["why"]["value"]["value"] == "The sun is good & <b>warm</b> there."
        assert values["city"]["value"]["selected_option"]["value"] == "lyon"
        assert [each["value"] for each in values["desks"]["value"]["selected_options"]] == ["window", "wall"]
        assert values["level"]["value"]["selected_option"]["value"] == "work"
        assert values["until"]["value"]["selected_date"] == "2031-05-06"
        assert [each["value"] for each in values["rules"]["value"]["selected_options"]] == ["tidy"]

        await page.get_by_role("button", name=re.compile("Deskbot #desk-owners")).click()
        await expect(page.get_by_role("button", name="You are Eva Eder")).to_be_visible()
        await expect(page).to_have_url(world.at(world.eva, world.owners))
        card = cards(page)
        await expect(card.get_by_role("heading", name="Northwind Agency asks for a desk")).to_be_visible()
        await expect(card.get_by_text("APP", exact=False).first).to_be_visible()

        await card.get_by_role("button", name="Approve").click()
        sure = page.get_by_role("alertdialog", name="Give away the window desk?")
        await sure.get_by_role("button", name="Not now").click()
        await expect(sure).to_be_hidden()
        await expect(card.get_by_role("button", name="Approve")).to_be_focused()
        await card.get_by_role("button", name="Approve").click()
        await sure.get_by_role("button", name="Approve it").click()
        await expect(card.get_by_role("button", name="Approve")).to_have_count(0)
        await expect(card.get_by_text("State: approved")).to_be_visible()

        await card.get_by_role("button", name="1 reply").click()
        thread = page.get_by_role("complementary", name="Thread")
        await expect(thread.get_by_text("@Eva Eder approved.")).to_be_visible()
        await thread.get_by_label("Reply in thread").fill("Enjoy!")
        await thread.get_by_label("Reply in thread").press("Enter")
        await expect(thread.get_by_text("Enjoy!")).to_be_visible()

        await page.get_by_role("button", name=re.compile("Deskbot to Bo Berg")).click()
        await expect(page.get_by_text("Eva Eder gave you the window desk.").last).to_be_visible()


async def test_changes_made_elsewhere_show_without_a_reload(browser: Browser, world: World) -> None:
    async with looking(browser, world) as page:
        await be(page, world, "bo")
        await world.slack.say(world.cy, world.team, "Look, *live*!")
        await expect(page.get_by_role("article", name=re.compile("Cy Cho"))).to_contain_text("Look, live!")
        direct = world.slack.open_dm(world.agency, world.bo)
        await world.client(world.agency).chat_postMessage(channel=direct.id, text="psst")
        entry = page.get_by_role("navigation", name="Conversations").get_by_role(
            "button", name="Deskbot, 1 unread"
        )
        await entry.click()
        await expect(page.get_by_role("log", name="Messages").get_by_text("psst")).to_be_visible()
        await expect(
            page.get_by_role("navigation").get_by_role("button", name="Deskbot", exact=True)
        ).to_be_visible()


_NO_SECOND_PASSES = """
() => {
  const real = window.setTimeout;
  window.setTimeout = (what, ms) => real(what, ms === 1000 ? 3_600_000 : ms);
  window.secondsPass = () => { window.setTimeout = real; };
}
"""


async def test_a_click_is_not_lost_when_the_page_changes_while_the_button_is_down(
    browser: Browser, world: World
) -> None:
    async with looking(browser, world) as page:
        await be(page, world, "bo")
        entry = page.get_by_role("navigation", name="Conversations").get_by_role(
            "button", name=re.compile("^Deskbot")
        )
        await entry.hover()
        await page.evaluate(_NO_SECOND_PASSES)  # however slow the machine is
        await page.mouse.down()
        async with page.expect_response(re.compile("api/state")):
            await world.slack.say(world.cy, world.team, "Look!")
        await page.evaluate("new Promise(requestAnimationFrame)")
        await page.mouse.up()
        await expect(page.get_by_role("heading", name="Deskbot")).to_be_visible()
        await page.evaluate("secondsPass()")
        await page.mouse.down()  # and a person who never lets go still sees what happens, after a second
        await world.slack.say(world.cy, world.team, "And look!")
        team = page.get_by_role("navigation", name="Conversations").get_by_role(
            "button", name=f"#{world.team.name}, "
        )
        await expect(team).to_be_visible()


_HOLD_THE_NEXT_LOAD = """
() => {
  const real = window.fetch;
  window.fetch = async (url, how) => {
    const response = await real(url, how);
    if (!String(url).includes("api/state") || window.letGo) return response;
    const world = await response.json();
    await new Promise((go) => { window.letGo = go; });
    return { ok: true, json: async () => world };
  };
}
"""


async def test_a_message_that_arrives_during_navigation_does_not_undo_it(
    browser: Browser, world: World
) -> None:
    async with looking(browser, world) as page:
        await be(page, world, "bo")
        direct = world.slack.open_dm(world.agency, world.bo)
        await page.evaluate(_HOLD_THE_NEXT_LOAD)
        await world.slack.say(world.cy, world.team, "Look!")
        await page.wait_for_function("() => Boolean(window.letGo)")
        there = world.at(world.bo, direct)
        # In one step: before the page is told that its address has changed.
        await page.evaluate("there => { location.href = there; window.letGo(); }", there)
        await expect(page.get_by_role("heading", name="Deskbot")).to_be_visible()
        await expect(page).to_have_url(there)


async def test_only_its_person_sees_an_ephemeral_message(browser: Browser, world: World) -> None:
    async with looking(browser, world) as page:
        await be(page, world, "bo")
        await send(page, "/desk tell hello")
        private = page.get_by_role("article", name=re.compile("only visible to you"))
        await expect(private).to_contain_text("Only visible to you")
        await expect(private).to_contain_text("You said: hello")
        await page.get_by_role("button", name="You are Bo Berg").click()
        await page.get_by_role("menuitemradio", name="Cy Cho").click()
        await expect(page.get_by_role("button", name="You are Cy Cho")).to_be_visible()
        await expect(private).to_have_count(0)


# --- errors, as Slack shows them -----------------------------------------------------------------------


async def test_an_app_that_does_not_answer_shows_the_same_errors_as_in_slack(
    browser: Browser, world: World
) -> None:
    async with looking(browser, world) as page:
        await be(page, world, "bo")
        world.slack.ack_seconds = 0.3
        await send(page, "/slow")
        await expect(page.get_by_text('/slow failed with the error "operation_timeout"')).to_be_visible()
        await page.get_by_role("button", name="Dismiss message").click()
        await expect(page.get_by_text("operation_timeout")).to_have_count(0)
        world.slack.ack_seconds = 15.0
        await send(page, "/nonsense")
        await expect(page.get_by_text("/nonsense is not a valid command.")).to_be_visible()

        await send(page, "/desk ask")
        form = page.get_by_role("dialog", name="Ask for a desk")
        await choose(page, "Which office?", "", "Graz")
        await choose(page, "Desks", "", "Door")
        await form.get_by_label("Why?").fill("stall")
        await form.get_by_label("For how many days?").fill("2")
        world.slack.ack_seconds = 0.3
        await form.get_by_role("button", name="Send").click()
        await expect(form.get_by_text("We had some trouble connecting.")).to_be_visible()
        await expect(form.get_by_label("Why?")).to_have_value("stall")

        await world.post_card()
        await be(page, world, "eva")
        await cards(page).get_by_role("button", name="Decline…").click()
        await expect(cards(page).get_by_role("img", name="That did not work. Try again.")).to_be_visible()


async def test_an_action_that_is_no_longer_possible_shows_an_error(browser: Browser, world: World) -> None:
    async with looking(browser, world) as page:
        await be(page, world, "bo")
        await send(page, "hello")
        await expect(page.get_by_role("article")).to_contain_text("hello")
        world.team.members.discard(world.bo.id)  # without telling the page
        await send(page, "still there?")
        await expect(page.get_by_role("alert")).to_contain_text("bo is not in #desks")
        await expect(page.locator("#composer-text")).to_have_value("still there?")


# --- safe ----------------------------------------------------------------------------------------------


async def test_no_text_becomes_markup_or_a_script(browser: Browser, world: World) -> None:
    nasty = '<img src=x onerror="window.broken=1"> <javascript:alert(1)|click> *<b>bold</b>* &lt;i&gt;'
    async with looking(browser, world) as page:
        await world.client(world.agency).chat_postMessage(
            channel=world.team.id,
            text=nasty,
            blocks=[
                {"type": "section", "text": {"type": "mrkdwn", "text": nasty}},
                {"type": "header", "text": {"type": "plain_text", "text": nasty}},
            ],
        )
        await be(page, world, "bo")
        section = page.locator("[data-ts] .block-section")
        await expect(section).to_have_text(nasty.replace("*", "").replace("&lt;i&gt;", "<i>"))
        await expect(page.locator("[data-ts] :is(img, b, i, a, script)")).to_have_count(0)
        assert await page.evaluate("window.broken") is None


async def test_mrkdwn_looks_as_it_does_in_slack(browser: Browser, world: World) -> None:
    link = 'target="_blank" rel="noopener noreferrer"'
    cases = {
        "plain": "plain",
        "*b* _i_ ~s~ `c`": '<strong>b</strong> <em>i</em> <s>s</s> <code class="code">c</code>',
        "*_both_*": "<strong><em>both</em></strong>",
        "2 * 3 * 4, snake_case_name, a~b~c": "2 * 3 * 4, snake_case_name, a~b~c",
        "`*not bold*`": '<code class="code">*not bold*</code>',
        "before ```x = 1\ny = 2``` after": 'before \n<pre class="code-block">x = 1\ny = 2</pre> after',
        "&gt; said\n&gt;twice\nnot": '<blockquote class="quote">said\ntwice</blockquote>not',
        "a &gt; b &amp;&amp; &lt;c&gt;": "a &gt; b &amp;&amp; &lt;c&gt;",
        "<https://a.example/?x=1&amp;y=2|here>": f'<a href="https://a.example/?x=1&amp;y=2" {link}>here</a>',
        "see https://a.example/b.": f'see <a href="https://a.example/b" {link}>https://a.example/b</a>.',
        "&lt;https://a.example&gt;": f'&lt;<a href="https://a.example" {link}>https://a.example</a>&gt;',
        f"<@{world.bo.id}>": '<span class="mention mention-me">@Bo Berg</span>',
        f"*<@{world.eva.id}>*": '<strong><span class="mention">@Eva Eder</span></strong>',
        "<@U404>": '<span class="mention">@someone</span>',
        f"<#{world.team.id}>": '<span class="mention">#desks</span>',
        "<!here>": '<span class="mention mention-me">@here</span>',
        "<javascript:alert(1)>": "&lt;javascript:alert(1)&gt;",
        ":white_check_mark: :no_such_emoji: 10:30:45": "\N{WHITE HEAVY CHECK MARK} :no_such_emoji: 10:30:45",
    }
    render = """async (texts) => {
        const [{ mrkdwn }, { store }, { h }] = await Promise.all(
            ["mrkdwn", "store", "dom"].map((name) => import(new URL(`${name}.js`, location.href))));
        return texts.map((text) => h("div", {}, mrkdwn(text, store.world)).innerHTML);
    }"""
    async with looking(browser, world) as page:
        await be(page, world, "bo")
        assert dict(zip(cases, await page.evaluate(render, list(cases)), strict=True)) == cases


# --- the reader's own time, keyboard, small screens ----------------------------------------------------


async def test_times_are_shown_in_the_zone_and_locale_of_the_reader(browser: Browser, world: World) -> None:
    stamp = 1_900_000_000  # 17 March 2030, 17:46:40 UTC
    world.owners.members.add(world.bo.id)
    await world.client(world.brand).chat_postMessage(
        channel=world.owners.id,
        text=f"Ends <!date^{stamp}^{{date_num}} {{time}}|later>, <!date^{stamp}^{{odd}}|as said>",
    )
    async with looking(browser, world) as page:
        await be(page, world, "eva")
        await expect(page.get_by_role("article")).to_contain_text(
            re.compile(r"Ends 2030-03-17 1:46\sPM, as said")
        )
        await page.goto("about:blank")
        await page.goto(world.at(world.bo, world.owners))
        await expect(page.get_by_role("article")).to_contain_text("Ends 2030-03-17 18:46, as said")


async def test_a_pushed_clock_makes_today_yesterday(browser: Browser, world: World) -> None:
    await world.slack.say(world.cy, world.team, "written before")
    async with looking(browser, world) as page:
        await be(page, world, "bo")
        await expect(page.get_by_role("separator", name="Today")).to_be_visible()
        world.clock.push(timedelta(days=1))
        await expect(page.get_by_role("separator", name="Yesterday")).to_be_visible()


async def test_the_whole_modal_can_be_used_from_the_keyboard(browser: Browser, world: World) -> None:
    async with looking(browser, world) as page:
        await be(page, world, "bo")
        box = page.get_by_label("Message #desks")
        await box.focus()
        await page.keyboard.type("/desk a")
        await expect(page.get_by_role("option", name="/desk ask")).to_be_visible()
        await page.keyboard.press("Tab")
        await expect(box).to_have_value("/desk ask")
        await page.keyboard.press("Enter")
        form = page.get_by_role("dialog", name="Ask for a desk")
        city = form.get_by_role("combobox", name="Which office?")
        await expect(city).to_be_focused()
        await page.keyboard.type("g")
        await expect(page.get_by_role("option")).to_have_text(["Gdańsk", "Graz"])
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
        await expect(city).to_have_value("Graz")
        await page.keyboard.press("ArrowDown")
        await expect(page.get_by_role("option", name="Graz")).to_have_attribute("aria-selected", "true")
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("option")).to_have_count(0)
        await expect(form).to_be_visible()
        await form.get_by_role("button", name="What is a desk?").focus()
        await page.keyboard.press("Enter")
        upper = page.get_by_role("dialog", name="What is a desk?")
        await expect(upper).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(upper).to_be_hidden()
        await expect(city).to_have_value("Graz")
        await page.keyboard.press("Escape")
        await expect(form).to_be_hidden()
        await expect(box).to_be_focused()
        await world.slack.until(lambda: not world.slack.views(world.bo))


async def test_the_address_keeps_the_person_and_the_conversation(browser: Browser, world: World) -> None:
    async with looking(browser, world) as page:
        await page.goto(world.url)
        await expect(page.get_by_role("button", name="You are Bo Berg, Asks for desks")).to_be_visible()
        await expect(page).to_have_url(world.at(world.bo, world.team))
        await (
            page.get_by_role("navigation", name="Workspaces")
            .get_by_role("button", name="Lumen Foods")
            .click()
        )
        await expect(page.get_by_role("button", name="You are Eva Eder")).to_be_visible()
        await page.reload()
        await expect(page.get_by_role("button", name="You are Eva Eder")).to_be_visible()
        await page.go_back()
        await expect(page.get_by_role("button", name="You are Bo Berg")).to_be_visible()


async def test_nothing_is_wider_than_a_phone(browser: Browser, world: World) -> None:
    await world.post_card(why="w" * 200)
    async with looking(browser, world, width=390) as page:
        await be(page, world, "eva")
        await expect(cards(page)).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth") == 390
        assert await page.locator("#messages").evaluate("node => node.scrollWidth") == 390
        await page.get_by_role("button", name="Conversations").click()
        await page.get_by_role("button", name="Northwind Agency").click()
        await expect(page.get_by_label("Message #desks")).to_be_visible()
        await send(page, "/desk ask")
        form = page.get_by_role("dialog", name="Ask for a desk")
        await expect(form).to_be_visible()
        box = await form.bounding_box()
        assert box is not None
        assert (box["x"] >= 0, box["x"] + box["width"] <= 390) == (True, True)


async def test_how_much_was_typed_does_not_cover_the_hint(browser: Browser, world: World) -> None:
    async with looking(browser, world, width=390) as page:
        await be(page, world, "bo")
        await send(page, "/desk ask")
        await page.get_by_label("Why?").fill("short")
        await expect(page.get_by_text("5 / 500")).to_be_visible()
        await page.get_by_text("The owners read this.").evaluate(
            "node => { node.textContent = 'A long hint. '.repeat(9); }"
        )
        overlap = await page.evaluate(
            """() => {
                const counters = [...document.querySelectorAll(".counter")];
                const counter = counters.find((one) => one.textContent === "5 / 500");
                const words = document.createRange();
                words.selectNodeContents(counter.closest(".field-wrap").parentElement.querySelector(".hint"));
                const box = counter.getBoundingClientRect();
                return [...words.getClientRects()].some((line) =>
                    line.right > box.left && line.bottom > box.top && line.top < box.bottom);
            }"""
        )
        assert overlap is False


# --- the newest message -------------------------------------------------------------------------------


def below(page: Page) -> Locator:
    """The last message of the open conversation, which must be wholly in view."""
    return page.get_by_role("log", name="Messages").get_by_role("article").last


@pytest.mark.parametrize("width", [1280, 390])
async def test_the_page_opens_at_the_newest_message(browser: Browser, world: World, width: int) -> None:
    for number in range(30):
        await world.slack.say(world.cy, world.team, f"Message {number}")
    async with looking(browser, world, width=width) as page:
        await be(page, world, "bo")
        await expect(below(page)).to_be_in_viewport(ratio=1)
        await expect(below(page)).to_contain_text("Message 29")


async def test_what_is_sent_comes_into_view_and_what_others_say_does_not_move_the_reader(
    browser: Browser, world: World
) -> None:
    for number in range(30):
        await world.slack.say(world.cy, world.team, f"Message {number}")
    async with looking(browser, world) as page:
        await be(page, world, "bo")
        await expect(below(page)).to_be_in_viewport(ratio=1)
        first = page.get_by_text("Message 0", exact=True)
        await first.scroll_into_view_if_needed()
        await expect(first).to_be_in_viewport()
        await world.slack.say(world.cy, world.team, "Meanwhile")
        await expect(page.get_by_role("button", name="New messages")).to_be_visible()
        await expect(first).to_be_in_viewport()

        await send(page, "Me too")
        await expect(below(page)).to_contain_text("Me too")
        await expect(below(page)).to_be_in_viewport(ratio=1)
        await expect(page.get_by_role("button", name="New messages")).to_be_hidden()
