-- What a later version may do while workers of this one still work: it only adds.

DO $$
BEGIN
  IF NOT EXISTS (
      SELECT FROM pg_locks
       WHERE locktype = 'advisory' AND mode = 'ExclusiveLock' AND pid = pg_backend_pid()
         AND objsubid = 1
         AND (classid::bigint << 32 | objid::bigint)
             = hashtextextended('agent-orchestrator log gate', 0)) THEN
    RAISE EXCEPTION 'Expected workers to be paused by beforeEachMigrate.sql, but they are not.';
  END IF;
END $$;

ALTER TABLE agents ADD COLUMN to_come text;
ALTER TABLE tasks ADD COLUMN to_come integer NOT NULL DEFAULT 7;
ALTER TABLE workflows ADD COLUMN to_come jsonb NOT NULL DEFAULT '{}';
ALTER TABLE orchestration_log ADD COLUMN to_come text;
ALTER TABLE command_keys ADD COLUMN to_come boolean NOT NULL DEFAULT false;

CREATE INDEX tasks_to_come ON tasks (to_come);

CREATE TABLE to_come (
  id uuid PRIMARY KEY,
  task_id uuid NOT NULL REFERENCES tasks (id)
);
