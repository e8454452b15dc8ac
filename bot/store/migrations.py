"""The layout of the application database, step by step. Forward only; a step is never edited."""

import sqlite3

from sqlite_utils import Database as SqliteDatabase
from sqlite_utils import Migrations

from bot.errors import StoreError

STEPS = {
    # Schedules, their firings, rounds and releases.
    "0001_schedules_rounds_releases": """
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
""",
    # Requests to take a quote down, removals, and the summaries to update.
    # WITHOUT ROWID, so that the order of the rows is that of the keys, not that in which people asked.
    "0002_quotes_taken_down": """
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
""",
    # The one row that says how the bot's last attack on itself ended.
    "0003_last_proof": """
CREATE TABLE proof (
  id INTEGER PRIMARY KEY CHECK (id = 1), at TEXT NOT NULL, body TEXT NOT NULL
) STRICT;
""",
    # Pauses, reminders, the next check of each schedule, its changes, and the known channels.
    # look_at: when to check a schedule next; NULL: at the next run_due. Changes are numbered in their order.
    "0004_schedules_in_slack": """
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
""",
    # What remains of deleted rounds, and whether the file must be scrubbed.
    # asked: what remains of a deleted round. unscrubbed: remains of deleted rows may be in the file.
    "0005_kept_for_a_while": """
CREATE TABLE asked (
  channel TEXT NOT NULL, number INTEGER NOT NULL, prompt TEXT NOT NULL, PRIMARY KEY (channel, number)
) WITHOUT ROWID, STRICT;
CREATE TABLE unscrubbed (id INTEGER PRIMARY KEY CHECK (id = 1)) STRICT;
""",
    # The norm ledger.
    # place: the order in which norms were first written, which is that of their publication.
    "0006_norms": """
CREATE TABLE norm (
  place INTEGER PRIMARY KEY NOT NULL, id TEXT NOT NULL UNIQUE, channel TEXT NOT NULL, body TEXT NOT NULL
) STRICT;
CREATE INDEX norm_channel ON norm (channel, place);
""",
    # The period of the key that marks a round's people, and where or until when nothing may be asked.
    # period and shared NULL: nobody is marked for this round, or it is older than this step.
    "0007_asked_of_whom": """
ALTER TABLE round ADD COLUMN period TEXT;
ALTER TABLE round ADD COLUMN shared INTEGER CHECK (shared BETWEEN 0 AND 2);
ALTER TABLE round ADD COLUMN void INTEGER NOT NULL DEFAULT 0 CHECK (void IN (0, 1));
CREATE INDEX round_opened ON round (opened_at);
CREATE TABLE nothing_left (channel TEXT PRIMARY KEY NOT NULL, day TEXT NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE everything_rests (id INTEGER PRIMARY KEY CHECK (id = 1), until TEXT NOT NULL) STRICT;
""",
    # How often the close of a round was tried, and when last.
    "0008_tries_to_close": """
ALTER TABLE round ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
ALTER TABLE round ADD COLUMN tried_at TEXT;
""",
    # The indexes that find the rounds that count as asked lately.
    # round_counting: all columns that opening a round reads of recent rounds, so that no long row is read.
    "0009_counted_by_index": """
DROP INDEX round_opened;
CREATE INDEX round_counting ON round (opened_at, period, void, audience_size, id);
CREATE INDEX round_closes ON round (closes_at, id);
CREATE INDEX release_released ON release (released_at, round_id);
""",
    # The messages that are still to be posted, with how often each was sent.
    # of: the round, schedule, channel or change that a message is about. sends: tries without an answer.
    "0010_messages_not_known_to_be_said": """
CREATE TABLE post (
  kind TEXT NOT NULL, of TEXT NOT NULL, channel TEXT NOT NULL, since TEXT NOT NULL,
  sends INTEGER NOT NULL CHECK (sends BETWEEN 0 AND 2), not_before TEXT, reason TEXT NOT NULL,
  reported INTEGER NOT NULL CHECK (reported IN (0, 1)), body TEXT NOT NULL, PRIMARY KEY (kind, of)
) WITHOUT ROWID, STRICT;
CREATE INDEX post_channel ON post (channel);
""",
    # The language of a channel, and the message that reminded it of a round.
    # several_languages: 1 when the people of a round had set Slack to different languages.
    "0011_languages": """
ALTER TABLE schedule ADD COLUMN language TEXT NOT NULL DEFAULT 'en';
ALTER TABLE round ADD COLUMN language TEXT NOT NULL DEFAULT 'en';
ALTER TABLE round ADD COLUMN several_languages INTEGER NOT NULL DEFAULT 0 CHECK (several_languages IN (0, 1));
ALTER TABLE round ADD COLUMN reminder TEXT;
""",
}
"""The SQL of all steps by name, in order."""

KNOWN = tuple(STEPS)
MIGRATIONS = Migrations("belonging")

_APPLIED = f"SELECT name FROM {MIGRATIONS.migrations_table} WHERE migration_set = ?"  # noqa: S608 - a constant


def is_current(connection: sqlite3.Connection) -> bool:
    """Return whether the database has the layout of this program. Raises ``sqlite3.Error``."""
    try:
        applied = connection.execute(_APPLIED, (MIGRATIONS.name,)).fetchall()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:
            raise
        return False  # there is no such table yet
    return {name for (name,) in applied} == set(KNOWN)


def migrate(database: SqliteDatabase) -> None:
    """Bring the database to the layout of this program, in one transaction.

    Raises ``StoreError`` when a newer program has written it.
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


def _add_step(name: str) -> None:
    @MIGRATIONS(name=name)
    def run(database: SqliteDatabase) -> None:
        for statement in STEPS[name].split(";"):
            if statement.strip():
                database.execute(statement)


for _name in KNOWN:
    _add_step(_name)
