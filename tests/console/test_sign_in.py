"""Getting in, out, and staying who one is."""

import pytest
from playwright.async_api import Browser, expect

from tests.console.office import PASSWORD, Office
from tests.console.scenes import handoff
from tests.console.screen import Screen, open_screen

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]
OWN = "a password of my own"


async def test_a_wrong_password_is_said_and_the_right_one_opens_the_desk(browser: Browser, office: Office) -> None:
    async with open_screen(browser, office) as screen:
        await screen.sign_in("li.na", "wrong")
        await expect(screen.page.get_by_role("alert")).to_be_visible()
        await screen.sign_in("li.na")
        await expect(screen.page.get_by_text("Nobody is waiting")).to_be_visible()
        await screen.page.reload()
        await expect(screen.page.get_by_text("Nobody is waiting")).to_be_visible()


async def test_a_first_password_must_be_changed(browser: Browser, office: Office) -> None:
    await office.person("new.one", "New One", settled=False)
    async with open_screen(browser, office) as screen:
        await screen.sign_in("new.one")
        await expect(screen.page.get_by_role("heading", name="Choose a new password")).to_be_visible()
        labels = ("Current password", "New password", "New password again")
        current, new, again = (screen.page.get_by_label(label, exact=True) for label in labels)
        await current.fill(PASSWORD)
        await new.fill(OWN)
        await again.fill("something else")
        await screen.button("Set password").click()
        await expect(screen.page.get_by_text("The two new passwords differ.")).to_be_visible()
        await expect(again).to_be_focused()
        await new.fill("new.one")
        await again.fill("new.one")
        await new.evaluate("node => node.removeAttribute('minlength')")
        await screen.button("Set password").click()
        await expect(new).to_have_attribute("aria-invalid", "true")
        await new.fill(OWN)
        await again.fill(OWN)
        await screen.button("Set password").click()
        await expect(screen.page.get_by_text("Nobody is waiting")).to_be_visible()
        await expect(screen.live).to_be_visible()


async def test_a_reset_link_sets_a_password(screen: Screen, browser: Browser, office: Office) -> None:
    await screen.visit("#/users")
    await screen.page.get_by_role("button", name="More for Wang Wei").click()
    await screen.button("Link for a new password").click()
    link = await screen.page.get_by_label("Link", exact=True).input_value()
    async with open_screen(browser, office) as other:
        await other.page.goto(link)
        await other.page.reload()
        await other.page.get_by_label("New password", exact=True).fill(OWN)
        await other.page.get_by_label("New password again").fill(OWN)
        await other.button("Set password").click()
        await other.sign_in("wang.wei", OWN)
        await expect(other.live).to_be_visible()


async def test_signing_out_everywhere_reaches_other_windows(screen: Screen, browser: Browser, office: Office) -> None:
    async with open_screen(browser, office, "li.na") as other:
        await other.visit("#/account")
        await expect(other.page.locator(".sessions li")).to_have_count(2)
        await other.button("Sign out everywhere").click()
        await expect(other.page.get_by_role("heading", name="Sign in")).to_be_visible()
        await expect(screen.page.get_by_text("You were signed out.")).to_be_visible()


async def test_one_session_is_ended_from_another(screen: Screen, browser: Browser, office: Office) -> None:
    async with open_screen(browser, office, "li.na") as other:
        await other.visit("#/account")
        await other.page.locator(".sessions").get_by_role("button").click()
        await expect(other.page.locator(".sessions li")).to_have_count(1)
        await expect(screen.page.get_by_text("You were signed out.")).to_be_visible()


async def test_a_changed_password_keeps_this_window_and_its_line(screen: Screen, office: Office) -> None:
    await screen.visit("#/account")
    await screen.page.get_by_label("Current password", exact=True).fill(PASSWORD)
    await screen.page.get_by_label("New password", exact=True).fill(OWN)
    await screen.page.get_by_label("New password again").fill(OWN)
    await screen.button("Set password").click()
    await expect(screen.page.get_by_text("Your password has been changed.")).to_be_visible()
    await screen.visit("#/queue")
    await office.open(handoff(question="Is anybody there?"))
    await expect(screen.rows).to_have_count(1)


async def test_the_language_is_kept_with_the_account(screen: Screen, browser: Browser, office: Office) -> None:
    async with screen.page.expect_response(lambda response: response.url.endswith("/desk/api/me")):
        await screen.button("中文").click()
    await expect(screen.page.get_by_text("没有客户在排队")).to_be_visible()
    await expect(screen.page.locator("html")).to_have_attribute("lang", "zh-CN")
    async with open_screen(browser, office) as other:
        await other.sign_in("li.na")
        await expect(other.page.get_by_text("没有客户在排队")).to_be_visible()


async def test_drafts_outlive_an_ended_session(screen: Screen, office: Office) -> None:
    ticket = await office.open(handoff())
    await screen.take(ticket)
    await screen.box.fill("half a sentence")
    await screen.page.evaluate("""async () => {
      const me = await (await fetch("/desk/api/me")).json();
      await fetch("/desk/api/sessions", {method: "DELETE", headers: {"X-CSRF-Token": me.csrf}});
    }""")
    await expect(screen.page.get_by_text("your drafts are kept")).to_be_visible()
    await screen.sign_in("li.na")
    await expect(screen.box).to_have_value("half a sentence")
