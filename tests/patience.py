"""How long a test waits for what is to come. It goes on at once then; this is for a machine that is busy."""

from bot.demo.site import Deadlines

PATIENCE_S = 30.0

UNHURRIED = Deadlines(ack_s=PATIENCE_S, trigger_s=PATIENCE_S)
"""Where Slack waits so long, nothing fails only because this machine is busy."""
