#include "sensors_model.h"

#include <math.h>
#include <string.h>

#include "truth.h"

/* MAX30102 data sheet, register map. */
enum {
    INTERRUPT_STATUS_1 = 0x00,
    INTERRUPT_ENABLE_1 = 0x02,
    FIFO_WR_PTR = 0x04,
    OVF_COUNTER = 0x05,
    FIFO_RD_PTR = 0x06,
    FIFO_DATA = 0x07,
    MODE_CONFIG = 0x09,
    REV_ID = 0xFE,
    PART_ID = 0xFF,
    PPG_RDY = 0x40,
    MODE_RESET = 0x40,
    MODE_SPO2 = 0x03,
    FIFO_MASK = MODEL_FIFO - 1
};

enum { SAMPLE_NS = 10000000, HEART_RATE_BPM = 72 };

/* A pulse: a quick rise, and a slower fall with a notch. */
static double pulse(double time_s)
{
    double phase = fmod(time_s * HEART_RATE_BPM / 60.0, 1);
    double main_wave = exp(-pow((phase - 0.2) / 0.09, 2));
    double notch = 0.35 * exp(-pow((phase - 0.5) / 0.1, 2));

    return main_wave + notch;
}

static void reset_max30102(sensors_model_t *model)
{
    memset(model->registers, 0, sizeof model->registers);
    model->registers[REV_ID] = 3;
    model->registers[PART_ID] = 0x15;
    model->next_ns = 0;
    model->byte = 0;
}

void sensors_model_power_on(sensors_model_t *model)
{
    reset_max30102(model);
    model->selected = model->tmp_pointer = 0;
}

bool sensors_model_select(sensors_model_t *model, uint8_t address, int64_t now_ns)
{
    uint8_t seven = address >> 1;

    sensors_model_advance(model, now_ns);
    model->selected = (seven == MODEL_MAX30102 && model->ppg_attached)
                              || (seven == MODEL_TMP102 && model->temperature_attached)
                          ? seven
                          : 0;
    if (!(address & 1)) {
        model->pointer_next = true;
    }
    model->tmp_byte = 0;
    return model->selected != 0;
}

static void write_max30102(sensors_model_t *model, uint8_t byte, int64_t now_ns)
{
    uint8_t where = model->pointer++;

    if (where == MODE_CONFIG && (byte & MODE_RESET)) {
        reset_max30102(model);
        return;
    }
    if (where < PART_ID - 1) {
        model->registers[where] = byte;
    }
    if (where == MODE_CONFIG) {
        model->next_ns = byte == MODE_SPO2 ? now_ns + SAMPLE_NS : 0;
    }
    model->byte = 0;
}

void sensors_model_write(sensors_model_t *model, uint8_t byte, int64_t now_ns)
{
    if (model->pointer_next) {
        model->pointer_next = false;
        if (model->selected == MODEL_MAX30102) {
            model->pointer = byte;
        } else {
            model->tmp_pointer = byte;
        }
    } else if (model->selected == MODEL_MAX30102) {
        write_max30102(model, byte, now_ns);
    }
}

/* Six bytes a sample, red first, after which the next one is at the same address. */
static uint8_t read_fifo(sensors_model_t *model)
{
    uint8_t at = model->registers[FIFO_RD_PTR];
    uint32_t value = model->fifo[at][model->byte / 3];
    uint8_t byte = (uint8_t)(value >> (8 * (2 - model->byte % 3)));

    model->registers[INTERRUPT_STATUS_1] &= (uint8_t)~PPG_RDY;
    model->registers[OVF_COUNTER] = 0;
    if (++model->byte == 6) {
        model->byte = 0;
        model->registers[FIFO_RD_PTR] = (at + 1) & FIFO_MASK;
    }
    return byte;
}

static uint8_t read_tmp102(sensors_model_t *model)
{
    uint16_t value = (uint16_t)((int)lrint(model->celsius * 16) << 4);

    if (model->tmp_pointer != 0) {
        return 0;
    }
    return model->tmp_byte++ ? (uint8_t)value : (uint8_t)(value >> 8);
}

uint8_t sensors_model_read(sensors_model_t *model)
{
    uint8_t where = model->pointer;
    uint8_t value;

    if (model->selected == MODEL_TMP102) {
        return read_tmp102(model);
    }
    if (where == FIFO_DATA) {
        return read_fifo(model);
    }
    model->pointer++;
    value = model->registers[where];
    if (where == INTERRUPT_STATUS_1) {
        model->registers[where] = 0;
    }
    return value;
}

static void take_sample(sensors_model_t *model)
{
    uint8_t at = model->registers[FIFO_WR_PTR];
    double wave = pulse((double)model->next_ns * 1e-9);

    model->fifo[at][0] = (uint32_t)(90000 - 600 * wave);
    model->fifo[at][1] = (uint32_t)(110000 - 1400 * wave);
    truth_write(model->truth, model->next_ns, model->fifo[at][0], TRUTH_RED, *model->boot);
    truth_write(model->truth, model->next_ns, model->fifo[at][1], TRUTH_INFRARED, *model->boot);
    model->registers[FIFO_WR_PTR] = (at + 1) & FIFO_MASK;
    if (model->registers[FIFO_WR_PTR] == model->registers[FIFO_RD_PTR] && model->registers[OVF_COUNTER] < 31) {
        model->registers[OVF_COUNTER]++;
    }
    model->registers[INTERRUPT_STATUS_1] |= PPG_RDY;
}

void sensors_model_advance(sensors_model_t *model, int64_t now_ns)
{
    while (model->next_ns && model->next_ns <= now_ns) {
        take_sample(model);
        model->next_ns += SAMPLE_NS;
    }
}

bool sensors_model_low(const sensors_model_t *model)
{
    return model->ppg_attached && (model->registers[INTERRUPT_STATUS_1] & model->registers[INTERRUPT_ENABLE_1]);
}
