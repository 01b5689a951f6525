-- Before the first row is written, for the relay never looks back. Outside of a transaction that has written
-- (see the .conf beside this file). A slot lost later is not made again in silence: the relay refuses to start.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_replication_slots
               WHERE slot_name = '${slot}' AND database = current_database() AND plugin = 'pgoutput') THEN
        RETURN;
    END IF;
    IF current_setting('server_version_num')::integer >= 170000 THEN
        PERFORM pg_create_logical_replication_slot('${slot}', 'pgoutput', false, false, true);
    ELSE
        PERFORM pg_create_logical_replication_slot('${slot}', 'pgoutput');
    END IF;
END
$$;
