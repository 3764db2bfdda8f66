// Argo CD's own repo-server without its network side, for tests: `repo-server FOLDER` reads requests and writes answers, both JSON.
//
// A request is an Application, what Argo CD would know of the cluster, and where each repository is served in its place. The
// answer is what a sync deploys of its sources: Argo CD's functions are called as its controller calls them, and nothing is copied.
// The folder is for checkouts. git, helm and kustomize are looked for on the PATH. `repo-server version` says Argo CD's version,
// and which text of this file was compiled.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"time"

	"github.com/sirupsen/logrus"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/argoproj/argo-cd/v3/controller"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/reposerver/apiclient"
	"github.com/argoproj/argo-cd/v3/reposerver/cache"
	"github.com/argoproj/argo-cd/v3/reposerver/metrics"
	"github.com/argoproj/argo-cd/v3/reposerver/repository"
	"github.com/argoproj/argo-cd/v3/util/argo"
	cacheutil "github.com/argoproj/argo-cd/v3/util/cache"
	"github.com/argoproj/argo-cd/v3/util/git"
	"github.com/argoproj/gitops-engine/pkg/sync/ignore"
)

const module = "github.com/argoproj/argo-cd/v3"

// What Argo CD takes from a registry unless it is told otherwise (cmd/argocd-repo-server, oci-layer-media-types).
var layers = []string{
	"application/vnd.oci.image.layer.v1.tar", "application/vnd.oci.image.layer.v1.tar+gzip",
	"application/vnd.cncf.helm.chart.content.v1.tar+gzip",
}

// Which text of this file was compiled; the linker puts it in.
var source = "unknown"

type request struct {
	App         v1alpha1.Application `json:"app"`
	Served      map[string]string    `json:"served"`
	KubeVersion string               `json:"kubeVersion"`
	APIVersions []string             `json:"apiVersions"`
	Cluster     map[string]bool      `json:"cluster"`
	Kustomize   string               `json:"kustomize"` // kustomize.buildOptions of argocd-cm
}

// The objects of all sources, of one identity the last, without hooks that no sync runs; or why Argo CD makes none.
type answer struct {
	Objects []*unstructured.Unstructured `json:"objects"`
	Types   []string                     `json:"types"`
	Error   string                       `json:"error,omitempty"`
}

// IsNamespaced says what the API server would say of a kind.
func (r request) IsNamespaced(kind schema.GroupKind) (bool, error) {
	return !r.Cluster[kind.Group+"/"+kind.Kind], nil
}

func (r request) repository(_ context.Context, url, _ string) (*v1alpha1.Repository, error) {
	if served, ok := r.Served[url]; ok {
		url = served
	}
	return &v1alpha1.Repository{Repo: url}, nil
}

func answered(service *repository.Service, r request) (answer, error) {
	ctx := context.Background()
	sources := r.App.Spec.GetSources()
	revisions := make([]string, len(sources))
	for i := range sources {
		revisions[i] = sources[i].TargetRevision
	}
	refs, err := argo.GetRefSources(ctx, sources, r.App.Spec.Project, r.repository, revisions)
	if err != nil {
		return answer{}, err
	}
	var found answer
	for i := range sources {
		repo, _ := r.repository(ctx, sources[i].RepoURL, "")
		made, err := service.GenerateManifest(ctx, &apiclient.ManifestRequest{
			Repo: repo, Revision: revisions[i], AppName: r.App.Name, Namespace: r.App.Spec.Destination.Namespace,
			ApplicationSource: &sources[i], KubeVersion: r.KubeVersion, ApiVersions: r.APIVersions,
			KustomizeOptions: &v1alpha1.KustomizeOptions{BuildOptions: r.Kustomize}, HelmOptions: &v1alpha1.HelmOptions{ValuesFileSchemes: []string{"https"}},
			HasMultipleSources: r.App.Spec.HasMultipleSources(), RefSources: refs, ProjectName: r.App.Spec.Project,
			ProjectSourceRepos: []string{"*"},
		})
		if err != nil {
			return answer{}, err
		}
		found.Types = append(found.Types, made.SourceType)
		for _, text := range made.Manifests {
			object, err := v1alpha1.UnmarshalToUnstructured(text)
			if err != nil {
				return answer{}, err
			}
			found.Objects = append(found.Objects, object)
		}
	}
	found.Objects, _, err = controller.DeduplicateTargetObjects(r.App.Spec.Destination.Namespace, found.Objects, r)
	found.Objects = slices.DeleteFunc(found.Objects, ignore.Ignore)
	return found, err
}

func newService(folder string) *repository.Service {
	limit := resource.MustParse("50M")
	memory := cache.NewCache(cacheutil.NewCache(cacheutil.NewInMemoryCache(time.Hour)), time.Hour, time.Hour, time.Second)
	return repository.NewService(metrics.NewMetricsServer(), memory, repository.RepoServerInitConstants{
		ParallelismLimit: 1, MaxCombinedDirectoryManifestsSize: limit, StreamedManifestMaxExtractedSize: limit.Value(),
		StreamedManifestMaxTarSize: limit.Value(), HelmManifestMaxExtractedSize: limit.Value(), HelmRegistryMaxIndexSize: limit.Value(),
		OCIManifestMaxExtractedSize: limit.Value(), OCIMediaTypes: layers,
	}, git.NoopCredsStore{}, folder)
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

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: repo-server FOLDER, or repo-server version")
		os.Exit(2)
	}
	if os.Args[1] == "version" {
		fmt.Printf("Argo CD %s, source %s\n", version(), source)
		return
	}
	logrus.SetLevel(logrus.FatalLevel)
	service := newService(os.Args[1])
	if err := service.Init(); err != nil {
		logrus.Fatal(err)
	}
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var r request
		var wrong *json.UnmarshalTypeError
		var found answer
		err := in.Decode(&r)
		if err == nil {
			found, err = answered(service, r)
		} else if !errors.As(err, &wrong) { // an Application of other types than Argo CD's is refused; all else ends us
			return
		}
		if err != nil {
			found = answer{Error: err.Error()}
		}
		if err := out.Encode(found); err != nil {
			return
		}
	}
}
