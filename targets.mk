# What people call: run, test, lint and the rest. The building itself is in the Makefile.

.PHONY: help run simulation deps run-deps test-deps test unit check kat derive derive-million bench \
    fuzz fuzz-replay ctime lint asan audit-judges openapi-judges passkey-judges passkey-browser \
    tsan proxies compilers arm64 places models counts counts-update install repro sim sim-soak sim-mutants \
    cluster-storm cluster-rotate dev-chain artefacts clean flags compile_commands.json

help:
	@echo 'make            build every program into build/'
	@echo 'make run        start a development node on 127.0.0.1:4000'
	@echo 'make test       every short test; ends with N passed, N failed. LEGS="judge cli" chooses'
	@echo 'make unit T=hex build and run tests/unit/test_hex.c alone'
	@echo 'make kat VECTORS=a.json,b.json   run the vectors of these files'
	@echo 'make derive-million   derivation v1 over a million usernames, counted'
	@echo 'make bench      speed against named peers, as a table and as JSON'
	@echo 'make ctime      constant-time checks over all compilers and levels, with planted mutants'
	@echo 'make fuzz       fuzz every parser; SECONDS_EACH=60 TARGETS="fuzz_http1 ..."'
	@echo 'make asan       unit tests under the address and undefined-behaviour sanitizers'
	@echo 'make tsan       everything with threads under the thread sanitizer; some minutes'
	@echo 'make proxies    requests through nginx and HAProxy, as docs/proxies.md configures them'
	@echo 'make audit-judges  tools of others on an exported audit trail; needs Go'
	@echo 'make openapi-judges  linters and schemathesis on the API description; needs npm and pip'
	@echo 'make passkey-judges  two verifiers of WebAuthn on the vectors of passkeys; needs npm and pip'
	@echo 'make passkey-browser  passkeys of Chromium, and the page of examples; needs chromium, chromium-driver, node'
	@echo 'make lint       formatting, style, layers, symbols, static analysis'
	@echo 'make counts     instructions of the hot paths against the stored ones; counts-update stores'
	@echo 'make sim        lives of simulated clusters; LIVES=200 SEED=1 NODES=3 TICKS=5000, NODES=0 draws;'
	@echo '                one that goes wrong is made smaller, and how to live that is printed;'
	@echo '                SIM_MUTANT=alone-is-enough plants that bug of tests/sim/mutants.txt'
	@echo 'make sim-soak   20,000 lives, in pieces that go on where they were interrupted'
	@echo 'make sim-mutants  bugs planted in the cluster, each to be found by the simulator; some minutes'
	@echo 'make cluster-storm  three nodes in network namespaces, cut, killed and paused under load; needs root'
	@echo '                and nftables; STORM_S=600 SEED=1'
	@echo 'make dev-chain  coffer dev --registry chain from its start to its second one; a minute'
	@echo 'make cluster-rotate  three nodes on a real chain change their root in use; some minutes'
	@echo 'make models     searches all states of the models of the cluster, with planted bugs; 10 minutes'
	@echo 'make artefacts  keeps what this version seals and signs, once for each release'
	@echo 'make compilers  no warning and units green with each supported compiler; some minutes'
	@echo 'make arm64      units, vectors and a signed request for arm64, emulated; some minutes'
	@echo 'make places     builds as a plain user, with a space in the path, without git, offline'
	@echo 'make compile_commands.json   for editors and clangd'
	@echo 'make repro      build twice in two folders and compare'
	@echo 'make install    install programs, manual, completions, client library under PREFIX (/usr/local)'
	@echo 'PROFILE=production builds without every development part; V=1 shows every command.'

deps:
	@tools/install-deps build

test-deps:
	@tools/install-deps test

run-deps:
	@tools/install-deps run

run simulation: run-deps
	@$(MAKE) --no-print-directory -j2 all
	$(BUILD)/bin/coffer dev

test: test-deps
	@tools/run-tests $(LEGS)

# T is the name with or without test_.
unit_program := build/$(PROFILE)-checked/tests/test_$(T:test_%=%)
unit:
	@$(if $(T),,echo 'usage: make unit T=NAME, for tests/unit/test_NAME.c' >&2; exit 2)
	@$(MAKE) -s -j2 VARIANT=checked $(unit_program)
	@$(unit_program)

check: test lint

kat:
	@$(MAKE) --no-print-directory -j2 $(BUILD)/tests/tools/kat/run >/dev/null
	@$(BUILD)/tests/tools/kat/run $(VECTORS)

derive derive-million:
	@$(MAKE) --no-print-directory -j2 $(BUILD)/tests/tools/derive/derive >/dev/null
	@tests/tools/derive/run $(BUILD)/tests/tools/derive/derive $(if $(filter derive-million,$@),--million)

bench:
	@bench/run

ctime:
	@tests/tools/ctime/run

fuzz:
	@fuzz/run

fuzz-replay:
	@fuzz/run replay

lint:
	@tools/lint

asan:
	@$(MAKE) --no-print-directory -j2 VARIANT=asan units
	@tools/run-unit build/$(PROFILE)-asan/tests

audit-judges:
	@$(MAKE) --no-print-directory -j2 all >/dev/null
	@tests/e2e/audit/judges

openapi-judges:
	@$(MAKE) --no-print-directory -s -j2 all
	@tests/e2e/openapi/run

passkey-judges:
	@tests/e2e/passkeys/run

passkey-browser:
	@$(MAKE) --no-print-directory -s -j2 VARIANT=checked build/dev-checked/tests/e2e/passkeys/check
	@tests/e2e/passkeys/browser build/dev-checked/tests/e2e/passkeys/check
	@$(MAKE) --no-print-directory -s -j2 VARIANT=checked all
	@tests/e2e/passkeys/page build/dev-checked/bin

tsan:
	@tests/tools/tsan/run

proxies:
	@tools/install-deps proxies
	@$(MAKE) --no-print-directory -s -j2 VARIANT=asan build/dev-asan/tests/e2e/http/http_echo
	@tests/e2e/http/proxies.py build/dev-asan/tests/e2e/http/http_echo

artefacts:
	@$(MAKE) -s -j2 VARIANT=checked build/dev-checked/tests/test_artefacts
	@$(MAKE) -s -j2 all
	@tests/artefacts/make build/dev-checked/tests/test_artefacts $(BUILD)/bin

simulator := build/dev-checked/tests/sim/sim
sim:
	@$(if $(SIM_MUTANT),,$(MAKE) -s -j2 VARIANT=checked $(simulator))
	@$(if $(SIM_MUTANT),tests/sim/mutants live $(SIM_MUTANT),$(simulator)) \
	    --lives $(or $(LIVES),200) --seed $(or $(SEED),1) --nodes $(or $(NODES),0) \
	    --ticks $(or $(TICKS),5000) --faults $(or $(FAULTS),1000000) \
	    --without $(or $(WITHOUT),0) --jobs $(or $(JOBS),2)

sim-soak:
	@$(MAKE) -s -j2 VARIANT=checked $(simulator)
	@tests/sim/soak $(simulator) $(or $(LIVES),20000)

sim-mutants:
	@tests/sim/mutants

cluster-storm:
	@tools/install-deps namespaces
	@tools/npm-packages contracts
	@tools/npm-packages tests/e2e/ethers
	@$(MAKE) --no-print-directory -s -j2 all
	@tests/e2e/cluster/storm $(BUILD)/bin $(or $(STORM_S),600) $(or $(SEED),1)

dev-chain:
	@tools/install-deps test
	@$(MAKE) --no-print-directory -s -j2 all
	@tests/e2e/node/dev_chain.py $(BUILD)/bin

cluster-rotate:
	@tools/install-deps test
	@$(MAKE) --no-print-directory -s -j2 all
	@tests/e2e/cluster/rotate $(BUILD)/bin

compilers:
	@tests/tools/compilers/run

models:
	@tests/tools/models/run

arm64:
	@tests/tools/arm64/run

places:
	@tests/tools/places/run

counts counts-update:
	@tests/tools/counts/run $(if $(filter counts-update,$@),--update)

compile_commands.json:
	@tools/compile-commands >$@.tmp
	@mv $@.tmp $@

version := $(shell sed -n 's/^.define VERSION_TEXT "\(.*\)"/\1/p' src/base/version.h)
# The manual and the completions are written by the program that they describe.
to := $(DESTDIR)$(PREFIX)
install: all
	for folder in bin include/coffer lib/pkgconfig share/man/man1 share/man/man8 \
	    share/bash-completion/completions share/zsh/site-functions share/fish/vendor_completions.d; \
	    do install -d "$(to)/$$folder" || exit 1; done
	install -m 0755 $(PROGRAMS:%=$(BUILD)/bin/%) "$(to)/bin/"
	install -m 0644 include/coffer/client.h "$(to)/include/coffer/"
	install -m 0644 $(BUILD)/lib/libcoffer-client.a "$(to)/lib/"
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(version)|' src/exported/coffer-client.pc.in \
	    >"$(to)/lib/pkgconfig/coffer-client.pc"
	$(BUILD)/bin/coffer man >"$(to)/share/man/man1/coffer.1"
	$(BUILD)/bin/coffer man coffer-node >"$(to)/share/man/man8/coffer-node.8"
	$(BUILD)/bin/coffer man coffer-gateway >"$(to)/share/man/man8/coffer-gateway.8"
	$(BUILD)/bin/coffer completion bash >"$(to)/share/bash-completion/completions/coffer"
	$(BUILD)/bin/coffer completion zsh >"$(to)/share/zsh/site-functions/_coffer"
	$(BUILD)/bin/coffer completion fish >"$(to)/share/fish/vendor_completions.d/coffer.fish"
	cd "$(to)" && chmod 0644 lib/pkgconfig/coffer-client.pc share/man/man1/coffer.1 \
	    share/man/man8/coffer-node.8 share/man/man8/coffer-gateway.8 share/bash-completion/completions/coffer \
	    share/zsh/site-functions/_coffer share/fish/vendor_completions.d/coffer.fish

repro:
	@tools/check-reproducible

clean:
	rm -rf build

# The compiler flags, for tools that run a compiler of their own.
flags:
	@echo '$(cppflags) $(defines_$(PROFILE)) $(filter-out -MMD -MP,$(cflags))'
