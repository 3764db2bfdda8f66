// Cilium's own reading of network policies, for tests: `cilium-policy` reads requests and writes answers, both JSON.
//
// A request is a lab as the agent sees it: the data of the ConfigMap that configures it, namespaces with their labels, policies
// as Argo CD would apply them, and pods with their labels. Policies are decoded strictly and parsed as the agent parses them; pods
// get the identities that the agent gives them, with the labels that it keeps. Of each flow (source, destination, port, protocol) the answer says whether the source may send it and whether
// the destination may receive it, as the policy maps of both endpoints have it. `cilium-policy version` says its version.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"runtime/debug"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	clustermesh "github.com/cilium/cilium/pkg/clustermesh/types"
	"github.com/cilium/cilium/pkg/endpoint/regeneration"
	"github.com/cilium/cilium/pkg/identity"
	"github.com/cilium/cilium/pkg/identity/identitymanager"
	ipcache "github.com/cilium/cilium/pkg/ipcache/types"
	"github.com/cilium/cilium/pkg/k8s"
	cilium "github.com/cilium/cilium/pkg/k8s/apis/cilium.io/v2"
	core "github.com/cilium/cilium/pkg/k8s/slim/k8s/api/core/v1"
	networking "github.com/cilium/cilium/pkg/k8s/slim/k8s/api/networking/v1"
	meta "github.com/cilium/cilium/pkg/k8s/slim/k8s/apis/meta/v1"
	"github.com/cilium/cilium/pkg/labels"
	"github.com/cilium/cilium/pkg/labelsfilter"
	"github.com/cilium/cilium/pkg/option"
	"github.com/cilium/cilium/pkg/policy"
	"github.com/cilium/cilium/pkg/policy/api"
	"github.com/cilium/cilium/pkg/policy/types"
	"github.com/cilium/cilium/pkg/policy/utils"
	"github.com/cilium/cilium/pkg/spanstat"
	"github.com/cilium/cilium/pkg/u8proto"
)

const module = "github.com/cilium/cilium"

type request struct {
	Config     map[string]string `json:"config"` // the data of the ConfigMap cilium-config
	Namespaces map[string]words  `json:"namespaces"`
	Objects    []json.RawMessage `json:"objects"`
	Pods       map[string]pod    `json:"pods"`
	Flows      []flow            `json:"flows"`
}

type words map[string]string

type pod struct {
	Namespace string `json:"namespace"`
	Labels    words  `json:"labels"`
	Account   string `json:"account"`
}

// flow goes from one end to another: a name among the pods, a reserved identity as `reserved:host`, or an address.
type flow struct {
	From, To string
	Port     uint16
	Protocol string
}

type answer struct {
	Errors   []string `json:"errors"`
	Verdicts []string `json:"verdicts"` // one a flow: `allowed`, or which sides deny it: `egress`, `ingress`, `egress ingress`
}

type judge struct {
	request
	answer
	cluster  string // what policies mean by their cluster
	entries  map[ipcache.ResourceID]types.PolicyEntries
	known    identity.IdentityMap
	prefixes map[netip.Prefix]identity.NumericIdentity
	named    map[string]identity.NumericIdentity
	held     map[string]*policy.EndpointPolicy // of each pod
}

var silent = slog.New(slog.DiscardHandler)

func (j *judge) refuse(what string, err error) {
	if err != nil {
		j.Errors = append(j.Errors, fmt.Sprintf("%s: %v", what, err))
	}
}

func (j *judge) judged() (answer, error) {
	j.Errors, j.Verdicts = []string{}, []string{}
	if err := j.configure(); err != nil {
		return j.answer, err
	}
	j.entries = map[ipcache.ResourceID]types.PolicyEntries{}
	for _, raw := range j.Objects {
		var head unstructured.Unstructured
		if err := json.Unmarshal(raw, &head.Object); err != nil {
			return j.answer, err
		}
		what := strings.TrimSpace(fmt.Sprintf("%s %s %s", head.GetKind(), head.GetNamespace(), head.GetName()))
		j.refuse(what, j.read(&head, raw))
	}
	j.identify()
	if err := j.distill(); err != nil {
		return j.answer, err
	}
	for _, f := range j.Flows {
		verdict, err := j.verdict(f)
		if err != nil {
			return j.answer, err
		}
		j.Verdicts = append(j.Verdicts, verdict)
	}
	return j.answer, nil
}

// configure takes over what the agent reads out of its ConfigMap and what matters to policies.
func (j *judge) configure() error {
	on := func(key string) bool { return j.Config[key] == "true" }
	for _, key := range []string{"cluster-name", "enable-policy", "enable-ipv4", "enable-ipv6", "policy-default-local-cluster"} {
		if j.Config[key] == "" {
			return fmt.Errorf("the configuration of the agent does not say %s", key)
		}
	}
	if j.Config["policy-cidr-match-mode"] != "" {
		return errors.New("networks that match nodes (policy-cidr-match-mode) are not judged here")
	}
	option.Config.ClusterName = j.Config["cluster-name"]
	option.Config.EnableIPv4, option.Config.EnableIPv6 = on("enable-ipv4"), on("enable-ipv6")
	api.InitEntities(option.Config.ClusterName)
	policy.SetPolicyEnabled(j.Config["enable-policy"])
	mesh := clustermesh.PolicyConfig{PolicyDefaultLocalCluster: on("policy-default-local-cluster")}
	j.cluster = clustermesh.LocalClusterNameForPolicies(mesh, option.Config.ClusterName)
	return labelsfilter.ParseLabelPrefixCfg(silent, strings.Fields(j.Config["labels"]), nil, "")
}

func strictly(raw []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}

func (j *judge) read(head *unstructured.Unstructured, raw []byte) error {
	resource := ipcache.NewResourceID(ipcache.ResourceKind(head.GetKind()), head.GetNamespace(), head.GetName())
	var rules api.Rules
	var entries types.PolicyEntries
	var err error
	switch head.GetAPIVersion() + " " + head.GetKind() {
	case "cilium.io/v2 CiliumNetworkPolicy":
		var found cilium.CiliumNetworkPolicy
		if err = strictly(raw, &found); err == nil {
			rules, err = found.Parse(silent, j.cluster)
		}
		entries = utils.RulesToPolicyEntries(rules)
	case "cilium.io/v2 CiliumClusterwideNetworkPolicy":
		var found cilium.CiliumClusterwideNetworkPolicy
		if err = strictly(raw, &found); err == nil {
			rules, err = found.Parse(silent, j.cluster)
		}
		entries = utils.RulesToPolicyEntries(rules)
	case "networking.k8s.io/v1 NetworkPolicy":
		var found networking.NetworkPolicy
		if err = strictly(raw, &found); err == nil {
			entries, err = k8s.ParseNetworkPolicy(silent, j.cluster, &found)
		}
	default:
		return errors.New("is of no kind that Cilium reads here")
	}
	if err == nil && len(entries) > 0 {
		j.entries[resource] = entries
	}
	return err
}

// identify gives identities as the agent does: to pods by the labels that it keeps, to each network that a policy names.
func (j *judge) identify() {
	j.known = identity.ListReservedIdentities()
	j.named = map[string]identity.NumericIdentity{}
	j.prefixes = map[netip.Prefix]identity.NumericIdentity{}
	next := identity.GetMinimalAllocationIdentity(0)
	for name, each := range j.Pods {
		space := &core.Namespace{ObjectMeta: meta.ObjectMeta{Name: each.Namespace, Labels: j.Namespaces[each.Namespace]}}
		of := &core.Pod{ObjectMeta: meta.ObjectMeta{Name: name, Namespace: each.Namespace, Labels: each.Labels}}
		of.Spec.ServiceAccountName = each.Account
		_, sane := k8s.GetPodMetadata(silent, space, of)
		kept, _ := labelsfilter.Filter(labels.Map2Labels(sane, labels.LabelSourceK8s))
		j.named[name], j.known[next] = next, kept.LabelArray()
		next++
	}
	local := identity.IdentityScopeLocal
	for _, entries := range j.entries {
		for _, entry := range entries {
			for _, selector := range entry.L3 {
				for _, prefix := range selector.GetCIDRPrefixes() {
					if _, there := j.prefixes[prefix]; !there {
						local++
						j.prefixes[prefix], j.known[local] = local, labels.GetCIDRLabelArray(prefix)
					}
				}
			}
		}
	}
}

// distill makes the policy map of every pod, as the agent would write it for the datapath.
func (j *judge) distill() error {
	ids := identitymanager.NewIDManager(silent)
	repository := policy.NewPolicyRepository(silent, nil, nil, nil, ids, noMetrics{})
	for _, cache := range []*policy.SelectorCache{repository.GetSelectorCache(), repository.GetSubjectSelectorCache()} {
		var wait sync.WaitGroup
		cache.UpdateIdentities(j.known, nil, &wait)
		wait.Wait()
	}
	for resource, entries := range j.entries {
		repository.ReplaceByResource(entries, resource)
	}
	j.held = map[string]*policy.EndpointPolicy{}
	for name := range j.Pods {
		number := j.named[name]
		id := identity.NewIdentityFromLabelArray(number, j.known[number])
		ids.Add(id)
		selected, _, err := repository.GetSelectorPolicy(id, 0, &noStatistics{}, uint64(number))
		if err != nil {
			return err
		}
		held := selected.DistillPolicy(silent, endpoint(number), nil)
		if err := held.Ready(); err != nil {
			return err
		}
		held.Detach(silent)
		j.held[name] = held
	}
	return nil
}

func (j *judge) verdict(f flow) (string, error) {
	from, err := j.end(f.From)
	if err != nil {
		return "", err
	}
	to, err := j.end(f.To)
	if err != nil {
		return "", err
	}
	protocol, err := u8proto.ParseProtocol(f.Protocol)
	if err != nil {
		return "", err
	}
	var denied []string
	if held := j.held[f.From]; held != nil {
		entry, _, _ := held.Lookup(policy.EgressKey().WithIdentity(to).WithPortProto(protocol, f.Port))
		if entry.IsDeny() {
			denied = append(denied, "egress")
		}
	}
	if held := j.held[f.To]; held != nil {
		entry, _, _ := held.Lookup(policy.IngressKey().WithIdentity(from).WithPortProto(protocol, f.Port))
		if entry.IsDeny() {
			denied = append(denied, "ingress")
		}
	}
	if denied == nil {
		return "allowed", nil
	}
	return strings.Join(denied, " "), nil
}

// end is the identity of one end; an address has that of the longest prefix around it that a policy names, else the world's.
func (j *judge) end(name string) (identity.NumericIdentity, error) {
	if reserved, is := strings.CutPrefix(name, "reserved:"); is {
		if found := identity.GetReservedID(reserved); found != identity.IdentityUnknown {
			return found, nil
		}
		return 0, fmt.Errorf("no reserved identity is called %s", reserved)
	}
	if found, there := j.named[name]; there {
		return found, nil
	}
	address, err := netip.ParseAddr(name)
	if err != nil {
		return 0, fmt.Errorf("%s is no pod, no reserved identity and no address", name)
	}
	longest, found := -1, identity.GetWorldIdentityFromIP(address)
	for prefix, each := range j.prefixes {
		if prefix.Contains(address) && prefix.Bits() > longest {
			longest, found = prefix.Bits(), each
		}
	}
	return found, nil
}

// endpoint is who owns a policy map: none of ours has named ports in its rules, or a map of before.
type endpoint uint64

func (e endpoint) GetID() uint64                                   { return uint64(e) }
func (endpoint) GetNamedPort(bool, string, u8proto.U8proto) uint16 { return 0 }
func (endpoint) PolicyDebug(string, ...any)                        {}
func (endpoint) IsHost() bool                                      { return false }
func (endpoint) PreviousMapState() *policy.MapState                { return nil }
func (endpoint) RegenerateIfAlive(*regeneration.ExternalRegenerationMetadata) <-chan bool {
	done := make(chan bool)
	close(done)
	return done
}

type noStatistics struct{ waiting, calculation spanstat.SpanStat }

func (s *noStatistics) WaitingForPolicyRepository() *spanstat.SpanStat { return &s.waiting }
func (s *noStatistics) SelectorPolicyCalculation() *spanstat.SpanStat  { return &s.calculation }

type noMetrics struct{}

func (noMetrics) AddRule(types.PolicyEntry) {}
func (noMetrics) DelRule(types.PolicyEntry) {}

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
		fmt.Printf("Cilium %s, source %s\n", version(), source)
		return
	}
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var r request
		if err := in.Decode(&r); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		found, err := (&judge{request: r}).judged()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		if err := out.Encode(found); err != nil {
			os.Exit(1)
		}
	}
}
