# FLAVOUR=release|debug|asan|tsan|fuzz   each flavour builds in its own folder; none disturbs another
# CC=clang                               works as well as gcc
# ROOM=model                             check-unit, for one room of server/ and what it may include
FLAVOUR  ?= release
OUT      := build/$(FLAVOUR)
SHELL    := /bin/bash
MAKEFLAGS += --no-builtin-rules
.SUFFIXES:

WARN     := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion \
            -Wmissing-prototypes -Wstrict-prototypes -Wvla -Werror

CFLAGS_release := -O2 -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
CFLAGS_debug   := -O0 -fstack-protector-strong
CFLAGS_asan    := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
CFLAGS_tsan    := -O1 -fsanitize=thread
CFLAGS_fuzz    := -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all \
                  -fno-omit-frame-pointer
LDFLAGS_release := -pie -Wl,-z,relro,-z,now
LDFLAGS_debug   :=
LDFLAGS_asan    := -fsanitize=address,undefined
LDFLAGS_tsan    := -fsanitize=thread
LDFLAGS_fuzz    := -fsanitize=fuzzer,address,undefined
ifeq ($(FLAVOUR),fuzz)
CC := clang
endif
ifeq ($(origin CFLAGS_$(FLAVOUR)),undefined)
$(error FLAVOUR is one of release, debug, asan, tsan, fuzz)
endif

# Asked once, and only when something is built, since `make deps` may have to bring the tools first.
once = $(eval $(1) := $(2))$($(1))
PQ_CFLAGS   = $(call once,PQ_CFLAGS,$(shell pkg-config --cflags libpq))
INK_CFLAGS  = $(call once,INK_CFLAGS,$(shell pkg-config --cflags-only-I pangocairo | sed 's/-I/-isystem /g'))
MICROHTTPD  = $(call once,MICROHTTPD,$(shell deploy/deps.sh which))
# The system's headers of our own build come with -isystem, so that our warnings are about our code.
ALL_CFLAGS  = -std=gnu11 -g $(WARN) $(CFLAGS_$(FLAVOUR)) -Iserver \
              $(if $(filter build,$(MICROHTTPD)),-isystem build/deps/include) $(PQ_CFLAGS) $(INK_CFLAGS) -pthread \
              -MMD -MP $(CFLAGS)
ALL_LDFLAGS = $(LDFLAGS_$(FLAVOUR)) -pthread $(LDFLAGS)
LDLIBS      = $(if $(filter build,$(MICROHTTPD)),build/deps/lib/libmicrohttpd.a,-lmicrohttpd) \
              -lgnutls -luv -lpq -ljansson -lcurl -lssl -lcrypto -loath -lzstd -lz \
              -Wl,--as-needed -lpangocairo-1.0 -lpango-1.0 -lgobject-2.0 -lcairo -lqrencode -lm

find_c    = $(if $(wildcard $(1)),$(sort $(shell find $(1) -name '$(2)')))
C_FILES   = $(call find_c,server tests loadtest,*.[ch])

# With ROOM, the rooms that one may include by server/ROOMS, and itself: so a room can be built and
# tested while others are in pieces.
ifdef ROOM
ROOMS    := $(ROOM) $(shell awk -F: '/^[a-z]/ { gsub(/ /, "", $$1); if ($$1 == "$(ROOM)") print $$2 }' \
                    server/ROOMS)
SERVER_C := $(call find_c,$(addprefix server/,$(ROOMS)),*.c)
UNIT_C   := $(call find_c,tests/unit/$(ROOM),test_*.c)
LIBRARY  := $(OUT)/libshikaku-$(ROOM).a
else
SERVER_C := $(filter-out server/main.c,$(call find_c,server,*.c))
UNIT_C   := $(call find_c,tests/unit,test_*.c)
LIBRARY  := $(OUT)/libshikaku.a
endif
SERVER_O := $(SERVER_C:%.c=$(OUT)/%.o)
UNIT     := $(UNIT_C:%.c=$(OUT)/%)
FUZZ     := $(patsubst tests/fuzz/%.c,$(OUT)/%,$(call find_c,tests/fuzz,fuzz_*.c))
LOAD_O   := $(patsubst %.c,$(OUT)/%.o,$(call find_c,loadtest/client,*.c))
PEOPLE_O := $(patsubst %.c,$(OUT)/%.o,$(call find_c,loadtest/population,*.c))
MATCH_O  := $(patsubst %.c,$(OUT)/%.o,$(call find_c,loadtest/matching,*.c))
CARDS_O  := $(patsubst %.c,$(OUT)/%.o,$(call find_c,loadtest/cards,*.c))
INTAKE_O := $(patsubst %.c,$(OUT)/%.o,$(call find_c,loadtest/intake,*.c))
REGISTER_O := $(patsubst %.c,$(OUT)/%.o,$(call find_c,tests/standins/resident_register,*.c))
PROGRAMS := $(OUT)/shikaku $(if $(LOAD_O),$(OUT)/load) $(if $(PEOPLE_O),$(OUT)/population) \
            $(if $(MATCH_O),$(OUT)/matching) $(if $(INTAKE_O),$(OUT)/intake) \
            $(if $(CARDS_O),$(OUT)/cards) \
            $(if $(REGISTER_O),$(OUT)/resident_register)

.PHONY: all node programs run up down ask test check check-unit check-sql check-blackbox check-asan \
        check-valgrind \
        tidy format format-check cppcheck clang-tidy bench mixes curves bench-registration bench-clinical console-million card office soak \
        fuzz fuzz-programs \
        deps deps-ha ha-test drill install clean help FORCE
.DELETE_ON_ERROR:

all: $(PROGRAMS)                       ## build the programs into build/$(FLAVOUR)/

run:                                   ## set everything up from nothing, start a registry, ask it once; Ctrl-C ends it
	@deploy/deps.sh run
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@exec deploy/run.sh run

up:                                    ## the same, detached: returns when the registry answers
	@deploy/deps.sh run
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@exec deploy/run.sh up

down:                                  ## stop what `make up` started
	@deploy/run.sh down

ask:                                   ## ask the running registry the sample question again
	@deploy/run.sh ask

office:                                ## sign a sample operator in, and see the registry at a glance
	@deploy/run.sh office
document:                              ## issue a certificate of eligibility to somebody without a card, and check it offline
	@deploy/document.sh issue
card:                                  ## show the sample card to the running registry, with consent to see medicines
	@deploy/run.sh card

test:                                  ## all tests, from nothing; last line: N passed, N failed
	@deploy/deps.sh test
	@exec tests/run.sh all

check: ; @tests/run.sh check           ## what needs no database: format, tidy, static analysis, units

check-unit: $(UNIT)                    ## unit tests (ROOM=model for one room)
	@tests/run.sh unit $(UNIT)

check-sql: ; @tests/run.sh sql         ## pgTAP tests: roles, constraints, functions, migrations

check-blackbox: ; @tests/run.sh blackbox$(if $(filter asan tsan,$(FLAVOUR)),-$(FLAVOUR)) ## the real server, from outside, with mutual TLS

check-valgrind: ; @tests/run.sh valgrind ## units and one busy server under memcheck

check-asan:                            ## unit tests under the address and undefined-behaviour sanitizers
	@$(MAKE) --no-print-directory FLAVOUR=asan check-unit

tidy:                                  ## room directions, lengths, banned calls
	@tests/tidy/tidy.sh

format:                                ## rewrite the layout of all C files in place
	clang-format -i $(C_FILES)

format-check:                          ## say where the layout differs from `make format`
	@clang-format --dry-run --Werror $(C_FILES)

cppcheck: | build/cppcheck             ## static analysis by cppcheck
	@cppcheck --quiet --error-exitcode=1 --std=c11 --inline-suppr --cppcheck-build-dir=build/cppcheck \
	    --enable=warning,portability --suppress=missingIncludeSystem -j $$(nproc) -Iserver server loadtest

# Only what changed since the last time is looked at again.
TIDIED := $(patsubst %.c,build/clang-tidy/%.ok,$(call find_c,server loadtest,*.c))
clang-tidy: $(TIDIED)                  ## static analysis by clang-tidy (.clang-tidy)
build/clang-tidy/%.ok: %.c .clang-tidy | build/deps/ready
	@mkdir -p $(@D)
	@clang-tidy --quiet $< -- -std=gnu11 -Iserver -isystem build/deps/include $(PQ_CFLAGS) $(INK_CFLAGS) \
	    2> $(@:.ok=.log) || { grep -v 'warnings generated' $(@:.ok=.log); exit 1; }
	@touch $@

bench: deps                            ## the load tests beside their yardsticks: table, JSON, SVG in build/bench/
	@$(MAKE) --no-print-directory -j$$(nproc) all
	loadtest/bench/run.sh

mixes: deps                            ## who asks how often in which way, every answer compared: JSON in build/bench/
	@$(MAKE) --no-print-directory programs
	loadtest/mixes/mixes.py

curves: deps                           ## people, connections, workers, idle connections, overload: table, JSON, SVG in build/bench/
	@$(MAKE) --no-print-directory programs
	loadtest/curves/curves.py

bench-registration: deps               ## a million registrations, beside plain SQL of the same rows: table and JSON in build/bench/
	@$(MAKE) --no-print-directory -j$$(nproc) all
	loadtest/registration/registration.py

bench-clinical: deps                   ## medical information of 10,000 to a million people, beside single questions
	@$(MAKE) --no-print-directory -j$$(nproc) all
	loadtest/clinical/clinical.py

console-million: deps node             ## every page of the console in Chromium, a million people behind it: within a second?
	@$(MAKE) --no-print-directory -j$$(nproc) all
	loadtest/console/console.py

drill: deps-ha                         ## lose a database and bring it back from its backup to a moment in between
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@exec deploy/drill/restore.sh

ha-test: deps-ha                       ## three database nodes and two servers in namespaces; kills the primary under load (root)
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@exec /usr/bin/python3 -B -m pytest tests/ha -q -p no:cacheprovider -s

soak: deps-ha                          ## the long forms: hours of fuzzing, thousands of kills, millions of rows
	@tests/run.sh soak

fuzz:                                  ## every fuzz target for FUZZ_SECONDS each (default 60)
	@tests/run.sh fuzz

fuzz-programs: $(FUZZ)

deps: ; @deploy/deps.sh test           ## Debian's packages and libmicrohttpd, where missing

deps-ha: ; @deploy/deps.sh ha          ## and what ha-test and drill need besides: Patroni, etcd, HAProxy, pgBackRest

# Settings go where they are read as samples, never over those of a running registry.
prefix     ?= /usr/local
sysconfdir ?= /etc
SHARE      := $(DESTDIR)$(prefix)/share
DOC        := $(SHARE)/doc/shikaku
install: $(OUT)/shikaku                ## the program, its migrations, units and samples, under $(DESTDIR)$(prefix)
	install -D -m 755 -t $(DESTDIR)$(prefix)/bin $(OUT)/shikaku
	install -D -m 644 -t $(SHARE)/shikaku/migrations migrations/*.sql
	install -D -m 755 -t $(SHARE)/shikaku deploy/yield.sh
	install -D -m 644 -t $(DOC) $(wildcard deploy/*.md) README.md README.ja.md ARCHITECTURE.md LICENSE
	install -D -m 644 -t $(DOC)/schema schema/*.md
	install -D -m 644 -t $(DOC)/schema/api schema/api/*
	install -D -m 644 -t $(DOC)/settings deploy/settings/*
	install -D -m 644 deploy/systemd/shikaku.sysusers $(DESTDIR)$(prefix)/lib/sysusers.d/shikaku.conf
	install -d $(DESTDIR)$(prefix)/lib/systemd/system $(DESTDIR)$(sysconfdir)/shikaku
	for unit in deploy/systemd/*.service deploy/systemd/*.timer; do \
	    sed 's|/usr/bin/shikaku|$(prefix)/bin/shikaku|; s|/usr/share/doc|$(prefix)/share/doc|; s|/etc/shikaku|$(sysconfdir)/shikaku|g' \
	        $$unit > $(DESTDIR)$(prefix)/lib/systemd/system/$${unit##*/} || exit 1; \
	done

clean:                                 ## remove what was built; build/deps stays
	@for path in build/*; do [ "$$path" = build/deps ] || rm -rf "$$path"; done

help:                                  ## this list
	@awk -F '## ' '/^[a-z-]+:.*## / { split($$1, name, ":"); printf "  %-16s %s\n", name[1], $$2 }' Makefile
	@echo
	@sed -n '1,/^FLAVOUR/s/^# /  /p' Makefile

# ---- how things are made -------------------------------------------------------------------------

# libmicrohttpd must be there before the first object that includes it.
build/deps/ready:
	@deploy/deps.sh run
	@mkdir -p build/deps && touch $@

# What the browser tests need from npm.
build/node/ready: tests/console/package.json tests/console/package-lock.json
	@mkdir -p $(@D)
	@cp $^ $(@D)
	@npm ci --prefix $(@D) --no-audit --no-fund --silent
	@touch $@

node: build/node/ready

build/cppcheck:
	@mkdir -p $@

# Another compiler or other flags are a reason to build again.
$(OUT)/flags: FORCE | build/deps/ready
	@mkdir -p $(@D)
	@echo '$(CC) $(ALL_CFLAGS)' | cmp -s - $@ || echo '$(CC) $(ALL_CFLAGS)' > $@

$(OUT)/%.o: %.c $(OUT)/flags
	@mkdir -p $(@D)
	@echo "  CC   $@"
	@$(CC) $(ALL_CFLAGS) -c $< -o $@

# It holds the files of the web pages.
$(OUT)/server/page/page.o: $(wildcard server/page/*/*)

# The list of members is a prerequisite, so that an object whose source is gone leaves the archive.
$(LIBRARY): $(SERVER_O) $(LIBRARY).list
	@echo "  AR   $@"
	@rm -f $@
	@ar rcs $@ $(SERVER_O)

$(LIBRARY).list: FORCE
	@mkdir -p $(@D)
	@echo '$(SERVER_O)' | cmp -s - $@ || echo '$(SERVER_O)' > $@

link      = @echo "  LD   $@"; $(CC) $(ALL_LDFLAGS) $(filter %.o,$^) $(LIBRARY) -o $@
DEPS_A   := $(wildcard build/deps/lib/libmicrohttpd.a)

$(OUT)/shikaku: $(OUT)/server/main.o $(LIBRARY) $(DEPS_A)
	$(link) $(LDLIBS)

$(OUT)/load: $(LOAD_O) $(LIBRARY) $(DEPS_A)
	$(link) $(LDLIBS)

$(OUT)/population: $(PEOPLE_O) $(LIBRARY) $(DEPS_A)
	$(link) $(LDLIBS)

$(OUT)/matching: $(MATCH_O) $(LIBRARY) $(DEPS_A)
	$(link) $(LDLIBS)

$(OUT)/cards: $(CARDS_O) $(LIBRARY) $(DEPS_A)
	$(link) $(LDLIBS)

$(OUT)/intake: $(INTAKE_O) $(LIBRARY) $(DEPS_A)
	$(link) $(LDLIBS)

$(OUT)/resident_register: $(REGISTER_O) $(LIBRARY) $(DEPS_A)
	$(link) $(LDLIBS)

$(OUT)/tests/unit/%: $(OUT)/tests/unit/%.o $(LIBRARY) $(DEPS_A)
	$(link) -lcmocka $(LDLIBS)

$(OUT)/tests/unit/loadtest/%: $(OUT)/tests/unit/loadtest/%.o $(filter-out %/main.o,$(LOAD_O)) \
                             $(LIBRARY) $(DEPS_A)
	$(link) -lcmocka $(LDLIBS)

$(OUT)/fuzz_%: $(OUT)/tests/fuzz/fuzz_%.o $(LIBRARY) $(DEPS_A)
	$(link) $(LDLIBS)

.SECONDARY:
-include $(shell find $(OUT) -name '*.d' 2>/dev/null)
