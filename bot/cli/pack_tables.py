"""Show prompt packs as tables, panels and plain data."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from typing import Any

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from bot.cli.console import out
from bot.core.advice import rounds_with_statements
from bot.core.cycle_plan import keeps_places
from bot.core.model import CoCreatePrompt, Dimension, Lens, PackId, Prompt, PromptPack, Side, Statement
from bot.core.pack_texts import FALL_BACK, problems_of, texts_of
from bot.core.wording import every_remark, is_english, remarks
from bot.errors import BotError

SIDES = {Side.INCLUSION: "magenta", Side.BELONGING: "cyan", Side.GROUND: "yellow"}
DIM = "dim"

NOT_ENGLISH = (
    "The texts seem not to be in English. The rules for words know no other language, so they were not used:"
    " let two people read the pack, one of whom does not know it."
)

FALLS_BACK = "a form with such a text comes in another language"

SAME_TWICE = "One of its rounds would ask a statement that has the words of its anchor."

Named = Prompt | Dimension | CoCreatePrompt


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A topic, a prompt or a question of co-creation, and its pack."""

    pack: PromptPack
    what: Named

    def data(self) -> dict[str, Any]:
        """Return the entry as plain data, with its pack and kind."""
        kinds = {Prompt: "prompt", Dimension: "topic", CoCreatePrompt: "co_create"}
        return {"pack": self.pack.id, "kind": kinds[type(self.what)], **asdict(self.what)}


def find(packs: Mapping[PackId, PromptPack], name: str) -> list[Entry]:
    """Return the entry with this id or key from each pack. Raises ``BotError``, which names a similar one."""
    entries = [(key, entry) for pack in packs.values() for key, entry in _entries(pack)]
    found = [entry for key, entry in entries if key == name]
    if found:
        return found
    close = get_close_matches(name.lower(), sorted({key for key, _ in entries}), n=1)
    raise BotError(
        f"There is no prompt or topic '{name[:40]}', or it is switched off.",
        remedy=f"Did you mean '{close[0]}'?" if close else "See them all: belonging prompts list",
    )


def _entries(pack: PromptPack) -> list[tuple[str, Entry]]:
    everything: tuple[Named, ...] = (*pack.dimensions, *pack.prompts, *pack.co_create)
    return [
        (one.key if isinstance(one, Dimension) else one.id, Entry(pack=pack, what=one)) for one in everything
    ]


def pack_data(pack: PromptPack) -> dict[str, Any]:
    """Return a pack as plain data: topics, prompts with the side of their topic, co-creation questions."""
    sides = {dimension.key: dimension.side for dimension in pack.dimensions}
    return {
        "pack": pack.id,
        "title": pack.title,
        "note": pack.note,
        "languages": languages_of(pack),
        "topics": [asdict(dimension) for dimension in pack.dimensions],
        "prompts": [{**asdict(prompt), "side": sides[prompt.dimension]} for prompt in pack.prompts],
        "co_create": [asdict(template) for template in pack.co_create],
    }


def languages_of(pack: PromptPack) -> list[str]:
    """Return the codes of the languages in which a pack has texts, its own first."""
    return [pack.language, *pack.translations]


def pack_table(pack: PromptPack) -> Table:
    """Return a table of the prompts of a pack, by topic, with its languages in the title."""
    title = f"{pack.title} ({pack.id})  ·  {', '.join(languages_of(pack))}"
    table = Table(title=Text(title), title_justify="left", title_style="bold", expand=False)
    for heading in ("id", "lens", "statements"):
        table.add_column(heading, no_wrap=True, justify="right" if heading == "statements" else "left")
    table.add_column("question")
    for dimension in pack.dimensions:
        prompts = [prompt for prompt in pack.prompts if prompt.dimension == dimension.key]
        if not prompts:
            continue
        table.add_row(
            Text(dimension.key, style="bold"),
            Text(dimension.side.value, style=SIDES[dimension.side]),
            "",
            Text(dimension.label, style="bold"),
        )
        for prompt in prompts:
            lens = "" if prompt.lens is Lens.ALL else prompt.lens.value
            table.add_row(
                prompt.id, Text(lens, style=DIM), str(len(prompt.statements)), Text(prompt.question)
            )
        table.add_section()
    for template in pack.co_create:
        table.add_row(template.id, Text("co-create", style=DIM), "", Text(template.question))
    return table


def entry_panel(entry: Entry) -> Panel:
    """Return a panel with an entry and all that belongs to it."""
    match entry.what:
        case Dimension():
            title, body = _topic(entry.what)
        case Prompt():
            title, body = _prompt(entry.pack, entry.what)
        case CoCreatePrompt():
            title, body = _template(entry.what)
    return Panel(
        Group(*body), title=Text(title, style="bold"), title_align="left", subtitle=Text(entry.pack.id)
    )


def _topic(topic: Dimension) -> tuple[str, list[RenderableType]]:
    return topic.label, [
        _line(topic.key, topic.side.value),
        Text(topic.asks, style="italic"),
        Text(),
        _statement("Anchor, the same words every time", topic.anchor),
        *_tags(topic),
    ]


def _prompt(pack: PromptPack, prompt: Prompt) -> tuple[str, list[RenderableType]]:
    topic = pack.dimension(prompt.dimension)
    lens = "" if prompt.lens is Lens.ALL else f"lens: {prompt.lens.value}"
    turns = "Statements, which take turns" if len(prompt.statements) > 1 else "Statement"
    return prompt.id, [
        _line(topic.label, topic.side.value, lens, *prompt.ideas),
        Text(prompt.question, style="bold"),
        Text(),
        *(
            _statement(turns if number == 0 else "", statement)
            for number, statement in enumerate(prompt.statements)
        ),
        _statement("Anchor", topic.anchor),
        *_tags(topic),
    ]


def _template(template: CoCreatePrompt) -> tuple[str, list[RenderableType]]:
    return f"{template.id}: {template.name}", [
        _line("co-creation", *template.ideas),
        Text(template.question, style="bold"),
        Text(),
        Text.assemble(("Gives: ", DIM), template.gives),
    ]


def _tags(topic: Dimension) -> list[Text]:
    return (
        [Text.assemble(("Tags: ", DIM), "  ·  ".join(tag.text for tag in topic.tags))] if topic.tags else []
    )


def _line(*parts: str) -> Text:
    return Text("  ·  ".join(part for part in parts if part), style=DIM)


def _statement(heading: str, statement: Statement) -> Text:
    note = "  (agreeing speaks against the topic)" if statement.reversed else ""
    start = f"{heading}\n" if heading else ""
    return Text.assemble((start, DIM), f"  {statement.text}", (f"{note}  {statement.id}", DIM))


def checked_data(pack: PromptPack) -> dict[str, Any]:
    """Return the numbers and remarks of a pack as plain data."""
    return {
        "pack": pack.id,
        "prompts": len(pack.prompts),
        "statements": sum(len(prompt.statements) for prompt in pack.prompts),
        "topics": len(pack.dimensions),
        "co_create": len(pack.co_create),
        "full_rounds": rounds_with_statements(pack),
        "english": is_english(pack),
        "remarks": [asdict(remark) for remark in every_remark(pack)],
        "languages": languages_of(pack),
        "translations": [asdict(problem) for problem in problems_of(pack)],
    }


def print_check(packs: Sequence[PromptPack]) -> None:
    """Print what each pack holds, and the remarks on it."""
    for pack in packs:
        numbers = checked_data(pack)
        out.print(
            Text.assemble(
                ("✓ ", "green"),
                (pack.id, "bold"),
                f": {numbers['prompts']} prompts with {numbers['statements']} statements, "
                f"{numbers['topics']} topics, {numbers['co_create']} questions of co-creation",
            )
        )
        out.print(Text(f"  {_capacity_line(pack, numbers['full_rounds'])}"))
        for remark in remarks(pack):
            said = f" {remark.rule}: {remark.text}."
            out.print(Text.assemble(("  ! ", "yellow"), (remark.place, "bold"), said))
        for remark in every_remark(pack):
            if remark.reason:
                said = f" {remark.rule}, which is meant: {remark.reason}"
                out.print(Text.assemble(("  · ", "green"), (remark.place, "bold"), said))
        if not numbers["english"]:
            out.print(Text(f"  {NOT_ENGLISH}", style="yellow"))
        _print_translations(pack)
    if all(is_english(pack) and not remarks(pack) and not problems_of(pack) for pack in packs):
        out.print("Nothing to remark on.")


def _print_translations(pack: PromptPack) -> None:
    """Print in which other languages a pack is complete, and what is wrong with the others."""
    problems = problems_of(pack)
    wrong = Counter(problem.language for problem in problems)
    complete = [language for language in pack.translations if language not in wrong]
    if complete:
        out.print(Text(f"  Translated: {', '.join(complete)}"))
    for language, many in wrong.items():
        unusable = len({one.place for one in problems if one.language == language and one.fault in FALL_BACK})
        falls_back = f"; {unusable} cannot be used, and {FALLS_BACK}" if unusable else ""
        out.print(Text(f"  {language}: {many} of {len(texts_of(pack))} texts need a look{falls_back}."))
        for one in problems:
            if one.language == language:
                out.print(
                    Text.assemble(("  ✗ ", "red"), (f"{language} {one.place}", "bold"), f" {one.text}.")
                )


def _capacity_line(pack: PromptPack, rounds: int) -> str:
    """Say how often a pack can ask in four weeks."""
    if not rounds:
        return SAME_TWICE if pack.prompts else "It has nothing to ask."
    can = "one round" if rounds == 1 else f"{rounds} rounds"
    more = (
        "the question comes alone, and under ten people nothing comes."
        if not keeps_places(pack)
        else "some are left out."
    )
    return f"It has statements for {can} in four weeks. Asked more often, {more}"
