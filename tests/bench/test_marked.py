"""Parts of pages are written from results, and nothing else of them."""

import pytest

from bench.marked import markdown, written


def test_a_page_keeps_its_words() -> None:
    """Only what stands between the marks of one part is replaced."""
    page = "a\n<!-- one: make one -->\nold\n<!-- end of one -->\nb\n<!-- two: make one -->\nold\n<!-- end of two -->\n"
    assert written(page, "two", "make one", "new\n") == page[: page.index("<!-- two")] + (
        "<!-- two: make one -->\nnew\n<!-- end of two -->\n"
    )


@pytest.mark.parametrize("page", ["no marks", "<!-- one: make one --> and no end", "<!-- end of one -->"])
def test_a_page_without_the_marks_is_refused(page: str) -> None:
    """Else a result would be missing from the page, and no one would notice."""
    with pytest.raises(ValueError, match="<!-- one: make one --> to <!-- end of one -->"):
        written(page, "one", "make one", "new\n")


def test_a_table_is_markdown() -> None:
    """Head, rule, body."""
    assert markdown(["a", "b"], [["1", "2"]]) == "| a | b |\n| --- | --- |\n| 1 | 2 |\n"
