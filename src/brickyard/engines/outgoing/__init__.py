"""Things to be sent to other people's servers: kept first, then tried until they are there or given up.

Mail and webhooks share this shape. What is sent is kept in a table of its own; its row in `outgoing`,
written in the same transaction, says when it is to be tried next. So a crash loses nothing, and nobody who
has something to send waits for a remote server. A thing may arrive twice, if the process ends between the
moment that the other side took it and the moment that this is written down: at least once, never less.
"""

from brickyard.engines.outgoing.outcome import Failed, Later, Outcome, Sent
from brickyard.engines.outgoing.queue import Claim, Queue
from brickyard.engines.outgoing.retries import Retries
from brickyard.engines.outgoing.schema import MIGRATIONS
from brickyard.engines.outgoing.sender import Sender

__all__ = ["MIGRATIONS", "Claim", "Failed", "Later", "Outcome", "Queue", "Retries", "Sender", "Sent"]
