"""Passwords: hashed by argon2id (RFC 9106), on threads of their own, so many at a time.

A hash takes 64 MiB and a good part of a second by design: a flood of them must neither fill the memory nor
stand in the way of other calls.
"""

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from brickyard.contract import BadRequest, Unavailable
from brickyard.platform.account.weak import COMMON

if TYPE_CHECKING:
    from argon2 import PasswordHasher

AT_ONCE = 2
WAITING_MAX = 64
"""Hashes that wait for a thread, at most: a few seconds' work."""

T = TypeVar("T")


def strong_hasher() -> "PasswordHasher":
    """Give what hashes by the library's parameters: RFC 9106's for little memory."""
    from argon2 import PasswordHasher

    return PasswordHasher()


class Passwords:
    """Hashes passwords, and compares them."""

    def __init__(self, hasher: "PasswordHasher | None" = None) -> None:
        """Hash by `hasher`, or else by a strong one."""
        if hasher is not None:
            self._hasher = hasher
        self._threads = ThreadPoolExecutor(AT_ONCE, "argon2")
        self._under_way = 0

    async def hash(self, password: str) -> str:
        """Hash a password; `Unavailable` if too many wait."""
        return await self._run(lambda: self._hasher.hash(_normal(password)))

    async def matches(self, known: str | None, password: str) -> bool:
        """Say whether a password is that of a hash; without a hash it is not, which takes as long to say."""
        from argon2.exceptions import VerificationError

        def verify() -> bool:
            try:
                self._hasher.verify(self._nobodys if known is None else known, _normal(password))
            except VerificationError:
                return False
            return known is not None

        return await self._run(verify)

    def is_outdated(self, known: str) -> bool:
        """Say whether a hash was made with other parameters than are used now."""
        return self._hasher.check_needs_rehash(known)

    def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown()

    async def _run(self, work: Callable[[], T]) -> T:
        if self._under_way >= AT_ONCE + WAITING_MAX:
            raise Unavailable("Too many people are signing in just now. Try again in a moment.")
        self._under_way += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._under_way -= 1

    @cached_property
    def _hasher(self) -> "PasswordHasher":
        return strong_hasher()

    @cached_property
    def _nobodys(self) -> str:
        return self._hasher.hash("no account has this one")


def check(password: str, email: str, pointer: str = "/password") -> None:
    """Refuse a password that would be tried first."""
    plain = _normal(password).lower()
    if plain in COMMON or len(set(plain)) == 1:
        raise BadRequest.at(
            pointer, "This password is among those that everyone tries first. Choose another."
        )
    if email and plain in {email, email.partition("@")[0]}:
        raise BadRequest.at(pointer, "The password must not be the e-mail.")


def _normal(password: str) -> str:
    """Give the same characters the same form, on whatever keyboard they were typed (NIST SP 800-63B)."""
    return unicodedata.normalize("NFKC", password)
