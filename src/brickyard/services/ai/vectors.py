"""What a provider gives as embeddings, looked at: it may be broken, and its numbers anything."""

import math

from brickyard.providers import Failure

NUMBERS_MAX = 16_384
"""Numbers of an embedding, at most: the largest models give 4,096."""
DIGITS = 7
"""As many as a float of 32 bits holds."""


def directions(vectors: list[list[float]], count: int) -> list[list[float]]:
    """Give `count` embeddings, each of length 1; a `Failure` if these are not that."""
    if len(vectors) != count:
        raise Failure("garbage", "It answered for more texts than it was asked, or fewer.")
    sizes = {len(each) for each in vectors}
    if len(sizes) != 1 or not 0 < max(sizes) <= NUMBERS_MAX:
        raise Failure("garbage", f"Its embeddings do not all have as many numbers, 1 to {NUMBERS_MAX}.")
    return [_of_length_one(each) for each in vectors]


def _of_length_one(vector: list[float]) -> list[float]:
    length = math.hypot(*vector)
    if not 0 < length < math.inf:
        raise Failure("garbage", "An embedding of it has no direction.")
    return [round(each / length, DIGITS) for each in vector]
