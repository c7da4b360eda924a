"""Telling callers by what they show: a key or a session's token."""

from brickyard.contract import Unauthorized
from brickyard.engines.clock import Clock
from brickyard.engines.sql.epoch import Epochs
from brickyard.platform.account.sessions import Sessions
from brickyard.platform.caller import EPOCH, Caller
from brickyard.platform.key.keyring import Keyring
from brickyard.platform.key.token import SESSION, well_formed


class Callers:
    """Everyone who may call."""

    def __init__(self, keyring: Keyring, sessions: Sessions, clock: Clock, epochs: Epochs) -> None:
        """Know the bearers of keys and of sessions, and by `epochs` that one of them was ended anywhere."""
        self._keyring, self._sessions, self._clock, self._epochs = keyring, sessions, clock, epochs
        self.used: dict[str, Caller] = {}
        """Who called lately, by key or session, until it is written down (`key/last_use.py`)."""

    @property
    def generation(self) -> int:
        """Another one whenever one of them was ended: what was remembered of callers before is forgotten."""
        return self._epochs.current(EPOCH)

    async def caller(self, token: bytes) -> Caller:
        """Say who bears `token`; `Unauthorized` if it is nobody's, or was ended."""
        if not well_formed(token.decode("latin-1")):
            raise Unauthorized(
                "The key is not well formed: keys begin with bk_ and end in a checksum. Was it copied whole?"
            )
        if token.startswith(SESSION):
            return await self._sessions.caller(token)
        return await self._keyring.caller(token)

    def has_expired(self, caller: Caller) -> bool:
        """Say whether a caller's key or session has expired by now."""
        return caller.expires_ns is not None and caller.expires_ns <= self._clock.now_ns()

    def check_time(self, caller: Caller) -> None:
        """Raise `Unauthorized` if a caller's key or session has expired by now."""
        if not self.has_expired(caller):
            return
        if caller.session:
            raise Unauthorized("The session has expired. Sign in again.")
        raise Unauthorized("The key has expired. Make a new one with `brick key create`.")
