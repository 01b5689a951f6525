-- Since which start of the server this database is known to hold all that was published. Whoever brings back an older
-- state (a backup, a standby that had not received all) starts a server; nothing is written until the relay has looked.
CREATE TABLE relay_confirmation (
    slot              text        PRIMARY KEY,
    server_started_at timestamptz NOT NULL,
    confirmed_at      timestamptz NOT NULL
);
