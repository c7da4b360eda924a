"""The driver's errors, as the port has them."""

import asyncpg  # pyright: ignore[reportMissingTypeStubs]  # it has none

from brickyard.contract import BadRequest, Internal, Unavailable
from brickyard.engines.sql import UniqueViolation

AGAIN = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
"""The transaction fell victim to another one, and may be run again."""
LOST = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.TooManyConnectionsError,
)
"""The connection ended, or none could be had."""
NO_TABLE = asyncpg.UndefinedTableError
MADE_BY_ANOTHER = (
    asyncpg.UniqueViolationError,  # of PostgreSQL's own catalog: `IF NOT EXISTS` looks before, and not again
    asyncpg.DuplicateTableError,
    asyncpg.DuplicateObjectError,
)
"""What is said when two make the same table at once."""
ABSENT = (
    asyncpg.UndefinedFunctionError,
    asyncpg.InsufficientPrivilegeError,
    asyncpg.FeatureNotSupportedError,
    asyncpg.PostgresSyntaxError,
)
"""The server has no such thing, or not for us."""
STOPPED = asyncpg.QueryCanceledError
"""The server's time limit for a statement was over."""
REFUSED = asyncpg.PostgresError
"""Whatever else the server says no to."""


def is_lost(error: BaseException) -> bool:
    """Whether an error means that the connection is of no more use."""
    return isinstance(error, LOST) and not isinstance(error, ValueError)  # a ValueError is about a value


def port_error(error: Exception) -> Exception:
    """Give the port's form of an error of the driver's; others as they are."""
    if is_lost(error):
        return Unavailable("The database cannot be reached; nothing was written. Try again in a moment.")
    return next((made for kind, made in _forms(error) if isinstance(error, kind)), error)


def too_slow(limit_s: float) -> Unavailable:
    """Give what is said of a query that was stopped."""
    return Unavailable(
        f"The query took longer than {limit_s:g} s and was stopped. "
        "Make an index on the fields it compares, or ask for less."
    )


def uncertain() -> Internal:
    """Give what is said when the connection was lost in the middle of a commit.

    It is not `Unavailable`, which promises that nothing was done, so that clients try again by themselves.
    """
    return Internal(
        "The connection to the database was lost in the middle of a commit, so it may be written or not:"
        " look before you try again."
    )


def _forms(error: Exception) -> tuple[tuple[type[Exception], Exception], ...]:
    return (
        (asyncpg.UniqueViolationError, UniqueViolation(str(error))),
        (
            STOPPED,
            Unavailable("It took too long and was stopped; nothing was written. Ask for less."),
        ),
        (AGAIN[0], Unavailable("The storage is busy; nothing was written. Try again.")),
        (AGAIN[1], Unavailable("The storage is busy; nothing was written. Try again.")),
        (
            asyncpg.InsufficientResourcesError,
            Unavailable("The storage is full or failing; nothing was written. Try again later."),
        ),
        (asyncpg.ReadOnlySQLTransactionError, Unavailable("The storage takes no writes now. Try later.")),
        (asyncpg.ProgramLimitExceededError, BadRequest("A text is too long to be found by: shorten it.")),
        (
            asyncpg.CharacterNotInRepertoireError,
            BadRequest("A text contains the character U+0000, which is not kept: leave it out."),
        ),
    )
