"""Compute how many rounds a pack can ask before a statement repeats."""

from bot.core.audiences import askables_of
from bot.core.cycle_plan import cycle_of
from bot.core.model import PromptPack, RoundId, RoundPrompt
from bot.core.prompts import preview

CYCLES = 12
"""Number of cycles to simulate, because statements of a prompt alternate and cycles follow one another."""


def full_rounds_in_window(pack: PromptPack) -> int:
    """Return after how many rounds in a row the first statement repeats.

    A pack that is asked more often within about four weeks (``audiences.WINDOW_DAYS``) leaves out statements,
    anchors or tags. A pack of one topic asks its anchor in every round, so the answer is 1. Raises
    ``ValueError`` for a pack without prompts.
    """
    asked: list[RoundPrompt] = []
    rounds = CYCLES * len(cycle_of(pack))
    last: dict[str, int] = {}
    fewest = rounds
    for number in range(rounds):
        prompt = preview(pack, asked)
        asked.append(prompt)
        for statement in askables_of(prompt, RoundId(str(number))):
            for key in statement.keys:
                fewest = min(fewest, number - last.get(key, -rounds))
                last[key] = number
    return fewest
