"""The kinds of messages: one list, which everything that names kinds agrees with."""

import inspect
import re
from typing import get_args

from stream.cli.results import SHOWN
from stream.logbook.journal_reader import Kind
from stream.schema import outgoing


def test_every_list_of_kinds_is_that_of_the_journal() -> None:
    """A kind added to the journal can be listed by `spikewatch events`, with columns of its own."""
    assert tuple(SHOWN) == get_args(Kind)


def test_every_kind_has_its_message() -> None:
    """`<kind>_outgoing` makes the messages of one kind and of no other; there is none without a kind."""
    makers = {
        name.removesuffix("_outgoing"): maker for name, maker in vars(outgoing).items() if name.endswith("_outgoing")
    }
    assert set(makers) == set(get_args(Kind))
    for kind, maker in makers.items():
        assert re.findall(r'Outgoing\([\w.]+, "(\w+)"', inspect.getsource(maker)) == [kind]
