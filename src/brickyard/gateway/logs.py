"""Structured logs: one JSON object a line on standard error, ours and the libraries' alike."""

import logging
import sys

import msgspec
import structlog


def configure(level: str) -> None:
    """Send every line of at least `level` (`debug`, `info`, `warning`, `error`) to standard error as JSON."""
    shared = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt=None, key="time"),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[_without_internals, _json])
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    # It logs each WebSocket's path with its query, and its life's stages, which we log ourselves.
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)


def _without_internals(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    return structlog.stdlib.ProcessorFormatter.remove_processors_meta(_logger, _method, event)  # type: ignore[arg-type]  # it ignores the logger


def _json(_logger: object, _method: str, event: structlog.typing.EventDict) -> str:
    return msgspec.json.encode(event, enc_hook=str).decode()
