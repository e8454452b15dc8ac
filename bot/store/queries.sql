-- The SQL of the application database. No table tells who replied, or holds a reply.
-- Each query has its name, and then who calls it and why it may see what it sees. {round} and {schedule} stand for
-- these columns.
--
-- Names that the first version gave, which stay since a rename needs a migration:
--   schedule.look_at      when run_due checks the schedule next; NULL: at once
--   schedule_change.told  1 when the channel has been told of the change
--   nothing_left          channels for which it was decided today that no question may be asked
--   everything_rests      until when no question is asked anywhere, after a restore
--   gathering             the state of a suggestion box
--   firing.outcome        resting: the break after a cycle; quiet: few replied twice; waiting: for an answer of the
--                         channel; the others as in bot.ports.store.FiringOutcome

-- columns: round
id, channel, schedule, number, prompt, policy, audience_size, opened_at, closes_at, zone, closing_key, state,
announcement, summary, remind_at, period, shared, void, tries, tried_at, language, several_languages, reminder

-- columns: schedule
id, channel, recurrence, at, zone, pack, open_for_s, policy, created_at, reminder, quiet, tenure, source, paused,
paused_until, language

-- name: list_schedules
-- The timer and the list of schedules. A schedule names its channel and no member.
SELECT {schedule} FROM schedule WHERE :source IS NULL OR source = :source ORDER BY id;

-- name: list_channel_schedules
-- Anybody who asks in a channel when its questions come.
SELECT {schedule} FROM schedule WHERE channel = :channel ORDER BY created_at, id;

-- name: list_due_schedules
-- run_due: the few schedules that may have to ask now, and whether the bot itself has paused them.
SELECT {schedule},
  (SELECT max(fire_at) FROM firing
    WHERE schedule_id = schedule.id AND fire_at <= :latest AND julianday(fire_at) IS NOT NULL AND fire_at LIKE '____-__-__T%+00:00')
    AS last_firing,
  EXISTS (
    SELECT 1 FROM firing WHERE schedule_id = schedule.id AND outcome IN ('resting', 'quiet', 'waiting')
  ) AS paused_by_bot
FROM schedule WHERE look_at IS NULL OR look_at <= :now OR look_at > :horizon ORDER BY look_at, id;

-- name: list_next_schedules
-- The Home tab of an admin, who may see when every channel is asked.
SELECT {schedule}
FROM schedule
ORDER BY
  NOT EXISTS (SELECT 1 FROM firing WHERE schedule_id = schedule.id AND outcome = 'waiting'), look_at, id
LIMIT :count;

-- name: count_schedules
-- The Home tab of an admin: how many schedules are not listed.
SELECT count(id) AS count FROM schedule;

-- name: fetch_schedule
-- Anybody who edits, runs or describes one schedule.
SELECT {schedule} FROM schedule WHERE id = :id;

-- name: put_schedule
-- An admin saves a schedule, or the start reads it from config.yaml.
INSERT INTO schedule ({schedule})
VALUES
  (:id, :channel, :recurrence, :at, :zone, :pack, :open_for_s, :policy, :created_at, :reminder, :quiet, :tenure,
   :source, :paused, :paused_until, :language)
ON CONFLICT (id) DO UPDATE SET
  channel = excluded.channel, recurrence = excluded.recurrence, at = excluded.at, zone = excluded.zone,
  pack = excluded.pack, open_for_s = excluded.open_for_s, policy = excluded.policy,
  created_at = excluded.created_at, reminder = excluded.reminder, quiet = excluded.quiet,
  tenure = excluded.tenure, source = excluded.source, paused = excluded.paused,
  paused_until = excluded.paused_until, language = excluded.language, look_at = NULL;

-- name: set_next_check
-- run_due, when it is done with a schedule, so that it is not read again before it is due.
UPDATE schedule SET look_at = :at WHERE id = :id AND created_at = :created_at;

-- name: clear_next_checks
-- The start: holidays and time zones may have changed.
UPDATE schedule SET look_at = NULL WHERE look_at IS NOT NULL;

-- name: list_alarms
-- The timer: the next times at which something is due.
SELECT at FROM (
  SELECT closes_at AS at FROM round WHERE state = 'open'
  UNION SELECT remind_at FROM round WHERE state = 'open' AND remind_at IS NOT NULL
  UNION SELECT at FROM (SELECT look_at AS at FROM schedule WHERE look_at > :after ORDER BY look_at LIMIT :count)
)
WHERE at > :after ORDER BY at LIMIT :count;

-- name: insert_change
-- An admin changes a schedule, or the start finds it changed in config.yaml. Names the admin.
INSERT INTO schedule_change (schedule_id, channel, kind, at, by, body, told)
VALUES (:schedule_id, :channel, :kind, :at, :by, :body, :told);

-- name: list_changes
-- Anybody in the channel: who changed its schedules, and when.
SELECT number, kind, at, by, body FROM schedule_change
WHERE channel = :channel ORDER BY number DESC LIMIT :count;

-- name: list_untold_changes
-- run_due: the changes that channels are still to be told.
SELECT number, kind, at, by, body FROM schedule_change WHERE told = 0 ORDER BY number;

-- name: mark_change_told
-- run_due, when the channel was told.
UPDATE schedule_change SET told = 1 WHERE number = :number;

-- name: put_channel
-- The bot has asked Slack about a channel: its name and state, no members.
INSERT INTO channel (id, name, private, archived, joined, introduced)
VALUES (:id, :name, :private, :archived, :joined, :introduced)
ON CONFLICT (id) DO UPDATE SET
  name = excluded.name, private = excluded.private, archived = excluded.archived, joined = excluded.joined,
  introduced = excluded.introduced;

-- name: fetch_channel
-- The refresh of a channel, which compares: what has changed since the last time.
SELECT id, name, private, archived, joined, introduced FROM channel WHERE id = :id;

-- name: list_channels
-- The daily refresh of the channels that matter.
SELECT channel FROM schedule
UNION SELECT channel FROM round
WHERE state IN ('open', 'closing', 'released') OR (state = 'closed' AND summary IS NULL) ORDER BY channel;

-- name: list_asked_channels
-- The proof: every channel in which somebody was asked, also by a round that cannot be read.
SELECT DISTINCT channel FROM round ORDER BY channel;

-- name: delete_schedule
-- An admin deletes a schedule; its firings and rounds stay.
DELETE FROM schedule WHERE id = :id;

-- name: delete_posts_of_schedule
-- An admin deletes a schedule: its messages are not posted any more.
DELETE FROM post WHERE kind IN ('asking', 'cycle', 'go_on') AND of = :id;

-- name: put_post
-- Whoever posts something, before it is sent, so that a crash in between makes no third message.
INSERT INTO post (kind, of, channel, since, sends, not_before, reason, reported, body)
VALUES (:kind, :of, :channel, :since, :sends, :not_before, :reason, :reported, :body)
ON CONFLICT (kind, of) DO UPDATE SET
  channel = excluded.channel, since = excluded.since, sends = excluded.sends, not_before = excluded.not_before,
  reason = excluded.reason, reported = excluded.reported, body = excluded.body;

-- name: fetch_post
-- Whoever posts something: how often it was sent, and whether it may be sent again.
SELECT kind, of, channel, since, sends, not_before, reason, reported, body FROM post
WHERE kind = :kind AND of = :of;

-- name: list_posts
-- run_due: the notes that are still to be posted. They name no member.
SELECT kind, of, channel, since, sends, not_before, reason, reported, body FROM post ORDER BY since, kind, of;

-- name: delete_post
-- Whoever has posted it, in the transaction that records it; or it will never be posted.
DELETE FROM post WHERE kind = :kind AND of = :of;

-- name: clear_post_delays
-- The start: nothing is being sent, and what the operator has repaired is tried at once.
UPDATE post SET not_before = NULL WHERE not_before IS NOT NULL;

-- name: claim_firing
-- open_rounds claims a fire time, in the transaction that stores its round; run_due claims one that it skips. The
-- primary key lets one claim win.
INSERT INTO firing (schedule_id, fire_at, outcome) VALUES (:schedule_id, :fire_at, :outcome)
ON CONFLICT (schedule_id, fire_at) DO NOTHING;

-- name: update_firing
-- Whoever has claimed a fire time, when its outcome changes: the message was refused, or the channel has answered.
UPDATE firing SET outcome = :outcome WHERE schedule_id = :schedule_id AND fire_at = :fire_at;

-- name: fetch_last_firing
-- run_due looks for due fire times after this one.
SELECT max(fire_at) AS fire_at FROM firing
WHERE schedule_id = :schedule_id AND (:by IS NULL OR fire_at <= :by)
  AND julianday(fire_at) IS NOT NULL AND fire_at LIKE '____-__-__T%+00:00';

-- name: fetch_last_firing_with
-- run_due and the Home tab: whether the bot itself has paused a schedule, and since when.
SELECT max(fire_at) AS fire_at FROM firing
WHERE schedule_id = :schedule_id AND outcome = :outcome
  AND julianday(fire_at) IS NOT NULL AND fire_at LIKE '____-__-__T%+00:00';

-- name: clear_silenced_checks
-- run_due repairs times that were stored while the clock was ahead; first for the schedules they silenced.
UPDATE schedule SET look_at = NULL
WHERE EXISTS (SELECT 1 FROM firing WHERE firing.schedule_id = schedule.id AND fire_at > :after);

-- name: delete_firings_after
-- run_due repairs times that were stored while the clock was ahead: fire times in the future cannot have been used.
DELETE FROM firing WHERE schedule_id IN (SELECT id FROM schedule) AND fire_at > :after;

-- name: repair_schedules
-- run_due repairs times that were stored while the clock was ahead: nothing fires before its schedule was made.
UPDATE schedule SET created_at = :now, look_at = NULL WHERE created_at > :after;

-- name: has_future_times
-- run_due: whether there is anything to repair; else nothing is written.
SELECT 1 AS there WHERE
  EXISTS (SELECT 1 FROM firing WHERE schedule_id IN (SELECT id FROM schedule) AND fire_at > :after)
  OR EXISTS (SELECT 1 FROM schedule WHERE created_at > :after)
  OR EXISTS (SELECT 1 FROM round WHERE state = 'open' AND opened_at > :after);

-- name: list_rounds_from
-- run_due repairs times that were stored while the clock was ahead: rounds that would stay open too long.
SELECT {round} FROM round WHERE state = 'open' AND opened_at > :after ORDER BY opened_at, id;

-- name: fetch_newest_time
-- The start: whether the clock can be trusted while Slack does not answer.
SELECT max(at) AS at FROM (
  SELECT opened_at AS at FROM round UNION ALL SELECT released_at FROM release
  UNION ALL SELECT created_at FROM schedule UNION ALL SELECT at FROM schedule_change
  UNION ALL SELECT at FROM proof
) WHERE julianday(at) IS NOT NULL AND at LIKE '____-__-__T%+00:00';

-- name: unreadable_firings
-- The start: the fire times that the other queries skip, so that the log names them.
SELECT schedule_id, fire_at, outcome FROM firing
WHERE NOT (julianday(fire_at) IS NOT NULL AND fire_at LIKE '____-__-__T%+00:00') OR julianday(fire_at) IS NULL;

-- name: insert_round
-- A round opens; the size of its audience is stored, its members are not.
INSERT INTO round ({round})
VALUES
  (:id, :channel, :schedule, :number, :prompt, :policy, :audience_size, :opened_at, :closes_at, :zone, :closing_key,
   :state, :announcement, :summary, :remind_at, :period, :shared, :void, :tries, :tried_at, :language,
   :several_languages, :reminder);

-- name: update_round
-- A round takes its next step.
UPDATE round SET
  channel = :channel, schedule = :schedule, number = :number, prompt = :prompt, policy = :policy,
  audience_size = :audience_size, opened_at = :opened_at, closes_at = :closes_at, zone = :zone,
  closing_key = :closing_key, state = :state, announcement = :announcement, summary = :summary,
  remind_at = :remind_at, period = :period, shared = :shared, void = :void,
  tries = :tries, tried_at = :tried_at,
  language = :language, several_languages = :several_languages, reminder = :reminder
WHERE id = :id;

-- name: fetch_round
-- Anybody who replies to a round, closes it or shows it. It holds only the public half of its key.
SELECT {round} FROM round WHERE id = :id;

-- name: list_rounds
-- Recovery and run_due: the rounds that still have a step to take.
SELECT {round} FROM round WHERE state IN (SELECT value FROM json_each(:states)) ORDER BY opened_at, id;

-- name: list_live_ids
-- Recovery: the rounds whose keys and replies stay, also where the row cannot be read.
SELECT id FROM round WHERE state NOT IN ('released', 'closed', 'cancelled', 'key_lost') ORDER BY id;

-- name: has_open_round
-- Opening a round: no channel has two, also where the row of the first cannot be read.
SELECT id FROM round WHERE channel = :channel AND state IN ('open', 'closing') LIMIT 1;

-- name: list_unfinished
-- run_due and recovery: rounds to announce, remind, close or post; suggestion boxes without a schedule.
SELECT {round}
FROM round
WHERE (state = 'open' AND closes_at <= :now)
  OR (state = 'open' AND json_valid(prompt) AND prompt ->> '$.norm' IS NOT NULL
    AND prompt ->> '$.items[0].text' = '(taken down)')
  OR state IN ('closing', 'released')
  OR (state = 'gathering' AND channel NOT IN (SELECT schedule.channel FROM schedule))
  OR (
    ((state = 'open' AND (announcement IS NULL OR remind_at <= :now)) OR (state = 'closed' AND summary IS NULL))
    AND NOT EXISTS (SELECT 1 FROM channel WHERE channel.id = round.channel AND (archived OR NOT joined))
  )
ORDER BY opened_at, id;

-- name: list_counting
-- Opening a round, anywhere: what was asked lately in any channel. Who was asked is in audiences.db, as marks.
-- There may be thousands of rounds, so those of one period and size share a row. Nearly all of them opened lately
-- and are marked: one index has all their columns (round_counting). Each of the others is found by its own index,
-- so that old rounds are never read.
SELECT period, audience_size, json_group_array(id) AS rounds FROM (
  SELECT id, period, audience_size FROM round
  WHERE opened_at >= :opened_from AND period IS NOT NULL AND NOT void
  UNION ALL
  SELECT id, period, audience_size FROM round
  WHERE id IN (
    SELECT id FROM round WHERE opened_at >= :opened_from AND period IS NULL
    UNION SELECT id FROM round WHERE closes_at >= :closed_from
    UNION SELECT id FROM round WHERE state IN ('open', 'closing')
    UNION SELECT round_id FROM release WHERE released_at >= :closed_from
    EXCEPT SELECT id FROM round WHERE opened_at >= :opened_from AND period IS NOT NULL
  ) AND NOT void AND (
    period IS NOT NULL
    OR (state NOT IN ('gathering', 'cancelled') AND coalesce(iif(json_valid(prompt), prompt ->> '$.kind_', NULL), 'reflect') <> 'collect')
  )
)
GROUP BY period, audience_size;

-- name: list_unknown
-- Opening a round, anywhere: audiences of rounds that a restored backup does not hold, or that were never stored.
SELECT value AS id FROM json_each(:rounds) WHERE value NOT IN (SELECT round.id FROM round);

-- name: put_nothing_left
-- Nothing may be asked in a channel today. Decided once a day, so that asking again tells nothing more.
INSERT INTO nothing_left (channel, day) VALUES (:channel, :day)
ON CONFLICT (channel) DO UPDATE SET day = excluded.day;

-- name: fetch_nothing_left
-- Opening a round: whether it was decided today that nothing may be asked.
SELECT day FROM nothing_left WHERE channel = :channel;

-- name: delete_nothing_left_of_channel
-- The operator deletes everything of a channel.
DELETE FROM nothing_left WHERE channel = :channel;

-- name: put_rest_until
-- A restore: nobody knows what was asked since the backup.
INSERT INTO everything_rests (id, until) VALUES (1, :until)
ON CONFLICT (id) DO UPDATE SET until = max(until, excluded.until);

-- name: fetch_rest_until
-- Opening a round: whether everything rests after a restore.
SELECT until FROM everything_rests;

-- name: list_channel_rounds
-- The choice of the next prompt, and the history of a channel. A mere suggestion box has no number.
SELECT {round} FROM round WHERE channel = :channel AND number > 0 ORDER BY opened_at, number, id;

-- name: insert_release
-- The close stores what may be shown, before it destroys everything else.
INSERT INTO release (round_id, body, released_at) VALUES (:round_id, :body, :released_at);

-- name: fetch_release
-- The summary of a round, the same for everybody who asks.
SELECT round_id, body FROM release WHERE round_id = :round_id;

-- name: list_releases
-- Trend, report and export. Everything in it has been shown to the channel already.
SELECT {round}, release.round_id, release.body
FROM release JOIN round ON round.id = release.round_id
WHERE channel = :channel ORDER BY released_at DESC, number DESC, round.id DESC;

-- name: list_latest_releases
-- The Home tab: the newest result of each channel, which it has been shown already.
SELECT {round}, round_id, body
FROM (
  SELECT {round}, release.round_id, release.body,
    row_number() OVER (PARTITION BY channel ORDER BY released_at DESC, number DESC, round.id DESC) AS place
  FROM release JOIN round ON round.id = release.round_id
  WHERE :channels IS NULL OR channel IN (SELECT value FROM json_each(:channels))
)
WHERE place = 1 ORDER BY channel;

-- name: rewrite_release
-- A quote is taken down: the same result without it. The time of the result stays.
UPDATE release SET body = :body WHERE round_id = :round_id;

-- name: insert_outdated_summary
-- With rewrite_release, so that the posted summary is changed even after a crash.
INSERT INTO outdated_summary (round_id) VALUES (:round_id) ON CONFLICT (round_id) DO NOTHING;

-- name: list_outdated_summaries
-- run_due and recovery: the summaries to update.
SELECT round_id FROM outdated_summary ORDER BY round_id;

-- name: mark_summary_updated
-- run_due, when the posted summary is up to date.
DELETE FROM outdated_summary WHERE round_id = :round_id;

-- name: put_quote_request
-- A member asks to have a quote taken down: which one and on which day, not who.
INSERT INTO quote_request (round_id, quote, asked_on) VALUES (:round_id, :quote, :asked_on)
ON CONFLICT (round_id, quote) DO NOTHING;

-- name: list_quote_requests
-- The Home tab of the admins.
SELECT round_id, quote, asked_on FROM quote_request ORDER BY asked_on, round_id, quote;

-- name: delete_quote_request
-- An admin has decided: the quote was taken down, or stays.
DELETE FROM quote_request WHERE round_id = :round_id AND quote = :quote;

-- name: insert_quote_removal
-- An admin takes a quote down. It names the admin, and no other person.
INSERT INTO quote_removal (round_id, removed_on, admin) VALUES (:round_id, :removed_on, :admin);

-- name: list_quote_removals
-- The operator, to find out which admin took a quote down.
SELECT round_id, removed_on, admin FROM quote_removal WHERE round_id = :round_id ORDER BY removed_on, admin;

-- name: put_proof
-- The daily attack of the bot on itself: how it ended. Only the last one is stored.
INSERT INTO proof (id, at, body) VALUES (1, :at, :body)
ON CONFLICT (id) DO UPDATE SET at = excluded.at, body = excluded.body;

-- name: fetch_proof
-- Anybody who asks how replies stay confidential.
SELECT body FROM proof WHERE id = 1;

-- name: list_asked
-- The choice of the next prompt: also of deleted rounds, so that nothing repeats too soon.
SELECT prompt FROM (
  SELECT number, prompt FROM asked WHERE channel = :channel
  UNION ALL SELECT number, prompt FROM round WHERE channel = :channel AND number > 0 AND NOT void
)
ORDER BY number;

-- name: fetch_last_number
-- A round opens: its number continues, also after deleted rounds.
SELECT max(number) AS number FROM (
  SELECT number FROM asked WHERE channel = :channel UNION ALL SELECT number FROM round WHERE channel = :channel
);

-- name: list_ended_before
-- The daily deletion. A round that has not ended is never in it.
SELECT id FROM round
WHERE closes_at < :moment AND state IN ('closed', 'cancelled', 'key_lost') ORDER BY closes_at, id;

-- name: list_channel_round_ids
-- The operator deletes everything of a channel.
SELECT id FROM round WHERE channel = :channel ORDER BY id;

-- name: list_old_norms
-- The daily deletion: proposals and norms whose last step is old, also those that were taken down. What is tried or
-- kept stays, and so do all while a question about them is open.
SELECT id FROM norm WHERE json_valid(body)
  AND body ->> '$.steps[#-1].on' < :day
  AND body ->> '$.steps[#-1].state' NOT IN ('trying', 'kept')
  AND NOT EXISTS (
    SELECT 1 FROM round WHERE round.channel = norm.channel AND round.state IN ('open', 'closing', 'released')
      AND coalesce(iif(json_valid(prompt), prompt ->> '$.kind_', 'choose'), 'reflect') NOT IN ('reflect', 'collect')
  )
ORDER BY place;

-- name: delete_norms
-- The daily deletion.
DELETE FROM norm WHERE id IN (SELECT value FROM json_each(:norms));

-- name: remember_asked
-- The daily deletion. What stays of a round is its question and number: no time, no answer, no count. If it was about
-- a norm, not even the question stays: members wrote these words, and only the ledger holds them.
INSERT INTO asked (channel, number, prompt)
SELECT channel, number, CASE
  WHEN NOT json_valid(prompt) THEN '{}'
  WHEN coalesce(json_extract(prompt, '$.kind_'), 'reflect') IN ('reflect', 'collect') THEN prompt
  ELSE json_set(prompt, '$.question', '', '$.items', json('[]'))
END
FROM round WHERE id IN (SELECT value FROM json_each(:rounds)) AND number > 0 AND NOT void
ON CONFLICT (channel, number) DO NOTHING;

-- name: delete_requests_of
-- The deletion of old rounds, or of a channel, with all about them.
DELETE FROM quote_request WHERE round_id IN (SELECT value FROM json_each(:rounds));

-- name: delete_removals_of
-- The deletion of old rounds, or of a channel, with all about them.
DELETE FROM quote_removal WHERE round_id IN (SELECT value FROM json_each(:rounds));

-- name: delete_outdated_of
-- The deletion of old rounds, or of a channel, with all about them.
DELETE FROM outdated_summary WHERE round_id IN (SELECT value FROM json_each(:rounds));

-- name: delete_posts_of
-- The deletion of old rounds, or of a channel, with all about them.
DELETE FROM post
WHERE kind IN ('question', 'reminder', 'summary', 'cancelled', 'key_lost', 'correction')
  AND of IN (SELECT value FROM json_each(:rounds));

-- name: delete_releases_of
-- The deletion of old rounds, or of a channel, with all about them.
DELETE FROM release WHERE round_id IN (SELECT value FROM json_each(:rounds));

-- name: delete_rounds
-- The deletion of old rounds, or of a channel, with all about them.
DELETE FROM round WHERE id IN (SELECT value FROM json_each(:rounds));

-- name: count_acts_before
-- The daily deletion, before it takes the lock for writing: whether the next two queries have something to delete.
SELECT
  (SELECT count(fire_at) FROM firing WHERE fire_at < :moment AND NOT (
    EXISTS (SELECT 1 FROM schedule WHERE schedule.id = firing.schedule_id)
    AND fire_at = (
      SELECT max(fire_at) FROM firing AS other
      WHERE other.schedule_id = firing.schedule_id AND other.outcome = firing.outcome
    )
  ))
  + (SELECT count(number) FROM schedule_change WHERE at < :moment AND told = 1 AND NOT (
    EXISTS (SELECT 1 FROM schedule WHERE schedule.id = schedule_change.schedule_id)
    AND number = (
      SELECT max(number) FROM schedule_change AS other WHERE other.schedule_id = schedule_change.schedule_id
    )
  )) AS many;

-- name: delete_firings_before
-- The daily deletion; of an existing schedule, the latest firing of each outcome stays.
DELETE FROM firing
WHERE fire_at < :moment AND NOT (
  EXISTS (SELECT 1 FROM schedule WHERE schedule.id = firing.schedule_id)
  AND fire_at = (
    SELECT max(fire_at) FROM firing AS other
    WHERE other.schedule_id = firing.schedule_id AND other.outcome = firing.outcome
  )
);

-- name: delete_changes_before
-- The daily deletion; of an existing schedule, the last change stays: it names who is responsible.
DELETE FROM schedule_change
WHERE at < :moment AND told = 1 AND NOT (
  EXISTS (SELECT 1 FROM schedule WHERE schedule.id = schedule_change.schedule_id)
  AND number = (
    SELECT max(number) FROM schedule_change AS other WHERE other.schedule_id = schedule_change.schedule_id
  )
);

-- name: delete_firings_of_channel
-- The operator deletes everything of a channel.
DELETE FROM firing WHERE schedule_id IN (
  SELECT id FROM schedule WHERE channel = :channel
  UNION SELECT schedule_id FROM schedule_change WHERE channel = :channel
  UNION SELECT schedule FROM round WHERE channel = :channel AND schedule IS NOT NULL
);

-- name: delete_changes_of_channel
-- The operator deletes everything of a channel.
DELETE FROM schedule_change WHERE channel = :channel;

-- name: delete_schedules_of_channel
-- The operator deletes everything of a channel.
DELETE FROM schedule WHERE channel = :channel;

-- name: delete_asked_of_channel
-- The operator deletes everything of a channel.
DELETE FROM asked WHERE channel = :channel;

-- name: delete_norms_of_channel
-- The operator deletes everything of a channel.
DELETE FROM norm WHERE channel = :channel;

-- name: delete_posts_of_channel
-- The operator deletes everything of a channel.
DELETE FROM post WHERE channel = :channel;

-- name: delete_channel
-- The operator deletes everything of a channel.
DELETE FROM channel WHERE id = :channel;

-- name: request_scrub
-- With every deletion, so that the file is scrubbed even after a crash.
INSERT INTO unscrubbed (id) VALUES (1) ON CONFLICT (id) DO NOTHING;

-- name: needs_scrub
-- The daily deletion: whether remains of deleted rows may be in the file.
SELECT id FROM unscrubbed;

-- name: mark_scrubbed
-- The daily deletion, when the file was scrubbed.
DELETE FROM unscrubbed;

-- name: put_norm
-- A result makes or changes a norm, or an admin takes a proposal down.
INSERT INTO norm (id, channel, body) VALUES (:id, :channel, :body)
ON CONFLICT (id) DO UPDATE SET channel = excluded.channel, body = excluded.body;

-- name: fetch_norm
-- Anybody who looks at a norm again, or takes it down.
SELECT id, body FROM norm WHERE id = :id;

-- name: list_norms
-- Anybody in the channel: what it has proposed, tries and keeps. It names no person.
SELECT id, body FROM norm WHERE channel = :channel ORDER BY place;

-- name: fetch_suggestion_box
-- A member who makes a proposal, and the collecting round that takes the box over. It holds the public key only.
SELECT {round} FROM round WHERE channel = :channel AND state = 'gathering' ORDER BY opened_at, id;
