-- A state of one type, as people look for what went wrong with one kind of work, and as the service before let one ask:
-- by an index on either alone all its rows are read where few of them, or none, are of the other. Built beforehand
-- (ops/README.md), it is taken as it is.
CREATE INDEX IF NOT EXISTS tasks_by_type_and_status ON tasks (type, status, created_at DESC, id DESC);
