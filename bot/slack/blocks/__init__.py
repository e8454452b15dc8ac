"""Everything the bot says, as pure functions from domain values to Block Kit."""
