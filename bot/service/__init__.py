"""The verbs, one file per flow: parse, decide purely, commit, then speak."""
