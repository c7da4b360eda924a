"""The embedded webhooks: kept in SQL, delivered from there over the egress."""

from brickyard.contract import Conflict
from brickyard.engines.clock import NANOSECONDS, Clock
from brickyard.engines.egress import TIME_LIMIT_S, Call, Egress, EgressRefused, Unreachable
from brickyard.engines.jobs import Jobs
from brickyard.engines.outgoing import Failed, Later, Outcome, Queue, Retries, Sender, Sent
from brickyard.engines.seal import Seal
from brickyard.engines.sql import Sql, Transaction
from brickyard.engines.webhook import Delivery, Status, signature
from brickyard.engines.webhook.deliveries import Deliveries, Kept

BODY_MAX_BYTES = 256 * 1024
WORKERS = 16
SWEEP_EVERY_S = 3600
# Standard Webhooks' schedule: at once, then after 5 s, 5 min, 30 min …; the tenth attempt is the last.
RETRIES = Retries((5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400))
SUCCESS = range(200, 300)
GONE = 410
DISABLED = "The address answered 410 Gone, so nothing more is delivered to it until it is enabled again."


class WebhookEngine:
    """The webhooks of all projects; `bound` gives one's. `sql` is bound to the platform's own project."""

    def __init__(self, sql: Sql, clock: Clock, jobs: Jobs, egress: Egress, seal: Seal) -> None:
        """Deliver over `egress`, in the background of `jobs`; secrets are kept under `seal`."""
        self._sql, self._clock, self._egress = sql, clock, egress
        self._queue = Queue("webhook", sql, clock, RETRIES)
        self.deliveries = Deliveries(sql, clock, seal)
        sender = Sender(self._queue, clock, self._attempt, lease_s=4 * TIME_LIMIT_S)
        self._wake = sender.work_in(jobs, WORKERS)
        jobs.register("webhook-sweep", self._sweep)

    def bound(self, project: str) -> "EmbeddedWebhooks":
        """Give a handle to one project's webhooks."""
        return EmbeddedWebhooks(self, project)

    async def deliver(self, owner: str, delivery: Delivery) -> str:
        """Keep a message of the project `owner`, and have it delivered; see the port."""
        self.check(delivery.url)
        self._check(delivery)
        if await self.deliveries.is_gone(owner, delivery.url):
            raise Conflict(DISABLED)
        message_id = self._queue.new_id("msg")
        sealed = await self.deliveries.sealed(message_id, delivery)

        async def work(transaction: Transaction) -> None:
            await self.deliveries.keep(transaction, message_id, owner, delivery, sealed)
            await self._queue.add(transaction, message_id, owner)

        await self._sql.transact(work)
        self._wake()
        return message_id

    def check(self, url: str) -> None:
        """Raise a ValueError if nothing is ever delivered to an address like this; see the port."""
        self._egress.check(url)

    def _check(self, delivery: Delivery) -> None:
        signature.check_secrets(delivery.secrets)
        if len(delivery.body) > BODY_MAX_BYTES:
            raise ValueError(
                f"The body has {len(delivery.body)} bytes; at most {BODY_MAX_BYTES} are allowed."
            )
        try:
            delivery.body.decode()
        except UnicodeDecodeError as error:
            raise ValueError(f"The body is not UTF-8 at byte {error.start}.") from error

    async def _attempt(self, id: str) -> Outcome:
        kept = await self.deliveries.find(id)
        if await self.deliveries.is_gone(kept.owner, kept.url):
            return Failed(DISABLED)
        try:
            answer = await self._egress.fetch(self._call(kept))
        except EgressRefused as error:
            return Failed(str(error))
        except Unreachable as error:
            return Later(str(error))
        return await self._outcome(kept, answer.status)

    def _call(self, kept: Kept) -> Call:
        signed = signature.headers(kept.id, kept.body.decode(), kept.secrets, self._clock.now_ns())
        headers = {"content-type": "application/json", "user-agent": "Brickyard-Webhooks", **signed}
        return Call(method="POST", url=kept.url, headers=headers, body=kept.body)

    async def _outcome(self, kept: Kept, status: int) -> Outcome:
        if status in SUCCESS:
            return Sent()
        if status == GONE:
            await self.deliveries.disable(kept.owner, kept.url)
            return Failed(DISABLED)
        return Later(f"It answered {status}.")

    async def _sweep(self) -> int:
        await self.deliveries.sweep()
        return self._clock.now_ns() + SWEEP_EVERY_S * NANOSECONDS


class EmbeddedWebhooks:
    """One project's webhooks; see the port."""

    def __init__(self, engine: WebhookEngine, project: str) -> None:
        """Bind `engine` to `project`."""
        self._engine, self._project = engine, project

    def check(self, url: str) -> None:
        """Raise a ValueError if nothing is ever delivered to an address like this."""
        self._engine.check(url)

    async def deliver(self, delivery: Delivery) -> str:
        """Keep a message and have it delivered."""
        return await self._engine.deliver(self._project, delivery)

    async def deliveries(self, before: str = "", limit: int = 100) -> list[Status]:
        """Give what became of deliveries, newest first."""
        return await self._engine.deliveries.of(self._project, before, limit)

    async def enable(self, url: str) -> None:
        """Deliver to an address again."""
        await self._engine.deliveries.enable(self._project, url)
