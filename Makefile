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

# For another machine (tests/tools/arm64/run) all but HOST_CC, which makes the tables, are its own.
HOST_CC    ?= cc
OBJCOPY    ?= objcopy
PKG_CONFIG ?= pkg-config

compiler := $(if $(findstring clang,$(notdir $(CC))),clang,gcc)
machine  := $(shell $(CC) -dumpmachine)
is_x86   := $(filter x86_64-%,$(machine))
BUILD    ?= build/$(PROFILE)-$(VARIANT)$(if $(filter clang,$(compiler)),-clang)
# Objects that are the same in both profiles, and tables, which are the same in all builds.
COMMON   := $(BUILD:build/production-%=build/dev-%)
GEN      ?= build/gen

# An archive or a program is worth a line; V=1 shows every command, -s nothing.
V   ?=
Q   := $(if $(V),,@)
say  = $(if $(V)$(findstring s,$(filter-out --%,$(firstword -$(MAKEFLAGS)))),,@echo '  $(@:build/%=%)')

# A module is a folder with sources of its own; one inside another is a module too.
MODULES  := $(sort $(patsubst src/%/,%,$(dir $(wildcard src/*/*.[ch] src/*/*/*.[ch]))))
PROGRAMS := $(sort $(notdir $(patsubst %/,%,$(wildcard programs/*/))))
UNITS    := $(filter-out $(if $(is_x86),,%_x64),\
    $(sort $(basename $(notdir $(wildcard tests/unit/test_*.c)))))
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

# Where the processor checks that jumps land where jumps may.
branches := $(if $(is_x86),-fcf-protection=full,-mbranch-protection=standard)

# What a variable holds that nobody has set: nothing in what people run, rubbish where tests look
# for code that counts on it. Sanitizers that see such reads by themselves need the gap; clang
# before 16 has no zero.
init_release := zero
init_ctime   := zero
init_checked := pattern
init_asan    := pattern
init_clang   := $(if $(filter clang,$(compiler)),$(if $(filter pattern,$(init_$(VARIANT))),pattern,\
    $(if $(filter 14 15,$(firstword $(subst ., ,$(shell $(CC) -dumpversion)))),,$(init_$(VARIANT)))))

hardening := -fno-strict-aliasing -fno-strict-overflow -fno-delete-null-pointer-checks -fno-common \
    -fvisibility=hidden -fstack-protector-strong -fstack-clash-protection $(branches) -fPIE
hardening_gcc := -fzero-call-used-regs=used-gpr $(init_$(VARIANT):%=-ftrivial-auto-var-init=%)
hardening_clang := $(init_clang:%=-ftrivial-auto-var-init=%)

variant_release := -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
variant_checked := -O2 -DCOFFER_CHECKED
# A report needs lines alone: a sanitizer knows the variables by itself.
variant_asan    := -O1 -g1 -DCOFFER_CHECKED -fsanitize=address,undefined \
    -fno-sanitize-recover=all
variant_tsan    := -O1 -DCOFFER_CHECKED -fsanitize=thread
variant_msan    := -O1 -DCOFFER_CHECKED -fsanitize=memory -fno-sanitize-recover=all
variant_ctime   := -DCOFFER_CTIME
variant_cov     := -O1 -DCOFFER_CHECKED -fprofile-instr-generate -fcoverage-mapping
variant_fuzz    := -O1 -DCOFFER_CHECKED -fsanitize=fuzzer-no-link,address,undefined \
    -fno-sanitize-recover=all
sanitizer := $(filter -fsanitize=% -fprofile-instr-generate -fcoverage-mapping \
    -fno-sanitize-recover=%,$(variant_$(VARIANT)))

libraries := $(shell tools/link-line libraries all)
ldlibs_all := $(shell $(PKG_CONFIG) --libs $(libraries) 2>/dev/null)
defines_production := -DCOFFER_PRODUCTION
cppflags := -D_GNU_SOURCE -Isrc -Iinclude -Iprograms -Itests -I$(GEN) \
    $(patsubst -I%,-isystem %,$(shell $(PKG_CONFIG) --cflags $(libraries) 2>/dev/null))
cflags   := -std=gnu17 -g $(warnings) $(warnings_$(compiler)) $(if $(WERROR),-Werror) $(hardening) \
    $(hardening_$(compiler)) $(variant_$(VARIANT))
recorded := -MMD -MP -ffile-prefix-map='$(CURDIR)'=.
ldflags  := -pie -Wl,-z,relro,-z,now -Wl,-z,noexecstack -Wl,-z,separate-code -Wl,--as-needed \
    -Wl,--build-id=sha1 $(sanitizer)

# --- what is built -------------------------------------------------------------------------------

.DEFAULT_GOAL := all
.PHONY: all
all: $(PROGRAMS:%=$(BUILD)/bin/%) $(BUILD)/lib/libcoffer-client.a

# Sources that ask for the profile, and those that include a header that does, are compiled for each
# profile. All others once for both: there the compiler refuses the question.
asking   := $(notdir $(shell grep -rl --include=*.h COFFER_PRODUCTION src programs))
profiled := $(shell grep -rlE --include=*.c 'COFFER_PRODUCTION|/($(subst $() ,|,$(asking)))"' \
    src programs)
profile_of = $(if $(filter $(profiled),$(1)),$(defines_$(PROFILE)),-include base/both_profiles.h)

# A production build has no part that ends in _dev.
sources_of = $(if $(filter production,$(PROFILE)),$(filter-out %_dev.c,$(1)),$(1))
objects_of = $(foreach s,$(call sources_of,$(sort $(wildcard $(1)/*.c $(1)/*.S))),\
    $(if $(filter $(profiled),$(s)),$(BUILD),$(COMMON))/$(patsubst %.c,%,$(s)).o)
tables_of  = $(patsubst tables/%.c,$(GEN)/%.inc,$(sort $(wildcard tables/$(1)/*.c)))

define object_rules
$(1)/%.o: %.c
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(cppflags) $$(call profile_of,$$<) $$(CPPFLAGS) $$(cflags) $$(recorded) $$(CFLAGS) \
	    -c $$< -o $$@

$(1)/%.S.o: %.S
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(cppflags) $$(CPPFLAGS) $$(filter -D%,$$(variant_$$(VARIANT))) $$(branches) -g \
	    $$(recorded) -c $$< -o $$@
endef
$(foreach f,$(sort $(BUILD) $(COMMON)),$(eval $(call object_rules,$(f))))

# Tables are made by programs of the tree, which use OpenSSL's big numbers and none of our code. Two
# makes for two builds may make one at once.
$(GEN)/%.inc: tables/%.c
	@mkdir -p $(@D)
	$(Q)new=$@.$$$$ && $(HOST_CC) -std=gnu17 -O2 -Wall -Wextra $< -lcrypto -o $$new.gen && \
	    $$new.gen >$$new && mv $$new $@ && rm $$new.gen

archive_of = $(foreach m,$(1),$(BUILD)/libcoffer_$(subst /,_,$(m)).a)

define module_rule
$(call objects_of,src/$(1)): | $(call tables_of,$(1))
# The folder too: a file that left it must leave the archive.
$(call archive_of,$(1)): $(call objects_of,src/$(1)) src/$(1)
	@rm -f $$@
	$(Q)$(AR) rcsD $$@ $$(filter %.o,$$^)
	$$(call say)
endef
$(foreach m,$(MODULES),$(eval $(call module_rule,$(m))))

.PHONY: tables
tables: $(foreach m,$(MODULES),$(call tables_of,$(m)))

define program_rule
$(BUILD)/bin/$(1): $(call objects_of,programs/$(1)) \
    $(call archive_of,$(shell tools/link-line modules programs/$(1)))
	@mkdir -p $$(@D)
	$(Q)$(CC) $(ldflags) $(LDFLAGS) $$(filter %.o,$$^) \
	    -Wl,--start-group $$(filter %.a,$$^) -Wl,--end-group \
	    $$(shell $(PKG_CONFIG) --libs $(shell tools/link-line libraries programs/$(1)) 2>/dev/null) \
	    -pthread -o $$@
	$$(call say)
endef
$(foreach p,$(PROGRAMS),$(eval $(call program_rule,$(p))))

# The client as a library: one object with all that it needs, in which only the names of its header
# are visible.
exported_modules := $(filter-out exported,$(shell tools/link-line modules exported))
$(BUILD)/lib/libcoffer-client.a: $(call objects_of,src/exported) \
    $(call archive_of,$(exported_modules))
	@mkdir -p $(@D)
	$(Q)$(CC) -nostdlib -r $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group \
	    -o $(@D)/coffer-client.o
	$(Q)$(OBJCOPY) --wildcard --keep-global-symbol='coffer_client_*' $(@D)/coffer-client.o
	@rm -f $@
	$(Q)$(AR) rcsD $@ $(@D)/coffer-client.o
	$(call say)

archives := $(call archive_of,$(MODULES))
link_all  = $(Q)$(CC) $(ldflags) $(LDFLAGS) $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) \
    -Wl,--end-group $(ldlibs_all) -pthread

# Half of the time to build would go into the tests' own code. Nothing in it needs to be fast, and
# what is not optimised has all its accesses. The warnings that take an optimiser come where
# unit_flags= is given: from tests/tools/compilers/run.
unit_flags := $(if $(filter checked asan,$(VARIANT)),-O0)
$(BUILD)/tests/unit/%.o: cflags += $(unit_flags)

$(BUILD)/tests/%: $(BUILD)/tests/unit/%.o
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

$(BUILD)/tests/tools/counts/counts: $(call objects_of,tests/tools/counts) $(archives)
	@mkdir -p $(@D)
	$(link_all) -lcrypto -o $@

$(BUILD)/tests/tools/derive/derive: $(call objects_of,tests/tools/derive) $(archives)
	@mkdir -p $(@D)
	$(link_all) -lcrypto -o $@

# With a map of what is linked, for tests/sim/same-objects.
$(BUILD)/tests/sim/sim: $(call objects_of,tests/sim) $(archives)
	@mkdir -p $(@D)
	$(link_all) -Wl,-Map=$@.map -o $@

# The levels of optimisation and the sanitizer come with CFLAGS, from tests/tools/ctime/run.
ctime_modules := base codec config digest crypto starknet ethereum wire authenticators sessions identity attestation registry \
    keys/cache keys record store cluster cluster/strict cluster/v1 carrier snapshot tlog audit
$(BUILD)/tests/tools/ctime/ctime: $(call objects_of,tests/tools/ctime) \
    $(call archive_of,$(ctime_modules))
	@mkdir -p $(@D)
	$(link_all) -o $@

$(BUILD)/bench/%: $(BUILD)/bench/%.o $(archives)
	@mkdir -p $(@D)
	$(link_all) -lcrypto $(shell $(PKG_CONFIG) --libs libsecp256k1 2>/dev/null) -o $@

# Fuzzers: libFuzzer under clang; any other compiler links a main that replays files.
$(BUILD)/fuzz/%: $(BUILD)/fuzz/%.o $(archives) \
    $(if $(filter fuzz,$(VARIANT)),,$(BUILD)/fuzz/replay.o)
	@mkdir -p $(@D)
	$(link_all) $(shell $(PKG_CONFIG) --libs jansson 2>/dev/null) \
	    $(if $(filter fuzz,$(VARIANT)),-fsanitize=fuzzer) -o $@

# What a unit test links: the modules of the headers that it and its fixtures include, with all
# that those may call. So one test is built without the rest of the tree.
build/units.mk: tools/unit-rules tools/layers.txt $(wildcard tests/unit/*.[ch] tests/fixtures/*.[ch])
	@mkdir -p $(@D)
	@tools/unit-rules >$@.tmp && mv $@.tmp $@

.PHONY: units fuzzers benches
units: $(UNITS:%=$(BUILD)/tests/%)
fuzzers: $(FUZZERS:%=$(BUILD)/fuzz/%)
benches: $(BENCHES:%=$(BUILD)/bench/%)

.SECONDARY:
-include build/units.mk
-include $(shell find $(sort $(BUILD) $(COMMON)) -name '*.d' 2>/dev/null)

include targets.mk
