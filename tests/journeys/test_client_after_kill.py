"""The client's calls outlive the server: each is done once, and answered, without a word of the program's."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

from brickyard import Brickyard
from cloud import ProcessCloud, a_free_port

ROUNDS = 5
PATIENCE_S = 30.0


def test_the_client_does_each_call_once_though_the_server_is_killed(tmp_path: Path):
    chance, stop = random.Random(1), Event()
    cloud = ProcessCloud(tmp_path / "home", BRICKYARD_PORT=a_free_port())  # it comes back where it was
    values: list[int] = []

    def count(client: Brickyard) -> None:
        while not stop.is_set():
            values.append(client.cache.increment(key="counter", value=1).value)

    with cloud, ThreadPoolExecutor(1) as pool:
        client = Brickyard(cloud.key, cloud.address, retries=1_000, sleep=lambda _: time.sleep(0.02))
        counting = pool.submit(count, client)
        for _ in range(ROUNDS):
            wait_for_more(values, chance.randint(1, 100))
            cloud.kill()
            cloud.start()
        stop.set()
        counting.result()
        assert values == list(range(1, len(values) + 1))
        assert int(cloud.call("cache/Get", {"key": "counter"})["value"]) == len(values)


def wait_for_more(values: list[int], number: int) -> None:
    wanted, ends_at = len(values) + number, time.monotonic() + PATIENCE_S
    while len(values) < wanted:
        assert time.monotonic() < ends_at, "the calls do not go on"
        time.sleep(0.001)
