-- How long what the roles do may take, in this database: what hangs ends. For those roles that there are
-- (ops/postgres-roles.sql makes them), and at every start, so that it does not matter which comes first. A value that
-- somebody has set, for the role here or everywhere, stays. The workers' connections say the same by themselves
-- (orchestrator.database.timeouts); whoever else logs in has these.
--
-- A role may set its own values, so whoever may become it may, too: that is less than to be its administrator, who may
-- as well. Which of them this login may is asked beforehand; where it may neither, the limits are left out, and told of.
DO $$
DECLARE
    before_all text := current_setting('role');
    version    integer := current_setting('server_version_num')::integer;
    missing    record;
    statement  text;
    left_out   text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('agent-orchestrator grants', 0));
    FOR missing IN
        WITH wanted (grantee, name, value) AS (
            SELECT grantee, name, value
            FROM (VALUES ('orchestrator_worker'), ('orchestrator_reader')) AS role (grantee)
            CROSS JOIN (VALUES
                ('lock_timeout', '15s'),
                ('statement_timeout', '40s'),
                ('idle_in_transaction_session_timeout', '50s'),
                ('transaction_timeout', '80s')) AS time_limit (name, value)
            UNION ALL
            SELECT 'orchestrator_reader', 'default_transaction_read_only', 'on'
            UNION ALL
            -- A relay that froze gives its slot free.
            SELECT 'orchestrator_relay', 'wal_sender_timeout', '10s'
        )
        SELECT wanted.*,
            (SELECT own.rolsuper OR own.rolcreaterole AND NOT role.rolsuper
                    AND (version < 160000 OR pg_has_role(role.oid, 'MEMBER WITH ADMIN OPTION'))
             FROM pg_roles AS own WHERE own.rolname = current_user) AS is_administrator,
            pg_has_role(session_user, role.oid, CASE WHEN version < 160000 THEN 'MEMBER' ELSE 'SET' END) AS may_become
        FROM wanted JOIN pg_roles AS role ON role.rolname = wanted.grantee
        -- PostgreSQL has transaction_timeout from 17 on.
        WHERE EXISTS (SELECT FROM pg_settings WHERE pg_settings.name = wanted.name)
            AND NOT EXISTS (
                SELECT FROM pg_db_role_setting AS own CROSS JOIN unnest(own.setconfig) AS setting
                WHERE own.setrole = role.oid
                    AND own.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
                    AND split_part(setting, '=', 1) = wanted.name)
    LOOP
        statement := format('ALTER ROLE %I IN DATABASE %I SET %I = %L',
            missing.grantee, current_database(), missing.name, missing.value);
        IF missing.is_administrator THEN
            EXECUTE statement;
        ELSIF missing.may_become THEN
            PERFORM set_config('role', missing.grantee, true);
            EXECUTE statement;
            PERFORM set_config('role', before_all, true);
        ELSE
            left_out := concat_ws(', ', left_out, format('%s of %s', missing.name, missing.grantee));
        END IF;
    END LOOP;
    IF left_out IS NOT NULL THEN
        RAISE WARNING 'not set, for % may not: %; ops/postgres-roles.sql, run again, lets it', current_user, left_out;
    END IF;
END
$$;
