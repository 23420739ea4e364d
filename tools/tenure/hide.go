package main

import (
	"slices"
	"strings"

	"github.com/tenure-go/tenure/tools/tenure/internal/redisurl"
)

// Whoever may list the processes of a machine sees their command lines, but not their environment. So a password on the
// command line is moved: the program starts itself again with the password hidden there and the whole URL in a variable.

// urlVariable gives the flag -redis.
const urlVariable = "TENURE_REDIS"

// hideIn hides the passwords of -redis in a command line, and sets the variable to the URL that counts, the last. It
// reports whether there was anything to hide. What follows -- belongs to another program.
func hideIn(args, environ []string) (hiddenArgs, fullEnviron []string, found bool) {
	hiddenArgs = slices.Clone(args)
	full := ""
	for i, arg := range args {
		if arg == "--" {
			break
		}
		name, url, joined := strings.Cut(arg, "=")
		if !joined && i+1 < len(args) {
			url = args[i+1]
		}
		if name != "-redis" && name != "--redis" || !redisurl.HasPassword(url) {
			continue
		}
		full = url
		if joined {
			hiddenArgs[i] = name + "=" + redisurl.Redact(url)
		} else {
			hiddenArgs[i+1] = redisurl.Redact(url)
		}
	}
	if full == "" {
		return args, environ, false
	}
	fullEnviron = slices.DeleteFunc(slices.Clone(environ), func(one string) bool { return strings.HasPrefix(one, urlVariable+"=") })
	return hiddenArgs, append(fullEnviron, urlVariable+"="+full), true
}

// unhidden returns the URL in the variable for one on the command line that is the same, with its password hidden.
func unhidden(url string, getenv func(string) string) string {
	if full := getenv(urlVariable); redisurl.HasPassword(full) && redisurl.Redact(full) == url {
		return full
	}
	return url
}
