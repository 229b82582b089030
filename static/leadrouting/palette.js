// Find: a dialog over every page. Arrow keys choose, Enter opens; without this script its link leads to a page.
"use strict";

const WAIT = 150; // milliseconds without a key before the server is asked

function startFinding(dialog) {
  const form = dialog.querySelector("form");
  const term = form.elements.s;
  const place = dialog.querySelector("[data-lr-found]");
  const said = dialog.querySelector("[data-lr-said]");
  let options = [];
  let chosen = -1;
  let shown = null; // the text that the options are of
  let wanted = null; // how to open the first option, once it is there
  let timer = 0;
  let asking = null;

  function choose(index) {
    options[chosen]?.setAttribute("aria-selected", "false");
    chosen = options.length ? (index + options.length) % options.length : -1;
    options[chosen]?.setAttribute("aria-selected", "true");
    options[chosen]?.scrollIntoView({ block: "nearest" });
    if (chosen < 0) term.removeAttribute("aria-activedescendant");
    else term.setAttribute("aria-activedescendant", options[chosen].id);
  }

  function show(html) {
    place.innerHTML = html;
    place.scrollTop = 0;
    options = [...place.querySelectorAll("[role=option]")];
    term.setAttribute("aria-expanded", String(options.length > 0));
    const none = place.querySelector(".lr-found__none");
    said.textContent = none ? none.textContent : `${options.length} to choose from`;
    chosen = -1;
    choose(0);
  }

  function fail() {
    show("");
    const text = document.createElement("p");
    text.className = "lr-found__none";
    said.textContent = text.textContent = place.dataset.lrFailed;
    place.append(text);
  }

  async function ask() {
    clearTimeout(timer);
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    const text = term.value;
    const body = new FormData(form);
    body.append("part", "1");
    place.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form.action, { method: "POST", body, signal, redirect: "error" });
      if (!answer.ok) throw new Error(String(answer.status));
      show(await answer.text());
      shown = text;
      if (wanted) open(wanted.apart);
    } catch (error) {
      if (signal.aborted) return;
      fail();
    }
    wanted = null;
    place.removeAttribute("aria-busy");
  }

  function open(apart) {
    const link = options[chosen]?.href;
    if (!link) return;
    if (apart) window.open(link, "_blank", "noopener");
    else {
      dialog.close();
      window.location.assign(link);
    }
  }

  function begin() {
    if (dialog.open) return;
    dialog.showModal();
    term.focus();
    ask();
  }

  term.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT);
  });
  term.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) choose(chosen + step);
    else if (event.key !== "Enter") return;
    else if (term.value === shown) open(event.ctrlKey || event.metaKey);
    else {
      wanted = { apart: event.ctrlKey || event.metaKey };
      ask();
    }
    event.preventDefault();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.querySelector("button").addEventListener("click", () => dialog.close());
  place.addEventListener("mousemove", (event) => {
    const index = options.indexOf(event.target.closest("[role=option]"));
    if (index >= 0 && index !== chosen) choose(index);
  });
  place.addEventListener("click", (event) => {
    if (event.target.closest("a") && !event.ctrlKey && !event.metaKey) dialog.close();
  });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("close", () => { // nobody's name stays behind
    clearTimeout(timer);
    asking?.abort();
    form.reset();
    place.replaceChildren();
    options = [];
    shown = wanted = null;
    choose(-1);
    said.textContent = "";
  });
  document.addEventListener("keydown", (event) => {
    if (event.key?.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
    event.preventDefault();
    begin();
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-lr-find]") || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    begin();
  });
}

window.addEventListener("DOMContentLoaded", () => {
  const dialog = document.getElementById("find");
  if (dialog) startFinding(dialog);
});
