// Small pieces for everything that is written on the page. Text from a stream is hostile: it is set as text alone.

export const NONE = "–";

export const fieldsOf = (root) => Object.fromEntries([...root.querySelectorAll("[data-field]")].map((node) => [node.dataset.field, node]));

export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function element(tag, text = "", className = "") {
  const node = document.createElement(tag);
  node.textContent = text;
  node.className = className;
  return node;
}

export const isNumber = (value) => typeof value === "number" && Number.isFinite(value);
export const number = (value, digits, unit = "") => (isNumber(value) ? value.toFixed(digits) + unit : NONE);
export const milliseconds = (value) => number(value, isNumber(value) && value < 9.95 ? 1 : 0);
export const short = (hash) => (hash || "").slice(0, 12);

export function clock(utc) {
  const time = new Date(utc);
  return Number.isNaN(time.valueOf()) ? NONE : time.toLocaleTimeString("en-GB");
}

export function howLong(seconds) {
  if (seconds < 100) return number(seconds, 1, " s");
  return seconds < 6000 ? number(seconds / 60, 0, " min") : number(seconds / 3600, 0, " h");
}

// All but a little is not all: 99.996 % must not read 100 %.
export function share(count, all) {
  const percent = (100 * count) / all;
  if (count < all && percent > 99.9) return ">99.9\u00a0%";
  return percent < 0.1 ? "<0.1\u00a0%" : number(percent, 1, "\u00a0%");
}
