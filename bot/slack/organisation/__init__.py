"""Several workspaces of one Enterprise organisation that share what is stored."""
