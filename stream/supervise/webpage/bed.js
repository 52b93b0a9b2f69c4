// One bed: its card on the ward, and all of it when it is opened.

import { NONE, clock, element, fieldsOf, howLong, isNumber, milliseconds, number, say, share, short } from "./text.js";

// What is on the screen is at most this old; whatever is older is covered.
export const STALE_MS = 1000;
const STAGE_NAMES = { W: "awake", N1: "falling asleep", N2: "light sleep", N3: "deep sleep", R: "REM sleep", unknown: "not known" };
const LATENCIES = ["acquire", "condition", "frame", "infer", "merge", "journal", "total"];
// The worst comes first, so that it is in sight on any screen.
const ORDER = { blind: 0, covered: 1, degraded: 2, watching: 3 };

export class BedCard {
  constructor(bed, onOpen, onPlace) {
    this.bed = bed;
    this.root = document.getElementById("bed").content.firstElementChild.cloneNode(true);
    this.fields = fieldsOf(this.root);
    this.drawn = {};
    this.onPlace = onPlace;
    say(this.fields.bed, bed);
    say(this.fields.coverBed, bed);
    this.fields.review.href = `review/${encodeURIComponent(bed)}`;
    this.root.addEventListener("click", () => onOpen(bed));
  }

  show(state, shownAt) {
    const { fields } = this;
    this.showNumbers(state, shownAt);
    this.once("latency", state.latency, () => showLatency(fields, state.latency));
    // Those of a bed that is not open are not sent.
    const { events = [] } = this.state;
    this.once("events", [events, state.latency.budget_ms], () => this.showEvents(events, state.latency.budget_ms));
    this.once("info", [state.info, state.samples, state.artefacts, state.groups, state.channels], () => showFacts(fields, state));
  }

  // What may be another the next moment: also by itself, ten times a second.
  showNumbers(numbers, shownAt) {
    const { fields } = this;
    const state = (this.state = { ...this.state, ...numbers });
    this.shownAt = shownAt;
    this.showState(state);
    this.showAge();
    showSleep(fields, state.sleep);
    say(fields.minute, number(state.ied_rate.last_minute, 0));
    say(fields.hour, number(state.ied_rate.last_hour, 0));
    say(fields.brief, brief(state));
    const alarms = state.alarms || [];
    this.once("alarms", alarms, () => showAlarms(fields.alarms, alarms));
  }

  // Rebuild a list only where it changed: a reader may have scrolled or selected in it.
  once(key, value, draw) {
    const text = JSON.stringify(value);
    if (this.drawn[key] === text) return;
    draw();
    this.drawn[key] = text;
  }

  showState(state) {
    const why = state.status.reason || state.status.state || "";
    const late = lateness(state.latency);
    const impaired = state.status.state !== "online";
    if (!state.detecting) this.word("blind", "NOT DETECTING", state.reason || why);
    else if (impaired) this.word("degraded", "WATCHING, IMPAIRED", why);
    else if (late) this.word("degraded", "WATCHING, LATE", late);
    else this.word("watching", "WATCHING", "");
  }

  word(state, word, reason) {
    this.root.dataset.state = state;
    say(this.fields.word, word);
    say(this.fields.reason, reason);
  }

  // Between two answers the data grows older all the same: called ten times a second.
  showAge() {
    const { fields, state } = this;
    const known = isNumber(state.data_age_s);
    const age_s = known ? state.data_age_s + (performance.now() - this.shownAt) / 1000 : NaN;
    say(fields.age, number(age_s, 1, " s"));
    fields.cover.hidden = known && age_s * 1000 <= STALE_MS;
    this.root.style.order = ORDER[!fields.cover.hidden && this.root.dataset.state !== "blind" ? "covered" : this.root.dataset.state];
    if (fields.cover.hidden) return;
    say(fields.coverWord, known ? "STALE" : "NO DATA");
    const age = known ? `newest sample ${howLong(age_s)} old` : "no sample has come";
    say(fields.coverReason, state.reason ? `${age}: ${state.reason}` : age);
  }

  get blind() {
    return this.root.dataset.state === "blind" || !this.fields.cover.hidden;
  }

  showEvents(events, budget_ms) {
    say(this.fields.noEvents, events.length ? "" : "no event to show");
    this.fields.events.replaceChildren(...events.map((event) => {
      const row = eventRow(event, budget_ms);
      row.addEventListener("click", () => this.onPlace(event));
      return row;
    }));
  }
}

// More than one in twenty results of the last minute came after the time that was promised.
function lateness({ stages_ms, budget_ms }) {
  const p95_ms = ((stages_ms || {}).total || {}).p95;
  return p95_ms > budget_ms ? `one in twenty results takes more than ${number(p95_ms, 0)} ms; the budget is ${number(budget_ms, 0)} ms` : "";
}

function brief({ sleep, ied_rate, alarms }) {
  const stage = sleep.ready === true && sleep.stage !== "unknown" ? sleep.stage : "no stage";
  const warned = (alarms || []).length ? ` · ${alarms.length} alarm${alarms.length > 1 ? "s" : ""}` : "";
  return `${stage} · IEDs ${number(ied_rate.last_minute, 0)}/min, ${number(ied_rate.last_hour, 0)}/h${warned}`;
}

function showSleep(fields, sleep) {
  const ready = sleep.ready === true;
  say(fields.stage, ready && sleep.stage !== "unknown" ? sleep.stage : "not ready");
  fields.stage.classList.toggle("unready", fields.stage.textContent === "not ready");
  say(fields.stageName, ready ? STAGE_NAMES[sleep.stage] || "" : "");
  const probability = sleep.probabilities ? sleep.probabilities[sleep.stage] : undefined;
  const sure = isNumber(probability) ? `probability ${number(probability, 2)}, ` : "";
  say(fields.stageNote, ready ? `${sure}since ${clock(sleep.since_utc)}` : "");
}

// The server sends the gravest first, each with what to do about it.
function showAlarms(list, alarms) {
  list.replaceChildren(
    ...alarms.map(({ name, priority, reason, action }) => {
      const item = element("li");
      item.dataset.priority = priority;
      item.append(element("b", name.replaceAll("_", " ")), element("span", reason), element("em", action));
      return item;
    }),
  );
}

function showLatency(fields, latency) {
  const stages = latency.stages_ms || {};
  const names = LATENCIES.filter((name) => name in stages);
  say(fields.latencyNote, names.length ? `last ${number(latency.window_s, 0, " s")}, ms` : "not measured");
  fields.stages.parentElement.hidden = !names.length;
  if (!names.length) return;
  const misses = latency.budget_misses;
  say(fields.budget, `budget ${number(latency.budget_ms, 0)} ms${misses ? `, missed ${misses} times` : ""}`);
  // The budget stands at four fifths of the bar, so that a miss is seen to pass it.
  const widest = Math.max(latency.budget_ms * 1.25, ...names.map((name) => stages[name].p99).filter(isNumber));
  fields.stages.replaceChildren(...names.map((name) => latencyRow(name, stages[name], latency.budget_ms, widest)));
}

function latencyRow(name, quantiles, budget_ms, widest) {
  const row = element("tr", "", name === "total" ? "total" : "");
  const bar = element("div", "", "bar");
  for (const key of ["p99", "p95", "p50"]) {
    const part = element("i", "", quantiles[key] > budget_ms ? `${key} over` : key);
    part.style.width = `${(100 * (quantiles[key] || 0)) / widest}%`;
    bar.append(part);
  }
  const limit = element("i", "", "limit");
  limit.style.left = `${(100 * budget_ms) / widest}%`;
  bar.append(limit);
  const cell = element("td", "", "scale");
  cell.append(bar);
  const numbers = ["p50", "p95", "p99"].map((key) => element("td", milliseconds(quantiles[key]), quantiles[key] > budget_ms ? "over" : ""));
  row.append(element("th", name), cell, ...numbers);
  return row;
}

function eventRow(event, budget_ms) {
  const row = element("tr");
  const total_ms = (event.latency_ms || {}).total;
  const texts = [
    clock(event.utc),
    event.group,
    event.peak_channel,
    number(event.probability, 2),
    number(event.amplitude_uv, 0, " µV"),
    event.sleep_stage === "unknown" ? NONE : event.sleep_stage,
    number(total_ms, 0, " ms"),
  ];
  row.append(...texts.map((text) => element("td", text)));
  row.lastChild.classList.toggle("over", isNumber(budget_ms) && total_ms > budget_ms);
  row.title = [event.utc, event.id, ...(event.flags || [])].join(" · ");
  return row;
}

function showFacts(fields, { info, samples, artefacts, groups, channels }) {
  const model = (facts) => (facts && facts.name ? `${facts.name} ${short(facts.sha256)}` : NONE);
  const detects = info.detector && info.detector.name && isNumber(info.threshold);
  const found = Object.entries(artefacts || {}).map(([name, count]) => `${count} ${name}`).join(", ");
  const told = found ? `; no events: ${found}` : "";
  say(fields.detector, detects ? `${model(info.detector)}, threshold ${number(info.threshold, 2)}${told}` : model(info.detector));
  say(fields.sleepModel, model(info.sleep));
  say(fields.engine, info.engine || NONE);
  say(fields.contract, info.contract || "none");
  fields.detector.title = (info.detector || {}).sha256 || "";
  fields.sleepModel.title = (info.sleep || {}).sha256 || "";
  const listed = (reasons) => Object.entries(reasons || {}).map(([name, why]) => `${name} (${why})`);
  const bad = listed(channels).map((one) => `▲ ${one}`);
  say(fields.electrodes, bad.length ? bad.join(", ") : info.channels ? `${info.channels.length} in use, none at fault` : NONE);
  fields.electrodes.classList.toggle("warned", bad.length > 0);
  const [left, lost, groupCount] = [listed(info.left_out), listed(groups), Object.keys(info.groups || {}).length];
  say(fields.groups, [`${groupCount - lost.length} of ${groupCount} analysed`, ...lost].join(", "));
  const used = info.channels ? `${info.channels.length} at ${number(info.rate_hz, 0, " Hz")}` : NONE;
  say(fields.channels, left.length ? `${used}; left out: ${left.join(", ")}` : used);
  const all = Object.values(samples || {}).reduce((sum, count) => sum + count, 0);
  const shares = Object.entries(samples || {}).filter(([, count]) => count > 0);
  say(fields.samples, shares.map(([fate, count]) => `${fate} ${share(count, all)}`).join(", ") || NONE);
}
