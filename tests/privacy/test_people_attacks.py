"""Attacks with people: of another company, guests, who has left, and admins outside a private channel.

Mutants killed here (``directory/person.py``, ``bot/service/people.py``, the listeners): counting whoever is
no ``is_stranger``; an admin's mark of another workspace; ids of ``config.yaml`` taken unseen; an admin let
into a private channel; a list's channel checked in place of the schedule's.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.core.model import ChannelId, Round, RoundState
from bot.core.release import Published
from bot.demo import payloads
from bot.demo.people import Member
from bot.demo.workspace import BOT_USER_ID, Channel, Message, View, make_workspace
from tests import workspace_changes
from tests.world import CHANNEL, CONFIG, World, a_world, channel_of, team_of, text_of

pytestmark = pytest.mark.attack

THEM = "T0RIVALS00"
FAR = "U0FAR00000"
FARS = [
    Member(id=FAR, name="Freda Faraway", handle="freda", team_id=THEM, is_admin=True, is_owner=True),
    *(
        Member(id=f"U0FAR0000{number}", name=f"Faraway {number}", handle=f"far{number}", team_id=THEM)
        for number in range(1, 5)
    ),
]
"""Five people of another company; the first is an owner there, and Slack says so."""

OWN, SEES_NOTHING = "U0MEMBER00", "For channel members"
SECRET = "G0SECRET00"
ADMIN = "U0ADMIN000"


def texts(*shown: View | Message | None) -> str:
    """Every text of these, and all else that is sent with them."""
    return "\n".join(
        json.dumps(one.body if isinstance(one, View) else [one.text, one.blocks], ensure_ascii=False)
        for one in shown
        if one
    )


def rounds(world: World, channel: str = CHANNEL) -> tuple[Round, ...]:
    assert world.bot
    with world.bot.services.store.transaction("test") as tx:
        return tx.list_channel_rounds(ChannelId(channel))


def results(world: World, channel: str = CHANNEL) -> list[Published]:
    assert world.bot
    with world.bot.services.store.transaction("test") as tx:
        return [found for _, found in tx.list_releases(ChannelId(channel)) if isinstance(found, Published)]


def shared_world(folder: Path, own: int, **more: Any) -> World:
    """So many of our own people and five of another company in one channel."""
    team = team_of(own)
    channel = channel_of(team)
    channel.members += [one.id for one in FARS]
    channel.shared_with = [THEM]
    return World(folder, make_workspace([*team, *FARS], [channel]), **more)


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[World]:
    """Six of our own and five of another company, with a question in their channel."""
    world = shared_world(tmp_path, 6)
    with world.server:
        world.start_bot()
        world.move(minutes=1)
        yield world
        world.stop_bot()
    assert [] == world.workspace.problems


def forged(world: World, text: str, user: str = FAR) -> Message | None:
    """What the bot answers to a command that Slack would not let somebody of another company type."""
    member, channel = world.workspace.members[user], world.workspace.channels[CHANNEL]
    before = len(world.told(user))
    payload = payloads.command(world.server.site, member, channel, "/belonging", text)
    if answer := world.server.deliver("slash_commands", payload):
        return Message(ts="", channel=CHANNEL, user="", text=answer["text"], blocks=answer["blocks"])
    world.wait(lambda: len(world.told(user)) > before or bool(world.workspace.stack(user)))
    return world.told(user)[-1] if len(world.told(user)) > before else None


# People of another company


def test_people_of_another_company_do_not_make_a_channel_large_enough(tmp_path: Path) -> None:
    """Four of our own and five others: a round would show what four people said."""
    world = shared_world(tmp_path, 4)
    with world.server:
        world.start_bot()
        world.move(minutes=1)

        assert () == rounds(world)
        assert [] == world.messages()
        world.stop_bot()


def test_a_shared_channel_is_asked_of_our_own_people_and_says_so(shared: World) -> None:
    (round_,) = rounds(shared)

    assert 6 == round_.audience_size
    assert "Only the people of our own company are asked and counted" in text_of(shared.announcement().blocks)


def test_a_channel_without_another_company_says_nothing_of_one(tmp_path: Path) -> None:
    with a_world(tmp_path) as world:
        world.move(minutes=1)

        assert "company" not in text_of(world.announcement().blocks)


@pytest.mark.parametrize("user", [one.id for one in FARS[:2]])
def test_people_of_another_company_get_no_form(shared: World, user: str) -> None:
    view = shared.open_form(user)

    assert SEES_NOTHING in view.body["title"]["text"]
    assert "input" not in {block["type"] for block in view.body["blocks"]}


def test_a_form_of_ones_own_sent_by_somebody_of_another_company_is_not_stored(shared: World) -> None:
    """The same submission, with the id of somebody else in it."""
    view = shared.open_form(OWN)
    member = shared.workspace.members[FAR]
    payload = payloads.submission(shared.server.site, member, view)
    for one in shared.everyone()[1:6]:
        shared.reply(one, answers=["4"])
        shared.close_modals(one)
    payload["view"]["state"]["values"] |= {
        block["block_id"]: {
            "answer": {"type": "static_select", "selected_option": block["element"]["options"][1]}
        }
        for block in view.body["blocks"]
        if block["block_id"].startswith("item:")
    }

    answer = shared.server.deliver("interactive", payload)

    assert SEES_NOTHING in json.dumps(answer)
    shared.move(days=3)
    assert [5] == [result.replies for result in results(shared)]


@pytest.mark.parametrize(
    "text", ["ask", "pause", "resume", "cancel", "summary", "summary cycle", "trend", "norms", "propose"]
)
def test_no_command_of_somebody_of_another_company_does_or_tells_anything(shared: World, text: str) -> None:
    before = rounds(shared), len(shared.messages())

    said = forged(shared, text)

    told = texts(said, *shared.workspace.stack(FAR))
    assert "Only admins" in told or "people of other companies" in told
    assert "schedule.pause" not in told
    assert before == (rounds(shared), len(shared.messages()))


def test_somebody_of_another_company_sees_no_schedule(shared: World) -> None:
    forged(shared, "schedule")

    (view,) = shared.workspace.stack(FAR)
    assert "people of other companies" in texts(view)
    assert "Tuesday" not in texts(view)


def test_the_home_of_somebody_of_another_company_shows_nothing_of_the_channel(shared: World) -> None:
    site, member = shared.server.site, shared.workspace.members[FAR]
    shared.server.run(_emit(shared, payloads.home_opened(site, member)))
    shared.wait(lambda: FAR in shared.workspace.homes)

    shown = texts(shared.workspace.homes[FAR])
    assert CHANNEL not in shown
    assert "schedule.open" not in shown


async def _emit(world: World, event: dict[str, Any]) -> None:
    world.server.site.emit(event)


def test_an_id_of_another_company_in_the_configuration_is_no_admin(tmp_path: Path) -> None:
    config = f"{CONFIG}admins: [{FAR}, {OWN}]\n"
    world = shared_world(tmp_path, 6, config=config)
    with world.server:
        world.start_bot()

        refused = forged(world, "pause")
        allowed = world.answer(OWN, "/belonging pause")

        assert "Only admins" in texts(refused)
        assert "Paused" in texts(allowed)
        world.stop_bot()


def test_a_channel_that_becomes_shared_while_a_round_is_open_loses_nothing_and_asks_nobody_new(
    tmp_path: Path,
) -> None:
    team = team_of(6)
    world = World(tmp_path, make_workspace(team, [channel_of(team)]))
    with world.server:
        world.start_bot()
        world.move(minutes=1)
        for one in world.everyone()[:3]:
            world.reply(one, answers=["4"])
            world.close_modals(one)

        workspace_changes.share(world.server, CHANNEL, FARS)
        assert SEES_NOTHING in world.open_form(FAR).body["title"]["text"]
        for one in [member.id for member in team[3:]]:
            world.reply(one, answers=["4"])
            world.close_modals(one)
        world.move(days=2, minutes=1)
        assert "Only the people of our own company" in text_of(world.messages()[-1].blocks)
        world.move(days=1)

        (result,) = results(world)
        assert (6, 6) == (result.replies, result.audience)
        world.stop_bot()


@pytest.mark.parametrize(("enterprise", "counts"), [("E0OURS", True), ("E0THEIRS", False), ("", False)])
def test_on_enterprise_grid_colleagues_of_another_workspace_count_and_nobody_else(
    tmp_path: Path,
    enterprise: str,
    counts: bool,  # noqa: FBT001 - a row of the table
) -> None:
    team = team_of(5)
    far = Member(id=FAR, name="Freda", handle="freda", team_id="T0ELSEWHERE", enterprise_id=enterprise)
    channel = channel_of([*team, far])
    workspace = make_workspace([*team, far], [channel])
    workspace.enterprise_id = "E0OURS"
    with a_world(tmp_path, workspace) as world:
        world.move(minutes=1)

        assert rounds(world)[0].audience_size == 5 + counts
        assert (SEES_NOTHING in world.open_form(FAR).body["title"]["text"]) is not counts


# Guests, and people who have left


@pytest.fixture
def published(tmp_path: Path) -> Iterator[World]:
    """The demo team, with a summary in its channel."""
    with a_world(tmp_path) as world:
        world.move(minutes=1)
        for user in world.everyone()[:12]:
            world.reply(user, answers=["5", "4", "2"], text=f"We talk, says {user[-4:]}", quotable=True)
            world.close_modals(user)
        world.move(days=3)
        assert len(results(world)) == 1
        yield world


LEAVER = "U02TOMA"


def makes_guest(world: World) -> None:
    workspace_changes.change_member(world.server, LEAVER, is_restricted=True)


def leaves(world: World) -> None:
    workspace_changes.leave(world.server, CHANNEL, LEAVER)


GONE = pytest.mark.parametrize("gone", [makes_guest, leaves], ids=["guest", "left"])


@GONE
def test_old_buttons_answer_kindly_and_show_nothing_to_whoever_has_gone(published: World, gone: Any) -> None:
    summary = published.messages()[-1]
    answers = [
        published.answer(LEAVER, f"/belonging {text}") for text in ("summary", "summary cycle", "trend")
    ]
    home = published.open_home(LEAVER)
    before = len(published.messages())

    gone(published)

    pressed = [
        *((action, answer) for action, answer in zip(SHARES, answers, strict=True)),
        ("proposal.open", summary),
        ("summary.open", home),
    ]
    if gone is makes_guest:
        pressed.append(("quote.ask", summary))
    for action, where in pressed:
        view = published.press_for_modal(LEAVER, action, where)
        assert any(word in texts(view) for word in ("see no results here", "not counted")), action
        assert "10 or more" not in texts(view)
        published.close_modals(LEAVER)
    assert before == len(published.messages())


SHARES = ("summary.share", "cycle.share", "trend.share")


def test_a_guest_asks_for_results_and_gets_none(published: World) -> None:
    makes_guest(published)

    for text in ("summary", "summary cycle", "trend", "norms"):
        said = published.answer(LEAVER, f"/belonging {text}")
        assert "see no results here" in texts(said)
        assert "agree" not in texts(said)
    assert CHANNEL not in texts(published.open_home(LEAVER))


def test_a_quote_form_that_was_open_before_somebody_left_takes_nothing(published: World) -> None:
    form = published.press_for_modal(LEAVER, "quote.ask", published.messages()[-1])
    leaves(published)
    block = next(one for one in form.body["blocks"] if one["type"] == "input")
    choice = {"type": block["element"]["type"], "selected_option": block["element"]["options"][0]}

    published.server.act(
        LEAVER, type="view_submit", view_id=form.id, state={block["block_id"]: {"quote": choice}}
    )

    assert "see no results here" in texts(published.workspace.stack(LEAVER)[-1])
    assert published.bot
    with published.bot.services.store.transaction("test") as tx:
        assert () == tx.list_quote_requests()


def test_whoever_has_left_cannot_find_out_names_by_the_preview_of_a_quote(published: World) -> None:
    """An old form takes names out of what is typed: so it tells whether somebody of this name is there."""
    published.move(days=4)
    form = published.say_more(LEAVER, published.open_form(LEAVER), "quoted")
    before = form.hash
    leaves(published)
    state = {"reply.text": {"text": {"type": "plain_text_input", "value": "Is Ingrid Solberg there?"}}}
    block = next(one for one in form.body["blocks"] if "quote.preview" in json.dumps(one))

    published.server.act(
        LEAVER,
        type="block_action",
        container={"type": "view", "view_id": form.id},
        block_id=block["block_id"],
        action_id="quote.preview",
        state=state,
    )
    published.wait(lambda: published.workspace.stack(LEAVER)[-1].hash != before)

    assert "[name]" not in texts(published.workspace.stack(LEAVER)[-1])
    assert SEES_NOTHING in texts(published.workspace.stack(LEAVER)[-1])


def test_an_event_that_somebody_left_counts_at_once(published: World) -> None:
    published.answer(LEAVER, "/belonging summary")

    leaves(published)

    assert published.bot
    assert not published.bot.services.directory.is_member(ChannelId(CHANNEL), LEAVER)  # type: ignore[arg-type]


def test_without_an_event_what_somebody_may_is_half_a_minute_old_at_the_most(published: World) -> None:
    admin = "U01MAYA"
    assert "schedule.pause" in texts(published.command_for_modal(admin, "/belonging schedule"))
    published.close_modals(admin)
    published.workspace.members[admin].is_admin = False  # and no event tells of it

    published.move(seconds=30)

    assert "Only admins" in texts(published.answer(admin, "/belonging pause"))


@pytest.mark.parametrize("mark", ["is_restricted", "deleted", "team_id"])
def test_whoever_counts_no_more_is_asked_nothing_also_where_no_event_told_of_it(
    tmp_path: Path, mark: str
) -> None:
    """Five full members, one of whom is none any more: a round would show what four people said.

    Kills the mutant that counts an audience by what it remembers of people, for ten minutes.
    """
    team = team_of(5)
    world = World(tmp_path, make_workspace(team, [channel_of(team)]))
    with world.server:
        bot = world.start_bot()
        assert 5 == len(bot.services.directory.audience(ChannelId(CHANNEL)))
        setattr(world.workspace.members[OWN], mark, THEM if mark == "team_id" else True)

        world.move(minutes=1)

        assert () == rounds(world)
        assert [] == world.messages()
        world.stop_bot()


# Sharing


def test_a_result_is_shared_once_a_day_whoever_presses(published: World) -> None:
    first, second = "U03INGR", "U04KWAM"
    answers = {user: published.answer(user, "/belonging summary") for user in (first, second)}
    before = len(published.messages())

    published.press(first, "summary.share", answers[first])
    published.wait(lambda: len(published.messages()) == before + 1)
    for user in (first, second):
        view = published.press_for_modal(user, "summary.share", answers[user])
        assert "shared in the channel today already" in texts(view)
        published.close_modals(user)
    assert before + 1 == len(published.messages())

    published.move(days=1)
    published.press(second, "summary.share", answers[second])
    published.wait(lambda: len(published.messages()) == before + 2)


def test_what_slack_did_not_take_may_be_shared_again(published: World) -> None:
    user = "U03INGR"
    answer = published.answer(user, "/belonging trend")
    published.server.fail_next("chat.postMessage", error="internal_error")
    calls = len(published.workspace.calls)
    published.press(user, "trend.share", answer)
    published.wait(lambda: any(not one.ok for one in published.workspace.calls[calls:]))
    before = len(published.messages())

    def shared() -> bool:
        return len(published.messages()) > before

    while not shared():  # the bot may still be hearing that it was refused
        published.press(user, "trend.share", answer)
        published.wait(lambda: shared() or bool(published.workspace.stack(user)))
        published.close_modals(user)


# Admins outside a private channel


PRIVATE = (
    CONFIG
    + '  - {{channel: G0SECRET00, every: week, on: [tue], at: "10:00", pack: belonging, open_for: 1d}}\n'
)
NAMES = ("Person", "person0", SECRET, "whisperers")


@pytest.fixture
def secret(tmp_path: Path) -> Iterator[World]:
    """Seven people with a result in a private channel; an admin of the workspace is not in it."""
    team = team_of(7)
    admin = Member(id=ADMIN, name="Ada Admin", handle="ada", is_admin=True)
    public = Channel(id=CHANNEL, name="product-team", members=[ADMIN, BOT_USER_ID])
    private = Channel(
        id=SECRET, name="whisperers", private=True, members=[*(one.id for one in team), BOT_USER_ID]
    )
    with a_world(tmp_path, make_workspace([*team, admin], [public, private]), config=PRIVATE) as world:
        world.move(minutes=1)
        announcement = world.announcement(SECRET)
        for one in team:
            form = world.open_form(one.id, announcement)
            assert world.submit(one.id, form, answers=["5", "5", "1"])["ok"]
            world.close_modals(one.id)
        world.move(days=1)
        world.move(days=6)
        assert [RoundState.CLOSED, RoundState.OPEN] == [one.state for one in rounds(world, SECRET)]
        yield world


def test_the_home_of_an_admin_outside_says_nothing_of_a_private_channel(secret: World) -> None:
    shown = texts(secret.open_home(ADMIN))

    assert CHANNEL in shown, "the public one is there"
    assert not [word for word in NAMES if word in shown]
    assert "Small channels" not in shown
    assert "more schedule" not in shown


def test_an_admin_inside_finds_it_all(secret: World) -> None:
    secret.workspace.channels[SECRET].members.append(ADMIN)
    secret.move(seconds=30)

    shown = texts(secret.open_home(ADMIN))

    assert shown.count(SECRET) > 2
    assert "Small channels" in shown


def test_the_trouble_of_a_private_channel_reaches_no_admin_outside(secret: World) -> None:
    for step in (
        lambda: workspace_changes.rename(secret.server, SECRET, "mutterers"),
        lambda: workspace_changes.archive(secret.server, SECRET, "U0MEMBER00"),
        lambda: workspace_changes.unarchive(secret.server, SECRET, "U0MEMBER00"),
        lambda: workspace_changes.leave(secret.server, SECRET, BOT_USER_ID),
    ):
        step()
        secret.move(days=1)

    told = [
        message
        for channel in secret.workspace.channels.values()
        if channel.im_user == ADMIN
        for message in secret.messages(channel.id)
    ]
    assert not [word for word in (*NAMES, "mutterers") if word in texts(*told)]
    assert not [word for word in (*NAMES, "mutterers") if word in texts(secret.open_home(ADMIN))]


@pytest.mark.parametrize("action", ["schedule.edit", "schedule.show", "schedule.pause", "schedule.ask"])
def test_what_a_list_opens_is_checked_and_not_the_list(secret: World, action: str) -> None:
    """A list of a public channel, whose button carries a schedule of the private one."""
    shown = secret.command_for_modal(ADMIN, "/belonging schedule")
    row = next(block for block in shown.body["blocks"] if "schedule.pause" in json.dumps(block))
    (button,) = row["elements"] = row["elements"][:1]
    assert secret.bot
    with secret.bot.services.store.transaction("test") as tx:
        (schedule,) = tx.list_channel_schedules(ChannelId(SECRET))
    button |= {"action_id": action, "value": schedule.id}
    before = shown.hash, len(secret.messages(SECRET)), rounds(secret, SECRET)

    secret.press(ADMIN, action, shown)
    secret.wait(lambda: secret.workspace.stack(ADMIN)[-1].hash != before[0])

    assert not [word for word in NAMES if word in texts(secret.workspace.stack(ADMIN)[-1])]
    assert before[1:] == (len(secret.messages(SECRET)), rounds(secret, SECRET))
    with secret.bot.services.store.transaction("test") as tx:
        assert (schedule,) == tx.list_channel_schedules(ChannelId(SECRET))


def test_a_home_from_before_an_admin_left_opens_nothing(secret: World) -> None:
    secret.workspace.channels[SECRET].members.append(ADMIN)
    secret.move(seconds=30)
    home = secret.open_home(ADMIN)
    workspace_changes.leave(secret.server, SECRET, ADMIN)
    blocks = [one["block_id"] for one in home.body["blocks"] if SECRET in json.dumps(one)]
    assert blocks

    for block_id in blocks:
        block = next(one for one in home.body["blocks"] if one["block_id"] == block_id)
        element = block.get("accessory")
        if element is None:
            continue
        before = len(secret.workspace.stack(ADMIN))
        secret.press_in(ADMIN, element["action_id"], home, block_id)
        secret.wait(lambda before=before: len(secret.workspace.stack(ADMIN)) > before)  # type: ignore[misc]
        view = secret.workspace.stack(ADMIN)[-1]
        assert "see no results here" in texts(view)
        secret.close_modals(ADMIN)


def pick(form: View, **chosen: str) -> dict[str, Any]:
    """The state of the schedule form with these blocks chosen otherwise."""
    state: dict[str, Any] = json.loads(json.dumps(form.state))
    for name, value in chosen.items():
        block = state[f"schedule.{name}"]
        ((action, element),) = block.items()
        key = "selected_conversation" if name == "channel" else "selected_option"
        block[action] = element | {key: value}
    return state


def test_the_schedule_form_tells_nothing_of_a_private_channel_that_is_put_into_it(secret: World) -> None:
    """By the smallest number of replies its size could be found out, step by step."""
    shown = secret.command_for_modal(ADMIN, "/belonging schedule")
    form = secret.press_for_modal(ADMIN, "schedule.new", shown)
    state = pick(form, channel=SECRET)

    answer = secret.server.act(ADMIN, type="view_submit", view_id=form.id, state=state)

    assert not answer["ok"]
    elsewhere = secret.server.act(
        ADMIN, type="view_submit", view_id=form.id, state=pick(form, channel="C0NOWHERE")
    )
    assert elsewhere["errors"] == answer["errors"]


def test_trying_it_on_oneself_shows_an_outsider_neither_finding_nor_names(secret: World) -> None:
    """The form is filled in for the private channel; what comes next there hangs on what was found."""
    shown = secret.command_for_modal(ADMIN, "/belonging schedule")
    form = secret.press_for_modal(ADMIN, "schedule.new", shown)
    state = pick(form, channel=SECRET)
    block = next(one for one in form.body["blocks"] if "preview.open" in json.dumps(one))
    secret.server.act(
        ADMIN,
        type="block_action",
        container={"type": "view", "view_id": form.id},
        block_id=block["block_id"],
        action_id="preview.open",
        state=state,
    )
    secret.wait(lambda: "preview.reply" in texts(secret.workspace.stack(ADMIN)[-1]))
    tried = secret.workspace.stack(ADMIN)[-1]
    first = rounds(secret, SECRET)[0].prompt.question
    assert first in texts(tried), "as in a channel that was never asked anything"

    secret.press_for_modal(ADMIN, "preview.reply", tried)
    secret.wait(lambda: "preview.more" in texts(secret.workspace.stack(ADMIN)[-1]))
    form = secret.say_more(ADMIN, secret.workspace.stack(ADMIN)[-1], "quoted")
    before = form.hash
    block = next(one for one in form.body["blocks"] if "preview.quote" in json.dumps(one))
    typed = {"type": "plain_text_input", "value": "Person 03 is there, I think"}
    secret.server.act(
        ADMIN,
        type="block_action",
        container={"type": "view", "view_id": form.id},
        block_id=block["block_id"],
        action_id="preview.quote",
        state={"reply.text": {"text": typed}},
    )
    secret.wait(lambda: secret.workspace.stack(ADMIN)[-1].hash != before)

    assert "Person 03 is there" in texts(secret.workspace.stack(ADMIN)[-1])
