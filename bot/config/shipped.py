"""Find the files that come with the program: prompts, config.yaml, and the manifest of the Slack app."""

from importlib.resources import files
from pathlib import Path

OWN_PACK = "belonging"
"""What ``prompts`` in config.yaml names the pack that comes with the program."""


def shipped(name: str) -> Path:
    """Return the path of a file or folder that comes with the program.

    A wheel holds it inside the package, where pyproject.toml puts it; in a checkout it is beside the package.
    """
    package = Path(str(files("bot")))
    inside = package / "shipped" / name
    return inside if inside.exists() else package.parent / name
