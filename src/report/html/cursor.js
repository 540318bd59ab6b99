"use strict";
(() => {
  // Each chart with its stretches, which hold the values as text: without this script they show under a
  // pointer alone. The charts of time share one cursor.
  const charts = [...document.querySelectorAll("svg.chart")]
    .map((svg) => {
      const hits = [...svg.querySelectorAll(".hit")];
      const ends = hits.map((hit) => {
        const stretch = hit.firstElementChild;
        const from = parseFloat(stretch.getAttribute("x"));
        return [from, from + parseFloat(stretch.getAttribute("width"))];
      });
      return { svg, hits, ends, isOfTime: svg.classList.contains("over-time"), shown: -1 };
    })
    .filter((chart) => chart.hits.length > 0);
  const status = document.createElement("p");
  status.className = "status";
  status.setAttribute("role", "status");
  document.querySelector("footer").append(status);

  const find = (chart, place) => chart.ends.findIndex(([from, to]) => from <= place && place < to);
  const show = (chart, index) => {
    if (chart.shown === index) return;
    chart.hits[chart.shown]?.classList.remove("on");
    chart.hits[index]?.classList.add("on");
    chart.shown = index;
  };
  const point = (chart, index) => {
    const [from, to] = chart.ends[index] ?? [-1, -1];
    for (const other of charts) {
      if (other === chart) show(other, index);
      else show(other, chart.isOfTime && other.isOfTime ? find(other, (from + to) / 2) : -1);
    }
  };
  const clear = () => charts.forEach((chart) => show(chart, -1));

  for (const chart of charts) {
    const last = chart.hits.length - 1;
    chart.svg.setAttribute("tabindex", "0");
    chart.svg.addEventListener("pointermove", (event) => {
      const box = chart.svg.getBoundingClientRect();
      point(chart, find(chart, ((event.clientX - box.left) / box.width) * 100));
    });
    chart.svg.addEventListener("pointerleave", clear);
    chart.svg.addEventListener("blur", clear);
    chart.svg.addEventListener("focus", () => {
      status.textContent = "The arrow keys move the cursor, Home and End go to the ends.";
    });
    chart.svg.addEventListener("keydown", (event) => {
      const places = {
        ArrowLeft: Math.max(chart.shown - 1, 0),
        ArrowRight: Math.min(chart.shown + 1, last),
        Home: 0,
        End: last,
      };
      if (event.key === "Escape") clear();
      if (!Object.hasOwn(places, event.key)) return;
      event.preventDefault();
      const to = places[event.key];
      point(chart, to);
      status.textContent = chart.hits[to].textContent;
    });
  }
})();
