"""Build the errors that a member reads when something failed or took too long."""

from bot.core.language import ENGLISH, N_, Language, Languages
from bot.slack.kit.builders import View, notice, section


def failed(reference: str, language: Language) -> str:
    """Return the error for a reply that was not saved."""
    # Translators: the reference is a short code with which the operator finds the error in the log.
    return language.gettext(
        "Something went wrong; your reply was not saved. Please try again. (Reference {reference})",
        reference=reference,
    )


def probably_saved(reference: str, language: Language) -> str:
    """Return the error for a change that a power cut could still undo."""
    # Translators: the reference is a short code with which the operator finds the error in the log.
    return language.gettext(
        "This is probably saved, but the disk has not confirmed it. Please press the same button again: "
        "nothing counts twice. (Reference {reference})",
        reference=reference,
    )


def failed_command(reference: str, language: Language) -> str:
    """Return the error for a command or a button."""
    # Translators: the reference is a short code with which the operator finds the error in the log.
    return language.gettext(
        "Something went wrong, and nothing was changed. Please try again. (Reference {reference})",
        reference=reference,
    )


def failed_notice(text: str, language: Language) -> View:
    """Return an error as a modal."""
    return notice(language.gettext("That did not work"), text, language)


TOO_LATE = N_("That took too long, and nothing was changed. Please press the same button again.")


def too_late(shown: View, language: Language) -> View:
    """Return the view in which the member clicked, with ``TOO_LATE`` on top."""
    note = {**section(language.gettext(TOO_LATE)), "block_id": TOO_LATE_BLOCK}
    of_modals = () if shown["type"] == "home" else ("title", "submit", "close")
    keys = ("type", "callback_id", "private_metadata", *of_modals)
    view = {key: shown[key] for key in keys if shown.get(key)}
    blocks = [block for block in shown["blocks"] if block.get("block_id") != TOO_LATE_BLOCK]
    return {**view, "blocks": [note, *blocks]}


TOO_LATE_BLOCK = "too.late"


def busy(language: Language) -> str:
    """Return the error for a reply that the bot could not start to store in time."""
    return language.gettext(
        "That took too long, and your reply was not saved. What you wrote is still here: please send it again."
    )


def uncertain_reply(language: Language) -> str:
    """Return the error for a reply of which nobody knows whether it was stored: who had the data has failed."""
    return language.gettext(
        "That took too long, and I cannot tell whether your reply was saved. What you wrote is still here: please "
        "send it again. Nothing counts twice."
    )


def uncertain(language: Language) -> str:
    """Return the same error for another form, for a command or a button."""
    return language.gettext(
        "That took too long, and I cannot tell whether it was done. Please look, and try again if it was not."
    )


def away(language: Language) -> str:
    """Return the answer to a command that the bot cannot look at now, because the files are not there."""
    return language.gettext(
        "I cannot do that just now, and nothing was changed. Please try again in a minute."
    )


def language_shown(view: View, languages: Languages) -> Language:
    """Return the language of an open modal, known by its buttons; English where they do not tell it."""
    shown = {(view.get(key) or {}).get("text") for key in ("submit", "close")}
    told = {one: len(shown & _buttons(one)) for one in languages}
    best = [one for one, number in told.items() if number and number == max(told.values())]
    return best[0] if len(best) == 1 else ENGLISH


def _buttons(language: Language) -> set[str]:
    """Return what the buttons below our modals say."""
    return {
        language.gettext("Not now"),
        language.pgettext("button", "Not now"),
        language.pgettext("button", "Back"),
        language.pgettext("button", "Cancel"),
        language.pgettext("button", "Close"),
        language.pgettext("button", "Done"),
        language.pgettext("button", "OK"),
        language.pgettext("button", "Save"),
        language.pgettext("button", "Send"),
    }
