-- What the WAL had reached when nobody wrote to a month of the log any more that was over: once the slot has confirmed
-- that, all of it is published.
CREATE TABLE closed_log_months (
    partition     text        PRIMARY KEY,
    last_position bigint      NOT NULL,
    wal_position  pg_lsn      NOT NULL,
    noted_at      timestamptz NOT NULL
);

-- Drops the partition of the month that holds p_day, p_retention after its end. True if it did; false if it is not
-- there, or has to stay until a later call: the first one only notes where the WAL is, and until the slot has confirmed
-- that, nothing is dropped. Without the relay's slot, or before the relay has confirmed what this server holds, nothing is, for
-- then nobody knows what was published.
-- Plain DETACH, for the other kind is refused inside a function: it waits for all who read or write the log, and all
-- who come later wait for it, so it gives up soon.
CREATE FUNCTION drop_orchestration_log_partition(p_day date, p_retention interval) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = "${flyway:defaultSchema}", pg_temp SET lock_timeout = '2s'
AS $$
DECLARE
    first_day date := date_trunc('month', p_day)::date;
    next_day  date := (date_trunc('month', p_day) + interval '1 month')::date;
    partition_name text := format('orchestration_log_%s', to_char(first_day, 'YYYY_MM'));
    noted     closed_log_months;
    relay     text;
    highest   bigint;
BEGIN
    IF p_day IS NULL OR p_retention IS NULL OR p_retention < interval '30 days' THEN
        RAISE EXCEPTION 'expected a day, and a retention of at least 30 days, but got % and %', p_day, p_retention
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF format('%s 00:00:00+00', next_day)::timestamptz + p_retention > orchestrator_clock() THEN
        RAISE EXCEPTION 'the month of % has not been over for % yet', p_day, p_retention
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    -- Through the log's gate, as whoever writes: a migration or a repair has the log to itself.
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('agent-orchestrator log gate', 0));
    PERFORM pg_advisory_xact_lock(hashtextextended('create_orchestration_log_partition', 0));
    IF NOT EXISTS (SELECT FROM pg_inherits
                   WHERE inhparent = 'orchestration_log'::regclass
                       AND inhrelid = to_regclass(format('%I', partition_name))) THEN
        RETURN false;
    END IF;
    -- A note ahead of the WAL is another server's, and came with a dump.
    SELECT * INTO noted FROM closed_log_months
    WHERE partition = partition_name AND wal_position <= pg_current_wal_insert_lsn();
    IF noted.partition IS NOT NULL THEN
        -- That of the relay alone: there may be others, of whoever else listens to this database.
        SELECT slot INTO relay FROM relay_confirmation
        WHERE server_started_at = pg_postmaster_start_time() ORDER BY confirmed_at DESC LIMIT 1;
        IF NOT EXISTS (SELECT FROM pg_replication_slots
                       WHERE slot_name = relay AND database = current_database() AND plugin = 'pgoutput'
                           AND confirmed_flush_lsn >= noted.wal_position) THEN
            RAISE NOTICE '% stays: the relay''s slot has not confirmed % yet', partition_name, noted.wal_position;
            RETURN false;
        END IF;
        LOCK TABLE ONLY orchestration_log IN ACCESS EXCLUSIVE MODE;
        -- Everybody waits from here on, so nobody is waited for.
        EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE NOWAIT', partition_name);
    ELSE
        -- Waits for those who still write to it.
        EXECUTE format('LOCK TABLE %I IN SHARE MODE', partition_name);
    END IF;
    EXECUTE format('SELECT coalesce(max(position), 0) FROM %I', partition_name) INTO highest;
    -- Written to since, as by a restore: what came then may not be published.
    IF noted.partition IS NULL OR noted.last_position <> highest THEN
        INSERT INTO closed_log_months VALUES (partition_name, highest, pg_current_wal_insert_lsn(), clock_timestamp())
        ON CONFLICT (partition) DO UPDATE
        SET last_position = EXCLUDED.last_position, wal_position = EXCLUDED.wal_position, noted_at = EXCLUDED.noted_at;
        RAISE NOTICE '% stays: it was noted that it is closed', partition_name;
        RETURN false;
    END IF;
    EXECUTE format('ALTER TABLE orchestration_log DETACH PARTITION %I', partition_name);
    EXECUTE format('DROP TABLE %I', partition_name);
    DELETE FROM closed_log_months WHERE partition = partition_name;
    RETURN true;
END
$$;
REVOKE EXECUTE ON FUNCTION drop_orchestration_log_partition(date, interval) FROM PUBLIC;
