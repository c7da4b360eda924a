"""What the provider framework costs: `python -m bench.providers [--rounds 5]`.

A provider's double listens in a process of its own. In each round this process asks it by the bare client,
and by a service's market that is told to ask it; what is compared is the processor time of this process. Then
with a first provider that is dead: what it costs the slowest calls, once its breaker is open.
"""

import argparse
import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from brickyard import services
from brickyard.contract import Context
from brickyard.contract.context import Served
from brickyard.engines.egress.allowed import Allowed
from brickyard.providers import Market
from brickyard.providers.folder import aggregations
from brickyard.providers.marketplace import Marketplace, Surroundings
from brickyard.providers.mirrors import Mirrors
from brickyard.providers.transport.pooled import PooledTransport
from brickyard.providers.vault import Credential, Holdings
from brickyard.services.currency.port import Rates, TableAsk

CALLS = 2_000
WARM_UP = 300
DEAD = "http://127.0.0.1:9"
ROW = b'{"date":"2026-11-20","base":"EUR","quote":"%b","rate":%b}'
ROWS = b"[%b]" % b",".join(
    ROW % row for row in ((b"AUD", b"1.6401"), (b"GBP", b"0.8412"), (b"USD", b"1.0882"))
)
"""What Frankfurter answers."""
TABLE = b'{"timestamp":1795600800,"base":"EUR","rates":{"AUD":1.6401,"GBP":0.8412,"USD":1.0882}}'
"""What Open Exchange Rates does."""
SERVER = f"""
import asyncio
from aiohttp import web
async def answer(request):
    body = {ROWS!r} if request.path == "/v2/rates" else {TABLE!r}
    return web.Response(body=body, content_type="application/json")
async def main():
    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""
ALLOWED = Allowed.of("127.0.0.0/8")


@dataclass
class OneVault:
    """Holds the same for everyone."""

    order: tuple[str, ...]

    async def holdings(self, tenant: str, service: str) -> Holdings:
        """Give it."""
        del tenant, service
        return Holdings(
            order=self.order, own={"open_exchange_rates": Credential("one", {"app_id": "a" * 32})}
        )

    async def turn(self, line: str, apart_s: float, patience_s: float) -> float | None:
        """Let nobody wait."""
        del line, apart_s, patience_s
        return 0.0


def market(url: str, order: tuple[str, ...], first: str) -> tuple[Marketplace, Market[Rates]]:
    """Give a market whose providers are asked in `order`: Frankfurter at `first`, the other at `url`."""
    mirrors = Mirrors({"https://api.frankfurter.dev": first, "https://openexchangerates.org": url})
    transport = PooledTransport(ALLOWED, ALLOWED)
    place = Marketplace(aggregations(services), OneVault(order), transport, Surroundings(mirrors), dict)
    made: Market[Rates] = place.sockets()[Market[Rates]]("prj_bench")
    for aggregation in place.found:  # what was had before would not be asked for again
        for provider in aggregation.providers:
            dict.clear(provider.about.freshness)  # type: ignore[arg-type]  # they are dicts
    return place, made


async def cpu_us(call: Callable[[], Awaitable[Any]]) -> float:
    """Give the processor time of a call, in microseconds."""
    for _ in range(WARM_UP):
        await call()
    started = time.process_time()
    for _ in range(CALLS):
        await call()
    return (time.process_time() - started) / CALLS * 1e6


async def took_ms(call: Callable[[], Awaitable[Any]]) -> list[float]:
    """Give how long calls take, in order."""
    times: list[float] = []
    for _ in range(CALLS):
        started = time.perf_counter()
        await call()
        times.append((time.perf_counter() - started) * 1000)
    return sorted(times)


async def overhead(url: str, rounds: int) -> None:
    """Compare the bare client with the framework."""
    import aiohttp

    place, asked = market(url, ("frankfurter",), url)
    bare_us: list[float] = []
    framework_us: list[float] = []
    async with aiohttp.ClientSession() as session:

        async def bare() -> bytes:
            async with session.get(f"{url}/v2/rates") as response:
                return await response.read()

        async def framework() -> None:
            context = Context("req_1", "prj", "key", (), "", served=Served())
            await asked.by(context).table(TableAsk())

        for _ in range(rounds):
            bare_us.append(await cpu_us(bare))
            framework_us.append(await cpu_us(framework))
    await place.transport.close()
    each_us = [more - less for more, less in zip(framework_us, bare_us, strict=True)]
    print(f"bare client    {statistics.median(bare_us):7.1f} µs of CPU a call")
    print(f"framework      {statistics.median(framework_us):7.1f} µs")
    print(f"what it adds   {statistics.median(each_us):7.1f} µs (goal: under 100)")


async def dead_first(url: str, rounds: int) -> None:
    """Compare calls with and without a dead provider before the one that answers."""
    alone: list[float] = []
    dead: list[float] = []
    for _ in range(rounds):
        for order, times in (
            (("open_exchange_rates",), alone),
            (("frankfurter", "open_exchange_rates"), dead),
        ):
            place, asked = market(url, order, DEAD)

            async def call(asked: Market[Rates] = asked) -> None:
                await asked.by(Context("req_1", "prj", "key", (), "", served=Served())).table(TableAsk())

            for _ in range(WARM_UP):
                await call()  # the breaker opens with the third
            times.append((await took_ms(call))[int(0.99 * CALLS)])
            await place.transport.close()
    before, after = statistics.median(alone), statistics.median(dead)
    print(f"p99 alone      {before:7.2f} ms")
    print(f"p99, one dead  {after:7.2f} ms ({after / before:.2f} times)")


async def measure(url: str, rounds: int) -> None:
    """Measure both."""
    await overhead(url, rounds)
    await dead_first(url, rounds)


def main() -> None:
    """Start the double, and ask it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    server = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        asyncio.run(measure(f"http://127.0.0.1:{server.stdout.readline().strip()}", rounds))
    finally:
        server.kill()


if __name__ == "__main__":
    main()
