"""What a caller may put into a key's hands: nothing that it does not hold itself."""

from brickyard.contract import BadRequest, Context, Forbidden
from brickyard.platform.access import Access, Role, outranks
from brickyard.platform.key.record import KeySettings
from brickyard.platform.key.scope import OPERATING, grants, service_of, well_formed
from brickyard.platform.key.scope_names import ScopeNames


class Granting:
    """Decides what one caller may grant, for the length of a call."""

    def __init__(self, names: ScopeNames, context: Context, role: Role, *, operator: bool) -> None:
        """Decide for the caller of `context`, who has `role` in the project, and perhaps is an operator."""
        self._names, self._context, self._operator = names, context, operator
        self.role = role

    @classmethod
    async def of(cls, access: Access, names: ScopeNames, context: Context, role: Role) -> "Granting":
        """Find out who calls."""
        operator = bool(context.account) and await access.is_operator(context.account)
        return cls(names, context, role, operator=operator)

    def check(self, settings: KeySettings) -> None:
        """Raise `Forbidden` if the caller could not make a key of these settings."""
        for scope in settings.scopes:
            if not well_formed(scope):  # the schema's `$` lets a line break through
                raise BadRequest.at("/scopes", f"{scope!r} is no scope, such as * or db or db/Read.")
        self._names.check(settings.scopes)
        for scope in settings.scopes:
            self._check_scope(scope)
        if self._context.environment == "test" and settings.environment != "test":
            raise Forbidden("A test key makes, changes and rotates test keys only.")
        if any(service_of(scope) in self._names.control_plane for scope in settings.scopes):
            self._check_manager(settings)

    def _check_scope(self, scope: str) -> None:
        held, managing = self._context.scopes, self._names.control_plane
        if self._context.key_id and not grants(held, scope, control_plane=managing):
            raise Forbidden(f"The calling key does not hold the scope {scope!r}, so it cannot grant it.")
        if self._context.account and service_of(scope) in OPERATING and not self._operator:
            raise Forbidden(f"The scope {scope!r} is for the cloud's operators to grant.")

    def _check_manager(self, settings: KeySettings) -> None:
        if settings.kind == "publishable":
            raise BadRequest.at("/scopes", "A publishable key is for building blocks, not the control plane.")
        if not outranks(self.role, settings.role):
            raise Forbidden(f"The key acts as {settings.role}, and you are only {self.role} here.")
