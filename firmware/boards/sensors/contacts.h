/* A board's button and the lead-off outputs of its amplifier, told to the host when they change. */
#ifndef EDGED_CONTACTS_H
#define EDGED_CONTACTS_H

#include <stdint.h>

#include "board.h"

struct contacts {
    uint32_t looked_us;
    uint8_t button, button_before;     /* as told, and as last seen */
    uint8_t lead_off, lead_off_before; /* STATUS_LEAD_OFF_* */
};

/* Take a look, as often as you like: a change counts when it is there twice in a row, 10 ms apart. */
void contacts_poll(struct contacts *contacts, struct board *board, uint32_t now_us, uint8_t button, uint8_t lead_off);

#endif
