"""Build the errors that a member reads when something failed or took too long."""

from bot.slack.kit.builders import View, notice, section


def failed(reference: str) -> str:
    """Return the error for a reply that was not saved."""
    return f"Something went wrong; your reply was not saved. Please try again. (Reference {reference})"


def done_but_untidy(reference: str) -> str:
    """Return the error for a change that is on disk, but in a file that is not cleaned up yet."""
    return (
        "This is probably saved, but its file could not be put in order. Please press the same button again: "
        f"nothing counts twice. (Reference {reference})"
    )


def failed_command(reference: str) -> str:
    """Return the error for a command or a button."""
    return f"Something went wrong, and nothing was changed. Please try again. (Reference {reference})"


def failed_notice(text: str) -> View:
    """Return an error as a modal."""
    return notice("That did not work", text)


TOO_LATE = "That took too long, and nothing was changed. Please press the same button again."


def too_late(shown: View) -> View:
    """Return the view in which the member clicked, with ``TOO_LATE`` on top."""
    note = {**section(TOO_LATE), "block_id": TOO_LATE_BLOCK}
    of_modals = () if shown["type"] == "home" else ("title", "submit", "close")
    keys = ("type", "callback_id", "private_metadata", *of_modals)
    view = {key: shown[key] for key in keys if shown.get(key)}
    blocks = [block for block in shown["blocks"] if block.get("block_id") != TOO_LATE_BLOCK]
    return {**view, "blocks": [note, *blocks]}


TOO_LATE_BLOCK = "too.late"


def busy() -> str:
    """Return the error for a reply that the bot could not start to store in time."""
    return "That took too long, and your reply was not saved. What you wrote is still here: please send it again."
