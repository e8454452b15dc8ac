"""The hands of the members: what they press and send, however often the bot dies meanwhile."""

import json
from collections.abc import Sequence
from typing import Any

from bot.demo.control import BadRequestError
from bot.demo.workspace import Message, View
from tests.faults.keeper import GoneError, Keeper
from tests.faults.slack import ScriptedSlack
from tests.world import CHANNEL, chosen, filled_in, offers_more

PATIENCE_S = 10.0
TRIES = 6
"""So often a member presses the same button, if the bot dies before anything is seen of it."""


class Hands:
    """Acts for any member of the channel. Each press ends in what it was to show, or in ``GoneError``."""

    def __init__(self, slack: ScriptedSlack, keeper: Keeper) -> None:
        self._slack, self._keeper = slack, keeper
        self.workspace = slack.workspace

    def messages(self) -> list[Message]:
        """What the bot has said in the channel to everybody, oldest first."""
        said = self.workspace.messages.get(CHANNEL, [])
        return [message for message in said if message.by_bot and message.ephemeral_to is None]

    def announcement(self) -> Message:
        """The newest message with a button to reply."""
        return next(one for one in reversed(self.messages()) if "reply.open" in json.dumps(one.blocks))

    def open_form(self, user: str) -> View:
        """Press *Reply*: the form, or the notice that says why there is none."""
        return self.press(user, "reply.open", self.announcement())

    def press(self, user: str, action_id: str, where: Message | View) -> View:
        """Press a button until something opens or changes, and return the view that did."""
        for _ in range(TRIES):
            if isinstance(where, View) and not offers(where, action_id):
                return where  # pressed before, and only now seen
            before = {view.id: view.hash for view in self.workspace.stack(user)}
            deaths = len(self._keeper.deaths)
            self.press_once(user, action_id, where)
            shown = self._shown(user, before, deaths)
            if shown:
                return shown
            self._keeper.wait_until_well()
        raise GoneError(f"nothing opened after {action_id} was pressed {TRIES} times")

    def press_once(self, user: str, action_id: str, where: Message | View) -> bool:
        """Press a button: whether the bot has acknowledged it."""
        blocks = where.blocks if isinstance(where, Message) else where.body["blocks"]
        block = next(block for block in blocks if action_id in json.dumps(block))
        container = (
            {"type": "message", "channel": where.channel, "ts": where.ts}
            if isinstance(where, Message)
            else {"type": "view", "view_id": where.id}
        )
        place = {"container": container, "block_id": block["block_id"], "action_id": action_id}
        return self._act(user, type="block_action", **place)

    def form(self, user: str) -> View | None:
        """The form that this member has before them, if there is one."""
        stack = self.workspace.stack(user)
        return stack[-1] if stack and "submit" in stack[-1].body else None

    def submit(
        self, user: str, view: View, answers: Sequence[str], text: str, *, quotable: bool = False
    ) -> bool:
        """Send a filled-in form: whether the bot has acknowledged it, and thanked for it."""
        if text and offers_more(view) and not self._say_more(user, view, quotable=quotable):
            return False
        state = filled_in(view, text=text, answers=answers, quotable=quotable)
        if not self._act(user, type="view_submit", view_id=view.id, state=state):
            return False
        shown = self.workspace.view(view.id)
        return shown is not None and offers(shown, "reply.change")

    def _say_more(self, user: str, view: View, *, quotable: bool) -> bool:
        """Choose *Yes* under *Say more?*: whether the form was drawn anew with its text box."""
        block = next(block for block in view.body["blocks"] if block.get("block_id") == "reply.more")
        before, deaths = {view.id: view.hash}, len(self._keeper.deaths)
        self._act(
            user,
            type="block_action",
            container={"type": "view", "view_id": view.id},
            block_id="reply.more",
            action_id="reply.more",
            value=chosen(block, "quoted" if quotable else "unquoted"),
        )
        self._shown(user, before, deaths)
        return not offers_more(view)

    def _act(self, user: str, **what: Any) -> bool:
        try:
            return bool(self._slack.server.act(user, **what)["ok"])
        except BadRequestError:
            return False

    def _shown(self, user: str, before: dict[str, str], deaths: int) -> View | None:
        """What has opened or changed; None where the bot dies first, or after so long a time."""

        def changed() -> View | None:
            stack = self.workspace.stack(user)
            return next((view for view in stack if before.get(view.id) != view.hash), None)

        def died() -> bool:
            return len(self._keeper.deaths) > deaths

        self.workspace.wait_for(lambda _: changed() is not None or died(), PATIENCE_S)
        return changed()


def offers(view: View, action_id: str) -> bool:
    """Whether a view has the button of this action."""
    return f'"{action_id}"' in json.dumps(view.body)
