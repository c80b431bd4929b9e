# One set of flags for build, vet, test and run: a differing one would compile
# SQLite again, which is most of a cold build.
export GOFLAGS := -trimpath
export CGO_ENABLED := 1
GO ?= go
BIN := bin/loyaltyd
KEPT = cmd/loyaltyd/testdata/release-$(KEEP).tar.gz
NAMED := -X github.com/loyaltyd/loyaltyd/cmd/loyaltyd/release.Name
RELEASE := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

.PHONY: help
help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

.PHONY: demo
demo: build ## a headquarters, two tills, a cut network: the whole story in half a minute
	@$(BIN) demo --once

.PHONY: build
build: tools-build ## bin/loyaltyd
	@$(GO) build -o $(BIN) -ldflags "$(NAMED)=$(RELEASE)" ./cmd/loyaltyd

# What of headquarters' stories runs on PostgreSQL too, each transaction twice,
# at each run of the tests; `make shown` runs all of them in either way.
ON_POSTGRES := TestRandomTills|TestRandomErasures|TestListedProperty|TestReturn|TestReclaim|TestQuarantine|TestReadOnly|TestKeyFile

.PHONY: test
test: tools-build tools-test ## every test; each package prints its time; then each parser fuzzed for five seconds
	$(GO) vet ./...
	$(GO) test -timeout 18m ./...
	$(GO) test -run '$(ON_POSTGRES)' ./hq -args -postgres -twice
	@$(MAKE) --no-print-directory fuzz-briefly

.PHONY: lint
lint: tools-build tools-test ## gofmt, vet, staticcheck, and -race but for what is one goroutine
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo "run gofmt -w"; exit 1; }
	$(GO) vet ./...
	$(GO) run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...
	$(GO) test -race $$($(GO) list ./... | grep -v internal/simulate)

.PHONY: simulate
SEEDS ?= 1000
FIRST ?= 0
simulate: tools-build ## SEEDS=n whole chains with faults, each from its seed, FIRST=m and on; SEED=7 is one of them, with its story
	@$(GO) test -count=1 -v -timeout 8h -run 'TestSimulate$$' ./internal/simulate -args $(if $(SEED),-seed $(SEED),-first $(FIRST) -seeds $(SEEDS))

.PHONY: bench
bench: tools-build tools-test ## each goal in one line, against the bare library in the same run; bin/bench.txt has it all
	@mkdir -p bin && ( \
	$(GO) test -run '^$$' -bench 'Append$$|Group|Find/.*s$$' -benchtime 4000x ./offline && \
	$(GO) test -run '^$$' -bench 'Lookup|Complete' -benchtime 4000x ./api && \
	$(GO) test -run '^$$' -bench 'Quote' -benchtime 1000x ./api && \
	$(GO) test -run '^$$' -bench 'FirstByte' -benchtime 400x ./api/pages && \
	$(GO) test -run '^$$' -bench 'LastKey' -benchtime 400x ./cmd/loyaltyd/story && \
	$(GO) test -run 'TestWireBytes$$' -count=1 -v ./sync && \
	$(GO) test -run 'TestMembers$$' -count=1 -v -timeout 30m ./cmd/loyaltyd/story -args -members 1000000 && \
	$(GO) test -run '^$$' -bench . -benchtime 1s ./internal/sqlitedb ./loyalty ./hq \
	) > bin/bench.txt 2>&1 || { cat bin/bench.txt; exit 1; }
	@grep -o 'goal [0-9]*: .*' bin/bench.txt

.PHONY: bench-peers
bench-peers: tools-build tools-test ## ours beside a server that takes one accrual a request, on one PostgreSQL, by turns
	@$(GO) test -run '^$$' -bench 'Peers' -benchtime 5x ./hq | grep -E '^(goal|an accrual)|FAIL'

.PHONY: shown
shown: build tools-test ## the full numbers: 1,300 kills, cut networks, faults, strace, foreign clients; needs half an hour, and root for network namespaces
	$(GO) test -count=1 -v -timeout 2h ./cmd/loyaltyd/story -args -shown
	$(GO) test -count=1 -timeout 30m ./hq -args -postgres
	$(GO) test -count=1 -timeout 30m ./hq -args -twice

SOAK_MINUTES ?= 30
SOAK_MEMBERS ?= 10000000
.PHONY: soak
soak: members backlog fuzz properties ## ten million members, a backlog and a bootstrap of a million, SOAK_MINUTES=30 each of fuzzing and of property tests, then -race
	$(GO) test -race -count=1 ./api ./checkout ./device/... ./internal/sqlitedb ./internal/postgres ./offline ./sync ./hq

.PHONY: members
members: build tools-test
	@$(GO) test -run 'TestMembers$$' -count=1 -v -timeout 2h ./cmd/loyaltyd/story -args -members $(SOAK_MEMBERS) > bin/soak.txt 2>&1 || { cat bin/soak.txt; exit 1; }
	@grep -o 'goal [0-9]*: .*' bin/soak.txt || true # fewer than a million print none

SOAK_BACKLOG ?= 1000000
.PHONY: backlog
backlog: build tools-test
	@$(GO) test -run 'TestBacklog$$|TestBootstrap$$' -count=1 -v -timeout 4h ./cmd/loyaltyd/story -args -backlog $(SOAK_BACKLOG) -fed $(SOAK_BACKLOG) > bin/soak.txt 2>&1 || { cat bin/soak.txt; exit 1; }
	@grep -o 'goal [0-9]*: .*' bin/soak.txt || true # fewer than a hundred thousand print none

# The fuzz targets, one a line: package and name. Making each find smaller, for a
# minute as a rule, would leave no time for the next.
FUZZ_TARGETS = grep -rnoE '^func Fuzz[A-Za-z0-9]+' --include='*_test.go' . | sed -E 's\#^(.*)/[^/]*:[0-9]+:func (.*)\#\1 \2\#'

# Go before 1.27 may take its own end of the time for a finding (golang/go#75804).
define only_late
{ grep -qx "    context deadline exceeded" $(1) && ! grep -q "Failing input" $(1); }
endef

.PHONY: fuzz
fuzz: build ## SOAK_MINUTES=30 of fuzzing, every target in turn
	@list=$$($(FUZZ_TARGETS)); \
	each=$$(($(SOAK_MINUTES) * 60 / $$(echo "$$list" | wc -l) + 1)); \
	echo "$$list" | while read -r package name; do \
		$(GO) test -run '^$$' -fuzz "^$$name\$$" -fuzztime $${each}s -fuzzminimizetime 10x $$package > bin/soak.txt 2>&1 || $(call only_late,bin/soak.txt) || { cat bin/soak.txt; exit 1; }; \
		echo "$$package $$name: $${each} s, $$(grep -o 'execs: [0-9]*' bin/soak.txt | tail -1)"; \
	done

# Fuzzes one target, $$1 its package and $$2 its name. What is found is kept where
# `go test -fuzz` keeps it, so that soaks and tests gain by each other.
define fuzz_one
log=$$PWD/bin/fuzz/$$2.$$(basename $$1); run=$$PWD/bin/fuzz/$$(basename $$1).test; \
(cd $$1 && timeout 120 $$run -test.run "^$$" -test.fuzz "^$$2\$$" -test.fuzztime 5s -test.fuzzminimizetime 10x -test.parallel 1 \
	-test.fuzzcachedir $$0/fuzz/github.com/loyaltyd/loyaltyd/$${1#./}) > $$log 2>&1 || $(call only_late,$$log) || \
{ cat $$log; echo "failed: $$1 $$2; again with what failed it: go test -run $$2 $$1"; exit 255; }; \
echo "$$1 $$2: $$(grep -o "execs: [0-9]*" $$log | tail -1)"
endef

# Only our own packages are instrumented: `go test -fuzz` compiles SQLite and the
# standard library once more for it.
.PHONY: fuzz-briefly
fuzz-briefly: tools-build ## five seconds of fuzzing for every target, two at a time
	@rm -rf bin/fuzz && mkdir -p bin/fuzz && $(FUZZ_TARGETS) > bin/fuzz/targets
	@$(GO) test -c -ldflags='-s -w' -gcflags=github.com/loyaltyd/loyaltyd/...=-d=libfuzzer -o bin/fuzz/ $$(cut -d' ' -f1 bin/fuzz/targets | sort -u)
	@xargs -P 2 -n 2 sh -c '$(fuzz_one)' "$$($(GO) env GOCACHE)" < bin/fuzz/targets

.PHONY: properties
properties: build tools-test ## SOAK_MINUTES=30 of property tests of 200 checks, again and again
	@end=$$(($$(date +%s) + $(SOAK_MINUTES) * 60)); rounds=0; while [ $$(date +%s) -lt $$end ]; do \
		$(GO) test -count=1 -timeout 2h $$(grep -rl --include='*_test.go' pgregory.net/rapid . | xargs -n1 dirname | sort -u) -args -rapid.checks=200 > bin/soak.txt 2>&1 || { cat bin/soak.txt; exit 1; }; \
		rounds=$$((rounds + 1)); \
	done; echo "property tests of 200 checks: $$rounds rounds"

# A Debian version: the tag, or where there is none the commit's time, in UTC,
# which sorts before any tag and behind what was committed earlier.
COMMITTED = $(shell TZ=UTC0 git log -1 --format=%cd --date=format-local:%Y%m%d%H%M 2>/dev/null || echo 0)
VERSION = $(shell echo $(RELEASE) | sed -E 's/^v([0-9])/\1/; t; s/^/0~$(COMMITTED)./' | tr - .)

.PHONY: deb
deb: tools-build ## bin/loyaltyd_*.deb: program, units, udev rule, manual, completions, samples
	@rm -rf bin/deb && mkdir -p bin/deb
	@$(GO) build -o bin/deb/loyaltyd -ldflags "-s -w $(NAMED)=$(RELEASE)" ./cmd/loyaltyd
	@SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) bin/deb/loyaltyd man bin/deb/man && gzip -9n bin/deb/man/*.1
	@for shell in bash zsh fish; do bin/deb/loyaltyd completion $$shell > bin/deb/completion.$$shell || exit; done
	@SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) VERSION=$(VERSION) ARCH=$$($(GO) env GOARCH) \
	$(GO) run github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.44.0 package --config configs/nfpm.yaml --packager deb --target bin/

.PHONY: units
units: build tools-test ## systemd's own opinion of the units
	$(GO) test -count=1 -run TestUnits -v ./cmd/loyaltyd/story

.PHONY: fixture
fixture: tools-build ## KEEP=v1.2.3: files as that release writes them, kept for the upgrade test
	@test -n "$(KEEP)" || { echo "name a release: make fixture KEEP=v1.2.3" >&2; exit 64; }
	@test ! -e $(KEPT) || { echo "$(KEPT) stands already and is never made anew" >&2; exit 65; }
	@tree=$$(mktemp -d) && trap 'git worktree remove --force '$$tree EXIT && \
	git worktree add -q --detach $$tree $(KEEP) && \
	(cd $$tree && $(GO) build -o bin/loyaltyd -ldflags "-X main.release=$(KEEP) $(NAMED)=$(KEEP)" ./cmd/loyaltyd) && \
	$(GO) run ./cmd/loyaltyd/fixture --executable $$tree/bin/loyaltyd --out $(KEPT) && ls -l $(KEPT)

SAID = sync/testdata/exchange-$(KEEP)
.PHONY: exchange
exchange: tools-build ## KEEP=v1.2.3: what that release's till and headquarters say to each other, kept for ever
	@test -n "$(KEEP)" || { echo "name a release: make exchange KEEP=v1.2.3" >&2; exit 64; }
	@test ! -e $(SAID) || { echo "$(SAID) stands already and is never made anew" >&2; exit 65; }
	@tree=$$(mktemp -d) && trap 'git worktree remove --force '$$tree EXIT && \
	git worktree add -q --detach $$tree $(KEEP) && \
	(cd $$tree && $(GO) test -count=1 -run 'TestRecordedExchange$$' ./sync -args -keep $(KEEP)) && \
	cp -r $$tree/$(SAID) $(SAID) && ls -l $(SAID)

# What the targets need beyond Go modules. Where it is missing it is installed,
# and where that is not allowed, one line says what to install. A command whose
# package has another name stands as command:package. Debian keeps a PostgreSQL
# server's programs off PATH.
define need
@missing=; PATH="$$PATH:$$(echo /usr/lib/postgresql/*/bin | tr ' ' :)"; \
for c in $(1); do command -v $${c%%:*} >/dev/null 2>&1 || missing="$$missing $${c##*:}"; done; \
[ -z "$$missing" ] || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && echo "installing$$missing" >&2 && \
{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing; } >/dev/null; } || \
{ echo "please install:$$missing (Debian: sudo apt-get install$$missing)" >&2; exit 1; }
endef

.PHONY: tools-build
tools-build:
	$(call need,gcc)

.PHONY: tools-test
tools-test:
	$(call need,sqlite3 socat strace tmux ip:iproute2 python3 systemd-analyze:systemd zint zbarimg:zbar-tools ZXingReader:zxing-cpp-tools node:nodejs chromium curl mcs:mono-mcs mcs:libmono-system-net-http4.0-cil mono:mono-runtime bsh initdb:postgresql)
