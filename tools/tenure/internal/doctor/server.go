package doctor

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/tenure-go/tenure/stores"
	"github.com/tenure-go/tenure/stores/redis"
)

// servers says what the servers are.
func (e *examination) servers(ctx context.Context) error {
	for _, node := range e.nodes {
		addr := called(node)
		answer, err := e.ask(ctx, node, "info")
		switch {
		case denied(err):
			e.noInfo = true
			e.tell(Check{OK, "server", addr, addr + " answers", "", ""})
			e.tell(Check{
				Advice, "server", addr, "version, role, eviction and persistence are not known",
				"INFO is refused, and each of them can let two lead", "allow +info to whoever runs doctor",
			})
		case err != nil:
			return err
		default:
			e.tell(Check{OK, "server", addr, describe(addr, fmt.Sprint(answer)), "", ""})
			e.fsync(ctx, node)
		}
	}
	return nil
}

func describe(addr, text string) string {
	info := map[string]string{}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		info[name] = value
	}
	return fmt.Sprintf("%s answers: Redis %s, %s, %s", addr, info["redis_version"], info["redis_mode"], info["role"])
}

// fsync looks how soon a server that keeps a log writes it to its disk. A user who may not ask is told nothing, since no
// elector needs to.
func (e *examination) fsync(ctx context.Context, node *goredis.Client) {
	settings := map[string]string{}
	for _, name := range []string{"appendonly", "appendfsync"} {
		answer, err := e.ask(ctx, node, "config", "get", name)
		if err != nil {
			return
		}
		for key, value := range pairs(answer) {
			settings[key] = value
		}
	}
	if settings["appendonly"] != "yes" || settings["appendfsync"] == "always" || e.Store.Settle > 0 {
		return
	}
	e.tell(Check{
		Advice, "server", called(node), "appendfsync is " + settings["appendfsync"],
		"a crash of the server forgets the leases of the last second or two", "CONFIG SET appendfsync always, or -settle with the longest lease time",
	})
}

// pairs reads an answer in either of the two forms that the protocols have.
func pairs(answer any) map[string]string {
	found := map[string]string{}
	switch a := answer.(type) {
	case map[any]any:
		for key, value := range a {
			found[fmt.Sprint(key)] = fmt.Sprint(value)
		}
	case []any:
		for i := 0; i+1 < len(a); i += 2 {
			found[fmt.Sprint(a[i])] = fmt.Sprint(a[i+1])
		}
	}
	return found
}

// options makes the store of the settings, and lets it look at its servers.
func (e *examination) options(ctx context.Context) error {
	store, err := redis.New(e.Client, e.Store)
	if err != nil {
		for _, fault := range invalid(err) {
			e.tell(setting("options", fault))
		}
		return nil
	}
	e.store = store
	e.settle()
	if e.noInfo {
		return nil
	}
	ctx, cancel := e.bounded(ctx)
	defer cancel()
	findings, err := store.Check(ctx)
	if errors.Is(err, redis.ErrNoPermission) {
		return nil // The permissions are looked at one by one.
	}
	if err != nil {
		return err
	}
	e.findings(findings)
	return nil
}

// settle compares the settings of the store with those of the electors.
func (e *examination) settle() {
	lease := e.Timings.WithDefaults().Lease
	switch {
	case e.Store.Settle == 0:
	case e.Store.Settle < lease:
		e.tell(Check{
			Fault, "options", "", fmt.Sprintf("-settle %v is shorter than the lease %v", e.Store.Settle, lease),
			"after a restart or a promotion a second one may lead before a lease that the server forgot is over",
			fmt.Sprintf("-settle %v, or the longest lease of any participant", lease),
		})
	default:
		e.ok("options", fmt.Sprintf("-settle %v covers the lease %v", e.Store.Settle, lease))
	}
	if limit := e.Timings.WithDefaults().Timeout / 2; e.Store.Replicas > 0 && replicaTimeout(e.Store) > limit {
		e.tell(Check{
			Advice, "options", "", fmt.Sprintf("replicas are waited for %v, and -timeout is %v", replicaTimeout(e.Store), 2*limit),
			"refusals wait as well, so that calls run out of time where replicas lag",
			fmt.Sprintf("-timeout above %v", 2*replicaTimeout(e.Store)),
		})
	}
}

func replicaTimeout(o redis.Options) time.Duration {
	if o.ReplicaTimeout == 0 {
		return redis.DefaultReplicaTimeout
	}
	return o.ReplicaTimeout
}

// setting is the check of one that is not accepted.
func setting(topic string, fault *stores.InvalidError) Check {
	return Check{Verdict: Fault, Topic: topic, What: fault.Field + " is " + plain(fault.Value), Why: fault.Reason}
}

// plain keeps on one line what may not be fit for one.
func plain(value any) string {
	text := fmt.Sprint(value)
	if quoted := strconv.Quote(text); quoted != `"`+text+`"` || text == "" {
		return quoted
	}
	return text
}

// invalid takes joined errors about settings apart.
func invalid(err error) (faults []*stores.InvalidError) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, each := range joined.Unwrap() {
			faults = append(faults, invalid(each)...)
		}
		return faults
	}
	var one *stores.InvalidError
	if errors.As(err, &one) {
		faults = append(faults, one)
	}
	return faults
}

// judgeElection says who leads.
func judgeElection(name string, lease stores.Lease, err error) []Check {
	what := fmt.Sprintf("%q is led by %q under fence %d for another %v", name, lease.Participant, lease.Fence, lease.TimeLeft)
	switch {
	case errors.Is(err, stores.ErrVacant):
		return []Check{{Verdict: OK, Topic: "election", What: fmt.Sprintf("nobody leads %q", name)}}
	case errors.Is(err, redis.ErrCorrupt):
		return []Check{{
			Fault, "election", "", strings.TrimPrefix(err.Error(), "tenure: redis: "), "nobody can be granted this election",
			"find out who wrote it; once its holder is known to be stopped, DEL the lease's key, and never the fence's",
		}}
	case err != nil:
		return []Check{{Fault, "election", "", fmt.Sprintf("%q cannot be read: %v", name, err), "an elector could not either", "see above"}}
	case lease.Revoked:
		return []Check{{Advice, "election", "", what + ", and is revoked", "its renewals are refused, so it ends then", ""}}
	}
	return []Check{{Verdict: OK, Topic: "election", What: what}}
}
