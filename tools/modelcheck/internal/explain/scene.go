package explain

import (
	"cmp"
	"slices"

	"github.com/tenure-go/tenure/tools/modelcheck/internal/tlc"
)

// none is what the model writes for what is not there.
const none = "none"

// scene is one state of the counterexample, as far as its variables are known.
type scene struct {
	number int
	action string
	cores  []core // in the order of their names
	loose  []message
	store  store
	stored bool // the model has a store
	state  tlc.State
}

// core is what one participant knows.
type core struct {
	name, state string
	left        int64 // ticks until the deadline
	fence       int64
	awaited     message
	armed       []string
	work        string
	grace       int64
	announced   string    // gain or loss, the last that was; or twice
	books       tlc.Value // everything
}

// message is a call of a participant, or a loose request.
type message struct {
	from, op string
	newest   bool
	fence    int64
	age      int64
	answer   string
	value    tlc.Value
}

// store is what the store holds.
type store struct {
	owner    string
	newest   bool
	fence    int64 // of the lease
	left     int64
	revoked  bool
	last     int64 // the last fence issued
	settling int64
}

func newScene(state tlc.State) scene {
	s := scene{number: state.Number, action: state.Action, state: state}
	cores := state.Value("core")
	for i, key := range cores.Keys {
		s.cores = append(s.cores, newCore(key.Name, cores.Items[i]))
	}
	slices.SortFunc(s.cores, func(a, b core) int { return cmp.Compare(a.name, b.name) })
	for _, item := range state.Value("loose").Items {
		s.loose = append(s.loose, newMessage(item))
	}
	value := state.Value("store")
	lease := value.Get("lease")
	s.stored = value.Kind == tlc.Record
	s.store = store{
		owner: lease.Get("owner").Name, newest: lease.Get("newest").Truth, fence: lease.Get("fence").Number,
		left: lease.Get("left").Number, revoked: lease.Get("revoked").Truth,
		last: value.Get("fence").Number, settling: value.Get("settling").Number,
	}
	return s
}

func newCore(name string, books tlc.Value) core {
	c := core{
		name: name, books: books,
		state: books.Get("state").Name, left: books.Get("left").Number, fence: books.Get("fence").Number,
		awaited: newMessage(books.Get("awaited")), work: books.Get("work").Name, grace: books.Get("grace").Number,
		announced: books.Get("announced").Name,
	}
	for _, item := range books.Get("armed").Items {
		c.armed = append(c.armed, item.Name)
	}
	return c
}

func newMessage(v tlc.Value) message {
	m := message{
		from: v.Get("from").Name, op: v.Get("op").Name, newest: v.Get("newest").Truth, fence: v.Get("fence").Number,
		age: v.Get("age").Number, answer: v.Get("answer").Name, value: v,
	}
	if m.op == none {
		m.op = ""
	}
	if m.answer == none {
		m.answer = ""
	}
	return m
}

// held reports whether there is a lease.
func (s store) held() bool { return s.owner != "" && s.owner != none }

// core returns what the participant of that name knows.
func (s scene) core(name string) core {
	for _, c := range s.cores {
		if c.name == name {
			return c
		}
	}
	return core{name: name}
}

// actor is the participant whose step led from before to s: the one whose books changed, or "" if that is not one.
func (s scene) actor(before scene) string {
	found := ""
	for _, c := range s.cores {
		if !c.books.Equal(before.core(c.name).books) {
			if found != "" {
				return ""
			}
			found = c.name
		}
	}
	return found
}
