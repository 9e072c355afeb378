// The emoji that the bot speaks in, as pictures of our own: a machine without an emoji font (any
// bare server that runs the browser tests) shows them too, and they look the same everywhere.
// Others are left to the system's font.

import { h } from "./dom.js";

const RING = '<circle cx="16" cy="16" r="12.5" fill="none" stroke="#e0453f" stroke-width="4"/>';
const disc = (colour) => `<circle cx="16" cy="16" r="14" fill="${colour}"/>`;
const stroke = (path, colour, width = 3) =>
  `<path d="${path}" fill="none" stroke="${colour}" stroke-width="${width}" stroke-linecap="round" stroke-linejoin="round"/>`;
const fill = (path, colour) => `<path d="${path}" fill="${colour}"/>`;
const HAND =
  "M12 14l5-10c3 0 4 2 3.5 4.5L20 12h5.5c2 0 3 2 2.5 3.5l-2 9c-.4 1.5-1.5 2.5-3 2.5h-8l-3-2zM4 14h6v13H4z";
const LENS =
  '<circle cx="13" cy="13" r="8.5" fill="#cfe7fb" stroke="#5b6a78" stroke-width="3"/>' +
  stroke("M19.5 19.5l8 8", "#5b6a78", 4.5);

const PICTURES = {
  "✅": `<rect x="2" y="2" width="28" height="28" rx="7" fill="#3fae5a"/>${stroke("M9 16.5l5 5L23.5 11", "#fff", 3.6)}`,
  "✔": stroke("M6 17l7 7L26 8", "#3fae5a", 4.5),
  "❌": stroke("M7 7l18 18M25 7L7 25", "#e0453f", 5),
  "⛔": `${disc("#e0453f")}<rect x="7" y="13.5" width="18" height="5" rx="1.5" fill="#fff"/>`,
  "🚫": RING + stroke("M7.5 7.5l17 17", "#e0453f", 4),
  "❓": `${stroke("M10.5 11c0-7 11-7 11 0 0 4-5.5 4.5-5.5 9", "#e0453f", 4.2)}<circle cx="16" cy="26.5" r="2.6" fill="#e0453f"/>`,
  "❗": `${stroke("M16 5v14", "#e0453f", 4.6)}<circle cx="16" cy="26.5" r="2.6" fill="#e0453f"/>`,
  "⚠": `${fill("M16 3l14 25H2z", "#f5b82e")}${stroke("M16 12v7", "#3c2f00", 3)}<circle cx="16" cy="24" r="1.8" fill="#3c2f00"/>`,
  "🔥": fill("M16 2c2 6 9 9 9 17a9 9 0 0 1-18 1c-.4-4 2-6 3-9 2 1 3 2 3 4 3-3 4-8 3-13z", "#f0642f") +
    fill("M16 17c3 3 5 5 4.5 8a4.5 4.5 0 0 1-9 0c0-3 3-4 4.5-8z", "#fbc531"),
  "🟢": disc("#3fae5a"),
  "🔴": disc("#e0453f"),
  "🟡": disc("#f5b82e"),
  "👍": fill(HAND, "#f5b82e"),
  "👎": `<g transform="rotate(180 16 16)">${fill(HAND, "#f5b82e")}</g>`,
  "💬": fill("M6 5h20a4 4 0 0 1 4 4v10a4 4 0 0 1-4 4H15l-8 6v-6H6a4 4 0 0 1-4-4V9a4 4 0 0 1 4-4z", "#6aa9e0") +
    stroke("M10 14h.01M16 14h.01M22 14h.01", "#fff", 3.4),
  "💾": `<rect x="3" y="3" width="26" height="26" rx="4" fill="#4d6f94"/>` +
    `<rect x="9" y="3" width="14" height="9" fill="#dbe6f0"/><rect x="8" y="17" width="16" height="12" fill="#fff"/>`,
  "📦": fill("M3 9l13-6 13 6v14l-13 6-13-6z", "#c8925a") + stroke("M3 9l13 6 13-6M16 15v14", "#8f6237", 2),
  "🔍": LENS,
  "🔎": `<g transform="matrix(-1 0 0 1 32 0)">${LENS}</g>`,
  "✏": fill("M4 28l2-8L21 5l6 6-15 15z", "#f5b82e") + fill("M4 28l2-8 6 6z", "#5b4a36"),
  "✍": fill("M4 28l2-8L21 5l6 6-15 15z", "#6aa9e0") + stroke("M14 29h14", "#5b6a78", 2.6),
  "⏳": fill("M8 3h16v4l-6 9 6 9v4H8v-4l6-9-6-9z", "#c8925a") + fill("M11 6h10l-5 8zM16 20l5 6H11z", "#fbe3a6"),
  "⏰": `${disc("#e0453f")}<circle cx="16" cy="16" r="9.5" fill="#fff"/>${stroke("M16 10v6l4 3", "#3b4652", 2.4)}`,
  "↩": `<rect x="2" y="2" width="28" height="28" rx="7" fill="#6aa9e0"/>${stroke("M13 9l-5 5 5 5M8 14h10c3 0 5 2 5 4.5S21 23 18 23", "#fff", 2.8)}`,
  "🤔": `${disc("#f9c846")}${stroke("M9 11c1-1 3-1 4 0M19 12h4", "#5b4a1e", 2)}<circle cx="11" cy="15" r="1.8" fill="#5b4a1e"/><circle cx="21" cy="15" r="1.8" fill="#5b4a1e"/>${stroke("M12 23c3-2 6-2 8-1", "#5b4a1e", 2.2)}`,
};
PICTURES["⌛"] = PICTURES["⏳"];

const FIND = new RegExp(`(${Object.keys(PICTURES).join("|")})\\uFE0F?`, "u");
const EACH = new RegExp(FIND, "gu");

function picture(emoji) {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">${PICTURES[emoji]}</svg>`;
  const src = `data:image/svg+xml,${encodeURIComponent(svg)}`;
  return h("img", { class: "emoji", alt: emoji, src, draggable: "false" });
}

/** Plain text as nodes, the known emoji in it as pictures. */
export function withEmoji(text) {
  if (!FIND.test(text)) return [text];
  const nodes = [];
  let at = 0;
  for (const found of text.matchAll(EACH)) {
    nodes.push(text.slice(at, found.index), picture(found[1]));
    at = found.index + found[0].length;
  }
  nodes.push(text.slice(at));
  return nodes;
}
