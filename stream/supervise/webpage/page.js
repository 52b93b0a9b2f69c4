// The page: the ward, or one bed of it with its traces. The address names the bed that is open: #bed-1.

import { BedCard, STALE_MS } from "./bed.js";
import { Marks } from "./marks.js";
import { Night } from "./night.js";
import { Numbers } from "./numbers.js";
import { Scope } from "./scope.js";
import { WholeState } from "./state.js";
import { fieldsOf, howLong, say } from "./text.js";
import { follow } from "./traces.js";

// Events and facts of the bed that is open are part of the whole state; on the ward the numbers say all but lateness.
const BED_MS = 500;
const WARD_MS = 2000;
const LOOK_MS = 100;
const SCROLL_S = 1;
const cards = new Map();
const page = fieldsOf(document);
const list = document.getElementById("beds");
const help = document.getElementById("help");
let opened = null; // { bed, scope, marks, followed, night }
let drawing = false;
let shownAt = -Infinity; // when the newest of what is on the screen was asked for

// ---- which bed is open ----

const wanted = () => decodeURIComponent(location.hash.slice(1));

// One bed alone is always open; of several the one that the address names.
function chosen() {
  if (cards.size === 1) return [...cards.keys()][0];
  return cards.has(wanted()) ? wanted() : null;
}

const open = (bed) => {
  if (cards.size > 1) location.hash = encodeURIComponent(bed);
};
const close = () => {
  if (cards.size > 1) location.hash = "";
};

function arrange() {
  const bed = chosen();
  document.body.dataset.view = bed === null ? "ward" : "bed";
  for (const [name, card] of cards) card.root.hidden = bed !== null && name !== bed;
  if (opened && opened.bed === bed) return;
  if (opened) {
    opened.followed.abort();
    opened.night.close();
    opened.marks.close();
  }
  opened = bed === null ? null : openTraces(bed);
}

function openTraces(bed) {
  const card = cards.get(bed);
  const marks = new Marks(bed);
  const scope = new Scope(card.root.querySelector("canvas"), marks);
  const found = { bed, marks, scope, followed: new AbortController(), night: new Night(bed, card.fields) };
  followTraces(found);
  return found;
}

// The montage is made where the traces come from: another one is asked for anew.
function followTraces(found) {
  found.followed.abort();
  found.followed = new AbortController();
  const onTraces = (traces) => {
    found.scope.take(traces);
    if (found === opened) drawSoon();
  };
  follow(found.bed, found.scope.montage, onTraces, found.followed.signal);
}

// Once for each frame of the screen, however much comes; not at all where nobody sees it.
function drawSoon() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    drawTraces();
  });
}

function drawTraces() {
  if (!opened) return;
  const { bed, scope, followed } = opened;
  scope.draw();
  say(cards.get(bed).fields.settings, scope.settings);
  if (!scope.traces) return;
  const { begin, end } = scope.shown;
  scope.traces.want(begin, end, bed, followed.signal);
}

function nextMontage() {
  opened.scope.nextMontage();
  followTraces(opened);
}

function showPlace(event) {
  if (!opened) return;
  const { scope } = opened;
  const shown = scope.showEvent(event);
  say(cards.get(opened.bed).fields.settings, shown ? scope.settings : "this event is older than the traces that are kept");
  if (shown) drawTraces();
}

// ---- what the server says ----

function showWhole(state, askedAt) {
  for (const bed of [...cards.keys()].filter((name) => !(name in state.beds))) {
    cards.get(bed).root.remove();
    cards.delete(bed);
  }
  const newer = live.rule(askedAt, STALE_MS) ? live : { beds: {}, askedAt };
  for (const [bed, now] of Object.entries(state.beds)) {
    if (!cards.has(bed)) {
      cards.set(bed, new BedCard(bed, open, showPlace));
      list.append(cards.get(bed).root);
    }
    cards.get(bed).show({ ...now, ...newer.beds[bed] }, newer.askedAt);
  }
  arrange();
  if (opened) {
    const { traces } = opened.scope;
    opened.marks.observe(state.beds[opened.bed], traces ? traces.end * traces.layout.samples_per_column : 0);
    drawSoon();
  }
  say(page.notice, wanted() && !cards.has(wanted()) ? `There is no bed “${wanted()}” at this site.` : "");
  say(page.site, state.site);
  say(page.version, `Spikewatch ${state.version}`);
  say(page.mqtt, state.mqtt.connected ? "MQTT connected" : "MQTT NOT CONNECTED");
  page.mqtt.classList.toggle("bad", !state.mqtt.connected);
  say(page.outbox, `outbox ${state.mqtt.outbox}`);
  shownAt = Math.max(shownAt, askedAt);
}

// What may be another the next moment, ten times a second, once the whole state has come.
function showNumbers({ beds, askedAt }) {
  if (!cards.size) return;
  for (const [bed, numbers] of Object.entries(beds)) if (cards.has(bed)) cards.get(bed).showNumbers(numbers, askedAt);
  shownAt = askedAt;
}

// The state as it was shown is not the state now: where no answer comes, say so over everything.
function judge() {
  const silent_ms = performance.now() - shownAt;
  const lost = silent_ms > STALE_MS;
  document.getElementById("lost").hidden = !lost;
  document.querySelector(".links").hidden = lost;
  if (lost && Number.isFinite(silent_ms)) say(page.silence, `no answer from Spikewatch for ${howLong(silent_ms / 1000)}; what lies under this is old`);
  say(page.clock, new Date().toLocaleTimeString("en-GB"));
  for (const card of cards.values()) card.showAge();
  const blind = [...cards].filter(([, card]) => card.blind).map(([bed]) => bed);
  say(page.blind, document.body.dataset.view === "bed" && blind.some((bed) => bed !== chosen()) ? `▲ NOT DETECTING: ${blind.join(", ")}` : "");
  document.title = lost ? "NOT CONNECTED · Spikewatch" : blind.length ? `NOT DETECTING ${blind.join(", ")}` : "Spikewatch";
}

function look() {
  judge();
  whole.ask(!opened && live.rule(performance.now(), STALE_MS) ? WARD_MS : BED_MS, cards.size ? chosen() ?? "" : null);
}

// ---- keys ----

function move(steps) {
  const order = [...cards.values()].map((card) => card.root).sort((one, other) => one.style.order - other.style.order);
  const at = order.indexOf(document.activeElement);
  order[at < 0 ? 0 : (at + steps + order.length) % order.length].focus();
}

function theme() {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const now = document.documentElement.dataset.theme || (dark ? "dark" : "light");
  document.documentElement.dataset.theme = now === "dark" ? "light" : "dark";
}

const ON_WARD = {
  ArrowRight: () => move(1),
  ArrowLeft: () => move(-1),
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
  Enter: () => document.activeElement.click(),
};
const ON_BED = {
  "+": () => opened.scope.moreGain(-1),
  "=": () => opened.scope.moreGain(-1),
  "-": () => opened.scope.moreGain(1),
  "]": () => opened.scope.faster(1),
  "[": () => opened.scope.faster(-1),
  m: nextMontage,
  " ": () => opened.scope.freeze(),
  PageUp: () => opened.scope.page(-1),
  PageDown: () => opened.scope.page(1),
  Home: () => opened.scope.scroll(-Infinity),
  End: () => opened.scope.toNow(),
  ",": () => opened.scope.toEvent(-1),
  ".": () => opened.scope.toEvent(1),
  ArrowLeft: () => opened.scope.scroll(-SCROLL_S),
  ArrowRight: () => opened.scope.scroll(SCROLL_S),
  n: () => opened.night.toggle(),
  v: () => cards.get(opened.bed).fields.review.click(),
  Escape: close,
};
const ANYWHERE = { "?": () => (help.open ? help.close() : help.showModal()), l: theme };

// False where the key has no meaning here.
function press(key) {
  const act = ANYWHERE[key] || (opened ? ON_BED : ON_WARD)[key];
  const numbered = [...cards.keys()][Number(key) - 1];
  if (act) act();
  else if (numbered) open(numbered);
  else return false;
  if (opened) opened.night.draw();
  drawTraces();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || (help.open && event.key !== "?")) return;
  // A button that has the focus is pressed by these two.
  if (event.target.dataset.key && (event.key === " " || event.key === "Enter")) return;
  if (press(event.key)) event.preventDefault();
});
// Each button stands for a key: for who has none.
document.addEventListener("click", ({ target, detail }) => {
  if (!target.dataset.key) return;
  press(target.dataset.key);
  // Pressed with a pointer it gives the focus back: the next key means what it says on the list.
  if (detail) target.blur();
});
addEventListener("hashchange", arrange);
addEventListener("resize", () => {
  if (opened) opened.night.draw();
  drawTraces();
});
const live = new Numbers(showNumbers);
const whole = new WholeState(showWhole, judge, STALE_MS);
setInterval(look, LOOK_MS);
look();
