#ifndef HEADGATE_CHIREDIS_H
#define HEADGATE_CHIREDIS_H

// Only the reply reader: hiredis's own sockets and its asynchronous layer are not used.
#include <hiredis/read.h>

#endif
