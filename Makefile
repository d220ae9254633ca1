# make            build every program
# make run        start a development node (installs what is missing first)
# make test       every short test (installs what is missing first); ends with N passed, N failed
# make help       all targets
#
# Driven by folder names: a new src/x/, programs/x/, tests/unit/test_x.c, fuzz/fuzz_x.c or
# tables/m/x.c needs no edit here. What may link what is in tools/layers.txt.

PROFILE ?= dev
VARIANT ?= release
CC      ?= cc
WERROR  ?=
DESTDIR ?=
PREFIX  ?= /usr/local

compiler := $(if $(findstring clang,$(notdir $(CC))),clang,gcc)
BUILD    ?= build/$(PROFILE)-$(VARIANT)$(if $(filter clang,$(compiler)),-clang)

# A module is a folder with sources of its own; one inside another is a module too.
MODULES  := $(sort $(patsubst src/%/,%,$(dir $(wildcard src/*/*.[ch] src/*/*/*.[ch]))))
PROGRAMS := $(sort $(notdir $(patsubst %/,%,$(wildcard programs/*/))))
UNITS    := $(sort $(basename $(notdir $(wildcard tests/unit/test_*.c))))
FUZZERS  := $(sort $(basename $(notdir $(wildcard fuzz/fuzz_*.c))))
BENCHES  := $(sort $(basename $(notdir $(wildcard bench/bench_*.c))))

# --- flags ---------------------------------------------------------------------------------------

warnings := -Wall -Wextra -Wpedantic -Wformat=2 -Wconversion -Wsign-conversion -Wshadow -Wundef \
    -Wvla -Walloca -Wcast-qual -Wpointer-arith -Wwrite-strings -Wstrict-prototypes \
    -Wold-style-definition -Wmissing-prototypes -Wredundant-decls -Wnested-externs \
    -Wimplicit-fallthrough -Wswitch-enum -Wnull-dereference -Wdate-time -Wdouble-promotion
warnings_gcc := -Warith-conversion -Wduplicated-cond -Wduplicated-branches -Wlogical-op \
    -Wjump-misses-init -Wtrampolines -Wbidi-chars=any -Wstringop-overflow=4 -Warray-bounds=2 \
    -Wshift-overflow=2 -Wcast-align=strict
warnings_clang := -Wconditional-uninitialized -Wcomma -Wassign-enum -Wunreachable-code \
    -Wno-gnu-zero-variadic-macro-arguments

hardening := -fno-strict-aliasing -fno-strict-overflow -fno-delete-null-pointer-checks -fno-common \
    -fvisibility=hidden -fstack-protector-strong -fstack-clash-protection -fcf-protection=full \
    -fPIE
hardening_gcc := -ftrivial-auto-var-init=zero -fzero-call-used-regs=used-gpr

variant_release := -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
variant_checked := -O2 -DCOFFER_CHECKED
variant_asan    := -O1 -DCOFFER_CHECKED -fsanitize=address,undefined -fno-sanitize-recover=all
variant_tsan    := -O1 -DCOFFER_CHECKED -fsanitize=thread
variant_msan    := -O1 -DCOFFER_CHECKED -fsanitize=memory -fno-sanitize-recover=all
variant_ctime   := -DCOFFER_CTIME
variant_cov     := -O1 -DCOFFER_CHECKED -fprofile-instr-generate -fcoverage-mapping
variant_fuzz    := -O1 -DCOFFER_CHECKED -fsanitize=fuzzer-no-link,address,undefined \
    -fno-sanitize-recover=all
sanitizer := $(filter -fsanitize=% -fprofile-instr-generate -fcoverage-mapping \
    -fno-sanitize-recover=%,$(variant_$(VARIANT)))

libraries := $(shell tools/link-line libraries all)
ldlibs_all := $(shell pkg-config --libs $(libraries) 2>/dev/null)
defines_production := -DCOFFER_PRODUCTION
cppflags := -D_GNU_SOURCE -Isrc -Iinclude -Iprograms -Itests -I$(BUILD)/gen $(defines_$(PROFILE)) \
    $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(libraries) 2>/dev/null))
cflags   := -std=gnu17 -g $(warnings) $(warnings_$(compiler)) $(if $(WERROR),-Werror) $(hardening) \
    $(hardening_$(compiler)) $(variant_$(VARIANT)) -MMD -MP -ffile-prefix-map=$(CURDIR)=.
ldflags  := -pie -Wl,-z,relro,-z,now -Wl,-z,noexecstack -Wl,-z,separate-code -Wl,--as-needed \
    -Wl,--build-id=sha1 $(sanitizer)

# --- what is built -------------------------------------------------------------------------------

.DEFAULT_GOAL := all
.PHONY: all
all: $(PROGRAMS:%=$(BUILD)/bin/%) $(BUILD)/lib/libcoffer-client.a

# A production build has no part that ends in _dev.
sources_of = $(if $(filter production,$(PROFILE)),$(filter-out %_dev.c,$(1)),$(1))
objects_of = $(patsubst %.S,$(BUILD)/%.S.o,$(patsubst %.c,$(BUILD)/%.o,\
    $(call sources_of,$(sort $(wildcard $(1)/*.c $(1)/*.S)))))
tables_of  = $(patsubst tables/%.c,$(BUILD)/gen/%.inc,$(sort $(wildcard tables/$(1)/*.c)))

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(cppflags) $(CPPFLAGS) $(cflags) $(CFLAGS) -c $< -o $@

$(BUILD)/%.S.o: %.S
	@mkdir -p $(@D)
	$(CC) $(cppflags) $(CPPFLAGS) $(filter -D%,$(variant_$(VARIANT))) $(filter -fcf%,$(hardening)) \
	    -g -ffile-prefix-map=$(CURDIR)=. -MMD -MP -c $< -o $@

# Tables are made by programs of the tree, which use OpenSSL's big numbers and none of our code.
$(BUILD)/gen/%.inc: tables/%.c
	@mkdir -p $(@D)
	$(CC) -std=gnu17 -O2 -Wall -Wextra $< -lcrypto -o $(@:.inc=.gen)
	$(@:.inc=.gen) > $@.tmp
	@mv $@.tmp $@

archive_of = $(foreach m,$(1),$(BUILD)/libcoffer_$(subst /,_,$(m)).a)

define module_rule
$(call objects_of,src/$(1)): | $(call tables_of,$(1))
$(call archive_of,$(1)): $(call objects_of,src/$(1))
	@rm -f $$@
	ar rcsD $$@ $$^
endef
$(foreach m,$(MODULES),$(eval $(call module_rule,$(m))))

.PHONY: tables
tables: $(foreach m,$(MODULES),$(call tables_of,$(m)))

define program_rule
$(BUILD)/bin/$(1): $(call objects_of,programs/$(1)) \
    $(call archive_of,$(shell tools/link-line modules programs/$(1)))
	@mkdir -p $$(@D)
	$(CC) $(ldflags) $(LDFLAGS) $$(filter %.o,$$^) \
	    -Wl,--start-group $$(filter %.a,$$^) -Wl,--end-group \
	    $$(shell pkg-config --libs $(shell tools/link-line libraries programs/$(1)) 2>/dev/null) \
	    -pthread -o $$@
endef
$(foreach p,$(PROGRAMS),$(eval $(call program_rule,$(p))))

# The client as a library: one object with all that it needs, in which only the names of its header
# are visible.
exported_modules := $(filter-out exported,$(shell tools/link-line modules exported))
$(BUILD)/lib/libcoffer-client.a: $(call objects_of,src/exported) \
    $(call archive_of,$(exported_modules))
	@mkdir -p $(@D)
	$(CC) -nostdlib -r $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group \
	    -o $(@D)/coffer-client.o
	objcopy --wildcard --keep-global-symbol='coffer_client_*' $(@D)/coffer-client.o
	@rm -f $@
	ar rcsD $@ $(@D)/coffer-client.o

archives := $(call archive_of,$(MODULES))
link_all  = $(CC) $(ldflags) $(LDFLAGS) $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) \
    -Wl,--end-group $(ldlibs_all) -pthread

fixtures := $(call objects_of,tests/fixtures)

$(BUILD)/tests/%: $(BUILD)/tests/unit/%.o $(fixtures) $(archives)
	@mkdir -p $(@D)
	$(link_all) -lcmocka -lcrypto -o $@

# Programs that tests talk to, each beside its test: one file, or a folder with a main of its own.
$(BUILD)/tests/e2e/%: $(BUILD)/tests/e2e/%.o $(archives)
	@mkdir -p $(@D)
	$(link_all) -lcrypto -o $@

$(BUILD)/tests/e2e/ethers/peer: $(call objects_of,tests/e2e/ethers) $(archives)
	@mkdir -p $(@D)
	$(link_all) -lcrypto -o $@

$(BUILD)/tests/tools/kat/run: $(call objects_of,tests/tools/kat) $(archives)
	@mkdir -p $(@D)
	$(link_all) -lcrypto -o $@

$(BUILD)/tests/tools/derive/derive: $(call objects_of,tests/tools/derive) $(archives)
	@mkdir -p $(@D)
	$(link_all) -lcrypto -o $@

# The levels of optimisation and the sanitizer come with CFLAGS, from tests/tools/ctime/run.
ctime_modules := base codec digest crypto starknet ethereum wire identity keys store audit
$(BUILD)/tests/tools/ctime/ctime: $(call objects_of,tests/tools/ctime) \
    $(call archive_of,$(ctime_modules))
	@mkdir -p $(@D)
	$(link_all) -o $@

$(BUILD)/bench/%: $(BUILD)/bench/%.o $(archives)
	@mkdir -p $(@D)
	$(link_all) -lcrypto $(shell pkg-config --libs libsecp256k1 2>/dev/null) -o $@

# Fuzzers: libFuzzer under clang; any other compiler links a main that replays files.
$(BUILD)/fuzz/%: $(BUILD)/fuzz/%.o $(archives) \
    $(if $(filter fuzz,$(VARIANT)),,$(BUILD)/fuzz/replay.o)
	@mkdir -p $(@D)
	$(link_all) $(shell pkg-config --libs jansson 2>/dev/null) \
	    $(if $(filter fuzz,$(VARIANT)),-fsanitize=fuzzer) -o $@

.PHONY: units fuzzers benches
units: $(UNITS:%=$(BUILD)/tests/%)
fuzzers: $(FUZZERS:%=$(BUILD)/fuzz/%)
benches: $(BENCHES:%=$(BUILD)/bench/%)

.SECONDARY:
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

include targets.mk
