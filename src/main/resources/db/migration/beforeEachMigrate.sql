-- Workers pause while a migration runs, as they do for `relay repair` (LogGate): it may lock tables
-- in any order without a deadlock, and sees no transaction half done.
SELECT pg_advisory_xact_lock(hashtextextended('agent-orchestrator log gate', 0));
