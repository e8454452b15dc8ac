"""Parts that several features use: block builders, Slack's limits, shared sentences, receipts."""
