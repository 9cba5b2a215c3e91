/* Models of the sensors on the I2C bus, register by register: a MAX30102 and a TMP102. */
#ifndef EMULATOR_SENSORS_MODEL_H
#define EMULATOR_SENSORS_MODEL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { MODEL_MAX30102 = 0x57, MODEL_TMP102 = 0x48, MODEL_FIFO = 32 };

typedef struct {
    bool ppg_attached, temperature_attached;
    double celsius;
    FILE *truth;
    uint16_t *boot;
    /* MAX30102 */
    uint8_t registers[256];
    uint32_t fifo[MODEL_FIFO][2];
    uint8_t byte;            /* of the sample being read, 0 to 5 */
    int64_t next_ns;         /* when the next sample is ready; 0 while it stands still */
    /* the bus */
    uint8_t selected;        /* address, or 0 */
    uint8_t pointer, tmp_pointer, tmp_byte;
    bool pointer_next;       /* the next byte written is a register's number */
} sensors_model_t;

/* The power came back: registers are as the data sheets say. */
void sensors_model_power_on(sensors_model_t *model);

/* The bus. select: address and direction bit as sent; returns whether a sensor acknowledges. */
bool sensors_model_select(sensors_model_t *model, uint8_t address, int64_t now_ns);
void sensors_model_write(sensors_model_t *model, uint8_t byte, int64_t now_ns);
uint8_t sensors_model_read(sensors_model_t *model);

/* Take the samples that are due. */
void sensors_model_advance(sensors_model_t *model, int64_t now_ns);

/* Whether the MAX30102 pulls its interrupt pin low. */
bool sensors_model_low(const sensors_model_t *model);

#endif
