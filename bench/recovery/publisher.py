"""The publisher of `spikewatch run` alone, in a process that `bench.recovery.kill_loop` kills.

Started with the configuration's file and an eventfd that is written to when something was journalled.
"""

import asyncio
import sys
from pathlib import Path

from stream.config.load import load
from stream.logbook.journal import Journal
from stream.logbook.parent_journal import ParentJournal
from stream.publish.publisher import Publisher


def main() -> None:
    """Publish until killed."""
    config, wake_fd = load(Path(sys.argv[1]), environment={}), int(sys.argv[2])

    async def run() -> None:
        journal = ParentJournal(Journal(config.journal.path), wake_fd)
        # Heartbeats and states have no journal to be lost from.
        await Publisher(config, journal, lambda _bed: None, wake_fd).run()

    asyncio.run(run())


if __name__ == "__main__":
    main()
