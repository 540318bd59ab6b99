"""What Grafana's types cannot say of the dashboard."""

import pathlib
import re

from board import DASHBOARD, check

CHOSEN = 'job=~"$job", scenario=~"$scenario", instance=~"$instance"}'


def structure():
    check(DASHBOARD["uid"] == "leadbench" and "id" not in DASHBOARD, "an id that is not the same everywhere")
    source, *others = DASHBOARD["templating"]["list"]
    check((source["name"], source["type"], source["query"]) == ("datasource", "datasource", "prometheus"), source)
    for one in others:
        check(one["multi"] and one["includeAll"] and one["allValue"] == ".*", "cannot have several values:", one)
    known = set(re.findall(r"^\| `(\w+)` \|", pathlib.Path("docs/MEASURING.md").read_text(), re.MULTILINE))
    panels = DASHBOARD["panels"]
    ids = [panel["id"] for panel in panels]
    check(len(set(ids)) == len(ids), "two panels have one id")
    titles = [panel["title"] for panel in panels]
    check(len(set(titles)) == len(titles), "two panels have one title")
    check(panels[0]["title"].startswith("Is the measurement valid"), "the verdict is not first")
    taken = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        check(place["x"] + place["w"] <= 24 and not cells & taken, "overlaps:", panel["title"])
        taken |= cells
        if panel["type"] == "row":
            continue
        check(panel["description"].endswith("."), "has no description:", panel["title"])
        custom = panel["fieldConfig"]["defaults"].get("custom", {})
        is_stacked = custom.get("stacking", {}).get("mode") == "normal"
        check(is_stacked == ("add up" in panel["description"]), "stacked, or to be stacked:", panel["title"])
        legends = {target["legendFormat"] for target in panel["targets"]}
        units = {legend: unit_of(panel, legend) for legend in legends}
        refs = [target["refId"] for target in panel["targets"]]
        check(len(set(refs)) == len(refs), "two queries have one refId:", panel["title"])
        for target in panel["targets"]:
            wanted = {"table": ("table", False), "heatmap": ("heatmap", True)}.get(panel["type"], ("time_series", True))
            found = target.get("format", "time_series"), target["range"] and not target["instant"]
            check(found == wanted and not target.get("hide"), panel["title"], "asks for", found)
            for selector in re.findall(r"leadbench_\w+(?:\{.*?\})?", target["expr"]):
                check(selector.endswith(CHOSEN), panel["title"], "does not ask for what is chosen:", selector)
            for phases in re.findall(r'phase=~?"([^"]+)"', target["expr"]):
                check(set(phases.split("|")) <= known, "docs/MEASURING.md does not know all phases of", phases)
            source = {"type": "prometheus", "uid": "${datasource}"}
            check(target["datasource"] == panel["datasource"] == source, "has another source:", panel["title"])
            unit, expr = units[target["legendFormat"]], target["expr"]
            seconds = "histogram_quantile" in expr or "phase_seconds_sum" in expr or "round_trip_seconds" in expr
            share = "_ratio" in expr or panel["title"] == "Failed so far"
            rate = not seconds and "rate(" in expr
            good = ["s"] if seconds else ["percentunit"] if share else ["reqps", "cps"] if rate else ["none", "short"]
            check(unit in good, panel["title"], target["legendFormat"], "has the unit", unit)
        for override in panel["fieldConfig"]["overrides"]:
            renamed = panel["transformations"][0]["options"]["renameByName"] if "transformations" in panel else {}
            check(override["matcher"]["options"] in legends | set(renamed.values()), "overrides nothing:", override)


def unit_of(panel, legend):
    if panel["type"] == "heatmap":
        check(panel["options"]["yAxis"]["unit"] == "s", "the heat map is not in seconds")
        return panel["options"]["cellValues"]["unit"]
    for override in panel["fieldConfig"]["overrides"]:
        if override["matcher"] == {"id": "byName", "options": legend}:
            for one in override["properties"]:
                if one["id"] == "unit":
                    return one["value"]
    return panel["fieldConfig"]["defaults"]["unit"]
