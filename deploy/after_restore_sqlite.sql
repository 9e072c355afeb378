-- After a backup was put back into SQLite, before the bot is started (docs/deployment.md).
BEGIN IMMEDIATE;

-- Cards that were sent after the backup still hang in the groups, and their buttons name cases that
-- the database has forgotten. New cases must not get those numbers: an old button would decide one.
-- SQLite counts on from the highest number, so a case of nobody, withdrawn, takes a high one.
INSERT INTO cases (id, flow, chat_id, topic_id, message_id, ref, lead, about, state, round, version,
        data, poster_id, poster_name, posted_at, opened_at, closed_at)
    SELECT coalesce(max(id), 0) + 100000, 'duplicates', 0, 0, 0, '', '', '', 'withdrawn', 1, 1,
            '{"kind": "duplicate", "asked": "", "askers": [{"person": {"id": 0, "name": "-"}, "post": 0}]}',
            0, '-', moment.at, moment.at, moment.at
        FROM (SELECT strftime('%Y-%m-%d %H:%M:%f000', 'now') AS at) AS moment LEFT JOIN cases
        GROUP BY moment.at;

-- A case that was decided after the backup is open again, and its comment stands in the CRM under the
-- tag that the next decision would get: that one would be taken for written. What waits for delivery
-- in the backup keeps its tag, so that it is not written twice.
UPDATE installation SET tag = 'k' || lower(hex(randomblob(2)));

-- Its card shows the decision, without buttons: whatever shows an open case is shown anew.
CREATE TEMPORARY TABLE stale AS
    SELECT messages.chat_id, messages.message_id, 'card:' || cases.id AS once
        FROM messages JOIN cases ON cases.id = messages.case_id
        WHERE cases.closed_at IS NULL AND messages.kind = 'card' AND messages.current
    UNION
    SELECT places.chat_id, places.message_id,
            'digest:chat:' || places.chat_id || ':' || places.message_id
        FROM digest_places AS places JOIN cases ON cases.id = places.case_id
        WHERE cases.closed_at IS NULL;
UPDATE messages SET shown = ''
    WHERE (chat_id, message_id) IN (SELECT chat_id, message_id FROM stale);
UPDATE digests SET shown = ''
    WHERE (chat_id, message_id) IN (SELECT chat_id, message_id FROM stale);
UPDATE outbox SET state = 'pending', due_at = strftime('%Y-%m-%d %H:%M:%f000', 'now'),
        attempts = 0, error = '', leased_until = NULL
    WHERE once IN (SELECT once FROM stale);
DROP TABLE stale;

COMMIT;
