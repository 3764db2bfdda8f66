// Velero's own reading of what we render for it, for tests: `velero-objects` reads requests and writes answers, both JSON.
//
// A request holds objects as Argo CD would apply them, keys that others have written into buckets, and volumes. Objects of
// Velero are decoded as strictly as the API server does; ConfigMaps that Velero reads are parsed by the function that parses
// them there; each location is looked at with the keys of others in its bucket; and of each volume it says what the first
// policy of each schedule does with it. `velero-objects metrics` says its series with their labels, `velero-objects version` its
// version.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/robfig/cron/v3"
	"github.com/sirupsen/logrus"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	client "k8s.io/client-go/kubernetes/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/vmware-tanzu/velero/internal/resourcepolicies"
	api "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	"github.com/vmware-tanzu/velero/pkg/metrics"
	"github.com/vmware-tanzu/velero/pkg/nodeagent"
	"github.com/vmware-tanzu/velero/pkg/persistence"
	"github.com/vmware-tanzu/velero/pkg/plugin/velero"
	"github.com/vmware-tanzu/velero/pkg/types"
	"github.com/vmware-tanzu/velero/pkg/util/collections"
	"github.com/vmware-tanzu/velero/pkg/util/kube"
)

const module = "github.com/vmware-tanzu/velero"

type request struct {
	Objects     []json.RawMessage   `json:"objects"`
	Keys        map[string][]string `json:"keys"`        // bucket to keys that others wrote
	Claims      map[string]labels   `json:"claims"`      // name of a volume to the labels of its claim
	Scratch     []string            `json:"scratch"`     // names of emptyDir volumes
	Agent       string              `json:"agent"`       // the ConfigMap named by --node-agent-configmap
	Maintenance string              `json:"maintenance"` // the ConfigMap named by --repo-maintenance-job-configmap
}

type labels map[string]string

type answer struct {
	Errors  []string                     `json:"errors"`
	Skipped map[string]map[string]string `json:"skipped"` // schedule to volume to action; "" where none is chosen
}

type judge struct {
	request
	configs map[string]*core.ConfigMap
	answer
}

func (j *judge) refuse(what string, err error) {
	if err != nil {
		j.Errors = append(j.Errors, fmt.Sprintf("%s: %v", what, err))
	}
}

func strictly(raw []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}

func (j *judge) judged() answer {
	j.configs, j.Skipped = map[string]*core.ConfigMap{}, map[string]map[string]string{}
	var schedules []api.Schedule
	var locations []api.BackupStorageLocation
	for _, raw := range j.Objects {
		var head meta.PartialObjectMetadata
		j.refuse("an object", json.Unmarshal(raw, &head))
		what := head.Kind + " " + head.Name
		switch head.Kind {
		case "ConfigMap":
			found := &core.ConfigMap{}
			j.refuse(what, strictly(raw, found))
			j.configs[found.Name] = found
		case "Schedule":
			var found api.Schedule
			j.refuse(what, strictly(raw, &found))
			schedules = append(schedules, found)
		case "BackupStorageLocation":
			var found api.BackupStorageLocation
			j.refuse(what, strictly(raw, &found))
			locations = append(locations, found)
		}
	}
	for _, found := range locations {
		j.refuse("BackupStorageLocation "+found.Name, j.location(found))
	}
	for _, found := range schedules {
		j.refuse("Schedule "+found.Name, j.schedule(found, locations))
	}
	if j.Agent != "" {
		j.refuse("ConfigMap "+j.Agent, j.agent())
	}
	if j.Maintenance != "" {
		j.refuse("ConfigMap "+j.Maintenance, j.maintenance())
	}
	return j.answer
}

func (j *judge) schedule(s api.Schedule, locations []api.BackupStorageLocation) error {
	if _, err := cron.ParseStandard(s.Spec.Schedule); err != nil { // as pkg/controller/schedule_controller.go
		return err
	}
	template := s.Spec.Template
	named := func(l api.BackupStorageLocation) bool { return l.Name == template.StorageLocation }
	if !slices.ContainsFunc(locations, named) {
		return fmt.Errorf("no location is called %q", template.StorageLocation)
	}
	err := errors.Join(collections.ValidateNamespaceIncludesExcludes(template.IncludedNamespaces, template.ExcludedNamespaces)...)
	if err != nil {
		return err
	}
	if template.ResourcePolicy == nil {
		return nil
	}
	backup := api.Backup{ObjectMeta: meta.ObjectMeta{Name: s.Name, Namespace: s.Namespace}, Spec: template}
	return j.policies(backup)
}

func (j *judge) policies(backup api.Backup) error {
	var held []runtime.Object
	for _, config := range j.configs {
		held = append(held, config)
	}
	reader := fake.NewClientBuilder().WithRuntimeObjects(held...).Build()
	policies, err := resourcepolicies.GetResourcePoliciesFromBackup(backup, reader, silent())
	if err != nil {
		return err
	}
	said := map[string]string{}
	j.Skipped[backup.Name] = said
	note := func(name string, volume resourcepolicies.VolumeFilterData) error {
		action, err := policies.GetMatchAction(volume)
		if action != nil {
			said[name] = string(action.Type)
		} else {
			said[name] = ""
		}
		return err
	}
	for name, labels := range j.Claims {
		claim := &core.PersistentVolumeClaim{ObjectMeta: meta.ObjectMeta{Name: name, Labels: labels}}
		if err := note(name, resourcepolicies.NewVolumeFilterData(&core.PersistentVolume{}, nil, claim)); err != nil {
			return err
		}
	}
	for _, name := range j.Scratch {
		volume := &core.Volume{Name: name, VolumeSource: core.VolumeSource{EmptyDir: &core.EmptyDirVolumeSource{}}}
		if err := note(name, resourcepolicies.NewVolumeFilterData(nil, volume, nil)); err != nil {
			return err
		}
	}
	return nil
}

func (j *judge) agent() error {
	config, there := j.configs[j.Agent]
	if !there {
		return errors.New("it is not there, and the agent ends at once")
	}
	read, err := nodeagent.GetConfigs(context.Background(), config.Namespace, client.NewSimpleClientset(config), config.Name)
	if err != nil {
		return err
	}
	for _, text := range config.Data {
		if err := strictly([]byte(text), &types.NodeAgentConfigs{}); err != nil {
			return err
		}
	}
	return sized(read.PodResources)
}

func (j *judge) maintenance() error {
	config, there := j.configs[j.Maintenance]
	if !there {
		return errors.New("it is not there")
	}
	for _, text := range config.Data {
		var read types.JobConfigs
		if err := strictly([]byte(text), &read); err != nil {
			return err
		}
		if err := sized(read.PodResources); err != nil {
			return err
		}
	}
	return nil
}

func sized(pods *kube.PodResources) error { // as pkg/repository/maintenance and pkg/cmd/cli/nodeagent do
	if pods == nil {
		return nil
	}
	_, err := kube.ParseCPUAndMemoryResources(pods.CPURequest, pods.MemoryRequest, pods.CPULimit, pods.MemoryLimit)
	return err
}

func (j *judge) location(l api.BackupStorageLocation) error {
	getter := persistence.NewObjectBackupStoreGetter(keys{})
	store, err := getter.Get(&l, bucket{j.Keys}, silent())
	if err != nil {
		return err
	}
	return store.IsValid()
}

// keys hands out the path of a credentials file that nobody reads.
type keys struct{}

func (keys) Path(selector *core.SecretKeySelector) (string, error) {
	return "/" + selector.Name + "/" + selector.Key, nil
}

// bucket is an object store of which only names of keys are known; it never changes.
type bucket struct{ held map[string][]string }

func (b bucket) GetObjectStore(string) (velero.ObjectStore, error) { return b, nil }
func (bucket) Init(map[string]string) error                        { return nil }
func (bucket) PutObject(string, string, io.Reader) error           { return errors.ErrUnsupported }
func (bucket) ObjectExists(string, string) (bool, error)           { return false, errors.ErrUnsupported }
func (bucket) GetObject(string, string) (io.ReadCloser, error)     { return nil, errors.ErrUnsupported }
func (bucket) ListObjects(string, string) ([]string, error)        { return nil, errors.ErrUnsupported }
func (bucket) DeleteObject(string, string) error                   { return errors.ErrUnsupported }
func (bucket) CreateSignedURL(string, string, time.Duration) (string, error) {
	return "", errors.ErrUnsupported
}

func (b bucket) ListCommonPrefixes(name, prefix, delimiter string) ([]string, error) {
	var found []string
	for _, key := range b.held[name] {
		rest, below := strings.CutPrefix(key, prefix)
		folder, _, deeper := strings.Cut(rest, delimiter)
		if below && deeper && !slices.Contains(found, prefix+folder+delimiter) {
			found = append(found, prefix+folder+delimiter)
		}
	}
	return found, nil
}

func silent() logrus.FieldLogger {
	logger := logrus.New()
	logger.SetOutput(io.Discard)
	return logger
}

// series lists each series as the server exports it, once what it counts has happened; each line is a name and its labels.
func series() ([]string, error) {
	m := metrics.NewServerMetrics()
	m.RegisterAllMetrics()
	m.InitSchedule("daily-offsite")
	m.SetBackupLastSuccessfulTimestamp("daily-offsite", time.Now())
	m.RegisterBackupLocationAvailable("offsite")
	m.RegisterRepoMaintenanceSuccess("store")
	m.RegisterRepoMaintenanceFailure("store")
	families, err := prometheus.DefaultGatherer.Gather()
	var found []string
	for _, family := range families {
		for _, one := range family.Metric {
			line := family.GetName()
			for _, label := range one.Label {
				line += " " + label.GetName()
			}
			if !slices.Contains(found, line) {
				found = append(found, line)
			}
		}
	}
	return found, err
}

func version() string {
	built, _ := debug.ReadBuildInfo()
	for _, dependency := range built.Deps {
		if dependency.Path == module {
			return dependency.Version
		}
	}
	return "unknown"
}

var source = "unknown"

func main() {
	if len(os.Args) == 2 && os.Args[1] == "version" {
		fmt.Printf("Velero %s, source %s\n", version(), source)
		return
	}
	if len(os.Args) == 2 && os.Args[1] == "metrics" {
		found, err := series()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(strings.Join(found, "\n"))
		return
	}
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var r request
		if err := in.Decode(&r); err != nil {
			return
		}
		if err := out.Encode((&judge{request: r}).judged()); err != nil {
			return
		}
	}
}
