"""The README tells the truth of the committed results, and its links lead somewhere."""

import re

from bench.tables import README, page
from tests.test_architecture import ROOT


def test_the_table_of_figures_is_that_of_the_committed_results() -> None:
    """No figure in the README is older than the result it comes from."""
    assert README.read_text(encoding="utf-8") == page()


def test_every_link_into_the_repository_leads_somewhere() -> None:
    """A newcomer finds what the README names."""
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README.read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
