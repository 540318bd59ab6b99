{{/* Refuses values that cannot work, and names all of them at once. The schema has checked their types. */}}
{{- define "leadbench.checks" -}}
{{- $wrong := list -}}
{{- with .Values -}}
{{- if not .image -}}
{{- $wrong = append $wrong "image is missing: name an image whose entry point is leadbench, as in --set image=registry.example.com/leadbench:0.1.0" -}}
{{- end -}}
{{- if not .nats.url -}}
{{- $wrong = append $wrong "nats.url is missing: name the broker, as in --set nats.url=tls://broker.example.com" -}}
{{- else if not (hasPrefix "tls://" .nats.url) -}}
{{- $wrong = append $wrong "nats.url must begin with tls://, because leadbench speaks to another machine over TLS only" -}}
{{- else if contains "@" .nats.url -}}
{{- $wrong = append $wrong "nats.url must have no password in it: put the credentials into the Secret that nats.secret names" -}}
{{- end -}}
{{- if not .nats.secret -}}
{{- $wrong = append $wrong "nats.secret is missing: make a Secret of the credentials of the agents with `kubectl create secret generic leadbench-broker --from-file=agent.nk`, and add --set nats.secret=leadbench-broker" -}}
{{- end -}}
{{- if not .keySecret -}}
{{- $wrong = append $wrong "keySecret is missing: make a Secret of the signing keys with `kubectl create secret generic lead-signing --from-file=lead_signing.key.pem`, and add --set keySecret=lead-signing" -}}
{{- end -}}
{{- if not .allow -}}
{{- $wrong = append $wrong "allow is missing: an agent sends only to hosts that it is told, so name the host of the target, as in --set 'allow={staging.example.com}'" -}}
{{- end -}}
{{- range .allow -}}
{{- if or (contains "/" .) (regexMatch "^[^:]*:[0-9]+$" .) -}}
{{- $wrong = append $wrong (printf "allow has %q: write a host name or address without scheme, port or path" .) -}}
{{- end -}}
{{- end -}}
{{- if trim .scenario -}}
{{- if not .nats.coordinatorSecret -}}
{{- $wrong = append $wrong "nats.coordinatorSecret is missing, and a scenario is given: make a Secret of the credentials of the coordinator with `kubectl create secret generic leadbench-coordinator --from-file=coordinator.nk`, and add --set nats.coordinatorSecret=leadbench-coordinator" -}}
{{- end -}}
{{- else if or .coordinator.args .coordinator.claim -}}
{{- $wrong = append $wrong "coordinator.args or coordinator.claim is set, and there is no scenario, so no coordinator is started: add --set-file scenario=my-api.toml, or leave them out" -}}
{{- end -}}
{{- end -}}
{{- if $wrong -}}
{{- fail (printf "these values cannot work:\n  - %s\n" (join "\n  - " $wrong)) -}}
{{- end -}}
{{- end -}}
