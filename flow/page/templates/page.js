// SPDX-License-Identifier: Apache-2.0
"use strict";

const content = JSON.parse(document.getElementById("data").textContent);
const sample = content.sample;
const byId = (name) => document.getElementById(name);
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const shown = new Map(); // by the name of its element: how to draw a figure again

function layout(own) {
  const axis = { gridcolor: colour("--grid"), zerolinecolor: colour("--grid"), linecolor: colour("--line"), automargin: true };
  const rest = { ...own };
  delete rest.xaxis;
  delete rest.yaxis;
  return {
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { color: colour("--text"), size: 12 },
    colorway: [0, 1, 2, 3, 4].map((number) => colour(`--c${number}`)), margin: { l: 60, r: 16, t: 10, b: 44 },
    hoverlabel: { bgcolor: colour("--card"), font: { color: colour("--text") } },
    xaxis: { ...axis, ...own.xaxis }, yaxis: { ...axis, ...own.yaxis }, ...rest,
  };
}

function draw(name, make) {
  shown.set(name, make);
  const figure = make();
  return Plotly.react(byId(name), figure.data, layout(figure.layout), { responsive: true, displaylogo: false });
}

// Themes: the system's, until the button says otherwise.
const dark = window.matchMedia("(prefers-color-scheme: dark)");
let theme = "as the system";
function applyTheme() {
  const chosen = theme === "as the system" ? (dark.matches ? "dark" : "light") : theme;
  document.documentElement.dataset.theme = chosen;
  byId("theme").textContent = `Theme: ${theme}`;
  for (const [name, make] of shown) draw(name, make);
}
byId("theme").addEventListener("click", () => {
  const order = ["as the system", "light", "dark"];
  theme = order[(order.indexOf(theme) + 1) % order.length];
  applyTheme();
});
dark.addEventListener("change", applyTheme);
let before = null;
window.addEventListener("beforeprint", () => { before = theme; theme = "light"; applyTheme(); });
window.addEventListener("afterprint", () => { theme = before; applyTheme(); });

function options(select, entries) {
  select.replaceChildren(...entries.map(([value, text]) => new Option(text, value)));
}

function neuronName(neuron) {
  const place = sample.readout.indexOf(neuron);
  const label = place >= 0 && sample.labels.length ? `, read-out ${sample.labels[place]}` : "";
  return `neuron ${neuron}${label}`;
}

// Spikes and delays. A source is an axon, or a neuron behind all axons.
function explore() {
  const fired = new Map();
  const add = (source, step) => { if (!fired.has(source)) fired.set(source, []); fired.get(source).push(step); };
  sample.input[0].forEach((step, index) => add(sample.input[1][index], step));
  sample.spikes[0].forEach((step, index) => add(sample.axons + sample.spikes[1][index], step));
  const sources = [...fired.keys()].sort((a, b) => b - a);
  const name = (source) => (source < sample.axons ? `axon ${source}` : neuronName(source - sample.axons));
  options(byId("source"), sources.map((source) => [source, `${name(source)}: ${fired.get(source).length}`]));
  const outgoing = new Map();
  sample.synapses.source.forEach((source, index) => {
    if (!outgoing.has(source)) outgoing.set(source, []);
    outgoing.get(source).push(index);
  });
  // The busiest neuron that reaches others comes first.
  const times = (source) => fired.get(source).length;
  const senders = sources.filter((source) => source >= sample.axons && outgoing.has(source));
  if (senders.length) byId("source").value = senders.reduce((best, each) => (times(each) > times(best) ? each : best));
  let range = [-0.5, sample.steps - 0.5];

  function arcs() {
    const source = Number(byId("source").value);
    const times = fired.get(source) || [];
    const chosen = byId("every").checked ? times : times.slice(Number(byId("spike").value), Number(byId("spike").value) + 1);
    const line = { x: [], y: [], text: [] };
    const ends = { x: [], y: [], text: [] };
    for (const step of chosen) {
      for (const index of outgoing.get(source) || []) {
        const arrival = step + sample.synapses.delay[index];
        if (arrival >= sample.steps) continue;
        const target = sample.axons + sample.synapses.target[index];
        const bend = 1 + 0.3 * (arrival - step);
        for (let part = 0; part <= 10; part += 1) {
          const share = part / 10;
          line.x.push(step + share * (arrival - step));
          line.y.push(source + share * (target - source) + 4 * bend * share * (1 - share));
        }
        line.x.push(null);
        line.y.push(null);
        ends.x.push(arrival);
        ends.y.push(target);
        ends.text.push(`weight ${sample.synapses.weight[index]}, delay ${sample.synapses.delay[index]}`);
      }
    }
    return { line, ends, times, chosen };
  }

  function figure() {
    const { line, ends, chosen } = arcs();
    const source = Number(byId("source").value);
    const marks = { mode: "markers", type: "scatter" };
    const all = byId("rows").value === "all" || source < sample.axons;
    return {
      data: [
        { ...marks, name: "input events", x: sample.input[0], y: sample.input[1], marker: { size: 3 },
          hovertemplate: "step %{x}, axon %{y}<extra></extra>", visible: all },
        { ...marks, name: "spikes", x: sample.spikes[0], y: sample.spikes[1].map((each) => sample.axons + each),
          marker: { size: 5, symbol: "line-ns-open", line: { width: 1.5 } }, text: sample.spikes[1].map(neuronName),
          hovertemplate: "step %{x}, %{text}<extra></extra>" },
        { mode: "lines", type: "scatter", name: "under way", x: line.x, y: line.y, hoverinfo: "skip",
          line: { width: 1 }, opacity: 0.6 },
        { ...marks, name: "arrivals", x: ends.x, y: ends.y, text: ends.text, marker: { size: 6, symbol: "circle-open" },
          hovertemplate: "step %{x}: %{text}<extra></extra>" },
        { ...marks, name: "the spike", x: chosen, y: chosen.map(() => source), marker: { size: 9, symbol: "diamond" },
          hovertemplate: `step %{x}, ${name(source)}<extra></extra>` },
      ],
      layout: {
        xaxis: { title: { text: "step" }, range: [...range] },
        yaxis: { title: { text: all ? "address: axons, then neurons" : "address of the neuron" },
                 range: [all ? -2 : sample.axons - 2, sample.axons + sample.neurons + 4] },
        legend: { orientation: "h", y: 1.12 }, margin: { l: 60, r: 16, t: 40, b: 44 },
      },
    };
  }

  function say() {
    const { times, chosen, ends } = arcs();
    const slider = byId("spike");
    slider.max = Math.max(0, times.length - 1);
    slider.disabled = byId("every").checked || times.length < 2;
    const when = byId("every").checked ? `${chosen.length} spikes` : `step ${chosen[0]}`;
    byId("spike-out").textContent = `${when}: ${ends.x.length} arrivals within the recording`;
    draw("raster", figure);
  }

  function move(from, to) {
    const width = Math.min(Math.max(to - from, 4), sample.steps);
    const start = Math.min(Math.max(from, -0.5), sample.steps - 0.5 - width);
    range = [start, start + width];
    draw("raster", figure);
  }

  byId("source").addEventListener("change", () => { byId("spike").value = 0; say(); });
  for (const control of ["spike", "every", "rows"]) byId(control).addEventListener("input", say);
  const steps = { "zoom-in": [0.25, -0.25], "zoom-out": [-0.5, 0.5], earlier: [-0.5, -0.5], later: [0.5, 0.5] };
  for (const [button, [left, right]] of Object.entries(steps)) {
    byId(button).addEventListener("click", () => {
      const width = range[1] - range[0];
      move(range[0] + left * width, range[1] + right * width);
    });
  }
  byId("reset").addEventListener("click", () => move(-0.5, sample.steps - 0.5));
  say();
  byId("raster").on("plotly_relayout", (change) => {
    if ("xaxis.range[0]" in change) range = [change["xaxis.range[0]"], change["xaxis.range[1]"]];
    else if (change["xaxis.autorange"]) move(-0.5, sample.steps - 0.5);
  });
}

function potentials() {
  const neurons = [...Array(sample.neurons).keys()];
  options(byId("neuron"), neurons.map((neuron) => [neuron, neuronName(neuron)]));
  const busiest = neurons.reduce((best, neuron) => {
    const count = (each) => sample.spikes[1].filter((other) => other === each).length;
    return count(neuron) > count(best) ? neuron : best;
  }, 0);
  byId("neuron").value = busiest;
  const figure = () => {
    const neuron = Number(byId("neuron").value);
    const steps = [...Array(sample.steps).keys()];
    const line = { mode: "lines", type: "scatter", x: steps };
    const data = [{ ...line, name: "golden model", y: sample.golden[neuron], line: { width: 3, shape: "hv" } }];
    if (sample.rtl) {
      data.push({ ...line, name: "RTL", y: sample.rtl[neuron], mode: "markers", marker: { size: 6, symbol: "circle-open" } });
    }
    const threshold = sample.threshold[neuron];
    if (threshold !== null) {
      data.push({ ...line, name: "threshold", y: steps.map(() => threshold), line: { width: 1, dash: "dash" } });
    }
    const spikes = sample.spikes[0].filter((_, index) => sample.spikes[1][index] === neuron);
    if (threshold !== null && spikes.length) {
      data.push({ ...line, name: "spike", mode: "markers", x: spikes, y: spikes.map(() => threshold),
                  marker: { size: 9, symbol: "triangle-up" } });
    }
    const wrong = sample.rtl ? steps.filter((step) => sample.rtl[neuron][step] !== sample.golden[neuron][step]).length : null;
    byId("potential-text").textContent = `After the step, and after a reset. ${
      wrong === null ? "The RTL was not simulated." : `${wrong} of ${sample.steps} potentials of this neuron differ.`}`;
    return { data, layout: { xaxis: { title: { text: "step" } }, yaxis: { title: { text: "potential" } },
                             legend: { orientation: "h", y: 1.15 }, margin: { l: 60, r: 16, t: 40, b: 44 } } };
  };
  byId("neuron").addEventListener("change", () => draw("potential", figure));
  draw("potential", figure);
}

function delayUnits() {
  const dashes = ["solid", "dash", "dot", "dashdot", "longdash"];
  const figure = () => {
    const key = byId("quantity").value;
    const data = sample.units.map((each, index) => ({
      mode: "lines", type: "scatter", name: each.unit, y: each[key], line: { width: 2, dash: dashes[index % 5] },
    }));
    const title = byId("quantity").selectedOptions[0].text;
    return { data, layout: { xaxis: { title: { text: "step" } }, yaxis: { title: { text: title }, rangemode: "tozero" },
                             legend: { orientation: "h", y: 1.15 }, margin: { l: 60, r: 16, t: 40, b: 44 } } };
  };
  byId("quantity").addEventListener("change", () => draw("held", figure));
  draw("held", figure);
}

function synapses() {
  const rooms = [["axons", [...Array(sample.axons).keys()]]];
  sample.layers.forEach((layer, index) => rooms.push([`layer ${index + 1}`, layer.map((each) => sample.axons + each)]));
  if (!sample.all_synapses) {
    byId("matrix-text").textContent = "The network has too many synapses for this page: they are not in it.";
    return;
  }
  const list = rooms.map(([text], index) => [index, text]);
  options(byId("synapse-from"), list);
  options(byId("synapse-to"), list.slice(1));
  const longest = sample.synapses.delay.reduce((most, each) => Math.max(most, each), 0);
  options(byId("synapse-delay"), [["all", "all"], ...[...Array(longest + 1).keys()].map((each) => [each, String(each)])]);
  byId("synapse-from").value = rooms.length > 2 ? 1 : 0;
  byId("synapse-to").value = rooms.length > 2 ? 2 : 1;
  const figure = () => {
    const from = rooms[Number(byId("synapse-from").value)][1];
    const to = rooms[Number(byId("synapse-to").value)][1];
    const delay = byId("synapse-delay").value;
    const column = new Map(from.map((each, index) => [each, index]));
    const row = new Map(to.map((each, index) => [each, index]));
    const z = to.map(() => new Array(from.length).fill(null));
    const text = to.map(() => new Array(from.length).fill(""));
    let count = 0;
    sample.synapses.source.forEach((source, index) => {
      const x = column.get(source);
      const y = row.get(sample.axons + sample.synapses.target[index]);
      if (x === undefined || y === undefined) return;
      if (delay !== "all" && sample.synapses.delay[index] !== Number(delay)) return;
      count += 1;
      z[y][x] = (z[y][x] || 0) + sample.synapses.weight[index];
      text[y][x] += `<br>delay ${sample.synapses.delay[index]}: ${sample.synapses.weight[index]}`;
    });
    const largest = z.flat().reduce((most, each) => Math.max(most, Math.abs(each || 0)), 1);
    byId("matrix-text").textContent = `Weights from each source to each target, added up over the delays that are shown: ${
      count.toLocaleString("en")} synapses.`;
    return {
      data: [{ type: "heatmap", z, text, colorscale: "RdBu", zmin: -largest, zmax: largest, hoverongaps: false,
               hovertemplate: "source %{x}, target %{y}: %{z}%{text}<extra></extra>" }],
      layout: { xaxis: { title: { text: "source, in its layer" } }, yaxis: { title: { text: "target, in its layer" } } },
    };
  };
  for (const control of ["synapse-from", "synapse-to", "synapse-delay"]) byId(control).addEventListener("change", () => draw("matrix", figure));
  draw("matrix", figure);
}

applyTheme();
for (const [name, figure] of Object.entries(content.plots)) draw(name, () => figure);
if (sample) {
  explore();
  potentials();
  delayUnits();
  synapses();
}
document.documentElement.dataset.ready = "yes";
