"""The table of feature flags. It belongs to the platform's own project."""

MIGRATIONS = (
    """CREATE TABLE flags (
        project TEXT NOT NULL, name TEXT NOT NULL, description TEXT NOT NULL, everywhere BIGINT NOT NULL,
        projects TEXT NOT NULL, changed_ns BIGINT NOT NULL,
        PRIMARY KEY (project, name)
    )""",
)
