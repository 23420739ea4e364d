# The tools that are not needed to build or use the library run by version, outside go.mod.
GOLANGCI := go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

.DEFAULT_GOAL := help
.PHONY: help generate verify lint test test-race test-redis test-beside test-driver model-check mutants check-traces bench sim fuzz ci

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

generate: ## write everything that follows from spec/participant.yaml
	go run ./tools/fsmgen

verify: ## fail, naming each file, if what is committed is not what the table gives, or go.mod is not tidy
	go run ./tools/fsmgen -check
	go mod tidy -diff
	cd tools/beside && go mod tidy -diff

# For other systems all is compiled that the command imports, and none of it ever runs: it need not be optimized.
QUICKLY := -gcflags='all=-N -l'

lint: ## gofmt, go vet and the linters in .golangci.yml
	$(GOLANGCI) run ./...
	GOOS=darwin go vet $(QUICKLY) ./tools/tenure/...
	GOOS=windows go vet $(QUICKLY) ./tools/tenure/...
	$(GOLANGCI) run --build-tags tenure_record ./fsm/ ./proptest/
	cd tools/beside && $(GOLANGCI) run -c ../../.golangci.yml ./...

test: ## all tests; needs Go and nothing else, and skips what needs a server that is not installed
	go test -timeout 10m ./...

# The race detector would let each program sleep a second as it exits, also each of the many that the tests start.
test-race: ## all tests under the race detector; needs a C compiler
	CGO_ENABLED=1 GORACE="$(GORACE) atexit_sleep_ms=0" go test -race -timeout 15m ./...

test-redis: ## the tests on real Redis servers, which they start and stop, telling what happened; needs redis-server
	TENURE_NO_SKIP=1 go test -count 1 -v -timeout 15m ./stores/redis/... ./stores/fencing/redisguard ./tools/tenure/...

test-beside: ## what needs other people's modules: fences in SQLite and PostgreSQL, allocations beside other locks
	cd tools/beside && TENURE_NO_SKIP=1 go test -count 1 -timeout 15m ./...

CHECKS ?= 100
test-driver: ## play scripts against real electors, record what reaches their cores, and replay each run; CHECKS for more scripts
	go test -tags tenure_record -count 1 -v -timeout 15m ./fsm ./proptest -run 'TestDriver|Recorder' -rapid.checks $(CHECKS)

SET ?= short
model-check: ## check the protocol with TLC, and the table's rows against it; SET=long for the larger configurations
	go run ./tools/modelcheck check -set $(SET)

WALKS ?= $(or $(TMPDIR),/tmp)/tenure-walks.jsonl
check-traces: ## hold recorded runs of the code against the protocol with TLC, and replay what TLC walks in the code
	go run ./tools/modelcheck traces
	go run ./tools/modelcheck walks -number 600 -out $(WALKS)
	go test ./fsm/core -run '^TestWalks$$' -count 1 -v -walks $(WALKS)

LOG ?= $(or $(TMPDIR),/tmp)/tenure-table-mutants.jsonl
mutants: ## see each wrong model and each wrong table caught; takes hours, and goes on where LOG says it was interrupted
	go run ./tools/modelcheck mutants
	go run ./tools/modelcheck matrix -check
	go run ./tools/modelcheck table-mutants -all -log $(LOG)

bench: ## the micro-benchmarks, with allocations
	go test -run '^$$' -bench . -benchmem ./...
	cd tools/beside && go test -run '^$$' -bench . -benchmem ./locks

SEEDS ?= 1000000
SIM_STATE ?= $(or $(TMPDIR),/tmp)/tenure-sim.state
sim: ## a long simulation with a report; SEEDS says how many runs; goes on where SIM_STATE says that it was interrupted
	go run ./tools/sim -seeds $(SEEDS) -state $(SIM_STATE)

FUZZTIME ?= 30s
fuzz: ## fuzz the loader of the table for FUZZTIME
	go test ./spec -run '^$$' -fuzz '^FuzzParse$$' -fuzztime $(FUZZTIME) -fuzzminimizetime 10x

ci: ## what decides whether a change lands
	bash .ci/run
