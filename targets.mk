# What people call: run, test, lint and the rest. The building itself is in the Makefile.

.PHONY: help run simulation deps test-deps test check kat derive derive-million bench fuzz fuzz-replay ctime lint asan tsan proxies install repro clean flags

help:
	@echo 'make            build every program into build/'
	@echo 'make run        start a development node on 127.0.0.1:4000'
	@echo 'make test       every short test, about 5 minutes; ends with N passed, N failed'
	@echo 'make kat VECTORS=a.json,b.json   run the vectors of these files'
	@echo 'make derive-million   derivation v1 over a million usernames, counted'
	@echo 'make bench      speed against named peers, as a table and as JSON'
	@echo 'make ctime      constant-time checks over all compilers and levels, with planted mutants'
	@echo 'make fuzz       fuzz every parser; SECONDS_EACH=60 TARGETS="fuzz_http1 ..."'
	@echo 'make asan       unit tests under the address and undefined-behaviour sanitizers'
	@echo 'make tsan       everything with threads under the thread sanitizer; some minutes'
	@echo 'make proxies    requests through nginx and HAProxy, as docs/proxies.md configures them'
	@echo 'make lint       formatting, style, layers, symbols, static analysis'
	@echo 'make repro      build twice in two folders and compare'
	@echo 'make install    install programs, manual, completions, client library under PREFIX (/usr/local)'
	@echo 'PROFILE=production builds without every development part.'

deps:
	@tools/install-deps build

test-deps:
	@tools/install-deps test

run simulation: deps
	@$(MAKE) --no-print-directory -j2 all
	$(BUILD)/bin/coffer dev

test: test-deps
	@tools/run-tests

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

tsan:
	@tests/tools/tsan/run

proxies:
	@tools/install-deps proxies
	@$(MAKE) --no-print-directory -s -j2 VARIANT=asan build/dev-asan/tests/e2e/http/http_echo
	@tests/e2e/http/proxies.py build/dev-asan/tests/e2e/http/http_echo

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
	$(BUILD)/bin/coffer completion bash >"$(to)/share/bash-completion/completions/coffer"
	$(BUILD)/bin/coffer completion zsh >"$(to)/share/zsh/site-functions/_coffer"
	$(BUILD)/bin/coffer completion fish >"$(to)/share/fish/vendor_completions.d/coffer.fish"
	cd "$(to)" && chmod 0644 lib/pkgconfig/coffer-client.pc share/man/man1/coffer.1 \
	    share/man/man8/coffer-node.8 share/bash-completion/completions/coffer \
	    share/zsh/site-functions/_coffer share/fish/vendor_completions.d/coffer.fish

repro:
	@tools/check-reproducible

clean:
	rm -rf build

# The compiler flags, for tools that run a compiler of their own.
flags:
	@echo '$(cppflags) $(filter-out -MMD -MP,$(cflags))'
