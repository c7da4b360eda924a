"""The table by which gateways tell one another what their limits let through: a row for each gateway."""

LIMITS = "limits"
"""The project whose rows they are: one of their own, so that nobody else waits for their turn to write."""

MIGRATIONS = (
    """CREATE TABLE limit_counts (
        project TEXT NOT NULL, gateway TEXT NOT NULL, number BIGINT NOT NULL, told TEXT NOT NULL,
        PRIMARY KEY (project, gateway)
    )""",
)
