"""Run ``belonging proof``, and print the attacks as a table or as JSON."""

from collections import Counter
from dataclasses import asdict
from datetime import datetime
from typing import Any

from rich.table import Table
from rich.text import Text

from bot.app import system_clock
from bot.cli.cell_slack import ask_cell
from bot.cli.cells import each_cell, one_cell
from bot.cli.console import out, print_json, working
from bot.cli.installation import data_file
from bot.cli.outcomes import sum_up
from bot.cli.process import disable_core_dumps
from bot.config import Config
from bot.core.check_rules import clock_words
from bot.core.clock import CLOCK_OFF, doubt_of_clock
from bot.errors import SlackError
from bot.evidence import Slack, ask_slack, gather
from bot.logs import set_up_logs
from bot.proof import AttackResult, Verdict, has_failed, prove
from bot.store.read_only import read_newest_time

COLOURS = {
    Verdict.PASS: "green",
    Verdict.WARNING: "yellow",
    Verdict.FAIL: "bold red",
    Verdict.NOT_TRIED: "yellow",
}


def run_proof(config: Config, workspace: str | None = None, *, as_json: bool) -> bool:
    """Print the result of each attack, of many workspaces for each. Return True if none found anything.

    Raises ``BotError`` if there is no data.
    """
    if config.hosting and workspace is None:
        clean, found = each_cell(config, lambda cell: proved(cell, config, show=not as_json), as_json=as_json)
        if as_json:
            print_json({"passed": clean, "workspaces": found})
        else:
            out.print(Text(sum_up(found)), soft_wrap=True)
        return clean
    clean, data = proved(one_cell(config, workspace), config, show=not as_json)
    if as_json:
        print_json(data)
    return clean


def proved(config: Config, host: Config, *, show: bool) -> tuple[bool, dict[str, Any]]:
    """Attack an installation, and show what was found. Return whether that is nothing, and the data.

    ``host``: of all workspaces, where this is one of many. Raises ``BotError`` if there is no data.
    """
    database = data_file(config)
    # The bot does both when it starts. The attacks examine this process in its place.
    set_up_logs("debug")
    disable_core_dumps()
    with working("Attacking this installation"):
        slack, slack_at, unasked = _slack(config, host)
        at, clock = judged_at(system_clock(), slack_at, read_newest_time(database))
        results = prove(gather(config, at, slack, unasked))
    clean = not has_failed(results)
    if show:
        if clock:
            out.print(Text(clock))
        _show(results)
    return clean, {
        "date": at.isoformat(timespec="seconds"),
        "clock": clock,
        "passed": clean,
        "attacks": [asdict(result) for result in results],
    }


def judged_at(machine: datetime, slack_at: datetime | None, newest: datetime | None) -> tuple[datetime, str]:
    """Return the time (UTC) by which stored times are judged, and a sentence about the clock.

    ``slack_at``: Slack's time, if it is known. ``newest``: the newest stored time.
    """
    if slack_at and abs(machine - slack_at) > CLOCK_OFF:
        return slack_at, f"{clock_words(machine - slack_at)} Slack's time was taken."
    if slack_at:
        return machine, ""
    doubt = doubt_of_clock(machine, newest)
    if newest and doubt and machine < newest:
        return newest, f"{doubt}, which was taken in its place."
    compared = f"{doubt}. It was not compared with Slack's." if doubt else _NOT_COMPARED
    return machine, compared


_NOT_COMPARED = "Times were judged by the clock of this machine, which was not compared with Slack's."


def _slack(config: Config, host: Config) -> tuple[Slack | None, datetime | None, str]:
    """Return Slack and its time; if Slack cannot be asked, why not."""
    if not config.secrets.bot_token and config.cell:
        return None, None, "no token of this workspace is stored, so nobody knows who is in the channels"
    if not config.secrets.bot_token:
        return None, None, "no Slack token (SLACK_BOT_TOKEN), so nobody knows who is in the channels"
    try:
        if config.cell and config.cell.startswith("E"):
            return *ask_cell(host, config.cell), ""
        return *ask_slack(config, system_clock), ""
    except SlackError as error:
        return None, None, f"Slack could not be asked who is in the channels ({error.reason})"


def _show(results: tuple[AttackResult, ...]) -> None:
    table = Table(show_lines=True, expand=False)
    table.add_column("attack", max_width=16)
    table.add_column("what was tried, and what was found", ratio=1)
    table.add_column("", no_wrap=True)
    for result in results:
        said = Text.assemble((result.tried, "dim"), f"\n{result.found}")
        if result.remedy:
            said = Text.assemble(said, "\n", ("To do:", "bold"), f" {result.remedy}")
        verdict = Text(result.verdict.value, style=COLOURS[result.verdict])
        table.add_row(result.attack, said, verdict)
    out.print(table)
    out.print(verdict_line(results))


def verdict_line(results: tuple[AttackResult, ...]) -> str:
    """Sum up the results in one line."""
    many = Counter(result.verdict for result in results)
    failed = many[Verdict.FAIL]
    parts = [f"{failed} found something (see above)" if failed else "none found anything"]
    if many[Verdict.WARNING]:
        parts.append(f"{many[Verdict.WARNING]} to look at")
    if many[Verdict.NOT_TRIED]:
        parts.append(f"{many[Verdict.NOT_TRIED]} not tried")
    return f"{len(results)} attacks: {', '.join(parts)}."
