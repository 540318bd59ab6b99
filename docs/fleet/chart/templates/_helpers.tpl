{{/* Name, labels and selectors take a dict: the root, and the part of the chart. */}}

{{/* A Job's name has no dot, and leaves room for the number of a pod: together they have at most 63 characters. */}}
{{- define "leadbench.name" -}}
{{- printf "%s-%s" (.root.Release.Name | replace "." "-" | trunc 40 | trimSuffix "-") .part -}}
{{- end -}}

{{- define "leadbench.selector" -}}
app.kubernetes.io/name: leadbench-{{ .part }}
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
{{- end -}}

{{- define "leadbench.labels" -}}
{{ include "leadbench.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service | quote }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | quote }}
{{- end -}}

{{/* What the pods of agents and coordinator have in common. */}}
{{- define "leadbench.pod" -}}
restartPolicy: Never
automountServiceAccountToken: false
enableServiceLinks: false
terminationGracePeriodSeconds: 30
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  # With it a Secret's files have mode 0440, root and this group, which leadbench accepts.
  fsGroup: 65532
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "leadbench.container" -}}
image: {{ .Values.image | quote }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end -}}

{{/* Equal, so that the pod is Guaranteed. */}}
{{- define "leadbench.resources" -}}
requests: {cpu: {{ .cpu | toString | quote }}, memory: {{ .memory | quote }}}
limits: {cpu: {{ .cpu | toString | quote }}, memory: {{ .memory | quote }}}
{{- end -}}

{{/* A volume with one file of a Secret: what else is in it stays out of the pod. */}}
{{- define "leadbench.secretFile" -}}
secret:
  secretName: {{ .secret | quote }}
  defaultMode: 0400
  items: [{key: {{ .file }}, path: {{ .file }}}]
{{- end -}}
