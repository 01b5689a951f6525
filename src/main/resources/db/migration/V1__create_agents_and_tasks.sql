-- Users' own objects are json, not jsonb: jsonb rewrites numbers (1E300 becomes 301 digits), json keeps the text.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE agents (
    id                   uuid        PRIMARY KEY,
    type                 text        NOT NULL,
    name                 text        NOT NULL,
    endpoint             text        NOT NULL,
    version              text,
    capabilities         text[]      NOT NULL,
    max_concurrent_tasks integer     NOT NULL CHECK (max_concurrent_tasks BETWEEN 1 AND 100),
    lease_seconds        integer     NOT NULL CHECK (lease_seconds = 0 OR lease_seconds BETWEEN 10 AND 3600),
    enabled              boolean     NOT NULL,
    status               text        NOT NULL CHECK (status IN ('active', 'offline', 'deregistered')),
    metadata             json        NOT NULL,
    created_at           timestamptz NOT NULL,
    updated_at           timestamptz NOT NULL,
    entity_version       bigint      NOT NULL CHECK (entity_version > 0)
);

CREATE INDEX agents_by_time ON agents (created_at DESC, id DESC);
CREATE INDEX agents_by_status ON agents (status, created_at DESC, id DESC);
CREATE INDEX agents_by_type ON agents (type, created_at DESC, id DESC);
CREATE INDEX agents_by_capability ON agents USING gin (capabilities);
CREATE INDEX agents_by_name ON agents USING gin (lower(name) gin_trgm_ops);

-- What moves with every heartbeat and every task, apart from the wide row and without an index of its own.
CREATE TABLE agent_activity (
    agent_id               uuid             PRIMARY KEY REFERENCES agents,
    last_seen              timestamptz      NOT NULL,
    running_tasks          integer          NOT NULL CHECK (running_tasks >= 0),
    completed              bigint           NOT NULL CHECK (completed >= 0),
    failed                 bigint           NOT NULL CHECK (failed >= 0),
    total_duration_seconds double precision NOT NULL CHECK (total_duration_seconds >= 0)
) WITH (fillfactor = 50);

CREATE TABLE tasks (
    id                    uuid        PRIMARY KEY,
    type                  text        NOT NULL,
    name                  text,
    description           text        NOT NULL,
    input                 json        NOT NULL,
    result                json,
    error_code            text,
    error_message         text,
    status                text        NOT NULL CHECK (status IN
        ('submitted', 'assigned', 'working', 'input_required', 'completed', 'failed', 'canceled')),
    priority              smallint    NOT NULL CHECK (priority BETWEEN 1 AND 5),
    required_capabilities text[]      NOT NULL,
    assigned_agent_id     uuid        REFERENCES agents,
    workflow_id           uuid,
    parent_task_id        uuid        REFERENCES tasks,
    depends_on            uuid[]      NOT NULL,
    assignment            text        NOT NULL CHECK (assignment IN ('auto', 'manual')),
    attempt               integer     NOT NULL CHECK (attempt >= 0),
    retry_count           integer     NOT NULL CHECK (retry_count BETWEEN 0 AND max_retries),
    max_retries           integer     NOT NULL CHECK (max_retries BETWEEN 0 AND 10),
    retry_at              timestamptz,
    timeout_seconds       integer     CHECK (timeout_seconds BETWEEN 1 AND 86400),
    deadline_at           timestamptz,
    progress              double precision CHECK (progress BETWEEN 0 AND 1),
    tags                  text[]      NOT NULL,
    metadata              json        NOT NULL,
    created_at            timestamptz NOT NULL,
    started_at            timestamptz,
    completed_at          timestamptz,
    updated_at            timestamptz NOT NULL,
    entity_version        bigint      NOT NULL CHECK (entity_version > 0),
    CHECK (status NOT IN ('assigned', 'working', 'input_required', 'completed') OR assigned_agent_id IS NOT NULL),
    CHECK (status <> 'submitted' OR assigned_agent_id IS NULL),
    CHECK ((error_code IS NULL) = (error_message IS NULL))
);

CREATE INDEX tasks_by_time ON tasks (created_at DESC, id DESC);
CREATE INDEX tasks_by_status ON tasks (status, created_at DESC, id DESC);
CREATE INDEX tasks_by_type ON tasks (type, created_at DESC, id DESC);
CREATE INDEX tasks_by_priority ON tasks (priority DESC, created_at DESC, id DESC);
CREATE INDEX tasks_by_agent ON tasks (assigned_agent_id, created_at DESC, id DESC) WHERE assigned_agent_id IS NOT NULL;
CREATE INDEX tasks_held ON tasks (assigned_agent_id) WHERE status IN ('assigned', 'working', 'input_required');
CREATE INDEX tasks_by_parent ON tasks (parent_task_id, created_at DESC, id DESC) WHERE parent_task_id IS NOT NULL;
CREATE INDEX tasks_by_workflow ON tasks (workflow_id, created_at DESC, id DESC) WHERE workflow_id IS NOT NULL;
CREATE INDEX tasks_by_dependency ON tasks USING gin (depends_on) WITH (fastupdate = off) WHERE depends_on <> '{}';
CREATE INDEX tasks_by_capability ON tasks USING gin (required_capabilities) WHERE required_capabilities <> '{}';
CREATE INDEX tasks_by_tag ON tasks USING gin (tags) WHERE tags <> '{}';
