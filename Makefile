# Plimsoll. `make test` is the one command that passes the tests.
GO      ?= go
FUZZ    ?= 30s
RACE    ?=
CGO     ?= 0
export CGO_ENABLED = 0

.PHONY: test check fuzz gen golden demo build cross new-probe new-regime kill-table bench bench-label packages

# Debian packages that the tests drive: real daemons, and peers as oracles.
PACKAGES = busybox-static dropbear-bin vsftpd stunnel4 nginx-light openssl openssh-client \
	nmap sslscan iproute2 squashfs-tools e2fsprogs cpio xz-utils zstd zip lzma unzip chromium \
	poppler-utils zbar-tools mosquitto snmpd chrony tftpd-hpa libcoap3-bin dnsmasq-base avahi-daemon softhsm2 opensc $(if $(RACE),gcc libc6-dev)

# RACE=-race CGO=1 runs the same tests with the race detector (needs gcc).
test: packages
	CGO_ENABLED=$(CGO) sh tools/test.sh $(RACE)

# Installs what is missing when that is possible, and otherwise says what to type.
packages:
	@sh tools/packages.sh $(PACKAGES)

check:
	$(GO) vet ./...
	$(GO) tool -modfile=tools/go.mod staticcheck ./...
	@out=$$($(GO) tool -modfile=tools/go.mod gofumpt -l . | grep -v /testdata/ || true); if [ -n "$$out" ]; then echo "gofumpt would change:"; echo "$$out"; exit 1; fi

fuzz:
	@sh tools/fuzz.sh $(FUZZ)

gen:
	$(GO) run ./cmd/plimsoll gen
	@{ sed '/^  /d' NOTICE; sh tools/notice.sh; } > NOTICE.new && mv NOTICE.new NOTICE

golden:
	$(GO) test ./report ./product ./judge ./regime ./cmd/plimsoll -update

demo:
	$(GO) run ./cmd/plimsoll demo

build:
	$(GO) build -trimpath -o bin/plimsoll ./cmd/plimsoll

cross:
	@for os in linux darwin windows; do for arch in amd64 arm64; do \
		echo "$$os/$$arch"; GOOS=$$os GOARCH=$$arch $(GO) build -trimpath -o /dev/null ./cmd/plimsoll || exit 1; done; done

kill-table:
	$(GO) test ./cmd/plimsoll -run TestKillTable -v -update

new-probe:
	@sh tools/new-probe.sh "$(NAME)"

new-regime:
	@sh tools/new-regime.sh "$(NAME)"

bench:
	$(GO) test -run '^$$' -bench . -benchtime 2s ./firmware/... ./wire/ports ./judge ./catalog ./regime ./regime/answer ./regime/market ./label ./tlog ./cmd/plimsoll

# Labels, their log and their scheme: what there is of them.
bench-label:
	$(GO) test -run '^$$' -bench . -benchtime 2s -cpu 1 $$(for d in label tlog scheme; do if [ -d $$d ]; then echo ./$$d/...; fi; done)
