-- Roles that may do no more than they need, in the database this is run in. By a superuser, once for each database:
--
--     psql --dbname orchestrator --file postgres-roles.sql
--
-- It may be run again. Then give each role a password (psql: \password orchestrator_worker), and the workers their
-- URLs; see "Roles" in README.md. What each may do with the tables, the owner's migrations grant when a worker starts.
DO $$
DECLARE
    own text;
    each text;
BEGIN
    FOREACH own IN ARRAY ARRAY['orchestrator_worker', 'orchestrator_relay', 'orchestrator_reader'] LOOP
        IF to_regrole(own) IS NULL THEN
            EXECUTE format('CREATE ROLE %I LOGIN', own);
        END IF;
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), own);
    END LOOP;

    -- What hangs ends. The workers' connections say the same by themselves (orchestrator.database.timeouts), but for
    -- the whole transaction's limit; whoever else logs in has these.
    FOREACH own IN ARRAY ARRAY['orchestrator_worker', 'orchestrator_reader'] LOOP
        FOREACH each IN ARRAY ARRAY[
            'lock_timeout = ''15s''', 'statement_timeout = ''40s''', 'idle_in_transaction_session_timeout = ''50s'''] LOOP
            EXECUTE format('ALTER ROLE %I IN DATABASE %I SET %s', own, current_database(), each);
        END LOOP;
        IF current_setting('server_version_num')::integer >= 170000 THEN
            EXECUTE format('ALTER ROLE %I IN DATABASE %I SET transaction_timeout = ''80s''', own, current_database());
        END IF;
    END LOOP;
    EXECUTE format('ALTER ROLE orchestrator_reader IN DATABASE %I SET default_transaction_read_only = on',
        current_database());
    -- A relay that froze gives its slot free.
    EXECUTE format('ALTER ROLE orchestrator_relay IN DATABASE %I SET wal_sender_timeout = ''10s''', current_database());

    -- Nobody but the owner makes anything here.
    EXECUTE format('REVOKE CREATE, TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE 'REVOKE CREATE ON SCHEMA public FROM PUBLIC';
END
$$;

ALTER ROLE orchestrator_relay REPLICATION;
-- Health and the log of slow statements look at the sessions of the other roles, too.
GRANT pg_read_all_stats TO orchestrator_worker;
