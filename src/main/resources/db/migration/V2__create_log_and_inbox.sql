-- The audit trail and the outbox in one: a row is written in the transaction that changed the state.
CREATE TABLE orchestration_log (
    id             uuid        NOT NULL,
    position       bigint      NOT NULL,
    recorded_at    timestamptz NOT NULL,
    type           text        NOT NULL,
    operation      text        NOT NULL,
    entity_type    text        CHECK (entity_type IN ('agent', 'task', 'workflow', 'service', 'bulk_operation')),
    entity_id      uuid,
    entity_version bigint      CHECK (entity_version > 0),
    status         text        NOT NULL CHECK (status IN ('success', 'failure', 'partial')),
    message        text        NOT NULL,
    command_source text        NOT NULL,
    command_id     text        NOT NULL,
    command_digest text,
    command_type   text,
    actor          text        NOT NULL,
    agent_id       uuid,
    traceparent    text,
    changes        json        NOT NULL,
    details        json        NOT NULL,
    PRIMARY KEY (position, recorded_at)
) PARTITION BY RANGE (recorded_at);

CREATE INDEX orchestration_log_by_time ON orchestration_log (recorded_at DESC, position DESC);
CREATE INDEX orchestration_log_by_entity ON orchestration_log (entity_id, recorded_at DESC, position DESC);
CREATE INDEX orchestration_log_by_command ON orchestration_log (command_id, command_source, position);

CREATE SEQUENCE orchestration_log_position;

-- Creates the partition of the month that holds p_day, unless it is there. True if it made one.
-- A standalone table first, then ATTACH: that does not wait for open writers.
CREATE FUNCTION create_orchestration_log_partition(p_day date) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = "${flyway:defaultSchema}", pg_temp
AS $$
DECLARE
    first_day date := date_trunc('month', p_day)::date;
    next_day  date := (date_trunc('month', p_day) + interval '1 month')::date;
    partition_name text := format('orchestration_log_%s', to_char(first_day, 'YYYY_MM'));
BEGIN
    IF p_day IS NULL OR p_day < current_date - 62 OR p_day > current_date + 800 THEN
        RAISE EXCEPTION 'partition day % is outside of 62 days ago to 800 days ahead', p_day
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('create_orchestration_log_partition', 0));
    IF to_regclass(format('%I', partition_name)) IS NOT NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE orchestration_log INCLUDING ALL)', partition_name);
    EXECUTE format('ALTER TABLE orchestration_log ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
        partition_name, format('%s 00:00:00+00', first_day), format('%s 00:00:00+00', next_day));
    RETURN true;
END
$$;
REVOKE EXECUTE ON FUNCTION create_orchestration_log_partition(date) FROM PUBLIC;

-- The month before too, for a worker whose clock is a little behind at midnight.
DO $$
BEGIN
    PERFORM create_orchestration_log_partition((current_date + make_interval(months => n))::date)
    FROM generate_series(-1, 12) AS n;
END
$$;

-- The inbox: (source, id) identifies a command; the first content owns the pair.
CREATE TABLE command_keys (
    id          text        NOT NULL,
    source      text        NOT NULL,
    digest      bytea       NOT NULL,
    type        text        NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (id, source)
);
CREATE INDEX command_keys_by_time ON command_keys USING brin (recorded_at);

-- Other contents that came under an owned pair: each is rejected once.
CREATE TABLE command_key_reuses (
    id          text        NOT NULL,
    source      text        NOT NULL,
    digest      bytea       NOT NULL,
    type        text        NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (id, source, digest)
);
CREATE INDEX command_key_reuses_by_time ON command_key_reuses USING brin (recorded_at);

-- Records whose audit row as a dead letter stands. The digest tells a topic made anew from the old one.
CREATE TABLE dead_letter_keys (
    topic         text        NOT NULL,
    partition     integer     NOT NULL,
    record_offset bigint      NOT NULL,
    digest        bytea       NOT NULL,
    recorded_at   timestamptz NOT NULL,
    PRIMARY KEY (topic, partition, record_offset, digest)
);
CREATE INDEX dead_letter_keys_by_time ON dead_letter_keys USING brin (recorded_at);

CREATE PUBLICATION agent_orchestrator FOR TABLE orchestration_log
    WITH (publish = 'insert', publish_via_partition_root = true);
