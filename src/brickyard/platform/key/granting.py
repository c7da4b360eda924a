"""What a caller may put into a key's hands: nothing that it does not hold itself."""

from brickyard.contract import BadRequest, Context, Forbidden, Money
from brickyard.platform.access import Access, Role, outranks
from brickyard.platform.key.record import KeyRecord, KeySettings
from brickyard.platform.key.scope import OPERATING, grants, service_of, well_formed
from brickyard.platform.key.scope_names import ScopeNames
from brickyard.platform.moment import timestamp


class Granting:
    """Decides what one caller may grant, for the length of a call."""

    def __init__(
        self, names: ScopeNames, context: Context, role: Role, calling: KeyRecord | None, *, operator: bool
    ) -> None:
        """Decide for the caller of `context`, who has `role` in the project, and perhaps is an operator.

        `calling` is the key that calls; None for a session.
        """
        self._names, self._context, self._operator = names, context, operator
        self.role, self.calling = role, calling

    @classmethod
    async def of(
        cls, access: Access, names: ScopeNames, context: Context, role: Role, calling: KeyRecord | None
    ) -> "Granting":
        """Find out who calls."""
        operator = bool(context.account) and await access.is_operator(context.account)
        return cls(names, context, role, calling, operator=operator)

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
        if self.calling is not None:
            _check_bounds(self.calling.settings, settings)
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


def _check_bounds(held: KeySettings, settings: KeySettings) -> None:
    """Raise `Forbidden` if `settings` let a key do more than one of the settings `held` may itself."""
    if _exceeds(settings.expires_ns, held.expires_ns):
        raise _beyond("expires_at", f"ends at {timestamp(held.expires_ns or 0)}")
    if _exceeds(settings.rate_limit_per_s, held.rate_limit_per_s):
        raise _beyond("rate_limit_per_s", f"makes at most {held.rate_limit_per_s} calls a second")
    if _exceeds(settings.monthly_budget, held.monthly_budget):
        raise _beyond("monthly_budget", f"spends at most {Money(held.monthly_budget or 0)} dollars a month")
    if held.kind == "publishable" and settings.kind != "publishable":
        raise Forbidden("The calling key is publishable, so it grants publishable keys only.")
    if held.kind == "publishable" and not set(settings.origins) <= set(held.origins):
        raise _beyond("origins", f"is called with from {', '.join(held.origins)} only")


def _exceeds(wanted: int | None, held: int | None) -> bool:
    """Whether a bound is higher than the one that is held, or lacks where that is there."""
    return held is not None and (wanted is None or wanted > held)


def _beyond(field: str, bound: str) -> Forbidden:
    return Forbidden(
        f"The calling key {bound}, and grants no key more: name `{field}` within that, or ask signed in."
    )
