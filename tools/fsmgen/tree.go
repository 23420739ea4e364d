package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
)

// errDrift says that the tree is not what the table gives.
var errDrift = errors.New("the tree differs from what the table gives; run make generate and commit")

// write puts the files into the tree and removes what else stands in gen/, so that nothing stale is left there.
func write(tree *os.Root, want files) error {
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if have, err := tree.ReadFile(name); err == nil && bytes.Equal(have, want[name]) {
			continue
		}
		if err := tree.MkdirAll(path.Dir(name), 0o755); err != nil {
			return err
		}
		if err := tree.WriteFile(name, want[name], 0o644); err != nil {
			return err
		}
	}
	extra, err := extraFiles(tree, want)
	if err != nil {
		return err
	}
	for _, name := range extra {
		if err := tree.Remove(name); err != nil {
			return err
		}
	}
	return nil
}

// compare names every file that differs from what write would leave, and changes nothing.
func compare(tree *os.Root, want files, out io.Writer) error {
	var drift []string
	for _, name := range slices.Sorted(maps.Keys(want)) {
		have, err := tree.ReadFile(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			drift = append(drift, "missing:   "+name)
		case err != nil:
			return err
		case !bytes.Equal(have, want[name]):
			drift = append(drift, "different: "+name+firstDifference(have, want[name]))
		}
	}
	extra, err := extraFiles(tree, want)
	if err != nil {
		return err
	}
	for _, name := range extra {
		drift = append(drift, "extra:     "+name)
	}
	for _, line := range drift {
		if _, err := fmt.Fprintln(out, line); err != nil {
			return err
		}
	}
	if len(drift) > 0 {
		return errDrift
	}
	_, err = fmt.Fprintf(out, "%d generated files are as the table gives them\n", len(want))
	return err
}

func firstDifference(have, want []byte) string {
	haveLines, wantLines := bytes.Split(have, []byte("\n")), bytes.Split(want, []byte("\n"))
	for i := range min(len(haveLines), len(wantLines)) {
		if !bytes.Equal(haveLines[i], wantLines[i]) {
			return fmt.Sprintf(" (line %d)", i+1)
		}
	}
	return fmt.Sprintf(" (line %d)", min(len(haveLines), len(wantLines))+1)
}

func extraFiles(tree *os.Root, want files) ([]string, error) {
	var extra []string
	err := fs.WalkDir(tree.FS(), "gen", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if _, wanted := want[name]; !entry.IsDir() && !wanted {
			extra = append(extra, name)
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return extra, err
}
