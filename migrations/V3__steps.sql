-- Steps that feed each other, and what people and several judges say: where a work item comes from when that is not the
-- input, and what was decided about it.

PRAGMA user_version = 3;

-- ---------------------------------------------------------------- steps

-- What a work item is made of beside its row or group: an element of a list, a combination, or the key of a join.
ALTER TABLE work_item ADD COLUMN item TEXT CHECK (item IS NULL OR json_valid(item));
-- Where it stands among those that its row or group became: the numbers of the elements on the way.
ALTER TABLE work_item ADD COLUMN path TEXT;
-- Why it is skipped or blocked.
ALTER TABLE work_item ADD COLUMN reason TEXT;

-- A work item that is made from other steps' outputs has no exact task before those are there: until then its `cache_id`
-- is empty. Its id is looked up whenever one of its sources changes.
CREATE INDEX work_item_derived ON work_item (work_id) WHERE source_kind <> 'row' AND source_kind <> 'group';

PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, 'OR source_kind = ''document'')',
    'OR source_kind = ''document'' OR source_kind = ''pair'' OR source_kind = ''task'')')
WHERE type = 'table' AND name = 'work_item';
PRAGMA writable_schema = RESET;

-- A step keeps its name for good; its place changes with the task, and is negative where the task has it no more.
DROP TRIGGER step_no_update;
CREATE TRIGGER step_stays_itself BEFORE UPDATE ON step WHEN (NEW.id, NEW.name) <> (OLD.id, OLD.name)
BEGIN SELECT RAISE(ABORT, 'a step keeps its name'); END;

-- Which work items a work item is made from, in order, with the output of each that it was last made from.
CREATE TABLE edge (
    id           INTEGER PRIMARY KEY,
    child        INTEGER NOT NULL REFERENCES work_item (id),
    parent       INTEGER NOT NULL REFERENCES work_item (id),
    number       INTEGER NOT NULL CHECK (number >= 1),
    cache_entry  INTEGER REFERENCES cache_entry (id)
) STRICT;
CREATE INDEX edge_child ON edge (child, number);
CREATE INDEX edge_parent ON edge (parent);

-- From which state of a work item the work items that a step makes of it were last made.
CREATE TABLE derivation (
    id           INTEGER PRIMARY KEY,
    parent       INTEGER NOT NULL REFERENCES work_item (id),
    step         INTEGER NOT NULL REFERENCES step (id),
    task         INTEGER NOT NULL REFERENCES task (id),
    planned      INTEGER NOT NULL CHECK (planned IN (0, 1)),
    status       TEXT NOT NULL,
    cache_entry  INTEGER REFERENCES cache_entry (id),
    UNIQUE (parent, step)
) STRICT;

-- One row per work item and work item that it is made from. `row_index` is the row that both go back to, where there is
-- one.
CREATE VIEW lineage AS
SELECT
    child.work_id,
    child_step.name AS step,
    edge.number,
    parent.work_id AS parent_work_id,
    parent_step.name AS parent_step,
    parent.status AS parent_status,
    cache_entry.output AS parent_output,
    child.item,
    input_row.row_index,
    row_group.group_key
FROM edge
JOIN work_item AS child ON child.id = edge.child
JOIN work_item AS parent ON parent.id = edge.parent
JOIN step AS child_step ON child_step.id = child.step
JOIN step AS parent_step ON parent_step.id = parent.step
LEFT JOIN cache_entry ON cache_entry.id = edge.cache_entry
LEFT JOIN input_row ON input_row.id = parent.input_row
LEFT JOIN row_group ON row_group.id = parent.row_group
WHERE child.planned = 1
ORDER BY child_step.position, child.position, edge.number;

-- One row per work item of the latest plan that is skipped or blocked, with why.
CREATE VIEW held_back AS
SELECT
    work_item.work_id,
    step.name AS step,
    work_item.status,
    work_item.reason,
    input_row.row_index,
    row_group.group_key
FROM work_item
JOIN step ON step.id = work_item.step
LEFT JOIN input_row ON input_row.id = work_item.input_row
LEFT JOIN row_group ON row_group.id = work_item.row_group
WHERE work_item.planned = 1 AND (work_item.status = 'skipped' OR work_item.status = 'blocked');

-- One row per thing that several perspectives of a step made an output of, and field of these outputs that is a single
-- value; `answers` is an object of what each said.
CREATE VIEW agreements AS
WITH reader AS (
    SELECT id, substr(name, 1, instr(name, '.') - 1) AS step, substr(name, instr(name, '.') + 1) AS perspective
    FROM step WHERE position >= 0 AND instr(name, '.') > 0
),
said AS (
    SELECT
        reader.step,
        reader.perspective,
        CASE
            WHEN work_item.source_kind = 'row' OR work_item.source_kind = 'group'
            THEN 'r' || coalesce(work_item.input_row, '') || 'g' || coalesce(work_item.row_group, '')
            ELSE coalesce(work_item.item, '') || (
                SELECT group_concat(parent) FROM (SELECT parent FROM edge WHERE child = work_item.id ORDER BY number)
            )
        END AS source,
        work_item.input_row,
        work_item.row_group,
        work_item.item,
        work_item.path,
        field.key AS field,
        CASE field.type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'null' THEN 'null'
            ELSE CAST(field.value AS TEXT) END AS answer
    FROM reader
    JOIN work_item ON work_item.step = reader.id
    JOIN cache_entry ON cache_entry.id = work_item.cache_entry
    JOIN json_each(cache_entry.output) AS field
    WHERE work_item.planned = 1 AND work_item.status = 'accepted' AND field.type <> 'object' AND field.type <> 'array'
)
SELECT
    said.step,
    said.field,
    input_row.row_index,
    row_group.group_key,
    min(said.item) AS item,
    count(DISTINCT said.answer) = 1 AS agreed,
    json_group_object(said.perspective, said.answer) AS answers,
    min(said.path) AS path,
    said.input_row
FROM said
LEFT JOIN input_row ON input_row.id = said.input_row
LEFT JOIN row_group ON row_group.id = said.row_group
GROUP BY said.step, said.field, said.source
HAVING count(*) > 1
ORDER BY said.step, said.field, input_row.row_index, row_group.group_key, path;

-- ---------------------------------------------------------------- human decisions and several judges

-- ---------------------------------------------------------------- authored schemas

-- ---------------------------------------------------------------- answers that are text
