"""The card of one focus: how often, where, what it looks like, and which criteria its events meet."""

import math

from models.reports.html import Facts, Figures, Part, Section, Table
from stream.report.foci import CRITERIA, Focus, Middle
from stream.review.pictures import field, waveform

MOST_LEADS = 4


def focus_section(focus: Focus, analysed_h: float) -> Section:
    """Return the card of a focus."""
    card = focus.card
    rate = f", {card.count / analysed_h:.1f} an hour" if analysed_h else ""
    leads = [f"{one.channel or 'not known'} {one.share:.0%} ({one.low:.0%} to {one.high:.0%})" for one in card.leads]
    rest = len(leads) - MOST_LEADS
    facts = {
        "events": f"{card.count}{rate}; probability {card.probability:.2f} (median)",
        "peaks first, share of events (95 %)": ", ".join(leads[:MOST_LEADS]) + (f", {rest} more" if rest > 0 else ""),
        "amplitude, uV": _middle(focus.amplitude_uv),
        "reviews": ", ".join(f"{name} {count}" for name, count in card.standings.items()),
    }
    return Section(f"Focus {focus.name}: {focus.lead}", [Facts(facts), *_average(focus), _criteria(focus)])


def _average(focus: Focus) -> list[Part]:
    average = focus.average
    if average is None:
        return ["No average: the journal has none of these events, or its derivations are not those of the montage."]
    # Once each: a derivation may stand in two groups of the montage.
    order = ", ".join(f"{name} {late_ms:+.0f} ms" for name, late_ms in dict(average.order()).items())
    more = (
        f"Averaged over all {average.count} events of the recording. Order of the large derivations in the average, "
        f"in steps of {1000 / average.rate_hz:.1f} ms: {order}."
    )
    return [Figures([waveform(average), field(average)]), more]


def _criteria(focus: Focus) -> Table:
    rows = [
        [words, _cell(focus.criteria[name].median), _quartiles(focus.criteria[name]), str(focus.criteria[name].count)]
        for name, words in CRITERIA.items()
    ]
    return Table(["criterion of the IFCN", "median", "middle half", "known of"], rows)


def _middle(one: Middle) -> str:
    return f"{_cell(one.median)} ({_quartiles(one)})"


def _quartiles(one: Middle) -> str:
    return f"{_cell(one.low)} to {_cell(one.high)}"


def _cell(number: float) -> str:
    return "-" if math.isnan(number) else f"{number:.3g}"
