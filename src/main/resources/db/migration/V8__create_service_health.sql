-- The monitored services, as far as the log tells of them.
CREATE TABLE service_health (
    id             uuid        PRIMARY KEY,
    name           text        NOT NULL,
    url            text        NOT NULL,
    status         text        NOT NULL CHECK (status IN ('unknown', 'healthy', 'degraded', 'unhealthy')),
    error          text,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    entity_version bigint      NOT NULL CHECK (entity_version > 0)
);

-- What moves with every probe, and who is at it. A service is here as soon as a worker is configured with it, and has
-- no row above before there is something to tell.
CREATE TABLE service_checks (
    service_id       uuid        PRIMARY KEY,
    -- What the worker that started last is configured with; workers with another URL leave the service alone.
    url              text        NOT NULL,
    registered_at    timestamptz NOT NULL,
    -- While somebody has claimed it: when that claim is lost.
    next_check_at    timestamptz NOT NULL,
    claim            uuid,
    last_checked_at  timestamptz,
    response_time_ms integer     CHECK (response_time_ms >= 0),
    last_error       text,
    -- How many probes in a row, up to the last, ended so.
    failures         integer     NOT NULL DEFAULT 0 CHECK (failures >= 0),
    impaired         integer     NOT NULL DEFAULT 0 CHECK (impaired >= failures),
    answers          integer     NOT NULL DEFAULT 0 CHECK (answers >= 0),
    successes        integer     NOT NULL DEFAULT 0 CHECK (successes BETWEEN 0 AND answers)
) WITH (fillfactor = 50);
