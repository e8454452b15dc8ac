"""Parse the form that takes a quote down. Pure."""

from bot.core.model import QuoteId, RoundId
from bot.slack.kit.view_state import Payload, mapping, state_value, state_values
from bot.slack.results.quote_blocks import CHOICE_ACTION, CHOICE_BLOCK


def parse_quote_choice(view: Payload) -> tuple[RoundId, QuoteId]:
    """Return the round of the form and the chosen quote, empty where none is chosen."""
    chosen = mapping(state_value(state_values(view), CHOICE_BLOCK, CHOICE_ACTION).get("selected_option"))
    return RoundId(str(view.get("private_metadata", ""))), QuoteId(str(chosen.get("value", "")))


def parse_quote_value(value: str) -> tuple[RoundId, QuoteId]:
    """Return the round and the quote in the value of a button in the Home tab."""
    round_id, _, quote = value.partition(".")
    return RoundId(round_id), QuoteId(quote)
