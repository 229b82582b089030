// The value of a condition: a list to choose from, a number with its unit, a day, a range, several values, or a text.
// What is saved is always the text in the field that the page came with; the editors beside it write it.
"use strict";

window.leadroutingConditions = {};

((shared) => {
  const LISTS = new Set(["any_of", "none_of", "in_postal", "in_territory"]);
  const COMPARED = new Set(["lt", "lte", "gt", "gte"]);
  const YES_NO = [{ value: "yes", label: "Yes" }, { value: "no", label: "No" }];
  const DAY = /^\d{4}-\d{2}-\d{2}$/;
  const HINTS = { in_postal: "94*, 90000-96199", matches: "^head of", has_signal: "any strength" };

  const fold = (text) => text.trim().toLowerCase();

  function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== "" && value !== undefined) made.setAttribute(name, value);
    }
    made.append(...children);
    return made;
  }

  // Several values in one text: commas between them, quotes around one that has a comma itself.
  function split(text) {
    const found = text.matchAll(/\s*(?:"((?:[^"]|"")*)"\s*(?=[,\n]|$)|([^,\n]*))(?:[,\n]|$)/g);
    const items = [...found].map(([, quoted, plain]) => (quoted === undefined ? plain.trim() : quoted.replaceAll('""', '"')));
    return items.filter((item) => item !== "");
  }
  const join = (items) => items.map((item) => (/[,\n]|^\s*"/.test(item) ? `"${item.replaceAll('"', '""')}"` : item)).join(", ");

  function ends(text) {
    if (text.trim() === "") return ["", ""];
    const parts = ` ${text} `.split(/\s+to\s+/).map((part) => part.trim());
    return parts.length === 2 ? parts : null;
  }

  const matching = (options, text) => options.find((option) => fold(option.value) === fold(text) || fold(option.label) === fold(text));

  function input(given, label, attributes = {}) {
    return element("input", { type: "text", class: "lr-input", "aria-label": label, autocomplete: "off", ...given.described, ...attributes });
  }

  const EDITORS = {
    text(given) {
      const field = input(given, "Value", { list: given.list?.id, placeholder: HINTS[given.op], spellcheck: "false" });
      field.value = given.text;
      field.addEventListener("input", () => given.write(field.value));
      field.addEventListener("change", () => {
        const known = given.op.startsWith("is") && matching(given.options, field.value); // US-CA for California
        if (known) given.write((field.value = known.value));
      });
      return field;
    },

    number(given) {
      const field = input(given, given.unit ? `Value, ${given.unit}` : "Value", { inputmode: "decimal", placeholder: HINTS[given.op] });
      field.value = given.text;
      field.addEventListener("input", () => given.write(field.value));
      return withUnit(given, field);
    },

    day(given) {
      const field = input(given, "Value, a day", { type: "date" });
      field.value = given.text;
      field.addEventListener("input", () => given.write(field.value));
      return field;
    },

    range(given) {
      const kind = given.kind === "instant" ? { type: "date" } : given.kind === "number" ? { inputmode: "decimal" } : {};
      const fields = ["From", "to"].map((word) => input(given, `Value, ${word.toLowerCase()}${given.unit ? `, ${given.unit}` : ""}`, kind));
      ends(given.text).forEach((end, at) => (fields[at].value = end));
      const write = () => given.write(fields.some((field) => field.value) ? fields.map((field) => field.value.trim()).join(" to ") : "");
      fields.forEach((field) => field.addEventListener("input", write));
      const [from, to] = fields;
      return withUnit(given, element("span", { class: "lr-range" }, from, element("span", { "aria-hidden": "true" }, "to"), to));
    },

    choice(given) {
      const field = element("select", { class: "lr-input", "aria-label": "Value", ...given.described });
      field.append(new Option("— choose —", ""));
      for (const option of given.options) field.append(new Option(option.label, option.value));
      const known = matching(given.options, given.text);
      if (!known && given.text) field.append(new Option(`${given.text} (not in the list)`, given.text));
      field.value = known ? known.value : given.text;
      field.addEventListener("change", () => given.write(field.value));
      return field;
    },

    several(given) {
      const list = element("ul", { class: "lr-several__list" });
      const field = input(given, "Value: add one and press Enter", { list: given.list?.id, placeholder: HINTS[given.op] || "add and press Enter" });
      const items = split(given.text);
      const label = (item) => matching(given.options, item)?.label ?? item;
      const write = () => given.write(join(field.value.trim() ? [...items, field.value.trim()] : items));

      function draw() {
        list.replaceChildren(
          ...items.map((item, at) => {
            const remove = element("button", { type: "button", class: "lr-several__remove", "aria-label": `Remove ${label(item)}` }, "×");
            remove.addEventListener("click", () => take(at));
            const strange = given.closed && !matching(given.options, item);
            return element("li", { class: strange ? "lr-several__item lr-several__item--strange" : "lr-several__item" }, label(item), remove);
          }),
        );
        list.hidden = !items.length;
      }
      function take(at) {
        const [gone] = items.splice(at, 1);
        draw();
        write();
        given.said(`${label(gone)} removed, ${items.length} left`);
        (list.querySelectorAll("button")[Math.min(at, items.length - 1)] || field).focus();
      }
      function add() {
        const typed = split(field.value).map((text) => matching(given.options, text)?.value ?? text);
        const fresh = typed.filter((item, at) => !items.includes(item) && typed.indexOf(item) === at);
        field.value = "";
        items.push(...fresh);
        draw();
        write();
        const strange = given.closed ? fresh.filter((item) => !matching(given.options, item)) : [];
        if (strange.length) given.said(`${strange.join(", ")} is not in the list`);
        else if (fresh.length) given.said(`${fresh.map(label).join(", ")} added, ${items.length} in all`);
      }
      field.addEventListener("keydown", (event) => {
        const complete = event.key === "Enter" || (event.key === "," && !field.value.trimStart().startsWith('"'));
        if (complete && field.value.trim()) {
          event.preventDefault();
          add();
        } else if (event.key === "Enter") {
          event.preventDefault(); // it ends a value here; it does not save the rule
        } else if (event.key === "Backspace" && !field.value && items.length) {
          event.preventDefault();
          take(items.length - 1);
          field.focus();
        }
      });
      field.addEventListener("input", (event) => {
        const chosen = event.inputType === "insertReplacementText" || event.inputType === undefined;
        if (chosen && given.options.some((option) => option.value === field.value)) add();
        else write();
      });
      field.addEventListener("change", () => field.value.trim() && add());
      draw();
      return element("div", { class: "lr-several", role: "group", "aria-label": "Values" }, list, field);
    },
  };

  function withUnit(given, field) {
    if (!given.unit) return field;
    return element("span", { class: "lr-unit" }, field, element("span", { class: "lr-unit__name", "aria-hidden": "true" }, given.unit));
  }

  // Which editor fits; a text that it could not show is edited as a text.
  function editorOf({ kind, op, text, options, closed }) {
    if (LISTS.has(op)) return "several";
    if (op === "between") return ends(text) && (kind !== "instant" || ends(text).every((end) => !end || DAY.test(end))) ? "range" : "text";
    if (COMPARED.has(op) || op === "in_last_days" || op === "has_signal") return "number";
    if (op === "before" || op === "after" || kind === "instant") return !text || DAY.test(text) ? "day" : "text";
    if (op !== "is" && op !== "is_not") return "text";
    if (kind === "yes_no" || (closed && options.length)) return "choice";
    return kind === "number" ? "number" : "text";
  }

  const UNITS = { in_last_days: "days", has_signal: "from 0 to 1" };

  // Put the editor that fits beside the field that is saved, unless it stands there already.
  shared.showEditor = (box, { kind, op, unit, list, said }) => {
    const source = box.querySelector("[data-part=value]");
    const bare = op === "empty" || op === "not_empty";
    const options = kind === "yes_no" ? YES_NO : [...(list?.options ?? [])].map(({ value, label }) => ({ value, label: label || value }));
    const given = { kind, op, list, options, said, closed: kind === "yes_no" || list?.hasAttribute("data-closed"), text: source.value };
    given.unit = UNITS[op] ?? (LISTS.has(op) ? "" : unit);
    const name = bare ? "" : editorOf(given);
    const signature = [name, kind, op, given.unit, list?.id].join("|");
    source.hidden = true;
    source.removeAttribute("aria-label");
    if (box.dataset.editor === signature) return;
    if (name === "choice" && split(given.text).length > 1) given.text = source.value = split(given.text)[0];
    given.described = source.hasAttribute("aria-describedby")
      ? { "aria-invalid": "true", "aria-describedby": source.getAttribute("aria-describedby") }
      : {};
    given.write = (text) => {
      source.value = text;
      box.dispatchEvent(new CustomEvent("lr:value", { bubbles: true }));
    };
    box.dataset.editor = signature;
    [...box.children].filter((child) => child !== source).forEach((child) => child.remove());
    if (name) box.append(EDITORS[name](given));
  };
})(window.leadroutingConditions);
