"""What a text of a header may be."""

from models.signal.spelling import readings


def test_plain_text_is_itself_alone() -> None:
    """Nothing is tried where there is nothing to read otherwise."""
    assert list(readings("EEG Fp1")) == ["EEG Fp1"]


def test_a_text_is_itself_first_and_then_in_each_code_page_that_has_its_bytes() -> None:
    """Cyrillic letters that look like ours are ours; of what no byte is, only the letters."""
    found = list(readings("\u00d13"))
    assert found[0] == "\u00d13"
    assert "C3" in found
    assert list(readings("\u0422\u0424\u20ac")) == ["\u0422\u0424\u20ac", "TF\u20ac"]
