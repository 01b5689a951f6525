-- Before the first row is written, for the relay never looks back. Nothing of this transaction has
-- written before: PostgreSQL would refuse. A slot lost later is not made again in silence: the relay
-- refuses to start.
--
-- PostgreSQL 16 does not know the failover flag, so a block decides what is run; but the slot is made
-- by a statement of its own. Inside a block or a function PostgreSQL fails ("snapshot reference is not
-- owned by resource owner") where anybody changed the catalogue of the cluster meanwhile.
DO $$
BEGIN
    EXECUTE format(
        $statement$
        PREPARE make_slot AS
        SELECT pg_create_logical_replication_slot(%1$L, 'pgoutput' %2$s)
        WHERE NOT EXISTS (SELECT FROM pg_replication_slots
                          WHERE slot_name = %1$L AND database = current_database() AND plugin = 'pgoutput')
        $statement$,
        '${slot}',
        CASE WHEN current_setting('server_version_num')::integer >= 170000 THEN ', false, false, true' END);
END
$$;
EXECUTE make_slot;
DEALLOCATE make_slot;
