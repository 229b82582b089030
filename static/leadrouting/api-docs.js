// The API's page is dark where the reader's system is.
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();

// What the page is drawn with leaves fields without a name, and examples that only a pointer can scroll. The path of an
// operation is a link within the button that opens it, which no screen reader can tell apart; the button leads there too.
function mend(page) {
  for (const link of page.querySelectorAll(".opblock-summary-control a[href]")) link.removeAttribute("href");
  for (const example of page.querySelectorAll(".microlight:not([tabindex])")) example.tabIndex = 0;
  for (const field of page.querySelectorAll(":is(select, textarea, input):not([aria-label], [id], [placeholder^=Filter])")) {
    const row = field.closest("[data-param-name]");
    field.setAttribute("aria-label", row ? row.dataset.paramName : field.matches("select") ? "Kind of body" : "Body");
  }
}
addEventListener("DOMContentLoaded", () => {
  const page = document.getElementById("swagger-ui");
  new MutationObserver(() => mend(page)).observe(page, { childList: true, subtree: true });
});
