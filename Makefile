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

LAB    ?= all
SRC    ?= $(if $(filter all,$(LAB)),labs,labs/$(LAB))
ROUNDS ?= 50

COMMON     := $(wildcard common/*.c)
LABS       := $(notdir $(wildcard labs/[0-9]*))
PROGRAMS   := $(patsubst %.c,$(BUILD)/%,$(wildcard labs/*/*.c solutions/*/*.c))
SUITES     := $(patsubst tests/checks/%.c,$(BUILD)/checks/%,$(wildcard tests/checks/[0-9]*.c))
CHECKS     := $(filter-out tests/checks/[0-9]%,$(wildcard tests/checks/*.c))
CHECKS     := $(filter-out $(wildcard tests/checks/[0-9]*.c),$(CHECKS))
PROBE      := $(wildcard tests/probe/*.c)
SANDBOX    := $(wildcard tests/sandbox/*.c)
GRADER     := $(wildcard tests/grader/*.c)
UNIT       := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/test_*.c))
UNIT_ASAN  := $(patsubst $(BUILD)/%,$(BUILD)/asan/%,$(UNIT))
SCRIPTS    := $(wildcard tests/*/*.sh)
FORMATTED  := $(wildcard common/*.[ch] labs/*/*.c solutions/*/*.c tests/checks/*.[ch] \
                tests/probe/*.[ch] tests/sandbox/*.[ch] tests/grader/*.[ch] tests/unit/*.[ch])

# What a grading hands to its sandboxes: see tests/grader/workspace.h.
KIT := $(BUILD)/kit/common.stamp $(BUILD)/kit/etc.stamp \
       $(BUILD)/kit/libcommon.a $(BUILD)/kit/libcommon-asan.a

objects = $(patsubst %.c,$(BUILD)/%.o,$(1))

.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:

.PHONY: all
all: $(PROGRAMS) grader

.PHONY: grader
grader: $(BUILD)/grade $(SUITES) $(KIT)

# ---- what is needed of Debian's packages -------------------------------------------------------

PURPOSE := $(if $(filter test exam steady format-check lint,$(MAKECMDGOALS)),test,grade)
PURPOSE := $(if $(filter docs,$(MAKECMDGOALS)),docs,$(PURPOSE))
PURPOSE := $(if $(filter bench-grader,$(MAKECMDGOALS)),bench,$(PURPOSE))

.PHONY: packages
packages:
	@tests/host/packages.sh $(PURPOSE)

# ---- programs ----------------------------------------------------------------------------------

$(BUILD)/%.o: %.c | packages
	@mkdir -p $(@D)
	$(CC) $(FLAGS) $(CFLAGS) -c -o $@ $<

$(BUILD)/asan/%.o: %.c | packages
	@mkdir -p $(@D)
	$(CC) $(FLAGS) $(CFLAGS) $(SANITIZE) -c -o $@ $<

# A submission is compiled with gcc, whatever compiler builds the rest: so is what it links with.
$(BUILD)/kit/asan/%.o: %.c | packages
	@mkdir -p $(@D)
	gcc $(FLAGS) -O1 -g -fsanitize=address,undefined -c -o $@ $<

$(BUILD)/kit/plain/%.o: %.c | packages
	@mkdir -p $(@D)
	gcc $(FLAGS) -O1 -g -c -o $@ $<

$(BUILD)/kit/libcommon.a: $(patsubst %.c,$(BUILD)/kit/plain/%.o,$(COMMON))
	rm -f $@ && ar rcs $@ $^

$(BUILD)/kit/libcommon-asan.a: $(patsubst %.c,$(BUILD)/kit/asan/%.o,$(COMMON))
	rm -f $@ && ar rcs $@ $^

$(BUILD)/kit/common.stamp: $(wildcard common/*.h)
	@rm -rf $(BUILD)/kit/common && mkdir -p $(BUILD)/kit/common
	cp common/*.h $(BUILD)/kit/common/ && touch $@

$(BUILD)/kit/etc.stamp: $(wildcard tests/sandbox/etc/*)
	@rm -rf $(BUILD)/kit/etc && mkdir -p $(BUILD)/kit/etc
	cp tests/sandbox/etc/* $(BUILD)/kit/etc/ && touch $@

$(BUILD)/libcommon.a: $(call objects,$(COMMON))
	rm -f $@ && ar rcs $@ $^

$(PROGRAMS): $(BUILD)/%: $(BUILD)/%.o $(BUILD)/libcommon.a
	$(CC) $(CFLAGS) -o $@ $^ -pthread

$(BUILD)/grade: $(call objects,$(GRADER) $(SANDBOX)) $(BUILD)/libcommon.a
	$(CC) $(CFLAGS) -o $@ $^

$(SUITES): $(BUILD)/checks/%: $(BUILD)/tests/checks/%.o \
           $(call objects,$(CHECKS) $(PROBE) $(SANDBOX)) $(BUILD)/libcommon.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $^ -lcmocka

# The grader's own parts are tested too: every unit test is linked with them.
UNIT_PARTS := $(COMMON) $(SANDBOX) $(filter-out tests/grader/main.c,$(GRADER)) \
              tests/probe/visible.c

$(UNIT) $(BUILD)/tests/unit/print_report: $(BUILD)/%: $(BUILD)/%.o $(call objects,$(UNIT_PARTS))
	$(CC) $(CFLAGS) -o $@ $^ -lcmocka -pthread

$(UNIT_ASAN): $(BUILD)/asan/%: $(BUILD)/asan/%.o \
              $(patsubst %.c,$(BUILD)/asan/%.o,$(UNIT_PARTS))
	$(CC) $(CFLAGS) $(SANITIZE) -o $@ $^ -lcmocka -pthread

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

# ---- students ----------------------------------------------------------------------------------

.PHONY: grade
grade: grader
	@$(BUILD)/grade $(LAB) $(SRC) $(if $(ISOLATION),--isolation $(ISOLATION)) \
	    $(if $(VERBOSE),--verbose) $(GRADEFLAGS)

.PHONY: doctor
doctor:
	@tests/host/doctor.sh

# ---- maintainers -------------------------------------------------------------------------------

.PHONY: test
test: lint unit formats exam
	@tests/summary.sh $(BUILD)/test

.PHONY: clean
clean:
	rm -rf $(BUILD)
