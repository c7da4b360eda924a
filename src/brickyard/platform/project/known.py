"""Projects that an operator names, which have to be there."""

from collections.abc import Sequence

from brickyard.contract import BadRequest, Fault
from brickyard.engines.sql import Sql

KNOWN = "SELECT id FROM projects WHERE project = ?1 AND deleted_ns IS NULL AND id IN"


async def check_known(sql: Sql, projects: Sequence[str]) -> None:
    """Raise `BadRequest` at each of the field `projects` that is not there.

    `sql` is bound to the platform's own project.
    """
    if not projects:
        return
    places = ", ".join(f"?{number}" for number in range(2, len(projects) + 2))
    rows = await sql.rows(f"{KNOWN} ({places})", *projects)
    known = {id_ for (id_,) in rows}
    faults = tuple(
        Fault(f"/projects/{number}", f"There is no project {project!r}.")
        for number, project in enumerate(projects)
        if project not in known
    )
    if faults:
        raise BadRequest(f"{faults[0].detail} `admin/SearchProjects` finds those there are.", faults=faults)
