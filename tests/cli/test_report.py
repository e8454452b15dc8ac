"""belonging report and export: files that stay, and one clear sentence where there are none."""

import csv
import io
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.core.language import Languages
from bot.report.sample import SAMPLE_CHANNEL
from scripts.sample_data import seed
from tests.cli.conftest import Belonging
from tests.cli.test_prompts import refused, said
from tests.languages import PSEUDO


@pytest.fixture
def data(folder: Path) -> Path:
    """The data directory of the configuration, with the invented channel in it."""
    seed(folder / "data")
    return folder / "data"


def speak_in(data: Path, language: str) -> None:
    """Store that the channel reads its newest question in this language."""
    with closing(sqlite3.connect(data / "belonging.db")) as database, database:
        database.execute(
            "UPDATE round SET language = ? WHERE number = (SELECT max(number) FROM round)", (language,)
        )


@pytest.mark.usefixtures("data")
def test_the_report_of_a_channel_is_written_and_the_sample_is_labelled(
    belonging: Belonging, folder: Path
) -> None:
    printed = said(belonging("report", "--channel", SAMPLE_CHANNEL, "--out", "report.html"))
    page = (folder / "report.html").read_text(encoding="utf-8")

    assert "28 rounds, 2 of them withheld, written to report.html" in printed
    assert page.startswith("<!doctype html>")
    assert "Sample data, all invented." in page


@pytest.fixture
def spoken(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bot speaks one language besides English."""
    monkeypatch.setattr("bot.cli.report.shipped_languages", lambda: Languages([PSEUDO]))


@pytest.mark.usefixtures("data", "spoken")
def test_the_report_is_in_the_language_that_is_named(belonging: Belonging, folder: Path) -> None:
    said(belonging("report", "--channel", SAMPLE_CHANNEL, "--language", "en-XA", "--out", "report.html"))
    said(belonging("report", "--sample", "--language", "en-XA", "--out", "sample.html"))

    for name in ("report.html", "sample.html"):
        page = (folder / name).read_text(encoding="utf-8")
        assert '<html lang="en-XA">' in page
        assert "[!!! Sample data, all invented." in page
        assert "[!!! #sample-team, all invented" in page


@pytest.mark.usefixtures("data", "spoken")
def test_left_out_it_is_the_language_of_the_newest_question(belonging: Belonging, folder: Path) -> None:
    speak_in(folder / "data", "en-XA")
    said(belonging("report", "--channel", SAMPLE_CHANNEL, "--out", "report.html"))
    said(belonging("report", "--channel", SAMPLE_CHANNEL, "--language", "en", "--out", "english.html"))

    assert '<html lang="en-XA">' in (folder / "report.html").read_text(encoding="utf-8")
    assert '<html lang="en">' in (folder / "english.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("data", "spoken")
def test_an_export_has_the_language_of_its_channel_or_the_one_that_is_named(
    belonging: Belonging, folder: Path
) -> None:
    removed = "a quote was removed on"
    speak_in(folder / "data", "en-XA")

    assert f"[!!! {removed}" in belonging("export", "--channel", SAMPLE_CHANNEL).stdout
    assert f'"{removed}' in belonging("export", "--all-channels").stdout
    assert f'"{removed}' in belonging("export", "--channel", SAMPLE_CHANNEL, "--language", "en").stdout
    assert f"[!!! {removed}" in belonging("export", "--all-channels", "--language", "en-XA").stdout


@pytest.mark.usefixtures("data", "spoken")
def test_the_latest_summary_is_in_the_language_of_its_channel(belonging: Belonging, folder: Path) -> None:
    speak_in(folder / "data", "en-XA")

    assert said(belonging("summary", "--channel", SAMPLE_CHANNEL)).startswith("[!!! ")


@pytest.mark.parametrize("command", [("report", "--sample", "--out", "x.html"), ("export", "--all-channels")])
@pytest.mark.usefixtures("spoken")
def test_of_an_unknown_language_the_known_ones_are_told(
    belonging: Belonging, command: tuple[str, ...]
) -> None:
    assert "The bot does not speak “tlh”. It speaks: en, en-XA" in refused(
        belonging(*command, "--language", "tlh")
    )


@pytest.mark.usefixtures("data")
def test_a_name_stands_in_the_title(belonging: Belonging, folder: Path) -> None:
    said(belonging("report", "--channel", SAMPLE_CHANNEL, "--name", "#a <b> & c", "--out", "report.html"))

    assert "#a &lt;b&gt; &amp; c</title>" in (folder / "report.html").read_text(encoding="utf-8")


def test_the_sample_needs_no_data_and_leaves_none(belonging: Belonging, folder: Path) -> None:
    said(belonging("report", "--sample", "--out", "sample.html"))

    assert {"config.yaml", "sample.html"} == {path.name for path in folder.iterdir()}
    assert "Sample data, all invented." in (folder / "sample.html").read_text(encoding="utf-8")


def test_a_file_that_is_there_is_not_written_over(belonging: Belonging, folder: Path) -> None:
    (folder / "mine.html").write_text("mine", encoding="utf-8")

    assert "mine.html is there already. Choose another name, or write over it: --force" in refused(
        belonging("report", "--sample", "--out", "mine.html")
    )
    assert "mine" == (folder / "mine.html").read_text(encoding="utf-8")
    said(belonging("report", "--sample", "--out", "mine.html", "--force"))
    assert "mine" != (folder / "mine.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["report", "--out", "x.html"], "Of which channel? Add --channel C0123456789, or --sample"),
        (["report", "--channel", "C0", "--out", "x.html"], "There is no data in"),
        (["report", "--sample", "--out", "no/x.html"], "no/x.html cannot be written (No such file"),
        (["report", "--sample", "--out", "."], "is there already"),
        (["report", "--sample", "--out", ".", "--force"], "cannot be written (Is a directory)"),
        (["export", "--channel", "C0"], "There is no data in"),
        (["export"], "Of which channel? Add --channel C0123456789, or --all-channels; not both."),
        (["export", "--channel", "C0", "--all-channels"], "or --all-channels; not both."),
        (["report", "--sample", "--out", "x.html", "--config", "no.yaml"], "there is no such file"),
    ],
)
def test_what_cannot_be_done_is_told(belonging: Belonging, arguments: list[str], sentence: str) -> None:
    assert sentence in refused(belonging(*arguments))


@pytest.mark.usefixtures("data")
def test_a_channel_without_results_is_told(belonging: Belonging) -> None:
    assert "There is no summary for C0 yet. It comes when a round closes" in refused(
        belonging("report", "--channel", "C0", "--out", "x.html")
    )


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize("channel", [("--all-channels",), ("--channel", SAMPLE_CHANNEL)])
def test_results_are_printed_as_csv(belonging: Belonging, channel: tuple[str, ...]) -> None:
    result = belonging("export", *channel)
    rows = list(csv.DictReader(io.StringIO(result.stdout, newline="")))

    assert result.exit_code == 0
    assert {SAMPLE_CHANNEL} == {row["channel"] for row in rows}
    assert {str(number) for number in range(1, 29)} == {row["round"] for row in rows} - {""}


@pytest.mark.usefixtures("data")
def test_results_are_written_as_json(belonging: Belonging, folder: Path) -> None:
    printed = said(belonging("export", "--all-channels", "--format", "json", "--out", "results.json"))

    assert "28 results and 8 norms written to results.json" in printed
    assert len(json.loads((folder / "results.json").read_text(encoding="utf-8"))) == 36
    assert "is there already" in refused(belonging("export", "--all-channels", "--out", "results.json"))


@pytest.mark.usefixtures("data")
def test_the_latest_summary_says_the_same_numbers(belonging: Belonging) -> None:
    summary = json.loads(belonging("summary", "--channel", SAMPLE_CHANNEL, "--json").stdout)
    export = json.loads(belonging("export", "--channel", SAMPLE_CHANNEL, "--format", "json").stdout)

    assert summary == export[0]
