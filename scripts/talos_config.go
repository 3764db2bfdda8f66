// Talos' own reader of machine configurations, for tests: `talos-config` reads requests and writes answers, both JSON.
//
// A request is a machine as `tofu/talos` hands it to the provider: its role, its platform, and patches in their order. Each patch
// is decoded as strictly as Talos does, laid over what Talos generates, and the whole is validated as the machine would before it
// takes it. The answer is the configuration, or why Talos refuses. All requests of one run are machines of one cluster, whose secrets
// are made once: so two configurations differ by what was asked alone. `talos-config version` says the version of Talos.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/config/configloader"
	"github.com/siderolabs/talos/pkg/machinery/config/configpatcher"
	"github.com/siderolabs/talos/pkg/machinery/config/generate"
	"github.com/siderolabs/talos/pkg/machinery/config/generate/secrets"
	"github.com/siderolabs/talos/pkg/machinery/config/machine"
	"github.com/siderolabs/talos/pkg/machinery/config/validation"
)

const module = "github.com/siderolabs/talos/pkg/machinery"

// source is set by whoever compiles this: a changed program is another one.
var source = "unknown"

type request struct {
	Role       string   `json:"role"`
	Platform   string   `json:"platform"`
	Endpoint   string   `json:"endpoint"`
	Kubernetes string   `json:"kubernetes"`
	Patches    []string `json:"patches"`
	// Contract is the Talos that the configuration is made for; this one, where it is empty.
	Contract string `json:"contract"`
}

type answer struct {
	Config string `json:"config"`
	Error  string `json:"error,omitempty"`
}

// platform is how a machine validates: metal must say where to install, a cloud image is there already.
type platform string

func (p platform) String() string        { return string(p) }
func (p platform) RequiresInstall() bool { return p == "metal" }
func (p platform) InContainer() bool     { return false }

// identity is the cluster's, as `talos_machine_secrets` keeps it whatever contract follows.
var identity = sync.OnceValues(func() (*secrets.Bundle, error) {
	contract, err := config.ParseContractFromVersion(version())
	if err != nil {
		return nil, err
	}
	return secrets.NewBundle(secrets.NewClock(), contract)
})

func answered(r request) (answer, error) {
	if r.Contract == "" {
		r.Contract = version()
	}
	contract, err := config.ParseContractFromVersion(r.Contract)
	if err != nil {
		return answer{}, err
	}
	bundle, err := identity()
	if err != nil {
		return answer{}, err
	}
	input, err := generate.NewInput("lab", r.Endpoint, r.Kubernetes,
		generate.WithVersionContract(contract), generate.WithSecretsBundle(bundle))
	if err != nil {
		return answer{}, err
	}
	role, err := machine.ParseType(r.Role)
	if err != nil {
		return answer{}, err
	}
	made, err := input.Config(role)
	if err != nil {
		return answer{}, err
	}
	patches := make([]configpatcher.Patch, 0, len(r.Patches))
	for _, text := range r.Patches {
		// the loader alone, as LoadPatch would take what is no configuration for a JSON patch
		read, err := configloader.NewFromBytes([]byte(text), configloader.WithAllowPatchDelete())
		if err != nil {
			return answer{}, fmt.Errorf("%w in:\n%s", err, text)
		}
		patches = append(patches, configpatcher.NewStrategicMergePatch(read))
	}
	patched, err := configpatcher.Apply(configpatcher.WithConfig(made), patches)
	if err != nil {
		return answer{}, err
	}
	text, err := patched.Bytes()
	if err != nil {
		return answer{}, err
	}
	whole, err := configloader.NewFromBytes(text)
	if err != nil {
		return answer{}, err
	}
	warnings, err := whole.Validate(platform(r.Platform), validation.WithLocal())
	if len(warnings) > 0 {
		err = errors.Join(err, errors.New(strings.Join(warnings, "; ")))
	}
	return answer{Config: string(text)}, err
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
	if len(os.Args) == 2 && os.Args[1] == "version" {
		fmt.Println("Talos " + version() + ", source " + source)
		return
	}
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var r request
		if err := in.Decode(&r); err != nil {
			return
		}
		found, err := answered(r)
		if err != nil {
			found = answer{Error: err.Error()}
		}
		if err := out.Encode(found); err != nil {
			return
		}
	}
}
