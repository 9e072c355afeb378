-- After a backup was restored into PostgreSQL, before the bot is started (docs/deployment.md).
BEGIN;

-- Cards that were sent after the backup still hang in the groups, and their buttons name cases that
-- the database has forgotten. New cases must not get those numbers: an old button would decide one.
SELECT setval(pg_get_serial_sequence('cases', 'id'), (SELECT coalesce(max(id), 0) FROM cases) + 100000);

-- A case that was decided after the backup is open again, and its comment stands in the CRM under the
-- tag that the next decision would get: that one would be taken for written. What waits for delivery
-- in the backup keeps its tag, so that it is not written twice.
UPDATE installation SET tag = 'k' || substr(md5(random()::text), 1, 4);

-- Its card shows the decision, without buttons: whatever shows an open case is shown anew.
CREATE TEMPORARY TABLE stale ON COMMIT DROP AS
    SELECT messages.chat_id, messages.message_id, 'card:' || cases.id AS once
        FROM messages JOIN cases ON cases.id = messages.case_id
        WHERE cases.closed_at IS NULL AND messages.kind = 'card' AND messages.current
    UNION
    SELECT places.chat_id, places.message_id,
            'digest:chat:' || places.chat_id || ':' || places.message_id
        FROM digest_places AS places JOIN cases ON cases.id = places.case_id
        WHERE cases.closed_at IS NULL;
UPDATE messages SET shown = '' FROM stale
    WHERE messages.chat_id = stale.chat_id AND messages.message_id = stale.message_id;
UPDATE digests SET shown = '' FROM stale
    WHERE digests.chat_id = stale.chat_id AND digests.message_id = stale.message_id;
UPDATE outbox SET state = 'pending', due_at = now(), attempts = 0, error = '', leased_until = NULL
    FROM stale WHERE outbox.once = stale.once;

COMMIT;
