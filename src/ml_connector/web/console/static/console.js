// The console works without this file. With it: keys, questions as dialogs, pages that update by themselves.
"use strict";

const base = document.body.dataset.base || "";
const $ = (what, where = document) => where.querySelector(what);
const all = (what, where = document) => Array.from(where.querySelectorAll(what));

// ---------- after an action the focus is on what it did ----------
const done = $("[data-focus]");
if (done) done.focus({ preventScroll: false });

// ---------- questions: a dialog here, a page of its own without scripting ----------
document.addEventListener("click", (event) => {
  const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
  const asks = event.target.closest("[data-dialog]");
  const dialog = asks && document.getElementById(asks.dataset.dialog);
  if (dialog && plain) {
    event.preventDefault();
    dialog.opener = asks;
    dialog.showModal();
    return;
  }
  const closes = event.target.closest("dialog [data-close]");
  if (closes && plain) {
    event.preventDefault();
    closes.closest("dialog").close();
    return;
  }
  if (event.target.closest("[data-print]") && plain) {
    event.preventDefault();
    window.print();
    return;
  }
  const copies = event.target.closest("[data-copy]");
  if (copies) {
    const text = document.getElementById(copies.dataset.copy).textContent;
    navigator.clipboard.writeText(text).then(() => { copies.textContent = "Copied"; }, () => {});
  }
  for (const menu of all("details.conn[open], details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("close", (event) => event.target.opener && event.target.opener.focus(), true);

// a form that acts is sent once, however often its button is pressed
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => all("form[data-sent]").forEach((form) => delete form.dataset.sent));

// ---------- bodies that are long are brought when they are opened ----------
document.addEventListener("toggle", (event) => {
  const target = event.target.open && $("[data-load]", event.target);
  if (!target) return;
  const address = target.dataset.load;
  target.removeAttribute("data-load");
  fetch(address, { headers: { Accept: "text/html" } })
    .then((answer) => (answer.ok ? answer.text() : Promise.reject(answer.status)))
    .then((html) => { target.innerHTML = html; })
    .catch(() => { target.textContent = "This could not be loaded. Close it and open it again."; target.dataset.load = address; });
}, true);

// ---------- keys: none of them acts on the books ----------
const places = { t: "/", n: "/needs-you", o: "/orders", d: "/deliveries", s: "/summary" };
let lead = 0;

function rows() { return all("[data-rows] tbody tr a:first-of-type, a[data-row]").filter((link) => link.offsetParent); }

function step(by) {
  const links = rows();
  if (!links.length) return;
  const at = links.indexOf(document.activeElement);
  links[Math.max(0, Math.min(links.length - 1, at < 0 ? (by > 0 ? 0 : links.length - 1) : at + by))].focus();
}

function follow(what) { const link = $(what); if (link) link.click(); }

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    for (const menu of all("details.conn[open], details.menu[open]")) { menu.open = false; $("summary", menu).focus(); }
    return;
  }
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (document.body.dataset.keys === "off" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  if ($("dialog[open]")) return;
  if (Date.now() - lead < 1200 && places[event.key]) {
    const kept = new URLSearchParams(location.search).get("connection");
    location.href = base + places[event.key] + (kept ? `?connection=${encodeURIComponent(kept)}` : "");
    return;
  }
  lead = event.key === "g" ? Date.now() : 0;
  const does = {
    "/": () => { const field = $("#q"); field.focus(); field.select(); },
    j: () => step(1),
    k: () => step(-1),
    w: () => { const field = document.activeElement; if (field && field.matches(".ledger a")) field.click(); },
    p: () => follow("[data-key-p]"),
    "[": () => follow("[data-key-older]"),
    "]": () => follow("[data-key-newer]"),
    "?": () => { const list = $("#d-keys"); if (list) list.showModal(); },
  }[event.key];
  if (does) { event.preventDefault(); does(); }
});

// ---------- pages that update by themselves ----------
// The server sends small pieces of HTML for named regions. A region is left alone while somebody is at it.
const events = $("[data-events]");
const state = $("[data-live-state]");
const waiting = new Map();
const changed = new Map();
let source = null;
let since = "";
let spoken = 0;

function say(text, lost) {
  if (!state) return;
  state.textContent = text;
  state.classList.toggle("lost", Boolean(lost));
  state.classList.toggle("on", !lost);
}

function busy(region) {
  if (region.contains(document.activeElement) && document.activeElement !== document.body) return true;
  if ($("details[open], dialog[open]", region)) return true;
  const chosen = document.getSelection();
  return Boolean(chosen && !chosen.isCollapsed && region.contains(chosen.anchorNode));
}

function put() {
  for (const [name, html] of waiting) {
    const region = $(`[data-region="${CSS.escape(name)}"]`);
    const speaks = region && region.matches("[aria-live]");
    const soon = Date.now() - (changed.get(name) || 0) < 1000 || (speaks && Date.now() - spoken < 60000 && spoken);
    if (!region) { waiting.delete(name); continue; }
    if (busy(region) || soon) continue;
    if (speaks) spoken = Date.now();
    region.innerHTML = html;
    changed.set(name, Date.now());
    waiting.delete(name);
  }
}

function listen() {
  if (source || document.hidden) return;
  source = new EventSource(events.dataset.events);
  source.addEventListener("region", (event) => {
    const piece = JSON.parse(event.data);
    waiting.set(piece.name, piece.html);
    put();
  });
  source.addEventListener("now", (event) => { since = event.data; say(`Live, ${since}`, false); });
  source.addEventListener("over", () => location.reload());
  source.onerror = () => say(since ? `Not live since ${since}. Trying again.` : "Not live. Trying again.", true);
}

function rest() { if (source) { source.close(); source = null; } }

if (events && window.EventSource) {
  document.addEventListener("visibilitychange", () => (document.hidden ? rest() : listen()));
  window.addEventListener("pagehide", rest);
  window.addEventListener("pageshow", listen);
  setInterval(put, 1000);
  listen();
}
