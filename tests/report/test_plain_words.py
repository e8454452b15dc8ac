"""The report is read by members too: it has no word that only this house uses."""

import re
from datetime import UTC, datetime
from pathlib import Path

from bot.config import load_pack
from bot.report import Subject, report_page
from bot.report.sample import SAMPLE_NAME, sample_ledger, sample_results
from tests.report.conftest import Page

OURS = re.compile(r"\b(?:rounds?|cycles?|ledgers?|shaping|by lot|levels?)\b", re.IGNORECASE)
OF_A_MEMBER = "the round of written notes"
"""Part of an invented quote."""


def test_the_report_calls_a_round_a_question_and_names_no_cycle() -> None:
    pack = load_pack(Path(__file__).resolve().parents[2] / "prompts" / "belonging")
    subject = Subject(
        name=SAMPLE_NAME,
        results=sample_results(pack),
        made_at=datetime(2026, 11, 24, tzinfo=UTC),
        sample=True,
        ledger=sample_ledger(pack),
    )
    text = Page(report_page(subject)).text.replace(OF_A_MEMBER, "")

    assert [] == [text[max(0, found.start() - 40) : found.end() + 20] for found in OURS.finditer(text)]
