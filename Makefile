# Socket Labs: one makefile, no recursion. `make help` lists what it can do.
#
# Everything built goes under build/, where the path of a program is that of its source:
# labs/01-blocking/server.c becomes build/labs/01-blocking/server. Header dependencies are found
# by the compiler (-MMD).

BUILD  := build
ifeq ($(origin CC),default)
CC     := gcc
endif
CFLAGS := -O1 -g
# All that is ours is built with these; a submission's flags are the grader's (grading.c).
FLAGS  := -std=gnu17 -Wall -Wextra -I. -MMD -MP
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined

# Quiet but for one line a file; V=1 shows the commands.
ifdef V
Q   :=
SAY := @:
else
Q   := @
SAY := @echo " "
endif

LAB    ?= all
SRC    ?= $(if $(filter all,$(LAB)),labs,labs/$(LAB))
ROUNDS ?= 50

COMMON     := $(wildcard common/*.c)
LABS       := $(notdir $(wildcard labs/[0-9]*))
PROGRAMS   := $(patsubst %.c,$(BUILD)/%,$(wildcard labs/*/*.c solutions/*/*.c))
EXAMPLES   := $(patsubst %.c,$(BUILD)/%,$(wildcard docs/examples/*.c))
SUITES     := $(patsubst tests/checks/%.c,$(BUILD)/checks/%,$(wildcard tests/checks/[0-9]*.c))
CHECKS     := $(filter-out $(wildcard tests/checks/[0-9]*.c),$(wildcard tests/checks/*.c))
PROBE      := $(wildcard tests/probe/*.c)
# filter writes what confine reads: programs of their own, not parts of the others.
ALONE      := tests/sandbox/filter.c tests/sandbox/confine.c tests/sandbox/trial.c
SANDBOX    := $(filter-out $(ALONE),$(wildcard tests/sandbox/*.c))
# What is linked into the grader and into the suites.
SHARED     := $(SANDBOX) $(wildcard tests/messages/*.c)
GRADER     := $(wildcard tests/grader/*.c)
UNIT       := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/test_*.c))
UNIT_ASAN  := $(patsubst $(BUILD)/%,$(BUILD)/asan/%,$(UNIT))
SCRIPTS    := $(wildcard docs/tools/*.sh tests/*/*.sh tests/release/*/*.sh tests/release/*/run_*)
FORMATTED  := $(wildcard common/*.[ch] labs/*/*.c solutions/*/*.c tests/checks/*.[ch] \
                tests/probe/*.[ch] tests/sandbox/*.[ch] tests/grader/*.[ch] tests/unit/*.[ch] \
                tests/bench/*.[ch] tests/class/*.[ch] tests/exam/*.[ch] tests/messages/*.[ch] \
                docs/examples/*.c)

# What a grading hands to its sandboxes: see tests/grader/workspace.h.
KIT := $(BUILD)/kit/common.stamp $(BUILD)/kit/etc.stamp \
       $(BUILD)/kit/libcommon.a $(BUILD)/kit/libcommon-asan.a $(BUILD)/kit/libcommon-tsan.a \
       $(BUILD)/kit/confine $(BUILD)/kit/trial-tsan $(patsubst %,$(BUILD)/kit/%.filter,run sanitized compile)

objects = $(patsubst %.c,$(BUILD)/%.o,$(1))

.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:

.PHONY: all
all: $(PROGRAMS) $(EXAMPLES) grader

# The grader's texts in other languages, found by it beside its own file.
CATALOGUES := $(patsubst tests/messages/%.po,$(BUILD)/share/locale/%/LC_MESSAGES/socket-labs.mo,\
                $(wildcard tests/messages/*.po))

.PHONY: grader
grader: $(BUILD)/grade $(SUITES) $(KIT) $(CATALOGUES)

# ---- what is needed of Debian's packages -------------------------------------------------------

PURPOSE := $(if $(filter test docs-test exam hostile steady format-check lint,$(MAKECMDGOALS)),test,grade)
PURPOSE := $(if $(filter grade-class bench-class $(BUILD)/collect,$(MAKECMDGOALS)),class,$(PURPOSE))
PURPOSE := $(if $(filter docs docs-open docs-instructor,$(MAKECMDGOALS)),docs,$(PURPOSE))
PURPOSE := $(if $(filter handouts-pdf,$(MAKECMDGOALS)),pdf,$(PURPOSE))
PURPOSE := $(if $(filter docs-check,$(MAKECMDGOALS)),docs-check,$(PURPOSE))
PURPOSE := $(if $(filter bench-grader,$(MAKECMDGOALS)),bench,$(PURPOSE))
PURPOSE := $(if $(filter gradescope,$(MAKECMDGOALS)),release,$(PURPOSE))

.PHONY: packages
packages:
	@tests/host/packages.sh $(PURPOSE)

# ---- programs ----------------------------------------------------------------------------------

$(BUILD)/%.o: %.c | packages
	@mkdir -p $(@D)
	$(SAY) compile $<
	$(Q)$(CC) $(FLAGS) $(CFLAGS) -c -o $@ $<

$(BUILD)/asan/%.o: %.c | packages
	@mkdir -p $(@D)
	$(SAY) compile $<
	$(Q)$(CC) $(FLAGS) $(CFLAGS) $(SANITIZE) -c -o $@ $<

# A submission is compiled with gcc, whatever compiler builds the rest: so is what it links with.
$(BUILD)/kit/asan/%.o: %.c | packages
	@mkdir -p $(@D)
	$(SAY) compile $<
	$(Q)gcc $(FLAGS) -O1 -g -fsanitize=address,undefined -c -o $@ $<

$(BUILD)/kit/tsan/%.o: %.c | packages
	@mkdir -p $(@D)
	$(SAY) compile $<
	$(Q)gcc $(FLAGS) -O1 -g -fsanitize=thread -c -o $@ $<

$(BUILD)/kit/plain/%.o: %.c | packages
	@mkdir -p $(@D)
	$(SAY) compile $<
	$(Q)gcc $(FLAGS) -O1 -g -c -o $@ $<

$(BUILD)/kit/libcommon.a: $(patsubst %.c,$(BUILD)/kit/plain/%.o,$(COMMON))
	$(SAY) archive $@
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/kit/libcommon-asan.a: $(patsubst %.c,$(BUILD)/kit/asan/%.o,$(COMMON))
	$(SAY) archive $@
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/kit/libcommon-tsan.a: $(patsubst %.c,$(BUILD)/kit/tsan/%.o,$(COMMON))
	$(SAY) archive $@
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/kit/common.stamp: $(wildcard common/*.h)
	@rm -rf $(BUILD)/kit/common && mkdir -p $(BUILD)/kit/common
	$(Q)cp common/*.h $(BUILD)/kit/common/ && touch $@

$(BUILD)/kit/etc.stamp: $(wildcard tests/sandbox/etc/*)
	@rm -rf $(BUILD)/kit/etc && mkdir -p $(BUILD)/kit/etc
	$(Q)cp tests/sandbox/etc/* $(BUILD)/kit/etc/ && touch $@

# Static: it starts in a third of the time, and is started before each of a student's programs.
$(BUILD)/kit/confine: $(call objects,tests/sandbox/confine.c)
	$(SAY) link $@
	$(Q)$(CC) $(CFLAGS) -static -o $@ $^

# Linked as a submission is (grading.c).
$(BUILD)/kit/trial-tsan: $(BUILD)/kit/tsan/tests/sandbox/trial.o
	$(SAY) link $@
	$(Q)gcc -fsanitize=thread -o $@ $^ -pthread -Wl,--no-as-needed -lgcc_s

$(BUILD)/tests/sandbox/filter: $(call objects,tests/sandbox/filter.c)
	$(SAY) link $@
	$(Q)$(CC) $(CFLAGS) -o $@ $^ -lseccomp

$(BUILD)/kit/%.filter: $(BUILD)/tests/sandbox/filter
	$(SAY) filter $@
	$(Q)$< $* >$@

$(BUILD)/libcommon.a: $(call objects,$(COMMON))
	$(SAY) archive $@
	$(Q)rm -f $@ && ar rcs $@ $^

$(PROGRAMS): $(BUILD)/%: $(BUILD)/%.o $(BUILD)/libcommon.a
	$(SAY) link $@
	$(Q)$(CC) $(CFLAGS) -o $@ $^ -pthread

$(BUILD)/grade: $(call objects,$(GRADER) $(SHARED)) $(BUILD)/libcommon.a
	$(SAY) link $@
	$(Q)$(CC) $(CFLAGS) -o $@ $^

$(BUILD)/share/locale/%/LC_MESSAGES/socket-labs.mo: tests/messages/%.po | packages
	@mkdir -p $(@D)
	$(SAY) translate $<
	$(Q)msgfmt -o $@ $<

$(SUITES): $(BUILD)/checks/%: $(BUILD)/tests/checks/%.o \
           $(call objects,$(CHECKS) $(PROBE) $(SHARED)) $(BUILD)/libcommon.a
	@mkdir -p $(@D)
	$(SAY) link $@
	$(Q)$(CC) $(CFLAGS) -o $@ $^ -lcmocka

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

# ---- grading a class ---------------------------------------------------------------------------

$(BUILD)/report: $(BUILD)/tests/class/report.o \
                 $(call objects,$(filter-out tests/grader/main.c,$(GRADER)) $(SHARED)) \
                 $(BUILD)/libcommon.a
	$(SAY) link $@
	$(Q)$(CC) $(CFLAGS) -o $@ $^

# Finds a class's submissions in what a platform exports.
COLLECT := $(wildcard tests/class/collect*.c) $(filter-out tests/grader/main.c,$(GRADER)) $(SHARED)

$(BUILD)/collect: $(call objects,$(COLLECT)) $(BUILD)/libcommon.a
	$(SAY) link $@
	$(Q)$(CC) $(CFLAGS) -o $@ $^ -lyaml

$(BUILD)/asan/collect: $(patsubst %.c,$(BUILD)/asan/%.o,$(COLLECT) $(COMMON))
	$(SAY) link $@
	$(Q)$(CC) $(CFLAGS) $(SANITIZE) -o $@ $^ -lyaml

# Paths come through the environment, where make puts what its command line sets: they may hold
# anything.
.PHONY: grade-class
grade-class: grader $(BUILD)/report $(BUILD)/collect
	@BUILD=$(BUILD) tests/class/grade-class.sh $(if $(filter-out all,$(LAB)),--lab $(LAB)) \
	    $(if $(RUBRIC),--rubric "$$RUBRIC") $(if $(TIMES),--times "$$TIMES") \
	    $(if $(HOSTS),--hosts "$$HOSTS") $(if $(JOBS),--jobs $(JOBS)) \
	    $(if $(LAYOUT),--layout $(LAYOUT)) $(if $(ISOLATION),--isolation $(ISOLATION)) \
	    $(if $(REPORT_LANGUAGE),--language $(REPORT_LANGUAGE)) $(if $(LIKENESS),--likeness) -- "$$SUBMISSIONS" "$$OUT"

# ---- unit tests --------------------------------------------------------------------------------

# The grader's own parts are tested too: every unit test is linked with them.
UNIT_PARTS := $(COMMON) $(SHARED) $(filter-out tests/grader/main.c,$(GRADER)) \
              tests/probe/visible.c

$(UNIT) $(BUILD)/tests/unit/print_report: $(BUILD)/%: $(BUILD)/%.o $(call objects,$(UNIT_PARTS))
	$(SAY) link $@
	$(Q)$(CC) $(CFLAGS) -o $@ $^ -lcmocka -pthread

$(UNIT_ASAN): $(BUILD)/asan/%: $(BUILD)/asan/%.o \
              $(patsubst %.c,$(BUILD)/asan/%.o,$(UNIT_PARTS))
	$(SAY) link $@
	$(Q)$(CC) $(CFLAGS) $(SANITIZE) -o $@ $^ -lcmocka -pthread

$(BUILD)/tests/exam/witness: $(BUILD)/tests/exam/witness.o $(BUILD)/libcommon.a
	$(SAY) link $@
	$(Q)$(CC) $(CFLAGS) -o $@ $^

# ---- students ----------------------------------------------------------------------------------

.PHONY: grade
grade: grader
	@$(BUILD)/grade $(LAB) $(SRC) $(if $(ISOLATION),--isolation $(ISOLATION)) \
	    $(if $(REPORT_LANGUAGE),--language $(REPORT_LANGUAGE)) $(if $(VERBOSE),--verbose)

.PHONY: doctor
doctor:
	@tests/host/doctor.sh

# ---- maintainers -------------------------------------------------------------------------------

# Everything the kit promises of itself. prove runs programs that print TAP, and sums them up.
PROVE := BUILD=$(BUILD) prove --failures --exec tests/unit/tap.sh --timer

# Whatever the tester's own language is.
test docs-test docs-check exam hostile steady bench-grader bench-class: export LC_ALL := C.UTF-8

.PHONY: test
test: format-check warnings all docs-test $(UNIT) $(UNIT_ASAN) $(BUILD)/tests/unit/print_report asan-grader \
      $(BUILD)/report $(BUILD)/collect $(BUILD)/asan/collect $(BUILD)/tests/exam/witness
	@rm -rf $(BUILD)/exam
	$(PROVE) -j 2 $(UNIT) $(UNIT_ASAN) $(filter-out %/formats.sh %/grader.sh %/tap.sh %/words.sh,$(wildcard tests/unit/*.sh))
	$(PROVE) tests/unit/formats.sh :: $(BUILD)/tests/unit/print_report
	$(PROVE) tests/unit/grader.sh
	$(PROVE) tests/release/test_kit.sh tests/release/test_platforms.sh
	@echo "grading every submission of the exam; this takes a few minutes"
	@tests/exam/grade-all.sh $(BUILD) $(BUILD)/exam
	$(PROVE) tests/exam/exam.sh :: $(BUILD)/exam
	$(PROVE) tests/exam/hostile.sh :: $(BUILD)
	@echo "every test passed"

.PHONY: exam
exam: grader
	@echo "grading every submission of the exam; this takes a few minutes"
	@tests/exam/grade-all.sh $(BUILD) $(BUILD)/exam
	@tests/exam/exam.sh --table $(BUILD)/exam

.PHONY: hostile
hostile: grader $(BUILD)/tests/exam/witness
	$(PROVE) tests/exam/hostile.sh :: $(BUILD)

.PHONY: steady
steady: grader
	@tests/exam/steady.sh $(BUILD) $(ROUNDS)

# The servers that are measured are built for speed. REPETITIONS=1 is a quick look.
REPETITIONS ?= 5
BENCHED := $(patsubst %.c,$(BUILD)/bench/%,$(wildcard solutions/0[1-5]-*/server.c))

.PHONY: bench
bench: $(BUILD)/tests/bench/load $(BENCHED)
	@tests/bench/servers.sh $(BUILD) $(REPETITIONS)

$(BUILD)/tests/bench/load: $(call objects,$(wildcard tests/bench/*.c)) $(BUILD)/libcommon.a
	$(SAY) link $@
	$(Q)$(CC) $(CFLAGS) -o $@ $^

$(BUILD)/bench/%.o: %.c | packages
	@mkdir -p $(@D)
	$(SAY) compile -O2 $<
	$(Q)$(CC) $(FLAGS) -O2 -c -o $@ $<

$(BENCHED): %: %.o $(patsubst %.c,$(BUILD)/bench/%.o,$(COMMON))
	$(SAY) link $@
	$(Q)$(CC) -O2 -o $@ $^ -pthread

.PHONY: bench-grader
bench-grader: grader
	@tests/bench/grader.sh $(BUILD)

# KILLS=10 grades the class once more, killed so often, and compares the grades.
.PHONY: bench-class
bench-class: grader $(BUILD)/report $(BUILD)/collect
	@tests/bench/class.sh $(BUILD)

.PHONY: format
format:
	clang-format -i $(FORMATTED)

.PHONY: format-check
format-check: | packages
	clang-format --dry-run -Werror $(FORMATTED)
	shellcheck --exclude=SC2016 $(SCRIPTS)

# Each source under both compilers, where a warning is an error.
WARNED := $(filter-out tests/submissions/%,$(wildcard common/*.c labs/*/*.c solutions/*/*.c \
            tests/checks/*.c tests/probe/*.c tests/sandbox/*.c tests/grader/*.c tests/unit/*.c \
            tests/bench/*.c tests/class/*.c tests/exam/*.c tests/messages/*.c docs/examples/*.c))

.PHONY: warnings
warnings: $(WARNED:%.c=$(BUILD)/warnings/gcc/%.o) $(WARNED:%.c=$(BUILD)/warnings/clang/%.o)

$(BUILD)/warnings/gcc/%.o: %.c | packages
	@mkdir -p $(@D)
	$(SAY) gcc -Werror $<
	$(Q)gcc $(FLAGS) $(CFLAGS) -Werror -c -o $@ $<

$(BUILD)/warnings/clang/%.o: %.c | packages
	@mkdir -p $(@D)
	$(SAY) clang -Werror $<
	$(Q)clang $(FLAGS) $(CFLAGS) -Werror -c -o $@ $<

# The grader itself under sanitizers: a build beside the plain one, with the same kit.
SUITES_ASAN := $(SUITES:$(BUILD)/%=$(BUILD)/asan/%)

.PHONY: asan-grader
asan-grader: $(BUILD)/asan/grade $(SUITES_ASAN) $(KIT) $(CATALOGUES)
	@ln -sfn ../kit $(BUILD)/asan/kit
	@ln -sfn ../share $(BUILD)/asan/share

$(BUILD)/asan/grade: $(patsubst %.c,$(BUILD)/asan/%.o,$(GRADER) $(SHARED) $(COMMON))
	$(SAY) link $@
	$(Q)$(CC) $(CFLAGS) $(SANITIZE) -o $@ $^

$(SUITES_ASAN): $(BUILD)/asan/checks/%: $(BUILD)/asan/tests/checks/%.o \
        $(patsubst %.c,$(BUILD)/asan/%.o,$(CHECKS) $(PROBE) $(SHARED) $(COMMON))
	@mkdir -p $(@D)
	$(SAY) link $@
	$(Q)$(CC) $(CFLAGS) $(SANITIZE) -o $@ $^ -lcmocka

# What is handed out, as build/release/...: see docs/en/handing-out.md. The scripts take what they
# need from the environment, and work on the commit that is checked out.
RELEASES := student-kit gradescope classroom autolab
.PHONY: $(RELEASES)
gradescope: | packages
$(RELEASES):
	@UPTO='$(UPTO)' LAB='$(LAB)' RUBRIC='$(RUBRIC)' KIT='$(KIT_URL)' ISOLATION='$(ISOLATION)' \
	    tests/release/release.sh $@ $(BUILD)/release

# Texts that have changed in the sources, in the catalogues of all languages.
.PHONY: messages
messages: $(SUITES)
	@for catalogue in tests/messages/*.po; do \
	    BUILD=$(BUILD) tests/messages/messages.sh update "$$(basename "$$catalogue" .po)" || exit; \
	    echo "  update $$catalogue"; \
	done

# Cuts the skeletons anew. A file that is no skeleton any more is somebody's work, and is left.
.PHONY: skeletons
skeletons:
	@tests/host/skeletons.sh

# ---- documentation -----------------------------------------------------------------------------

# Programs that the pages show pieces of, and run.
$(EXAMPLES): $(BUILD)/%: $(BUILD)/%.o $(BUILD)/libcommon.a
	$(SAY) link $@
	$(Q)$(CC) $(CFLAGS) -o $@ $^ -pthread

# The site is built anew each time: it takes a second or two. See docs/tools/site.sh.
.PHONY: docs
docs: | packages
	@docs/tools/figures.sh $(BUILD)/docs/figures
	@docs/tools/site.sh student $(BUILD) $(BUILD)/docs/html
	@echo "make docs-open, or open $(BUILD)/docs/html/index.html in a browser"

.PHONY: docs-open
docs-open: docs
	@command -v xdg-open >/dev/null || { echo "no xdg-open here: open $(BUILD)/docs/html/index.html in a browser"; exit 1; }
	@xdg-open $(BUILD)/docs/html/index.html

# ---- documentation for instructors and maintainers ----------------------------------------------

PAGES := $(wildcard docs/en/*.md docs/ko/*.md labs/*/*.md solutions/*/*.md)

# The pages have the code of compiled sources: this copies it anew.
.PHONY: snippets
snippets:
	@awk -v update=1 -f docs/tools/snippets.awk $(PAGES)

DOCS_BROWSER := tests/docs/valid.sh tests/docs/browser.sh
DOCS_TESTS   := $(filter-out tests/docs/deadlock.sh tests/docs/words.sh tests/docs/npm.sh $(DOCS_BROWSER),\
                  $(wildcard tests/docs/*.sh))

# What needs only Debian's packages: links, completeness, snippets, the commands that pages show,
# the printed handouts.
.PHONY: docs-test
docs-test: all docs docs-instructor handouts-pdf $(BUILD)/report $(BUILD)/collect
	@docs/tools/translations.sh
	$(PROVE) $(DOCS_TESTS)

# That, and a real browser. The first time it fetches two checkers from the registry of npm.
.PHONY: docs-check
docs-check: docs-test
	@BUILD=$(BUILD) tests/docs/npm.sh
	$(PROVE) $(DOCS_BROWSER)

.PHONY: handouts-pdf
handouts-pdf: docs
	@docs/tools/pdf.sh $(BUILD)/docs/html $(BUILD)/docs/pdf

.PHONY: docs-instructor
docs-instructor: | packages
	@docs/tools/figures.sh $(BUILD)/docs/figures
	@docs/tools/site.sh instructor $(BUILD) $(BUILD)/docs/instructor
	@echo "open $(BUILD)/docs/instructor/index.html in a browser"

# ---- everybody ---------------------------------------------------------------------------------

.PHONY: clean
clean:
	rm -rf $(BUILD)

.PHONY: help
help:
	@echo "For students"
	@echo "  make                      build the programs of labs/ as build/labs/LAB/PROGRAM"
	@echo "  make grade                grade all labs      (the first thing to try)"
	@echo "  make grade LAB=01-blocking      grade one lab (VERBOSE=1: with times)"
	@echo "  make grade LAB=01-blocking SRC=DIR    grade the files in DIR"
	@echo "  make grade REPORT_LANGUAGE=ko   in Korean, as with LANG=ko_KR.UTF-8"
	@echo "  make doctor               what this machine offers and lacks, and what to do about it"
	@echo "  make docs                 the site, as build/docs/html/index.html; make docs-open opens it"
	@echo
	@echo "For instructors"
	@echo "  make grade-class SUBMISSIONS=DIR OUT=DIR    grade a class (docs/en/class.md)"
	@echo "  build/grade --help        the grader's own options: report formats, isolation"
	@echo "  make exam                 which mistakes the checks catch, and what they say"
	@echo "  make student-kit UPTO=03-thread      pack what students get, up to that lab"
	@echo "  make gradescope LAB=02-fork          an autograder for Gradescope"
	@echo "  make classroom UPTO=03-thread        a template repository for GitHub Classroom"
	@echo "  make autolab LAB=02-fork             an autograder for Autolab"
	@echo "  make docs-instructor      the site with solutions, as build/docs/instructor/index.html"
	@echo "  make handouts-pdf         a PDF of each handout and language, as build/docs/pdf/"
	@echo
	@echo "For maintainers"
	@echo "  make test                 everything the kit promises of itself (some minutes)"
	@echo "  make hostile              do submissions that attack the grader gain anything?"
	@echo "  make steady ROUNDS=50     do verdicts differ on a busy machine?"
	@echo "  make bench                the labs' servers measured side by side (some minutes)"
	@echo "  make bench-grader         how long a grading takes, against compiling alone"
	@echo "  make bench-class KILLS=3  how long a class of 100 takes; killed and resumed (10 minutes)"
	@echo "  make docs-test            tests of the pages: links, snippets, commands, translations"
	@echo "  make docs-check           that, and a real browser"
	@echo "  make snippets             copy code anew from the compiled sources into the pages"
	@echo "  make messages             bring tests/messages/*.po up to date with the sources"
	@echo "  make skeletons            cut labs/ from solutions/ again; keeps a student's work"
	@echo "  make format               lay out the sources as .clang-format says"
	@echo "  make clean                remove build/"
	@echo
	@echo "V=1 shows the commands of the build."
