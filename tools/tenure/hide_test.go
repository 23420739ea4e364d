package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPasswordsAreTakenFromTheCommandLine(t *testing.T) {
	const url, shown = "redis://u:" + secret + "@host", "redis://u:***@host"
	for args, want := range map[string]string{
		"tenure status -redis " + url:                               "tenure status -redis " + shown,
		"tenure status --redis=" + url + " -json":                   "tenure status --redis=" + shown + " -json",
		"tenure status -redis redis://x:y@z -redis " + url:          "tenure status -redis redis://x:***@z -redis " + shown,
		"tenure run -redis " + url + " -- cmd -redis redis://a:b@c": "tenure run -redis " + shown + " -- cmd -redis redis://a:b@c",
	} {
		got, environ, found := hideIn(strings.Fields(args), []string{"A=1", urlVariable + "=redis://else:where@host", "B=2"})
		require.True(t, found, args)
		require.Equal(t, want, strings.Join(got, " "))
		require.Equal(t, []string{"A=1", "B=2", urlVariable + "=" + url}, environ)
		_, _, again := hideIn(got, environ)
		require.False(t, again, "once is enough")
	}
	for _, args := range []string{
		"tenure", "tenure status -redis", "tenure status -redis redis://host", "tenure status -election redis://a:b@c",
		"tenure run -- cmd -redis " + url, "tenure status -redis " + shown,
	} {
		got, environ, found := hideIn(strings.Fields(args), []string{"A=1"})
		require.False(t, found, args)
		require.Equal(t, strings.Fields(args), got)
		require.Equal(t, []string{"A=1"}, environ)
	}
}

func TestAHiddenURLIsFoundInTheVariable(t *testing.T) {
	const full, shown = "redis://u:" + secret + "@host", "redis://u:***@host"
	for url, want := range map[string]string{shown: full, full: full, "redis://other": "redis://other", "redis://x:***@host": "redis://x:***@host"} {
		require.Equal(t, want, unhidden(url, func(string) string { return full }))
	}
	require.Equal(t, shown, unhidden(shown, func(string) string { return "" }))
}
