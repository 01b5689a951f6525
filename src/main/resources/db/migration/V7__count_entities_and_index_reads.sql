-- How many entities are in which state, without a look at millions of them.
--
-- Triggers note each change beside it, in the same transaction, whoever makes it: commands, timers, workers of the
-- version before, a repair, an import. Notes are appended, never updated, so nobody waits for anybody. They are folded
-- into the counts now and then; what there is now are the counts and the notes not folded yet.
CREATE TABLE entity_counts (
    entity_type text   NOT NULL,
    -- Of agents alone; else ''.
    type        text   NOT NULL,
    status      text   NOT NULL,
    number      bigint NOT NULL,
    PRIMARY KEY (entity_type, type, status)
) WITH (fillfactor = 50);

-- Dead rows are many and short-lived. The table is not made smaller, for that takes a lock that stops all writers.
CREATE TABLE entity_count_changes (
    transaction xid8   NOT NULL DEFAULT pg_current_xact_id(),
    entity_type text   NOT NULL,
    type        text   NOT NULL,
    status      text   NOT NULL,
    change      bigint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000, vacuum_truncate = off);
CREATE INDEX entity_count_changes_by_transaction ON entity_count_changes (transaction);

-- All changes of transactions before this one are folded. It is where a read of the changes begins: what was folded
-- stays in front of it, dead, for as long as a transaction anywhere is older, and would be read past each time.
CREATE TABLE entity_count_fold (
    only_row     boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    folded_until xid8    NOT NULL
) WITH (fillfactor = 50);
INSERT INTO entity_count_fold (folded_until) VALUES ('0');

-- A database that was moved by a dump counts its transactions anew: a fence that lies ahead is the old server's.
CREATE VIEW entity_counts_now AS
SELECT entity_type, type, status, sum(number)::bigint AS number
FROM (
    SELECT entity_type, type, status, number FROM entity_counts
    UNION ALL
    SELECT entity_type, type, status, change FROM entity_count_changes
    WHERE transaction >= (
        SELECT CASE WHEN folded_until > pg_snapshot_xmax(pg_current_snapshot()) THEN '0' ELSE folded_until END
        FROM entity_count_fold)
) AS counted
GROUP BY entity_type, type, status
HAVING sum(number) <> 0;

-- Folds the changes of all transactions that are over. Returns how many; 0 if another session is at it.
CREATE FUNCTION fold_entity_counts() RETURNS bigint
    LANGUAGE plpgsql SET search_path = "${flyway:defaultSchema}", pg_temp
AS $$
DECLARE
    -- Whatever began before is over, and seen by the statements below.
    fence xid8 := pg_snapshot_xmin(pg_current_snapshot());
    since xid8;
    changes bigint;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtextextended('agent-orchestrator entity counts', 0)) THEN
        RETURN 0;
    END IF;
    SELECT CASE WHEN folded_until > pg_snapshot_xmax(pg_current_snapshot()) THEN '0' ELSE folded_until END
        INTO since FROM entity_count_fold;
    WITH folded AS (
        DELETE FROM entity_count_changes WHERE transaction >= since AND transaction < fence
        RETURNING entity_type, type, status, change
    ), counted AS (
        INSERT INTO entity_counts AS counts (entity_type, type, status, number)
        SELECT entity_type, type, status, sum(change) FROM folded GROUP BY entity_type, type, status
        ON CONFLICT (entity_type, type, status) DO UPDATE SET number = counts.number + EXCLUDED.number
    )
    SELECT count(*) INTO changes FROM folded;
    -- In a quiet database nothing is written.
    IF changes > 0 THEN
        UPDATE entity_count_fold SET folded_until = fence;
    END IF;
    RETURN changes;
END
$$;

-- Counts all anew, while everybody works on: what is counted and what is yet to be folded are of one moment. For data
-- that was loaded without triggers.
CREATE FUNCTION recount_entities() RETURNS void
    LANGUAGE plpgsql SET search_path = "${flyway:defaultSchema}", pg_temp
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('agent-orchestrator entity counts', 0));
    DELETE FROM entity_counts;
    INSERT INTO entity_counts (entity_type, type, status, number)
    SELECT entity_type, type, status, sum(number)
    FROM (
        SELECT 'agent' AS entity_type, type, status, count(*) AS number FROM agents GROUP BY type, status
        UNION ALL
        SELECT 'task', '', status, count(*) FROM tasks GROUP BY status
        UNION ALL
        SELECT 'workflow', '', status, count(*) FROM workflows GROUP BY status
        UNION ALL
        SELECT entity_type, type, status, -change FROM entity_count_changes
    ) AS counted
    GROUP BY entity_type, type, status;
END
$$;

-- The triggers' functions name the schema, for they run under the search path of whoever writes.
CREATE FUNCTION note_added_entities() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO "${flyway:defaultSchema}".entity_count_changes (entity_type, type, status, change)
    SELECT TG_ARGV[0], '', status, count(*) FROM added GROUP BY status;
    RETURN NULL;
END
$$;

CREATE FUNCTION note_removed_entities() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO "${flyway:defaultSchema}".entity_count_changes (entity_type, type, status, change)
    SELECT TG_ARGV[0], '', status, -count(*) FROM removed GROUP BY status;
    RETURN NULL;
END
$$;

CREATE FUNCTION note_changed_entity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO "${flyway:defaultSchema}".entity_count_changes (entity_type, type, status, change)
    VALUES (TG_ARGV[0], '', OLD.status, -1), (TG_ARGV[0], '', NEW.status, 1);
    RETURN NULL;
END
$$;

CREATE FUNCTION note_added_agents() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO "${flyway:defaultSchema}".entity_count_changes (entity_type, type, status, change)
    SELECT 'agent', type, status, count(*) FROM added GROUP BY type, status;
    RETURN NULL;
END
$$;

CREATE FUNCTION note_removed_agents() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO "${flyway:defaultSchema}".entity_count_changes (entity_type, type, status, change)
    SELECT 'agent', type, status, -count(*) FROM removed GROUP BY type, status;
    RETURN NULL;
END
$$;

CREATE FUNCTION note_changed_agent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO "${flyway:defaultSchema}".entity_count_changes (entity_type, type, status, change)
    VALUES ('agent', OLD.type, OLD.status, -1), ('agent', NEW.type, NEW.status, 1);
    RETURN NULL;
END
$$;

-- Rows are added many at a time and changed one by one, so these are noted a statement and those a row.
CREATE TRIGGER note_added AFTER INSERT ON agents
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION note_added_agents();
CREATE TRIGGER note_removed AFTER DELETE ON agents
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION note_removed_agents();
CREATE TRIGGER note_changed AFTER UPDATE OF type, status ON agents
    FOR EACH ROW WHEN ((OLD.type, OLD.status) IS DISTINCT FROM (NEW.type, NEW.status))
    EXECUTE FUNCTION note_changed_agent();

CREATE TRIGGER note_added AFTER INSERT ON tasks
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION note_added_entities('task');
CREATE TRIGGER note_removed AFTER DELETE ON tasks
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION note_removed_entities('task');
CREATE TRIGGER note_changed AFTER UPDATE OF status ON tasks
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION note_changed_entity('task');

CREATE TRIGGER note_added AFTER INSERT ON workflows
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION note_added_entities('workflow');
CREATE TRIGGER note_removed AFTER DELETE ON workflows
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION note_removed_entities('workflow');
CREATE TRIGGER note_changed AFTER UPDATE OF status ON workflows
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION note_changed_entity('workflow');

SELECT recount_entities();

-- Each filter alone, with each order, ends at the page's last row: without an index on both, a rare value, or one that
-- is at the far end of the order, is looked for in all rows. Built beforehand (ops/README.md), they are taken as they
-- are. A workflow has 100 tasks at most, which are sorted as they come.
CREATE INDEX IF NOT EXISTS tasks_by_status_and_priority
    ON tasks (status, priority DESC, created_at DESC, id DESC);
CREATE INDEX IF NOT EXISTS tasks_by_type_and_priority
    ON tasks (type, priority DESC, created_at DESC, id DESC);
CREATE INDEX IF NOT EXISTS tasks_by_agent_and_priority
    ON tasks (assigned_agent_id, priority DESC, created_at DESC, id DESC) WHERE assigned_agent_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS tasks_by_parent_and_priority
    ON tasks (parent_task_id, priority DESC, created_at DESC, id DESC) WHERE parent_task_id IS NOT NULL;

CREATE INDEX IF NOT EXISTS orchestration_log_by_type ON orchestration_log (type, recorded_at DESC, position DESC);
CREATE INDEX IF NOT EXISTS orchestration_log_by_operation
    ON orchestration_log (operation, recorded_at DESC, position DESC);
CREATE INDEX IF NOT EXISTS orchestration_log_by_actor ON orchestration_log (actor, recorded_at DESC, position DESC);
-- What the log is made of, successes of tasks, is found anywhere.
CREATE INDEX IF NOT EXISTS orchestration_log_by_entity_type
    ON orchestration_log (entity_type, recorded_at DESC, position DESC) WHERE entity_type <> 'task';
CREATE INDEX IF NOT EXISTS orchestration_log_by_status
    ON orchestration_log (status, recorded_at DESC, position DESC) WHERE status <> 'success';
