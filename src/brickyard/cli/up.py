"""`brick up`: start the cloud on this machine."""

import asyncio

import uvloop

from brickyard.app import Application, Settings
from brickyard.gateway import logs


def up() -> None:
    """Start the cloud, print where it is and the first key, and serve until stopped."""
    settings = Settings.from_environment()
    logs.configure(settings.log_level)
    uvloop.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    application = Application(settings)
    key = await application.first_key()
    server = application.server()
    serving = asyncio.create_task(server.serve())
    while not server.started and not serving.done():
        await asyncio.sleep(0.005)
    if server.started:
        print(f"Brickyard is up at {server.address}\nYour key: {key}", flush=True)  # noqa: T201 - what people wait for
    await serving
    application.close()
