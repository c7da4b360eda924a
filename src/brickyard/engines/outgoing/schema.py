"""The table of what is to be sent. Its rows belong to one project, the platform's own.

`due_ns` is when the next attempt is due, NULL once the thing was sent or given up. While an attempt is
under way it is when another may begin, should no more be heard of this one.
"""

MIGRATIONS = (
    """CREATE TABLE outgoing (
        project TEXT NOT NULL, queue TEXT NOT NULL, id TEXT NOT NULL, owner TEXT NOT NULL,
        state TEXT NOT NULL, attempts BIGINT NOT NULL, note TEXT NOT NULL, due_ns BIGINT, ended_ns BIGINT,
        PRIMARY KEY (project, queue, id)
    );
    CREATE INDEX outgoing_by_due ON outgoing (project, queue, due_ns);
    CREATE INDEX outgoing_by_owner ON outgoing (project, queue, owner, state)""",
)
