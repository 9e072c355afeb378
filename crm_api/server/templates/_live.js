"use strict";
// The card fetches itself anew while somebody looks at it, so that a write-back is seen at once.
const PERIOD = 2000;
const card = document.getElementById("card");
const state = document.getElementById("state");
const said = document.getElementById("said");
const comments = () => new Set([...card.querySelectorAll("[data-comment]")].map((c) => c.dataset.comment));
let tag = "";

function show(html) {
  const known = comments();
  const open = [...card.querySelectorAll("details[open]")].map((d) => d.id);
  card.innerHTML = html;
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  for (const comment of card.querySelectorAll("[data-comment]")) {
    if (!known.has(comment.dataset.comment)) comment.classList.add("fresh");
  }
}

async function refresh() {
  const answer = await fetch(`${location.pathname}?fragment`, { headers: tag ? { "If-None-Match": `"${tag}"` } : {}, cache: "no-store" });
  if (answer.status === 304) return;
  if (!answer.ok) throw new Error(String(answer.status));
  const fresh = (answer.headers.get("ETag") || "").replaceAll('"', "");
  const html = await answer.text();
  if (tag !== fresh) show(html);
  tag = fresh;
}

async function tick() {
  if (document.visibilityState === "visible") {
    try {
      await refresh();
      state.textContent = "обновляется сама";
      state.classList.remove("lost");
    } catch {
      state.textContent = "нет связи, пробую снова";
      state.classList.add("lost");
    }
  }
  setTimeout(tick, PERIOD);
}

card.addEventListener("click", async (event) => {
  const button = event.target.closest(".pin");
  if (!button) return;
  let title = "Ошибка";
  let text = "Нет связи с CRM";
  try {
    const answer = await fetch(`/orders/${button.dataset.key}/pin_refusal`, { method: "POST", headers: { "X-Requested-With": "fetch" } });
    text = (await answer.json()).message;
    if (answer.ok) title = "Готово";
    await refresh();
  } catch {
    // The dialog says it.
  }
  said.querySelector("h2").textContent = title;
  said.querySelector("p").textContent = text;
  said.showModal();
});

setTimeout(tick, PERIOD);
