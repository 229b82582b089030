// The pictures of the dashboard: Chart.js draws what the server put beside each canvas, in the colours of the page.
"use strict";

(() => {
  const drawn = new Map();
  const FONT = { family: "Inter, sans-serif", size: 11 };
  const MARK_PIXELS = 17;

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--lr-chart-${name}`).trim();
  const count = (number) => number.toLocaleString("en");

  // Stripes, so that no picture needs its hues to be told apart.
  function striped(name) {
    const ratio = window.devicePixelRatio || 1;
    const tile = document.createElement("canvas");
    tile.width = tile.height = Math.round(7 * ratio);
    const pen = tile.getContext("2d");
    pen.fillStyle = colour(`${name}-ground`);
    pen.fillRect(0, 0, tile.width, tile.height);
    pen.strokeStyle = colour(name);
    pen.lineWidth = 1.5 * ratio;
    for (const shift of [-tile.width, 0, tile.width]) {
      pen.beginPath();
      pen.moveTo(shift, tile.height);
      pen.lineTo(shift + tile.width, 0);
      pen.stroke();
    }
    const pattern = pen.createPattern(tile, "repeat");
    pattern.setTransform(new DOMMatrix().scale(1 / ratio));
    return pattern;
  }

  const LOOKS = {
    main: () => ({ backgroundColor: colour("main") }),
    second: () => ({ backgroundColor: striped("second"), borderColor: colour("second"), borderWidth: 1 }),
    late: () => ({ backgroundColor: striped("late"), borderColor: colour("late"), borderWidth: 1 }),
  };

  function series(each) {
    const look = LOOKS[each.look || "main"]();
    const late = each.late && LOOKS.late();
    const bar = (property) => (late ? each.late.map((yes) => (yes ? late : look)[property] ?? "transparent") : look[property]);
    return {
      label: each.name,
      data: each.values,
      backgroundColor: bar("backgroundColor"),
      hoverBackgroundColor: bar("backgroundColor"),
      borderColor: bar("borderColor"),
      borderWidth: late ? each.late.map((yes) => (yes || look.borderWidth ? 1 : 0)) : look.borderWidth || 0,
    };
  }

  // Upright lines at a place between the bars, each with its words in a row of its own above them.
  const marks = (list) => ({
    id: "marks",
    afterDatasetsDraw({ ctx, chartArea, data }) {
      const placed = list.map((mark, row) => ({
        ...mark,
        x: chartArea.left + (mark.at * chartArea.width) / data.labels.length,
        y: chartArea.top - (list.length - row) * MARK_PIXELS + 4,
        dash: row ? [2, 3] : [],
      }));
      ctx.save();
      ctx.font = `500 12px ${FONT.family}`;
      ctx.textBaseline = "middle";
      ctx.strokeStyle = colour("strong");
      for (const { x, y, dash } of placed) {
        ctx.setLineDash(dash);
        ctx.beginPath();
        ctx.moveTo(x, y - 7);
        ctx.lineTo(x, chartArea.bottom);
        ctx.stroke();
      }
      for (const { x, y, text } of placed) {
        const width = ctx.measureText(text).width;
        const left = x + 6 + width < chartArea.right ? x + 6 : x - 6 - width;
        ctx.fillStyle = colour("ground");
        ctx.fillRect(left - 3, y - 8, width + 6, 16);
        ctx.fillStyle = colour("strong");
        ctx.fillText(text, left, y);
      }
      ctx.restore();
    },
  });

  const tooltip = (callbacks) => ({
    callbacks,
    backgroundColor: colour("tip"),
    titleFont: { ...FONT, size: 12, weight: 600 },
    bodyFont: { ...FONT, size: 12 },
    padding: 9,
    boxPadding: 4,
    displayColors: false,
  });

  // Bars of one label stand close together, however much room there is.
  function thickness(value) {
    if (value.marks) return { maxBarThickness: 64 };
    if (value.series.length === 1) return { maxBarThickness: 18 };
    const slots = value.labels.length * (value.series.length + 0.8);
    return { barThickness: ({ chart }) => Math.max(2, Math.min(22, (chart.width - 40) / slots)) };
  }

  function bars(canvas, value) {
    const quiet = { color: colour("quiet"), font: FONT };
    const many = value.series.length > 1;
    return new Chart(canvas, {
      type: "bar",
      data: { labels: value.labels, datasets: value.series.map(series) },
      plugins: value.marks ? [marks(value.marks)] : [],
      options: {
        animation: false,
        responsive: true,
        maintainAspectRatio: false,
        layout: { padding: { top: value.marks ? value.marks.length * MARK_PIXELS + 4 : 0 } },
        interaction: { mode: "index", intersect: false },
        plugins: {
          legend: { display: many, align: "end", labels: { ...quiet, boxWidth: 14, boxHeight: 10 } },
          tooltip: tooltip({
            title: (items) => value.titles[items[0].dataIndex],
            label: (item) => `${item.dataset.label}: ${count(item.raw)}`,
          }),
        },
        datasets: { bar: { borderRadius: 3, categoryPercentage: 0.78, barPercentage: 0.92, ...thickness(value) } },
        scales: {
          x: { grid: { display: false }, border: { display: false }, ticks: { ...quiet, maxRotation: many ? 45 : 0 } },
          y: {
            beginAtZero: true,
            grid: { color: colour("grid") },
            border: { display: false },
            ticks: { ...quiet, precision: 0, maxTicksLimit: 5 },
          },
        },
      },
    });
  }

  // --- the flow: what is not one list of leads opens the table of the picture instead

  function open(url, canvas) {
    if (url) return window.location.assign(url);
    const table = document.getElementById(canvas.dataset.lrTable);
    table.open = true;
    table.scrollIntoView({ block: "nearest" });
  }

  // The places are links above the picture, so that they can be reached and read like any other link.
  function placeLinks(canvas, value) {
    const links = new Map();
    canvas.parentElement.querySelectorAll(".lr-place-link").forEach((old) => old.remove());
    for (const node of value.nodes) {
      const link = document.createElement("a");
      link.className = `lr-place-link lr-place-link--${node.column === 3 ? "before" : "after"}`;
      link.href = node.url || `#${canvas.dataset.lrTable}`;
      link.title = `${node.label}: ${told(node.count, value.total)}`;
      const name = document.createElement("span");
      const number = document.createElement("b");
      name.textContent = node.label;
      number.textContent = count(node.count);
      link.append(name, " ", number);
      if (!node.url) link.addEventListener("click", () => open("", canvas));
      canvas.parentElement.append(link);
      links.set(node.key, link);
    }
    return links;
  }

  const told = (part, total) => `${count(part)} of ${count(total)} leads (${((100 * part) / total).toFixed(1)} %)`;

  const places = (links, width) => ({
    id: "places",
    afterDraw(chart) {
      const boxes = new Map();
      const stretch = (key, x, top, bottom) => {
        const box = boxes.get(key) || { x, top, bottom };
        boxes.set(key, { x, top: Math.min(top, box.top), bottom: Math.max(bottom, box.bottom) });
      };
      for (const flow of chart.getDatasetMeta(0).data) {
        stretch(flow.from.key, flow.x - width, flow.y, flow.y + flow.height);
        stretch(flow.to.key, flow.x2, flow.y2, flow.y2 + flow.height);
      }
      for (const [key, { x, top, bottom }] of boxes) {
        const link = links.get(key);
        link.style.top = `${(top + bottom) / 2}px`;
        link.style.left = `${x + width}px`;
        link.style.setProperty("--lr-place-width", `${width}px`);
      }
    },
  });

  function flow(canvas, value) {
    const width = 12;
    const of = (property) => Object.fromEntries(value.nodes.map((node) => [node.key, node[property]]));
    const names = of("label");
    const tone = (context, name) => colour(context.raw?.end ? `end${name}` : `flow${name}`);
    return new Chart(canvas, {
      type: "sankey",
      data: {
        datasets: [
          {
            data: value.flows.map((each) => ({ ...each, flow: each.count })),
            column: of("column"),
            priority: of("rank"),
            nodeLabels: { display: false },
            nodeWidth: width,
            nodePadding: 20,
            nodePaddingMode: "even",
            nodeMinSize: 3,
            borderWidth: 0,
            colorFrom: () => colour("main"),
            colorTo: (context) => colour(context.raw?.end ? "late" : "main"),
            hoverColorFrom: () => colour("main"),
            hoverColorTo: (context) => colour(context.raw?.end ? "late" : "main"),
            flowColor: (context) => tone(context, ""),
            hoverFlowColor: (context) => tone(context, "-hover"),
          },
        ],
      },
      plugins: [places(placeLinks(canvas, value), width)],
      options: {
        animation: false,
        animations: { colors: false, numbers: false, progress: false },
        transitions: { active: { animation: { duration: 0 } } },
        responsive: true,
        maintainAspectRatio: false,
        layout: { padding: { top: 4, bottom: 4, left: 0, right: 0 } },
        plugins: {
          legend: { display: false },
          tooltip: tooltip({
            title: (items) => `${names[items[0].raw.from]} → ${names[items[0].raw.to]}`,
            label: (item) => told(item.raw.count, value.total),
          }),
        },
        onHover: (event, [found]) => {
          event.native.target.style.cursor = found ? "pointer" : "default";
        },
        onClick: (event, [found]) => found && open(value.flows[found.index].url, canvas),
      },
    });
  }

  // Pictures that are to be compared: a lead is as high in one as in the other.
  function scaleAlike(charts) {
    const most = Math.max(...charts.map((chart) => chart.scales.y.max));
    for (const chart of charts) {
      if (chart.scales.y.max === most) continue;
      chart.options.scales.y.max = most;
      chart.update("none");
    }
  }

  // --- drawn once for each canvas, and given back with it

  const KINDS = { bars, flow };

  function draw() {
    for (const [canvas, chart] of drawn) {
      if (!canvas.isConnected) {
        chart.destroy();
        drawn.delete(canvas);
      }
    }
    for (const canvas of document.querySelectorAll("canvas[data-lr-chart]")) {
      if (!drawn.has(canvas)) drawn.set(canvas, KINDS[canvas.dataset.lrChart](canvas, JSON.parse(canvas.dataset.lrValue)));
    }
    scaleAlike([...drawn.entries()].filter(([canvas]) => canvas.dataset.lrAlike).map(([, chart]) => chart));
  }

  function drawAnew() {
    for (const chart of drawn.values()) chart.destroy();
    drawn.clear();
    draw();
  }

  draw();
  document.addEventListener("htmx:afterSwap", draw);
  document.fonts.ready.then(drawAnew);
  let dark = document.documentElement.classList.contains("dark");
  new MutationObserver(() => {
    const now = document.documentElement.classList.contains("dark");
    if (now !== dark) drawAnew();
    dark = now;
  }).observe(document.documentElement, { attributeFilter: ["class"] });
})();
