// How many of the newest leads the conditions match, asked a moment after they were last changed.
"use strict";

(() => {
  const PAUSE = 500; // milliseconds without a change

  function start(root) {
    const shown = root.querySelector("[data-count]");
    if (!shown) return;
    const form = root.closest("form");
    root.querySelector("[data-count-button]").hidden = true;
    let timer, last, asked;

    function typed() {
      const data = new URLSearchParams();
      for (const field of root.querySelectorAll("[data-part]")) if (!field.disabled) data.append(field.name, field.value);
      return data;
    }

    async function ask() {
      const data = typed();
      if (data.toString() === last) return;
      last = data.toString();
      asked?.abort();
      asked = new AbortController();
      shown.setAttribute("aria-busy", "true");
      data.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
      try {
        const answer = await fetch(root.dataset.countUrl, { method: "POST", body: data, signal: asked.signal });
        if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
        shown.innerHTML = await answer.text();
        shown.removeAttribute("aria-busy");
      } catch (error) {
        if (error.name === "AbortError") return;
        last = undefined;
        shown.removeAttribute("aria-busy");
        shown.textContent = "The matches could not be counted now. Change something, or load the page again.";
      }
    }

    root.addEventListener("lr:changed", () => {
      clearTimeout(timer);
      timer = setTimeout(ask, PAUSE);
    });
    ask();
  }

  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll(".lr-conditions").forEach(start));
})();
