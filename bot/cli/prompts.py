"""Define the commands below ``belonging prompts``: list, show, check, preview, fingerprint and schema."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.console import DEFAULT_CONFIG, AsJson, ConfigPath, load_or_shipped, out, print_json, say

app = typer.Typer(
    help="List the prompts, look at one, try a pack of your own, and see how a prompt comes out in Slack.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)

PromptName = Annotated[
    str, typer.Argument(help="A prompt's id, such as door-04; with show, a topic's key, too.", metavar="ID")
]


@app.command("list")
def list_(config: ConfigPath = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """List the prompts of every pack, by topic, with side, lens and number of statements."""
    from bot.cli.pack_tables import pack_data, pack_table

    packs = load_or_shipped(config).settings.packs.values()
    if as_json:
        print_json([pack_data(pack) for pack in packs])
    else:
        for pack in packs:
            out.print(pack_table(pack))


@app.command()
def show(name: PromptName, config: ConfigPath = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """Show a prompt, a topic or a question of co-creation with all that belongs to it."""
    from bot.cli.pack_tables import entry_panel, find

    found = find(load_or_shipped(config).settings.packs, name)
    if as_json:
        print_json([entry.data() for entry in found])
    else:
        for entry in found:
            out.print(entry_panel(entry))


@app.command()
def check(
    path: Annotated[
        Path | None,
        typer.Argument(help="A pack's file or folder; without it, those that the configuration names."),
    ] = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Check prompt packs: what cannot be used is an error, what reads badly is a remark.

    Of translations it names what is missing, empty, too long for Slack, still in the language of the pack, or
    has other placeholders; these are errors. The exit code is 1 for errors alone.
    """
    from bot.cli.pack_tables import checked_data, print_check
    from bot.config import load_packs
    from bot.core.pack_texts import problems_of

    packs = load_packs([path]) if path else load_or_shipped(config).settings.packs
    if as_json:
        print_json([checked_data(pack) for pack in packs.values()])
    else:
        print_check(list(packs.values()))
    if any(map(problems_of, packs.values())):
        raise typer.Exit(1)


@app.command()
def preview(name: PromptName, config: ConfigPath = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """Draw the message and the form of a prompt in the terminal, or print their Block Kit JSON."""
    from bot.app import system_clock
    from bot.cli.preview import preview_of

    seen = preview_of(load_or_shipped(config), name, system_clock())
    if as_json:
        print_json({"message": {"text": seen.text, "blocks": seen.blocks}, "view": seen.view})
    else:
        out.print(seen.drawn())


@app.command()
def fingerprint(config: ConfigPath = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """Print what changes when a word of a pack in use changes, one line for each pack (SHA-256).

    An agreement can hold these lines, and belonging check compares them. What prompts_off takes out is not
    in it.
    """
    from bot.core.fingerprint import fingerprint_of

    packs = load_or_shipped(config).settings.packs
    found = {key: fingerprint_of(pack) for key, pack in packs.items()}
    if as_json:
        print_json(found)
    else:
        for key, digest in found.items():
            say(f"{key}: {digest}")


@app.command()
def schema() -> None:
    """Print the JSON Schema of a pack's files, for editors that check while one writes."""
    from bot.config import pack_json_schema

    print_json(pack_json_schema())
