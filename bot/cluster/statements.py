"""The statements with which a worker joins the cluster, and takes and gives shards."""

from typing import LiteralString

BEAT: LiteralString = """
WITH beat AS (UPDATE workers SET seen = clock_timestamp(), skew_ms = %s WHERE id = %s)
SELECT objid::int FROM pg_locks
WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND classid::bigint = %s AND objsubid = 2 AND granted
"""
JOIN: LiteralString = """
INSERT INTO workers (id, address, storage, draining, seen) VALUES (%s, %s, %s, %s, clock_timestamp())
ON CONFLICT (id) DO UPDATE SET address = excluded.address, storage = excluded.storage, seen = excluded.seen,
    draining = workers.draining OR excluded.draining, skew_ms = NULL
"""
RESTART: LiteralString = """
WITH old AS (DELETE FROM workers WHERE seen < clock_timestamp() - %(days)s * interval '1 day'
    AND NOT EXISTS (SELECT 1 FROM shards WHERE shards.storage = workers.storage OR worker = id)),
given AS (UPDATE workers SET draining = false WHERE id = %(worker)s)
UPDATE shards SET handed_by = NULL WHERE handed_by = %(worker)s
"""
LET_GO: LiteralString = """
UPDATE shards SET worker = NULL, address = NULL, since = NULL WHERE worker = %s AND NOT shard = ANY(%s)
"""
WHERE: LiteralString = "SELECT storage, epoch FROM shards WHERE shard = %s"
TAKE: LiteralString = """
WITH before AS (SELECT shard, epoch, handed_by FROM shards WHERE shard = %(shard)s)
UPDATE shards SET worker = %(worker)s, address = %(address)s, epoch = shards.epoch + 1,
    since = clock_timestamp(), handed_by = NULL, wanted = NULL,
    not_moved = CASE WHEN wanted <> %(worker)s THEN wanted || ' interrupted' END
FROM before LEFT JOIN workers AS giver ON giver.id = before.handed_by
WHERE shards.shard = before.shard RETURNING shards.epoch, giver.id, giver.address, before.epoch
"""
REFUSE: LiteralString = """
WITH refused AS (UPDATE shards SET wanted = NULL WHERE shard = %(shard)s AND wanted = %(worker)s)
SELECT pg_advisory_unlock(%(class)s, %(shard)s)
"""
GIVE: LiteralString = """
WITH given AS (UPDATE shards SET worker = NULL, address = NULL, since = NULL, handed_by = %(worker)s
    WHERE shard = %(shard)s AND worker = %(worker)s AND epoch = %(epoch)s)
SELECT pg_advisory_unlock(%(class)s, %(shard)s)
"""
BIND: LiteralString = """
UPDATE shards SET storage = %(storage)s WHERE shard = %(shard)s AND worker = %(worker)s
    AND epoch = %(epoch)s AND (storage IS NULL OR storage = %(mine)s) RETURNING shard
"""
CLAIM: LiteralString = """
WITH claimed AS (UPDATE shards SET storage = %(mine)s WHERE shard = ANY(%(shards)s) AND storage IS NULL)
SELECT shard FROM shards WHERE shard = ANY(%(shards)s) AND storage <> %(mine)s
"""
NAME_STORAGE: LiteralString = """
UPDATE shards SET storage = %(storage)s, worker = NULL, address = NULL, since = NULL, handed_by = %(worker)s
WHERE shard = %(shard)s AND worker = %(worker)s AND epoch = %(epoch)s AND storage = %(mine)s RETURNING shard
"""
UNLOCK: LiteralString = "SELECT pg_advisory_unlock(%(class)s, %(shard)s)"
RENEW: LiteralString = """
WITH renewed AS (UPDATE shards SET epoch = epoch + 1, wanted = NULL
    WHERE shard = %(shard)s AND worker = %(worker)s AND epoch >= %(epoch)s AND storage = %(mine)s
    RETURNING shard, epoch)
SELECT shards.storage, renewed.epoch FROM shards LEFT JOIN renewed USING (shard)
WHERE shards.shard = %(shard)s
"""
NOT_MOVED: LiteralString = "UPDATE shards SET not_moved = %s WHERE shard = %s AND worker = %s"
STILL_MINE: LiteralString = """
SELECT worker IS NOT DISTINCT FROM %s AND epoch = %s, storage IS NOT DISTINCT FROM %s FROM shards
WHERE shard = %s
"""
DRAIN: LiteralString = "UPDATE workers SET draining = %s WHERE id = %s"
LEAVE: LiteralString = "DELETE FROM workers WHERE id = %s"
TRY_LOCK: LiteralString = "SELECT pg_try_advisory_lock(%s, %s)"
TRY_NAME: LiteralString = "SELECT pg_try_advisory_lock(%s, hashtext(%s))"
