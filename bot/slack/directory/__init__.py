"""People and channels of the workspace."""
