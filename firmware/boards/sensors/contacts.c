#include "contacts.h"

enum { BOUNCE_US = 10000 };

void contacts_poll(struct contacts *contacts, struct board *board, uint32_t now_us, uint8_t button, uint8_t lead_off)
{
    if (now_us - contacts->looked_us < BOUNCE_US) {
        return;
    }
    contacts->looked_us = now_us;
    if (button != contacts->button && button == contacts->button_before) {
        contacts->button = button;
        board_event(board, EVENT_BUTTON, 0, button);
    }
    if (lead_off != contacts->lead_off && lead_off == contacts->lead_off_before) {
        contacts->lead_off = lead_off;
        board_event(board, EVENT_LEAD, 0, lead_off);
    }
    contacts->button_before = button;
    contacts->lead_off_before = lead_off;
}
