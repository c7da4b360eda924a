"""The table of the audit log, and what guards it. It belongs to the platform's own project."""

from msgspec.structs import replace

from brickyard.contract import Exported
from brickyard.contract.export import json_text
from brickyard.engines.sql import Dialect

MIGRATIONS = (
    """CREATE TABLE audit (
        project TEXT NOT NULL, id TEXT NOT NULL, about TEXT NOT NULL, subject TEXT NOT NULL,
        endpoint TEXT NOT NULL, account TEXT NOT NULL, session TEXT NOT NULL, key_id TEXT NOT NULL,
        operator BIGINT NOT NULL, address TEXT NOT NULL, request_id TEXT NOT NULL, time_ns BIGINT NOT NULL,
        before TEXT, after TEXT,
        PRIMARY KEY (project, id)
    );
    CREATE INDEX audit_by_project ON audit (project, about, id);
    CREATE INDEX audit_by_account ON audit (project, account, id)""",
    "CREATE INDEX audit_by_subject ON audit (project, about, subject, id)",
)

MASK = "UPDATE audit SET before = NULL, after = NULL WHERE project = ?1 AND about = ?2"
"""The one thing that may happen to entries: those of what is no more forget what they showed."""

MASK_ACCOUNT = (
    "UPDATE audit SET before = NULL, after = NULL WHERE project = ?1 AND about = '' AND subject = ?2"
)
"""Nor does the log show what an account was that is no more."""

SHOWN = (
    "SELECT before, after FROM audit WHERE project = ?1 AND about = '' AND subject = ?2"
    " AND (before LIKE '%\"email\":%' OR after LIKE '%\"email\":%')"
)
"""What the log shows of an account's e-mails."""

SAME = " AND ".join(
    f"new.{column} = old.{column}"
    for column in (
        *("project", "id", "about", "subject", "endpoint", "account", "session", "key_id"),
        *("operator", "address", "request_id", "time_ns"),
    )
)

REFUSE = "BEGIN SELECT RAISE(ABORT, 'The audit log is only added to.'); END"

GUARDS: dict[Dialect, tuple[str, ...]] = {
    "sqlite": (
        f"""CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit {REFUSE};
        CREATE TRIGGER audit_is_not_rewritten BEFORE UPDATE ON audit
            WHEN NOT ({SAME} AND new.before IS NULL AND new.after IS NULL) {REFUSE}""",
    ),
    "postgresql": (),
}
"""Triggers that hold the log to that, whoever writes."""

_AUDIT = Exported(
    table="audit",
    key={"id": str},
    columns=(
        *("id", "subject", "endpoint", "account", "session", "key_id", "operator", "address", "request_id"),
        *("time_ns", "before", "after"),
    ),
    told={"before": json_text, "after": json_text, "operator": bool},
    belongs="project",
    whose="about",
)
EXPORTS = (_AUDIT, replace(_AUDIT, belongs="account", whose="subject", condition="about = ''"))
