"""Attack what a process writes unintentionally: its log, and a core dump."""

from bot.core.audit import Evidence
from bot.proof.attack_results import AttackDescription, AttackResult, count

_LOGS = AttackDescription(
    attack="logs",
    tried="Send a marked text through the log in every field, let exceptions with it escape by every hook of "
    "Python's, and look at the loggers of the libraries.",
    remedy="Start the bot with 'belonging run', and set up no logging of your own in its process.",
)
_CRASH = AttackDescription(
    attack="crashes",
    tried="Look whether a crash would write the bot's memory to disk.",
    remedy="Start the bot with 'belonging run', and set LimitCORE=0 where its service is described.",
)


def check_logs(evidence: Evidence) -> AttackResult:
    """Look for a log that shows a reply, a name or a message of a library."""
    logging = evidence.logging
    found = [
        f"the logger {name} may speak (level {level}, wanted {wanted})"
        for name, (level, wanted) in logging.loggers.items()
        if level < wanted
    ]
    found += [f"the logger {name} prints past the log" for name in logging.strays]
    if logging.canary in logging.canary_line:
        found.append("a log line carries what it must not")
    for hook, told in logging.escapes.items():
        if told is None:
            found.append(f"an exception that escapes by {hook} is not told by the bot")
        elif logging.canary in told:
            found.append(f"an exception that escapes by {hook} is told with its text")
    quiet = count(len(logging.loggers), "foreign logger")
    hooks = count(len(logging.escapes), "hook")
    return _LOGS.result(found, clean=f"the mark does not come out, nor by {hooks}; {quiet} silent")


def check_core_dumps(evidence: Evidence) -> AttackResult:
    """Check that no core dump is written, because it would hold keys and texts from memory."""
    found = [] if evidence.logging.core_bytes == 0 else ["a crash may write the memory of the bot to disk"]
    return _CRASH.result(found, clean="core dumps are off")
