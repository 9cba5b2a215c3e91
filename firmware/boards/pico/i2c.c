#include "i2c.h"

#include "bus.h"
#include "rp2040.h"
#include "start.h"

enum {
    CON = 1 << 0 | 2 << 1 | 1 << 5 | 1 << 6 | 1 << 9, /* master, 400 kHz, restarts, no slave, waits for room */
    HIGH = CLOCK_HZ / 400000 * 2 / 5,
    LOW = CLOCK_HZ / 400000 * 3 / 5
};

static const struct i2c_transfer *transfer;
static uint8_t commands; /* given so far: bytes to write, then bytes to read */
static uint8_t received;

void bus_init(void)
{
    I2C_ENABLE = 0;
    I2C_CON = CON;
    I2C_FS_HCNT = HIGH;
    I2C_FS_LCNT = LOW;
    I2C_FS_SPKLEN = 3; /* 50 ns */
    I2C_ENABLE = 1;
}

void i2c_begin(const struct i2c_transfer *the_transfer)
{
    transfer = the_transfer;
    commands = received = 0;
    I2C_ENABLE = 0;
    I2C_TAR = transfer->address;
    I2C_ENABLE = 1;
    (void)I2C_CLR_INTR;
}

/* The controller has queues of 16 commands and 16 bytes; this fills one and empties the other. */
enum i2c_state i2c_poll(void)
{
    uint8_t all = (uint8_t)(transfer->write_length + transfer->read_length);

    while (I2C_RXFLR) {
        uint8_t byte = (uint8_t)I2C_DATA_CMD;

        if (received < transfer->read_length) {
            transfer->read[received++] = byte;
        }
    }
    if (I2C_RAW_INTR & I2C_TX_ABRT) {
        return I2C_FAILED;
    }
    while (commands < all && (I2C_STATUS & I2C_TX_NOT_FULL)) {
        uint32_t command = commands < transfer->write_length ? transfer->write[commands] : (uint32_t)I2C_CMD_READ;

        command |= commands == transfer->write_length ? (uint32_t)I2C_CMD_RESTART : 0;
        command |= commands + 1 == all ? (uint32_t)I2C_CMD_STOP : 0;
        I2C_DATA_CMD = command;
        commands++;
    }
    return commands == all && received == transfer->read_length && (I2C_RAW_INTR & I2C_STOP_DET) ? I2C_DONE : I2C_BUSY;
}

void i2c_reset(void)
{
    bus_init();
}
