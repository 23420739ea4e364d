//go:build unix

package tlc_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tenure-go/tenure/tools/modelcheck/internal/tlc"
)

// javaHome makes a home with a Java that says so on stderr and exits so.
func javaHome(t *testing.T, says string, exit int) string {
	t.Helper()
	home := t.TempDir()
	program(t, filepath.Join(home, "bin", "java"), fmt.Sprintf("echo '%s' >&2\nexit %d\n", says, exit))
	return home
}

func program(t *testing.T, path, script string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"+script), 0o755)) //nolint:gosec // a program
}

func environment(values map[string]string) func(string) string {
	return func(name string) string { return values[name] }
}

func TestJava(t *testing.T) {
	jar := filepath.Join(t.TempDir(), "tla2tools.jar")
	require.NoError(t, os.WriteFile(jar, nil, 0o600))
	for name, c := range map[string]struct {
		says  string
		exit  int
		fault string // empty if it can be used
	}{
		"of Debian":           {`openjdk version "17.0.15" 2025-04-15`, 0, ""},
		"without a minor":     {`openjdk version "21" 2023-09-19`, 0, ""},
		"the oldest":          {`openjdk version "11.0.2" 2019-01-15`, 0, ""},
		"too old":             {`openjdk version "9.0.4"`, 0, "is version 9"},
		"of the old counting": {`java version "1.8.0_292"`, 0, "is version 8"},
		"does not run":        {`no such library`, 127, "does not run"},
		"something else":      {`hello`, 0, "does not tell its version"},
	} {
		t.Run(name, func(t *testing.T) {
			home := javaHome(t, c.says, c.exit)
			env := environment(map[string]string{tlc.EnvJava: home, tlc.EnvJar: jar})
			t.Setenv("PATH", "")
			tools, err := tlc.Find(t.Context(), env, t.Output())
			if c.fault == "" {
				require.NoError(t, err)
				require.Equal(t, tlc.Toolchain{Java: filepath.Join(home, "bin", "java"), Jar: jar}, tools)
				return
			}
			require.ErrorIs(t, err, tlc.ErrNoJava)
			require.ErrorContains(t, err, c.fault)
			require.ErrorContains(t, err, "default-jre-headless")
		})
	}
}

func TestTheJavaOnThePathIsSecond(t *testing.T) {
	old, good := javaHome(t, `java version "1.8.0"`, 0), javaHome(t, `openjdk version "17"`, 0)
	jar := filepath.Join(t.TempDir(), "tla2tools.jar")
	require.NoError(t, os.WriteFile(jar, nil, 0o600))
	t.Setenv("PATH", filepath.Join(good, "bin"))
	tools, err := tlc.Find(t.Context(), environment(map[string]string{tlc.EnvJava: old, tlc.EnvJar: jar}), t.Output())
	require.NoError(t, err)
	require.Equal(t, filepath.Join(good, "bin", "java"), tools.Java)
}

func TestNoJava(t *testing.T) {
	t.Setenv("PATH", "")
	_, err := tlc.Find(t.Context(), environment(nil), t.Output())
	require.ErrorIs(t, err, tlc.ErrNoJava)
	require.ErrorContains(t, err, "JAVA_HOME is not set")
}

const content = "the jar"

func sum(text string) string {
	digest := sha256.Sum256([]byte(text))
	return hex.EncodeToString(digest[:])
}

// brings is a source that brings a jar with that content.
func brings(text string) func(context.Context, string) error {
	return func(_ context.Context, dir string) error {
		return os.WriteFile(filepath.Join(dir, "some.jar"), []byte(text), 0o600)
	}
}

func fails(context.Context, string) error { return errors.New("no way") }

func source(fetch func(context.Context, string) error) tlc.Source {
	return tlc.Source{Name: "somewhere", Sum: sum(content), Fetch: fetch}
}

func TestAJarIsFetchedOnceAndKept(t *testing.T) {
	cache := filepath.Join(t.TempDir(), "not", "there", "yet")
	var said bytes.Buffer
	first, err := tlc.FindJar(t.Context(), "", cache, []tlc.Source{source(brings(content))}, &said)
	require.NoError(t, err)
	require.Equal(t, "fetching TLC: somewhere\n", said.String())
	text, err := os.ReadFile(first) //nolint:gosec // a folder of the test
	require.NoError(t, err)
	require.Equal(t, content, string(text))

	second, err := tlc.FindJar(t.Context(), "", cache, []tlc.Source{source(fails)}, &said)
	require.NoError(t, err)
	require.Equal(t, first, second)
	left, err := os.ReadDir(cache)
	require.NoError(t, err)
	require.Len(t, left, 1, "nothing else is left")
}

func TestADamagedJarIsFetchedAnew(t *testing.T) {
	cache := t.TempDir()
	path, err := tlc.FindJar(t.Context(), "", cache, []tlc.Source{source(brings(content))}, t.Output())
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, []byte("half of it"), 0o600))
	_, err = tlc.FindJar(t.Context(), "", cache, []tlc.Source{source(fails)}, t.Output())
	require.ErrorIs(t, err, tlc.ErrNoTLC)
	again, err := tlc.FindJar(t.Context(), "", cache, []tlc.Source{source(brings(content))}, t.Output())
	require.NoError(t, err)
	text, err := os.ReadFile(again) //nolint:gosec // a folder of the test
	require.NoError(t, err)
	require.Equal(t, content, string(text))
}

func TestAJarWithAnotherChecksumIsNeverUsed(t *testing.T) {
	cache := t.TempDir()
	_, err := tlc.FindJar(t.Context(), "", cache, []tlc.Source{source(brings("something else"))}, t.Output())
	require.ErrorIs(t, err, tlc.ErrNoTLC)
	require.ErrorContains(t, err, "checksum")
	left, err := os.ReadDir(cache)
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestTheSecondSourceServesWhereTheFirstFails(t *testing.T) {
	second := tlc.Source{Name: "elsewhere", Sum: sum("other"), Fetch: brings("other")}
	for name, first := range map[string]func(context.Context, string) error{
		"fails": fails, "brings something else": brings("x"), "brings nothing": func(context.Context, string) error { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			cache := t.TempDir()
			sources := []tlc.Source{source(first), second}
			path, err := tlc.FindJar(t.Context(), "", cache, sources, t.Output())
			require.NoError(t, err)
			again, err := tlc.FindJar(t.Context(), "", cache, sources, t.Output())
			require.NoError(t, err)
			require.Equal(t, path, again)
		})
	}
}

func TestManyFetchAtOnce(t *testing.T) {
	cache := t.TempDir()
	var all sync.WaitGroup
	faults := make([]error, 16)
	for i := range faults {
		all.Go(func() {
			path, err := tlc.FindJar(t.Context(), "", cache, []tlc.Source{source(brings(content))}, &bytes.Buffer{})
			if err == nil {
				var text []byte
				if text, err = os.ReadFile(path); err == nil && string(text) != content { //nolint:gosec // a folder of the test
					err = fmt.Errorf("the jar holds %q", text)
				}
			}
			faults[i] = err
		})
	}
	all.Wait()
	require.NoError(t, errors.Join(faults...))
	left, err := os.ReadDir(cache)
	require.NoError(t, err)
	require.Len(t, left, 1)
}

func TestNothingIsFetchedOnceTheContextIsOver(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := tlc.FindJar(ctx, "", t.TempDir(), []tlc.Source{source(fails), source(brings(content))}, t.Output())
	require.ErrorIs(t, err, context.Canceled)
}

func TestAGivenJar(t *testing.T) {
	jar := filepath.Join(t.TempDir(), "mine.jar")
	require.NoError(t, os.WriteFile(jar, []byte(content), 0o600))
	var said bytes.Buffer
	path, err := tlc.FindJar(t.Context(), jar, "", []tlc.Source{source(fails)}, &said)
	require.NoError(t, err)
	require.Equal(t, jar, path)
	require.Empty(t, said.String(), "a known jar is no news")

	require.NoError(t, os.WriteFile(jar, []byte("of my own"), 0o600))
	_, err = tlc.FindJar(t.Context(), jar, "", []tlc.Source{source(fails)}, &said)
	require.NoError(t, err)
	require.Contains(t, said.String(), "unknown checksum")

	_, err = tlc.FindJar(t.Context(), jar+"x", "", nil, &said)
	require.ErrorIs(t, err, tlc.ErrNoTLC)
}

func TestMaven(t *testing.T) {
	bin := t.TempDir()
	t.Setenv("PATH", bin+":/usr/bin:/bin")
	dir := t.TempDir()
	program(t, filepath.Join(bin, "mvn"), "for a; do case $a in -DoutputDirectory=*) echo jar > ${a#*=}/some.jar;; esac; done\n")
	require.NoError(t, tlc.ByMaven(t.Context(), dir))
	require.FileExists(t, filepath.Join(dir, "some.jar"))

	program(t, filepath.Join(bin, "mvn"), "echo '[ERROR] no network'\nexit 1\n")
	require.ErrorContains(t, tlc.ByMaven(t.Context(), dir), "no network")

	t.Setenv("PATH", "")
	require.ErrorContains(t, tlc.ByMaven(t.Context(), dir), "no mvn")
}

func TestDownload(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/tla2tools.jar" {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write([]byte(content))
	}))
	t.Cleanup(server.Close)
	t.Cleanup(server.Client().CloseIdleConnections)
	dir := t.TempDir()
	require.NoError(t, tlc.Download(t.Context(), server.Client(), server.URL+"/tla2tools.jar", dir))
	text, err := os.ReadFile(filepath.Join(dir, "tla2tools.jar")) //nolint:gosec // a folder of the test
	require.NoError(t, err)
	require.Equal(t, content, string(text))
	require.ErrorContains(t, tlc.Download(t.Context(), server.Client(), server.URL+"/other", dir), "404")
	server.Close()
	require.Error(t, tlc.Download(t.Context(), server.Client(), server.URL+"/tla2tools.jar", dir))
}
