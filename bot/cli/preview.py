"""Preview a prompt in the terminal: its message and its form."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from bot.cli.blocks import draw_blocks, draw_view
from bot.cli.pack_tables import find
from bot.config import Config
from bot.core.cycle_plan import reflections
from bot.core.model import (
    ChannelId,
    CoCreatePrompt,
    Dimension,
    Prompt,
    PromptPack,
    Round,
    RoundId,
    RoundPrompt,
    SupportCard,
)
from bot.core.rounds import closes_at
from bot.errors import BotError
from bot.slack.kit.limits import fit
from bot.slack.reply.announcement_blocks import announcement, announcement_text
from bot.slack.reply.blocks import Filled, More, reply_form

NOBODY_YET = SupportCard(contact="(support.contact is not filled in yet)", crisis="(nor is support.crisis)")
PREVIEW_ROUND = RoundId("preview00000")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The message with its plain text, and the form, as Slack would get them."""

    text: str
    blocks: list[dict[str, Any]]
    view: dict[str, Any]

    def drawn(self) -> RenderableType:
        """Draw both as panels, side by side if there is room."""
        message = Panel(
            Group(Text("Belonging Bot  APP", style="bold"), draw_blocks(self.blocks)),
            title="In the channel",
            title_align="left",
            width=62,
        )
        return Columns([message, draw_view(self.view, width=62)])


def preview_of(config: Config, name: str, now: datetime) -> Preview:
    """Preview the prompt with this id as if it opened now; for a topic, its first prompt.

    Raises ``BotError`` if there is none, and for a question of co-creation.
    """
    entry = find(config.settings.packs, name)[0]
    round_ = _round(config, _asked(entry.pack, _prompt(entry.pack, entry.what)), now)
    after_yes = Filled(more=More.QUOTED)  # with the text box and the tags
    view = reply_form(round_, config.settings.support or NOBODY_YET, metadata="", filled=after_yes)
    fitted = fit({"text": announcement_text(round_), "blocks": announcement(round_), "view": view})
    return Preview(text=fitted["text"], blocks=fitted["blocks"], view=fitted["view"])


def _prompt(pack: PromptPack, what: Prompt | Dimension | CoCreatePrompt) -> Prompt:
    if isinstance(what, CoCreatePrompt):
        raise BotError(
            f"{what.id} is filled in from a summary, so there is nothing to preview yet.",
            remedy=f"See its words: belonging prompts show {what.id}",
        )
    if isinstance(what, Prompt):
        return what
    own = [prompt for prompt in pack.prompts if prompt.dimension == what.key]
    if not own:
        raise BotError(f"The topic '{what.key}' has no prompt.", remedy="Choose another one.")
    return own[0]


def _asked(pack: PromptPack, prompt: Prompt) -> RoundPrompt:
    """Return the prompt as its round in the cycle asks it for the first time."""
    slot = next(slot for slot in reflections(pack) if slot.dimension == prompt.dimension)
    topic = pack.dimension(prompt.dimension)
    partner = [pack.dimension(slot.partner).anchor] if slot.partner else []
    return RoundPrompt(
        prompt_id=prompt.id,
        dimension=topic.key,
        label=topic.label,
        side=topic.side,
        question=prompt.question,
        statements=(prompt.statements[0], topic.anchor, *partner),
        tags=topic.tags,
    )


def _round(config: Config, asked: RoundPrompt, now: datetime) -> Round:
    opened = now.replace(microsecond=0)
    return Round(
        id=PREVIEW_ROUND,
        channel=ChannelId("C00000000"),
        schedule=None,
        number=1,
        prompt=asked,
        policy=config.settings.policy,
        audience_size=0,
        opened_at=opened,
        closes_at=closes_at(opened, config.settings.defaults.open_for, config.settings.policy),
        zone=config.settings.defaults.zone,
        closing_key=b"",
    )
