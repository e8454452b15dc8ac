"""Do what people do in a Slack client: press, submit, close, type commands, open Home."""

from dataclasses import dataclass
from typing import Any

from bot.demo import changes, forms, payloads, responses, views
from bot.demo.people import Member
from bot.demo.request_url import NotAckedError
from bot.demo.site import Site, SlackRefusal
from bot.demo.socket_mode import Hub
from bot.demo.workspace import Channel, Json, Message, View

INVITE = "/invite"
"""Slack's own command that adds somebody to a channel; the bot tells people to type it."""

NOT_INSTALLED = "This app is not installed in your workspace."
TROUBLE = "We had some trouble connecting. Try again?"


class NotPossibleError(Exception):
    """An action is not possible; the text is a sentence for the member."""


@dataclass(slots=True)
class Interactions:
    """Turn actions of people into envelopes, and the acks of the app into what they see."""

    site: Site
    hub: Hub

    async def press(
        self, member: Member, where: Message | View, block_id: str, action_id: str, given: Any
    ) -> Json:
        """Use one element. ``given`` is its state (ignored for a button), as in ``state.values``."""
        blocks = where.blocks if isinstance(where, Message) else where.body["blocks"]
        found = forms.elements(blocks).get((block_id, action_id))
        if found is None:
            raise NotPossibleError("That button is not there any more.")
        block, element = found
        if block["type"] == "input" and not block.get("dispatch_action"):
            raise NotPossibleError("That field tells the app nothing before the form is submitted.")
        value = (
            self._merge(where, blocks, block_id, action_id, given) if element["type"] != "button" else None
        )
        action = payloads.action_json(self.site, block, element, value)
        if isinstance(where, View):
            payload = payloads.view_action(self.site, member, where, action)
        else:
            channel = self.site.workspace.channels[where.channel]
            state = {block_id: {action_id: value}} if value is not None else {}
            payload = payloads.message_action(self.site, member, channel, where, action, state)
        await self._request(member, payload)
        return {"ok": True}

    def fill(self, view: View, given: Any) -> None:
        """Keep the input of an open modal, as a Slack client does."""
        view.state = forms.merge_state(view.body["blocks"], view.state, given)

    def _merge(
        self, where: Message | View, blocks: list[Json], block_id: str, action_id: str, given: Any
    ) -> Any:
        state = where.state if isinstance(where, View) else {}
        merged = forms.merge_state(blocks, state, {block_id: {action_id: given}})
        if isinstance(where, View):
            where.state = merged
        return merged[block_id][action_id]

    async def _request(
        self, member: Member, payload: Json, *, accepts: bool = False, failed: str = TROUBLE
    ) -> Json | None:
        """Send a payload, and return the app's answer. ``failed``: what the member is told without one."""
        if not self.site.installed:
            raise NotPossibleError(NOT_INSTALLED)
        kind = "slash_commands" if "command" in payload else "interactive"
        try:
            return await self.hub.request(kind, payload, accepts_payload=accepts)
        except NotAckedError:
            what = payload.get("command") or payload["type"]
            raise self._trouble(member, f"The app did not acknowledge {what} in time.", failed) from None

    def _trouble(self, member: Member, problem: str, sentence: str = TROUBLE) -> NotPossibleError:
        """Note a mistake of the app, and return what the member is told of it."""
        self.site.workspace.notices[member.id] = sentence
        self.site.problem(problem)
        return NotPossibleError(sentence)

    async def submit(self, member: Member, view: View, given: Any) -> Json:
        """Submit a modal; return {"ok": True}, or the errors beside its inputs."""
        if view not in self.site.workspace.stack(member.id)[-1:]:
            raise NotPossibleError("Only the modal on top can be submitted.")
        if "submit" not in view.body:
            raise NotPossibleError("This modal has nothing to submit.")
        view.state = forms.merge_state(view.body["blocks"], view.state, given)
        errors = forms.check(view.body["blocks"], view.state)
        if not errors:
            payload = payloads.submission(self.site, member, view)
            answer = await self._request(member, payload, accepts=True)
            errors = self._respond(member, view, answer)
        view.errors = errors
        self.site.workspace.changed()
        return (
            {"ok": False, "error": "Please look at the marked fields.", "errors": errors}
            if errors
            else {"ok": True}
        )

    def _respond(self, member: Member, view: View, answer: Json | None) -> dict[str, str]:
        try:
            return self._apply(member, view, answer or {})
        except SlackRefusal as refusal:
            said = refusal.extra.get("response_metadata", {}).get("messages", [])
            problem = f"The app answered view_submission with what Slack refuses: {refusal.code} {said}"
            raise self._trouble(member, problem) from None

    def _apply(self, member: Member, view: View, answer: Json) -> dict[str, str]:
        action = answer.get("response_action")
        if action is None and not answer:
            if view in self.site.workspace.stack(member.id):
                views.close_one(self.site, view)
        elif action == "errors":
            return _errors(view, answer)
        elif action == "update":
            body = views.checked(self.site, answer.get("view"), "modal")
            views.replace(self.site, view, body)
        elif action == "push":
            views.push_modal(self.site, member.id, views.checked(self.site, answer.get("view"), "modal"))
        elif action == "clear":
            views.clear(self.site, member.id)
        else:
            raise SlackRefusal("invalid_arguments", f"unknown response_action: {action}")
        return {}

    async def close(self, member: Member, view: View) -> Json:
        """Close a modal. The app is not told, since none asks for it."""
        if view not in self.site.workspace.stack(member.id):
            raise NotPossibleError("That modal is closed already.")
        views.close(self.site, view)
        return {"ok": True}

    async def command(self, member: Member, channel: Channel, line: str) -> Json:
        """Type a slash command in a channel."""
        name, _, text = line.partition(" ")
        if name == INVITE:
            return self._invite(member, channel, text.strip())
        # People of other companies cannot use the commands of this app in a shared channel.
        here = self.site.installed and self.site.workspace.is_own(member)
        if name not in self.site.app.commands or not here:
            raise NotPossibleError(
                f"{name} is not a valid command. In Slack, a text that starts with a slash is a command."
            )
        if member.id not in channel.members:
            raise NotPossibleError("You cannot type in a channel that you are not in.")
        payload = payloads.command(self.site, member, channel, name, text.strip())
        failed = f"{name} failed because the app did not respond."
        if answer := await self._request(member, payload, accepts=True, failed=failed):
            self._say(member, channel, answer)
        return {"ok": True}

    def _invite(self, member: Member, channel: Channel, whom: str) -> Json:
        """Add somebody to a channel, with Slack's own command."""
        if member.id not in channel.members or channel.im_user is not None or channel.archived:
            raise NotPossibleError("You can invite people to channels that you are in.")
        name = whom.removeprefix("@").lower()
        found = next((one for one in self.site.workspace.members.values() if one.handle == name), None)
        if found is None or found.deleted:
            raise NotPossibleError(
                f"Nobody here is called {whom or '…'}. Type {INVITE} @name, such as @belonging."
            )
        if found.id in channel.members:
            raise NotPossibleError(f"{found.name} is already in this channel.")
        changes.join(self.site, channel.id, found.id, inviter=member.id)
        return {"ok": True}

    def _say(self, member: Member, channel: Channel, answer: Json) -> None:
        try:
            responses.say(self.site, answer, user=member.id, channel=channel.id)
        except SlackRefusal as refusal:
            problem = f"The app answered a command with what Slack refuses: {refusal.code} {refusal.extra}"
            raise self._trouble(member, problem, "The app's answer could not be shown.") from None

    def open_home(self, member: Member) -> Json:
        """Open the app's Home tab, which people of other companies do not have."""
        if not self.site.installed or not self.site.workspace.is_own(member):
            raise NotPossibleError(NOT_INSTALLED)
        self.hub.emit(payloads.home_opened(self.site, member))
        return {"ok": True}

    def say(self, member: Member, channel: Channel, text: str) -> Json:
        """Write an ordinary message. No event is sent, since an app without history scopes gets none."""
        if member.id not in channel.members or channel.archived:
            raise NotPossibleError("You cannot write in that channel.")
        if channel.im_user is not None and (
            self.site.app.messages_read_only or not self.site.app.messages_tab
        ):
            raise NotPossibleError("Sending messages to this app has been turned off.")
        message = Message(ts=self.site.ts(), channel=channel.id, user=member.id, text=text)
        self.site.workspace.post(message)
        return {"ok": True, "ts": message.ts}


def _errors(view: View, answer: Json) -> dict[str, str]:
    errors = answer.get("errors")
    inputs = {block["block_id"] for block in view.body["blocks"] if block["type"] == "input"}
    if (
        not isinstance(errors, dict)
        or not errors
        or not all(isinstance(text, str) for text in errors.values())
    ):
        raise SlackRefusal("invalid_arguments", "errors must be an object of sentences")
    unknown = sorted(errors.keys() - inputs)
    if unknown:
        raise SlackRefusal("invalid_arguments", f"no input block has the id {unknown[0]}")
    return dict(errors)
