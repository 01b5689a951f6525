-- What `import redis` has taken over: of each record the digest of its text then, and the version it left the entity
-- at. So a second run, or one after a kill, knows what is there already, what changed there and what changed here.
CREATE TABLE imported_records (
    kind           text        NOT NULL CHECK (kind IN ('agent', 'task', 'workflow')),
    id             uuid        NOT NULL,
    digest         bytea       NOT NULL,
    entity_version bigint      NOT NULL CHECK (entity_version > 0),
    run            uuid        NOT NULL,
    imported_at    timestamptz NOT NULL,
    PRIMARY KEY (kind, id)
);

-- A task that was completed elsewhere may have been by an agent nobody knows any more. What is held still has its
-- agent. Not validated: all rows kept the stricter rule before, and a look at each would keep everybody waiting.
DO $$
DECLARE
    stricter text;
BEGIN
    SELECT conname INTO STRICT stricter FROM pg_constraint
    WHERE conrelid = 'tasks'::regclass AND contype = 'c'
      AND pg_get_constraintdef(oid) LIKE '%assigned_agent_id IS NOT NULL%';
    EXECUTE format('ALTER TABLE tasks DROP CONSTRAINT %I', stricter);
END
$$;
ALTER TABLE tasks ADD CONSTRAINT tasks_held_by_an_agent
    CHECK (status NOT IN ('assigned', 'working', 'input_required') OR assigned_agent_id IS NOT NULL) NOT VALID;
