// What comes over the page for a moment: toasts, alerts, menus, dialogs.

import { h, icon } from "./dom.js";
import { withEmoji } from "./emoji.js";

const TOAST_MS = 3500;

/** A press's answer without alert: a dark line that goes by itself. */
export function toast(words) {
  const shelf = document.querySelector("#toasts");
  const note = h("div", { class: "toast" }, withEmoji(words));
  shelf.replaceChildren(note);
  setTimeout(() => note.remove(), TOAST_MS);
}

/** A press's answer with show_alert, or anything else that must be read: waits for «ОК». */
export function alertBox(title, ...content) {
  return new Promise((resolve) => {
    const ok = h("button", { type: "button", class: "flat-button", onclick: close }, "ОК");
    const dialog = h(
      "dialog",
      { class: "dialog", "aria-label": title },
      h("h2", {}, title),
      h("div", { class: "dialog-text" }, content),
      h("div", { class: "dialog-buttons" }, ok),
    );
    function close() {
      dialog.close();
    }
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve();
    });
    dialog.addEventListener("click", (event) => event.target === dialog && close());
    document.body.append(dialog);
    dialog.showModal();
    ok.focus();
  });
}

let closeOpenMenu = () => {};

/**
 * A menu at a point of the window.
 *
 * @param {{x: number, y: number}} point
 * @param {{icon: string, label: string, danger?: boolean, run: () => void}[]} items
 */
export function menuAt({ x, y }, items) {
  closeOpenMenu();
  const before = document.activeElement;
  const menu = h(
    "div",
    { class: "menu", role: "menu", tabindex: "-1" },
    items.map((item) =>
      h(
        "button",
        {
          type: "button",
          role: "menuitem",
          class: item.danger ? "danger" : "",
          onclick: () => {
            close();
            item.run();
          },
        },
        icon(item.icon),
        item.label,
      ),
    ),
  );
  function outside(event) {
    if (!menu.contains(event.target)) close();
  }
  function close() {
    menu.remove();
    document.removeEventListener("pointerdown", outside, true);
    closeOpenMenu = () => {};
    if (document.activeElement === document.body) before?.focus({ preventScroll: true });
  }
  menu.addEventListener("keydown", (event) => moveInMenu(event, menu, close));
  document.addEventListener("pointerdown", outside, true);
  document.body.append(menu);
  const { width, height } = menu.getBoundingClientRect();
  menu.style.left = `${Math.max(8, Math.min(x, innerWidth - width - 8))}px`;
  menu.style.top = `${Math.max(8, Math.min(y, innerHeight - height - 8))}px`;
  menu.firstElementChild?.focus();
  closeOpenMenu = close;
}

function moveInMenu(event, menu, close) {
  const items = [...menu.children];
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    const next = items.indexOf(document.activeElement) + step;
    items.at(next % items.length).focus();
  } else if (event.key === "Escape" || event.key === "Tab") {
    event.preventDefault();
    event.stopPropagation();
    close();
  }
}
