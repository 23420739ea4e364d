package tlc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// Toolchain is a Java and a TLC that run, as Find returns them.
type Toolchain struct {
	Java string // the program
	Jar  string // TLC
}

// Job is one run of TLC.
type Job struct {
	Name    string // what errors call it
	Modules string // the directory with the modules; TLC works on copies
	// Replace holds files that stand in for those of the same name, or come in addition.
	Replace map[string][]byte
	Module  string // the root module, without .tla
	Config  string // the text of the configuration
	Workers int    // 1 if it is not positive
	HeapMB  int    // a share of the machine's memory if it is not positive
	// Liveness says that temporal properties are checked; they are, at the end, over the complete graph.
	Liveness bool
	Coverage bool // count how often each action is taken; costs about a third of the time again
	// Brief says that the run is over in seconds: Java then compiles at once what it runs, and nothing thoroughly.
	Brief bool
	// Timeout ends the run without a verdict; 0 waits for as long as it takes.
	Timeout time.Duration
	// Progress is told once a minute how far the run has come. It is called by one goroutine at a time.
	Progress func(Progress)
}

// ErrUndecided is in the chain of the error of a run that took longer than it was given.
var ErrUndecided = errors.New("not decided in time")

// Arguments returns the command line of a run whose modules, among them MC.cfg, stand in the working directory. Metadata
// is where TLC may write.
func (t Toolchain) Arguments(job Job, metadata string) []string {
	workers := max(job.Workers, 1)
	args := []string{
		t.Java, "-XX:+UseParallelGC", "-XX:ParallelGCThreads=" + strconv.Itoa(workers), "-XX:-UsePerfData",
		// A JVM that is out of memory may linger for ever otherwise.
		"-XX:+ExitOnOutOfMemoryError",
		fmt.Sprintf("-Xmx%dm", job.heap()),
	}
	if job.Brief {
		args = append(args, "-XX:TieredStopAtLevel=1")
	}
	args = append(args,
		// The counts are parsed, so they are written in one language; TLC unpacks its own modules here, and two that
		// unpack into one directory would disturb each other.
		"-Duser.language=en", "-Duser.country=US", "-Djava.io.tmpdir="+metadata,
		"-cp", t.Jar, "tlc2.TLC", "-tool", "-metadir", metadata,
		// The same counterexample every time, and no checkpoints: no run is ever resumed.
		"-fp", "42", "-seed", "1", "-checkpoint", "0",
		"-workers", strconv.Itoa(workers), "-config", configFile,
	)
	if job.Liveness {
		args = append(args, "-lncheck", "final")
	}
	if job.Coverage {
		args = append(args, "-coverage", "30000") // minutes between reports: only the last one matters
	}
	return append(args, job.Module)
}

const configFile = "MC.cfg"

// heap is how many megabytes Java may use: a fair share of the memory if nothing else is asked for.
func (j Job) heap() int {
	const least, most = 512, 8192
	if j.HeapMB > 0 {
		return j.HeapMB
	}
	share := memoryMB() / 2 / runtime.GOMAXPROCS(0) * max(j.Workers, 1)
	return min(max(share, least), most)
}

// memoryMB is the machine's memory, or a careful guess where it is not told.
func memoryMB() int {
	const guess = 4096
	data, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return guess
	}
	for line := range strings.Lines(string(data)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "MemTotal:" {
			if kilobytes, err := strconv.Atoi(fields[1]); err == nil {
				return kilobytes / 1024
			}
		}
	}
	return guess
}

// Run checks one configuration. It may be called from many goroutines. The error is a *RunError if TLC gave no verdict, and
// has ErrUndecided in its chain if the job took too long; when ctx ends, TLC is killed and the error is the cause.
// Whatever TLC wrote is removed.
func (t Toolchain) Run(ctx context.Context, job Job) (result Result, err error) {
	err = inFolder(job, func(dir string) error {
		result, err = t.check(ctx, dir, job)
		return err
	})
	if err != nil {
		return Result{}, err
	}
	return result, nil
}

// inFolder lays a job out in a folder of its own, which is removed after do has worked there.
func inFolder(job Job, do func(dir string) error) (err error) {
	dir, err := os.MkdirTemp("", "tenure-tlc-")
	if err != nil {
		return fmt.Errorf("tlc: %s: %w", job.Name, err)
	}
	defer func() {
		if removed := os.RemoveAll(dir); removed != nil && err == nil {
			err = fmt.Errorf("tlc: %s: %w", job.Name, removed)
		}
	}()
	if err := job.LayOut(dir); err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(dir, metadata), 0o700); err != nil {
		return fmt.Errorf("tlc: %s: %w", job.Name, err)
	}
	return do(dir)
}

// check runs TLC on what is laid out in dir.
func (t Toolchain) check(ctx context.Context, dir string, job Job) (Result, error) {
	limited, cancel := ctx, context.CancelFunc(func() {})
	if job.Timeout > 0 {
		limited, cancel = context.WithTimeout(ctx, job.Timeout)
	}
	defer cancel()

	begin := time.Now()
	transcript := &transcript{progress: job.Progress}
	end, err := t.process(limited, dir, t.Arguments(job, filepath.Join(dir, metadata)), transcript)
	switch {
	case ctx.Err() != nil:
		return Result{}, fmt.Errorf("tlc: %s: %w", job.Name, context.Cause(ctx))
	case limited.Err() != nil:
		return Result{}, fmt.Errorf("tlc: %s: %w (%s)", job.Name, ErrUndecided, job.Timeout)
	case err != nil:
		return Result{}, fmt.Errorf("tlc: %s: %w", job.Name, err)
	}
	result, err := judge(job.Name, transcript, end)
	result.Elapsed = time.Since(begin)
	return result, err
}

// LayOut writes the modules and the configuration, MC.cfg, into the folder dir, so that TLC can be run there by hand.
func (j Job) LayOut(dir string) error {
	if err := j.layOut(dir); err != nil {
		return fmt.Errorf("tlc: %s: %w", j.Name, err)
	}
	return nil
}

func (j Job) layOut(dir string) error {
	modules, err := filepath.Glob(filepath.Join(j.Modules, "*.tla"))
	if err != nil {
		return err
	}
	files := map[string][]byte{configFile: []byte(j.Config)}
	for _, path := range modules {
		if files[filepath.Base(path)], err = os.ReadFile(path); err != nil {
			return err
		}
	}
	for name, data := range j.Replace {
		if filepath.Base(name) != name {
			return fmt.Errorf("%q is not the name of a file", name)
		}
		files[name] = data
	}
	if _, ok := files[j.Module+".tla"]; !ok {
		return fmt.Errorf("there is no module %s in %s", j.Module, j.Modules)
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return err
		}
	}
	return nil
}

const metadata = "meta"

// process runs Java to its end and fills the transcript.
func (t Toolchain) process(ctx context.Context, dir string, args []string, transcript *transcript) (ending, error) {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = dir
	cmd.WaitDelay = 5 * time.Second
	ownGroup(cmd)
	stderr := &tail{}
	cmd.Stderr = stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return ending{}, err
	}
	if err := cmd.Start(); err != nil {
		return ending{}, err
	}
	reader := &reader{message: transcript.message, line: transcript.line}
	transcript.truncated, err = reader.read(stdout)
	if err != nil { // the process must not wait for somebody to read
		_, _ = io.Copy(io.Discard, stdout)
	}
	waited := cmd.Wait()
	var exit *exec.ExitError
	switch {
	case errors.As(waited, &exit):
		return ending{code: exit.ExitCode(), signal: signalOf(exit), stderr: stderr.lines()}, nil
	case waited != nil:
		return ending{}, waited
	case err != nil:
		return ending{}, fmt.Errorf("its output cannot be read: %w", err)
	}
	return ending{stderr: stderr.lines()}, nil
}

// tail keeps the end of what is written to it.
type tail struct{ kept []byte }

func (t *tail) Write(p []byte) (int, error) {
	const most = 16 << 10
	t.kept = append(t.kept, p...)
	if len(t.kept) > most {
		t.kept = append([]byte(nil), t.kept[len(t.kept)-most:]...)
	}
	return len(p), nil
}

func (t *tail) lines() []string {
	var all []string
	for line := range bytes.Lines(t.kept) {
		if text := strings.TrimSpace(string(line)); text != "" {
			all = append(all, text)
		}
	}
	return all
}
