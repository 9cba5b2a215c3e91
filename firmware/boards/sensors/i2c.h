/* What a board's I2C controller does for the sensors: one transfer at a time, which nobody waits for. */
#ifndef EDGED_I2C_H
#define EDGED_I2C_H

#include <stdint.h>

enum i2c_state { I2C_BUSY, I2C_DONE, I2C_FAILED };

struct i2c_transfer {
    uint8_t address;      /* seven bits */
    uint8_t write[2];     /* a register, and what goes into it */
    uint8_t write_length; /* 1 or 2 */
    uint8_t *read;
    uint8_t read_length;  /* 0: nothing is read, and no second start is sent */
};

/* Begin; the transfer must not change, and no other begin, until i2c_poll says something else than I2C_BUSY. */
void i2c_begin(const struct i2c_transfer *transfer);

/* How it stands. I2C_FAILED: nobody acknowledged. */
enum i2c_state i2c_poll(void);

/* Give up on a transfer that hangs, and free the bus. */
void i2c_reset(void);

#endif
