"""How often a pack can ask: after how many rounds, within about four weeks, a statement would come again."""

from bot.core.audiences import statements_of
from bot.core.cycle_plan import cycle_of
from bot.core.model import PromptPack, RoundId, RoundPrompt
from bot.core.prompts import preview

CYCLES = 12
"""So many cycles are walked: statements of one prompt take turns, and a cycle's end meets the next one."""


def full_rounds_in_window(pack: PromptPack) -> int:
    """Return how many rounds in a row ask everything that they are to ask, while no statement comes again.

    A pack that is asked more often than that within about four weeks (``audiences.WINDOW_DAYS``) leaves
    statements, anchors or tags out. A pack of one topic has its anchor in every round, so the answer is 1.
    Raises ``ValueError`` for a pack without prompts.
    """
    asked: list[RoundPrompt] = []
    rounds = CYCLES * len(cycle_of(pack))
    last: dict[str, int] = {}
    fewest = rounds
    for number in range(rounds):
        prompt = preview(pack, asked)
        asked.append(prompt)
        for statement in statements_of(prompt, RoundId(str(number))):
            for key in statement.keys:
                fewest = min(fewest, number - last.get(key, -rounds))
                last[key] = number
    return fewest
