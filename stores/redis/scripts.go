package redis

import (
	"crypto/sha1" //nolint:gosec // it is how Redis names scripts
	_ "embed"
	"encoding/hex"
)

// The sources of the scripts.
var (
	//go:embed scripts/lease.lua
	shared string
	//go:embed scripts/acquire.lua
	acquireSource string
	//go:embed scripts/renew_known.lua
	renewKnownSource string
	//go:embed scripts/renew.lua
	renewSource string
	//go:embed scripts/release.lua
	releaseSource string
	//go:embed scripts/revoke.lua
	revokeSource string
	//go:embed scripts/get.lua
	getSource string
	//go:embed scripts/probe.lua
	probeSource string
)

// scripts are those of a store.
type scripts struct{ acquire, renew, release, revoke, get, probe script }

// newScripts puts the scripts together. What they share costs more than a renewal, so the usual one comes before it.
func newScripts() scripts {
	return scripts{
		acquire: newScript(shared + acquireSource),
		renew:   newScript(renewKnownSource + shared + renewSource),
		release: newScript(shared + releaseSource),
		revoke:  newScript(shared + revokeSource),
		get:     newScript(shared + getSource),
		probe:   newScript(probeSource),
	}
}

// script is what runs inside the server, in one atomic step. Its source and its name are boxed once, for arguments.
type script struct{ source, sha any }

func newScript(source string) script {
	sum := sha1.Sum([]byte(source)) //nolint:gosec // it is how Redis names scripts
	return script{source: source, sha: hex.EncodeToString(sum[:])}
}
