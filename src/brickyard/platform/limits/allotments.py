"""How much projects may keep, for as long as somebody may write for them."""

from weakref import WeakValueDictionary

from brickyard.engines.sql.stored import Cap


class Allotment:
    """What one project may keep. Whoever may write for the project holds on to it."""

    __slots__ = ("__weakref__", "cap")

    def __init__(self, cap: Cap) -> None:
        """Allow so much."""
        self.cap = cap


class Allotments:
    """The allotments of all projects that are written for just now."""

    def __init__(self) -> None:
        """Begin with none."""
        self._by_project: WeakValueDictionary[str, Allotment] = WeakValueDictionary()

    def allot(self, project: str, cap: Cap) -> Allotment | None:
        """Have a cap hold for a project from now on; None if it bounds nothing."""
        if cap.records is None and cap.bytes is None:
            self._by_project.pop(project, None)
            return None
        found = self._by_project.get(project)
        if found is None:
            found = self._by_project[project] = Allotment(cap)
        found.cap = cap
        return found

    def cap(self, project: str) -> Cap | None:
        """Give a project's cap; None for none."""
        found = self._by_project.get(project)
        return None if found is None else found.cap
