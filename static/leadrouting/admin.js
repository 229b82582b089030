// After the dashboard has refreshed itself its charts are drawn again.
"use strict";

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id === "dashboard" && typeof renderCharts === "function") renderCharts();
});
