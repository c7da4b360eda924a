"""The table of what is switched off. It belongs to the platform's own project."""

MIGRATIONS = (
    """CREATE TABLE switches (
        project TEXT NOT NULL, target TEXT NOT NULL, reason TEXT NOT NULL, everywhere BIGINT NOT NULL,
        projects TEXT NOT NULL, changed_ns BIGINT NOT NULL,
        PRIMARY KEY (project, target)
    )""",
)
