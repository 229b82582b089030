// The conditions of a rule: lines and groups are added, doubled and removed; comparisons and values fit the field.
"use strict";

((shared) => {
  const part = (row, name) => row.querySelector(`[data-part=${name}]`);
  const rowsOf = (group) => [...group.querySelectorAll("[data-row]")];

  function start(root) {
    const known = JSON.parse(document.getElementById("condition-fields").textContent);
    const groupsOf = () => [...root.querySelectorAll("[data-group]")];
    const saidAt = root.querySelector("[data-said]");
    const said = (text) => (saidAt.textContent = text);
    const changed = () => root.dispatchEvent(new CustomEvent("lr:changed"));

    // --- one line ---------------------------------------------------------------------------------------------------

    function fieldOf(row) {
      const chosen = part(row, "field").value;
      const name = chosen === "other" ? part(row, "other").value.trim() : chosen;
      const family = Object.keys(known.families).find((prefix) => name.startsWith(prefix) && name !== prefix);
      return known.fields[name] ?? { kind: known.families[family] ?? "any", unit: "", choices: name };
    }

    function refresh(row) {
      const { kind, unit, choices } = fieldOf(row);
      const op = part(row, "op");
      const fitting = known.operators[kind];
      const blank = part(row, "field").value === "";
      part(row, "other").hidden = part(row, "field").value !== "other";
      for (const option of op.options) option.hidden = option.disabled = !fitting.includes(option.value);
      if (!fitting.includes(op.value)) op.value = fitting.includes("is") ? "is" : fitting.at(-1);
      op.disabled = blank;
      row.classList.toggle("lr-row--blank", blank);
      const list = [...root.querySelectorAll("[data-choices]")].find((one) => one.dataset.choices === choices);
      shared.showEditor(row.querySelector("[data-value]"), { kind, op: op.value, unit, list, said });
      row.querySelector("[data-value]").inert = blank;
      row.dataset.choices = `${kind} ${choices}`;
    }

    // A value of another kind of field would mean nothing there.
    function refreshAfter(row) {
      const { kind, choices } = fieldOf(row);
      const other = `${kind} ${choices}` !== row.dataset.choices;
      const box = row.querySelector("[data-value]");
      if (other && part(row, "field").value !== "" && row.dataset.choices !== "any ") {
        part(row, "value").value = "";
        delete box.dataset.editor;
      }
      refresh(row);
    }

    // What was wrong is being mended: whether it is right now, the count and the next save say.
    function forgive(row) {
      row.classList.remove("lr-row--error");
      row.querySelector(".lr-row__error")?.remove();
      for (const field of row.querySelectorAll("[aria-invalid]")) {
        field.removeAttribute("aria-invalid");
        field.removeAttribute("aria-describedby");
      }
    }

    function freshRow() {
      const row = template.cloneNode(true);
      row.querySelector("[data-value]").removeAttribute("data-editor");
      return row;
    }

    function copyOf(row) {
      const copy = freshRow();
      for (const field of row.querySelectorAll("[data-part]")) part(copy, field.dataset.part).value = field.value;
      return copy;
    }

    // --- all of them ------------------------------------------------------------------------------------------------

    function update() {
      const groups = groupsOf();
      groups.forEach((group, g) => {
        const rows = rowsOf(group);
        group.querySelector("[data-legend]").textContent = `Group ${g + 1}: ${rows.length > 1 ? "all of these must hold" : "this must hold"}`;
        name(group, "duplicate-group", `Duplicate group ${g + 1}`);
        name(group, "remove-group", `Remove group ${g + 1}`);
        group.querySelector("[data-act=remove-group]").hidden = groups.length < 2 && !rows.length;
        rows.forEach((row, r) => {
          for (const field of row.querySelectorAll("[data-part]")) field.name = `${root.dataset.name}-${g}-${r}-${field.dataset.part}`;
          name(row, "duplicate-row", `Duplicate line ${r + 1} of group ${g + 1}`);
          name(row, "remove-row", `Remove line ${r + 1} of group ${g + 1}`);
          refresh(row);
        });
      });
      changed();
    }

    function name(within, act, text) {
      const button = within.querySelector(`[data-act=${act}]`);
      button.setAttribute("aria-label", text);
      button.title = text;
    }

    const number = (group) => groupsOf().indexOf(group) + 1;
    const lines = (group) => `group ${number(group)} has ${rowsOf(group).length === 1 ? "1 line" : `${rowsOf(group).length} lines`}`;
    const focusOn = (row) => part(row, "field").focus();

    function freshGroup(rows) {
      const group = groupTemplate.cloneNode(true);
      group.querySelector("[data-legend]").after(...rows);
      return group;
    }

    const ACTS = {
      "add-row"(group) {
        const row = freshRow();
        group.querySelector(".lr-group__acts").before(row);
        update();
        focusOn(row);
        said(`Line added, ${lines(group)}`);
      },
      "duplicate-row"(group, row) {
        const copy = copyOf(row);
        row.after(copy);
        update();
        focusOn(copy);
        said(`Line doubled, ${lines(group)}`);
      },
      "remove-row"(group, row) {
        const at = rowsOf(group).indexOf(row);
        row.remove();
        if (!rowsOf(group).length && groupsOf().length > 1) return ACTS["remove-group"](group);
        update();
        const next = rowsOf(group)[at] ?? rowsOf(group)[at - 1];
        next ? focusOn(next) : group.querySelector("[data-act=add-row]").focus();
        said(`Line removed, ${lines(group)}`);
      },
      "add-group"() {
        const row = freshRow();
        const group = freshGroup([row]);
        adder.before(group);
        update();
        focusOn(row);
        said(`Group ${number(group)} added`);
      },
      "duplicate-group"(group) {
        const copy = freshGroup(rowsOf(group).map(copyOf));
        group.after(copy);
        update();
        (part(copy, "field") ?? copy.querySelector("[data-act=add-row]")).focus();
        said(`Group doubled as group ${number(copy)}`);
      },
      "remove-group"(group) {
        const at = groupsOf().indexOf(group);
        if (groupsOf().length > 1) group.remove();
        else rowsOf(group).forEach((row) => row.remove());
        update();
        const next = groupsOf()[Math.min(at, groupsOf().length - 1)];
        (part(next, "field") ?? next.querySelector("[data-act=add-row]")).focus();
        said(`Group ${at + 1} removed, ${groupsOf().length} left`);
      },
    };

    // --- as the page came: blank lines are for those without a script ------------------------------------------------

    const template = root.querySelector("[data-row]").cloneNode(true);
    template.classList.remove("lr-row--error");
    template.querySelector(".lr-row__error")?.remove();
    for (const field of template.querySelectorAll("[data-part]")) {
      field.removeAttribute("aria-invalid");
      field.removeAttribute("aria-describedby");
      field.matches("select") ? [...field.options].forEach((option) => option.removeAttribute("selected")) : field.setAttribute("value", "");
    }
    for (const own of [template, root]) own.querySelectorAll("[data-script]").forEach((hidden) => (hidden.hidden = false));
    const groupTemplate = root.querySelector("[data-group]").cloneNode(true);
    rowsOf(groupTemplate).forEach((row) => row.remove());
    const adder = root.querySelector("[data-act=add-group]");
    const isBlank = (row) => !part(row, "field").value && !part(row, "value").value && !row.querySelector(".lr-row__error");
    groupsOf().forEach((group, g) => {
      rowsOf(group).filter(isBlank).forEach((row) => row.remove());
      if (!rowsOf(group).length && g > 0) group.remove();
    });
    root.querySelector("[data-plain]").hidden = true;

    root.addEventListener("click", (event) => {
      const button = event.target.closest("[data-act]");
      if (button) ACTS[button.dataset.act](button.closest("[data-group]"), button.closest("[data-row]"));
    });
    root.addEventListener("change", (event) => {
      const row = event.target.closest("[data-row]");
      if (!row || !event.target.dataset.part) return;
      forgive(row);
      refreshAfter(row);
      changed();
    });
    root.addEventListener("input", (event) => event.target.dataset.part === "other" && refresh(event.target.closest("[data-row]")));
    root.addEventListener("lr:value", (event) => {
      forgive(event.target.closest("[data-row]"));
      changed();
    });
    update();
    root.querySelector(".lr-row--error [data-part=field]")?.focus();
  }

  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll(".lr-conditions").forEach(start));
})(window.leadroutingConditions);
