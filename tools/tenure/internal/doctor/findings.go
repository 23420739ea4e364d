package doctor

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenure-go/tenure/stores/redis"
)

const settleInstead = "-settle with the longest lease time"

// changes are what to do about findings, in the words of the command line and of the server.
var changes = map[string]string{
	"redis_version":    "a newer server",
	"role":             "-redis with the address of the primary, or of the Sentinels",
	"cluster_enabled":  "-redis as fits the server",
	"maxmemory-policy": "CONFIG SET maxmemory-policy noeviction, or another server for leases",
	"appendonly":       "CONFIG SET appendonly yes, or " + settleInstead,
	"connected_slaves": "-replicas 1 and " + settleInstead,
}

// inWords puts the names of the library's options as flags.
var inWords = strings.NewReplacer("Options.Replicas", "-replicas", "Options.Settle", "-settle")

// findings tells what the store found, but for permissions, which are looked at one by one.
func (e *examination) findings(found []redis.Finding) {
	about := map[string]bool{}
	var refused []refusal
	slices.SortStableFunc(found, func(a, b redis.Finding) int { return strings.Compare(a.Server, b.Server) })
	for _, f := range found {
		about[f.Subject] = true
		switch f.Subject {
		case "permission":
		case "command":
			refused = merged(refused, f)
		default:
			e.tell(fromFinding(f))
		}
	}
	for _, r := range refused {
		// That a replica refuses what is written is what its role says.
		if !strings.HasPrefix(r.answer, "READONLY") || !about["role"] {
			e.tell(r.judge())
		}
	}
	for _, fine := range [][2]string{
		{"maxmemory-policy", "no lease is evicted"},
		{"appendonly", "appendonly is on, or a settle time is set"},
	} {
		if !about[fine[0]] {
			e.ok("server", fine[1])
		}
	}
}

func fromFinding(f redis.Finding) Check {
	why, _, _ := strings.Cut(f.Meaning, "; ")
	check := Check{Advice, "server", f.Server, f.Subject + " is " + f.Value, inWords.Replace(why), changes[f.Subject]}
	if f.Severity != redis.Fault {
		return check
	}
	check.Verdict = Fault
	if f.Subject == "connected_slaves" {
		check.Change = "attach replicas, or -replicas " + f.Value
	}
	return check
}

// remedies are for what a server answers to commands that it permits.
var remedies = map[string][2]string{
	"OOM":        {"nothing is granted or revoked, while what is held is renewed and released", "free memory, or a higher maxmemory"},
	"NOREPLICAS": {"nothing is granted or renewed", "attach replicas, or a lower min-replicas-to-write"},
	"MISCONF":    {"nothing is granted or renewed", "see in the server's log why it cannot save"},
}

// refusal is the answer of a server to commands that it permits.
type refusal struct {
	server, answer string
	commands       []string
}

// merged adds a command that is refused to the others that are for the same reason.
func merged(refused []refusal, f redis.Finding) []refusal {
	command, answer, _ := strings.Cut(f.Value, ": ")
	for i, r := range refused {
		if r.server == f.Server && r.answer == answer {
			refused[i].commands = with(r.commands, command)
			return refused
		}
	}
	return append(refused, refusal{f.Server, answer, []string{command}})
}

func (r refusal) judge() Check {
	code, _, _ := strings.Cut(r.answer, " ")
	remedy, known := remedies[code]
	if !known {
		remedy = [2]string{"the store needs this", "see what the server says"}
	}
	what := fmt.Sprintf("the server answers %s with %s", strings.Join(r.commands, ", "), strings.TrimSuffix(r.answer, "."))
	return Check{Fault, "server", r.server, what, remedy[0], remedy[1]}
}
