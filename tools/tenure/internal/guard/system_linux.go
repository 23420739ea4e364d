package guard

import (
	"fmt"
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

// onlyZombies tells whether each process of the group has ended, and its parent has not looked at that.
func onlyZombies(group int) bool {
	for _, p := range processes() {
		if p.group == group && p.lives() {
			return false
		}
	}
	return true
}

// sweepSession kills each process of the session that a guardian made, and returns how many live: those that it started,
// and their children, in whatever group, but those that made a session of their own.
func sweepSession(session int) int {
	n := 0
	for _, p := range processes() {
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

func processes() []procStat {
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	var all []procStat
	for _, file := range files {
		text, err := os.ReadFile(file) //nolint:gosec // a path from the line above
		if err != nil {
			continue // it has ended meanwhile
		}
		// The name, in parentheses, may hold anything.
		name := strings.LastIndexByte(string(text), ')')
		var p procStat
		var parent int
		if n, _ := fmt.Sscan(string(text[name+1:]), &p.state, &parent, &p.group, &p.session); n != 4 {
			continue
		}
		p.pid, _ = strconv.Atoi(filepath.Base(filepath.Dir(file)))
		all = append(all, p)
	}
	return all
}
