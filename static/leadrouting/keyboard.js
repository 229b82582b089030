// What the theme opens for a pointer alone is a button for the keyboard, too: Enter or Space press it, Escape closes what
// it opened and leads back to it.
"use strict";

const PRESSED = "a[x-on\\:click]:not([href]), div[x-on\\:click], span[x-on\\:click]";
const BACKDROP = "#changelist-filter-close"; // beside the filters, which Escape closes
const REACHED = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";

// The field that a menu beside it is for; else what the button says.
function nameOfPressed(button) {
  const field = button.closest(".related-widget-wrapper")?.querySelector("select, input");
  const label = field && document.querySelector(`label[for="${CSS.escape(field.id)}"]`);
  if (label) return `More for ${label.textContent.replace("*", "").trim()}`;
  const words = button.cloneNode(true);
  words.querySelectorAll(".material-symbols-outlined").forEach((icon) => icon.remove());
  const said = button.classList.contains("material-symbols-outlined") ? "" : words.textContent.trim();
  return said || "More";
}

function makeButtons(root) {
  for (const button of root.querySelectorAll(PRESSED)) {
    if (button.matches(BACKDROP) || button.querySelector(REACHED)) continue;
    button.setAttribute("role", "button");
    button.tabIndex = 0;
    button.dataset.lrPressed = "";
    if (!button.hasAttribute("aria-label")) button.setAttribute("aria-label", nameOfPressed(button));
  }
}

// What a button opened, and what closes with it.
function openedBy(button) {
  const name = button.closest(".related-widget-wrapper")?.dataset.id;
  if (name) return document.getElementById(name);
  return button.matches("[x-on\\:click*=filterOpen]") ? document.getElementById("changelist-filter") : null;
}

let last = null;

document.addEventListener("keydown", (event) => {
  const button = event.target.closest?.("[data-lr-pressed]");
  if (button && (event.key === "Enter" || event.key === " ") && !(event.ctrlKey || event.metaKey || event.altKey)) {
    event.preventDefault();
    if (event.repeat) return; // held down, it is pressed once
    button.click();
    last = button;
    setTimeout(() => {
      const inside = [...(openedBy(button)?.querySelectorAll(REACHED) ?? [])];
      inside.find((one) => one.checkVisibility())?.focus();
    }, 150); // the theme lets it appear
  }
  if (event.key === "Escape" && last && openedBy(last)?.contains(event.target)) {
    last.focus();
    last = null;
  }
});

window.addEventListener("load", () => makeButtons(document));
document.addEventListener("formset:added", (event) => makeButtons(event.target));
