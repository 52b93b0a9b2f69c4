"""A report as one HTML file: headings, text, tables and figures, nothing fetched from anywhere, fit for paper.

Everything is escaped but figures, which must be SVG whose texts are escaped, as models.reports.plots returns it. The
page's own policy forbids scripts and outside resources.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

NOTICE: Final = "Research software, not a medical device. Not for diagnosis."

# Fonts that each system has, since nothing may be fetched; a light page on any system, since it is printed.
STYLE: Final = """
:root { --ink: #1c2733; --quiet: #5b6875; --line: #d8dfe5; --tint: #f4f7f9; --mark: #0072b2; color-scheme: light }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 68rem; padding: 2.5rem 2rem; background: #fff; color: var(--ink);
  font: 16px/1.5 system-ui, "Segoe UI", "Liberation Sans", "DejaVu Sans", sans-serif;
  font-variant-numeric: tabular-nums }
h1, h2, p, dd { overflow-wrap: anywhere }
td { overflow-wrap: break-word; max-width: 30rem }
h1 { margin: 0 0 .3rem; font-size: 1.9rem; line-height: 1.2; letter-spacing: -.01em }
h2 { margin: 2.4rem 0 .8rem; padding-top: .9rem; border-top: 1px solid var(--line); font-size: 1.15rem }
p { margin: .5rem 0; max-width: 46rem }
.notice { margin: 0; color: var(--quiet) }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.6rem; margin: .6rem 0 }
dt { color: var(--quiet) }
dd { margin: 0 }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .8rem; margin: .8rem 0 }
.tiles div { padding: .7rem 1rem .8rem; border-radius: 10px; background: var(--tint) }
.tiles dt { font-size: .88rem }
.tiles dd { font-size: 1.7rem; font-weight: 650; line-height: 1.2 }
table { border-collapse: collapse; margin: .8rem 0; min-width: 50% }
th, td { padding: .24rem 1.1rem .32rem 0; border-bottom: 1px solid var(--line); text-align: right; vertical-align: top }
th { color: var(--quiet); font-weight: 500; border-bottom-color: var(--quiet) }
th:first-child, td:first-child, th.text, td.text { text-align: left }
tr.chosen td { font-weight: 650; background: var(--tint) }
.wide { overflow-x: auto }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 26rem), 1fr)); gap: 1.6rem }
.figures.whole { grid-template-columns: 1fr; gap: .6rem }
figure { margin: 0; break-inside: avoid }
figure svg { display: block; width: 100%; height: auto }
pre { margin: .8rem 0; padding: .8rem 1rem; border-radius: 10px; background: var(--tint); white-space: pre-wrap;
  overflow-wrap: anywhere; font: .92rem/1.5 ui-monospace, "Liberation Mono", "DejaVu Sans Mono", monospace }
@media print {
  @page { margin: 15mm }
  html { font-size: 76% }
  body { padding: 0; font-size: 1rem; max-width: none }
  h2 { margin-top: 1.6rem; break-after: avoid }
  .tiles { grid-template-columns: repeat(auto-fit, minmax(7rem, 1fr)) }
  .tiles dd { font-size: 1.4rem; white-space: nowrap }
  .figures:not(.whole) { grid-template-columns: 1fr 1fr; gap: 6mm }
  dl, pre, tr { break-inside: avoid }
  .tiles div, pre, tr.chosen td { print-color-adjust: exact }
}
"""


@dataclass(frozen=True, slots=True)
class Tiles:
    """A row of figures that matter most, by name."""

    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and what is known under them, a line each."""

    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns; numbers stand right, the first column and those in `texts` left; one row may be `chosen`."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    texts: Sequence[str] = ()
    chosen: int | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """<svg> elements, such as models.reports.plots returns, side by side where there is room; `whole`: each a row."""

    svgs: Sequence[str]
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """What to type in a shell."""

    text: str


Part = str | Tiles | Facts | Table | Figures | Command
"""A string is a paragraph."""


@dataclass(frozen=True, slots=True)
class Section:
    """Parts under a heading."""

    heading: str
    parts: Sequence[Part]


def page(title: str, sections: Sequence[Section], *, lead: Sequence[Part] = ()) -> str:
    """Return a whole HTML document; `lead` stands above the first heading."""
    body = "\n".join([*(_part(part) for part in lead), *(_section(section) for section in sections)])
    # The policy holds even if a name in a recording holds a script that escaping missed.
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{escape(title)}</title>
<style>{STYLE}</style>
</head>
<body>
<header>
<h1>{escape(title)}</h1>
<p class="notice">{NOTICE}</p>
</header>
{body}
</body>
</html>
"""


def _section(section: Section) -> str:
    parts = "\n".join(_part(part) for part in section.parts)
    return f"<section>\n<h2>{escape(section.heading)}</h2>\n{parts}\n</section>"


def _part(part: Part) -> str:
    match part:
        case str(text):
            return f"<p>{escape(text)}</p>"
        case Tiles(values):
            return f'<dl class="tiles">{_pairs(values, "<div>", "</div>")}</dl>'
        case Facts(values):
            return f"<dl>{_pairs(values)}</dl>"
        case Command(text):
            return f"<pre>{escape(text)}</pre>"
        case Figures(svgs, whole):
            figures = "".join(f"<figure>{svg}</figure>" for svg in svgs)
            return f'<div class="figures{" whole" if whole else ""}">{figures}</div>'
        case Table():
            return _table(part)


def _pairs(values: Mapping[str, str], before: str = "", after: str = "") -> str:
    return "".join(f"{before}<dt>{escape(name)}</dt><dd>{escape(text)}</dd>{after}" for name, text in values.items())


def _table(table: Table) -> str:
    # Texts are read from the left; numbers are compared by their last digits.
    kinds = [' class="text"' if column in table.texts else "" for column in table.columns]
    head = "".join(f"<th{kind}>{escape(column)}</th>" for kind, column in zip(kinds, table.columns, strict=True))
    rows = []
    for number, row in enumerate(table.rows):
        cells = "".join(f"<td{kind}>{escape(cell)}</td>" for kind, cell in zip(kinds, row, strict=True))
        chosen = ' class="chosen"' if number == table.chosen else ""
        rows.append(f"<tr{chosen}>{cells}</tr>")
    # A table too wide for a phone scrolls by itself, not the page.
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'
