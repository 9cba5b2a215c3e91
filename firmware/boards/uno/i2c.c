#include "i2c.h"

#include <avr/interrupt.h>
#include <avr/io.h>
#include <util/twi.h>

#include "twi.h"

static const struct i2c_transfer *transfer;
static volatile uint8_t state = I2C_DONE;
static uint8_t position; /* in write, then in read */

/* The interrupt flag is cleared by writing a one; the bus waits until then. */
static void go(uint8_t bits)
{
    TWCR = (uint8_t)(_BV(TWINT) | _BV(TWEN) | _BV(TWIE) | bits);
}

static void end(enum i2c_state result)
{
    TWCR = _BV(TWINT) | _BV(TWEN) | _BV(TWSTO);
    state = (uint8_t)result;
}

void twi_init(void)
{
    PORTC |= _BV(PC4) | _BV(PC5);
    TWSR = 0;
    TWBR = (uint8_t)((F_CPU / 400000 - 16) / 2);
    TWCR = _BV(TWEN);
}

void i2c_begin(const struct i2c_transfer *the_transfer)
{
    transfer = the_transfer;
    position = 0;
    state = I2C_BUSY;
    go(_BV(TWSTA));
}

enum i2c_state i2c_poll(void)
{
    return (enum i2c_state)state;
}

void i2c_reset(void)
{
    TWCR = 0;
    state = I2C_FAILED;
    TWCR = _BV(TWEN);
}

static void sent(void)
{
    if (position < transfer->write_length) {
        TWDR = transfer->write[position++];
        go(0);
    } else if (transfer->read_length) {
        go(_BV(TWSTA));
    } else {
        end(I2C_DONE);
    }
}

/* The last byte is not acknowledged, which tells the sensor to let go of the bus. */
static void receive(void)
{
    go(position + 1 < transfer->read_length ? _BV(TWEA) : 0);
}

ISR(TWI_vect)
{
    switch (TW_STATUS) {
    case TW_START:
        TWDR = (uint8_t)(transfer->address << 1 | TW_WRITE);
        go(0);
        break;
    case TW_REP_START:
        position = 0;
        TWDR = (uint8_t)(transfer->address << 1 | TW_READ);
        go(0);
        break;
    case TW_MT_SLA_ACK:
    case TW_MT_DATA_ACK:
        sent();
        break;
    case TW_MR_SLA_ACK:
        receive();
        break;
    case TW_MR_DATA_ACK:
        transfer->read[position++] = TWDR;
        receive();
        break;
    case TW_MR_DATA_NACK:
        transfer->read[position++] = TWDR;
        end(I2C_DONE);
        break;
    default: /* not acknowledged, arbitration lost, bus error */
        end(I2C_FAILED);
        break;
    }
}
