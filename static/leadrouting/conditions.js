// The rows of a rule's conditions: only comparisons that fit the field, suggestions, adding and removing rows.
"use strict";

(() => {
  const WITHOUT_VALUE = new Set(["empty", "not_empty"]);
  const PLACEHOLDERS = {
    any_of: "US, CA, GB",
    none_of: "US, CA, GB",
    between: "10 to 500",
    in_postal: "94*, 90000-96199",
    in_last_days: "30",
    matches: "^head of",
  };

  const part = (row, name) => row.querySelector(`[data-part=${name}]`);

  function refresh(row, fields) {
    const field = part(row, "field");
    const other = part(row, "other");
    const op = part(row, "op");
    const value = part(row, "value");
    other.hidden = field.value !== "other";
    const known = fields[field.value] || fields.other;
    for (const option of op.options) {
      option.hidden = option.disabled = !known.operators.includes(option.value);
    }
    if (op.selectedOptions.length && op.selectedOptions[0].disabled) {
      op.value = known.operators.includes("is") ? "is" : known.operators[0];
    }
    value.hidden = WITHOUT_VALUE.has(op.value);
    value.placeholder = PLACEHOLDERS[op.value] || (known.options.length ? known.options.join(", ") : "");
    suggest(value, known.options);
    op.disabled = value.disabled = false;
    row.classList.toggle("lr-row--blank", field.value === "");
  }

  function suggest(input, options) {
    const id = `${input.name}-options`;
    document.getElementById(id)?.remove();
    input.removeAttribute("list");
    if (!options.length) return;
    const list = document.createElement("datalist");
    list.id = id;
    list.append(...options.map((option) => new Option(option)));
    input.after(list);
    input.setAttribute("list", id);
  }

  function number(root) {
    root.querySelectorAll(".lr-group").forEach((group, g) => {
      group.querySelectorAll("[data-row]").forEach((row, r) => {
        row.querySelectorAll("[data-part]").forEach((input) => {
          input.name = `${root.dataset.name}-${g}-${r}-${input.dataset.part}`;
        });
      });
    });
  }

  function blankRow(template) {
    const row = template.cloneNode(true);
    row.classList.remove("lr-row--error");
    row.querySelectorAll(".lr-row__error, datalist").forEach((node) => node.remove());
    row.querySelectorAll("input").forEach((input) => (input.value = ""));
    row.querySelectorAll("select").forEach((select) => (select.selectedIndex = 0));
    return row;
  }

  function start(root) {
    const fields = JSON.parse(document.getElementById("condition-fields").textContent);
    const template = blankRow(root.querySelector("[data-row]"));
    const groupTemplate = root.querySelector(".lr-group").cloneNode(true);
    groupTemplate.querySelectorAll("[data-row]").forEach((row) => row.remove());

    const isBlank = (row) => part(row, "field").value === "";
    root.querySelectorAll(".lr-group").forEach((group, g) => {
      group.querySelectorAll("[data-row]").forEach((row) => isBlank(row) && row.remove());
      if (!group.querySelector("[data-row]") && g > 0) group.remove();
    });
    root.querySelectorAll("[data-add-row], [data-add-group], [data-remove]").forEach((b) => (b.hidden = false));

    function update() {
      number(root);
      root.querySelectorAll("[data-row]").forEach((row) => refresh(row, fields));
    }

    function addRow(group) {
      const row = blankRow(template);
      row.querySelector("[data-remove]").hidden = false;
      group.querySelector("[data-add-row]").before(row);
      update();
      part(row, "field").focus();
    }

    root.addEventListener("change", update);
    root.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      const group = button.closest(".lr-group");
      if ("addRow" in button.dataset) addRow(group);
      if ("addGroup" in button.dataset) {
        const fresh = groupTemplate.cloneNode(true);
        fresh.querySelectorAll("[data-add-row]").forEach((b) => (b.hidden = false));
        button.before(fresh);
        addRow(fresh);
      }
      if ("remove" in button.dataset) {
        button.closest("[data-row]").remove();
        if (!group.querySelector("[data-row]") && root.querySelectorAll(".lr-group").length > 1) group.remove();
        update();
      }
    });
    update();
  }

  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll(".lr-conditions").forEach(start));
})();
