-- Roles that may do no more than they need, in the database this is run in. By a superuser, once for each database:
--
--     psql --dbname orchestrator --file postgres-roles.sql
--
-- It may be run again. Then give each role a password (psql: \password orchestrator_worker), and the workers their
-- URLs; see "Roles" in README.md. What each may do with the tables, and how long it may take, the owner's migrations
-- say when a worker starts.
DO $$
DECLARE
    own   text;
    owner text := (SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database());
BEGIN
    FOREACH own IN ARRAY ARRAY['orchestrator_worker', 'orchestrator_relay', 'orchestrator_reader'] LOOP
        IF to_regrole(own) IS NULL THEN
            EXECUTE format('CREATE ROLE %I LOGIN', own);
        END IF;
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), own);
        -- Each role sets its own time limits, and so the owner's migrations become it for that moment. It gains nothing
        -- by it: all that the role may do in this database, the owner grants.
        IF own <> owner THEN
            EXECUTE format('GRANT %I TO %I', own, owner)
                || CASE WHEN current_setting('server_version_num')::integer >= 160000
                        THEN ' WITH INHERIT FALSE, SET TRUE' ELSE '' END;
        END IF;
    END LOOP;

    -- Nobody but the owner makes anything here.
    EXECUTE format('REVOKE CREATE, TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE 'REVOKE CREATE ON SCHEMA public FROM PUBLIC';
END
$$;

ALTER ROLE orchestrator_relay REPLICATION;
-- Health and the log of slow statements look at the sessions of the other roles, too.
GRANT pg_read_all_stats TO orchestrator_worker;
