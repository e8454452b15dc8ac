"""``belonging proof``: the attacks as a table, or as JSON."""

import resource
from dataclasses import asdict

from rich.table import Table

from bot.app import gather, system_clock
from bot.cli.console import escaped, out, print_json
from bot.config import Config
from bot.errors import BotError
from bot.logs import set_up_logs
from bot.proof import Finding, Verdict, has_failed, prove

COLOURS = {Verdict.PASS: "green", Verdict.FAIL: "bold red", Verdict.NOT_TRIED: "yellow"}


def run_proof(config: Config, *, as_json: bool) -> bool:
    """Whether no attack found anything; prints each of them. Raises ``BotError`` where there is no data."""
    if not (config.data_dir / "belonging.db").exists():
        raise BotError(f"There is no data in {config.data_dir}.", remedy="Start the bot first: belonging run")
    # The bot does both at its own start; this process is looked at in its place.
    set_up_logs("debug")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    at = system_clock()
    findings = prove(gather(config, at))
    clean = not has_failed(findings)
    if as_json:
        attacks = [asdict(finding) for finding in findings]
        print_json({"date": at.isoformat(timespec="seconds"), "passed": clean, "attacks": attacks})
    else:
        _show(findings)
    return clean


def _show(findings: tuple[Finding, ...]) -> None:
    table = Table(show_lines=True, expand=False)
    table.add_column("attack", no_wrap=True)
    table.add_column("what was tried, and what was found", ratio=1)
    table.add_column("", no_wrap=True)
    for finding in findings:
        lines = [f"[dim]{escaped(finding.tried)}[/]", escaped(finding.found)]
        if finding.remedy:
            lines.append(f"[bold]To do:[/] {escaped(finding.remedy)}")
        colour = COLOURS[finding.verdict]
        table.add_row(finding.attack, "\n".join(lines), f"[{colour}]{finding.verdict.value}[/]")
    out.print(table)
    failed = sum(finding.verdict is Verdict.FAIL for finding in findings)
    left = sum(finding.verdict is Verdict.NOT_TRIED for finding in findings)
    verdict = f"{failed} found something: see above what to do." if failed else "None found anything."
    rest = f" {left} could not be tried from here." if left else ""
    out.print(f"{len(findings)} attacks. {verdict}{rest}")
