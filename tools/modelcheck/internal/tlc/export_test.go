package tlc

import (
	"context"
	"io"
	"net/http"
	"strings"
)

// Judge makes a result of what a run printed and of its exit code, without a process.
func Judge(output string, code int) (Result, error) {
	t := &transcript{}
	reader := &reader{message: t.message, line: t.line}
	var err error
	if t.truncated, err = reader.read(strings.NewReader(output)); err != nil {
		return Result{}, err
	}
	return judge("run", t, ending{code: code})
}

// Source is a place from which a jar comes.
type Source struct {
	Name, Sum string
	Fetch     func(ctx context.Context, dir string) error
}

// FindJar looks for a jar as Find does, in other places.
func FindJar(ctx context.Context, given, cache string, sources []Source, progress io.Writer) (string, error) {
	j := jars{given: given, cache: cache, progress: progress}
	for _, s := range sources {
		j.sources = append(j.sources, source{s.Name, s.Sum, s.Fetch})
	}
	return j.find(ctx, true)
}

// Download fetches a file over HTTP into a directory.
func Download(ctx context.Context, client *http.Client, url, dir string) error {
	return download(ctx, client, url, dir)
}

// ByMaven runs the mvn on the path.
var ByMaven = byMaven
