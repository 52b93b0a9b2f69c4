// The card of one focus: what stands on it, and its clearest and least clear events; and what is said of all cards.

import { NONE, clock, element, fieldsOf, number, say } from "/text.js";

const KINDS = [["waveform", "averaged waveform of every derivation"], ["field", "field at the peak"]];
const LEAST_S = 60;
const SURE = 3; // so many of the channels that peak first have an interval
const pictures = new Map(); // by cluster
const MARKS = { open: "○", accepted: "✓", rejected: "✕", disputed: "≠" };
const NOT_CALLED = "▽ not called";

export class FocusCard {
  constructor(card, known, address) {
    const { events } = known;
    this.card = card;
    this.root = document.getElementById("focus").content.firstElementChild.cloneNode(true);
    this.root.dataset.cluster = card.cluster;
    const fields = fieldsOf(this.root);
    const others = card.not_called ? ` and ${card.not_called} not called` : "";
    say(fields.title, `${named(card.cluster)} · ${card.leads[0].channel || NONE} · ${card.count} event${card.count === 1 ? "" : "s"}${others}`);
    say(fields.standing, [counted(card.standings), card.not_called ? `▽ ${card.not_called} not called` : ""].filter(Boolean).join("  "));
    say(fields.probability, `median ${number(card.probability, 2)}`);
    say(fields.stages, Object.entries(card.stages).map(([stage, count]) => `${stage} ${count}${rate(count, known.stage_s[stage])}`).join(", "));
    say(fields.leads, ordered(card.leads));
    this.picture(this.root.querySelector(".pictures"), address);
    const shown = [...card.clearest.map((id) => [id, "clear"]), ...card.least_clear.filter((id) => !card.clearest.includes(id)).map((id) => [id, "least clear"])];
    fields.events.replaceChildren(...shown.map(([id, which]) => eventRow(events[id], which)), ...card.candidates.map((id) => withheldRow(events[id])));
    // A cluster of no name cannot be judged as one: its events are those of an older Spikewatch.
    this.root.querySelector(".buttons").hidden = !card.cluster || !card.count;
  }

  // Pictures change as events come, not as they are judged: those of before stay, and nothing flickers.
  picture(place, address) {
    const { cluster, averaged } = this.card;
    if (!averaged) return;
    if (!pictures.has(cluster) || pictures.get(cluster).averaged !== averaged) {
      pictures.set(cluster, { averaged, images: KINDS.map(([kind, words]) => image(address(cluster, kind), words)) });
    }
    place.append(...pictures.get(cluster).images);
  }
}

// The smallest clusters share a card, whose name is all of theirs.
function named(cluster) {
  const all = cluster.split(" ");
  return all.length > 1 ? `the rest: ${all.length} clusters` : cluster || "no cluster";
}

// Of little analysed time in a stage no rate is told.
const rate = (count, seconds) => (seconds > LEAST_S ? ` (${number((3600 * count) / seconds, 1)} an hour)` : "");

// The first channels with the interval of their share; of the others the order is what can be told.
function ordered(leads) {
  const first = leads.slice(0, SURE).map(({ channel, share, low, high }) => `${channel || NONE} ${percent(share)} (${percent(low)} to ${percent(high)})`);
  const others = leads.slice(SURE).map(({ channel, share }) => `${channel || NONE} ${percent(share)}`);
  return first.join(", ") + (others.length ? `; then ${others.join(", ")}` : "");
}

function image(source, words) {
  const made = element("img");
  made.alt = words;
  made.src = source;
  return made;
}

const percent = (share) => number(100 * share, 0, " %");

// A sign and a word for each standing: colour is not needed to read it.
function counted(standings) {
  return Object.entries(standings).map(([name, count]) => `${MARKS[name]} ${count} ${name}`).join("  ");
}

function eventRow(event, which) {
  const reasons = event.reasons || {};
  const said = Object.entries(event.judgements).map(([who, { true: yes, label }]) => `${yes ? "✓" : "✕"} ${who}${label ? ` (${label})` : ""}`);
  const texts = [
    which,
    clock(event.utc),
    number(event.probability, 3),
    event.peak_channel || NONE,
    number(event.amplitude_uv, 0),
    number(reasons.sharpness, 1),
    number(reasons.duration_ms, 0),
    number(reasons.asymmetry, 2),
    number(reasons.after_wave, 2),
    number(reasons.background_change, 2),
    number(reasons.field, 2),
    !event.sleep_stage || event.sleep_stage === "unknown" ? NONE : event.sleep_stage,
    said.length ? said.join(", ") : `${MARKS[event.standing]} ${event.standing}`,
  ];
  return rowOf(event, texts);
}

// Below the bed's threshold: shown, and not to be judged.
function withheldRow(event) {
  const row = eventRow({ ...event, standing: "open", judgements: {} }, NOT_CALLED);
  row.dataset.withheld = "1";
  row.lastElementChild.textContent = NOT_CALLED;
  return row;
}

function rowOf(event, texts) {
  const row = element("tr");
  row.tabIndex = -1;
  row.dataset.event = event.id;
  if (event.snippet) row.dataset.snippet = "1";
  row.append(...texts.map((text) => element("td", text)));
  return row;
}

// Events drawn by chance, without anything that a reviewer could judge by but the recording itself.
export function drawnCard(events, reviewer) {
  const root = document.getElementById("drawn").content.firstElementChild.cloneNode(true);
  const fields = fieldsOf(root);
  const mine = events.map((event) => event.judgements[reviewer]);
  say(fields.title, `${events.length} events drawn by chance · ${mine.filter(Boolean).length} judged by you`);
  const said = (one) => (one ? `${one.true ? MARKS.accepted : MARKS.rejected} ${one.label}` : MARKS.open);
  fields.events.replaceChildren(...events.map((event, at) => rowOf(event, [event.utc.slice(0, 10), clock(event.utc), event.peak_channel || NONE, event.group || NONE, said(mine[at])])));
  return root;
}

// What the slider's place shows, and how often that is: what was not called is counted apart.
export function kept(known) {
  const [events, others] = ["count", "not_called"].map((key) => known.cards.reduce((sum, card) => sum + card[key], 0));
  const among = others ? ` and ${others}${known.full ? " or more" : ""} not called` : "";
  const rate = number((3600 * (events + others)) / known.analysed_s, 1, " an analysed hour");
  const from = known.threshold ? `from ${number(known.threshold, 3)} on` : `as called, from ${number(known.own, 3)} on`;
  return `${from}: ${events} of ${known.total} events${among}, ${rate}`;
}

export function promised({ promise, model }) {
  if (!promise) return "No share of true events is promised yet: judge events drawn by chance (d), 14 at the least.";
  return `From ${number(promise.threshold, 3)} on at least ${number(100 * promise.share, 0)} % of events are true, at 95 % (${promise.true} of ${promise.reviews} drawn, of model ${model}); proposed, not set.`;
}

// The raw samples around an event, under the rows of its card, where they are kept.
export function showSnippet(row, source) {
  const place = row.closest("[data-cluster]").querySelector(".snippet");
  if (!place || place.dataset.of === row.dataset.event) return;
  place.dataset.of = row.dataset.event;
  place.replaceChildren(...(row.dataset.snippet ? [image(source, `samples around the event at ${row.children[1].textContent}`)] : []));
}
