// The page of a reviewer: a card for each focus, the most certain first, judged by single keys; the address names the bed.

import { FocusCard, drawnCard, kept, promised, showSnippet } from "/focus.js";
import { fieldsOf, number, say } from "/text.js";

const POLL_MS = 10000;
const SLIDE_MS = 150;
const NAME_KEY = "spikewatch-reviewer";
const place = location.pathname;
const hours = new URLSearchParams(location.search).get("hours");
const page = fieldsOf(document);
const list = document.getElementById("foci");
const help = document.getElementById("help");
const naming = document.getElementById("naming");
let moved = false; // whether the slider stands anywhere else than where events were called
let whole = false; // whether every cluster has a card, also the smallest
let drawing = false; // whether the drawn events are shown, and not the cards
let known = null; // what the server said last
let shownText = "";
let asked = 0;
let sliding = 0;

const address = (path, query) => {
  const all = new URLSearchParams(query);
  if (hours) all.set("hours", hours);
  return `${place}${path}${all.size ? `?${all}` : ""}`;
};

// ---- what the server says ----

async function refresh() {
  const mine = ++asked;
  const answer = await fetch(address("/cards.json", { threshold: moved ? page.slider.value : 0, whole: Number(whole) }), { cache: "no-store" });
  const text = await answer.text();
  // An answer to an earlier place of the slider must not come over a later one.
  if (mine !== asked) return;
  if (!answer.ok) throw new Error(text.trim());
  known = JSON.parse(text);
  if (text !== shownText) show();
  shownText = text;
}

function show() {
  const marked = document.activeElement && document.activeElement.closest("[data-event], [data-cluster]");
  const event = marked ? marked.dataset.event : undefined;
  const within = marked ? marked.closest("[data-cluster]").dataset.cluster : "";
  const cards = () => known.cards.map((card) => new FocusCard(card, known, picture).root);
  list.replaceChildren(...(drawing ? [drawnCard(known.drawn, page.reviewer.value.trim())] : cards()));
  page.slider.min = Math.floor(1000 * Math.min(known.lowest, known.own)) / 1000;
  if (!moved) page.slider.value = known.own;
  say(page.kept, kept(known));
  say(page.agreement, known.agreements.map(({ reviewers, events, same, kappa }) => `${reviewers.join(" and ")}: ${same} of ${events} alike${kappa === null ? "" : `, kappa ${number(kappa, 2)}`}`).join(" · "));
  say(page.contract, `Contract of this bed's events: ${known.contract || "none"}.`);
  say(page.promise, promised(known));
  if (!known.total) say(page.done, `No event in the last ${known.hours} hours.`);
  if (marked) (find(within, event) || find(within) || list.firstElementChild || document.body).focus({ preventScroll: true });
  else if (document.activeElement === document.body && list.firstElementChild) list.firstElementChild.focus({ preventScroll: true });
}

const picture = (cluster, kind) => address(`/${encodeURIComponent(cluster)}/${kind}.svg`, {});

function find(cluster, event) {
  const card = [...list.children].find((one) => one.dataset.cluster === cluster);
  return card && event ? [...card.querySelectorAll("[data-event]")].find((row) => row.dataset.event === event) : card;
}

// ---- judging ----

function selected() {
  const here = document.activeElement && document.activeElement.closest("[data-event], [data-cluster]");
  if (!here) return null;
  if (here.dataset.withheld) return null;
  if (here.dataset.event) return { target: here.dataset.event, words: "event", drawn: drawing };
  const card = known.cards.find((one) => one.cluster === here.dataset.cluster);
  if (!card || !card.cluster || !card.count) return null;
  return { target: card.cluster, words: `${card.count} events of ${card.cluster.includes(" ") ? "the rest" : card.cluster}`, until_seq: card.newest_seq, threshold: known.threshold };
}

const nothing = () =>
  document.activeElement.closest("[data-withheld]")
    ? "This was not called, so there is no event to judge: a lower bed.merge.threshold calls such events from then on."
    : "Mark a card or an event first: click on it, or use the arrows.";

async function judge(verdict, label = "", what = selected()) {
  if (!what) return complain(nothing());
  const { words, ...target } = what;
  const past = { accept: "accepted", reject: "rejected", relabel: "accepted" }[verdict];
  await send({ verdict, label, ...target }, `${words} ${past}${label ? ` as ${label}` : ""}`);
  if (what.drawn) move(1);
}

async function undo() {
  await refresh(); // what was judged a moment ago is to be taken back, and nothing before it
  const mine = known ? known.reviews.filter((one) => one.reviewer === page.reviewer.value.trim()) : [];
  if (!mine.length) return complain("There is no review of yours to take back.");
  // A key on the card of the rest made a review of each of its clusters, all of one time.
  const made = mine.filter((one) => one.utc === mine[0].utc);
  const of = made.length > 1 ? `${made.length} clusters` : made[0].target;
  await send({ verdict: "undo", target: made.map((one) => one.id).join(" ") }, `taken back: ${made[0].verdict} of ${of}`);
}

async function send(click, done) {
  const reviewer = page.reviewer.value.trim();
  if (!reviewer) {
    page.reviewer.focus();
    return complain("Write your name first: a review is somebody's.");
  }
  const body = JSON.stringify({ reviewer, ...click });
  const answer = await fetch(address("", {}), { method: "POST", headers: { "content-type": "application/json" }, body });
  if (!answer.ok) complain(`Not judged. ${(await answer.text()).trim()}`);
  else {
    complain("");
    say(page.done, done);
  }
  // Also after a refusal: somebody else may have changed what is shown.
  await refresh();
}

function complain(text) {
  say(page.trouble, text);
  if (text) say(page.done, "");
}

// Which card or event is meant is settled before the dialog takes the focus.
function name(verdict, question) {
  const what = selected();
  if (!what) return complain(nothing());
  say(page.question, question);
  page.label.value = "";
  naming.onclose = () => {
    const label = page.label.value.trim();
    if (naming.returnValue !== "cancel" && label) attempt(() => judge(verdict, label, what));
    naming.returnValue = "";
  };
  naming.oncancel = () => (page.label.value = "");
  naming.showModal();
}

async function attempt(act) {
  try {
    await act();
  } catch (error) {
    complain(error instanceof TypeError ? "Spikewatch does not answer; nothing was journalled." : error.message);
  }
}

// ---- keys ----

function move(steps) {
  const here = document.activeElement.closest("[data-event], [data-cluster]");
  const row = here && here.dataset.event;
  const among = row ? [...here.parentElement.children] : [...list.children];
  const at = among.indexOf(here);
  const next = among[at < 0 ? 0 : Math.min(among.length - 1, Math.max(0, at + steps))];
  if (!next) return;
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: row ? "nearest" : "start" });
}

function enter() {
  const card = document.activeElement.closest("[data-cluster]") || list.firstElementChild;
  const row = card && card.querySelector("[data-event]");
  if (row) row.focus();
}

function leave() {
  const card = document.activeElement.closest("[data-cluster]") || list.firstElementChild;
  if (card) card.focus();
}

function draw() {
  drawing = !drawing;
  if (known) show();
  if (drawing) enter();
}

// Events as they were called, wherever the slider stood.
function asCalled() {
  moved = false;
  attempt(refresh);
}

function rest() {
  whole = !whole;
  attempt(refresh);
}

function theme() {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const now = document.documentElement.dataset.theme || (dark ? "dark" : "light");
  document.documentElement.dataset.theme = now === "dark" ? "light" : "dark";
}

const VERDICTS = {
  accept: () => attempt(() => judge("accept")),
  reject: () => attempt(() => judge("reject")),
  kind: () => name("relabel", "Which kind of discharge?"),
  instead: () => name("reject", "What is it instead?"),
};
const KEYS = {
  a: VERDICTS.accept,
  r: VERDICTS.reject,
  k: VERDICTS.kind,
  i: VERDICTS.instead,
  u: () => attempt(undo),
  d: draw,
  o: rest,
  c: asCalled,
  s: () => page.slider.focus(),
  l: theme,
  "?": () => (help.open ? help.close() : help.showModal()),
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
  ArrowRight: enter,
  ArrowLeft: leave,
  Escape: leave,
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || naming.open || (help.open && event.key !== "?")) return;
  if (event.target.matches("input") && event.key !== "Escape") return;
  const act = KEYS[event.key];
  if (!act) return;
  act();
  event.preventDefault();
});
list.addEventListener("click", (event) => {
  const button = event.target.closest("[data-verdict]");
  const row = event.target.closest("[data-event]");
  if (row) row.focus();
  if (button) VERDICTS[button.dataset.verdict]();
});
list.addEventListener("focusin", (event) => {
  const row = event.target.closest("[data-event]");
  if (row) showSnippet(row, address(`/snippets/${encodeURIComponent(row.dataset.event)}.svg`, {}));
});
page.slider.addEventListener("input", () => {
  moved = true;
  clearTimeout(sliding);
  sliding = setTimeout(() => attempt(refresh), SLIDE_MS);
});
page.reviewer.addEventListener("change", () => localStorage.setItem(NAME_KEY, page.reviewer.value.trim()));
page.reviewer.addEventListener("keydown", (event) => event.key === "Enter" && leave());
page.reviewer.value = localStorage.getItem(NAME_KEY) || "";
const bed = decodeURIComponent(place.split("/")[2]);
say(page.bed, bed);
page.back.href = `/#${encodeURIComponent(bed)}`;
document.title = `Review of ${bed} · Spikewatch`;
attempt(refresh);
setInterval(() => document.hidden || attempt(refresh), POLL_MS);
