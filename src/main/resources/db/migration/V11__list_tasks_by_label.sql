-- Which tasks have a tag, and which require a capability, in both orders of the list: an index on an array has none, so
-- all that a common label has was found and sorted for each page. What is listed of a task never changes, so a row is
-- only ever added, with its task; and a task without labels has none. Triggers see to it, so that it holds whoever
-- writes: commands, workers of the version before, a repair, an import.
CREATE TABLE task_labels (
    -- Whether it is a capability that the task requires; else it is a tag.
    required   boolean     NOT NULL,
    label      text        NOT NULL,
    task_id    uuid        NOT NULL,
    priority   smallint    NOT NULL,
    created_at timestamptz NOT NULL
);

-- At once, and not by afterMigrate__grant.sql: the triggers run as whoever writes, and workers go on in between.
DO $$
BEGIN
    IF to_regrole('orchestrator_worker') IS NOT NULL THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON task_labels TO orchestrator_worker;
    END IF;
END
$$;

-- Once each, whatever the arrays repeat.
CREATE FUNCTION labels_of_task(tags text[], required_capabilities text[])
    RETURNS TABLE (required boolean, label text)
    LANGUAGE sql IMMUTABLE
AS $$
    SELECT DISTINCT false, tag FROM unnest(tags) AS tag
    UNION ALL
    SELECT DISTINCT true, capability FROM unnest(required_capabilities) AS capability
$$;

-- Lists all anew, while everybody works on. For data that was loaded without triggers.
CREATE FUNCTION relist_task_labels() RETURNS void
    LANGUAGE plpgsql SET search_path = "${flyway:defaultSchema}", pg_temp
AS $$
BEGIN
    DELETE FROM task_labels;
    -- In the order of the key, so that its index grows at one end of each label.
    INSERT INTO task_labels (required, label, task_id, priority, created_at)
    SELECT of_task.required, of_task.label, id, priority, created_at
    FROM tasks CROSS JOIN LATERAL labels_of_task(tags, required_capabilities) AS of_task
    WHERE tags <> '{}' OR required_capabilities <> '{}'
    ORDER BY of_task.required, of_task.label, created_at, id
    ON CONFLICT DO NOTHING;
END
$$;

-- The triggers' functions name the schema, for they run under the search path of whoever writes.
CREATE FUNCTION list_added_labels() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO "${flyway:defaultSchema}".task_labels (required, label, task_id, priority, created_at)
    SELECT of_task.required, of_task.label, id, priority, created_at
    FROM added CROSS JOIN LATERAL
        "${flyway:defaultSchema}".labels_of_task(tags, required_capabilities) AS of_task
    WHERE tags <> '{}' OR required_capabilities <> '{}'
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;

CREATE FUNCTION list_removed_labels() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM "${flyway:defaultSchema}".task_labels AS listed
    USING removed CROSS JOIN LATERAL
        "${flyway:defaultSchema}".labels_of_task(removed.tags, removed.required_capabilities) AS of_task
    WHERE listed.required = of_task.required AND listed.label = of_task.label
        AND listed.created_at = removed.created_at AND listed.task_id = removed.id;
    RETURN NULL;
END
$$;

-- The worker never changes what is listed; whoever repairs by hand may.
CREATE FUNCTION list_changed_labels() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM "${flyway:defaultSchema}".task_labels AS listed
    USING "${flyway:defaultSchema}".labels_of_task(OLD.tags, OLD.required_capabilities) AS of_task
    WHERE listed.required = of_task.required AND listed.label = of_task.label
        AND listed.created_at = OLD.created_at AND listed.task_id = OLD.id;
    INSERT INTO "${flyway:defaultSchema}".task_labels (required, label, task_id, priority, created_at)
    SELECT of_task.required, of_task.label, NEW.id, NEW.priority, NEW.created_at
    FROM "${flyway:defaultSchema}".labels_of_task(NEW.tags, NEW.required_capabilities) AS of_task
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;

CREATE FUNCTION list_no_labels() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM "${flyway:defaultSchema}".task_labels;
    RETURN NULL;
END
$$;

CREATE TRIGGER list_added_labels AFTER INSERT ON tasks
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION list_added_labels();
CREATE TRIGGER list_removed_labels AFTER DELETE ON tasks
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION list_removed_labels();
CREATE TRIGGER list_changed_labels AFTER UPDATE OF tags, required_capabilities, priority, created_at ON tasks
    FOR EACH ROW
    WHEN ((OLD.tags, OLD.required_capabilities, OLD.priority, OLD.created_at)
        IS DISTINCT FROM (NEW.tags, NEW.required_capabilities, NEW.priority, NEW.created_at))
    EXECUTE FUNCTION list_changed_labels();

CREATE TRIGGER list_no_labels AFTER TRUNCATE ON tasks
    FOR EACH STATEMENT EXECUTE FUNCTION list_no_labels();

-- The indexes come after the rows, which is faster. Both are read in either direction.
SELECT relist_task_labels();
ALTER TABLE task_labels ADD PRIMARY KEY (required, label, created_at, task_id);
CREATE INDEX task_labels_by_priority ON task_labels (required, label, priority, created_at, task_id);
