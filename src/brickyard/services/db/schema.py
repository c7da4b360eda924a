"""The tables behind the tables: records of all projects in a few, each row's key led by its project."""

from brickyard.contract import Exported
from brickyard.contract.export import json_text

MIGRATIONS = (
    # `table_id` and an index's id are what rows belong to: truncating gives a table new ones, so the old
    # rows are out of sight at once, and are removed afterwards (`db_purges`).
    """CREATE TABLE db_tables (
        project TEXT NOT NULL,
        name TEXT NOT NULL,
        table_id BIGINT NOT NULL,
        indexes TEXT NOT NULL,
        PRIMARY KEY (project, name)
    );
    CREATE TABLE db_records (
        project TEXT NOT NULL,
        table_id BIGINT NOT NULL,
        seq BIGINT NOT NULL,
        id TEXT NOT NULL,
        version BIGINT NOT NULL,
        created_ns BIGINT NOT NULL,
        updated_ns BIGINT NOT NULL,
        data TEXT NOT NULL,
        PRIMARY KEY (project, table_id, seq),
        UNIQUE (project, table_id, id)
    );
    CREATE TABLE db_index_entries (
        project TEXT NOT NULL,
        index_id BIGINT NOT NULL,
        key BLOB NOT NULL,
        seq BIGINT NOT NULL,
        PRIMARY KEY (project, index_id, key, seq)
    );
    CREATE TABLE db_unique_keys (
        project TEXT NOT NULL,
        index_id BIGINT NOT NULL,
        key BLOB NOT NULL,
        seq BIGINT NOT NULL,
        PRIMARY KEY (project, index_id, key)
    );
    CREATE TABLE db_purges (
        project TEXT NOT NULL,
        target_id BIGINT NOT NULL,
        PRIMARY KEY (project, target_id)
    )""",
    # What was kept before it was counted.
    """INSERT INTO stored (project, kind, records, bytes)
        SELECT project, 'db', count(*), sum(octet_length(data)) FROM db_records GROUP BY project""",
    # What indexes held before it was counted.
    """UPDATE stored SET bytes = bytes
        + (SELECT coalesce(sum(octet_length(key)), 0) FROM db_index_entries e
            WHERE e.project = stored.project)
        + (SELECT coalesce(sum(octet_length(key)), 0) FROM db_unique_keys u
            WHERE u.project = stored.project)
        WHERE kind = 'db'""",
)

EXPORTS = (
    Exported(table="db_tables", key={"name": str}, columns=("name", "indexes"), told={"indexes": json_text}),
    Exported(
        table="db_records",
        key={"table_id": int, "seq": int},
        computed={
            "table": "SELECT name FROM db_tables t WHERE t.project = ?1 AND t.table_id = db_records.table_id"
        },
        columns=("id", "version", "created_ns", "updated_ns", "data"),
        told={"data": json_text},
        # The others are of tables that were dropped, and are being removed.
        condition="table_id IN (SELECT table_id FROM db_tables WHERE project = ?1)",
    ),
)
