"""Whoever has no cluster needs none of its packages, and loads none of them."""

import subprocess
import sys

from tests.cli.program import environment

EVERY_OTHER_MODULE = """
import importlib, pkgutil, sys
import bot

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"sqlalchemy", "psycopg", "psycopg_binary", "alembic", "mako"}:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Refuse())
OF_A_CLUSTER = ("bot.cluster.", "bot.app.cluster.", "bot.slack.install.sqlalchemy_store")
names = [name for _, name, _ in pkgutil.walk_packages(bot.__path__, "bot.", onerror=print)]
others = [name for name in names if not name.startswith(OF_A_CLUSTER) and name != "bot.__main__"]
for name in others:
    importlib.import_module(name)
print(len(others) > 200, [name for name in sys.modules if name.startswith(OF_A_CLUSTER)])
"""


def test_everything_else_works_without_the_packages_of_a_cluster() -> None:
    command = [sys.executable, "-c", EVERY_OTHER_MODULE]
    said = subprocess.run(command, env=environment(), text=True, capture_output=True, check=False)

    assert ("True []", "") == (said.stdout.strip().splitlines()[-1], said.stderr)
