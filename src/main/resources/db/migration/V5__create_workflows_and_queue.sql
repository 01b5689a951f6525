-- The one clock by which everything happens and runs out, whatever the clocks of the workers say.
-- Tests replace this function to move the time.
CREATE FUNCTION orchestrator_clock() RETURNS timestamptz
    LANGUAGE sql VOLATILE AS 'SELECT clock_timestamp()';

CREATE TABLE workflows (
    id              uuid        PRIMARY KEY,
    name            text        NOT NULL,
    description     text,
    user_id         text        NOT NULL,
    status          text        NOT NULL CHECK (status IN
        ('pending', 'running', 'paused', 'completed', 'failed', 'canceled')),
    priority        smallint    NOT NULL CHECK (priority BETWEEN 1 AND 5),
    on_task_failure text        NOT NULL CHECK (on_task_failure IN ('fail', 'continue')),
    configuration   json        NOT NULL,
    metadata        json        NOT NULL,
    timeout_seconds integer     CHECK (timeout_seconds BETWEEN 1 AND 86400),
    deadline_at     timestamptz,
    created_at      timestamptz NOT NULL,
    started_at      timestamptz,
    completed_at    timestamptz,
    updated_at      timestamptz NOT NULL,
    entity_version  bigint      NOT NULL CHECK (entity_version > 0)
);

CREATE INDEX workflows_by_time ON workflows (created_at DESC, id DESC);
CREATE INDEX workflows_by_status ON workflows (status, created_at DESC, id DESC);
CREATE INDEX workflows_by_user ON workflows (user_id, created_at DESC, id DESC);
CREATE INDEX workflows_by_deadline ON workflows (deadline_at)
    WHERE deadline_at IS NOT NULL AND status IN ('pending', 'running', 'paused');

-- What moves with the tasks of a workflow, apart from the wide row.
CREATE TABLE workflow_progress (
    workflow_id uuid     PRIMARY KEY REFERENCES workflows,
    tasks       smallint NOT NULL CHECK (tasks BETWEEN 0 AND 100),
    open_tasks  smallint NOT NULL CHECK (open_tasks BETWEEN 0 AND tasks),
    failed      boolean  NOT NULL
) WITH (fillfactor = 50);

ALTER TABLE tasks ADD FOREIGN KEY (workflow_id) REFERENCES workflows;

-- With the status, so that the tasks of a page of workflows are counted without a look at the wide rows. A change of
-- status writes all indexes anyway.
DROP INDEX tasks_by_workflow;
CREATE INDEX tasks_by_workflow ON tasks (workflow_id, created_at DESC, id DESC) INCLUDE (status)
    WHERE workflow_id IS NOT NULL;

-- A task's place in the queue. All of it follows from the fields that users see; it is kept so that dispatch finds
-- what waits in an index, whatever else waits in front.
ALTER TABLE tasks
    -- What is required of an agent, as a number: tasks of the same demand stand in the same line.
    ADD COLUMN demand uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    -- When the task was created, less its priority's head start.
    ADD COLUMN queue_rank timestamptz NOT NULL DEFAULT 'epoch',
    -- Whether dispatch may assign it now, as far as the task itself tells.
    ADD COLUMN queued boolean NOT NULL DEFAULT false,
    ADD COLUMN open_dependencies smallint NOT NULL DEFAULT 0 CHECK (open_dependencies >= 0),
    -- Its workflow is paused.
    ADD COLUMN held_back boolean NOT NULL DEFAULT false,
    ADD CHECK (NOT queued OR status = 'submitted' AND assignment = 'auto' AND open_dependencies = 0 AND NOT held_back);

-- Who waits for whom: the same as tasks.depends_on, the other way round. Few tasks have any, and each completion looks
-- here, so a b-tree serves better than a GIN index on the arrays.
CREATE TABLE task_dependencies (
    depends_on uuid NOT NULL,
    task_id    uuid NOT NULL,
    PRIMARY KEY (depends_on, task_id)
);
INSERT INTO task_dependencies SELECT unnest(depends_on), id FROM tasks WHERE depends_on <> '{}' ON CONFLICT DO NOTHING;
DROP INDEX tasks_by_dependency;

UPDATE tasks SET
    demand = encode(substring(sha256(convert_to(array_to_string(ARRAY(
        SELECT DISTINCT unnest(required_capabilities) COLLATE "C" ORDER BY 1), E'\n'), 'UTF8')) FOR 16), 'hex')::uuid,
    queue_rank = created_at - priority * interval '10 minutes',
    open_dependencies = waiting.number,
    queued = status = 'submitted' AND assignment = 'auto' AND waiting.number = 0 AND retry_at IS NULL
FROM (
    SELECT task.id, count(dependency.id) AS number
    FROM tasks AS task LEFT JOIN tasks AS dependency
        ON dependency.id = ANY(task.depends_on) AND dependency.status <> 'completed'
    GROUP BY task.id
) AS waiting
WHERE waiting.id = tasks.id;

CREATE INDEX tasks_queued ON tasks (demand, queue_rank, id) WHERE queued;
CREATE INDEX tasks_by_retry ON tasks (retry_at)
    WHERE status = 'submitted' AND NOT queued AND assignment = 'auto' AND open_dependencies = 0 AND NOT held_back;
CREATE INDEX tasks_by_deadline ON tasks (deadline_at)
    WHERE deadline_at IS NOT NULL AND status IN ('assigned', 'working', 'input_required');

-- available: active, with a free slot. It changes seldom for an agent of many slots, so that its index rarely costs
-- anything. idle_since: when a slot was freed last. command_partition: where the agent's commands come from.
ALTER TABLE agent_activity
    ADD COLUMN available boolean NOT NULL DEFAULT false,
    ADD COLUMN idle_since timestamptz NOT NULL DEFAULT 'epoch',
    ADD COLUMN command_partition integer CHECK (command_partition >= 0);
UPDATE agent_activity SET
    idle_since = last_seen,
    available = agents.status = 'active' AND running_tasks < agents.max_concurrent_tasks
FROM agents WHERE agents.id = agent_id;
CREATE INDEX agent_activity_available ON agent_activity (agent_id) WHERE available;

-- How far each partition of the agents' commands has been heard: leases run only while somebody hears.
CREATE TABLE heard_partitions (
    topic          text        NOT NULL,
    partition      integer     NOT NULL,
    -- Everything sent before this moment has been read and applied.
    heard_until    timestamptz NOT NULL,
    -- Since when that has been so without a gap: leases of its agents count from here at the earliest.
    counting_since timestamptz NOT NULL,
    PRIMARY KEY (topic, partition)
) WITH (fillfactor = 50);

CREATE TABLE bulk_operations (
    id             uuid        PRIMARY KEY,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    results        json        NOT NULL,
    entity_version bigint      NOT NULL CHECK (entity_version > 0)
);
