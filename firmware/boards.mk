# The boards and their emulators; included by Makefile.
#
#   make uno             the Uno's firmware, against its budgets; UNO_FLAGS, UNO_NAME for another variant
#   make pico            the Pico's
#   make emulators       the programs that run both, for tests; see emulator/README.md
#   make size            tells what they take, too, where their compilers are
ARM_CC ?= arm-none-eabi-gcc
ARM_SIZE ?= arm-none-eabi-size
ARM_OBJCOPY ?= arm-none-eabi-objcopy
NPM ?= npm

BOARD_FLAGS := -std=c99 -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
    -ffunction-sections -fdata-sections -Wl,--gc-sections -I$(LIB_DIR) -Iboards/sensors
SENSOR_SOURCES := $(sort $(wildcard boards/sensors/*.c))
SENSOR_HEADERS := $(sort $(wildcard boards/sensors/*.h))
SHARED := $(LIB_SOURCES) $(LIB_HEADERS) $(SENSOR_SOURCES) $(SENSOR_HEADERS)

UNO_NAME ?= uno
UNO_FLAGS ?=
UNO_SOURCES := $(sort $(wildcard boards/uno/*.c))
UNO_HEADERS := $(sort $(wildcard boards/uno/*.h))
# Bytes. Of 32,768 the bootloader has 512. Of 2,048 the stack takes some 130, as STATS tells; it may take 384.
UNO_FLASH_BUDGET := 16384
UNO_RAM_BUDGET := 1664

PICO_NAME ?= pico
PICO_FLAGS ?=
PICO_SOURCES := $(sort $(wildcard boards/pico/*.c)) boards/pico/boot2.S
PICO_HEADERS := $(sort $(wildcard boards/pico/*.h))
PICO_FLASH_BUDGET := 16384
PICO_RAM_BUDGET := 8192

EMULATOR_FLAGS := -std=c99 -O2 -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
    -isystem /usr/include/simavr
EMULATOR_HEADERS := $(sort $(wildcard emulator/*.h))
UNO_EMULATOR_SOURCES := $(addprefix emulator/,uno.c chip.c control.c line.c sensors_model.c truth.c waveform.c)
PICO_EMULATOR_FILES := $(sort $(wildcard emulator/*.mjs)) emulator/package.json emulator/package-lock.json

# $(call within,size program,file,flash budget,RAM budget)
within = $(1) $(2) | awk 'NR == 2 { \
    flash = $$1 + $$2; ram = $$2 + $$3; \
    printf "$(notdir $(2)): flash %d of %d, RAM %d of %d\n", flash, $(3), ram, $(4); \
    exit flash > $(3) || ram > $(4) }'

.PHONY: uno pico emulators uno-size pico-size

uno: $(BUILD)/$(UNO_NAME).elf
pico: $(BUILD)/$(PICO_NAME).bin
emulators: $(BUILD)/emulated-uno $(BUILD)/emulated-pico/installed

size: $(if $(shell command -v $(AVR_CC)),uno-size) $(if $(shell command -v $(ARM_CC)),pico-size)

uno-size: $(BUILD)/$(UNO_NAME).elf
	@$(call within,$(AVR_SIZE),$<,$(UNO_FLASH_BUDGET),$(UNO_RAM_BUDGET))

pico-size: $(BUILD)/$(PICO_NAME).elf
	@$(call within,$(ARM_SIZE),$<,$(PICO_FLASH_BUDGET),$(PICO_RAM_BUDGET))

$(BUILD)/$(UNO_NAME).elf: $(SHARED) $(UNO_SOURCES) $(UNO_HEADERS) | $(BUILD)
	$(AVR_CC) $(BOARD_FLAGS) -Iboards/uno -mmcu=atmega328p -DF_CPU=16000000UL -DSTREAMS_MAX=3 -Os -flto \
	    $(UNO_FLAGS) -o $@ $(UNO_SOURCES) $(SENSOR_SOURCES) $(LIB_SOURCES)
	@$(call within,$(AVR_SIZE),$@,$(UNO_FLASH_BUDGET),$(UNO_RAM_BUDGET))

$(BUILD)/$(PICO_NAME).elf: $(SHARED) $(PICO_SOURCES) $(PICO_HEADERS) boards/pico/rp2040.ld | $(BUILD)
	$(ARM_CC) $(BOARD_FLAGS) -Iboards/pico -mcpu=cortex-m0plus -mthumb -DSTREAMS_MAX=3 -O2 \
	    -nostartfiles --specs=nosys.specs -Tboards/pico/rp2040.ld $(PICO_FLAGS) \
	    -o $@ $(PICO_SOURCES) $(SENSOR_SOURCES) $(LIB_SOURCES)
	@$(call within,$(ARM_SIZE),$@,$(PICO_FLASH_BUDGET),$(PICO_RAM_BUDGET))

$(BUILD)/$(PICO_NAME).bin: $(BUILD)/$(PICO_NAME).elf boards/pico/seal.py
	$(ARM_OBJCOPY) -O binary $< $@
	python3 boards/pico/seal.py $@

$(BUILD)/emulated-uno: $(UNO_EMULATOR_SOURCES) $(EMULATOR_HEADERS) | $(BUILD)
	$(CC) $(EMULATOR_FLAGS) -o $@ $(UNO_EMULATOR_SOURCES) -lsimavr -lelf -lm

# Next to rp2040js, which must not stand among the sources.
$(BUILD)/emulated-pico/installed: $(PICO_EMULATOR_FILES) $(BUILD)/line
	mkdir -p $(@D)
	cp $(PICO_EMULATOR_FILES) $(BUILD)/line $(@D)
	cd $(@D) && $(NPM) ci --ignore-scripts --no-audit --no-fund --loglevel=error
	touch $@

$(BUILD)/line: emulator/line_main.c emulator/line.c $(EMULATOR_HEADERS) | $(BUILD)
	$(CC) $(EMULATOR_FLAGS) -o $@ emulator/line_main.c emulator/line.c
