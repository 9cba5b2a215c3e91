#include "pins.h"

enum { FUNCTION_UART = 2, FUNCTION_I2C = 3, FUNCTION_SIO = 5, FUNCTION_NONE = 31 };
enum { PAD_PLAIN = 0x52, PAD_PULL_UP = 0x5A, PAD_PULL_DOWN = 0x56, PAD_ANALOG = 0x80 };

static void set(uint32_t pin, uint32_t pad, uint32_t function)
{
    PADS(pin) = pad;
    IO_CTRL(pin) = function;
}

void pins_init(void)
{
    set(PIN_TX, PAD_PLAIN, FUNCTION_UART);
    set(PIN_RX, PAD_PULL_UP, FUNCTION_UART);
    set(PIN_PPG, PAD_PULL_UP, FUNCTION_SIO);
    set(PIN_BUTTON, PAD_PULL_UP, FUNCTION_SIO);
    set(PIN_SDA, PAD_PULL_UP, FUNCTION_I2C);
    set(PIN_SCL, PAD_PULL_UP, FUNCTION_I2C);
    set(PIN_LEAD_PLUS, PAD_PULL_DOWN, FUNCTION_SIO);
    set(PIN_LEAD_MINUS, PAD_PULL_DOWN, FUNCTION_SIO);
    set(PIN_LED, PAD_PLAIN, FUNCTION_SIO);
    SIO_OE_SET = 1u << PIN_LED;
    for (uint32_t pin = PIN_ADC_FIRST; pin < PIN_ADC_FIRST + 3; pin++) {
        set(pin, PAD_ANALOG, FUNCTION_NONE);
    }
    IO_INTR(PIN_PPG) = IO_EDGE_LOW(PIN_PPG);
    IO_INTE(PIN_PPG) = IO_EDGE_LOW(PIN_PPG);
}
