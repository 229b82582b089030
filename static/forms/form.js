/* The form's own page: sent once however often it is clicked; a form that comes back from history can be sent again. */
(function () {
  "use strict";
  var form = document.querySelector(".lead-form");
  var button = form && form.querySelector(".lead-form__button");
  if (!button) return;
  var said = button.textContent;
  form.addEventListener("submit", function (event) {
    if (form.getAttribute("aria-busy")) return event.preventDefault();
    form.setAttribute("aria-busy", "true");
    button.textContent = form.getAttribute("data-sending");
  });
  window.addEventListener("pageshow", function () {
    form.removeAttribute("aria-busy");
    button.textContent = said;
  });
})();
