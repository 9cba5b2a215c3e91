"""``edged verify`` as a process of its own."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any


@asynccontextmanager
async def verifying(url: str, *options: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Have it listen to a broker; it is ended with the context at the latest."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "edged", "verify", "--broker", url, "--json", *options,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def report_of(process: asyncio.subprocess.Process) -> dict[str, Any]:
    """Tell it to stop, and return what it found."""
    process.terminate()
    out, _ = await process.communicate()
    found: dict[str, Any] = json.loads(out)
    return found
