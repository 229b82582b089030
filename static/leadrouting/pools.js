// The form of a pool: what the turn tolerance means, and the share that each weight results in, while somebody types.
"use strict";

(() => {
  // --- the turn tolerance: the slider and the number are one value

  function words(spoken, method, text) {
    const says = spoken[method];
    if (!says || says.never) return says?.never || "";
    const value = text === "" ? says.usual : Number(text);
    return value > 0 ? says.loose.replace("{turns}", `${value} turn${value === 1 ? "" : "s"}`) : says.strict;
  }

  function tolerance(box) {
    const spoken = JSON.parse(box.dataset.lrTolerance);
    const method = document.querySelector("select[name=strategy]");
    const slider = box.querySelector("input[type=range]");
    const number = box.querySelector("input[type=number]");
    const sentence = box.querySelector(".lr-tolerance__words");
    if (!method) return;

    function show() {
      const says = spoken[method.value] || {};
      box.querySelector(".lr-tolerance__row").hidden = "never" in says;
      number.placeholder = says.usual ?? "";
      slider.value = number.value === "" ? says.usual ?? 0 : number.value;
      slider.setAttribute("aria-valuetext", `${slider.value} turns`);
      const told = words(spoken, method.value, number.value);
      if (sentence.textContent !== told) sentence.textContent = told;
    }

    slider.addEventListener("input", () => {
      number.value = slider.value;
      show();
    });
    number.addEventListener("input", show);
    method.addEventListener("change", show);
    slider.closest("[hidden]").hidden = false;
    show();
  }

  // --- weights: typed or dragged, and the share that each results in

  const LEAST_WEIGHT = 0.1;
  const MOST_WEIGHT = 5; // whoever wants more types it

  const inRows = (group) =>
    [...group.querySelectorAll("tbody.form-group:not(.empty-form)")].map((row) => ({
      weight: row.querySelector("input[name$='-weight']"),
      gone: row.querySelector("input[name$='-DELETE']")?.checked,
      cell: row.querySelector(".field-share"),
    }));

  function bar(percent) {
    const share = document.createElement("span");
    const meter = document.createElement("meter");
    const text = document.createElement("span");
    share.className = "lr-share";
    Object.assign(meter, { min: 0, max: 100, value: percent });
    text.textContent = `${percent >= 10 || percent === Math.trunc(percent) ? percent.toFixed(0) : percent.toFixed(1)}%`;
    share.append(meter, text);
    return share;
  }

  // The slider beside a weight is one value with it.
  function slider(weight) {
    const found = weight.parentElement.querySelector(".lr-weight");
    if (found) return found;
    const made = document.createElement("input");
    const whose = weight.closest("tr").querySelector(".lr-person")?.lastChild.textContent.trim();
    Object.assign(made, { type: "range", className: "lr-weight", min: LEAST_WEIGHT, max: MOST_WEIGHT, step: LEAST_WEIGHT });
    made.setAttribute("aria-label", `Weight${whose ? ` of ${whose}` : ""}, as a slider`);
    made.addEventListener("input", () => {
      weight.value = made.value;
    });
    weight.after(made);
    return made;
  }

  function shares(group) {
    const rows = inRows(group).filter((row) => row.weight && row.cell);
    for (const { weight } of rows) slider(weight).value = weight.value;
    const weigh = ({ weight, gone }) => (gone ? 0 : Math.max(0, Number(weight.value) || 0));
    const sum = rows.reduce((all, row) => all + weigh(row), 0);
    for (const row of rows) {
      const old = row.cell.querySelector(".lr-share") || row.cell.querySelector(".lr-quiet");
      old?.replaceWith(bar(sum ? (100 * weigh(row)) / sum : 0));
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-lr-tolerance]").forEach(tolerance);
    const group = document.getElementById("members-group");
    if (!group?.querySelector("input[name$='-weight']")) return;
    shares(group);
    for (const name of ["input", "change"]) group.addEventListener(name, () => shares(group));
    for (const name of ["formset:added", "formset:removed"]) document.addEventListener(name, () => shares(group));
  });
})();
