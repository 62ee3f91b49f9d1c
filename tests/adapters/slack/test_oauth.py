"""Several workspaces install the app; nobody else gets a row."""

from __future__ import annotations

import httpx
import pytest

pytestmark = pytest.mark.anyio
PUBLIC = "http://127.0.0.1:1"


@pytest.fixture
async def bot(slack, make_bot, over_http):
    shared = {"client_id": slack.setup.client_id, "client_secret": slack.setup.client_secret, "public_url": PUBLIC}
    bot = await make_bot(over_http(bot_token=None, **shared))
    slack.push_to(f"{bot.url}/slack/events")
    return bot


@pytest.fixture
async def browser(bot):
    async with httpx.AsyncClient(base_url=bot.url) as client:
        yield client


async def consent(slack, browser):
    """Through Slack's page of consent; the query with which Slack sends the browser back."""
    begun = await browser.get("/slack/install")
    assert begun.status_code == 302
    async with httpx.AsyncClient() as elsewhere:
        back = await elsewhere.get(begun.headers["location"])
    assert back.headers["location"].startswith(f"{PUBLIC}/slack/oauth_redirect?")
    return back.headers["location"].partition("?")[2]


async def installs(bot):
    return await bot.engine.kept("slack").find("install:")


async def test_a_workspace_that_installs_the_app_is_answered(slack, bot, browser):
    done = await browser.get(f"/slack/oauth_redirect?{await consent(slack, browser)}")
    assert done.status_code == 200
    slack.say("hello")
    assert (await slack.answers(slack.direct("U1")))[0].text == "echo: hello"


async def test_two_workspaces_are_kept_apart(slack, bot, browser):
    other = slack.add_team("T0OTHER", "xoxb-fake-other-token", enterprise="E0GROUP")
    for team in (slack.team, other):
        slack.oauth.install_into = team
        assert (await browser.get(f"/slack/oauth_redirect?{await consent(slack, browser)}")).status_code == 200
    slack.say("one")
    slack.say("two", team=other)
    assert [shown.text for shown in await slack.answers(slack.direct("U1"))] == ["echo: one"]
    dm = slack.direct("U1", team=other)
    assert [shown.text for shown in await slack.answers(dm, team=other)] == ["echo: two"]


async def test_an_organisation_installs_for_all_its_workspaces(slack, bot, browser):
    team = slack.add_team("T0ORG", "xoxb-fake-org-token", enterprise="E0ORG")
    slack.oauth.install_into, slack.oauth.is_org_wide = team, True
    assert (await browser.get(f"/slack/oauth_redirect?{await consent(slack, browser)}")).status_code == 200
    assert list(await installs(bot)) == ["install:E0ORG:-"]
    slack.say("hello", team=team)
    assert (await slack.answers(slack.direct("U1", team=team), team=team))[0].text == "echo: hello"


async def test_removing_the_app_removes_the_row(slack, bot, browser):
    await browser.get(f"/slack/oauth_redirect?{await consent(slack, browser)}")
    assert await installs(bot)
    slack.people.uninstall(slack.team)
    await slack.until(lambda: len(slack.pushes.answers) >= 2)
    assert await installs(bot) == {}


@pytest.mark.parametrize("how", ["no state", "another state", "used twice", "another browser", "denied", "no code"])
async def test_what_is_not_a_consent_of_this_browser_is_refused_and_leaves_no_row(slack, bot, browser, how):
    """C10."""
    slack.oauth.is_denying = how == "denied"
    query = await consent(slack, browser)
    match how:
        case "no state":
            query = "&".join(part for part in query.split("&") if not part.startswith("state="))
        case "another state":
            query = query.replace("state=", "state=x")
        case "used twice":
            await browser.get("/slack/oauth_redirect?state=" + query.partition("state=")[2].partition("&")[0])
        case "another browser":
            browser.cookies.clear()
        case "no code":
            query = "&".join(part for part in query.split("&") if not part.startswith("code="))
    assert (await browser.get(f"/slack/oauth_redirect?{query}")).status_code == 400
    assert await installs(bot) == {}


async def test_a_code_of_slack_that_is_worth_nothing_is_refused(slack, bot, browser):
    query = await consent(slack, browser)
    slack.oauth._codes.clear()
    assert (await browser.get(f"/slack/oauth_redirect?{query}")).status_code == 400
    assert await installs(bot) == {}


async def test_a_token_lies_sealed_in_the_store(slack, bot, browser, tmp_path):
    await browser.get(f"/slack/oauth_redirect?{await consent(slack, browser)}")
    await bot.stop()
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("bot.db*"))
    assert b"install:" in stored
    assert slack.setup.bot_token.encode() not in stored


async def test_a_workspace_that_never_installed_it_is_not_answered_and_breaks_nothing(slack, bot):
    slack.say("hello")
    await slack.until(lambda: slack.pushes.answers)
    assert slack.pushes.answers[0]["status"] == 200
    assert slack.calls == []
