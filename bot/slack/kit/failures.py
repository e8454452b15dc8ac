"""What a member reads when something failed or took too long."""

from bot.slack.kit.builders import View, notice, section


def failed(reference: str) -> str:
    """What a member reads when something failed that they cannot mend."""
    return f"Something went wrong; your reply was not saved. Please try again. (Reference {reference})"


def done_but_untidy(reference: str) -> str:
    """What a member reads when it is on disk what they did, but not yet as it has to lie there."""
    return (
        "This is probably saved, but its file could not be put in order. Please press the same button again: "
        f"nothing counts twice. (Reference {reference})"
    )


def failed_command(reference: str) -> str:
    """The same, for a command or a button."""
    return f"Something went wrong, and nothing was changed. Please try again. (Reference {reference})"


def failed_notice(said: str) -> View:
    """Such a sentence where something was clicked."""
    return notice("That did not work", said)


TOO_LATE = "That took too long, and nothing was changed. Please press the same button again."


def too_late(shown: View) -> View:
    """The view in which something was pressed, with the sentence that it took too long on top of it."""
    note = {**section(TOO_LATE), "block_id": TOO_LATE_BLOCK}
    of_modals = () if shown["type"] == "home" else ("title", "submit", "close")
    keys = ("type", "callback_id", "private_metadata", *of_modals)
    view = {key: shown[key] for key in keys if shown.get(key)}
    blocks = [block for block in shown["blocks"] if block.get("block_id") != TOO_LATE_BLOCK]
    return {**view, "blocks": [note, *blocks]}


TOO_LATE_BLOCK = "too.late"


def busy() -> str:
    """What a member reads at the form when there was no time left to begin to store their reply."""
    return "That took too long, and your reply was not saved. What you wrote is still here: please send it again."
