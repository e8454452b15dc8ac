"""How long a test waits for what is to come. It goes on at once then; this is for a machine that is busy."""

PATIENCE_S = 30.0
