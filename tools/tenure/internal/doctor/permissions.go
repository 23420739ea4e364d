package doctor

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	goredis "github.com/redis/go-redis/v9"
)

// need is a command that has to be permitted.
type need struct {
	command string
	args    []any
	verdict Verdict // where it is refused
	why     string
}

const (
	forLeases  = "without it no lease is granted and kept"
	forWakeUps = "without it followers wait for the end of a lease where others are woken up"
)

// needs are the commands that the store sends with these settings. A server that permits a command may refuse it all the
// same, as a replica does, or for the type of what it finds; what counts is that it does not refuse permission.
func (e *examination) needs(node *goredis.Client) []need {
	lifetime := e.lifetime().Milliseconds()
	unknownScript := strings.Repeat("0", 40)
	all := []need{
		{"ping", nil, Advice, forWakeUps},
		{"time", nil, Fault, forLeases},
		{"eval", []any{"return 1", 1, e.key}, Fault, forLeases},
		{"evalsha", []any{unknownScript, 1, e.key}, Fault, forLeases},
		{"set", []any{e.key, "1", "px", lifetime}, Fault, forLeases},
		{"get", []any{e.key}, Fault, forLeases},
		{"pexpire", []any{e.key, lifetime}, Fault, forLeases},
		{"pttl", []any{e.key}, Fault, forLeases},
	}
	if db := node.Options().DB; db != 0 {
		all = append(all, need{"select", []any{db}, Fault, "without it the database cannot be chosen"})
	}
	if e.Store.Settle > 0 {
		const why = "-settle needs it"
		all = append(all, need{"info", nil, Fault, why},
			need{"hset", []any{e.key, "server", "1"}, Fault, why}, need{"hmget", []any{e.key, "server"}, Fault, why})
	}
	if e.Store.Replicas > 0 {
		all = append(all, need{"wait", []any{0, 1}, Fault, "-replicas needs it"})
	}
	if _, ok := e.Client.(*goredis.ClusterClient); ok {
		const why = "a client of a Cluster needs it"
		all = append(all, need{"cluster|slots", nil, Fault, why}, need{"cluster|shards", nil, Advice, why},
			need{"command", []any{"count"}, Advice, why}, need{"asking", nil, Fault, why})
	}
	return append(all,
		need{"publish", []any{e.channel(node), ""}, Advice, forWakeUps},
		need{"scan", []any{0, "match", e.key, "count", 1}, Advice, "tenure list needs it"},
		need{"del", []any{e.key}, Fault, forLeases},
	)
}

// channel is one that nobody else uses, where the store's are.
func (e *examination) channel(node *goredis.Client) string {
	return e.prefix + "@" + strconv.Itoa(node.Options().DB) + ":" + strings.TrimPrefix(e.key, e.prefix+":")
}

// refusals are what a user may not do.
type refusals struct {
	verdict  Verdict
	rules    []string
	commands []string
	whys     []string
}

func (r *refusals) add(verdict Verdict, what, rule, why string) {
	if r.verdict != Fault {
		r.verdict = verdict
	}
	r.commands, r.rules, r.whys = with(r.commands, what), with(r.rules, rule), with(r.whys, why)
}

func with(items []string, item string) []string {
	if slices.Contains(items, item) {
		return items
	}
	return append(items, item)
}

// permissions tries every command, in one check for each server that says which rules its user lacks.
func (e *examination) permissions(ctx context.Context) error {
	for _, node := range e.nodes {
		refused, err := e.try(ctx, node)
		if err != nil {
			return err
		}
		user := e.user(ctx, node)
		if len(refused.rules) == 0 {
			e.tell(Check{OK, "permissions", called(node), fmt.Sprintf("user %s may do all that the store needs", user), "", ""})
			continue
		}
		e.tell(Check{
			refused.verdict, "permissions", called(node),
			fmt.Sprintf("user %s may not %s", user, strings.Join(refused.commands, ", ")),
			strings.Join(refused.whys, "; "), "ACL SETUSER " + quoted(user) + " " + strings.Join(refused.rules, " "),
		})
	}
	return nil
}

func (e *examination) try(ctx context.Context, node *goredis.Client) (refusals, error) {
	var r refusals
	e.written = true
	for _, n := range e.needs(node) {
		args := slices.Concat(words(n.command), n.args)
		if err := e.do(ctx, node, args...); denied(err) {
			e.refused(&r, n, err)
		} else if err != nil && !answered(err) {
			return r, err
		}
	}
	err := e.subscribe(ctx, node, &r)
	return r, err
}

// words turns a command and its subcommand into what is sent.
func words(command string) (args []any) {
	for word := range strings.SplitSeq(command, "|") {
		args = append(args, word)
	}
	return args
}

// answered tells an answer of the server from the want of one.
func answered(err error) bool {
	var answer goredis.Error
	return errors.As(err, &answer)
}

// namedCommand is how a server says which command it refuses: it may be one that the client sent first by itself.
var namedCommand = regexp.MustCompile(`permissions? to run the '([a-z|]+)' command`)

// refused notes the rule that is missing.
func (e *examination) refused(r *refusals, n need, err error) {
	text := err.Error()
	named := namedCommand.FindStringSubmatch(text)
	switch {
	case named != nil:
		r.add(n.verdict, named[1], "+"+named[1], n.why)
	case strings.Contains(text, "channel"):
		r.add(n.verdict, "use the store's channels", quoted("&"+pattern(e.prefix)+"@*"), n.why)
	case strings.Contains(text, "key"):
		r.add(n.verdict, "use the store's keys", quoted("~"+pattern(e.prefix)+":*"), n.why)
	default:
		r.add(n.verdict, n.command, "+"+n.command, n.why)
	}
}

// subscribe tries what is sent on a connection of its own. An answer of the server to unsubscribe can only be awaited where
// there is a subscription.
func (e *examination) subscribe(ctx context.Context, node *goredis.Client, r *refusals) error {
	ctx, cancel := e.bounded(ctx)
	defer cancel()
	channel := e.channel(node)
	sub := node.Subscribe(ctx, channel)
	defer func() { _ = sub.Close() }()
	_, err := sub.ReceiveTimeout(ctx, e.Call)
	subscribe := need{"subscribe", nil, Advice, forWakeUps}
	if err == nil {
		subscribe.command = "unsubscribe"
		if err = sub.Unsubscribe(ctx, channel); err == nil {
			_, err = sub.ReceiveTimeout(ctx, e.Call)
		}
	}
	switch {
	case denied(err):
		e.refused(r, subscribe, err)
	case err != nil && !answered(err):
		return err
	}
	return nil
}

// user is how the server calls us.
func (e *examination) user(ctx context.Context, node *goredis.Client) string {
	if answer, err := e.ask(ctx, node, "acl", "whoami"); err == nil {
		return fmt.Sprint(answer)
	}
	if name := node.Options().Username; name != "" {
		return name
	}
	return "default"
}

// pattern takes the meaning from characters that have one in a pattern of the server.
func pattern(prefix string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`, "]", `\]`).Replace(prefix)
}

// quoted is a word as redis-cli reads it.
func quoted(word string) string {
	if strings.ContainsAny(word, " '\"\\") {
		return strconv.Quote(word)
	}
	return word
}
