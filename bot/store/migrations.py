"""The layout of the application database, step by step. Forward only; a step is never edited."""

from sqlite_utils import Database as SqliteDatabase
from sqlite_utils import Migrations

from bot.errors import StoreError

MIGRATIONS = Migrations("belonging")
KNOWN = (
    "0001_schedules_rounds_releases",
    "0002_quotes_taken_down",
    "0003_last_proof",
    "0004_schedules_in_slack",
    "0005_kept_for_a_while",
    "0006_norms",
    "0007_asked_of_whom",
    "0008_tries_to_close",
    "0009_counted_by_index",
    "0010_messages_not_known_to_be_said",
)
"""The names of all steps, in order."""

_FIRST = """
CREATE TABLE schedule (
  id TEXT PRIMARY KEY NOT NULL, channel TEXT NOT NULL, recurrence TEXT NOT NULL, at TEXT NOT NULL,
  zone TEXT NOT NULL, pack TEXT NOT NULL, open_for_s INTEGER NOT NULL, policy TEXT NOT NULL,
  created_at TEXT NOT NULL, reminder INTEGER NOT NULL CHECK (reminder IN (0, 1)), quiet TEXT NOT NULL,
  tenure INTEGER NOT NULL CHECK (tenure IN (0, 1)), source TEXT NOT NULL,
  paused INTEGER NOT NULL CHECK (paused IN (0, 1))
) STRICT;
CREATE TABLE firing (
  schedule_id TEXT NOT NULL, fire_at TEXT NOT NULL, outcome TEXT NOT NULL,
  PRIMARY KEY (schedule_id, fire_at)
) STRICT;
CREATE TABLE round (
  id TEXT PRIMARY KEY NOT NULL, channel TEXT NOT NULL, schedule TEXT, number INTEGER NOT NULL,
  prompt TEXT NOT NULL, policy TEXT NOT NULL, audience_size INTEGER NOT NULL, opened_at TEXT NOT NULL,
  closes_at TEXT NOT NULL, zone TEXT NOT NULL, closing_key BLOB NOT NULL, state TEXT NOT NULL,
  announcement TEXT, summary TEXT
) STRICT;
CREATE INDEX round_channel ON round (channel);
CREATE INDEX round_state ON round (state);
CREATE TABLE release (
  round_id TEXT PRIMARY KEY NOT NULL REFERENCES round (id), body TEXT NOT NULL, released_at TEXT NOT NULL
) STRICT;
"""

# WITHOUT ROWID: the order of the rows is that of the keys, not that in which people asked.
_QUOTES = """
CREATE TABLE quote_request (
  round_id TEXT NOT NULL REFERENCES release (round_id), quote TEXT NOT NULL, asked_on TEXT NOT NULL,
  PRIMARY KEY (round_id, quote)
) WITHOUT ROWID, STRICT;
CREATE TABLE quote_removal (
  round_id TEXT NOT NULL REFERENCES release (round_id), removed_on TEXT NOT NULL, admin TEXT NOT NULL
) STRICT;
CREATE TABLE outdated_summary (
  round_id TEXT PRIMARY KEY NOT NULL REFERENCES release (round_id)
) WITHOUT ROWID, STRICT;
"""


_PROOF = """
CREATE TABLE proof (
  id INTEGER PRIMARY KEY CHECK (id = 1), at TEXT NOT NULL, body TEXT NOT NULL
) STRICT;
"""

# look_at NULL: with the next wake-up. A change is numbered in the order of the changes, which is no secret.
_IN_SLACK = """
ALTER TABLE schedule ADD COLUMN paused_until TEXT;
ALTER TABLE schedule ADD COLUMN look_at TEXT;
ALTER TABLE round ADD COLUMN remind_at TEXT;
CREATE INDEX schedule_channel ON schedule (channel);
CREATE INDEX schedule_look_at ON schedule (look_at);
CREATE TABLE schedule_change (
  number INTEGER PRIMARY KEY NOT NULL, schedule_id TEXT NOT NULL, channel TEXT NOT NULL, kind TEXT NOT NULL,
  at TEXT NOT NULL, by TEXT, body TEXT NOT NULL, told INTEGER NOT NULL CHECK (told IN (0, 1))
) STRICT;
CREATE INDEX schedule_change_channel ON schedule_change (channel, number);
CREATE INDEX schedule_change_untold ON schedule_change (told) WHERE told = 0;
CREATE TABLE channel (
  id TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL, private INTEGER NOT NULL CHECK (private IN (0, 1)),
  archived INTEGER NOT NULL CHECK (archived IN (0, 1)), joined INTEGER NOT NULL CHECK (joined IN (0, 1)),
  introduced INTEGER NOT NULL CHECK (introduced IN (0, 1))
) WITHOUT ROWID, STRICT;
"""

# asked: what remains of a round that is kept no longer. unscrubbed: deleted rows may be in the file.
_KEPT = """
CREATE TABLE asked (
  channel TEXT NOT NULL, number INTEGER NOT NULL, prompt TEXT NOT NULL, PRIMARY KEY (channel, number)
) WITHOUT ROWID, STRICT;
CREATE TABLE unscrubbed (id INTEGER PRIMARY KEY CHECK (id = 1)) STRICT;
"""

# place: the order in which norms were first written, which is that of their publication.
_NORMS = """
CREATE TABLE norm (
  place INTEGER PRIMARY KEY NOT NULL, id TEXT NOT NULL UNIQUE, channel TEXT NOT NULL, body TEXT NOT NULL
) STRICT;
CREATE INDEX norm_channel ON norm (channel, place);
"""

# period and shared NULL: nothing is counted of these people, or the round is older than this step.
_ASKED_OF_WHOM = """
ALTER TABLE round ADD COLUMN period TEXT;
ALTER TABLE round ADD COLUMN shared INTEGER CHECK (shared BETWEEN 0 AND 2);
ALTER TABLE round ADD COLUMN void INTEGER NOT NULL DEFAULT 0 CHECK (void IN (0, 1));
CREATE INDEX round_opened ON round (opened_at);
CREATE TABLE nothing_left (channel TEXT PRIMARY KEY NOT NULL, day TEXT NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE everything_rests (id INTEGER PRIMARY KEY CHECK (id = 1), until TEXT NOT NULL) STRICT;
"""


_TRIES = """
ALTER TABLE round ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
ALTER TABLE round ADD COLUMN tried_at TEXT;
"""

# round_counting: all that an opening asks of a round that opened lately, so that its long row stays unread.
_COUNTED_BY_INDEX = """
DROP INDEX round_opened;
CREATE INDEX round_counting ON round (opened_at, period, void, audience_size, id);
CREATE INDEX round_closes ON round (closes_at, id);
CREATE INDEX release_released ON release (released_at, round_id);
"""

# of: the round, schedule, channel or change that a message is about. sends: sent without any word of it.
_POSTS = """
CREATE TABLE post (
  kind TEXT NOT NULL, of TEXT NOT NULL, channel TEXT NOT NULL, since TEXT NOT NULL,
  sends INTEGER NOT NULL CHECK (sends BETWEEN 0 AND 2), not_before TEXT, reason TEXT NOT NULL,
  reported INTEGER NOT NULL CHECK (reported IN (0, 1)), body TEXT NOT NULL, PRIMARY KEY (kind, of)
) WITHOUT ROWID, STRICT;
CREATE INDEX post_channel ON post (channel);
"""


@MIGRATIONS(name=KNOWN[0])
def schedules_rounds_releases(database: SqliteDatabase) -> None:
    """Lay out schedules, their firings, rounds and releases."""
    _execute_each(database, _FIRST)


@MIGRATIONS(name=KNOWN[1])
def quotes_taken_down(database: SqliteDatabase) -> None:
    """Lay out requests to take a quote down, removals, and the summaries that are to be changed."""
    _execute_each(database, _QUOTES)


@MIGRATIONS(name=KNOWN[2])
def last_proof(database: SqliteDatabase) -> None:
    """Lay out the one row that says how the bot's last attack on itself ended."""
    _execute_each(database, _PROOF)


@MIGRATIONS(name=KNOWN[3])
def schedules_in_slack(database: SqliteDatabase) -> None:
    """Lay out pauses, reminders, when each schedule is looked at, its changes, and the known channels."""
    _execute_each(database, _IN_SLACK)


@MIGRATIONS(name=KNOWN[4])
def kept_for_a_while(database: SqliteDatabase) -> None:
    """Lay out what remains of rounds that are kept no longer, and whether the file is to be scrubbed."""
    _execute_each(database, _KEPT)


@MIGRATIONS(name=KNOWN[5])
def norms(database: SqliteDatabase) -> None:
    """Lay out the norm ledger."""
    _execute_each(database, _NORMS)


@MIGRATIONS(name=KNOWN[6])
def asked_of_whom(database: SqliteDatabase) -> None:
    """Lay out under which key a round's people are marked, and where or until when nothing may be asked."""
    _execute_each(database, _ASKED_OF_WHOM)


@MIGRATIONS(name=KNOWN[7])
def tries_to_close(database: SqliteDatabase) -> None:
    """Lay out how often the close of a round has waited, and when last."""
    _execute_each(database, _TRIES)


@MIGRATIONS(name=KNOWN[8])
def counted_by_index(database: SqliteDatabase) -> None:
    """Lay out the indexes by which an opening finds the rounds that count as asked lately."""
    _execute_each(database, _COUNTED_BY_INDEX)


@MIGRATIONS(name=KNOWN[9])
def messages_not_known_to_be_said(database: SqliteDatabase) -> None:
    """Lay out the messages that are not known to be said, with how often each was sent."""
    _execute_each(database, _POSTS)


def migrate(database: SqliteDatabase) -> None:
    """Bring the database to the layout of this program, in one transaction: all steps, or none.

    Raises ``StoreError`` when a newer program laid it out.
    """
    unknown = [step.name for step in MIGRATIONS.applied(database) if step.name not in KNOWN]
    if unknown:
        raise StoreError(
            f"The database was written by a newer version of this bot (it has the step {unknown[0]}).",
            remedy="Start that version, or restore the backup that was made before the upgrade.",
        )
    if not MIGRATIONS.pending(database):
        return
    database.conn.execute("BEGIN IMMEDIATE")
    try:
        MIGRATIONS.apply(database)
    except BaseException:
        database.conn.execute("ROLLBACK")
        raise
    database.conn.execute("COMMIT")


def _execute_each(database: SqliteDatabase, statements: str) -> None:
    for statement in statements.split(";"):
        if statement.strip():
            database.execute(statement)
