// What the pages need beyond the theme: names for what the theme leaves nameless.
"use strict";

// The label of a field; in a table of rows, the heading of its column.
function nameOf(field) {
  const label = document.querySelector(`label[for="${CSS.escape(field.id)}"]`);
  const cell = field.closest("td");
  const heading = cell && cell.closest("table").querySelector(`thead th:nth-child(${cell.cellIndex + 1})`);
  const named = (label || heading)?.cloneNode(true);
  named?.querySelectorAll(".material-symbols-outlined").forEach((icon) => icon.remove()); // the name of an icon is no word
  return named ? named.textContent.replace("*", "").trim() : "";
}

function nameFields(root) {
  for (const field of root.querySelectorAll("td input:not([type=hidden]), td select, td textarea")) {
    if (!field.labels?.length && !field.hasAttribute("aria-label")) field.setAttribute("aria-label", nameOf(field));
  }
  // a text that only screen readers get counts for nothing on what has no role
  for (const icon of root.querySelectorAll(".selector .help-tooltip[aria-label]")) icon.setAttribute("role", "img");
  for (const box of root.querySelectorAll(".select2-container")) {
    const select = box.previousElementSibling;
    const name = select?.id && nameOf(select);
    if (!name) continue;
    for (const part of box.querySelectorAll("[role=combobox], [role=textbox], .select2-search__field")) {
      part.setAttribute("aria-label", name);
      part.removeAttribute("aria-labelledby");
    }
  }
}

// The boxes to choose from appear after the page has loaded, and with every row that is added.
window.addEventListener("load", () => setTimeout(() => nameFields(document), 0));
document.addEventListener("formset:added", (event) => setTimeout(() => nameFields(event.target), 0));

// Colours: the browser's picker beside the text that is saved.
function pairColour(picker) {
  const field = document.getElementById(picker.dataset.lrColour);
  if (!field) return;
  const show = () => { if (/^#[0-9a-f]{6}$/i.test(field.value)) picker.value = field.value; };
  picker.hidden = false;
  picker.addEventListener("input", () => { field.value = picker.value; });
  field.addEventListener("input", show);
  show();
}

// The name of a field of one's own is only asked for where that is chosen.
function showOwn(select) {
  const own = select.closest(".lr-asked")?.querySelector("input");
  if (own) own.hidden = select.value !== "own";
}

window.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("[data-lr-colour]").forEach(pairColour);
  document.querySelectorAll(".lr-asked select").forEach(showOwn);
});
document.addEventListener("formset:added", (event) => event.target.querySelectorAll(".lr-asked select").forEach(showOwn));
document.addEventListener("change", (event) => {
  if (event.target.matches?.(".lr-asked select")) showOwn(event.target);
});

// What is there to be copied is chosen as a whole.
document.addEventListener("focusin", (event) => {
  if (event.target.matches?.("[data-lr-select]")) event.target.select();
});

// What there is to read on paper.
window.addEventListener("DOMContentLoaded", () => {
  for (const place of document.querySelectorAll("[data-lr-print]")) {
    place.hidden = false;
    place.querySelector("button").addEventListener("click", () => window.print());
  }
});

// Copying, where there is a script to do it. Without HTTPS a browser has the older way only.
async function copy(field) {
  if (navigator.clipboard) return navigator.clipboard.writeText(field.value);
  field.select();
  if (!document.execCommand("copy")) throw new Error("The browser copies nothing by itself.");
}

window.addEventListener("DOMContentLoaded", () => {
  for (const button of document.querySelectorAll("[data-lr-copy]")) button.hidden = false;
});
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-lr-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.lrCopy);
  button.setAttribute("aria-live", "polite");
  try {
    await copy(field);
    button.textContent = "Copied";
  } catch {
    field.select();
    button.textContent = "Press Ctrl+C";
  }
});

// What is asked for once is done once: a second click on the button sends nothing, and it is said that work goes on.
// The button keeps the keyboard's place, so that what is said is heard after it.
function showWorking(form, working) {
  const button = form.querySelector("button.lr-button");
  button.toggleAttribute("data-lr-busy", working);
  if (working) button.setAttribute("aria-disabled", "true");
  else button.removeAttribute("aria-disabled");
  form.querySelector("[data-lr-working]").textContent = working ? form.dataset.lrOnce : "";
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-lr-once]")) return;
  if (event.target.dataset.lrSent) return event.preventDefault();
  event.target.dataset.lrSent = "yes";
  showWorking(event.target, true);
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("[data-lr-sent]")) {
    delete form.dataset.lrSent;
    showWorking(form, false);
  }
});

// A menu that was opened is closed by Escape, which leads back to its button, and by going elsewhere.
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("[data-lr-menu][open]");
  if (!menu) return;
  event.stopImmediatePropagation(); // what lies around it stays open
  menu.open = false;
  menu.querySelector("summary").focus();
});
for (const leaving of ["click", "focusin"]) {
  document.addEventListener(leaving, (event) => {
    for (const menu of document.querySelectorAll("[data-lr-menu][open]")) menu.open = menu.contains(event.target);
  });
}
