-- How far the log has been published, as the relay last told: for the lag that every worker shows.
-- Its rows are published too (and dropped by the relay): PostgreSQL tells a subscriber nothing of transactions
-- without a published row, so in a quiet database only these let the slot move on and free the WAL.
CREATE TABLE relay_progress (
    slot            text        NOT NULL,
    written_at      timestamptz NOT NULL,
    published_until timestamptz,
    PRIMARY KEY (slot, written_at)
);

ALTER PUBLICATION agent_orchestrator ADD TABLE relay_progress;
