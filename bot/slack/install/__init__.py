"""Install the bot in many workspaces: OAuth, its pages, and the stored installations."""
