package guard

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// adopt makes this process the parent of the processes below it whose parents die, so that their ends are seen here.
func adopt() { _ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }

// childAttributes puts the child into a group of its own; the kernel tells it to end when its guardian dies.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}

// self is this program, also if its file was replaced meanwhile.
func self() (string, error) { return "/proc/self/exe", nil }

// onlyZombies tells whether each process of the group has ended, and its parent has not looked at that. There is one: not to
// see it is no proof.
func onlyZombies(group int) bool {
	all, _ := processes()
	seen := false
	for _, p := range all {
		if p.group == group && p.lives() {
			return false
		}
		seen = seen || p.group == group
	}
	return seen
}

// sweepSession kills each process of the session that a guardian made, and returns how many live: those that it started,
// and their children, in whatever group, but those that made a session of their own. Where that cannot be seen, one is.
func sweepSession(session int) int {
	all, err := processes()
	if err != nil {
		return 1
	}
	n := 0
	for _, p := range all {
		if p.session == session && p.lives() {
			_ = syscall.Kill(p.pid, syscall.SIGKILL)
			n++
		}
	}
	return n
}

// procStat is what /proc tells of a process.
type procStat struct {
	pid, group, session int
	state               string
}

func (p procStat) lives() bool { return p.state != "Z" && p.state != "X" }

func processes() ([]procStat, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	var all []procStat
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		text, err := os.ReadFile(filepath.Join("/proc", entry.Name(), "stat"))
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ESRCH): // it has ended meanwhile
			continue
		case err != nil:
			return nil, err
		}
		// The name, in parentheses, may hold anything.
		name := strings.LastIndexByte(string(text), ')')
		p := procStat{pid: pid}
		var parent int
		if n, _ := fmt.Sscan(string(text[name+1:]), &p.state, &parent, &p.group, &p.session); n != 4 {
			continue
		}
		all = append(all, p)
	}
	return all, nil
}
