"""Writes the dashboard as TypeScript, so that the compiler compares it with the types of Grafana.

A literal may have no field that its type does not know, so a misspelt option does not compile.
"""

import json
import pathlib
import sys

# The types of options have the names of the panels that they are for.
KINDS = {"stat": "Stat", "table": "Table", "timeseries": "TimeSeries", "heatmap": "Heatmap"}
# In JSON a member of an enum is its value.
HEAD = """
type Json<T> = T extends string ? `${T}`
  : T extends number ? (`${T}` extends `${infer N extends number}` ? N : T)
  : T extends (infer U)[] ? Json<U>[]
  : T extends object ? { [K in keyof T]: Json<T[K]> }
  : T;
type Panel = Json<Omit<raw.Panel, "options" | "fieldConfig" | "targets">>;
type Field = Json<Omit<raw.FieldConfig, "custom">>;
"""


def typescript(dashboard):
    root = "./node_modules/@grafana/schema/dist/esm/raw"
    prometheus = f"../grafana-10/{root}/composable/prometheus/dataquery/x/PrometheusDataQuery_types.gen"
    lines = [
        f'import type * as raw from "{root}/dashboard/x/dashboard_types.gen";',
        # Grafana 11 has this type in a package that npm has no types of alone.
        f'import type {{ PrometheusDataQuery as Query }} from "{prometheus}";',
        'import type { TableFieldOptions } from "@grafana/schema";',
    ]
    for kind, name in KINDS.items():
        module = f"{root}/composable/{kind}/panelcfg/x/{name}PanelCfg_types.gen"
        lines.append(f'import type * as {kind} from "{module}";')
    lines.append(HEAD)
    custom = {
        "timeseries": "timeseries.FieldConfig",
        "heatmap": "heatmap.FieldConfig",
        "table": "Partial<TableFieldOptions>",
    }
    count = 0

    def const(type_, value):
        nonlocal count
        count += 1
        lines.append(f"export const c{count}: {type_} = {json.dumps(value)};")

    def field(kind, value):
        value = dict(value)
        if "custom" in value:
            const(f"Json<{custom[kind]}>", value.pop("custom"))
        const("Field", value)

    const('Json<Omit<raw.Dashboard, "panels">>', {k: v for k, v in dashboard.items() if k != "panels"})
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            const("Json<raw.RowPanel>", panel)
            continue
        kind = panel["type"]
        panel = dict(panel)
        fields = panel.pop("fieldConfig")
        # Grafana fills in what is left out.
        const(f"Json<Partial<{kind}.Options>>", panel.pop("options"))
        for target in panel.pop("targets"):
            const("Json<Query>", target)
        const("Panel", panel)
        field(kind, fields["defaults"])
        const('Json<Omit<raw.FieldConfigSource, "defaults">>', {k: v for k, v in fields.items() if k != "defaults"})
        for override in fields["overrides"]:
            for one in override["properties"]:
                name = one["id"].removeprefix("custom.")
                value = {name: one["value"]}
                field(kind, value if name == one["id"] else {"custom": value})
    return "\n".join(lines) + "\n"


tools = pathlib.Path(sys.argv[1])
dashboard = json.loads(pathlib.Path("docs/grafana/leadbench.json").read_text())
for version in ("10", "11"):
    (tools / f"grafana-{version}" / "dashboard.ts").write_text(typescript(dashboard))
