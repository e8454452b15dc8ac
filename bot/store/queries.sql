-- The SQL of the application database. Nothing in it tells who replied, or holds a reply.
-- Each query: its name, then who calls it and why it may see what it sees.

-- name: list_schedules
-- The timer and the list of schedules; a schedule names its channel and no member.
SELECT id, channel, recurrence, at, zone, pack, open_for_s, policy, created_at, reminder, quiet, tenure, source, paused,
  paused_until
FROM schedule WHERE :source IS NULL OR source = :source ORDER BY id;

-- name: list_channel_schedules
-- Whoever asks in a channel when its questions come.
SELECT id, channel, recurrence, at, zone, pack, open_for_s, policy, created_at, reminder, quiet, tenure, source, paused,
  paused_until
FROM schedule WHERE channel = :channel ORDER BY created_at, id;

-- name: list_due_schedules
-- The heartbeat: the few schedules that may have to ask now, of however many there are.
SELECT id, channel, recurrence, at, zone, pack, open_for_s, policy, created_at, reminder, quiet, tenure, source, paused,
  paused_until,
  (SELECT max(fire_at) FROM firing
    WHERE schedule_id = schedule.id AND fire_at <= :latest AND julianday(fire_at) IS NOT NULL AND fire_at LIKE '____-__-__T%+00:00')
    AS last_firing,
  EXISTS (
    SELECT 1 FROM firing WHERE schedule_id = schedule.id AND outcome IN ('resting', 'quiet', 'waiting')
  ) AS unsettled
FROM schedule WHERE look_at IS NULL OR look_at <= :now OR look_at > :horizon ORDER BY look_at, id;

-- name: list_next_schedules
-- The Home tab of an admin, who may see when every channel is asked.
SELECT id, channel, recurrence, at, zone, pack, open_for_s, policy, created_at, reminder, quiet, tenure, source, paused,
  paused_until
FROM schedule
ORDER BY
  NOT EXISTS (SELECT 1 FROM firing WHERE schedule_id = schedule.id AND outcome = 'waiting'), look_at, id
LIMIT :count;

-- name: count_schedules
-- The same: how many it does not list.
SELECT count(id) AS count FROM schedule;

-- name: fetch_schedule
-- Whoever edits, runs or describes one schedule.
SELECT id, channel, recurrence, at, zone, pack, open_for_s, policy, created_at, reminder, quiet, tenure, source, paused,
  paused_until
FROM schedule WHERE id = :id;

-- name: put_schedule
-- An admin saves a schedule, or the start reads it from config.yaml.
INSERT INTO schedule
  (id, channel, recurrence, at, zone, pack, open_for_s, policy, created_at, reminder, quiet, tenure, source, paused,
   paused_until)
VALUES
  (:id, :channel, :recurrence, :at, :zone, :pack, :open_for_s, :policy, :created_at, :reminder, :quiet, :tenure,
   :source, :paused, :paused_until)
ON CONFLICT (id) DO UPDATE SET
  channel = excluded.channel, recurrence = excluded.recurrence, at = excluded.at, zone = excluded.zone,
  pack = excluded.pack, open_for_s = excluded.open_for_s, policy = excluded.policy,
  created_at = excluded.created_at, reminder = excluded.reminder, quiet = excluded.quiet,
  tenure = excluded.tenure, source = excluded.source, paused = excluded.paused,
  paused_until = excluded.paused_until, look_at = NULL;

-- name: look_again
-- run_due, once it has done what was due: when this schedule is next due, so that nobody looks before.
UPDATE schedule SET look_at = :at WHERE id = :id AND created_at = :created_at;

-- name: look_at_all
-- The start: holidays and time zones may be others than they were.
UPDATE schedule SET look_at = NULL WHERE look_at IS NOT NULL;

-- name: list_alarms
-- The timer: the next moments at which something is due.
SELECT at FROM (
  SELECT closes_at AS at FROM round WHERE state = 'open'
  UNION SELECT remind_at FROM round WHERE state = 'open' AND remind_at IS NOT NULL
  UNION SELECT at FROM (SELECT look_at AS at FROM schedule WHERE look_at > :after ORDER BY look_at LIMIT :count)
)
WHERE at > :after ORDER BY at LIMIT :count;

-- name: insert_change
-- An admin changes a schedule, or the start finds it changed in config.yaml; names what they did as an admin.
INSERT INTO schedule_change (schedule_id, channel, kind, at, by, body, told)
VALUES (:schedule_id, :channel, :kind, :at, :by, :body, :told);

-- name: list_changes
-- Everybody in the channel: who changed its schedules, and when.
SELECT number, kind, at, by, body FROM schedule_change
WHERE channel = :channel ORDER BY number DESC LIMIT :count;

-- name: list_untold_changes
-- run_due: what the channels are still to hear.
SELECT number, kind, at, by, body FROM schedule_change WHERE told = 0 ORDER BY number;

-- name: settle_change
-- run_due, once the channel was told.
UPDATE schedule_change SET told = 1 WHERE number = :number;

-- name: put_channel
-- The bot has looked at a channel: its name and standing, and no members.
INSERT INTO channel (id, name, private, archived, joined, introduced)
VALUES (:id, :name, :private, :archived, :joined, :introduced)
ON CONFLICT (id) DO UPDATE SET
  name = excluded.name, private = excluded.private, archived = excluded.archived, joined = excluded.joined,
  introduced = excluded.introduced;

-- name: fetch_channel
-- Whoever looks at a channel: what has changed since last time.
SELECT id, name, private, archived, joined, introduced FROM channel WHERE id = :id;

-- name: list_channels
-- The daily look at the channels that matter.
SELECT channel FROM schedule
UNION SELECT channel FROM round
WHERE state IN ('open', 'closing', 'released') OR (state = 'closed' AND summary IS NULL) ORDER BY channel;

-- name: list_asked_channels
-- The proof: wherever somebody was asked, also in a round whose row cannot be read.
SELECT DISTINCT channel FROM round ORDER BY channel;

-- name: delete_schedule
-- An admin removes a schedule; its firings and rounds stay.
DELETE FROM schedule WHERE id = :id;

-- name: delete_posts_of_schedule
-- The same: what it was to say is said no more.
DELETE FROM post WHERE kind IN ('asking', 'cycle', 'go_on') AND of = :id;

-- name: put_post
-- Whoever says something, before it is sent: so a crash in between makes no third message.
INSERT INTO post (kind, of, channel, since, sends, not_before, reason, reported, body)
VALUES (:kind, :of, :channel, :since, :sends, :not_before, :reason, :reported, :body)
ON CONFLICT (kind, of) DO UPDATE SET
  channel = excluded.channel, since = excluded.since, sends = excluded.sends, not_before = excluded.not_before,
  reason = excluded.reason, reported = excluded.reported, body = excluded.body;

-- name: fetch_post
-- Whoever says something: how often it was sent, and whether it is too early to send it again.
SELECT kind, of, channel, since, sends, not_before, reason, reported, body FROM post
WHERE kind = :kind AND of = :of;

-- name: list_posts
-- The heartbeat: the notes that are still to be said. No member stands in it.
SELECT kind, of, channel, since, sends, not_before, reason, reported, body FROM post ORDER BY since, kind, of;

-- name: delete_post
-- Whoever has said it, in the transaction that records it; or nobody will say it.
DELETE FROM post WHERE kind = :kind AND of = :of;

-- name: release_posts
-- The start: nothing is being sent, and what the operator has mended is tried at once.
UPDATE post SET not_before = NULL WHERE not_before IS NOT NULL;

-- name: insert_firing
-- run_due claims a fire time; the primary key lets one claim win.
INSERT INTO firing (schedule_id, fire_at, outcome) VALUES (:schedule_id, :fire_at, :outcome)
ON CONFLICT (schedule_id, fire_at) DO NOTHING;

-- name: update_firing
-- run_due says what became of the fire time that it claimed.
UPDATE firing SET outcome = :outcome WHERE schedule_id = :schedule_id AND fire_at = :fire_at;

-- name: last_firing
-- run_due looks from here on for fire times that are due.
SELECT max(fire_at) AS fire_at FROM firing
WHERE schedule_id = :schedule_id AND (:by IS NULL OR fire_at <= :by)
  AND julianday(fire_at) IS NOT NULL AND fire_at LIKE '____-__-__T%+00:00';

-- name: last_firing_with
-- run_due and the Home tab: whether a schedule rests, or waits for its channel's word.
SELECT max(fire_at) AS fire_at FROM firing
WHERE schedule_id = :schedule_id AND outcome = :outcome
  AND julianday(fire_at) IS NOT NULL AND fire_at LIKE '____-__-__T%+00:00';

-- name: look_at_silenced
-- run_due: what a clock that was ahead has left, is put right, first the schedules that it silenced.
UPDATE schedule SET look_at = NULL
WHERE EXISTS (SELECT 1 FROM firing WHERE firing.schedule_id = schedule.id AND fire_at > :after);

-- name: delete_firings_after
-- The same: fire times that have not come cannot have been used.
DELETE FROM firing WHERE schedule_id IN (SELECT id FROM schedule) AND fire_at > :after;

-- name: mend_schedules
-- The same: nothing fires before the time at which a schedule was made.
UPDATE schedule SET created_at = :now, look_at = NULL WHERE created_at > :after;

-- name: has_future_times
-- run_due, every minute: whether there is anything to put right; else nothing is written.
SELECT 1 AS there WHERE
  EXISTS (SELECT 1 FROM firing WHERE schedule_id IN (SELECT id FROM schedule) AND fire_at > :after)
  OR EXISTS (SELECT 1 FROM schedule WHERE created_at > :after)
  OR EXISTS (SELECT 1 FROM round WHERE state = 'open' AND opened_at > :after);

-- name: list_rounds_from
-- The same: rounds that would stay open for as long as the clock was ahead.
SELECT id, channel, schedule, number, prompt, policy, audience_size, opened_at, closes_at, zone, closing_key, state,
  announcement, summary, remind_at, period, shared, void, tries, tried_at
FROM round WHERE state = 'open' AND opened_at > :after ORDER BY opened_at, id;

-- name: newest_time
-- Whether the clock can be believed while Slack is silent.
SELECT max(at) AS at FROM (
  SELECT opened_at AS at FROM round UNION ALL SELECT released_at FROM release
  UNION ALL SELECT created_at FROM schedule UNION ALL SELECT at FROM schedule_change
  UNION ALL SELECT at FROM proof
) WHERE julianday(at) IS NOT NULL AND at LIKE '____-__-__T%+00:00';

-- name: unreadable_firings
-- The start: the fire times that no other query takes, so that the log names them.
SELECT schedule_id, fire_at, outcome FROM firing
WHERE NOT (julianday(fire_at) IS NOT NULL AND fire_at LIKE '____-__-__T%+00:00') OR julianday(fire_at) IS NULL;

-- name: insert_round
-- A round opens; the size of its audience is kept, its members are not.
INSERT INTO round
  (id, channel, schedule, number, prompt, policy, audience_size, opened_at, closes_at, zone, closing_key, state,
   announcement, summary, remind_at, period, shared, void, tries, tried_at)
VALUES
  (:id, :channel, :schedule, :number, :prompt, :policy, :audience_size, :opened_at, :closes_at, :zone, :closing_key,
   :state, :announcement, :summary, :remind_at, :period, :shared, :void, :tries, :tried_at);

-- name: update_round
-- A round takes its next step.
UPDATE round SET
  channel = :channel, schedule = :schedule, number = :number, prompt = :prompt, policy = :policy,
  audience_size = :audience_size, opened_at = :opened_at, closes_at = :closes_at, zone = :zone,
  closing_key = :closing_key, state = :state, announcement = :announcement, summary = :summary,
  remind_at = :remind_at, period = :period, shared = :shared, void = :void,
  tries = :tries, tried_at = :tried_at
WHERE id = :id;

-- name: fetch_round
-- Whoever replies to a round, closes it or shows it; it holds the public half of its key only.
SELECT id, channel, schedule, number, prompt, policy, audience_size, opened_at, closes_at, zone, closing_key, state,
  announcement, summary, remind_at, period, shared, void, tries, tried_at
FROM round WHERE id = :id;

-- name: list_rounds
-- Recovery and run_due: the rounds that still have a step to take.
SELECT id, channel, schedule, number, prompt, policy, audience_size, opened_at, closes_at, zone, closing_key, state,
  announcement, summary, remind_at, period, shared, void, tries, tried_at
FROM round WHERE state IN (SELECT value FROM json_each(:states)) ORDER BY opened_at, id;

-- name: list_live_ids
-- Recovery: whose keys and replies stay, also where the row cannot be read.
SELECT id FROM round WHERE state NOT IN ('released', 'closed', 'cancelled', 'key_lost') ORDER BY id;

-- name: has_open_round
-- Opening a round: no channel has two, also where the row of the first cannot be read.
SELECT id FROM round WHERE channel = :channel AND state IN ('open', 'closing') LIMIT 1;

-- name: list_unfinished
-- The heartbeat and recovery: what is due to be announced, closed or posted; and boxes that nothing will open.
SELECT id, channel, schedule, number, prompt, policy, audience_size, opened_at, closes_at, zone, closing_key, state,
  announcement, summary, remind_at, period, shared, void, tries, tried_at
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
-- Opening a round, anywhere: what was asked lately in any channel, whatever has become of the channel since.
-- Which people were asked stands in audiences.db, as marks. In few rows, since there may be thousands of rounds;
-- nearly all that count opened lately and are marked, and an index alone tells of them (round_counting). Each of
-- the others is found by an index of its own, so that the years before are never read.
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
-- The same: audiences of rounds that a restored backup does not know, or that were never stored.
SELECT value AS id FROM json_each(:rounds) WHERE value NOT IN (SELECT round.id FROM round);

-- name: put_nothing_left
-- Nothing may be asked in a channel today: it is decided once a day, so that nobody learns more by asking again.
INSERT INTO nothing_left (channel, day) VALUES (:channel, :day)
ON CONFLICT (channel) DO UPDATE SET day = excluded.day;

-- name: nothing_left
-- Opening a round: whether it was decided today that nothing may be asked.
SELECT day FROM nothing_left WHERE channel = :channel;

-- name: delete_nothing_left_of_channel
-- The operator removes everything of a channel.
DELETE FROM nothing_left WHERE channel = :channel;

-- name: rest_until
-- A restore: nobody knows what was asked since the backup.
INSERT INTO everything_rests (id, until) VALUES (1, :until)
ON CONFLICT (id) DO UPDATE SET until = max(until, excluded.until);

-- name: rests_until
-- Opening a round: whether a restore lets everything rest.
SELECT until FROM everything_rests;

-- name: list_channel_rounds
-- The choice of the next prompt, and the history of a channel. A box that never became a round has no number.
SELECT id, channel, schedule, number, prompt, policy, audience_size, opened_at, closes_at, zone, closing_key, state,
  announcement, summary, remind_at, period, shared, void, tries, tried_at
FROM round WHERE channel = :channel AND number > 0 ORDER BY opened_at, number, id;

-- name: insert_release
-- The close stores what may be shown, before it destroys everything else.
INSERT INTO release (round_id, body, released_at) VALUES (:round_id, :body, :released_at);

-- name: fetch_release
-- The summary of a round, the same for everybody who asks.
SELECT round_id, body FROM release WHERE round_id = :round_id;

-- name: list_releases
-- Trend, report and export: everything in it has been shown to the channel already.
SELECT round.id, channel, schedule, number, prompt, policy, audience_size, opened_at, closes_at, zone, closing_key,
  state, announcement, summary, remind_at, period, shared, void, tries, tried_at, release.round_id, release.body
FROM release JOIN round ON round.id = release.round_id
WHERE channel = :channel ORDER BY released_at DESC, number DESC, round.id DESC;

-- name: list_latest_releases
-- The Home tab: the newest results of each channel, shown there already.
SELECT id, channel, schedule, number, prompt, policy, audience_size, opened_at, closes_at, zone, closing_key, state,
  announcement, summary, remind_at, period, shared, void, tries, tried_at, round_id, body
FROM (
  SELECT round.id, channel, schedule, number, prompt, policy, audience_size, opened_at, closes_at, zone, closing_key,
    state, announcement, summary, remind_at, period, shared, void, tries, tried_at, release.round_id, release.body,
    row_number() OVER (PARTITION BY channel ORDER BY released_at DESC, number DESC, round.id DESC) AS place
  FROM release JOIN round ON round.id = release.round_id
  WHERE :channels IS NULL OR channel IN (SELECT value FROM json_each(:channels))
)
WHERE place <= :count ORDER BY channel, place;

-- name: rewrite_release
-- A quote is taken down: the same result without it. The time of the result stays.
UPDATE release SET body = :body WHERE round_id = :round_id;

-- name: insert_outdated_summary
-- With the query above, so that a crash before the posted summary is changed is made up for.
INSERT INTO outdated_summary (round_id) VALUES (:round_id) ON CONFLICT (round_id) DO NOTHING;

-- name: list_outdated_summaries
-- The heartbeat and recovery: the summaries that are to be brought up to date.
SELECT round_id FROM outdated_summary ORDER BY round_id;

-- name: settle_summary
-- The posted summary has been brought up to date.
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
-- An admin takes a quote down; the only place that names a person, and it names what they did as an admin.
INSERT INTO quote_removal (round_id, removed_on, admin) VALUES (:round_id, :removed_on, :admin);

-- name: list_quote_removals
-- Whoever asks the operator which admin took a quote down.
SELECT round_id, removed_on, admin FROM quote_removal WHERE round_id = :round_id ORDER BY removed_on, admin;

-- name: put_proof
-- The daily attack of the bot on itself: how it ended. No more than the last one is kept.
INSERT INTO proof (id, at, body) VALUES (1, :at, :body)
ON CONFLICT (id) DO UPDATE SET at = excluded.at, body = excluded.body;

-- name: fetch_proof
-- Whoever asks how replies stay anonymous.
SELECT body FROM proof WHERE id = 1;

-- name: list_asked
-- The choice of the next prompt: also of rounds that are kept no longer, so that nothing repeats too soon.
SELECT prompt FROM (
  SELECT number, prompt FROM asked WHERE channel = :channel
  UNION ALL SELECT number, prompt FROM round WHERE channel = :channel AND number > 0 AND NOT void
)
ORDER BY number;

-- name: last_number
-- A round opens: its number goes on, also where the rounds before it are kept no longer.
SELECT max(number) AS number FROM (
  SELECT number FROM asked WHERE channel = :channel UNION ALL SELECT number FROM round WHERE channel = :channel
);

-- name: list_ended_before
-- The daily look at what is kept no longer; a round that has not ended is never among it.
SELECT id FROM round
WHERE closes_at < :moment AND state IN ('closed', 'cancelled', 'key_lost') ORDER BY closes_at, id;

-- name: list_channel_round_ids
-- The operator removes everything of a channel.
SELECT id FROM round WHERE channel = :channel ORDER BY id;

-- name: remember_asked
-- What stays of a round that is kept no longer: the question and its number. No time, no answer, no count.
-- Where it was about a norm, not even the question: members wrote these words, and the ledger alone holds them.
INSERT INTO asked (channel, number, prompt)
SELECT channel, number, CASE
  WHEN NOT json_valid(prompt) THEN '{}'
  WHEN coalesce(json_extract(prompt, '$.kind_'), 'reflect') IN ('reflect', 'collect') THEN prompt
  ELSE json_set(prompt, '$.question', '', '$.items', json('[]'))
END
FROM round WHERE id IN (SELECT value FROM json_each(:rounds)) AND number > 0 AND NOT void
ON CONFLICT (channel, number) DO NOTHING;

-- name: delete_requests_of
-- Rounds that are kept no longer, with all about them.
DELETE FROM quote_request WHERE round_id IN (SELECT value FROM json_each(:rounds));

-- name: delete_removals_of
-- The same.
DELETE FROM quote_removal WHERE round_id IN (SELECT value FROM json_each(:rounds));

-- name: delete_outdated_of
-- The same.
DELETE FROM outdated_summary WHERE round_id IN (SELECT value FROM json_each(:rounds));

-- name: delete_posts_of
-- The same.
DELETE FROM post
WHERE kind IN ('question', 'reminder', 'summary', 'cancelled', 'key_lost', 'correction')
  AND of IN (SELECT value FROM json_each(:rounds));

-- name: delete_releases_of
-- The same.
DELETE FROM release WHERE round_id IN (SELECT value FROM json_each(:rounds));

-- name: delete_rounds
-- The same.
DELETE FROM round WHERE id IN (SELECT value FROM json_each(:rounds));

-- name: delete_firings_before
-- The daily look; of a schedule that is there, the latest firing of each outcome stays.
DELETE FROM firing
WHERE fire_at < :moment AND NOT (
  EXISTS (SELECT 1 FROM schedule WHERE schedule.id = firing.schedule_id)
  AND fire_at = (
    SELECT max(fire_at) FROM firing AS other
    WHERE other.schedule_id = firing.schedule_id AND other.outcome = firing.outcome
  )
);

-- name: delete_changes_before
-- The daily look; of a schedule that is there, the last change stays: who is responsible for it.
DELETE FROM schedule_change
WHERE at < :moment AND told = 1 AND NOT (
  EXISTS (SELECT 1 FROM schedule WHERE schedule.id = schedule_change.schedule_id)
  AND number = (
    SELECT max(number) FROM schedule_change AS other WHERE other.schedule_id = schedule_change.schedule_id
  )
);

-- name: delete_firings_of_channel
-- The operator removes everything of a channel.
DELETE FROM firing WHERE schedule_id IN (
  SELECT id FROM schedule WHERE channel = :channel
  UNION SELECT schedule_id FROM schedule_change WHERE channel = :channel
  UNION SELECT schedule FROM round WHERE channel = :channel AND schedule IS NOT NULL
);

-- name: delete_changes_of_channel
-- The same.
DELETE FROM schedule_change WHERE channel = :channel;

-- name: delete_schedules_of_channel
-- The same.
DELETE FROM schedule WHERE channel = :channel;

-- name: delete_asked_of_channel
-- The same.
DELETE FROM asked WHERE channel = :channel;

-- name: delete_norms_of_channel
-- The same.
DELETE FROM norm WHERE channel = :channel;

-- name: delete_posts_of_channel
-- The same.
DELETE FROM post WHERE channel = :channel;

-- name: delete_channel
-- The same.
DELETE FROM channel WHERE id = :channel;

-- name: owe_scrub
-- With whatever was deleted, so that a crash before the file is scrubbed is made up for.
INSERT INTO unscrubbed (id) VALUES (1) ON CONFLICT (id) DO NOTHING;

-- name: owes_scrub
-- The daily look: whether deleted rows may still stand in the file.
SELECT id FROM unscrubbed;

-- name: settle_scrub
-- The file was scrubbed.
DELETE FROM unscrubbed;

-- name: put_norm
-- A result makes or changes a norm; or an admin takes a proposal down.
INSERT INTO norm (id, channel, body) VALUES (:id, :channel, :body)
ON CONFLICT (id) DO UPDATE SET channel = excluded.channel, body = excluded.body;

-- name: fetch_norm
-- Whoever looks at a norm again, or takes it down.
SELECT id, body FROM norm WHERE id = :id;

-- name: list_norms
-- Everybody in the channel: what it has proposed, tries and keeps. No name stands in it.
SELECT id, body FROM norm WHERE channel = :channel ORDER BY place;

-- name: fetch_box
-- Whoever suggests something, and the collecting round that takes the box over; it holds the public key only.
SELECT id, channel, schedule, number, prompt, policy, audience_size, opened_at, closes_at, zone, closing_key, state,
  announcement, summary, remind_at, period, shared, void, tries, tried_at
FROM round WHERE channel = :channel AND state = 'gathering' ORDER BY opened_at, id;
