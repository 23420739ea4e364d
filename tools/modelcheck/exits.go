package main

import "github.com/tenure-go/tenure/tools/internal/cli"

func exits() []cli.Exit {
	return []cli.Exit{
		{Code: exitHeld, Meaning: "everything is as it must be"},
		{Code: exitViolated, Meaning: `a property is violated; or a mutant survived or was caught by another property than it should; or a witness was
not reached; or the edges differ`},
		{Code: exitUsage, Meaning: "it was called wrongly, or tla/checks.yaml is faulty; nothing was checked"},
		{Code: exitChanged, Meaning: "safe, but counts changed: the distinct states are not the pinned ones, or not pinned; or a document is out of date"},
		{Code: exitUnchecked, Meaning: "it could not be checked: no Java, no TLC, a broken module, a JVM that was killed, a full disk, no time; never a pass"},
		{Code: exitUnexplored, Meaning: "an action is never taken and is not listed as unexplored, or is listed and taken"},
	}
}

const environment = `  JAVA_HOME       the Java to use, before any on the path
  TENURE_TLC_JAR  the TLC to use, a tla2tools.jar, instead of fetching one
`
