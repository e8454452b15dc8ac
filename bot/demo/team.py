"""Let the other members of a channel answer a message with invented answers."""

import asyncio
import random
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.demo import forms
from bot.demo.block_kit import elements_of
from bot.demo.interactions import Interactions, NotPossibleError
from bot.demo.people import Group, Member
from bot.demo.sample_answers import PROPOSALS, SAMPLES, answers_to, own_words, rating
from bot.demo.site import Site
from bot.demo.workspace import Channel, Json, Message, View

AT_ONCE = 4
QUOTED, UNQUOTED = 4, 2
"""How many members write a text that may be quoted, and how many one that may not."""

MAX_STEPS = 4
_TENURE = "How long"
"""The beginning of the question about tenure."""

_PROPOSAL = "Your proposal"
"""The beginning of the label of a field for proposals."""

_NUMBER = re.compile(r"\d+")
WOULD_TRY, SEES_HARM = 0.62, 0.04
"""How often a member would try a proposal, and how often a member sees harm in it (shares, 0 to 1)."""

SILENT = 2
"""How many people of a team of fourteen do not answer. For other teams the number is in proportion."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Which of the invented texts the people of a workspace write: every one of so many, from this number on.

    So nobody in one workspace writes what somebody in another one writes.
    """

    number: int = 0
    of: int = 1

    def among(self, texts: Sequence[str]) -> Sequence[str]:
        """Return the texts of this share."""
        return texts[self.number :: self.of]


@dataclass(slots=True)
class Team:
    """The invented behaviour of everyone except the visitor. The same seed gives the same answers."""

    site: Site
    people: Interactions
    seed: int = 7
    share: Share = Share()
    meant: dict[str, Json] = field(default_factory=dict)
    """The blocks of forms in English, by their ids."""

    async def answer(self, visitor: Member, channel: Channel, message: Message) -> int:
        """Let the other people in the channel answer this message. Return how many have answered."""
        members = [self.site.workspace.members[user] for user in channel.members]
        others = [m for m in members if m.is_human and m.id != visitor.id]
        silent = self._silent(others, message)
        answering = sorted((m for m in others if m.id not in silent), key=lambda m: m.id)
        chance = self._chance("texts", message)
        chance.shuffle(answering)
        team = self.site.workspace.team_id
        answering.sort(key=lambda one: not own_words(one.locale, team))  # they write, and may be quoted
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(member: Member, text: "Text") -> bool:
            async with gate:
                return await self._answer(member, message, text)

        texts = texts_for(message, len(answering), self.share)
        said = set[str]()
        who = []
        for member, text in zip(answering, texts, strict=True):
            if own := own_words(member.locale, team):
                words = chance.choice([one for one in own if one not in said] or own)
                said.add(words)
                who.append((member, replace(text, words=words)))
            else:
                who.append((member, text))
        # In their forms the team reads what it is asked: forms in other languages have the same ids.
        in_english = [each for each in who if each[0].locale.startswith("en")]
        done = await asyncio.gather(*(one(*each) for each in in_english))
        done += await asyncio.gather(*(one(*each) for each in who if each not in in_english))
        return sum(done)

    def _silent(self, others: list[Member], message: Message) -> set[str]:
        count = round(len(others) * SILENT / 13)
        chance = self._chance("silent", message)
        return {m.id for m in chance.sample(sorted(others, key=lambda m: m.id), count)}

    def _chance(self, who: str, message: Message) -> random.Random:
        place = [m.ts for m in self.site.workspace.messages[message.channel]].index(message.ts)
        return random.Random(f"{self.seed}/{who}/{place}")  # noqa: S311 - invented answers, not secrets

    async def _answer(self, member: Member, message: Message, text: "Text") -> bool:
        await self._leave(member)
        for block in message.blocks:
            for element in elements_of(block):
                if element["type"] != "button" or "url" in element:
                    continue
                view = await self._opened(member, message, block["block_id"], element["action_id"])
                if view is not None and _has_inputs(view):
                    return await self._fill_in(member, message, text)
                await self._leave(member)
        return False

    async def _opened(self, member: Member, message: Message, block_id: str, action_id: str) -> View | None:
        """Press this button, and return the modal that it opens; None if none opens in time."""
        stack = self.site.workspace.stack
        before = self._heard(member, message)
        press = self.people.press(member, message, block_id, action_id, None)
        if not await self._seen(
            press, lambda: bool(stack(member.id)) or self._heard(member, message) > before
        ):
            return None
        return stack(member.id)[-1] if stack(member.id) else None

    async def _seen(self, press: Awaitable[Json], has_come: Callable[[], bool]) -> bool:
        """Return whether ``has_come`` becomes true after the press, while its trigger is valid."""
        came = asyncio.Event()
        loop = asyncio.get_running_loop()

        def look(_revision: int) -> None:
            if has_come():
                loop.call_soon_threadsafe(came.set)

        self.site.workspace.listeners.append(look)
        try:
            await press
            look(0)
            async with asyncio.timeout(self.site.deadlines.trigger_s):
                await came.wait()
        except (NotPossibleError, TimeoutError):
            return False
        finally:
            self.site.workspace.listeners.remove(look)
        return True

    async def _choose(self, member: Member, view: View, text: "Text") -> None:
        """Make the choices that Slack sends to the app at once, because the app may then change the form."""
        for block in [block for block in view.body["blocks"] if block.get("dispatch_action")]:
            element = block["element"]
            if options := element.get("options"):
                choice = {
                    "type": element["type"],
                    "selected_option": options[min(text.choice, len(options) - 1)],
                }
                before = view.hash
                press = self.people.press(member, view, block["block_id"], element["action_id"], choice)
                await self._seen(press, lambda: view.hash != before)  # noqa: B023 - awaited here

    def _heard(self, member: Member, message: Message) -> int:
        return sum(m.ephemeral_to == member.id for m in self.site.workspace.messages[message.channel])

    async def _fill_in(self, member: Member, message: Message, text: "Text") -> bool:
        chance = self._chance(member.id, message)
        submitted = False
        for _step in range(MAX_STEPS):
            stack = self.site.workspace.stack(member.id)
            if not stack or "submit" not in stack[-1].body or not _has_inputs(stack[-1]):
                break
            await self._choose(member, stack[-1], text)
            if member.locale.startswith("en"):
                self.meant |= {block["block_id"]: block for block in stack[-1].body["blocks"]}
            if not await self._submit(
                member, stack[-1], filled_in(stack[-1], member, chance, text, self.meant)
            ):
                break
            submitted = True
        await self._leave(member)
        return submitted

    async def _submit(self, member: Member, view: View, state: dict[str, Json]) -> bool:
        """Submit a form, once more with empty fields for its errors. Return True if it was accepted."""
        try:
            result = await self.people.submit(member, view, state)
            if errors := result.get("errors"):
                corrected = state | {
                    block_id: _emptied(state[block_id]) for block_id in errors if block_id in state
                }
                result = await self.people.submit(member, view, corrected)
        except (NotPossibleError, forms.BadFormError):
            return False
        return bool(result["ok"])

    async def _leave(self, member: Member) -> None:
        while self.site.workspace.stack(member.id):
            try:
                await self.people.close(member, self.site.workspace.stack(member.id)[-1])
            except NotPossibleError:
                continue


def _emptied(actions: Json) -> Json:
    """Return these inputs without values."""
    return {
        action_id: {
            key: kept if key == "type" else [] if isinstance(kept, list) else None
            for key, kept in value.items()
        }
        for action_id, value in actions.items()
    }


def _has_inputs(view: View) -> bool:
    return any(block["type"] == "input" for block in view.body["blocks"])


@dataclass(frozen=True, slots=True)
class Text:
    """What a member writes, and the choice under *Say more?*: 0 no, 1 yes, 2 yes but not to be quoted."""

    words: str
    choice: int
    proposals: Sequence[str] = PROPOSALS


def texts_for(message: Message, count: int, share: Share = Share()) -> list[Text]:
    """Return a text for each of so many members: no text twice, those that fit the question first.

    Those whose texts are not of this share do not write them.
    """
    asked = " ".join([message.text, *(_words(block) for block in message.blocks)])
    fitting = answers_to(asked)
    every = [*fitting, *(text for text in SAMPLES if text not in fitting)]
    own = [*share.among(every[: len(fitting)]), *share.among(every[len(fitting) :])]
    others = [text for text in every if text not in own]
    choices = [1] * QUOTED + [2] * UNQUOTED + [0] * count
    proposals = share.among(PROPOSALS)
    return [Text(*pair, proposals) for pair in zip([*own, *others], choices, strict=False)][:count]


def filled_in(
    view: View, member: Member, chance: random.Random, text: Text, meant: Mapping[str, Json] | None = None
) -> dict[str, Json]:
    """Return ``state.values`` of this modal as this member fills it in.

    ``meant``: the blocks of the same modal in English, by their ids.
    """
    state: dict[str, Json] = {}
    for block in view.body["blocks"]:
        if block.get("dispatch_action"):
            continue  # it was chosen already
        for element in elements_of(block):
            said = (meant or {}).get(block.get("block_id", ""), block)
            value = _value(said, element, member, chance, text)
            if value is not None:
                state.setdefault(block["block_id"], {})[element["action_id"]] = {
                    "type": element["type"],
                    **value,
                }
    return state


def _value(block: Json, element: Json, member: Member, chance: random.Random, text: Text) -> Json | None:
    kind = element["type"]
    options = element.get("options", [])
    if kind in {"radio_buttons", "static_select"}:
        return {"selected_option": _rated(options, block, element.get("initial_option"), member, chance)}
    if kind == "checkboxes":
        needed = block["type"] == "input" and not block.get("optional")
        ticked = [option for option in options if chance.random() < 0.6]  # noqa: PLR2004 - three in five
        return {"selected_options": ticked or (options[:1] if needed else [])}
    if kind == "multi_static_select":
        most = min(element.get("max_selected_items", 2), len(options))
        return {"selected_options": chance.sample(options, chance.randint(1, most))}
    if kind == "plain_text_input":
        return {"value": _text(block, element, chance, text)}
    return None


def _words(block: Json) -> str:
    label = block.get("label") or block.get("text") or {}
    return str(label.get("text", ""))


def _rated(
    options: list[Json], block: Json, first: Json | None, member: Member, chance: random.Random
) -> Json:
    """Choose an option by the rating of the statement. Options are ordered by the number in their value.

    ``block``: the statement and its options in English.

    An option without a number, such as "I would rather not say", is never chosen. For the question on tenure,
    newcomers choose the first option and others the second. The option at which the field starts (``first``)
    is skipped.
    """
    statement = _words(block)
    if statement.startswith(_TENURE):
        options = [option for option in options if option != first]
        return options[0 if member.group is Group.NEWCOMER else 1]
    if any(_is_choice(element.get("options", [])) for element in elements_of(block)):
        return options[_choice_of(chance)]
    numbered = [option for option in options if _NUMBER.search(str(option["value"]))]
    if len(numbered) > 1:
        options = sorted(numbered, key=lambda option: int(_NUMBER.findall(str(option["value"]))[0]))
    share = rating(statement, newcomer=member.group is Group.NEWCOMER, chance=chance)
    return options[min(len(options) - 1, int(share * len(options)))]


def _is_choice(options: list[Json]) -> bool:
    """Return whether these are the options for a proposal: would try it, see harm in it, or neither."""
    return any("would try" in str(option["text"]["text"]) for option in options)


def _choice_of(chance: random.Random) -> int:
    """Return the index of an option: mostly the first, sometimes the last, rarely the one for harm."""
    drawn = chance.random()
    return 0 if drawn < WOULD_TRY else 1 if drawn < WOULD_TRY + SEES_HARM else -1


def _text(block: Json, element: Json, chance: random.Random, text: Text) -> str | None:
    most = element.get("max_length", 3000)
    if _words(block).startswith(_PROPOSAL):
        words = chance.choice(text.proposals)
    elif block.get("optional") and not text.choice:
        return None
    else:
        words = text.words
    if len(words) > most:
        words = chance.choice([one for one in SAMPLES if len(one) <= most] or ["Yes."])
    return words
