/* Shows a form in the page that this script stands in: in a shadow tree, so that neither's style reaches the other's.
   <script src="https://…/f/NAME/embed.js" async></script>, and if it stands elsewhere data-target="#place". */
(function () {
  "use strict";
  var script = document.currentScript;
  if (!script || !script.src) return;
  var base = script.src.replace(/embed\.js.*$/, "");
  var chosen = script.getAttribute("data-target");
  var said = {{ said|safe }};
  var tags = {{ tags|safe }};
  var wanted = (script.getAttribute("data-lang") || document.documentElement.lang || navigator.language || "").slice(0, 2).toLowerCase();

  function place() {
    var box = document.createElement("div");
    var target = chosen ? document.querySelector(chosen) : null;
    if (target) target.appendChild(box);
    else if (!chosen && script.parentNode && script.parentNode !== document.head) script.parentNode.insertBefore(box, script.nextSibling);
    else document.body.appendChild(box);
    return box;
  }

  function link(box) {
    var a = document.createElement("a");
    a.href = base;
    a.textContent = said[wanted] || said["{{ default }}"];
    var inside = box.shadowRoot || box;
    inside.textContent = "";
    inside.appendChild(a);
  }

  function address() {
    var query = "?embed=1&lang=" + encodeURIComponent(wanted) + "&page=" + encodeURIComponent(location.origin + location.pathname);
    var given = new URLSearchParams(location.search);
    tags.forEach(function (name) {
      if (given.get(name)) query += "&" + name + "=" + encodeURIComponent(given.get(name).slice(0, 300));
    });
    Object.keys(script.dataset).forEach(function (name) {
      if (name.slice(0, 5) === "value") {
        var pair = script.dataset[name].split("=");
        query += "&" + encodeURIComponent(pair.shift()) + "=" + encodeURIComponent(pair.join("="));
      }
    });
    return base + query;
  }

  function start() {
    var box = place();
    if (!window.fetch || !box.attachShadow || !window.URLSearchParams) return link(box);
    fetch(address(), { credentials: "omit", headers: { Accept: "application/json" } })
      .then(function (answer) { return answer.ok ? answer.json() : Promise.reject(answer.status); })
      .then(function (form) { show(box, form); })
      .catch(function () { link(box); });
  }

  function show(box, first) {
    // what the page says of its own boxes must not hide or move this one
    [["display", "block"], ["visibility", "visible"], ["opacity", "1"], ["position", "static"], ["width", "auto"], ["height", "auto"], ["max-width", "none"], ["float", "none"], ["transform", "none"], ["pointer-events", "auto"]]
      .forEach(function (rule) { box.style.setProperty(rule[0], rule[1], "important"); });
    var root = box.attachShadow({ mode: "open" });
    var inner = document.createElement("div");
    style(root, first.css);
    root.appendChild(inner);
    var policy = window.trustedTypes && trustedTypes.createPolicy ? make() : null;
    var captcha = first.captcha && captchaIn(box, first.captcha);

    function make() {
      try { return trustedTypes.createPolicy("leadrouting", { createHTML: function (html) { return html; } }); } catch (error) { return null; }
    }
    function put(html) { inner.innerHTML = policy ? policy.createHTML(html) : html; }
    function focus(element) {
      if (!element) return;
      element.focus({ preventScroll: true });
      element.scrollIntoView({ block: "center" });
    }
    function later(form, button, was, text) {
      var status = form.querySelector(".lead-form__status");
      form.removeAttribute("aria-busy");
      button.textContent = was;
      status.textContent = text;
      status.hidden = false;
      focus(status);
    }

    put(first.html);
    root.addEventListener("click", function (event) {
      var to = event.target.closest && event.target.closest('a[href^="#"]');
      if (!to) return;
      event.preventDefault();
      focus(root.getElementById(to.getAttribute("href").slice(1)));
    });
    root.addEventListener("submit", function (event) {
      var form = event.target, button = form.querySelector(".lead-form__button"), was = button.textContent;
      event.preventDefault();
      if (form.getAttribute("aria-busy")) return;
      form.setAttribute("aria-busy", "true");
      button.textContent = first.words.sending;
      var body = new URLSearchParams();
      new FormData(form).forEach(function (value, name) { body.append(name, value); });
      if (captcha) captcha.answers().forEach(function (pair) { body.append(pair[0], pair[1]); });
      fetch(base + "?embed=1", { method: "POST", body: body, credentials: "omit", headers: { Accept: "application/json" } })
        .then(function (answer) { return answer.json(); })
        .then(function (told) {
          if (told.sent && told.redirect) return location.assign(told.redirect);
          if (!told.html) return later(form, button, was, told.message || first.words.failed);
          put(told.html);
          if (told.sent) {
            if (captcha) captcha.remove();
            focus(inner.firstElementChild);
            box.dispatchEvent(new CustomEvent("leadform:sent", { bubbles: true }));
          } else {
            if (captcha) captcha.again();
            focus(inner.querySelector("[autofocus]"));
          }
        })
        .catch(function () { later(form, button, was, first.words.failed); });
    });
  }

  function style(root, css) {
    try {
      var sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
      root.adoptedStyleSheets = [sheet];
    } catch (error) {
      var element = document.createElement("style");
      element.textContent = css;
      root.appendChild(element);
    }
  }

  // captchas do not work inside a shadow tree: theirs stands in the page, and is shown through the form's slot
  function captchaIn(box, terms) {
    var place = document.createElement("div"), id;
    place.slot = "captcha";
    box.appendChild(place);
    var load = document.createElement("script");
    load.src = terms.script + "?render=explicit";
    load.onload = function () {
      var api = window[terms.api], draw = function () { id = api.render(place, { sitekey: terms.key }); };
      if (api.ready) api.ready(draw); else draw();
    };
    document.head.appendChild(load);
    return {
      answers: function () {
        return [].map.call(place.querySelectorAll("[name]"), function (field) { return [field.name, field.value || ""]; });
      },
      again: function () { if (id !== undefined) window[terms.api].reset(id); },
      remove: function () { place.remove(); }
    };
  }

  if (document.body && (!chosen || document.querySelector(chosen))) start();
  else document.addEventListener("DOMContentLoaded", start);
})();
