"use strict";

// What is on the screen is at most this old; whatever is older is covered.
const STALE_MS = 1000;
const POLL_MS = 500;
const STAGE_NAMES = { W: "awake", N1: "falling asleep", N2: "light sleep", N3: "deep sleep", R: "REM sleep", unknown: "not known" };
const LATENCIES = ["acquire", "condition", "frame", "infer", "merge", "journal", "total"];
const NONE = "–";

const beds = new Map();
let shownAt = -Infinity; // when the state on the screen was asked for

// ---- small pieces; text from a stream is hostile, so it goes into a page as text alone ----

const fieldsOf = (root) => Object.fromEntries([...root.querySelectorAll("[data-field]")].map((node) => [node.dataset.field, node]));

function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function element(tag, text = "", className = "") {
  const node = document.createElement(tag);
  node.textContent = text;
  node.className = className;
  return node;
}

const isNumber = (value) => typeof value === "number" && Number.isFinite(value);
const number = (value, digits, unit = "") => (isNumber(value) ? value.toFixed(digits) + unit : NONE);
const milliseconds = (value) => number(value, isNumber(value) && value < 9.95 ? 1 : 0);
const short = (hash) => (hash || "").slice(0, 12);

function clock(utc) {
  const time = new Date(utc);
  return Number.isNaN(time.valueOf()) ? NONE : time.toLocaleTimeString("en-GB");
}

// ---- one bed ----

function makeBed(bed) {
  const root = document.getElementById("bed").content.firstElementChild.cloneNode(true);
  document.getElementById("beds").append(root);
  const fields = fieldsOf(root);
  say(fields.bed, bed);
  say(fields.coverBed, bed);
  return { root, fields, drawn: {} };
}

// Rebuild a list only where it changed: a reader may have scrolled or selected in it.
function once(shown, key, value, draw) {
  const text = JSON.stringify(value);
  if (shown.drawn[key] === text) return;
  draw();
  shown.drawn[key] = text;
}

function showBed(shown, state) {
  const { fields } = shown;
  showState(shown, state);
  showCover(shown, state);
  showSleep(fields, state.sleep);
  say(fields.minute, number(state.ied_rate.last_minute, 0));
  say(fields.hour, number(state.ied_rate.last_hour, 0));
  const alarms = state.alarms || [];
  once(shown, "alarms", alarms, () => showAlarms(fields.alarms, alarms));
  once(shown, "latency", state.latency, () => showLatency(fields, state.latency));
  once(shown, "events", [state.events, state.latency.budget_ms], () => showEvents(fields, state.events, state.latency.budget_ms));
  once(shown, "info", [state.info, state.samples, state.groups], () => showFacts(fields, state));
}

function showState({ root, fields }, state) {
  const degraded = state.detecting && state.status.state !== "online";
  root.dataset.state = state.detecting ? (degraded ? "degraded" : "watching") : "blind";
  say(fields.word, state.detecting ? "WATCHING" : "NOT DETECTING");
  const why = state.status.reason || state.status.state || "";
  say(fields.reason, state.detecting ? (degraded ? why : "") : state.reason || why);
  say(fields.age, number(state.data_age_s, 1, " s"));
}

function showCover({ fields }, state) {
  const known = isNumber(state.data_age_s);
  fields.cover.hidden = known && state.data_age_s * 1000 <= STALE_MS;
  if (fields.cover.hidden) return;
  say(fields.coverWord, known ? "STALE" : "NO DATA");
  const age = known ? `newest sample ${howLong(state.data_age_s)} old` : "no sample has come";
  say(fields.coverReason, state.reason ? `${age}: ${state.reason}` : age);
}

function howLong(seconds) {
  if (seconds < 100) return number(seconds, 1, " s");
  return seconds < 6000 ? number(seconds / 60, 0, " min") : number(seconds / 3600, 0, " h");
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
  say(fields.budget, `budget ${number(latency.budget_ms, 0)}${misses ? `, missed ${misses}` : ""}`);
  // The budget stands at four fifths of the bar, so that a miss is seen to pass it.
  const widest = Math.max(latency.budget_ms * 1.25, ...names.map((name) => stages[name].p99).filter(isNumber));
  fields.stages.replaceChildren(...names.map((name) => latencyRow(name, stages[name], latency.budget_ms, widest)));
  fields.budget.style.setProperty("--at", `${(100 * latency.budget_ms) / widest}%`);
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

function showEvents(fields, events, budget_ms) {
  say(fields.noEvents, events.length ? "" : "no event to show");
  fields.events.replaceChildren(...events.map((event) => eventRow(event, budget_ms)));
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

function showFacts(fields, { info, samples, groups }) {
  const model = (facts) => (facts && facts.name ? `${facts.name} ${short(facts.sha256)}` : NONE);
  say(fields.detector, isNumber(info.threshold) ? `${model(info.detector)}, threshold ${number(info.threshold, 2)}` : model(info.detector));
  say(fields.sleepModel, model(info.sleep));
  say(fields.engine, info.engine || NONE);
  fields.detector.title = (info.detector || {}).sha256 || "";
  fields.sleepModel.title = (info.sleep || {}).sha256 || "";
  const listed = (reasons) => Object.entries(reasons || {}).map(([name, why]) => `${name} (${why})`);
  const [left, lost, groupCount] = [listed(info.left_out), listed(groups), Object.keys(info.groups || {}).length];
  say(fields.groups, [`${groupCount - lost.length} of ${groupCount} analysed`, ...lost].join(", "));
  const used = info.channels ? `${info.channels.length} at ${number(info.rate_hz, 0, " Hz")}` : NONE;
  say(fields.channels, left.length ? `${used}; left out: ${left.join(", ")}` : used);
  const all = Object.values(samples || {}).reduce((sum, count) => sum + count, 0);
  const shares = Object.entries(samples || {}).filter(([, count]) => count > 0);
  say(fields.samples, shares.map(([fate, count]) => `${fate} ${share(count, all)}`).join(", ") || NONE);
}

// All but a little is not all: 99.996 % must not read 100 %.
function share(count, all) {
  const percent = (100 * count) / all;
  if (count < all && percent > 99.9) return ">99.9\u00a0%";
  return percent < 0.1 ? "<0.1\u00a0%" : number(percent, 1, "\u00a0%");
}

// ---- the page ----

const page = fieldsOf(document);

function show(state) {
  for (const bed of [...beds.keys()].filter((name) => !(name in state.beds))) {
    beds.get(bed).root.remove();
    beds.delete(bed);
  }
  for (const [bed, now] of Object.entries(state.beds)) {
    if (!beds.has(bed)) beds.set(bed, makeBed(bed));
    showBed(beds.get(bed), now);
  }
  document.getElementById("beds").classList.toggle("many", beds.size > 1);
  say(page.site, state.site);
  say(page.version, `Spikewatch ${state.version}`);
  say(page.keys, beds.size > 1 ? `keys 1–${Math.min(9, beds.size)}, or a click: a bed's events` : "");
  say(page.mqtt, state.mqtt.connected ? "MQTT connected" : "MQTT NOT CONNECTED");
  page.mqtt.classList.toggle("bad", !state.mqtt.connected);
  say(page.outbox, `outbox ${state.mqtt.outbox}`);
}

// The state as it was shown is not the state now: where no answer comes, say so over everything.
function judge() {
  const silent_ms = performance.now() - shownAt;
  const lost = silent_ms > STALE_MS;
  document.getElementById("lost").hidden = !lost;
  document.querySelector(".links").hidden = lost;
  if (lost && Number.isFinite(silent_ms)) say(page.silence, `no answer from Spikewatch for ${howLong(silent_ms / 1000)}; what lies under this is old`);
  say(page.clock, new Date().toLocaleTimeString("en-GB"));
  const blind = [...beds].filter(([, shown]) => shown.root.dataset.state === "blind" || !shown.fields.cover.hidden);
  document.title = lost ? "NOT CONNECTED · Spikewatch" : blind.length ? `NOT DETECTING ${blind.map(([bed]) => bed).join(", ")}` : "Spikewatch";
}

async function ask() {
  const askedAt = performance.now();
  try {
    const answer = await fetch("state.json", { cache: "no-store", signal: AbortSignal.timeout(STALE_MS) });
    if (!answer.ok) throw new Error(`state.json: ${answer.status}`);
    show(await answer.json());
    shownAt = askedAt;
  } catch (error) {
    console.warn(String(error));
  }
  judge();
  setTimeout(ask, Math.max(0, POLL_MS - (performance.now() - askedAt)));
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const shown = [...beds.values()][Number(event.key) - 1];
  if (shown) shown.root.focus();
  if (event.key === "Escape") document.activeElement.blur();
});
setInterval(judge, 100);
ask();
