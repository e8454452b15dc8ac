"""Build the host of many workspaces from its configuration."""

import asyncio
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from threading import Event, Lock

from bot.app.adoption import adopt
from bot.app.host import Host
from bot.app.process import Process, SharedThreads
from bot.app.time import system_clock
from bot.cells import disable_dumps
from bot.clock import CheckedClock, uptime_s
from bot.config import Config, PackRegistry, check_tokens, shipped_languages
from bot.core.cells import CellKey
