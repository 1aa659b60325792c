#ifndef HEADGATE_CPROTOS_H
#define HEADGATE_CPROTOS_H

#include "../generated/limiter.pb-c.h"

#endif
