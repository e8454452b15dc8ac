"""The use cases, one file per flow: decide purely, commit, then post."""
