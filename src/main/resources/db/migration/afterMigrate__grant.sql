-- What each role may do, for those of them that there are: ops/postgres-roles.sql makes them. At every start, so that
-- no table is ever forgotten; only what is missing is granted, or too much taken back, and by one at a time, for PostgreSQL lets no two change
-- the rights to the same table at once.
DO $$
DECLARE
    missing record;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles
                   WHERE rolname IN ('orchestrator_worker', 'orchestrator_relay', 'orchestrator_reader')) THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('agent-orchestrator grants', 0));
    FOR missing IN
        WITH own AS (
            -- Partitions are reached through their table alone.
            SELECT oid, relname, relkind = 'v' AS is_view FROM pg_class
            WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v') AND NOT relispartition
        ), wanted AS (
            SELECT 'orchestrator_worker' AS grantee, oid, privilege
            FROM own, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS privilege
            WHERE privilege = 'SELECT'
                -- What was appended stays as it is.
                OR relname = 'orchestration_log' AND privilege = 'INSERT'
                OR NOT is_view AND relname NOT IN
                    ('orchestration_log', 'closed_log_months', 'relay_progress', 'relay_confirmation',
                     'flyway_schema_history')
            UNION ALL
            SELECT 'orchestrator_relay', oid, privilege
            FROM own, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS privilege
            WHERE relname = 'orchestration_log' AND privilege = 'SELECT'
                OR relname IN ('relay_progress', 'relay_confirmation')
            UNION ALL
            SELECT 'orchestrator_reader', oid, 'SELECT' FROM own
        )
        SELECT format('GRANT %s ON TABLE %s TO %I', privilege, oid::regclass, grantee) AS statement
        FROM wanted
        WHERE to_regrole(grantee) IS NOT NULL AND NOT has_table_privilege(to_regrole(grantee), oid, privilege)
        UNION ALL
        -- A worker of the version before, which does not know the table, grants these.
        SELECT format('REVOKE INSERT, UPDATE, DELETE ON TABLE %s FROM orchestrator_worker', oid::regclass)
        FROM own
        WHERE relname = 'closed_log_months' AND to_regrole('orchestrator_worker') IS NOT NULL
            AND has_table_privilege(to_regrole('orchestrator_worker'), oid, 'INSERT, UPDATE, DELETE')
        UNION ALL
        SELECT format('GRANT USAGE ON SEQUENCE %s TO orchestrator_worker', oid::regclass)
        FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace AND relkind = 'S'
            AND to_regrole('orchestrator_worker') IS NOT NULL
            AND NOT has_sequence_privilege(to_regrole('orchestrator_worker'), oid, 'USAGE')
        UNION ALL
        -- As the owner, in the bounds that the functions set: the worker may create a month's partition, and drop one that
        -- is old and published, and nothing else.
        SELECT format('GRANT EXECUTE ON FUNCTION %s TO orchestrator_worker', oid::regprocedure)
        FROM pg_proc
        WHERE pronamespace = current_schema()::regnamespace AND prosecdef
            AND to_regrole('orchestrator_worker') IS NOT NULL
            AND NOT has_function_privilege(to_regrole('orchestrator_worker'), oid, 'EXECUTE')
        UNION ALL
        SELECT format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), rolname)
        FROM pg_roles
        WHERE rolname IN ('orchestrator_worker', 'orchestrator_relay', 'orchestrator_reader')
            AND NOT has_schema_privilege(oid, current_schema(), 'USAGE')
    LOOP
        EXECUTE missing.statement;
    END LOOP;
END
$$;
