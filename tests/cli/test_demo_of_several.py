"""The demo with several workspaces: one process, each workspace asked, and nothing crosses."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.app.hosted_cell import HostedCell
from bot.cli.demo import ASKS_AT, BEFORE_IT_ASKS, ZONE, demo_of, opening_moment
from bot.cli.demo_of_several import DemoOfSeveral, demo_of_several
from bot.config import holiday_calendar, load_config
from bot.core.model import RoundState
from bot.demo.companies import BAOBAB, CHANNEL, MOST_COMPANIES, RADWERK, TILLEUL, companies
from bot.demo.credentials import Credentials, new_credentials
from bot.demo.people import Group
from bot.demo.team import QUOTED
from bot.demo.workspace import BOT_USER_ID, Message
from bot.errors import BotError
from tests.cli.conftest import Belonging
from tests.cli.program import ROOT
from tests.patience import UNHURRIED
from tests.world import Members

CONFIG = load_config(ROOT / "config.yaml", {})
TODAY = datetime(2026, 11, 24, 12, tzinfo=UTC)
HARBOUR = "T0HARBOUR"
WORDS = "a lighthouse of our own"


class Pane(Members):
    """The people of one workspace of the demo, in the channel in which the bot asks."""

    def __init__(self, demo: DemoOfSeveral, team: str) -> None:
        super().__init__(demo.server, demo.server.sites[team].workspace)
        self.demo, self.team, self.hooks = demo, team, demo.server.sites[team].hooks
        demo.server.sites[team].deadlines = UNHURRIED
        self.channel = self.workspace.channel_named(CHANNEL).id

    def said(self) -> list[Message]:
        return self.messages(self.channel)

    def files(self) -> list[str]:
        assert self.hooks.stored
        return [file["path"] for file in self.hooks.stored()["files"]]

    def bytes(self) -> bytes:
        folder = self.demo.data_dir / "cells" / self.team
        return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())

    @property
    def admin(self) -> str:
        return next(one.id for one in self.workspace.members.values() if one.group is Group.ADMIN)

    def quotes(self) -> set[str]:
        self.wait(lambda: "replied, without names" in str(self.said()[-1].blocks))
        shown = str(self.press_for_modal(self.admin, "summary.open", self.said()[-1]).body)
        marks = r"sample answer|Beispielantwort|サンプル回答"
        return set(re.findall(rf"> ([^>]+?) \((?:{marks})\)", shown))

    def everybody_replies(self) -> None:
        asked = self.announcement(self.channel)
        for user in [one.id for one in self.workspace.members.values() if one.is_human][:6]:
            done = self.submit(user, self.open_form(user, asked), text=WORDS, answers=["5", "5", "5"])
            assert done["ok"], done
            self.close_modals(user)

    def cell(self) -> HostedCell:
        return next(cell for cell in self.demo.host.cells.all() if cell.key == self.team)

    def open_rounds(self) -> int:
        with self.cell().used() as built, built.cell.services.store.read("test") as tx:
            return len(tx.list_rounds([RoundState.OPEN]))


@pytest.fixture
def demo() -> Iterator[DemoOfSeveral]:
    with demo_of_several(CONFIG, 2, today=TODAY) as demo:
        yield demo


@pytest.fixture
def harbour(demo: DemoOfSeveral) -> Pane:
    return Pane(demo, HARBOUR)


@pytest.fixture
def baobab(demo: DemoOfSeveral) -> Pane:
    return Pane(demo, BAOBAB)


def test_both_have_just_been_asked_the_same_question_by_one_process(harbour: Pane, baobab: Pane) -> None:
    assert 2 == len(harbour.said()) == len(baobab.said())
    question = harbour.said()[1].text.partition("?")[0]
    assert "Remember a recent moment" in question
    assert question in baobab.said()[1].text
    assert 1 == harbour.open_rounds() == baobab.open_rounds()
    for pane in (harbour, baobab):
        assert BOT_USER_ID in pane.workspace.channels[pane.channel].members
        assert [] == pane.workspace.problems


def test_what_one_answers_stands_in_no_file_and_no_message_of_the_other(harbour: Pane, baobab: Pane) -> None:
    harbour.everybody_replies()
    harbour.server.advance(timedelta(days=3))
    harbour.wait(lambda: "6 of" in str(harbour.said()[-1].blocks))
    baobab.wait(lambda: "Fewer than 5" in str(baobab.said()[-1].text))

    for user in harbour.workspace.members:
        if user.startswith("U0") and user != BOT_USER_ID:
            assert user.encode() not in baobab.bytes()
    assert WORDS.encode() not in baobab.bytes()
    assert "lighthouse" not in str(baobab.workspace.messages)


def test_uninstalling_one_ends_its_question_and_leaves_the_other(harbour: Pane, baobab: Pane) -> None:
    baobab.everybody_replies()
    assert any(path.startswith("keys/") for path in baobab.files())

    baobab.server.uninstall(BAOBAB)
    baobab.wait(lambda: not any(path.startswith(("keys/", "ballots/")) for path in baobab.files()))
    baobab.wait(lambda: baobab.hooks.upcoming is not None and baobab.hooks.upcoming() is None)

    assert 1 == harbour.open_rounds()
    assert any(path.startswith("keys/") for path in harbour.files())
    assert harbour.hooks.upcoming
    assert harbour.hooks.upcoming()


def test_whoever_installs_it_again_and_invites_it_is_asked_in_the_next_week(baobab: Pane) -> None:
    baobab.server.uninstall(BAOBAB)
    baobab.wait(lambda: not any(path.startswith("keys/") for path in baobab.files()))
    before = len(baobab.said())

    assert 200 == baobab.server.install(BAOBAB).status
    assert baobab.command(baobab.admin, "/invite @belonging", baobab.channel)["ok"]
    baobab.server.advance(timedelta(days=7))

    baobab.wait(lambda: len(baobab.said()) > before)
    assert 1 == baobab.open_rounds()


def test_each_pane_shows_the_directory_of_its_own_cell_alone(harbour: Pane, baobab: Pane) -> None:
    assert harbour.hooks.read_file
    assert baobab.hooks.stored
    assert b"Harbour Studio" in harbour.hooks.read_file("workspace.yaml")
    assert {"belonging.db", "audiences.db"} <= set(baobab.files())
    for name in (f"../{BAOBAB}/workspace.yaml", f"{BAOBAB}/workspace.yaml", "../../installations.db"):
        with pytest.raises(OSError, match="no file of this name"):
            harbour.hooks.read_file(name)
    (key,) = (path for path in harbour.files() if path.endswith(".close"))
    with pytest.raises(PermissionError):
        harbour.hooks.read_file(key)


def test_four_companies_are_asked_in_the_language_of_most_of_their_people() -> None:
    with demo_of_several(CONFIG, MOST_COMPANIES, today=TODAY) as demo:
        asked = {team: Pane(demo, team).said()[1].text.partition(":")[0] for team in demo.server.sites}

    assert asked[HARBOUR] == asked[BAOBAB] == "A question for this channel"
    assert "Une question" in asked[TILLEUL]
    assert "Eine Frage" in asked[RADWERK]


def test_a_language_that_is_chosen_is_that_of_all_channels() -> None:
    with demo_of_several(CONFIG, 2, today=TODAY, language="de") as demo:
        assert all("Eine Frage" in Pane(demo, team).said()[1].text for team in demo.server.sites)


def test_the_teams_of_two_workspaces_write_nothing_in_common(demo: DemoOfSeveral) -> None:
    panes = [Pane(demo, team) for team in demo.server.sites]
    for pane in panes:
        ask = {"as": pane.admin, "channel": pane.channel, "ts": pane.announcement(pane.channel).ts}
        answering = demo.server.controls[pane.team].team_answer(ask)
        assert demo.server.run(answering)["answered"] >= 10
    demo.server.advance(timedelta(days=3))
    quotes = [pane.quotes() for pane in panes]

    assert all(len(each) == QUOTED for each in quotes)
    assert not quotes[0] & quotes[1]


@pytest.mark.parametrize("count", ["0", "5", "-1"])
def test_too_few_or_too_many_are_refused_in_one_sentence(belonging: Belonging, count: str) -> None:
    result = belonging("demo", "--no-browser", "--port", "0", "--workspaces", count)

    assert 1 == result.exit_code
    assert f"The demo has 1 to 4 workspaces, not {count}." in result.output
    assert "Traceback" not in result.output


def test_it_asks_beside_a_configuration_for_many_workspaces_and_so_does_the_demo_with_one(
    tmp_path: Path,
) -> None:
    path = tmp_path / "config.yaml"
    lines = (
        "slack: {mode: http}",
        "workspaces: {public_url: https://belonging.example.org}",
        "defaults: {jitter: 1h}",
        f"prompts: [{ROOT / 'prompts'}]",
    )
    path.write_text("\n".join(lines), encoding="utf-8")
    config = load_config(path, {})

    with demo_of(config, today=TODAY) as one, one.bot.services.store.read("test") as tx:
        assert 1 == len(tx.list_rounds([RoundState.OPEN]))
    with demo_of_several(config, 2, today=TODAY) as two:
        assert 1 == Pane(two, HARBOUR).open_rounds()


def test_its_credentials_are_other_ones_each_time() -> None:
    assert new_credentials() != new_credentials()
    with demo_of_several(CONFIG, 2, today=TODAY) as demo:
        assert Credentials().client_id != demo.server.client_id


def test_a_port_in_use_is_refused_before_anything_is_made(demo: DemoOfSeveral) -> None:
    port = int(demo.server.url.rpartition(":")[2])

    with pytest.raises(BotError, match=f"Port {port}"), demo_of_several(CONFIG, 2, port=port):
        pass


def test_it_begins_on_a_day_on_which_all_of_them_work() -> None:
    countries = [company.holidays for company in companies(MOST_COMPANIES)]
    for number in range(366):
        started = datetime(2027, 1, 1, 12, tzinfo=UTC) + timedelta(days=number)
        asks = (opening_moment(started, countries) + BEFORE_IT_ASKS).astimezone(ZoneInfo(ZONE))

        assert asks.weekday() < 5
        assert not any(is_holiday(asks.date(), country) for country in countries)
        assert asks.time() == ASKS_AT
        assert timedelta(0) <= asks.date() - started.date() <= timedelta(days=7)


def is_holiday(day: date, country: str) -> bool:
    return day in holiday_calendar(country, day.year)


def test_the_companies_have_people_of_their_own() -> None:
    found = [company.workspace for company in companies(MOST_COMPANIES)]
    people = [[one for one in here.members.values() if one.is_human] for here in found]
    ids = [one.id for here in people for one in here]

    assert len(ids) == len(set(ids))
    for here, workspace in zip(people, found, strict=True):
        assert 8 <= len(here) <= 14
        assert 1 == [one.group for one in here].count(Group.ADMIN)
        assert 3 <= [one.group for one in here].count(Group.NEWCOMER)
        assert 3 <= sum(one.locale.startswith("en") for one in here), "forms in English tell what is asked"
        assert BOT_USER_ID not in workspace.channel_named(CHANNEL).members
    assert len({one.team_id for one in found}) == MOST_COMPANIES
