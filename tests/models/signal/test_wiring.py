"""Wiring: a derivation of electrodes, of a chain, or none."""

import itertools

from models.signal.channels import understand
from models.signal.wiring import Terms, Wiring, electrodes_only

CHAIN = ["Fp1", "F7", "T7", "P7", "O1"]


def wired(labels: list[str]) -> Wiring:
    """Return the wiring of labels."""
    return Wiring(understand(labels).usable)


def total(terms: Terms, volts: list[float]) -> float:
    """Return the sum that terms say, of what each channel shows."""
    return sum(sign * volts[channel] for channel, sign in terms)


def test_every_way_gives_the_difference_of_the_two_potentials() -> None:
    """Of electrodes against any reference and of neighbours either way round: what the two points have."""
    at = dict(zip([*CHAIN, "Cz", ""], [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0], strict=True))
    for labels in (CHAIN, [f"{name}-Cz" for name in CHAIN], ["F7-Fp1", "F7-T7", "P7-T7", "P7-O1"]):
        channels = understand(labels).usable
        volts = [at[one.plus] - at[one.minus] for one in channels]
        for plus, minus in itertools.permutations(CHAIN, 2):
            terms = Wiring(channels).terms(plus, minus, {*CHAIN, *Wiring(channels).references})
            assert total(terms, volts) == at[plus] - at[minus]


def test_no_way_leads_over_what_is_not_allowed() -> None:
    """A chain that is broken in its middle is not mended through the other one."""
    broken = wired(["Fp1-F7", "T7-P7", "P7-O1", "Fp1-F3", "F3-O1"])
    assert broken.terms("F7", "T7", CHAIN) == ()
    assert broken.terms("F7", "T7", [*CHAIN, "F3"]) == ((0, -1.0), (3, 1.0), (4, 1.0), (2, -1.0), (1, -1.0))


def test_two_references_are_not_joined() -> None:
    """C3 against one ear and C4 against the other are no C3-C4."""
    ears = wired(["C3-A1", "Cz-A1", "C4-A2"])
    assert ears.terms("C3", "Cz", ears.references) == ((0, 1.0), (1, -1.0))
    assert ears.terms("C3", "C4", ears.references) == ()


def test_electrodes_can_be_had_without_derivations() -> None:
    """In the order of the channels."""
    both = understand(["Fp1", "F7", "F7-T7"]).usable
    assert Wiring(both).electrodes == ("Fp1", "F7", "T7")
    assert electrodes_only(both).electrodes == ("Fp1", "F7")
