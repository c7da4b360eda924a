"""Mail without a server: letters stay in a folder, where whoever runs the cloud finds them."""

import asyncio
from pathlib import Path

from ulid import ULID

from brickyard.engines.mail import Letter


class FolderMail:
    """Writes each letter to a file of its own."""

    def __init__(self, folder: Path) -> None:
        """Write into `folder`."""
        self._folder = folder

    async def send(self, letter: Letter) -> str:
        """Keep a letter; gives its id."""
        letter_id = f"ltr_{ULID()}".lower()
        await asyncio.to_thread(self._write, letter_id, letter)
        return letter_id

    def _write(self, letter_id: str, letter: Letter) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        file = self._folder / f"{letter_id}.txt"
        file.touch(mode=0o600)
        file.write_text(f"To: {letter.to}\nSubject: {letter.subject}\n\n{letter.text}")
