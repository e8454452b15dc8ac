BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'belonging','0001_schedules_rounds_releases','2026-11-30 13:46:25.882064+00:00');
INSERT INTO "_sqlite_migrations" VALUES(2,'belonging','0002_quotes_taken_down','2026-11-30 13:46:25.884300+00:00');
INSERT INTO "_sqlite_migrations" VALUES(3,'belonging','0003_last_proof','2026-11-30 13:46:25.884567+00:00');
INSERT INTO "_sqlite_migrations" VALUES(4,'belonging','0004_schedules_in_slack','2026-11-30 13:46:25.885552+00:00');
INSERT INTO "_sqlite_migrations" VALUES(5,'belonging','0005_kept_for_a_while','2026-11-30 13:46:25.885864+00:00');
INSERT INTO "_sqlite_migrations" VALUES(6,'belonging','0006_norms','2026-11-30 13:46:25.890336+00:00');
INSERT INTO "_sqlite_migrations" VALUES(7,'belonging','0007_asked_of_whom','2026-11-30 13:46:25.891629+00:00');
INSERT INTO "_sqlite_migrations" VALUES(8,'belonging','0008_tries_to_close','2026-11-30 13:46:25.892239+00:00');
INSERT INTO "_sqlite_migrations" VALUES(9,'belonging','0009_counted_by_index','2026-11-30 13:46:25.892582+00:00');
INSERT INTO "_sqlite_migrations" VALUES(10,'belonging','0010_messages_not_known_to_be_said','2026-11-30 13:46:25.892853+00:00');
INSERT INTO "_sqlite_migrations" VALUES(11,'belonging','0011_languages','2026-11-30 13:46:25.899308+00:00');
CREATE TABLE asked (
  channel TEXT NOT NULL, number INTEGER NOT NULL, prompt TEXT NOT NULL, PRIMARY KEY (channel, number)
) WITHOUT ROWID, STRICT;
INSERT INTO "asked" VALUES('C0SAMPLE02',7,'{"kind":"RoundPrompt","prompt_id":"voice-1","dimension":"voice","label":"Voice","side":"inclusion","question":"When did you last change someone’s mind here? 🌱","items":[{"kind":"Item","id":"voice-anchor","text":"My words carry weight.","reversed":false},{"kind":"Item","id":"voice-1-a","text":"It is easier to say nothing.","reversed":true}],"tags":[{"kind":"Tag","id":"voice-tag-meetings","text":"meetings"}],"asks_tenure":false,"kind_":"reflect","norm":null,"in_turn":true,"place":null,"language":"en","translations":{"ja":{"label":"発言","question":"最近、だれかの考えが変わったのはいつですか？🌱","voice-anchor":"私の言葉は受けとめられます。","voice-1-a":"黙っているほうが楽です。","tag:voice-tag-meetings":"会議"}}}');
CREATE TABLE channel (
  id TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL, private INTEGER NOT NULL CHECK (private IN (0, 1)),
  archived INTEGER NOT NULL CHECK (archived IN (0, 1)), joined INTEGER NOT NULL CHECK (joined IN (0, 1)),
  introduced INTEGER NOT NULL CHECK (introduced IN (0, 1))
) WITHOUT ROWID, STRICT;
INSERT INTO "channel" VALUES('C0SAMPLE01','sample',1,0,1,1);
CREATE TABLE everything_rests (id INTEGER PRIMARY KEY CHECK (id = 1), until TEXT NOT NULL) STRICT;
INSERT INTO "everything_rests" VALUES(1,'2026-11-02T09:30:00.000000+00:00');
CREATE TABLE firing (
  schedule_id TEXT NOT NULL, fire_at TEXT NOT NULL, outcome TEXT NOT NULL,
  PRIMARY KEY (schedule_id, fire_at)
) STRICT;
INSERT INTO "firing" VALUES('sample000001','2026-11-02T09:30:00.000000+00:00','opened');
INSERT INTO "firing" VALUES('sample000001','2026-11-09T09:30:00.000000+00:00','opened');
INSERT INTO "firing" VALUES('sample000001','2026-11-16T09:30:00.000000+00:00','opened');
INSERT INTO "firing" VALUES('sample000001','2026-11-23T09:30:00.000000+00:00','opened');
INSERT INTO "firing" VALUES('sample000001','2026-11-05T09:30:00.000000+00:00','refused');
CREATE TABLE norm (
  place INTEGER PRIMARY KEY NOT NULL, id TEXT NOT NULL UNIQUE, channel TEXT NOT NULL, body TEXT NOT NULL
) STRICT;
INSERT INTO "norm" VALUES(1,'0000000000n1','C0SAMPLE01','{"kind":"Norm","id":"0000000000n1","channel":"C0SAMPLE01","handle":"A","text":"We begin with news.","steps":[{"kind":"NormStep","state":"proposed","on":"2026-11-02","round":1,"reason":""},{"kind":"NormStep","state":"candidate","on":"2026-11-02","round":2,"reason":""}],"look_again_on":null}');
CREATE TABLE nothing_left (channel TEXT PRIMARY KEY NOT NULL, day TEXT NOT NULL) WITHOUT ROWID, STRICT;
INSERT INTO "nothing_left" VALUES('C0SAMPLE01','2026-11-02');
CREATE TABLE outdated_summary (
  round_id TEXT PRIMARY KEY NOT NULL REFERENCES release (round_id)
) WITHOUT ROWID, STRICT;
CREATE TABLE post (
  kind TEXT NOT NULL, of TEXT NOT NULL, channel TEXT NOT NULL, since TEXT NOT NULL,
  sends INTEGER NOT NULL CHECK (sends BETWEEN 0 AND 2), not_before TEXT, reason TEXT NOT NULL,
  reported INTEGER NOT NULL CHECK (reported IN (0, 1)), body TEXT NOT NULL, PRIMARY KEY (kind, of)
) WITHOUT ROWID, STRICT;
INSERT INTO "post" VALUES('summary','00000000000e','C0SAMPLE01','2026-11-02T09:30:00.000000+00:00',1,'2026-11-02T09:31:00.000000+00:00','fatal_error',1,'');
CREATE TABLE proof (
  id INTEGER PRIMARY KEY CHECK (id = 1), at TEXT NOT NULL, body TEXT NOT NULL
) STRICT;
INSERT INTO "proof" VALUES(1,'2026-11-02T09:30:00.000000+00:00','{"kind":"LastProof","at":"2026-11-02T09:30:00.000000+00:00","tried":10,"failed":["permissions"],"warned":[]}');
CREATE TABLE quote_removal (
  round_id TEXT NOT NULL REFERENCES release (round_id), removed_on TEXT NOT NULL, admin TEXT NOT NULL
) STRICT;
INSERT INTO "quote_removal" VALUES('00000000000a','2026-11-02','U0SAMPLE01');
CREATE TABLE quote_request (
  round_id TEXT NOT NULL REFERENCES release (round_id), quote TEXT NOT NULL, asked_on TEXT NOT NULL,
  PRIMARY KEY (round_id, quote)
) WITHOUT ROWID, STRICT;
INSERT INTO "quote_request" VALUES('00000000000a','5d41402abc','2026-11-02');
CREATE TABLE release (
  round_id TEXT PRIMARY KEY NOT NULL REFERENCES round (id), body TEXT NOT NULL, released_at TEXT NOT NULL
) STRICT;
INSERT INTO "release" VALUES('00000000000a','{"kind":"Published","round_id":"00000000000a","replies":12,"audience":14,"items":[{"kind":"ItemRelease","item":"voice-anchor","count":{"kind":"Count","of":12,"low":9,"high":12},"groups":[]},{"kind":"ItemRelease","item":"voice-1-a","count":null,"groups":[]}],"tags":[{"kind":"TagRelease","tag":"voice-tag-meetings","count":{"kind":"Count","of":12,"low":5,"high":5}}],"quotes":["We could say so sooner.","Ask who has not spoken.","“Yes, and” helps."],"removed":[],"proposals":[],"outcome":null,"tied":false}','2026-11-05T09:31:00.000000+00:00');
INSERT INTO "release" VALUES('00000000000b','{"kind":"Withheld","round_id":"00000000000b"}','2026-11-05T09:31:00.000000+00:00');
CREATE TABLE round (
  id TEXT PRIMARY KEY NOT NULL, channel TEXT NOT NULL, schedule TEXT, number INTEGER NOT NULL,
  prompt TEXT NOT NULL, policy TEXT NOT NULL, audience_size INTEGER NOT NULL, opened_at TEXT NOT NULL,
  closes_at TEXT NOT NULL, zone TEXT NOT NULL, closing_key BLOB NOT NULL, state TEXT NOT NULL,
  announcement TEXT, summary TEXT
, remind_at TEXT, period TEXT, shared INTEGER CHECK (shared BETWEEN 0 AND 2), void INTEGER NOT NULL DEFAULT 0 CHECK (void IN (0, 1)), tries INTEGER NOT NULL DEFAULT 0, tried_at TEXT, language TEXT NOT NULL DEFAULT 'en', several_languages INTEGER NOT NULL DEFAULT 0 CHECK (several_languages IN (0, 1)), reminder TEXT) STRICT;
INSERT INTO "round" VALUES('00000000000a','C0SAMPLE01','sample000001',1,'{"kind":"RoundPrompt","prompt_id":"voice-1","dimension":"voice","label":"Voice","side":"inclusion","question":"When did you last change someone’s mind here? 🌱","items":[{"kind":"Item","id":"voice-anchor","text":"My words carry weight.","reversed":false},{"kind":"Item","id":"voice-1-a","text":"It is easier to say nothing.","reversed":true}],"tags":[{"kind":"Tag","id":"voice-tag-meetings","text":"meetings"}],"asks_tenure":false,"kind_":"reflect","norm":null,"in_turn":true,"place":null,"language":"en","translations":{"ja":{"label":"発言","question":"最近、だれかの考えが変わったのはいつですか？🌱","voice-anchor":"私の言葉は受けとめられます。","voice-1-a":"黙っているほうが楽です。","tag:voice-tag-meetings":"会議"}}}','{"kind":"ReleasePolicy","threshold":6,"quote_replies":10,"quotes_allowed":3,"quotes":true,"min_open":108000}',14,'2026-11-02T09:30:00.000000+00:00','2026-11-05T09:30:00.000000+00:00','Europe/Berlin',X'000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F','closed','1762075800.000001','1762335000.000100',NULL,NULL,NULL,0,0,NULL,'en',0,NULL);
INSERT INTO "round" VALUES('00000000000b','C0SAMPLE01','sample000001',2,'{"kind":"RoundPrompt","prompt_id":"voice-1","dimension":"voice","label":"Voice","side":"inclusion","question":"When did you last change someone’s mind here? 🌱","items":[{"kind":"Item","id":"voice-anchor","text":"My words carry weight.","reversed":false},{"kind":"Item","id":"voice-1-a","text":"It is easier to say nothing.","reversed":true}],"tags":[{"kind":"Tag","id":"voice-tag-meetings","text":"meetings"}],"asks_tenure":false,"kind_":"reflect","norm":null,"in_turn":true,"place":null,"language":"en","translations":{"ja":{"label":"発言","question":"最近、だれかの考えが変わったのはいつですか？🌱","voice-anchor":"私の言葉は受けとめられます。","voice-1-a":"黙っているほうが楽です。","tag:voice-tag-meetings":"会議"}}}','{"kind":"ReleasePolicy","threshold":6,"quote_replies":10,"quotes_allowed":3,"quotes":true,"min_open":108000}',14,'2026-11-09T09:30:00.000000+00:00','2026-11-12T09:30:00.000000+00:00','Europe/Berlin',X'000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F','closed','1762075800.000002','1762939800.000100',NULL,NULL,NULL,0,0,NULL,'en',0,NULL);
INSERT INTO "round" VALUES('00000000000c','C0SAMPLE01',NULL,3,'{"kind":"RoundPrompt","prompt_id":"voice-1","dimension":"voice","label":"Voice","side":"inclusion","question":"When did you last change someone’s mind here? 🌱","items":[{"kind":"Item","id":"voice-anchor","text":"My words carry weight.","reversed":false},{"kind":"Item","id":"voice-1-a","text":"It is easier to say nothing.","reversed":true}],"tags":[{"kind":"Tag","id":"voice-tag-meetings","text":"meetings"}],"asks_tenure":false,"kind_":"reflect","norm":null,"in_turn":true,"place":null,"language":"en","translations":{"ja":{"label":"発言","question":"最近、だれかの考えが変わったのはいつですか？🌱","voice-anchor":"私の言葉は受けとめられます。","voice-1-a":"黙っているほうが楽です。","tag:voice-tag-meetings":"会議"}}}','{"kind":"ReleasePolicy","threshold":6,"quote_replies":10,"quotes_allowed":3,"quotes":true,"min_open":108000}',14,'2026-11-16T09:30:00.000000+00:00','2026-11-19T09:30:00.000000+00:00','Europe/Berlin',X'000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F','cancelled',NULL,NULL,NULL,NULL,NULL,0,0,NULL,'en',0,NULL);
INSERT INTO "round" VALUES('00000000000d','C0SAMPLE01','sample000001',4,'{"kind":"RoundPrompt","prompt_id":"voice-1","dimension":"voice","label":"Voice","side":"inclusion","question":"When did you last change someone’s mind here? 🌱","items":[{"kind":"Item","id":"voice-anchor","text":"My words carry weight.","reversed":false},{"kind":"Item","id":"voice-1-a","text":"It is easier to say nothing.","reversed":true}],"tags":[{"kind":"Tag","id":"voice-tag-meetings","text":"meetings"}],"asks_tenure":false,"kind_":"reflect","norm":null,"in_turn":true,"place":null,"language":"en","translations":{"ja":{"label":"発言","question":"最近、だれかの考えが変わったのはいつですか？🌱","voice-anchor":"私の言葉は受けとめられます。","voice-1-a":"黙っているほうが楽です。","tag:voice-tag-meetings":"会議"}}}','{"kind":"ReleasePolicy","threshold":6,"quote_replies":10,"quotes_allowed":3,"quotes":true,"min_open":108000}',14,'2026-11-23T09:30:00.000000+00:00','2026-11-26T09:30:00.000000+00:00','Europe/Berlin',X'000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F','open','1762075800.000004',NULL,NULL,NULL,NULL,0,0,NULL,'en',0,NULL);
CREATE TABLE schedule (
  id TEXT PRIMARY KEY NOT NULL, channel TEXT NOT NULL, recurrence TEXT NOT NULL, at TEXT NOT NULL,
  zone TEXT NOT NULL, pack TEXT NOT NULL, open_for_s INTEGER NOT NULL, policy TEXT NOT NULL,
  created_at TEXT NOT NULL, reminder INTEGER NOT NULL CHECK (reminder IN (0, 1)), quiet TEXT NOT NULL,
  tenure INTEGER NOT NULL CHECK (tenure IN (0, 1)), source TEXT NOT NULL,
  paused INTEGER NOT NULL CHECK (paused IN (0, 1))
, paused_until TEXT, look_at TEXT, language TEXT NOT NULL DEFAULT 'en') STRICT;
INSERT INTO "schedule" VALUES('sample000001','C0SAMPLE01','{"kind":"Weekly","every":2,"weekdays":[0,3],"since":"2024-01-01"}','10:30:00','Europe/Berlin','belonging',259200,'{"kind":"ReleasePolicy","threshold":6,"quote_replies":10,"quotes_allowed":3,"quotes":true,"min_open":108000}','2026-11-01T09:30:00.000000+00:00',1,'{"kind":"QuietDays","holidays":null,"ranges":[["2026-12-24","2027-01-03"]]}',0,'config',0,NULL,NULL,'en');
CREATE TABLE schedule_change (
  number INTEGER PRIMARY KEY NOT NULL, schedule_id TEXT NOT NULL, channel TEXT NOT NULL, kind TEXT NOT NULL,
  at TEXT NOT NULL, by TEXT, body TEXT NOT NULL, told INTEGER NOT NULL CHECK (told IN (0, 1))
) STRICT;
INSERT INTO "schedule_change" VALUES(1,'sample000001','C0SAMPLE01','created','2026-11-02T09:30:00.000000+00:00','U0SAMPLE01','{"kind":"Schedule","id":"sample000001","channel":"C0SAMPLE01","recurrence":{"kind":"Weekly","every":2,"weekdays":[0,3],"since":"2024-01-01"},"at":"10:30:00","zone":"Europe/Berlin","pack":"belonging","open_for":259200,"policy":{"kind":"ReleasePolicy","threshold":6,"quote_replies":10,"quotes_allowed":3,"quotes":true,"min_open":108000},"created_at":"2026-11-01T09:30:00.000000+00:00","reminder":true,"quiet":{"kind":"QuietDays","holidays":null,"ranges":[["2026-12-24","2027-01-03"]]},"tenure":false,"source":"config","paused":false,"paused_until":null,"language":"en"}',1);
INSERT INTO "schedule_change" VALUES(2,'sample000001','C0SAMPLE01','paused','2026-11-02T09:30:00.000000+00:00','U0SAMPLE01','{"kind":"Schedule","id":"sample000001","channel":"C0SAMPLE01","recurrence":{"kind":"Weekly","every":2,"weekdays":[0,3],"since":"2024-01-01"},"at":"10:30:00","zone":"Europe/Berlin","pack":"belonging","open_for":259200,"policy":{"kind":"ReleasePolicy","threshold":6,"quote_replies":10,"quotes_allowed":3,"quotes":true,"min_open":108000},"created_at":"2026-11-01T09:30:00.000000+00:00","reminder":true,"quiet":{"kind":"QuietDays","holidays":null,"ranges":[["2026-12-24","2027-01-03"]]},"tenure":false,"source":"config","paused":true,"paused_until":"2026-12-01","language":"en"}',1);
CREATE TABLE unscrubbed (id INTEGER PRIMARY KEY CHECK (id = 1)) STRICT;
INSERT INTO "unscrubbed" VALUES(1);
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE INDEX round_channel ON round (channel);
CREATE INDEX round_state ON round (state);
CREATE INDEX schedule_channel ON schedule (channel);
CREATE INDEX schedule_look_at ON schedule (look_at);
CREATE INDEX schedule_change_channel ON schedule_change (channel, number);
CREATE INDEX schedule_change_untold ON schedule_change (told) WHERE told = 0;
CREATE INDEX norm_channel ON norm (channel, place);
CREATE INDEX round_counting ON round (opened_at, period, void, audience_size, id);
CREATE INDEX round_closes ON round (closes_at, id);
CREATE INDEX release_released ON release (released_at, round_id);
CREATE INDEX post_channel ON post (channel);
COMMIT;
